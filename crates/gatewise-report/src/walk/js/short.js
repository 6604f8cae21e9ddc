// The four questions of a first reader, each answered in a sentence with this page's numbers.

const answers = () => {
  const words = say.short, list = [];
  if (networks.length) list.push(["unrolled", words.sharedQ, words.sharedA(current().title, current().parameters, steps)]);
  const facts = hasGradient ? gradientFacts(allOutputs[allOutputs.length - 1]) : [], t = allOutputs[allOutputs.length - 1];
  const rnn = facts.find((f) => kindOf(f.network) === "rnn");
  if (rnn && rnn.factor < 1) { const other = facts.find((f) => kindOf(f.network) === "lstm") || facts.find((f) => f !== rnn); list.push(["gradient", words.forgetsQ, words.forgetsA(rnn.network.title, figure(rnn.factor), t, power(rnn.left), other && { title: other.network.title, left: power(other.left) })]); }
  const lstm = networks.findIndex((n) => isLstm(n.parts[0]));
  if (lstm >= 0 && Number.isInteger(walk.stop)) {
    const part = partOf(lstm), values = kept(part, walk.stop), k = unitOf(lstm);
    list.push(["cell", words.stopQ, words.stopA(symbol(symbolAt(walk.stop)), walk.stop + 1, figure(mean(values)), percent(mean(values)), unitNumber(part, k), figure(values[k]), percent(values[k]))]);
  }
  if (runs.length || facts.length) list.push(["gradient", words.clipQ, clippingWords().slice(0, 2).join(" ")]);
  return list;
};

section("short", networks.length, () => [h("div", { class: "answers" }, answers().map(([id, q, a]) => h("div", { class: "card" }, h("h3", null, q), para(a), h("a", { href: `#${id}` }, say.short.see(say[id].heading)))))]);
