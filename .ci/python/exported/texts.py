"""Language models: scores of the next symbols, whole and in parts."""

import json

import numpy as np
from trained import floats, gatewise, place, rows, train

from .graphs import Graph, cells, close
from .root import ROOT


def log_softmax(scores):
    scores = scores.astype(np.float64)
    top = scores.max(-1, keepdims=True)
    return scores - top - np.log(np.exp(scores - top).sum(-1, keepdims=True))


def check(name, text):
    graph = Graph(name)
    number = {symbol: k for k, symbol in enumerate(graph.json("vocabulary"))}
    symbols = np.array([number[c] for c in text if c in number])
    (place / "new.txt").write_text(text)
    scores = graph(symbols=symbols[None])["logits"][0]
    printed = rows(gatewise("predict", name, "new.txt"))
    odds = np.exp(log_softmax(scores[-1]))
    close(f"{name}: the likeliest symbols", np.sort(odds)[::-1][: len(printed)], floats(printed, "probability")[:, 0])
    nats = -log_softmax(scores[:-1])[range(len(symbols) - 1), symbols[1:]].mean()
    close(f"{name}: nats of a symbol", [nats], [json.loads(gatewise("score", name, "new.txt", "--json").splitlines()[-1])["nats"]])
    # In parts of three lengths, and two texts side by side from states of their own.
    carried, found = {}, []
    both = np.stack([symbols, symbols[::-1]])
    for part in np.split(both, [5, 6], 1):
        answer = graph(symbols=part, **carried)
        found.append(answer["logits"])
        carried = {first: answer[last] for first, last in (("h0", "hn"), ("c0", "cn")) if last in answer}
    close(f"{name}: in parts", np.concatenate(found, 1), graph(symbols=both)["logits"])


def run():
    (place / "text.txt").write_text((ROOT / "README.md").read_text()[:20000])
    new = (ROOT / "CONTRIBUTING.md").read_text()[:300]
    usual = ["--unit", "char", "--hidden", 12, "--max-steps", 6, "--batch", 4, "--window", 24, "--sample", 0]
    for cell in cells():
        train("language", "text.txt", f"l-{cell}", *usual, "--cell", cell)
        check(f"l-{cell}", new)
    train("language", "text.txt", "l-tied", *usual, "--tied", "--layers", 2, "--layer-norm")
    check("l-tied", new)
