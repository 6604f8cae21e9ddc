// Line charts: axes, legend, values under the pointer, and the same numbers as a table.

const narrowMedia = media("(max-width: 600px)");
const isNarrow = () => narrowMedia.matches && !isPrint();

const LINE = { rnn: "rnn", gru: "gru", lstm: "lstm", other: "other" };

const roundTicks = (low, high, wanted) => {
  const span = high - low || 1, rough = span / wanted, size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * size).find((s) => s >= rough);
  const ticks = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-6; v += step) ticks.push(Math.abs(v) < step * 1e-6 ? 0 : v);
  return ticks;
};
const powerTicks = (low, high, wanted) => {
  const step = Math.max(1, Math.ceil((high - low) / wanted)), ticks = [];
  for (let e = Math.ceil(low / step) * step; e <= high + 1e-9; e += step) ticks.push(e);
  return ticks;
};
const powerLabel = (e) => (e === 0 ? "1" : `10${superscript(e)}`);

const sample = (line) => g("svg", { class: "chart key", width: 26, height: 12, viewBox: "0 0 26 12", "aria-hidden": "true" }, g("path", { class: `line ${line}`, d: "M1 6H25" }));
const legendOf = (series) => h("ul", { class: "legend" }, series.map((s) => h("li", null, sample(s.line), s.name)));

// `series`: [{name, line, x, y}], y a logarithm where `power`. `x`: {label, from, to, ticks: [[at, text]]}.
const lineChart = ({ heading, series, x, y, rules = [], marks = [], alt, note, width = isNarrow() ? 350 : 520, height = 250, cells, level = "h3", legend = true }) => {
  const all = series.flatMap((s) => finite(s.y)).concat(rules.map((r) => r.at));
  let low = y.low !== undefined ? y.low : Math.min(...all), high = y.high !== undefined ? y.high : Math.max(...all);
  if (!all.length) { low = 0; high = 1; }
  if (y.power && y.low === undefined) low = Math.floor(low);
  if (high - low < 1e-9) high = low + 1;
  const xs = series.flatMap((s) => Array.from(s.x));
  const from = x.from !== undefined ? x.from : Math.min(...xs), to = x.to !== undefined ? x.to : Math.max(...xs, from + 1);
  const left = 52, right = width - 12, top = 12, bottom = height - 40;
  const px = (v) => left + (right - left) * (v - from) / (to - from);
  const py = (v) => bottom - (bottom - top) * (Math.max(low, Math.min(high, v)) - low) / (high - low);
  const label = y.power ? powerLabel : y.text || figure;
  const ticks = (y.power ? powerTicks(low, high, 6) : roundTicks(low, high, 4)).filter((v) => v >= low - 1e-9 && v <= high + 1e-9);
  const across = x.ticks || roundTicks(from, to, width < 400 ? 4 : 6).filter((v) => v >= from && v <= to).map((v) => [v, count(v)]);
  const svg = g("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": plain(alt || heading || y.label) },
    ticks.map((v) => [g("path", { class: "grid", d: `M${left} ${py(v)}H${right}` }), g("text", { x: left - 7, y: py(v) + 4, "text-anchor": "end" }, label(v))]),
    g("path", { class: "axis", d: `M${left} ${bottom}H${right}` }),
    across.map(([v, text]) => g("text", { x: px(v), y: bottom + 16, "text-anchor": "middle" }, text)),
    g("text", { class: "name", x: right, y: height - 5, "text-anchor": "end" }, x.label),
    rules.map((r) => g("path", { class: "rule", d: `M${left} ${py(r.at)}H${right}` })),
    series.map((s) => {
      let d = "", pen = false;
      s.y.forEach((v, i) => { if (!Number.isFinite(v)) { pen = false; return; } d += `${pen ? "L" : "M"}${px(s.x[i]).toFixed(1)} ${py(v).toFixed(1)}`; pen = true; });
      return [g("path", { class: `line ${s.line}`, d }), s.dots && Array.from(s.y).map((v, i) => Number.isFinite(v) && g("circle", { class: `dot ${s.line}`, cx: px(s.x[i]), cy: py(v), r: 3.5 }))];
    }),
    rules.map((r) => g("text", { class: "strong", x: right - 2, y: py(r.at) - 5, "text-anchor": "end" }, r.text)),
    marks.map((m) => [g("path", { class: "mark", d: `M${px(m.x) - 5} ${py(m.y) - 5}l10 10m0 -10l-10 10` }),
      m.text && g("text", { class: "strong", x: px(m.x) + (px(m.x) > width * 0.6 ? -9 : 9), y: py(m.y) + (py(m.y) > bottom - 20 ? -10 : 16), "text-anchor": px(m.x) > width * 0.6 ? "end" : "start" }, m.text)]));
  const plot = h("div", { class: "plot" }, svg);
  const places = [...new Set(xs)].sort((a, b) => a - b);
  const text = cells || ((v) => (y.power ? power(v) : label(v)));
  const cross = svg.appendChild(g("path", { class: "rule cross", visibility: "hidden" }));
  const tip = plot.appendChild(h("div", { class: "tip", hidden: true }));
  plot.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect(), v = from + (to - from) * ((event.clientX - box.left) * width / box.width - left) / (right - left);
    let at = places[0];
    for (const p of places) if (Math.abs(p - v) < Math.abs(at - v)) at = p;
    cross.setAttribute("d", `M${px(at)} ${top}V${bottom}`);
    cross.setAttribute("visibility", "visible");
    const named = x.ticks && x.ticks.find(([v]) => v === at);
    replace(tip, h("b", null, `${x.label}: ${named ? named[1] : count(at)}`), series.map((s) => {
      const i = Array.from(s.x).indexOf(at);
      return i >= 0 && Number.isFinite(s.y[i]) && h("span", null, s.name, h("em", null, ...rich(text(s.y[i]))));
    }));
    tip.hidden = false;
    const beside = px(at) * box.width / width;
    tip.style.transform = `translate(${Math.max(0, Math.min(plot.clientWidth - tip.offsetWidth, beside > plot.clientWidth / 2 ? beside - tip.offsetWidth - 10 : beside + 10))}px,6px)`;
  });
  plot.addEventListener("pointerleave", () => { tip.hidden = true; cross.setAttribute("visibility", "hidden"); });
  const rows = places.length > 16 ? places.filter((_, i) => i % Math.ceil(places.length / 14) === 0 || i === places.length - 1) : places;
  return h("figure", { class: "card figure-card" }, heading && h(level, null, ...rich(heading)), legend && legendOf(series), h("p", { class: "axis-name" }, y.label), plot,
    note && h("figcaption", null, ...rich(note)),
    details(say.asTable, table(heading || y.label, [x.label, ...series.map((s) => s.name)], rows.map((p) => {
      const named = x.ticks && x.ticks.find(([v]) => v === p);
      return [named ? named[1] : count(p), ...series.map((s) => { const i = Array.from(s.x).indexOf(p); return i < 0 ? "–" : text(s.y[i]); })];
    }))));
};

// A bar from nought, to the left where negative; `most` fills its side.
const signedBar = (value, most, kind) => {
  const part = Math.min(1, Math.abs(value) / (most || 1)) * 50;
  return h("span", { class: `signed ${kind || ""}`, "aria-hidden": "true" },
    h("i", { class: value < 0 ? "below" : "above", style: `width:${part.toFixed(1)}%;${value < 0 ? `right:50%` : `left:50%`}` }));
};
// A bar from 0 to 1.
const shareBar = (value, kind) => h("span", { class: `share ${kind || ""}`, "aria-hidden": "true" }, h("i", { style: `width:${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%` }));
