// Section 1: the loop, the same network unrolled over the text, and what is shared.

const pictureOf = (form) => {
  const has = { one_to_one: [[0], [0], 1], one_to_many: [[0], [0, 1, 2], 3], many_to_one: [[0, 1, 2], [2], 3], many_to_many: [[0, 1, 2], [0, 1, 2], 3] }[form];
  const [ins, outs, cells] = has, w = cells === 1 ? 0 : 34, x = (k) => (cells === 1 ? 60 : 26 + w * k);
  return g("svg", { class: "form-picture", viewBox: "0 0 120 92", "aria-hidden": "true" },
    Array.from({ length: cells }, (_, k) => [
      g("rect", { class: "box cell-box", x: x(k) - 10, y: 36, width: 20, height: 20, rx: 4 }),
      k + 1 < cells && g("path", { class: "wire-u", d: `M${x(k) + 10} 46H${x(k + 1) - 11}`, "marker-end": "url(#tip-u)" }),
    ]),
    ins.map((k) => [g("circle", { class: "box in", cx: x(k), cy: 82, r: 7 }), g("path", { class: "wire-w", d: `M${x(k)} 75V58`, "marker-end": "url(#tip-w)" })]),
    outs.map((k) => [g("circle", { class: "box out", cx: x(k), cy: 10, r: 7 }), g("path", { class: "wire-v", d: `M${x(k)} 36V19`, "marker-end": "url(#tip-v)" })]));
};

const arrowHeads = () => g("svg", { width: 0, height: 0, class: "unseen", "aria-hidden": "true" }, g("defs", null, ["w", "u", "v", "ink"].map((k) =>
  g("marker", { id: `tip-${k}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 5.5, markerHeight: 5.5, orient: "auto" }, g("path", { class: `head-${k}`, d: "M0 0L8 4L0 8Z" })))));

const sub = (x, y, letter, low, attributes) => g("text", { x, y, ...attributes }, g("tspan", { "font-style": "italic" }, letter), low && g("tspan", { "font-size": "72%", dy: 3 }, low));

const loopPicture = () => g("svg", { class: "chart loop", viewBox: "0 0 150 230", role: "img", "aria-label": plain(say.unrolled.loopAlt) },
  g("path", { class: "wire-u", d: "M95 100H120Q136 100 136 84V68Q136 52 120 52H30Q14 52 14 68V98Q14 114 30 114H52", "marker-end": "url(#tip-u)" }),
  g("rect", { class: "cell-box", x: 55, y: 82, width: 42, height: 52, rx: 8 }),
  sub(69, 112, "h", "t", { class: "strong" }),
  g("path", { class: "wire-w", d: "M76 188V137", "marker-end": "url(#tip-w)" }), g("path", { class: "wire-v", d: "M76 82V32", "marker-end": "url(#tip-v)" }),
  g("text", { class: "w", x: 84, y: 168 }, "W"), g("text", { class: "u", x: 114, y: 46 }, "U"), g("text", { class: "v", x: 84, y: 42 }, "V"),
  sub(71, 206, "x", "t"), sub(67, 24, "y", "t"));

// Numbers of the input and the recurrent weights over all layers.
const weightCounts = (network) => {
  let w = 0, u = 0;
  for (const part of network.parts) {
    const listed = (name) => (part.weights || []).filter((m) => m.name.startsWith(name)).reduce((sum, m) => sum + m.rows * m.columns, 0);
    const gates = (part.gates || []).length;
    w += listed("weight_ih") || gates * part.hidden * part.input;
    u += listed("weight_hh") || ((part.gates || []).some((gate) => gate.u) ? gates * part.hidden * part.hidden : 0);
  }
  return { w, u };
};

const outputText = (o) => {
  if (!o) return null;
  if (o.top && o.top.length) return { text: o.top[0].text, below: percent(o.top[0].p) };
  return o.value !== null && o.value !== undefined ? { text: figure(o.value), below: "" } : null;
};

const optionLabel = (network, k) => {
  const c = columns[k], o = outputsOf.get(network).get(c.last);
  const read = say.unrolled.option(k + 1, columns.length, shown(c.label ? timed(c.label) : c.text), c.known !== false);
  const out = outputText(o);
  return out ? `${read} ${say.unrolled.optionOut(shown(out.text), out.below)}` : read;
};

const partTitle = (network, part) => {
  const names = [];
  if ((network.layers || 1) > 1) names.push(say.layer(part.layer + 1));
  if (network.bidirectional) names.push(part.reverse ? say.backward : say.forward);
  return names.join(", ") || say.layer(part.layer + 1);
};

let strip = null;

// The size of the strongest colour in the cells.
const hiddenScale = (network) => Math.max(...network.parts.map((part) => extent(unpack(part.h).values))) || 1;

const drawStrip = () => {
  const network = current(), widest = Math.max(...columns.map((c) => (c.label ? 56 : widthOf(c.text))));
  const list = h("div", { class: "strip", style: `--step:${Math.max(50, Math.min(104, widest + 12))}px`, role: "listbox", "aria-orientation": "horizontal", "aria-label": say.unrolled.stripLabel(columns.length), dir: rightToLeft ? "rtl" : "ltr" });
  const parts = network.parts.slice().reverse();
  columns.forEach((c, k) => {
    const out = outputText(outputsOf.get(network).get(c.last));
    const option = h("div", { class: `step ${c.known === false ? "unknown" : ""}`, role: "option", tabindex: "-1", "aria-selected": "false", "data-column": k });
    option.append(
      h("span", { class: "unseen", lang: state.lang }, optionLabel(network, k)),
      h("div", { "aria-hidden": "true", class: `out ${out ? "" : "none"}` }, out ? [h("bdi", { lang: "" }, shown(out.text)), h("small", { dir: "ltr" }, out.below)] : null),
      h("div", { class: `rise v ${out ? "" : "none"}`, "aria-hidden": "true" }),
      ...parts.map((part) => {
        const values = unpack(part.h), at = part.reverse ? c.first : c.last;
        return h("div", { class: `cellbox ${part.reverse ? "reverse" : ""}`, style: `--units:${values.columns}`, "data-part": network.parts.indexOf(part) },
          heatmap(values.columns, 1, (i) => values.at(at, i), hiddenScale(network), { "aria-hidden": "true" }), h("i", { class: "unitmark" }));
      }),
      h("div", { class: "rise w", "aria-hidden": "true" }),
      h("bdi", { "aria-hidden": "true", class: "in", lang: "" }, c.label ? h("span", null, c.text, h("small", null, timed(c.label))) : shown(c.text)),
      h("div", { "aria-hidden": "true", class: "number" }, c.first === c.last ? String(c.first + 1) : `${c.first + 1}–${c.last + 1}`));
    list.append(option);
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest(".step");
    if (!option) return;
    choose({ step: columns[Number(option.dataset.column)].last });
    option.focus({ preventScroll: true });
  });
  list.addEventListener("keydown", (event) => {
    const on = rightToLeft ? -1 : 1;
    const k = columnOfStep[state.step];
    const to = { ArrowRight: k + on, ArrowLeft: k - on, Home: 0, End: columns.length - 1, PageDown: k + 10, PageUp: k - 10 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const c = columns[Math.max(0, Math.min(columns.length - 1, to))];
    choose({ step: c.last });
    list.children[columns.indexOf(c)].focus({ preventScroll: true });
  });
  return list;
};

const followStrip = () => {
  const network = current(), k = columnOfStep[state.step], list = strip.firstElementChild;
  list.querySelectorAll('[aria-selected="true"]').forEach((o) => { o.setAttribute("aria-selected", "false"); o.tabIndex = -1; });
  const option = list.children[k];
  if (!option) return;
  option.setAttribute("aria-selected", "true");
  option.tabIndex = 0;
  const marked = `${state.part[state.network]} ${state.unit[state.network]}`;
  if (strip.dataset.marked !== marked) network.parts.forEach((part, i) => list.querySelectorAll(`[data-part="${i}"] .unitmark`).forEach((mark) => {
    const n = unpack(part.h).columns;
    mark.style.cssText = i === state.part[state.network] ? `top:${(100 * state.unit[state.network][i]) / n}%;height:${Math.max(100 / n, 3)}%` : "display:none";
  }));
  strip.dataset.marked = marked;
  const box = strip.getBoundingClientRect(), at = option.getBoundingClientRect();
  if (at.left < box.left + 60 || at.right > box.right - 60) strip.scrollBy({ left: at.left - box.left - box.width / 2 + at.width / 2, behavior: calm() || !strip.dataset.begun ? "auto" : "smooth" });
  strip.dataset.begun = "yes";
};

section("unrolled", networks.length && columns.length, () => {
  const network = current(), words = say.unrolled, { w, u } = weightCounts(network);
  const symbols = columns.length, answers = (network.outputs || []).length;
  strip = h("div", { class: "strip-scroll" }, drawStrip());
  const forms = ["one_to_one", "one_to_many", "many_to_one", "many_to_many"];
  return [
    para(words.lead(network.title, symbols, say.units[walk.unit] || say.units.step, network.parameters, steps), { class: "lead opening" }),
    arrowHeads(),
    h("div", { class: "card unroll" },
      h("div", { class: "rolled" }, h("h3", null, words.loop), loopPicture()),
      h("div", { class: "unrolled-side" }, h("h3", null, words.unrolled), strip),
      h("div", { class: "below" }, para(words.loopCaption), h("p", { class: "hint" }, words.keys(rightToLeft, figure(hiddenScale(network)))))),
    h("div", { class: "card shared-card" },
      h("h3", null, ...rich(words.shared(network.parameters))),
      h("dl", { class: "pipes" },
        h("div", null, h("dt", null, h("span", { class: "pipe w" }, "W")), h("dd", null, ...rich(words.w(w)))),
        h("div", null, h("dt", null, h("span", { class: "pipe u" }, "U")), h("dd", null, ...rich(words.u(u)))),
        h("div", null, h("dt", null, h("span", { class: "pipe v" }, "V")), h("dd", null, ...rich(words.v)))),
      para(words.why(steps), { class: "note" })),
    h("h3", { class: "sub" }, words.formsHeading),
    h("ul", { class: "forms" }, forms.map((form) => h("li", { class: form === walk.form ? "this" : null },
      pictureOf(form), h("div", null, h("b", null, words.forms[form][0]), " ", form === walk.form && h("span", { class: "badge" }, words.thisOne), h("p", null, words.forms[form][1]))))),
    walk.form && words.forms[walk.form] && para(words.formHere(walk.form, walk.task, symbols, answers, say.units[walk.unit] || say.units.step)),
  ];
}, followStrip);
