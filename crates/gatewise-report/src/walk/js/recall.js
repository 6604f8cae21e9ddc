// Section 5: one word remembered over others.

const recall = walk.recall;
const titleOf = (name) => (networks.find((n) => n.name === name) || { title: name.toUpperCase() }).title;
const kindOfName = (name) => (LINE[name] ? name : networkOf(name) ? kindOf(networkOf(name)) : "other");

const sentenceBars = (sentence) => h("div", { class: "sentence", dir: "auto", lang: "" }, sentence.words.map((word, k) => h("div", { class: `word ${k === sentence.key_at ? "key" : ""} ${k === sentence.answer_at ? "answer" : ""}` },
  h("div", { class: "word-text" }, h("bdi", null, word)),
  h("div", { class: "word-bars" }, sentence.by_word.map((n) => { const p = n.p[k]; return h("i", { class: kindOfName(n.name), style: `height:${Number.isFinite(p) && p !== null ? Math.max(2, 100 * p) : 0}%`, title: p === null || p === undefined ? null : `${titleOf(n.name)}: ${percent(p)}` }); })),
  sentence.by_word.filter((n) => n.lets_go === k).map((n) => h("div", { class: `lets-go ${kindOfName(n.name)}`, lang: state.lang, dir: "ltr" }, say.recall.letsGo(titleOf(n.name)))),
  k === sentence.key_at && h("div", { class: "tag", lang: state.lang, dir: "ltr" }, say.recall.key), k === sentence.answer_at && h("div", { class: "tag", lang: state.lang, dir: "ltr" }, say.recall.answer))));

section("recall", recall, () => {
  const words = say.recall, list = recall.networks || [], d = recall.distances || [];
  const series = (key, of = list) => of.map((n) => ({ name: titleOf(n.name), line: LINE[kindOfName(n.name)], x: d.map((_, k) => k), y: n[key] || [], dots: true }));
  const s = recall.sentence, far = d.length - 1;
  const chart = (key, heading, of = list) => lineChart({ heading, series: series(key, of), x: { label: words.distance(recall.gap_unit), from: 0, to: Math.max(1, far), ticks: d.map((v, k) => [k, count(v)]) },
    y: { label: key === "accuracy" ? words.accuracy : words.probability, low: 0, high: 1, text: percent }, rules: [{ at: recall.chance, text: words.chance(percent(recall.chance)) }], alt: words.alt(of.map((n) => [titleOf(n.name), percent((n[key] || [])[far])]), d[far]) });
  const never = list.filter((n) => Number.isFinite(recall.chance) && (n.accuracy || [])[0] < recall.chance + 0.1 && (n.accuracy || [])[far] < recall.chance + 0.1);
  return [
    para(words.lead(symbol(recall.key), symbol(recall.answer), d[far], list.map((n) => ({ title: titleOf(n.name), p: percent((n.probability || [])[far]) })), percent(recall.chance)), { class: "lead opening" }),
    never.length > 0 && para(words.never(never.map((n) => titleOf(n.name)), d[0])),
    h("div", { class: "grid2" }, chart("probability", words.probabilityHeading), list.some((n) => (n.accuracy || []).length) && chart("accuracy", words.accuracyHeading)),
    (recall.short_networks || []).length > 0 && [para(words.shortExplain, { class: "note" }), h("div", { class: "grid2" }, chart("accuracy", words.shortHeading, recall.short_networks))],
    s && (s.words || []).length > 0 && h("div", { class: "card" }, h("h3", null, words.sentenceHeading), para(words.sentenceExplain(symbol(recall.answer)), { class: "note" }), legendOf(s.by_word.map((n) => ({ name: titleOf(n.name), line: LINE[kindOfName(n.name)] }))), sentenceBars(s),
      s.by_word.map((n) => para(words.sentenceSaid(titleOf(n.name), Number.isInteger(n.lets_go) ? symbol(s.words[n.lets_go]) : null, n.lets_go - s.key_at, percent(n.p[s.answer_at]), symbol(s.words[s.answer_at])), { class: "said" })),
      details(say.asTable, table(words.sentenceHeading, [words.word, ...s.by_word.map((n) => titleOf(n.name))], s.words.map((w, k) => [symbol(w), ...s.by_word.map((n) => (n.p[k] === null || n.p[k] === undefined ? "–" : percent(n.p[k])))])))),
    (recall.made_up || []).length > 0 && h("ul", { class: "notes" }, recall.made_up.map((m) => h("li", { dir: "auto" }, m))),
  ];
});
