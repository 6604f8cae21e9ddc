#!/usr/bin/env python3
"""The states of a language model as vectors: how well a ridge tells Korean film reviews (nsmc) apart by them.

    python features.py DATA --gatewise ../../target/release/gatewise --run RUN --record reviews-features

DATA holds nsmc-train.csv and nsmc-valid.csv (text,label); RUN is a language model that `train language` made of the texts, as `reviews.py --work` keeps it.
`gatewise features --each-line` gives a row a review: the mean of its states, the last, or both side by side. The penalty is chosen on the last tenth of the
training rows, the accuracy is that on nsmc-valid.csv.
"""

import csv
import pathlib
import time

import harness
import numpy as np

PENALTIES = [1.0, 10.0, 100.0, 1e3, 1e4]


def extra(parser):
    parser.add_argument("--run", required=True, type=pathlib.Path, help="run folder or file of the language model")


def read(path):
    """Texts of a table, one a line each, and whether each is positive, as -1 and 1."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [" ".join(row["text"].split()) for row in rows], np.array([1.0 if row["label"] == "positive" else -1.0 for row in rows])


def solve(x, y, penalty):
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def right(x, y, weights):
    return float((np.sign(x @ weights) == y).mean())


def ridge(train, y, valid, z):
    """The accuracy on the last tenth of the training rows, and on the others with the penalty that did best there."""
    first = len(train) * 9 // 10
    center, spread = train[:first].mean(0), train[:first].std(0) + 1e-6
    train, valid = (np.c_[(x - center) / spread, np.ones(len(x))] for x in (train, valid))
    best, penalty = max((right(train[first:], y[first:], solve(train[:first], y[:first], p)), p) for p in PENALTIES)
    return {"last tenth of training": best, "accuracy": right(valid, z, solve(train, y, penalty))}


def main():
    arguments = harness.parse(__doc__, extra, published=False)
    facts = harness.machine.describe()
    states, truth, took = {}, {}, []
    with harness.folder(arguments) as work:
        for part in ("train", "valid"):
            texts, truth[part] = read(arguments.data / f"nsmc-{part}.csv")
            (work / f"{part}.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
            for pool in ("mean", "last"):
                out, start = work / f"{part}-{pool}.npy", time.perf_counter()
                harness.gatewise(arguments, "features", arguments.run, work / f"{part}.txt", "--each-line", "--pool", pool, "-o", out)
                took.append(f"{part} {pool} {time.perf_counter() - start:.0f}")
                states[part, pool] = np.load(out).astype(float)
        both = {part: np.hstack([states[part, "mean"], states[part, "last"]]) for part in truth}
        rows = [(pool, ridge(states["train", pool], truth["train"], states["valid", pool], truth["valid"]), {}) for pool in ("mean", "last")]
        rows.append(("mean and last", ridge(both["train"], truth["train"], both["valid"], truth["valid"]), {}))
    facts["seconds of features"] = ", ".join(took)
    facts["vectors"] = f"{states['train', 'mean'].shape[1]} states, {len(truth['train'])} and {len(truth['valid'])} reviews"
    harness.report(arguments, facts, "Korean film reviews by the states of a language model", harness.table(list(rows[0][1]), rows))


if __name__ == "__main__":
    main()
