// What the reader has chosen, one state for the whole page, and the sections that follow it.

const state = { lang: document.documentElement.lang === "ko" ? "ko" : "en", network: 0, step: 0, output: 0, part: networks.map(() => 0), unit: networks.map((n) => n.parts.map(() => 0)) };
let say = null;

const sections = [];
// `draw` makes the section's body; `follow` brings it up to date with the state, without touching what has the focus.
const section = (id, there, draw, follow) => { if (there) sections.push({ id, draw, follow, drawn: false, stale: true, seen: false, element: null }); };

const current = () => networks[state.network];
const partOf = (n) => networks[n].parts[state.part[n]];
const unitOf = (n) => state.unit[n][state.part[n]];
const unitNumber = (part, k) => (part.units && part.units[k] !== undefined ? part.units[k] : k);

// Units by how much their state changed at a step, most first.
const byActivity = (part, t) => {
  const values = stateOf(part), p = before(part, t), now = values.row(t), then = p < 0 ? null : values.row(p);
  return Array.from(now, (v, k) => [Math.abs(v - (then ? then[k] : 0)), k]).sort((a, b) => b[0] - a[0]).map(([, k]) => k);
};

const allOutputs = [...new Set(networks.flatMap((n) => (n.gradient && n.gradient.steps) || []))].sort((a, b) => a - b);

const beginState = () => {
  const wanted = networks.findIndex((n) => kindOf(n) === "lstm");
  state.network = wanted < 0 ? Math.max(0, networks.length - 1) : wanted;
  state.step = Number.isInteger(walk.stop) ? walk.stop : Math.max(0, steps - 1);
  state.output = allOutputs.length ? allOutputs[allOutputs.length - 1] : 0;
  networks.forEach((n, i) => n.parts.forEach((part, k) => { state.unit[i][k] = byActivity(part, state.step)[0] || 0; }));
  const told = ((walk.memory || {}).properties || []).slice().sort((a, b) => b.unit.auc - a.unit.auc)[0];
  if (told) chooseMemoryUnit(told.unit.layer, told.unit.unit);
};

// The unit of the network that memory was measured of.
const memoryNetwork = () => networks.findIndex((n) => walk.memory && n.name === walk.memory.network);
const chooseMemoryUnit = (layer, number) => {
  const i = memoryNetwork();
  if (i < 0) return;
  const k = networks[i].parts.findIndex((p) => p.layer === layer && !p.reverse);
  if (k < 0) return;
  const at = networks[i].parts[k].units ? networks[i].parts[k].units.indexOf(number) : number;
  if (at < 0) return;
  state.part[i] = k;
  state.unit[i][k] = at;
};

let waiting = false;
const refresh = () => {
  for (const s of sections) s.stale = true;
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; for (const s of sections) if (s.seen) bringUpToDate(s); followWalker(); });
};
// A section whose data are not as agreed is left out; the others stand.
const bringUpToDate = (s) => {
  try {
    drawSection(s);
  } catch (error) {
    console.error(error);
    s.drawn = true;
    s.stale = false;
    s.element.hidden = true;
    document.querySelectorAll(`.contents a[href="#${s.id}"]`).forEach((a) => a.parentElement.remove());
  }
};
const drawSection = (s) => {
  if (!s.drawn) {
    s.drawn = true;
    replace(s.element, h("h2", { id: `${s.id}-heading` }, say[s.id].heading), s.draw());
    s.element.classList.remove("undrawn");
  }
  if (s.stale) { s.stale = false; if (s.follow) s.follow(s.element); }
};
const drawAll = () => sections.forEach(bringUpToDate);

const choose = (change) => {
  if (change.step !== undefined) change.step = Math.max(0, Math.min(steps - 1, change.step));
  Object.assign(state, change);
  refresh();
  announce();
};
const stepBy = (n) => choose({ step: state.step + n });
