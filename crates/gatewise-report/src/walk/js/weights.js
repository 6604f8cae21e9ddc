// Section 7: the weights and their gradients as heat maps.

const matrices = (network) => network.parts.flatMap((part) => (part.weights || []).map((m) => ({ part, m })));

const blockLabels = (part, m) => {
  const letters = [...(LETTERS[part.cell] || "")];
  if (!letters.length || m.rows % letters.length !== 0) return null;
  return h("div", { class: "blocks" }, letters.map((l) => h("span", null, h("var", null, l))));
};

const weightPicture = (part, m, key, words) => {
  const values = unpack(m[key]);
  const norm = key === "values" ? m.norm : m.grad_norm;
  const name = key === "values" ? words.weights : words.gradients;
  if (!values) return h("div", { class: "weight" }, h("h4", null, name), h("p", { class: "hint" }, norm === null || norm === undefined ? words.notMeasured : words.tooLarge(count(m.rows), count(m.columns), figure(norm))));
  const scale = extent(values.values) || 1;
  return h("div", { class: "weight" }, h("h4", null, name),
    h("div", { class: "weight-frame" }, blockLabels(part, m), heatmap(values.rows, values.columns, (i, j) => values.at(i, j), scale, { role: "img", "aria-label": words.alt(name, words.name(m.name), values.rows, values.columns, figure(scale), figure(norm)), style: `aspect-ratio:${Math.max(0.35, Math.min(2.4, values.columns / values.rows))}` })),
    scaleLegend(scale), h("p", { class: "hint" }, words.norm(figure(norm))));
};

section("weights", networks.some((n) => matrices(n).length), () => [h("div", { class: "opening-slot" }), para(say.weights.explain), h("div", { class: "weights-slot" })], (element) => {
  const network = current(), slot = element.querySelector(".weights-slot"), words = say.weights, theme = `${state.network} ${isDark()}`;
  const list = matrices(network), weightsOnly = list.filter(({ m }) => m.columns > 1);
  if (slot.dataset.theme === theme) return;
  slot.dataset.theme = theme;
  const biggest = weightsOnly.slice().sort((a, b) => (b.m.grad_norm || 0) / (b.m.norm || 1) - (a.m.grad_norm || 0) / (a.m.norm || 1))[0];
  replace(element.querySelector(".opening-slot"), para(words.lead(network.title, weightsOnly.length, weightsOnly.reduce((n, { m }) => n + m.rows * m.columns, 0), biggest && biggest.m.grad_norm ? { name: words.name(biggest.m.name), norm: figure(biggest.m.norm), grad: figure(biggest.m.grad_norm) } : null), { class: "lead opening" }));
  replace(slot, weightsOnly.map(({ part, m }) => h("figure", { class: "card" }, h("h3", null, words.name(m.name), " ", h("small", null, `${count(m.rows)} × ${count(m.columns)}`)), h("div", { class: "weight-pair" }, weightPicture(part, m, "values", words), weightPicture(part, m, "grads", words)))),
    h("div", { class: "card" }, h("h3", null, words.tableHeading), table(words.tableHeading, words.tableHead, list.map(({ m }) => [words.name(m.name), `${count(m.rows)} × ${count(m.columns)}`, figure(m.norm), figure(m.grad_norm)]))));
});
