// What both dictionaries share: percentages as the language writes them, particles, and names joined.

const percent = (v) => (v === null || v === undefined || !Number.isFinite(v) ? "–" : signed(percentDigits(v).replace(/^-?0\.0$/, "0")) + (state.lang === "ko" ? "%" : " %"));

// Whether a word ends in a consonant as it is spoken, so that the particle fits; of ㄹ, "r".
const DIGIT_END = { 0: "c", 1: "r", 3: "c", 6: "c", 7: "r", 8: "r" };
const LETTER_END = { l: "r", m: "c", n: "c", r: "r" };
const endOf = (word) => {
  const bare = plain(word).replace(/[^\p{L}\p{N}%]+$/u, "").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/gu, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c));
  const last = bare.slice(-1), code = last.codePointAt(0) || 0;
  if (code >= 0xac00 && code <= 0xd7a3) { const tail = (code - 0xac00) % 28; return tail === 0 ? "" : tail === 8 ? "r" : "c"; }
  if (/[0-9]/.test(last)) return DIGIT_END[last] || "";
  return LETTER_END[last.toLowerCase()] || "";
};
// A word with its particle: josa("RNN", "은", "는") is "RNN은".
const josa = (word, after, open) => word + (endOf(word) === "" || (after === "으로" && endOf(word) === "r") ? open : after);

// Whether a network with gates passes at least ten times as much back as the plain one.
const holds = (rnn, rest) => !rnn || rest.some((r) => r.log10 > rnn.log10 + 1);

// A time with the name of its weekday as the language writes it.
const timed = (text) => String(text).replace(/ (Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/, (_, day) => ` (${say.series.labels[day] || day})`);

const join = (list, and) => (list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")}${and}${list[list.length - 1]}`);
