#!/usr/bin/env python3
"""Anomalies that a person sees at a glance, in plain series: what is found by default, online, and by two simple methods.

    python plain_detect.py --gatewise ../../target/release/gatewise --record plain-detect [-- flags of gatewise detect]

The series are made (plain_detect_series.py): five kinds of noise, five lengths, ten seeds, every second with a time column. Clean ones give the rows marked
without cause; the others hold anomalies wide apart, as many as there is room for. The simple methods look at the whole series: a rolling
median and deviation (101 rows around each), and what a trend and the medians of a season leave, by its deviation. They know the season, and for each kind
of noise their threshold marks as many rows of the clean series as Gatewise does.
"""

import argparse
import concurrent.futures
import csv
import subprocess
import sys

import numpy as np

import harness
import plain_detect_series as series

ASKED = 1e-4
# Rows of a rolling median, and between two anomalies.
WINDOW = 101
APART = 300
# Most anomalies in one series: with more of them they are ordinary.
MOST = 6
MODES = {"default": [], "online": ["--online"]}


def main():
    arguments = harness.parse(__doc__, published=False, data=False, extra=flags)
    facts = harness.machine.describe()
    with harness.folder(arguments) as work:
        tasks = list(plan(arguments))
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            done = list(pool.map(lambda task: one(arguments, work, *task), tasks))
    facts["series"] = f"{len(tasks)}, each by default and online"
    harness.report(arguments, facts, "Anomalies in plain series", report(done))
    return 0


def flags(parser: argparse.ArgumentParser):
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="series at a time")
    parser.add_argument("--lengths", type=int, nargs="+", default=series.LENGTHS, metavar="ROWS")
    parser.add_argument("--noises", nargs="+", default=series.NOISES, metavar="KIND")
    parser.set_defaults(seeds=list(range(10)))


def plan(arguments):
    """(noise, rows, seed, number, kinds put in) of each series."""
    for noise in arguments.noises:
        for count in arguments.lengths:
            for seed in arguments.seeds:
                yield noise, count, seed, 0, ()
                start = series.first(noise, count)
                if start is None:
                    continue
                room = min(MOST, max(1, (count - start) // APART))
                kinds = series.kinds(noise)
                groups = -(-len(kinds) // room)
                # Another order for each seed, so that no kind always has the same neighbours or comes last.
                kinds = list(np.random.default_rng([seed, count]).permutation(kinds))
                yield from ((noise, count, seed, group + 1, tuple(kinds[group::groups])) for group in range(groups))


def one(arguments, work, noise, count, seed, number, kinds):
    """What each method says of one series."""
    place = [series.NOISES.index(noise), count, seed]
    values = series.clean(noise, count, np.random.default_rng(place))
    spans, random = [], np.random.default_rng([*place, number])
    start = series.first(noise, count)
    if kinds:
        room = (count - start) // len(kinds)
        for slot, kind in enumerate(kinds):
            until = start + (slot + 1) * room
            at = start + slot * room + int(random.integers(max(1, room // 3)))
            spans.append((kind, *series.put(values, noise, kind, at, until, random)))
    name = f"{noise.replace(' ', '-')}-{count}-{seed}-{number}"
    table = work / f"{name}.csv"
    series.write(table, values, noise, seed % 2 == 0)
    out = {"noise": noise, "count": count, "seed": seed, "spans": spans}
    out["rolling"], out["seasonal"] = rolling(values), seasonal(values, series.season(noise, count))
    for mode, words in MODES.items():
        scores = work / f"{name}-{mode}.scores.csv"
        command = ["detect", table, "-o", scores, "--run", work / "runs" / f"{name}-{mode}", "--quiet", *words, *arguments.options]
        ended = subprocess.run([arguments.gatewise, *map(str, command)], stdout=subprocess.DEVNULL)
        if ended.returncode:
            sys.exit(f"{table}: ended with status {ended.returncode}")
        with scores.open(newline="") as file:
            out[mode] = np.array([row["is_anomaly"] == "1" for row in csv.DictReader(file)])
    return out


def deviation(values):
    return np.nanmedian(np.abs(values - np.nanmedian(values))) / 0.6745


def rolling(values):
    """Distance of each value from the median around it, in robust deviations there."""
    half = min(WINDOW, len(values) // 3) // 2
    padded = np.pad(values, half, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    with np.errstate(all="ignore"):
        middle = np.nanmedian(around, axis=1)
        spread = np.nanmedian(np.abs(around - middle[:, None]), axis=1) / 0.6745
        return np.nan_to_num(np.abs(values - middle) / spread, nan=0.0, posinf=0.0)


def seasonal(values, season):
    """Distance of each value from trend and season, in robust deviations of what they leave."""
    half = min(max(season, WINDOW), len(values) // 3) // 2
    padded = np.pad(values, half, constant_values=np.nan)
    with np.errstate(all="ignore"):
        rest = values - np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
        phase = np.arange(len(values)) % season
        if season > 1:
            rest = rest - np.array([np.nanmedian(rest[phase == p]) for p in range(season)])[phase]
        rest = rest - np.nanmedian(rest)
        return np.nan_to_num(np.abs(rest) / deviation(rest), nan=0.0, posinf=0.0)


def report(done):
    clean = [run for run in done if not run["spans"]]
    odd = [run for run in done if run["spans"]]
    noises = list(dict.fromkeys(run["noise"] for run in done))
    # By mode and noise: rows marked, events, and rows of the clean series.
    rows = {noise: sum(run["count"] for run in clean if run["noise"] == noise) for noise in noises}
    marked = {mode: {noise: sum(int(run[mode].sum()) for run in clean if run["noise"] == noise) for noise in noises} for mode in MODES}
    events = {mode: {noise: sum(stretches(run[mode]) for run in clean if run["noise"] == noise) for noise in noises} for mode in MODES}
    levels = {}
    for mode in MODES:
        for simple in ("rolling", "seasonal"):
            for noise in noises:
                scores = np.sort(np.concatenate([run[simple] for run in clean if run["noise"] == noise]))[::-1]
                levels[mode, simple, noise] = scores[min(max(marked[mode][noise], 1), len(scores) - 1)]

    def found(runs, kinds, method, mode):
        hits = []
        for run in runs:
            flags = run[method] if method in MODES else run[method] > levels[mode, method, run["noise"]]
            hits += [bool(flags[start:end].any()) for kind, start, end in run["spans"] if kind in kinds]
        return float(np.mean(hits)) if hits else np.nan

    columns = [("default", "default"), ("default", "rolling"), ("default", "seasonal"), ("online", "online"), ("online", "rolling"), ("online", "seasonal")]
    names = ["default", "rolling, alike", "seasonal, alike", "online", "rolling, as online", "seasonal, as online"]

    def line(label, runs, kinds):
        figures = {name: found(runs, kinds, method, mode) for name, (mode, method) in zip(names, columns, strict=True)}
        return label, {name: value for name, value in figures.items() if np.isfinite(value)}, {}

    clear = [kind for kind in series.KINDS if kind.startswith("spike") and int(kind.split()[1]) >= 10]
    parts = ["Share found, by kind, all noises and lengths:\n", harness.table(names, [line(kind, odd, [kind]) for kind in series.KINDS])]
    parts += ["\nSpikes of 10 sd and more, by noise and by length:\n"]
    lines = [line(noise, [run for run in odd if run["noise"] == noise], clear) for noise in noises]
    lines += [line(f"{count} rows", [run for run in odd if run["count"] == count], clear) for count in sorted({run["count"] for run in odd})]
    lines += [line(f"{part} time column", [run for run in odd if run["seed"] % 2 == odd_seed], clear) for part, odd_seed in (("with", 0), ("without", 1))]
    parts += [harness.table(names, lines)]
    parts += ["\nAll kinds but flat and missing stretches, by noise:\n"]
    visible = [kind for kind in series.KINDS if "stretch" not in kind]
    parts += [harness.table(names, [line(noise, [run for run in odd if run["noise"] == noise], visible) for noise in noises])]
    parts += [f"\nRows marked in clean series, as a multiple of the one in {1 / ASKED:,.0f} asked for, and events:\n"]
    heads = [f"{mode}, {what}" for mode in MODES for what in ("rows", "events")]
    ratios = []
    for noise in noises:
        figures = [table[mode][noise] / (ASKED * rows[noise]) for mode in MODES for table in (marked, events)]
        ratios.append((f"{noise}, {rows[noise]:,} rows", dict(zip(heads, figures, strict=True)), {}))
    total = [sum(table[mode].values()) / (ASKED * sum(rows.values())) for mode in MODES for table in (marked, events)]
    ratios.append(("all", dict(zip(heads, total, strict=True)), {}))
    parts += [harness.table(heads, ratios)]
    return "\n".join(parts)


def stretches(flags):
    """Stretches of marked rows, those at most 20 rows apart as one."""
    at = np.flatnonzero(flags)
    return 0 if len(at) == 0 else 1 + int((np.diff(at) > 20).sum())


if __name__ == "__main__":
    sys.exit(main())
