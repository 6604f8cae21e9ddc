#!/usr/bin/env python3
"""The held-back MASE that `gatewise forecast` tells, against the MASE of the future that came: sixty files.

    python plain_told.py DATA --gatewise ../../target/release/gatewise --record plain-told [-- flags of gatewise forecast]

45 files are siblings of the plain battery (fifteen kinds at 60, 124 and 300 rows, seeds from 5000 on). Fifteen come from DATA, which holds
airline-passengers.csv, daily-min-temperatures.csv, ETTh1.csv, pollution.csv, and hourly-train.csv with hourly-test.csv of M4, beside them or in `m4`: the
last horizon is cut away, up to 3,000 rows before it are given, gaps filled by straight lines (`--impute linear` for rows that lack). The error's scale is
that of the run: the mean absolute change over its season in the rows given.
"""

import argparse
import concurrent.futures
import csv
import json
import pathlib
import subprocess
import sys
import time
import tomllib

import numpy as np

import harness
import metrics
import plain_series
import series as tables

LENGTHS, FIRST_SEED = [60, 124, 300], 5000
MOST_ROWS = 3000
# Of a table: how its time is joined, the columns, the horizon, and rows left out at the end for each file.
SOURCES = [
    ("airline-passengers.csv", "{Month}", ["Passengers"], 12, [0, 24, 60]),
    ("daily-min-temperatures.csv", "{Date}", ["Temp"], 14, [0, 500, 1300]),
    ("ETTh1.csv", "{date}", ["HUFL", "MULL", "OT"], 24, [2000]),
    ("pollution.csv", "{year}-{month:0>2}-{day:0>2} {hour:0>2}:00:00", ["pm2.5", "TEMP", "PRES"], 24, [5000]),
]
M4 = ["H1", "H150", "H300"]


def told_mase(run):
    """(MASE, low, high of its 80 % range) that a run folder tells of the held-back rows; None where it tells none, NaN for a range not told."""
    path = run / "metrics.json"
    told = json.loads(path.read_text()) if path.exists() else {}
    if told.get("mase") is None:
        return None
    expected = (told.get("expected") or {}).get("mase")
    if expected is None:
        return float(told["mase"]), np.nan, np.nan
    return expected["mean"], expected["low"], expected["high"]


def season_of(run):
    """The season that a run scaled its errors by."""
    season = tomllib.loads((run / "config.toml").read_text()).get("season", 1)
    return max(1, int(season[0] if isinstance(season, list) else season))


def main():
    arguments = harness.parse(__doc__, published=False, extra=flags)
    facts = harness.machine.describe()
    start = time.perf_counter()
    with harness.folder(arguments) as work, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        files = [*siblings(work), *real(arguments.data, work)]
        rows = list(pool.map(lambda file: one(arguments, *file), files))
    facts["files"] = len(rows)
    facts["seconds"] = f"{time.perf_counter() - start:.0f}, {arguments.jobs} files at a time"
    lines = ["| file | rows | told MASE | its 80 % range | true MASE | told ÷ true | inside |", "|---|" + "--:|" * 6]
    lines += [line(row) for row in rows]
    harness.report(arguments, facts, "The MASE told beforehand and the true one", "\n".join(lines) + "\n\n" + short(rows))
    return 0


def flags(parser: argparse.ArgumentParser):
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files at a time")


def siblings(work):
    """(name, table, history, future) of series like those of the battery."""
    for kind in plain_series.KINDS:
        for place, n in enumerate(LENGTHS):
            made = plain_series.make(kind, n, FIRST_SEED + place)
            path = work / f"{made.name}.csv"
            made.write(path)
            yield made.name, path, made.history, made.future


def real(data, work):
    """The same of public data, the last rows cut away."""
    for file, form, columns, horizon, ends in SOURCES:
        with open(data / file, newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        times = [form.format(**row) for row in rows]
        for column in columns:
            values = filled([row[column] for row in rows])
            for end in ends:
                cut = len(values) - end - horizon
                first = max(0, cut - MOST_ROWS)
                name = f"{pathlib.Path(file).stem}-{column}-{cut}"
                yield name, table(work / f"{name}.csv", times[first:cut], values[first:cut]), values[first:cut], values[cut : cut + horizon]
    folder = data / "m4" if (data / "m4").is_dir() else data
    train, test = (tables.read_long(folder / f"hourly-{part}.csv") for part in ("train", "test"))
    for name in M4:
        times = np.datetime64("2015-01-01T00:00") + np.arange(len(train[name])) * np.timedelta64(1, "h")
        path = table(work / f"m4-{name}.csv", [str(moment).replace("T", " ") for moment in times], train[name])
        yield f"m4-{name}", path, train[name], test[name]


def filled(cells):
    """Numbers of a column, gaps filled by straight lines."""
    values = np.array([np.nan if cell in ("", "NA") else float(cell) for cell in cells])
    known = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), known, values[known])


def table(path, times, values):
    path.write_text("\n".join(["date,value", *[f"{time},{float(value)!r}" for time, value in zip(times, values, strict=True)]]) + "\n")
    return path


def one(arguments, name, path, history, future):
    """What a run tells of a file, and what came."""
    run, out = path.with_suffix(".run"), path.with_name(f"{path.stem}-forecast.csv")
    words = ["forecast", path, "--horizon", len(future), "--threads", 1, "--run", run, "-o", out, "--quiet", "--impute", "linear", *arguments.options]
    ended = subprocess.run([arguments.gatewise, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    row = {"name": name, "rows": len(history), "told": None, "true": np.nan}
    if ended.returncode:
        print(f"{name}: status {ended.returncode}: {ended.stderr.strip()}", file=sys.stderr)
        return row
    return row | {"told": told_mase(run), "true": float(metrics.mase(future, tables.read_column(out, len(future)), history, season_of(run)))}


def line(row):
    if row["told"] is None:
        return f"| {row['name']} | {row['rows']} | – | – | {row['true']:.3f} | – | – |"
    mase, low, high = row["told"]
    span, inside = (f"{low:.3f} to {high:.3f}", "yes" if low <= row["true"] <= high else "no") if np.isfinite(low) else ("–", "–")
    return f"| {row['name']} | {row['rows']} | {mase:.3f} | {span} | {row['true']:.3f} | {mase / row['true']:.2f} | {inside} |"


def short(rows):
    told = [row for row in rows if row["told"] is not None]
    lines = [f"- told a held-back MASE: {len(told)} of {len(rows)} files"]
    if told:
        ratios = np.array([row["told"][0] / row["true"] for row in told])
        off = np.exp(np.median(np.abs(np.log(ratios))))
        span = f"median {np.median(ratios):.3f}, from {ratios.min():.2f} to {ratios.max():.2f}"
        lines.append(f"- told ÷ true: {span}; half of the files off by a factor of {off:.2f} or less")
    ranged = [row for row in told if np.isfinite(row["told"][1])]
    if ranged:
        inside = sum(row["told"][1] <= row["true"] <= row["told"][2] for row in ranged)
        lines.append(f"- the true one lies in the told 80 % range: {inside} of {len(ranged)} files, {100 * inside / len(ranged):.0f} %")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
