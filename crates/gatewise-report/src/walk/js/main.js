// The page: head, contents, short answers, the bar that walks, and when sections are drawn.

const calm = () => media("(prefers-reduced-motion: reduce)").matches || isPrint();
const DICTIONARIES = { ko, en };
const main = document.querySelector("main");
let live = null, walker = null;

const announce = () => {
  if (!live || !networks.length) return;
  const network = current(), o = outputText(outputsOf.get(network).get(state.step));
  live.textContent = plain(say.live(state.step + 1, steps, symbol(symbolAt(state.step)), network.title, o ? symbol(o.text) : null, o ? o.below : ""));
};

const followWalker = () => {
  if (!walker) return;
  replace(walker.querySelector(".walker-text"), h("bdi", { lang: "", class: "walker-symbol" }, shown(symbolAt(state.step))), h("small", null, `${state.step + 1} / ${steps}`));
  press(walker.querySelector(".segmented") || walker, state.network);
  for (const option of document.querySelectorAll(".sentence-line [data-column]")) option.classList.toggle("chosen", Number(option.dataset.column) === columnOfStep[state.step]);
};

const drawWalker = () => h("div", { class: "walker", role: "group", "aria-label": say.walker },
  button(rightToLeft ? "→" : "←", () => stepBy(-1), { class: "button step-button", "aria-label": say.cell.previousStep }),
  h("div", { class: "walker-text" }),
  button(rightToLeft ? "←" : "→", () => stepBy(1), { class: "button step-button", "aria-label": say.cell.nextStep }),
  networks.length > 1 && segmented(say.network, networks.map((n, i) => ({ value: i, text: n.title })), state.network, (v) => { chooseNetwork(Number(v)); }));

const chooseNetwork = (i) => {
  state.network = i;
  for (const s of sections) if (s.id === "unrolled") s.drawn = false;
  choose({});
};

const headings = () => sections.map((s) => h("li", null, h("a", { href: `#${s.id}` }, say[s.id].heading)));

// Rows and frames are counted; texts are read.
const isCounted = walk.unit === "row" || walk.unit === "frame";

const sentenceLine = () => {
  if (isCounted || !columns.length) return null;
  const line = h("p", { class: "sentence-line", tabindex: 0, role: "region", "aria-label": say.wholeText, dir: rightToLeft ? "rtl" : "auto", lang: "" }, columns.slice(0, 400).map((c, k) => [h("span", { "data-column": k }, c.text), walk.unit === "word" && columns[k + 1] && !/^[.,!?…]/.test(columns[k + 1].text) ? " " : null]));
  line.addEventListener("click", (event) => { const span = event.target.closest("[data-column]"); if (span) choose({ step: columns[Number(span.dataset.column)].last }); });
  return line;
};

const build = () => {
  say = DICTIONARIES[state.lang];
  document.documentElement.lang = state.lang;
  document.title = `${say.title}: ${source.name || "gatewise walk"}`;
  const languages = segmented(say.language, [{ value: "ko", text: "한국어", lang: "ko" }, { value: "en", text: "English", lang: "en" }], state.lang, (lang) => {
    if (lang === state.lang) return;
    state.lang = lang;
    const at = window.scrollY;
    build();
    window.scrollTo(0, at);
    const again = document.querySelector(`.language [data-value="${lang}"]`);
    if (again) again.focus({ preventScroll: true });
  });
  languages.classList.add("language");
  for (const s of sections) { s.drawn = false; s.stale = true; s.element = h("section", { id: s.id, class: "undrawn", "aria-labelledby": `${s.id}-heading` }, h("h2", { id: `${s.id}-heading` }, say[s.id].heading)); }
  live = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
  walker = steps && networks.length ? drawWalker() : null;
  replace(main,
    h("header", null, h("div", { class: "top" }, h("p", { class: "eyebrow" }, h("b", null, "gatewise walk"), " · ", h("bdi", { lang: "" }, source.name)), languages),
      h("h1", null, say.title), h("p", { class: "lead subtitle" }, say.subtitle(isCounted)), sentenceLine()),
    h("nav", { class: "contents", "aria-label": say.contents }, h("h2", null, say.contents), h("ol", null, headings())),
    sections.map((s) => s.element), live);
  const old = document.querySelector(".walker");
  if (old) old.remove();
  if (walker) document.body.append(walker);
  for (const s of sections) observer.observe(s.element);
  if (sections.length) { sections[0].seen = true; bringUpToDate(sections[0]); }
  followWalker();
  queueDrawing();
};

const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const s = sections.find((s) => s.element === entry.target);
    if (!s) continue;
    s.seen = entry.isIntersecting;
    if (s.seen) bringUpToDate(s);
  }
}, { rootMargin: "500px 0px" });

const idle = window.requestIdleCallback || ((act) => setTimeout(act, 60));
const queueDrawing = () => idle(() => {
  const s = sections.find((s) => !s.drawn);
  if (!s) { document.documentElement.dataset.drawn = "all"; return; }
  bringUpToDate(s);
  queueDrawing();
}, { timeout: 700 });

// Everything whose colours are drawn, anew.
const repaint = () => {
  for (const s of sections) s.drawn = false;
  for (const s of sections) s.stale = true;
  drawAll();
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !steps) return;
  const on = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!on || event.target.closest("input, select, textarea, summary, .scroll, .gradient-scroll")) return;
  event.preventDefault();
  stepBy(rightToLeft ? -on : on);
});

for (const query of [darkMedia, printMedia, narrowMedia]) query.addEventListener("change", repaint);
let opened = [];
window.addEventListener("beforeprint", () => {
  printing = true;
  repaint();
  opened = [...document.querySelectorAll("main details:not([open])")];
  for (const d of opened) d.open = true;
});
window.addEventListener("afterprint", () => { printing = false; for (const d of opened) d.open = false; opened = []; repaint(); });
window.addEventListener("hashchange", drawAll);

beginState();
if (location.hash) state.lang = location.hash === "#ko" || location.hash === "#en" ? location.hash.slice(1) : state.lang;
build();
if (location.hash.length > 1 && sections.some((s) => `#${s.id}` === location.hash)) { drawAll(); document.getElementById(location.hash.slice(1)).scrollIntoView(); }
