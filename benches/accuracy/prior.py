#!/usr/bin/env python3
"""The pre-trained network, zero-shot: M1, M3, Tourism, M4, short and simulated series, the plain battery.

    python prior.py ../../target/release/gatewise DATA --record prior [--weights FILE] [--sets ten cut m4 simulated plain]
    python prior.py ../../target/release/gatewise --train-parts [--weights FILE]
    python prior.py ../../target/release/gatewise --widths [--weights FILE]
    python prior.py --check

DATA holds M4's files as `m4.py` reads them, `hourly-train.csv`, `hourly-test.csv` and, where there, `weekly-train.csv`, `weekly-test.csv`. Whatever is
chosen of the network (shares, sizes, checkpoints) is chosen by `--train-parts`, and the widths of intervals by `--widths`: both read the training parts of
M1 alone and hold the last rows of them back.

naive: the last season repeated. Theta: `theta.py`. average: of network and Theta. pinball: mean loss over 13 levels, twice, by the error of the naive
forecast. Summary: geometric mean of the sets' MASE by the naive's; plain means of the shares.
"""

import argparse
import pathlib
import sys
import time

import numpy as np

import competitions
import harness
import prior_plain
import prior_scores
import prior_widths
import theta
from harness import machine
from prior_forecast import forecast

SETS = ["ten", "cut", "m4", "simulated", "plain"]
CUTS = [24, 30, 48]
TRAINING = [("m1-yearly", 6), ("m1-quarterly", 8), ("m1-monthly", 18)]
# Makridakis and Hibon, IJF 16 (2000): MASE of NAIVE2 where no series has a season, sMAPE of THETA.
KNOWN_NAIVE = {"m3-yearly": 3.172, "m3-other": 3.089}
KNOWN_THETA = {"m3-yearly": 16.87, "m3-quarterly": 8.96, "m3-monthly": 13.93}
# Every choice inside the competition's Theta is not published.
TOLERANCE_THETA = 0.25


def main():
    arguments = parse()
    if arguments.check:
        return check()
    facts, start = machine.facts(arguments.binary), time.perf_counter()
    facts["weights"] = arguments.weights.name if arguments.weights else "built in"
    if arguments.train_parts:
        title, body = "Pre-trained network on held-back rows of M1's training parts", training(arguments)
    elif arguments.widths:
        title, body = "Widths of the pre-trained network's intervals", prior_widths.body(lambda part: answer(arguments, part))
    else:
        title, body = "Pre-trained network, zero-shot", tables(arguments)
    print(body)
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if arguments.record:
        machine.record(arguments.record, title, facts, body)
    return 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?", default="gatewise", metavar="BINARY")
    parser.add_argument("data", nargs="?", type=pathlib.Path, metavar="DATA", help="folder with M4's files")
    parser.add_argument("--weights", type=pathlib.Path, metavar="FILE", help="other weights than the built-in ones")
    sets = {"nargs": "+", "choices": SETS + competitions.TEN, "default": SETS, "metavar": "SET"}
    parser.add_argument("--sets", **sets, help=f"some of {', '.join(SETS)}, or single ones of the ten: {', '.join(competitions.TEN)}")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--train-parts", action="store_true", help="held-back rows of M1's training parts, nothing else")
    only.add_argument("--widths", action="store_true", help="widths of intervals by the same rows")
    only.add_argument("--check", action="store_true", help="hold the scorer against published figures, then stop")
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    return parser.parse_args()


def answer(arguments, part):
    return forecast(arguments.binary, part.histories, part.season, part.horizon, arguments.weights)


def scores(arguments, parts):
    """{name: scores} of parts, told as they are done."""
    scored = {}
    for part in parts:
        start = time.perf_counter()
        scored[part.name] = prior_scores.score(part, answer(arguments, part))
        print(f"{part.name}: {len(part.histories)} series, {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    return scored


def training(arguments):
    scored = scores(arguments, [competitions.training_part(*held) for held in TRAINING])
    return f"{prior_scores.accuracy(scored)}\n\n{prior_scores.coverage(scored)}"


def tables(arguments):
    """All tables that were asked for; a set that is read is read once."""
    wanted, pieces, everything = set(arguments.sets), [], {}

    def add(text, parts, form):
        scored = scores(arguments, parts)
        everything.update(scored)
        pieces.append(f"{text}\n\n{form(scored)}")

    without_summary = lambda scored: prior_scores.accuracy(scored, summary=False)
    if names := [name for name in competitions.TEN if "ten" in wanted or name in wanted]:
        add("M1, M3 and Tourism: the test parts.", map(competitions.competition, names), prior_scores.accuracy)
    if "cut" in wanted:
        add("M3's monthly series cut short, and the quarterly ones with the season withheld; scaled by the whole training part.", shortened(), without_summary)
    if "m4" in wanted:
        if parts := m4(arguments.data):
            add("M4 (weekly series are scaled by the change from row to row).", parts, without_summary)
        else:
            pieces.append("M4 left out: its files are not there.")
    if "simulated" in wanted:
        add("Simulated.", competitions.simulated(), prior_scores.over_naive)
    if everything:
        pieces.append(f"Coverage by steps ahead.\n\n{prior_scores.coverage(everything)}")
    if "plain" in wanted:
        plain = prior_plain.body(lambda histories, season, horizon: forecast(arguments.binary, histories, season, horizon, arguments.weights))
        pieces.append(f"Plain battery. {plain}")
    return "\n\n".join(pieces)


def shortened():
    monthly, quarterly = (competitions.competition(f"m3-{step}") for step in ("monthly", "quarterly"))
    return [*[competitions.cut(monthly, length) for length in CUTS], quarterly.renamed("m3-quarterly, season withheld", season=1)]


def m4(folder):
    """Parts of M4 whose files are there: (step, season, season of the scale)."""
    found = [competitions.m4(folder, *which) for which in [("hourly", 24, 24), ("weekly", 1, 1), ("weekly", 52, 1)]] if folder else []
    return [part for part in found if part]


def check():
    """The naive and Theta forecasts against published figures."""
    good = []
    for name, published in KNOWN_NAIVE.items():
        part = competitions.competition(name)
        errors = np.abs(part.futures - prior_scores.naive(part)).mean(1)
        good.append(harness.agree(f"{name}, naive, MASE", [(errors / part.scales).mean()], [published], 5e-4))
    for name, published in KNOWN_THETA.items():
        part = competitions.competition(name)
        point = theta.forecast(part.histories, part.season, part.horizon)
        good.append(harness.agree(f"{name}, Theta, sMAPE", [prior_scores.smape(part.futures, point)], [published], TOLERANCE_THETA))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
