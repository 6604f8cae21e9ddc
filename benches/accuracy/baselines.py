#!/usr/bin/env python3
"""The methods of gatewise-baselines beside AutoETS, AutoTheta and AutoARIMA of statsforecast.

    cargo build --release -p gatewise-baselines --example forecast
    python baselines.py --forecast ../../target/release/examples/forecast --seeds 101 102 103 --record baselines

Series of known kinds are made from seeds that no setting was chosen by, twelve rows of each are held back. Errors are mean absolute
errors in units of the mean step from row to row, coverage that of intervals from means and standard deviations.

Needs numpy and statsforecast (2.1).
"""

import argparse
import collections
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import time
import warnings

import numpy as np

import baselines_golden as golden
import harness

warnings.filterwarnings("ignore")

HORIZON = golden.HORIZON
LENGTHS = [24, 60, 124, 300]
KINDS = [*golden.KINDS, "level shift", "price"]
PAIRS = [("ETS", "AutoETS"), ("theta", "AutoTheta"), ("AR", "AutoARIMA")]
EIGHTY = 1.2815515655446004


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forecast", required=True, metavar="BINARY", help="the example `forecast` of the crate")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101])
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args()
    facts = harness.machine.describe()
    # Before the long part: the binary is that of this commit.
    facts["commit"] = harness.machine.commit()

    cases = list(make(arguments.seeds))
    lines = "".join(json.dumps({"y": y.tolist(), "seasons": [m] if m > 1 else [], "horizon": HORIZON}) + "\n" for _, _, y, _, m in cases)
    done = subprocess.run([arguments.forecast], input=lines, capture_output=True, text=True, check=True)
    ours = [json.loads(line) for line in done.stdout.splitlines()]

    scores = collections.defaultdict(list)
    for (kind, n, y, truth, m), answers in zip(cases, ours, strict=True):
        unit = np.abs(np.diff(y)).mean()
        for method, automatic in PAIRS:
            theirs, seconds = fit(automatic, y, m)
            answer = answers[method]
            mean, width = np.array(answer["mean"]), EIGHTY * np.array(answer["sd"])
            row = [score(truth, mean, width, unit), score(truth, *theirs, unit), answer["micros"] / 1e6, seconds]
            for key in (("kind", kind), ("rows", n), ("all", "all")):
                scores[method, *key].append(row)

    facts["versions"] = f"statsforecast {importlib.metadata.version('statsforecast')}, numpy {np.__version__}"
    facts["seeds"] = " ".join(map(str, arguments.seeds))
    facts["series"] = len(cases)
    body = "\n\n".join([__doc__.split("\n\n")[2].strip(), errors(scores), coverage(scores)])
    print(body)
    if arguments.record:
        path = harness.HERE.parent / "record" / f"{arguments.record}.md"
        path.write_text(f"# Baselines beside statsforecast\n\n{harness.machine.markdown(facts)}\n\n{body}\n")
        print(f"\nwritten to {path}", file=sys.stderr)
    return 0


def make(seeds):
    """Kind, rows, history, truth and season of every series."""
    for i, kind in enumerate(KINDS):
        for n in LENGTHS:
            for seed in seeds:
                rows, m = golden.make(kind, n + HORIZON, np.random.default_rng([seed, i, n]))
                yield kind, n, rows[:-HORIZON], rows[-HORIZON:], m


def fit(name, y, m):
    """Mean and half width of the 80 % interval, and the seconds the fit took."""
    model = getattr(golden.models, name)(season_length=m)
    start = time.perf_counter()
    forecast = model.forecast(y, h=HORIZON, level=[80])
    seconds = time.perf_counter() - start
    mean = np.asarray(forecast["mean"])
    return (mean, np.asarray(forecast["hi-80"]) - mean), seconds


def score(truth, mean, width, unit):
    error = np.abs(truth - mean)
    return error.mean() / unit, (error <= width).mean()


def errors(scores):
    lines = ["| series | " + " | ".join(f"{ours} | {theirs} | ratio" for ours, theirs in PAIRS) + " |"]
    lines.append("|---|" + "--:|" * (3 * len(PAIRS)))
    for kind in [*(("kind", kind) for kind in KINDS), *(("rows", n) for n in LENGTHS), ("all", "all")]:
        cells = []
        for method, _ in PAIRS:
            a, b = (np.mean([row[i][0] for row in scores[method, *kind]]) for i in (0, 1))
            cells.append(f"{a:.3f} | {b:.3f} | {a / b:.3f}")
        name = f"{kind[1]} rows" if kind[0] == "rows" else kind[1]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def coverage(scores):
    lines = ["| method | 80 % interval covers | ms a fit, 300 rows | statsforecast covers | ms a fit, 300 rows |", "|---|--:|--:|--:|--:|"]
    for method, automatic in PAIRS:
        rows, long = scores[method, "all", "all"], scores[method, "rows", 300]
        cells = []
        for i in (0, 1):
            covered = np.mean([row[i][1] for row in rows])
            cells.append(f"{100 * covered:.1f} | {1000 * np.median([row[2 + i] for row in long]):.2f}")
        lines.append(f"| {method}, {automatic} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
