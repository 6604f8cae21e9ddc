// Section 4: how much each symbol still moves the loss of an output, and runs that show what helps.

const lineOf = (network) => LINE[kindOf(network)] || "other";
const hasGradient = networks.some((n) => n.gradient && (n.gradient.steps || []).length);
const runs = (walk.runs || []).filter(Boolean);

// Per network: the gradient of an output, its factor a step back, and what is left at the first step.
const gradientFacts = (t) => networks.map((n) => {
  const log10 = followed(n, t), jacobian = unpack(n.parts[0].jacobian);
  if (!log10) return null;
  const norm = jacobian ? mean(jacobian.values.subarray(1, t + 1)) : NaN;
  // As shares of what stands at the answer's own step.
  const shares = Float64Array.from(log10, (v) => v - log10[t]);
  return { network: n, log10: shares, factor: factorOf(shares, t), left: shares[0], first: shares[0], jacobian: norm };
}).filter(Boolean);

const inColumn = (log10, c) => { let most = NaN; for (let t = c.first; t <= c.last; t++) if (Number.isFinite(log10[t]) && !(most > log10[t])) most = log10[t]; return most; };

const gradientBars = (facts, t) => {
  const last = columnOfStep[t], list = columns.slice(0, last + 1);
  const all = facts.flatMap((f) => finite(f.log10)), high = Math.ceil(Math.max(...all)), low = Math.max(Math.floor(Math.min(...all)), high - 14);
  const wordy = list.some((c) => [...c.text].length > 2), wide = wordy ? Math.max(...list.map((c) => widthOf(c.text) + 14), 34) : 22;
  const room = (document.querySelector("main").clientWidth - 160) / list.length;
  const unit = Math.max(Math.min(wide, 96), Math.min(60, room)), tall = 92, left = 44;
  const ticks = powerTicks(low, high, 4);
  const grid = h("div", { class: "gradient-scroll", tabindex: "0", role: "region", "aria-label": say.gradient.barsLabel });
  const lines = ticks.map((e) => [e, 6 + tall * (high - e) / (high - low)]);
  // One line of columns that scrolls; on paper as many lines as it takes.
  const each = isPrint() ? Math.max(4, Math.floor(600 / unit)) : list.length;
  for (let start = 0; start < list.length; start += each) {
    const part = list.slice(start, start + each), width = unit * part.length + 4;
    const place = (k) => (rightToLeft ? part.length - 1 - k : k);
    grid.append(h("div", { class: "gradient-grid", style: `width:${left + width}px`, dir: "ltr" },
      h("div", { class: "gradient-text", style: `padding-left:${left}px`, dir: rightToLeft ? "rtl" : "ltr" }, part.map((c, k) => h("button", {
        type: "button", tabindex: "-1", "data-column": start + k, style: `width:${unit}px`, lang: "", onclick: () => choose({ step: c.last }), title: c.label || null }, h("bdi", null, shown(c.text))))),
      facts.map((f) => [h("h4", null, f.network.title), h("div", { class: "gradient-row" },
        g("svg", { class: "chart gradient-axis", width: left, height: tall + 10, viewBox: `0 0 ${left} ${tall + 10}`, "aria-hidden": "true" }, lines.map(([e, y]) => g("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, powerLabel(e)))),
        g("svg", { class: "chart gradient-bars", width, height: tall + 10, viewBox: `0 0 ${width} ${tall + 10}`, role: "img", "aria-label": plain(say.gradient.barsAlt(f.network.title, power(f.log10[t]), power(f.first), t)) },
          lines.map(([, y]) => g("path", { class: "grid", d: `M0 ${y}H${width}` })),
          part.map((c, k) => {
            const v = inColumn(f.log10, c);
            if (!Number.isFinite(v)) return null;
            const tallness = Math.max(1.5, tall * (Math.max(v, low) - low) / (high - low));
            return g("rect", { class: `bar ${lineOf(f.network)} ${v < low ? "under" : ""}`, "data-column": start + k, x: unit * place(k) + 3, y: 6 + tall - tallness, width: unit - 6, height: tallness, rx: Math.min(3, unit / 8) }, g("title", null, `${shown(c.text)}: ${plain(power(v))}`));
          })))])));
  }
  return grid;
};

const backLines = (facts, t) => {
  const back = Array.from({ length: t + 1 }, (_, k) => k);
  const own = facts.map((f) => ({ name: f.network.title, line: lineOf(f.network), x: back, y: back.map((k) => { const v = f.log10[t - k] - f.log10[t]; return v > -40 ? v : NaN; }) }));
  const reference = [["1.2ⁿ", 1.2, "guide up"], ["0.9ⁿ", 0.9, "guide down"]].map(([name, factor, line]) => ({ name, line, x: back, y: back.map((k) => k * Math.log10(factor)) }));
  const all = own.concat(reference).flatMap((s) => finite(s.y));
  return lineChart({ heading: say.gradient.linesHeading, series: own.concat(reference), x: { label: say.gradient.back, from: 0, to: Math.max(1, t) },
    y: { label: say.gradient.relative, power: true, low: Math.max(-14, Math.floor(Math.min(...all))), high: Math.ceil(Math.max(...all)) },
    alt: say.gradient.linesAlt(facts.map((f) => [f.network.title, figure(f.factor)])), note: say.gradient.linesNote });
};

// Runs.

const runName = (r) => say.runs.name(r);
// Lines of runs: a colour a kind of cell, a pattern a run of it.
const RUN_LINES = { rnn: ["run0", "run1", "run2", "run3"], gru: ["run4", "run8"], lstm: ["run6", "run5", "run7", "run9"] };
const lineOfRun = (r) => {
  const kind = Object.keys(RUN_LINES).find((k) => r.cell.startsWith(k)) || "lstm", own = runs.filter((o) => o.cell === r.cell);
  return RUN_LINES[kind][own.indexOf(r) % RUN_LINES[kind].length];
};
let chosenRuns = null;

// Whether two runs differ in clipping at most.
const alike = (a, b) => a.cell === b.cell && (a.radius || 0) === (b.radius || 0) && (a.forget_bias ?? null) === (b.forget_bias ?? null) && a.lr === b.lr;
// A clipped run and its twin without clipping, one that diverged where there is one.
const pairOfClipping = () => {
  const pairs = runs.filter((a) => a.clip).flatMap((a) => runs.filter((b) => !b.clip && alike(a, b)).map((b) => [a, b]));
  return pairs.find(([, b]) => b.diverged) || pairs[0] || null;
};
const lagLeft = (run) => { const m = unpack(run.by_lag), v = m ? m.values : []; return v.length ? { back: v.length - 1, log10: v[v.length - 1] - v[0] } : null; };
// The run of a plain network that is clipped and did not diverge: its gradient still vanishes.
const vanishingRun = () => runs.filter((r) => r.cell.startsWith("rnn") && r.clip && !r.diverged && lagLeft(r) && Number.isFinite(lagLeft(r).log10)).sort((a, b) => a.factor - b.factor)[0] || null;
const largest = (series) => Math.max(...(series || []).map(([, v]) => (Number.isFinite(v) ? v : -Infinity)));

const runCharts = () => {
  const list = runs.map((r) => [r, lineOfRun(r)]).filter(([r]) => chosenRuns.has(r.key));
  const line = ([r, line], points, map) => ({ name: runName(r), line, x: points.map(([s]) => s), y: points.map(([, v]) => map(v)) });
  const log = (v) => (v > 0 && Number.isFinite(v) ? Math.log10(v) : NaN);
  const marks = (name) => list.filter(([r]) => r.diverged && (r[name] || []).length).map(([r]) => { const [x, v] = r[name].filter(([, v]) => Number.isFinite(v) && v > 0).pop() || [0, 1]; return { x, y: log(v), text: say.runs.diverged(r.diverged) }; });
  if (!list.length) return [para(say.runs.none)];
  const lags = list.map(([r, line]) => { const m = unpack(r.by_lag); const v = m ? Array.from(m.values) : []; return { name: runName(r), line, x: v.map((_, k) => k), y: v.map((x) => (x > -29 ? x : NaN)) }; });
  const clipped = list.filter(([r]) => r.clip), small = { width: 340, height: 230, legend: false };
  return [
    lineChart({ heading: say.runs.loss, series: list.map((r) => line(r, r[0].losses || [], log)), x: { label: say.runs.step }, y: { label: say.runs.lossAxis, power: true, high: Math.min(6, Math.max(0.5, ...list.flatMap(([r]) => (r.losses || []).map(([, v]) => log(v))).filter(Number.isFinite))) }, marks: marks("losses"), note: say.runs.lossNote, cells: (v) => figure(10 ** v), level: "h4", ...small }),
    lineChart({ heading: say.runs.norm, series: list.map((r) => line(r, r[0].norms || [], log)), x: { label: say.runs.step }, y: { label: say.runs.normAxis, power: true, high: Math.min(8, Math.max(0.5, ...list.flatMap(([r]) => (r.norms || []).map(([, v]) => log(v))).filter(Number.isFinite))) }, rules: clipped.length ? [{ at: Math.log10(clipped[0][0].clip), text: say.runs.clipRule(clipped[0][0].clip) }] : [], marks: marks("norms"), note: say.runs.normNote, cells: (v) => figure(10 ** v), level: "h4", ...small }),
    lineChart({ heading: say.runs.lag, series: lags, x: { label: say.gradient.back, from: 0 }, y: { label: say.runs.lagAxis, power: true }, note: say.runs.lagNote, level: "h4", ...small }),
  ];
};

const runsBlock = () => {
  if (!runs.length) return null;
  if (!chosenRuns) {
    const pair = pairOfClipping() || [];
    chosenRuns = new Set([...pair, vanishingRun(), runs.find((r) => r.cell === "lstm" && r.forget_bias === 1) || runs.find((r) => r.cell === "lstm")].filter(Boolean).map((r) => r.key));
    if (!chosenRuns.size) chosenRuns = new Set(runs.slice(0, 3).map((r) => r.key));
  }
  const charts = h("div", { class: "grid2 run-charts" }, runCharts());
  const switches = h("fieldset", { class: "switches" }, h("legend", null, say.runs.choose), runs.map((r) => h("label", null,
    h("input", { type: "checkbox", checked: chosenRuns.has(r.key), "data-run": r.key, onchange: (event) => { chosenRuns[event.target.checked ? "add" : "delete"](r.key); replace(charts, runCharts()); } }), sample(lineOfRun(r)), runName(r), r.diverged && h("em", null, say.runs.diverged(r.diverged)))));
  const broken = runs.filter((r) => r.diverged);
  const rows = runs.map((r) => { const left = lagLeft(r); return [runName(r), r.diverged ? say.runs.diverged(r.diverged) : figure(((r.losses || []).slice(-1)[0] || [])[1]), figure(largest(r.norms)), figure(r.factor), left ? power(left.log10) : "–", r.score === null || r.score === undefined ? "–" : percent(r.score)]; });
  return [
    h("h3", { class: "sub" }, say.runs.heading), para(say.runs.lead(runs.length)), switches, charts,
    broken.map((r) => para(say.runs.broke(runName(r), r.diverged, figure((r.losses[0] || [])[1]), Number.isFinite(((r.losses || []).slice(-1)[0] || [])[1] ?? NaN) ? figure(largest(r.losses)) : null, figure((r.norms[0] || [])[1]), r.lr), { class: "told warn" })),
    h("div", { class: "card" }, h("h4", null, say.runs.tableHeading), table(say.runs.tableHeading, say.runs.tableHead(lagLeft(runs[0]) ? lagLeft(runs[0]).back : 0), rows, { class: "long-names" })),
  ];
};

// What clipping mends and what it does not, with this page's numbers.
const clippingWords = () => {
  const pair = pairOfClipping(), still = vanishingRun();
  const left = still && lagLeft(still), twin = still && runs.find((r) => !r.clip && !r.diverged && alike(r, still));
  const facts = gradientFacts(state.output), plainNet = facts.find((f) => kindOf(f.network) === "rnn") || facts.slice().sort((a, b) => a.factor - b.factor)[0];
  return say.clipping(
    pair && { name: runName(pair[0]), clip: pair[0].clip, largest: figure(largest(pair[1].norms)), diverged: pair[1].diverged, survived: figure(largest(pair[0].norms)), loss: figure(((pair[0].losses || []).slice(-1)[0] || [])[1]) },
    left ? { name: runName(still), back: left.back, left: power(left.log10), factor: figure(still.factor), twin: twin ? figure(twin.factor) : null } : plainNet ? { name: plainNet.network.title, back: state.output, left: power(plainNet.left), factor: figure(plainNet.factor) } : null);
};

section("gradient", hasGradient || runs.length, () => {
  const words = say.gradient;
  const picker = allOutputs.length > 1 && h("label", { class: "output-picker" }, words.pick, " ", h("select", { onchange: (event) => choose({ output: Number(event.target.value) }) },
    allOutputs.map((t) => h("option", { value: t, selected: t === state.output }, words.option(t + 1, shown(symbolAt(t)))))));
  return [
    h("div", { class: "opening-slot" }),
    hasGradient && [para(words.explain), picker, h("div", { class: "gradient-slot" })],
    h("div", { class: "card callout" }, h("h3", null, say.clippingHeading), h("div", { class: "clipping-slot" })),
    runsBlock(),
  ];
}, (element) => {
  const words = say.gradient, t = state.output;
  if (!hasGradient) { replace(element.querySelector(".clipping-slot"), clippingWords().map((s) => para(s))); return; }
  const slot = element.querySelector(".gradient-slot"), facts = gradientFacts(t);
  if (slot.dataset.output !== String(t)) {
    slot.dataset.output = t;
    const rows = facts.map((f) => [f.network.title, figure(f.factor), figure(f.jacobian), f.factor < 1 ? figure(Math.log(0.5) / Math.log(f.factor)) : "–", power(f.left)]);
    replace(slot, h("div", { class: "card" }, h("h3", null, ...rich(words.barsHeading(t + 1, symbol(symbolAt(t))))), gradientBars(facts, t), h("p", { class: "told here-line" })),
      h("div", { class: "split" }, backLines(facts, t), h("div", { class: "card" }, h("h3", null, words.tableHeading), table(words.tableHeading, words.tableHead(t), rows), para(words.tableNote, { class: "note" }))),
      h("div", { class: "card callout" }, h("h3", null, words.forgetsHeading), para(words.forgets(facts.map((f) => ({ title: f.network.title, kind: kindOf(f.network), factor: f.factor, log10: f.left, left: power(f.left) })), t))));
    replace(element.querySelector(".clipping-slot"), clippingWords().map((s) => para(s)));
    const scroll = slot.querySelector(".gradient-scroll");
    if (!rightToLeft) scroll.scrollLeft = scroll.scrollWidth;
  }
  replace(element.querySelector(".opening-slot"), para(words.lead(t + 1, symbol(symbolAt(t)), symbol(symbolAt(0)), facts.map((f) => ({ title: f.network.title, left: power(f.left) }))), { class: "lead opening" }));
  const k = columnOfStep[state.step];
  for (const b of slot.querySelectorAll("[data-column]")) b.classList.toggle("chosen", Number(b.dataset.column) === k);
  replace(slot.querySelector(".here-line"), ...rich(state.step > t ? words.later(t + 1) : words.here(symbol(symbolAt(state.step)), t - state.step, facts.map((f) => ({ title: f.network.title, size: power(inColumn(f.log10, columns[k])) })))));
});
