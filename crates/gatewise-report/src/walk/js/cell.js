// Section 2: one step of the cells opened, with the numbers of a unit.

const LETTERS = { lstm: "ifgo", gru: "rzn", "gru-reset-before": "rzn", rnn: "h", "rnn-relu": "h", mingru: "zh", minlstm: "fih" };
const linear = (letter) => `W_${letter} x_t + U_${letter} h_{t${MINUS}1} + b_${letter}`;

// The equation of each gate, and of the state after it.
const EQUATIONS = {
  lstm: { i: `i_t = σ(${linear("i")})`, f: `f_t = σ(${linear("f")})`, g: `g_t = tanh(${linear("g")})`, o: `o_t = σ(${linear("o")})` },
  gru: { r: `r_t = σ(${linear("r")})`, z: `z_t = σ(${linear("z")})`, n: `n_t = tanh(W_n x_t + b_n + r_t ∘ (U_n h_{t${MINUS}1} + b_{hn}))` },
  "gru-reset-before": { r: `r_t = σ(${linear("r")})`, z: `z_t = σ(${linear("z")})`, n: `n_t = tanh(W_n x_t + U_n (r_t ∘ h_{t${MINUS}1}) + b_n)` },
  rnn: { h: `h_t = tanh(W x_t + U h_{t${MINUS}1} + b)` },
  "rnn-relu": { h: `h_t = max(0, W x_t + U h_{t${MINUS}1} + b)` },
  mingru: { z: "z_t = σ(W_z x_t + b_z)", h: "h~_t = g(W_h x_t + b_h)" },
  minlstm: { f: "f_t = σ(W_f x_t + b_f)", i: "i_t = σ(W_i x_t + b_i)", h: "h~_t = g(W_h x_t + b_h)" },
};

// All numbers of a unit at a step, as the page shows them.
const unitNumbers = (part, t, k) => {
  const p = before(part, t);
  const gates = {};
  for (const gate of part.gates || []) {
    const a = unpack(gate.a), u = unpack(gate.u);
    gates[gate.letter] = { name: gate.name, letter: gate.letter, a: a ? a.at(t, k) : NaN, u: u ? u.at(t, k) : null, value: unpack(gate.value).at(t, k) };
  }
  const at = (packed, s) => { const m = unpack(packed); return m ? (s < 0 ? 0 : m.at(s, k)) : null; };
  return { gates, h: at(part.h, t), hBefore: at(part.h, p), c: at(part.c, t), cBefore: part.c ? at(part.c, p) : null };
};

const sumOf = (part, gates, letter) => {
  const n = gates[letter];
  if (n.u === null) return n.a;
  return part.cell === "gru" && letter === "n" ? n.a + gates.r.value * n.u : n.a + n.u;
};
const squash = (part, letter) => {
  if (part.cell === "rnn-relu") return "max(0, ·)";
  if ((part.cell === "mingru" || part.cell === "minlstm") && letter === "h") return "g";
  return "gnh".includes(letter) ? "tanh" : "σ";
};

// What goes on of the old state, what is written, and what is shown of it: [name, formula, numbers, value].
const flows = (part, n) => {
  const { gates } = n, v = (letter) => gates[letter].value;
  if (isLstm(part)) return [
    ["keep", `f_t · c_{t${MINUS}1}`, `${figure(v("f"))} · ${figure(n.cBefore)}`, v("f") * n.cBefore],
    ["write", "i_t · g_t", `${figure(v("i"))} · ${figure(v("g"))}`, v("i") * v("g")],
    ["now", "c_t", "", n.c],
    ["show", "h_t = o_t · tanh(c_t)", `${figure(v("o"))} · ${figure(Math.tanh(n.c))}`, n.h],
  ];
  if (isGru(part)) return [
    ["keep", `z_t · h_{t${MINUS}1}`, `${figure(v("z"))} · ${figure(n.hBefore)}`, v("z") * n.hBefore],
    ["write", "(1 − z_t) · n_t", `${figure(1 - v("z"))} · ${figure(v("n"))}`, (1 - v("z")) * v("n")],
    ["now", "h_t", "", n.h],
  ];
  if (isRnn(part)) return [
    ["fromInput", "W x_t + b", "", gates.h.a],
    ["fromMemory", `U h_{t${MINUS}1} + b`, "", gates.h.u],
    ["now", "h_t", "", n.h],
  ];
  const keep = part.cell === "mingru" ? 1 - v("z") : v("f") / (v("f") + v("i"));
  return [
    ["keep", `k_t · h_{t${MINUS}1}`, `${figure(keep)} · ${figure(n.hBefore)}`, keep * n.hBefore],
    ["write", "(1 − k_t) · h~_t", `${figure(1 - keep)} · ${figure(v("h"))}`, (1 - keep) * v("h")],
    ["now", "h_t", "", n.h],
  ];
};

const wire = (d, strength, kind) => g("path", { class: `wire ${kind || ""}`, d, "stroke-width": strength === undefined ? 1.4 : (0.8 + 5 * Math.min(1, Math.abs(strength))).toFixed(2) });
const gateBox = (x, y, text, width = 30) => [g("rect", { class: "gate-box", x: x - width / 2, y: y - 11, width, height: 22, rx: 5 }), g("text", { class: "gate-name", x, y: y + 4, "text-anchor": "middle" }, text)];
const knot = (x, y, text) => [g("circle", { class: "knot", cx: x, cy: y, r: 9 }), g("text", { class: "strong", x, y: y + 4.5, "text-anchor": "middle" }, text)];
const value = (x, y, letter, low, v, anchor = "middle") => g("text", { class: "reading", x, y, "text-anchor": anchor }, g("tspan", { "font-style": "italic" }, letter), low && g("tspan", { "font-size": "75%", dy: 3 }, low), g("tspan", { dy: low ? -3 : 0 }, ` ${figure(v)}`));
const PREVIOUS = `t${MINUS}1`;

// The picture of a cell: wires as wide as what they let through.
const cellPicture = (part, n, alt) => {
  const v = (letter) => n.gates[letter].value;
  const frame = g("rect", { class: "cell-frame", x: 40, y: 24, width: 320, height: 204, rx: 14 });
  const gateAt = (x, text, letter) => [gateBox(x, 160, text, text === "tanh" ? 42 : 32), value(x, 217, letter, "", v(letter))];
  let inside;
  if (isLstm(part)) inside = [
    wire("M0 54H86", n.cBefore, "memory"), wire("M104 54H191", v("f") * n.cBefore, "memory"), wire("M209 54H400", n.c, "memory"),
    wire("M0 196H300M62 250V196M95 196V172M160 196V172M240 196V172M300 196V172"),
    wire("M95 148V64", v("f"), "gate"), wire("M160 148V112H190", v("i"), "gate"), wire("M240 148V112H210", v("g"), "gate"), wire("M200 103V64", v("i") * v("g"), "memory"),
    wire("M335 54V80M335 102V125", Math.tanh(n.c)), wire("M300 148V134H325", v("o"), "gate"), wire("M335 143V196H400", n.h, "memory"),
    knot(95, 54, "×"), knot(200, 54, "+"), knot(200, 112, "×"), knot(335, 134, "×"),
    gateAt(95, "σ", "f"), gateAt(160, "σ", "i"), gateAt(240, "tanh", "g"), gateAt(300, "σ", "o"), gateBox(335, 91, "tanh", 42),
    value(2, 43, "c", PREVIOUS, n.cBefore, "start"), value(398, 43, "c", "t", n.c, "end"), value(2, 187, "h", PREVIOUS, n.hBefore, "start"), value(400, 187, "h", "t", n.h, "end"),
    g("text", { class: "reading", x: 148, y: 43, "text-anchor": "middle" }, figure(v("f") * n.cBefore)), g("text", { class: "reading", x: 208, y: 88 }, figure(v("i") * v("g"))),
  ];
  else if (isGru(part)) inside = [
    wire("M0 54H86", n.hBefore, "memory"), wire("M104 54H291", v("z") * n.hBefore, "memory"), wire("M309 54H400", n.h, "memory"),
    wire("M20 54V196H300M62 250V196M95 196V172M185 196V172M240 196V170M300 196V172M249 160H279"),
    wire("M95 148V64", v("z"), "gate"), wire("M95 104H175M195 104H291", 1 - v("z"), "gate"), wire("M185 148V132H240V150", v("r"), "gate"),
    wire("M300 148V114", v("n"), "gate"), wire("M300 95V64", (1 - v("z")) * v("n"), "memory"),
    knot(95, 54, "×"), knot(300, 54, "+"), knot(300, 104, "×"), knot(240, 160, "×"), g("circle", { class: "knot", cx: 185, cy: 104, r: 10 }), g("text", { class: "strong", x: 185, y: 108, "text-anchor": "middle" }, "1−"),
    gateAt(95, "σ", "z"), gateAt(185, "σ", "r"), gateAt(300, "tanh", "n"),
    value(2, 43, "h", PREVIOUS, n.hBefore, "start"), value(398, 43, "h", "t", n.h, "end"),
    g("text", { class: "reading", x: 195, y: 43, "text-anchor": "middle" }, figure(v("z") * n.hBefore)), g("text", { class: "reading", x: 309, y: 86 }, figure((1 - v("z")) * v("n"))),
  ];
  else if (isRnn(part)) inside = [
    wire("M0 120H121", n.hBefore, "memory"), wire("M130 250V130", n.gates.h.a), wire("M139 120H218", sumOf(part, n.gates, "h")), wire("M262 120H400", n.h, "memory"),
    knot(130, 120, "+"), gateBox(240, 120, part.cell === "rnn" ? "tanh" : "ReLU", 44),
    value(2, 109, "h", PREVIOUS, n.hBefore, "start"), value(398, 109, "h", "t", n.h, "end"),
    g("text", { class: "reading", x: 110, y: 143, "text-anchor": "end" }, g("tspan", { class: "u" }, "U"), g("tspan", { "font-style": "italic" }, "h"), ` ${figure(n.gates.h.u)}`),
    g("text", { class: "reading", x: 140, y: 185 }, g("tspan", { class: "w" }, "W"), g("tspan", { "font-style": "italic" }, "x"), ` ${figure(n.gates.h.a)}`),
    g("text", { class: "reading", x: 178, y: 109, "text-anchor": "middle" }, figure(sumOf(part, n.gates, "h"))),
  ];
  else return null;
  return g("svg", { class: "chart cell-picture", viewBox: "-2 14 404 242", role: "img", "aria-label": plain(alt) }, frame, inside,
    g("text", { x: isRnn(part) ? 140 : 71, y: 248 }, g("tspan", { "font-style": "italic" }, "x"), g("tspan", { "font-size": "75%", dy: 3 }, "t")));
};

// Each gate's sum and value for the chosen unit, a row a gate.
const gateRows = (part, n) => [...(LETTERS[part.cell] || "")].filter((l) => n.gates[l]).map((letter) => {
  const gate = n.gates[letter], sum = sumOf(part, n.gates, letter), low = squash(part, letter) === "σ";
  const reset = part.cell === "gru" && letter === "n";
  const numbers = gate.u === null
    ? `${squash(part, letter)}(${figure(sum)})`
    : `${squash(part, letter)}(${figure(gate.a)} + ${reset ? `${figure(n.gates.r.value)} · ` : ""}${gate.u < 0 && !reset ? `(${figure(gate.u)})` : figure(gate.u)}) = ${squash(part, letter)}(${figure(sum)})`;
  return h("li", { class: "gate", "data-gate": letter },
    h("div", { class: "gate-head" }, h("b", null, say.gates[gate.name] || gate.name), formula(EQUATIONS[part.cell] ? EQUATIONS[part.cell][letter] : letter)),
    h("div", { class: "gate-numbers" },
      h("span", { class: "calc", "data-a": gate.a, "data-u": gate.u, "data-value": gate.value }, numbers, " = ", h("strong", null, figure(gate.value))),
      low ? shareBar(gate.value) : signedBar(gate.value, 1)));
});

// The gates of the unit over all steps, as rows of colour with the chosen step marked.
const gateTrace = (i, part, k) => {
  const letters = [...(LETTERS[part.cell] || "")].filter((l) => gateOf(part, l) && squash(part, l) === "σ");
  const values = stateOf(part), scale = Math.max(1, extent(values.column(k)));
  const rows = letters.map((l) => { const m = unpack(gateOf(part, l).value); return [l, (t) => m.at(t, k), 1]; }).concat([[part.state === "c" && part.c ? "c" : "h", (t) => values.at(t, k), scale]]);
  const track = h("div", { class: "trace", dir: rightToLeft ? "rtl" : "ltr" }, rows.map(([letter, at, most]) => h("div", { class: "trace-row" }, h("var", null, letter),
    heatmap(1, steps, (_, t) => at(t), most, { role: "img", "aria-label": say.cell.traceAlt(letter, figure(at(state.step))) }))));
  const cursor = h("i", { class: "cursor" });
  cursor.style.setProperty("--at", (state.step + 0.5) / steps);
  track.append(cursor);
  track.addEventListener("click", (event) => {
    const canvas = track.querySelector("canvas").getBoundingClientRect();
    const part = (event.clientX - canvas.left) / canvas.width;
    if (part >= 0 && part <= 1) choose({ step: Math.floor(steps * (rightToLeft ? 1 - part : part)) });
  });
  return h("div", null, h("p", { class: "mini" }, say.cell.trace), track);
};

let cards = [];

const followCard = (card, i) => {
  const network = networks[i], part = partOf(i), k = unitOf(i), t = state.step, n = unitNumbers(part, t, k), number = unitNumber(part, k);
  card.range.max = (part.units || []).length - 1;
  card.range.value = k;
  card.range.setAttribute("aria-valuetext", say.unit(number));
  card.name.textContent = say.unit(number);
  if (card.part) card.part.value = String(state.part[i]);
  const told = say.cell.told(network.title, part, n, symbol(symbolAt(t)), number, t);
  const most = Math.max(...flows(part, n).map((f) => Math.abs(f[3] || 0)), 0.01);
  replace(card.body,
    cellPicture(part, n, told),
    para(told, { class: "told" }),
    h("ul", { class: "gates" }, gateRows(part, n)),
    h("table", { class: "flows" }, h("caption", null, say.cell.flows), h("tbody", null, flows(part, n).map(([name, letters, numbers, v]) => h("tr", { "data-flow": name },
      h("th", { scope: "row" }, say.cell[name]), h("td", null, formula(letters), numbers && h("small", null, `= ${numbers}`)), h("td", { class: "figure" }, figure(v), signedBar(v, most)))))),
    gateTrace(i, part, k));
};

section("cell", networks.length && steps, () => {
  const words = say.cell;
  cards = networks.map((network, i) => {
    const card = { body: h("div", { class: "cell-body" }), name: h("output", { class: "unit-name" }) };
    card.range = h("input", { type: "range", min: 0, step: 1, "aria-label": words.pick(network.title), oninput: () => { state.unit[i][state.part[i]] = Number(card.range.value); choose({}); } });
    if (network.parts.length > 1) card.part = h("select", { "aria-label": words.pickPart(network.title), onchange: () => { state.part[i] = Number(card.part.value); choose({}); } },
      network.parts.map((p, k) => h("option", { value: k }, partTitle(network, p))));
    const next = () => {
      const order = byActivity(partOf(i), state.step), at = order.indexOf(unitOf(i));
      state.unit[i][state.part[i]] = order[(at + 1) % order.length];
      choose({});
    };
    card.element = h("article", { class: `card cell-card ${kindOf(network)}`, "aria-label": network.title },
      h("h3", null, network.title), h("div", { class: "unit-picker" }, card.part, card.range, card.name, button(words.next, next, { class: "button small" })), card.body);
    return card;
  });
  return [
    h("div", { class: "opening-slot" }),
    h("ul", { class: "terms" }, words.explain.map((text) => h("li", null, ...rich(text)))),
    h("div", { class: "controls" },
      button(`${rightToLeft ? "→" : "←"} ${words.previousStep}`, () => stepBy(-1)), h("span", { class: "where" }), button(`${words.nextStep} ${rightToLeft ? "←" : "→"}`, () => stepBy(1)),
      Number.isInteger(walk.stop) && button(words.toStop, () => choose({ step: walk.stop }), { class: "button strong-button" })),
    h("div", { class: `cells n${Math.min(3, networks.length)}` }, cards.map((c) => c.element)),
    h("div", { class: "keep-slot" }),
  ];
}, (element) => {
  const t = state.step;
  cards.forEach(followCard);
  replace(element.querySelector(".where"), ...rich(say.cell.where(t + 1, steps, symbol(symbolAt(t)))));
  const rows = networks.map((n, i) => ({ n, part: partOf(i), kept: kept(partOf(i), t), jacobian: unpack(partOf(i).jacobian) }));
  replace(element.querySelector(".opening-slot"), para(say.cell.lead(symbol(symbolAt(t)), t + 1, rows.map((r) => ({ title: r.n.title, kept: r.kept ? mean(r.kept) : null }))), { class: "lead opening" }));
  replace(element.querySelector(".keep-slot"), h("div", { class: "card" }, h("h3", null, say.cell.keepHeading), para(say.cell.keepExplain, { class: "note" }),
    table(say.cell.keepHeading, say.cell.keepHead, rows.map((r) => [r.n.title, r.kept ? percent(mean(r.kept)) : say.cell.noGate, r.jacobian ? figure(r.jacobian.at(t)) : "–"]))));
});
