#!/usr/bin/env python3
"""Ordinary series with and without anomalies put in: how many alarms there are without, how many of those put in are found.

    python injected.py DATA --gatewise ../../target/release/gatewise --record detect-injected [-- flags of gatewise detect]

DATA holds ETTh1.csv, daily-min-temperatures.csv, airline-passengers.csv and pollution.csv. Every series is scored online with default settings, as it
is and then with anomalies of one kind at random places of its later three quarters, wide apart. Nothing was chosen on these series.
"""

import json
import subprocess
import sys

import numpy as np

import harness

SERIES = [
    ("ETTh1.csv", "date", ["HUFL", "HULL", "MUFL", "OT"]),
    ("daily-min-temperatures.csv", "Date", ["Temp"]),
    ("pollution.csv", "year,month,day,hour", ["pm2.5", "TEMP", "PRES"]),
    ("airline-passengers.csv", "Month", ["Passengers"]),
]
# Rows between two anomalies: what comes every few hundred rows is no anomaly.
APART = 4000
# Least rows of a series that something is put in.
LEAST = 8000


def spike(values, at, spread, random):
    values[at] += random.choice([-1, 1]) * 8 * spread


def shift(values, at, spread, random):
    values[at : at + 48] += random.choice([-1, 1]) * 4 * spread


def flat(values, at, spread, random):
    values[at : at + 72] = values[at]


def noise(values, at, spread, random):
    values[at : at + 24] += random.normal(0, 3 * spread, len(values[at : at + 24]))


def backward(values, at, spread, random):
    values[at : at + 24] = values[at : at + 24][::-1].copy()


KINDS = {"spike": (spike, 1), "level shift": (shift, 48), "flat line": (flat, 72), "noise": (noise, 24), "backward": (backward, 24)}


def main():
    arguments = harness.parse(__doc__, published=False, extra=lambda parser: parser.set_defaults(seeds=[0]))
    facts = harness.machine.describe()
    columns = ["alarms in 10,000 rows", *KINDS]
    table = []
    with harness.folder(arguments) as work:
        for name, time, channels in SERIES:
            lines = [line.split(",") for line in (arguments.data / name).read_text().replace('"', "").split("\n") if line]
            for channel in channels:
                table.append((f"{name} {channel}", one(arguments, work, lines, time.split(","), channel), {}))
    means = {key: float(np.mean([figures[key] for _, figures, _ in table if key in figures])) for key in columns}
    table.append(("mean", means, {}))
    harness.report(arguments, facts, "Alarms on ordinary series, and anomalies put in", harness.table(columns, table))
    return 0


def one(arguments, work, lines, time, channel):
    """Alarms in 10,000 rows as it is; share found of each kind put in."""
    header = lines[0]
    at = header.index(channel)
    times = [header.index(part) for part in time]
    cells = [row[at] for row in lines[1:]]
    values = np.array([float(cell) if cell not in ("NA", "") else np.nan for cell in cells])
    figures = {"alarms in 10,000 rows": 1e4 * run(arguments, work, lines, times, values, np.zeros(len(values), int))["events"] / len(values)}
    if len(values) < LEAST:
        return figures
    # Put in at the scale of what changes from row to row and of the series: the geometric mean of both deviations.
    spread = float(np.sqrt(np.nanstd(values) * np.nanstd(np.diff(values))))
    for kind, (put, length) in KINDS.items():
        random = np.random.default_rng(1)
        changed, label = values.copy(), np.zeros(len(values), int)
        for place in range(len(values) // 4, len(values) - APART // 2, APART):
            place += int(random.integers(APART // 2))
            if np.isfinite(values[place : place + length]).all():
                put(changed, place, spread, random)
                label[place : place + length] = 1
        figures[kind] = run(arguments, work, lines, times, changed, label)["event_recall"]
    return figures


def run(arguments, work, lines, times, values, label):
    """What `gatewise detect --json` says of the labels."""
    folder = work / f"run-{len(list(work.iterdir()))}"
    table = work / f"{folder.name}.csv"
    rows = [",".join([*[lines[0][c] for c in times], "value", "label"])]
    for cells, value, odd in zip(lines[1:], values, label, strict=True):
        rows.append(",".join([*[cells[c] for c in times], "" if np.isnan(value) else repr(float(value)), str(odd)]))
    table.write_text("\n".join(rows) + "\n")
    words = ["detect", table, "--online", "--label", "label", "--target", "value", "--json", "--run", folder]
    words += ["--seed", arguments.seeds[0], *arguments.options]
    ended = subprocess.run([arguments.gatewise, *map(str, words)], stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        sys.exit(f"{table}: ended with status {ended.returncode}\n{ended.stdout[-2000:]}")
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    return next(event for event in events if event["event"] == "metrics")


if __name__ == "__main__":
    sys.exit(main())
