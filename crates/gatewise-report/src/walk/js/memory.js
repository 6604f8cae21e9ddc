// Section 3: a unit's state over a longer text, what units tell, and where else the state was alike.

const memory = walk.memory && (walk.memory.parts || []).length && (walk.memory.text || []).length ? walk.memory : null;
const FIRST_SYMBOLS = 4000;
let memoryText = null, memoryShown = FIRST_SYMBOLS, memoryLabels = null;

// The part and column of memory for the unit that is chosen of its network.
const memoryUnit = () => {
  const i = Math.max(0, memoryNetwork()), part = partOf(i) || {};
  let m = memory.parts.findIndex((p) => p.layer === part.layer && Boolean(p.reverse) === Boolean(part.reverse));
  if (m < 0) m = 0;
  const number = unitNumber(part, unitOf(i)), k = memory.parts[m].units.indexOf(number);
  return { part: memory.parts[m], k: Math.max(0, k), number: memory.parts[m].units[Math.max(0, k)] };
};

// The place of the walk's step in the longer text; -1 where it is not in it.
const memoryAt = (step) => {
  const at = source.from + step - memory.from, c = columns[columnOfStep[step]];
  return c && c.first === c.last && memory.text[at] === c.text ? at : -1;
};

const colourMemory = () => {
  const { part, k, number } = memoryUnit(), values = unpack(part.values), scale = extent(values.column(k)) || 1;
  const drawn = `${part.layer} ${part.reverse} ${k} ${memoryLabels} ${memoryText.children.length}`;
  if (memoryText.dataset.drawn === drawn) return { scale, number, part };
  memoryText.dataset.drawn = drawn;
  const shades = Array.from({ length: 41 }, (_, n) => css(tint(n / 20 - 1)));
  const labels = memoryLabels === null ? null : unpack(memory.properties[memoryLabels].labels);
  for (const span of memoryText.children) {
    const at = Number(span.dataset.at), v = values.at(at, k) / scale;
    span.style.backgroundColor = Number.isFinite(v) ? shades[Math.round(20 * v) + 20] : "transparent";
    span.className = `${v < -0.5 ? "minus" : ""} ${labels && labels.at(at) > 0.5 ? "holds" : ""}`.trim();
  }
  return { scale, number, part };
};

const fillMemory = () => {
  const end = Math.min(memory.text.length, memoryShown);
  const all = document.createDocumentFragment();
  for (let at = memoryText.children.length; at < end; at++) {
    const text = memory.text[at], span = document.createElement("span");
    span.dataset.at = at;
    span.textContent = text === "\n" ? "⏎\n" : text + (walk.unit === "word" && !/^[.,!?…]/.test(memory.text[at + 1] || "") ? " " : "");
    all.append(span);
  }
  memoryText.append(all);
};

section("memory", memory, () => {
  const words = say.memory;
  memoryText = h("div", { class: "heat-text", dir: rightToLeft ? "rtl" : "auto", lang: "", tabindex: "0", role: "region", "aria-label": words.textLabel(memory.text.length) });
  fillMemory();
  const readout = h("p", { class: "readout-line", role: "status" }, words.point);
  const tell = (event) => {
    const span = event.target.closest("[data-at]");
    if (!span) return;
    const { part, k, number } = memoryUnit(), at = Number(span.dataset.at);
    replace(readout, ...rich(words.at(symbol(memory.text[at]), at + memory.from + 1, number, figure(unpack(part.values).at(at, k)))));
  };
  memoryText.addEventListener("pointerover", tell);
  memoryText.addEventListener("click", (event) => {
    tell(event);
    const span = event.target.closest("[data-at]"), step = span ? Number(span.dataset.at) + memory.from - source.from : -1;
    if (step >= 0 && step < steps && memoryAt(step) >= 0) choose({ step });
  });
  const more = memory.text.length > memoryShown && button(words.more(memory.text.length), () => { memoryShown = memory.text.length; fillMemory(); more.remove(); refresh(); });
  const range = h("input", { type: "range", class: "memory-unit", min: 0, step: 1, "aria-label": words.pick, oninput: () => {
    const { part } = memoryUnit(), i = Math.max(0, memoryNetwork()), own = partOf(i), at = own.units ? own.units.indexOf(part.units[Number(range.value)]) : Number(range.value);
    if (at >= 0) state.unit[i][state.part[i]] = at;
    choose({});
  } });
  const told = (memory.properties || []).map((p, n) => [p, n]).sort(([a], [b]) => b.unit.auc - a.unit.auc);
  const property = (p) => say.properties[p.key] || p.key;
  return [
    h("div", { class: "opening-slot" }),
    para(words.explain(memory.parts[0].state === "c")),
    h("div", { class: "unit-picker wide" }, range, h("output", { class: "unit-name" }), readout),
    h("div", { class: "card" }, memoryText, more, h("div", { class: "scale-slot" })),
    told.length > 0 && h("div", { class: "card" },
      h("h3", null, words.tableHeading), para(words.aucExplain, { class: "note" }),
      table(words.tableHeading, words.tableHead, told.map(([p, n]) => [
        h("button", { type: "button", class: "link", "data-property": n, onclick: () => { memoryLabels = n; chooseMemoryUnit(p.unit.layer, p.unit.unit); choose({}); } }, property(p)),
        percent(p.share), words.unitCell(p.unit.unit, p.unit.sign < 0), figure(p.unit.auc), p.probe ? figure(p.probe.auc) : "–"])),
      para(words.tableNote(told[0][0].train, told[0][0].held), { class: "note" })),
    h("div", { class: "similar-slot" }),
  ];
}, (element) => {
  const words = say.memory, { scale, number, part } = colourMemory();
  const here = memoryAt(state.step), old = memoryText.querySelector(".here");
  if (old) old.classList.remove("here");
  if (here >= 0 && memoryText.children[here]) memoryText.children[here].classList.add("here");
  const range = element.querySelector(".memory-unit");
  range.max = part.units.length - 1;
  range.value = part.units.indexOf(number);
  range.setAttribute("aria-valuetext", say.unit(number));
  element.querySelector("output").textContent = say.unit(number);
  const named = memoryLabels === null ? (memory.properties || []).findIndex((p) => p.unit.unit === number && p.unit.layer === part.layer) : memoryLabels;
  const best = named < 0 ? null : memory.properties[named];
  replace(element.querySelector(".opening-slot"), para(words.lead(memory.network.toUpperCase(), number, memory.text.length, best && best.unit.unit === number ? { name: say.properties[best.key] || best.key, auc: figure(best.unit.auc) } : null), { class: "lead opening" }));
  replace(element.querySelector(".scale-slot"), scaleLegend(scale), h("p", { class: "hint" }, words.legend, memoryLabels !== null && [" ", words.holds(say.properties[memory.properties[memoryLabels].key] || memory.properties[memoryLabels].key)]));
  for (const b of element.querySelectorAll("[data-property]")) b.setAttribute("aria-pressed", String(Number(b.dataset.property) === memoryLabels));
  const similar = memory.similar || [];
  if (!similar.length) return;
  const nearest = similar.reduce((a, b) => (Math.abs(b.step - state.step) < Math.abs(a.step - state.step) ? b : a));
  replace(element.querySelector(".similar-slot"), h("div", { class: "card" },
    h("h3", null, ...rich(words.similarHeading(nearest.step + 1, symbol(symbolAt(nearest.step))))), para(words.similarExplain, { class: "note" }),
    h("ul", { class: "places" }, (nearest.places || []).map((p) => h("li", null,
      h("q", { class: "context", dir: "auto", lang: "" }, p.before, h("mark", null, shown(p.text)), p.after), h("span", { class: "figure" }, ...rich(words.cosine(figure(p.cosine), p.at + 1))))))));
});
