// The measured data: packed arrays as matrices, and what sections ask of them.

const walk = JSON.parse(document.getElementById("walk-data").textContent);

const unpacked = new WeakMap();

// A packed array as {rows, columns, values, at, row}; null where there is none.
const unpack = (packed) => {
  if (!packed || !packed.f32) return null;
  if (unpacked.has(packed)) return unpacked.get(packed);
  const binary = atob(packed.f32);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  const values = new Float32Array(bytes.length / 4);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(4 * i, true);
  const [rows, columns = 1] = packed.shape;
  const matrix = {
    rows, columns, values,
    at: (i, j = 0) => values[i * columns + j],
    row: (i) => values.subarray(i * columns, (i + 1) * columns),
    column: (j) => Array.from({ length: rows }, (_, i) => values[i * columns + j]),
  };
  unpacked.set(packed, matrix);
  return matrix;
};

const networks = (walk.networks || []).filter((n) => n && (n.parts || []).length);
const columns = walk.columns || [];
const steps = walk.steps || (columns.length ? columns[columns.length - 1].last + 1 : 0);
const source = { name: "", total: steps, from: 0, to: steps, direction: "ltr", ...walk.source };
const rightToLeft = source.direction === "rtl";

const columnOfStep = new Array(steps).fill(0);
columns.forEach((c, k) => { for (let t = c.first; t <= c.last && t < steps; t++) columnOfStep[t] = k; });

const isBlank = (text) => /^\s*$/u.test(text);
const VISIBLE = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "⏎" };
// A symbol as it is shown alone, so that a space is seen too.
const shown = (text) => (isBlank(text) ? [...text].map((c) => VISIBLE[c] || "␣").join("") : text);

const symbolAt = (step) => { const c = columns[columnOfStep[step]]; return c ? (c.label ? timed(c.label) : c.text) : ""; };

const mean = (values) => { let sum = 0, n = 0; for (const v of values) if (Number.isFinite(v)) { sum += v; n++; } return n ? sum / n : NaN; };
const finite = (values) => Array.from(values).filter(Number.isFinite);
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const extent = (values) => { let most = 0; for (const v of values) if (Number.isFinite(v) && Math.abs(v) > most) most = Math.abs(v); return most; };

const stateOf = (part) => unpack(part.state === "c" && part.c ? part.c : part.h);
const gateOf = (part, name) => (part.gates || []).find((g) => g.name === name || g.letter === name) || null;
const isLstm = (part) => part.cell === "lstm";
const isGru = (part) => part.cell === "gru" || part.cell === "gru-reset-before";
const isRnn = (part) => part.cell === "rnn" || part.cell === "rnn-relu";

// The step that a part read before `t`; -1 where there is none.
const before = (part, t) => (part.reverse ? (t + 1 < steps ? t + 1 : -1) : t - 1);

// How much of its old value each unit keeps at a step; null where the cell has no such gate.
const kept = (part, t) => {
  const row = (name) => { const g = gateOf(part, name); return g ? unpack(g.value).row(t) : null; };
  if (isLstm(part)) return row("f");
  if (isGru(part)) return row("z");
  if (part.cell === "mingru") return row("z").map((z) => 1 - z);
  if (part.cell === "minlstm") { const f = row("f"), i = row("i"); return f.map((v, k) => v / (v + i[k])); }
  return null;
};

// The gradient of output `t` along the steps, log10; null where it was not followed.
const followed = (network, t) => {
  const g = network.gradient;
  const r = g && g.steps ? g.steps.indexOf(t) : -1;
  return r < 0 ? null : unpack(g.log10).row(r);
};

// The factor a step back in time: what is left at the first step, spread evenly over the steps; NaN of none.
const factorOf = (log10, t) => (t > 0 && !Number.isNaN(log10[0]) ? 10 ** ((log10[0] - log10[t]) / t) : NaN);

const outputsOf = new Map(networks.map((n) => [n, new Map((n.outputs || []).map((o) => [o.step, o]))]));

// A network of a kind, by its name or the cell of its first part.
const networkOf = (kind) => networks.find((n) => n.name === kind) || networks.find((n) => n.parts[0].cell === kind) || null;
const kindOf = (network) => { const p = network.parts[0]; return isRnn(p) ? "rnn" : isGru(p) ? "gru" : isLstm(p) ? "lstm" : "other"; };
