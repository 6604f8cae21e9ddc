// Elements, numbers as text, and sentences with symbols and formulas inside.

const SVG = "http://www.w3.org/2000/svg";

const put = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
};
const h = (name, attributes, ...children) => put(document.createElement(name), attributes, children);
const g = (name, attributes, ...children) => put(document.createElementNS(SVG, name), attributes, children);

const MINUS = "\u2212";
const signed = (text) => text.replace(/^-/, MINUS);
const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const superscript = (n) => String(n).replace(/[-0-9]/g, (c) => SUPERSCRIPT[c]);

// A number with three or four digits.
const figure = (v) => {
  if (!Number.isFinite(v)) return Number.isNaN(v) || v === undefined || v === null ? "–" : v > 0 ? "∞" : MINUS + "∞";
  const size = Math.abs(v);
  if (size === 0) return "0";
  if (size < 0.0005 || size >= 1e6) {
    const e = Math.floor(Math.log10(size));
    return signed(`${(v / 10 ** e).toFixed(1)}·10${superscript(e)}`);
  }
  if (size >= 1000) return signed(Math.round(v).toLocaleString("en-US"));
  return signed(v.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3));
};
// A number that someone has set, as it was set.
const setting = (v) => String(Number(Number(v).toPrecision(4)));
const count = (n) => Math.round(n).toLocaleString("en-US");
const percentDigits = (v) => { const p = 100 * v; return (p !== 0 && Math.abs(p) < 1) || (p > 99 && p < 99.95) ? p.toFixed(1) : p.toFixed(0); };
// A power of ten of a sentence, by its logarithm: a plain number where it is near one.
const power = (log10) => (!Number.isFinite(log10) ? "–" : log10 < -2 || log10 > 4 ? `$10^{${signed(log10.toFixed(1))}}$` : figure(10 ** log10));

// A formula: `_x` and `_{…}` stand low, `^{…}` high, single letters are set as variables, weights in their colours.
const formula = (text) => {
  const out = h("span", { class: "eq" });
  const pattern = /_\{([^}]*)\}|_([A-Za-z0-9])|\^\{([^}]*)\}|([A-Za-z~]+)|([^A-Za-z_^~]+)/gu;
  for (const [, low, one, high, word, rest] of text.matchAll(pattern)) {
    if (low || one) out.append(h("sub", null, low || one));
    else if (high) out.append(h("sup", null, high));
    else if (word && word.length === 1) out.append(h("var", { class: "WUV".includes(word) ? `w-${word.toLowerCase()}` : null }, word));
    else out.append(word || rest);
  }
  return out;
};

const OPEN = "\uE000", CLOSE = "\uE001";
// A symbol of the reader's data within a sentence; nothing inside it is taken for marks.
const symbol = (text) => OPEN + shown(String(text)).replace(/[\uE000\uE001]/g, "") + CLOSE;

// A sentence with **weight**, $formulas$ and symbols as nodes.
const rich = (text) => String(text).split(/(\uE000[^\uE001]*\uE001|\*\*.+?\*\*|\$[^$]+\$)/u).filter(Boolean).map((piece) => {
  if (piece.startsWith(OPEN)) return h("span", { class: "quoted" }, "“", h("bdi", { lang: "" }, piece.slice(1, -1)), "”");
  if (piece.startsWith("**") && piece.length > 4) return h("b", null, ...rich(piece.slice(2, -2)));
  if (piece.startsWith("$") && piece.length > 2) return formula(piece.slice(1, -1));
  return piece;
});
// The same sentence for a label that is only read out.
const plain = (text) => String(text).replace(/\*\*/g, "").replace(/\$/g, "").replace(/[_^]\{?([^} ]*)\}?/g, "$1").replace(/\uE000/g, "“").replace(/\uE001/g, "”");

const para = (text, attributes) => h("p", attributes, ...rich(text));
const replace = (element, ...children) => { element.textContent = ""; put(element, null, children); return element; };

// The width of a text in pixels, near enough.
const widthOf = (text) => [...text].reduce((sum, c) => sum + (c.codePointAt(0) > 0x10ff ? 15.5 : 8.5), 0);

const button = (label, act, attributes) => h("button", { type: "button", class: "button", onclick: act, ...attributes }, label);

// A table of a head and rows whose first cell names the row.
const table = (caption, head, rows, attributes) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": plain(caption) },
  h("table", attributes,
    h("caption", { class: "unseen" }, plain(caption)),
    h("thead", null, h("tr", null, head.map((text, i) => h("th", { scope: "col", class: i ? "figure" : null }, ...rich(text))))),
    h("tbody", null, rows.map((row) => h("tr", null, row.map((cell, i) => h(i ? "td" : "th", i ? { class: "figure" } : { scope: "row", class: "row-name" },
      ...(typeof cell === "string" ? rich(cell) : [cell]))))))));

const details = (summary, ...body) => h("details", null, h("summary", null, summary), ...body);

// One of several, as buttons of which one is pressed.
const segmented = (label, options, current, choose) => h("div", { class: "segmented", role: "group", "aria-label": label },
  options.map((o) => h("button", { type: "button", "aria-pressed": String(o.value === current), lang: o.lang, onclick: () => choose(o.value), "data-value": o.value }, o.text)));
const press = (group, current) => { for (const b of group.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b.dataset.value === String(current))); };
