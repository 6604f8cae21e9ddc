#!/usr/bin/env python3
"""Spoken digits (FSDD) by the official split: accuracy on recordings 0 to 4 of every speaker and digit.

    python digits.py DATA --gatewise ../../target/release/gatewise --seeds 1 2 3 --record spoken-digits [-- training flags]

DATA holds `digit_speaker_index.wav` (Jackson et al., free-spoken-digit-dataset). Training sees indices from 5 on and nothing of
the test part, not even for early stopping. The rows by speaker show where the errors are.
"""

import collections
import os
import pathlib
import re
import sys

import harness

NAME = re.compile(r"^(\d)_([a-z]+)_(\d+)\.wav$")
TEST_INDICES = range(5)
LABEL = r"^(\d)_"
# A bidirectional LSTM on MFCC, as its author reports it, on a random split.
PUBLISHED = {"BiLSTM on MFCC (published, random split)": 0.984}


def main():
    arguments = harness.parse(__doc__, published=False)
    files = sorted(path for path in arguments.data.iterdir() if NAME.match(path.name))
    if not files:
        sys.exit(f"no digit_speaker_index.wav in {arguments.data}")
    facts = harness.machine.describe()
    runs, seconds = [], []
    with harness.folder(arguments) as work:
        for path in files:
            part = "test" if int(NAME.match(path.name)[3]) in TEST_INDICES else "train"
            harness.link(path, work / part / path.name)
        for seed in arguments.seeds:
            run, out = work / f"digits-{seed}", work / f"digits-{seed}.csv"
            took = harness.gatewise(
                arguments, "train", "classify", work / "train", "--label-regex", LABEL, "--seed", seed, "-o", run, *arguments.options
            )
            seconds.append(took + harness.gatewise(arguments, "predict", run, work / "test", "-o", out))
            runs.append(score(out))
    counts = {part: sum((int(NAME.match(path.name)[3]) in TEST_INDICES) == (part == "test") for path in files) for part in ("train", "test")}
    facts |= {"clips": f"{counts['train']} to train on, {counts['test']} tested", "seconds a run": f"{sum(seconds) / len(seconds):.0f}"}
    mean, deviation = harness.spread(runs)
    rows = [("gatewise", mean, deviation)] + [(name, {"accuracy": value}, {}) for name, value in PUBLISHED.items()]
    harness.report(arguments, facts, "Spoken digits, official test part", harness.table(list(mean), rows))
    return 0


def score(path):
    """Accuracy over all clips and of each speaker."""
    right, count = collections.Counter(), collections.Counter()
    for item, label in harness.labels(path):
        digit, speaker, _ = NAME.match(os.path.basename(item)).groups()
        for key in ("accuracy", speaker):
            count[key] += 1
            right[key] += label == digit
    return {key: right[key] / count[key] for key in sorted(count, key=lambda key: (key != "accuracy", key))}


if __name__ == "__main__":
    sys.exit(main())
