// Section 8: the command, the sizes, the notes.

section("made", true, () => {
  const words = say.made;
  const copy = h("button", { type: "button", class: "copy", hidden: !navigator.clipboard, onclick: async () => { await navigator.clipboard.writeText(walk.command || ""); copy.textContent = words.copied; } }, words.copy);
  const facts = [
    [words.data, h("bdi", { lang: "" }, source.name)], [words.window, words.steps(source.from + 1, source.to, source.total)], [words.unit, say.units[walk.unit] || walk.unit],
    [words.trained, walk.trained_here ? words.here : words.givenModel], Number.isFinite(walk.seconds) && walk.seconds !== null && [words.seconds, words.inSeconds(figure(walk.seconds))], [words.version, `gatewise ${walk.version || ""}`],
  ].filter(Boolean);
  return [
    para(words.lead(networks.length, steps, source.name ? symbol(source.name) : ""), { class: "lead opening" }),
    walk.command && h("div", { class: "code" }, h("pre", null, h("code", null, walk.command)), copy),
    h("dl", { class: "facts" }, facts.map(([name, v]) => h("div", null, h("dt", null, name), h("dd", null, v)))),
    networks.length > 0 && h("div", { class: "card" }, h("h3", null, words.networks), table(words.networks, words.head, networks.map((n) => [n.title, count(n.parameters), count(n.hidden), `${n.layers || 1}${n.bidirectional ? ` · ${words.both}` : ""}`]))),
    (walk.notes || []).length > 0 && [h("h3", { class: "sub" }, words.notes), h("ul", { class: "notes" }, walk.notes.map((n) => h("li", { dir: "auto" }, n)))],
  ];
});
