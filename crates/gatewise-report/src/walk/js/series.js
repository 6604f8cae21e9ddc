// Section 6: the reader's own series, its forecast, and what the gradient and the gates say row by row.

const series = walk.series && unpack(walk.series.values) ? walk.series : null;

const timeTicks = (times, wanted) => { const every = Math.max(1, Math.ceil(times.length / wanted)); return times.map((t, k) => [k, t]).filter(([k]) => k % every === 0); };
const shortTime = (t) => String(t).replace(/^\d\d(\d\d)-/, "$1-").replace(/ [A-Z][a-z]{2}$/, "");

section("series", series, () => {
  const words = say.series, values = Array.from(unpack(series.values).values), rows = values.length;
  const forecast = series.forecast ? Array.from(unpack(series.forecast).values) : [];
  const times = (series.times || []).concat(series.horizon || []).map(shortTime);
  const ticks = timeTicks(times.slice(0, rows + forecast.length), isNarrow() ? 3 : 6);
  const x = { label: words.time, from: 0, to: rows + forecast.length - 1, ticks };
  const width = isNarrow() ? 350 : 900;
  const line = lineChart({ width, height: 280, heading: words.lineHeading(series.target), series: [{ name: words.window, line: "truth", x: values.map((_, k) => k), y: values }, { name: words.forecast, line: "lstm", x: [rows - 1, ...forecast.map((_, k) => rows + k)], y: [values[rows - 1], ...forecast] }], x, y: { label: series.target || "" },
    alt: words.lineAlt(rows, forecast.length, figure(values[rows - 1]), figure(mean(forecast))) });
  const nets = (series.networks || []).filter((n) => n.by_row);
  const most = Math.max(...nets.map((n) => extent(unpack(n.by_row).values)), 1e-12);
  const left = 52, unit = (width - left - 12) / (rows + forecast.length - 1 || 1);
  const bars = nets.map((n) => {
    const m = unpack(n.by_row).values, linear = n.linear ? unpack(n.linear).values : null, kind = LINE[kindOfName(n.name)], tall = 70;
    return [h("h4", null, titleOf(n.name)), g("svg", { class: "chart series-bars", viewBox: `0 0 ${width} ${tall + 8}`, role: "img", "aria-label": plain(words.barsAlt(titleOf(n.name), (series.times || [])[m.indexOf(Math.max(...m))])) },
      g("path", { class: "axis", d: `M${left} ${tall + 4}H${width - 12}` }), g("text", { x: left - 7, y: 12, "text-anchor": "end" }, figure(most)), g("text", { x: left - 7, y: tall + 4, "text-anchor": "end" }, "0"),
      Array.from(m, (v, k) => { const hgt = tall * v / most, own = linear ? tall * Math.min(v, linear[k]) / most : 0; return [
        g("rect", { class: `bar ${kind}`, "data-row": k, x: left + unit * (k - 0.38), y: 4 + tall - hgt, width: unit * 0.76, height: hgt }, g("title", null, `${(series.times || [])[k] || k + 1}: ${figure(v)}`)),
        own > 0.3 && g("rect", { class: "bar linear", x: left + unit * (k - 0.38), y: 4 + tall - own, width: unit * 0.76, height: own })]; }))];
  });
  const groups = (series.groups || []).filter((gr) => (gr.gates || []).length);
  const top = nets.map((n) => { const m = unpack(n.by_row).values, half = m.reduce((a, b) => a + b, 0) / 2; let sum = 0, k = rows - 1; while (k >= 0) { sum += m[k]; if (sum >= half) break; k--; } return { title: titleOf(n.name), rows: rows - Math.max(0, k) }; });
  return [
    para(words.lead(series.target, rows, series.unit_name, forecast.length, (series.times || [])[0], (series.times || [])[rows - 1], top[top.length - 1]), { class: "lead opening" }),
    line,
    nets.length > 0 && h("div", { class: "card" }, h("h3", null, words.barsHeading), para(words.barsExplain(top), { class: "note" }), bars, nets.some((n) => n.linear) && h("p", { class: "hint" }, h("span", { class: "swatch linear" }), words.linear),
      details(say.asTable, table(words.barsHeading, [words.time, ...nets.map((n) => titleOf(n.name))], values.map((_, k) => k).filter((k) => rows <= 30 || rows - k <= 30).map((k) => [(series.times || [])[k] || String(k + 1), ...nets.map((n) => figure(unpack(n.by_row).at(k)))])))),
    groups.length > 0 && [h("h3", { class: "sub" }, words.groupsHeading), para(words.groupsExplain)],
    h("div", { class: "grid2" }, groups.map((gr) => h("div", { class: "card" }, h("h4", null, words.group(gr.name, titleOf(gr.network))),
      h("table", { class: "flows groups" }, h("caption", { class: "unseen" }, words.group(gr.name, titleOf(gr.network))), h("thead", null, h("tr", null, h("th", { scope: "col" }, words.groups[gr.name] || gr.name), gr.gates.map((gate) => h("th", { scope: "col" }, say.gates[gate.name] || gate.name)))),
        h("tbody", null, gr.labels.map((label, k) => h("tr", null, h("th", { scope: "row" }, words.labels[label] || label), gr.gates.map((gate) => h("td", null, shareBar(gate.means[k]), h("small", null, figure(gate.means[k]))))))))))),
  ];
}, (element) => { for (const b of element.querySelectorAll("[data-row]")) b.classList.toggle("chosen", Number(b.dataset.row) === state.step); });
