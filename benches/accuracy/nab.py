#!/usr/bin/env python3
"""Numenta Anomaly Benchmark: every file scored online with the same settings, one threshold for all of them.

    python nab.py DATA --gatewise ../../target/release/gatewise --seeds 0 1 2 3 4 5 --record nab [-- flags of gatewise detect]

DATA holds `data/<folder>/<file>.csv` and `labels/combined_windows.json` of the benchmark. Settings were chosen on the first half: the files
in places 0, 2, 4 … of the sorted list; the other half and the whole are reported beside it, each with its own best threshold, and the other half
also with the threshold that was best on the first.
"""

import argparse
import concurrent.futures
import csv
import datetime
import json
import pathlib
import subprocess
import sys
import time

import numpy as np

import harness

# What a hit, a miss and a false alarm weigh.
PROFILES = {"standard": (1.0, 1.0, 0.11), "few false alarms": (1.0, 1.0, 0.22), "few misses": (1.0, 2.0, 0.11)}


# Rows of the table.
FIRST, SECOND, ALL = "chosen on", "not looked at", "all"
CARRIED = "not looked at, threshold of the other half"


class File:
    """A file's rows that count: place of each in a window, worth of an alarm there, score."""

    def __init__(self, table, windows):
        rows = list(csv.DictReader(table.open(newline="")))
        times = np.array([moment(row["timestamp"]) for row in rows])
        self.score = np.array([float(row["score"]) for row in rows])
        assert np.isfinite(self.score).all(), f"{table}: a score is not finite"
        count = len(rows)
        self.counts = np.arange(count) >= min(int(0.15 * count), 750)
        self.worth, self.window = np.full(count, -1.0), np.full(count, -1)
        self.windows = len(windows)
        spans = [np.flatnonzero((times >= moment(first)) & (times <= moment(last))) for first, last in windows]
        spans = [(span[0], span[-1]) for span in spans if len(span)]
        for k, (first, last) in enumerate(spans):
            length = last - first + 1
            inside = np.arange(first, last + 1)
            self.worth[inside] = sigmoid(-(last - inside + 1) / length) / sigmoid(np.array(-1.0))
            self.window[inside] = k
            behind = np.arange(last + 1, spans[k + 1][0] if k + 1 < len(spans) else count)
            self.worth[behind] = sigmoid((behind - last) / max(length - 1, 1))


def moment(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def sigmoid(x):
    return np.where(x > 3.0, -1.0, 2.0 / (1.0 + np.exp(5.0 * np.minimum(x, 50.0))) - 1.0)


def scores(files, weights, threshold=None):
    """The score of the best threshold, or of a given one, and that threshold."""
    hit, miss, false_alarm = weights
    windows = sum(file.windows for file in files)
    alarms = [(file.score[mask], file.worth[mask]) for file in files for mask in [file.counts & (file.window < 0)]]
    level, worth = (np.concatenate(parts) for parts in zip(*alarms, strict=True))
    inside = [(file, file.counts & (file.window == k)) for file in files for k in range(file.windows)]
    levels = np.unique(np.concatenate([level, *[file.score[mask] for file, mask in inside]]))
    levels = np.append(levels, levels[-1] + 1.0)
    order = np.argsort(level)
    cost = np.append(np.cumsum(worth[order][::-1])[::-1], 0.0)[np.searchsorted(level[order], levels)]
    raw = false_alarm * cost - miss * windows
    for file, mask in inside:
        by_level = np.argsort(-file.score[mask])
        reached = np.maximum.accumulate(file.worth[mask][by_level]) if mask.any() else np.array([])
        found = np.searchsorted(-file.score[mask][by_level], -levels, side="right")
        raw += np.where(found > 0, hit * reached[np.maximum(found - 1, 0)] + miss, 0.0) if len(reached) else 0.0
    at = int(np.argmax(raw)) if threshold is None else min(int(np.searchsorted(levels, threshold)), len(levels) - 1)
    return 100.0 * (raw[at] + miss * windows) / ((hit + miss) * windows), float(levels[at])


def main():
    arguments = harness.parse(__doc__, extra=flags, published=False)
    labels = json.loads((arguments.data / "labels" / "combined_windows.json").read_text())
    names = sorted(labels)
    facts = harness.machine.describe()
    runs, seconds, singles, best = {}, [], [], []
    with harness.folder(arguments) as work:
        for seed in arguments.seeds:
            start = time.perf_counter()
            with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
                list(pool.map(lambda name, seed=seed: detect(arguments, name, work / str(seed), seed), names))
            seconds.append(time.perf_counter() - start)
            files = [File(work / str(seed) / name, labels[name]) for name in names]
            figures, threshold = one_run(files)
            for label, scored in figures.items():
                runs.setdefault(label, []).append(scored)
            singles.append(figures[ALL]["standard"])
            best.append(threshold)
    for label, part in parts(files).items():
        facts[label] = f"{len(part)} files, {sum(file.windows for file in part)} windows"
    facts["seconds a seed"] = f"{min(seconds):.0f} to {max(seconds):.0f}, {arguments.jobs} files at a time"
    columns = list(PROFILES)
    rows = [(label, *harness.spread(figures)) for label, figures in runs.items()]
    published = {"ARTime": 69.1, "Numenta HTM": 68.6, "CAD OSE": 63.8, "KNN-CAD": 56.6, "Random Cut Forest": 52.6}
    rows += [(f"{name} (published scores, these files)", {"standard": value}, {}) for name, value in published.items()]
    listed = ", ".join(f"{single:.3f}" for single in singles)
    thresholds = ", ".join(f"{threshold:.4f}" for threshold in best)
    body = harness.table(columns, rows) + f"\n\nAll files, standard profile, seed by seed: {listed}; best thresholds: {thresholds}."
    harness.report(arguments, facts, "Numenta Anomaly Benchmark, 41 files", body)
    return 0


def parts(files):
    return {FIRST: files[0::2], SECOND: files[1::2], ALL: files}


def one_run(files):
    """Figures of one seed's scores, each half and all by its own best threshold and the second half by that of the first; the best threshold for all."""
    best = {label: {name: scores(part, weights) for name, weights in PROFILES.items()} for label, part in parts(files).items()}
    figures = {label: {name: score for name, (score, _) in scored.items()} for label, scored in best.items()}
    figures[CARRIED] = {name: scores(parts(files)[SECOND], weights, best[FIRST][name][1])[0] for name, weights in PROFILES.items()}
    return figures, best[ALL]["standard"][1]


def flags(parser: argparse.ArgumentParser):
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files at a time")
    parser.set_defaults(seeds=[0])


def detect(arguments, name, work, seed):
    out = work / name
    out.parent.mkdir(parents=True, exist_ok=True)
    run = work / "runs" / pathlib.Path(name).with_suffix("")
    data = arguments.data / "data" / name
    words = ["detect", data, "--online", "--target", "value", "-o", out, "--run", run, "--quiet", "--seed", seed, *arguments.options]
    ended = subprocess.run([arguments.gatewise, *map(str, words)], stdout=subprocess.DEVNULL)
    if ended.returncode:
        sys.exit(f"{name}: ended with status {ended.returncode}")


if __name__ == "__main__":
    sys.exit(main())
