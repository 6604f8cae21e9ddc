#!/usr/bin/env python3
"""Days that run backward in series with a strong course within the day: how many are found with and without a watch for shapes.

    python backward.py --gatewise ../../target/release/gatewise

Each series is a daily course over 12,000 hours, whose height varies from day to day, in autoregressive noise of three deviations. Three days of its
later two thirds run backward, so that each value is an ordinary one.
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import tempfile

import numpy as np

ROWS = 12_000
SERIES = 4
NOISES = (0.3, 0.6, 1.0)
START = datetime.datetime(2020, 1, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    arguments = parser.parse_args()
    print(f"| deviation of the noise | found without | found with | events in {SERIES * ROWS:,} rows without | with |\n|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as work:
        for noise in NOISES:
            tables = [write(pathlib.Path(work) / f"{noise}-{seed}.csv", noise, seed) for seed in range(SERIES)]
            runs = [[watch(arguments.gatewise, table, flags) for table in tables] for flags in ([], ["--shapes"])]
            found, events = ([[m[key] for m in metrics] for metrics in runs] for key in ("event_recall", "events"))
            print(f"| {noise} | {np.mean(found[0]):.3f} | {np.mean(found[1]):.3f} | {sum(events[0])} | {sum(events[1])} |", flush=True)


def write(path, noise, seed):
    """A series as a table with labels."""
    random = np.random.default_rng(100 + seed)
    steps = random.normal(0, noise * np.sqrt(1 - 0.7**2), ROWS)
    values = np.zeros(ROWS)
    for row in range(1, ROWS):
        values[row] = 0.7 * values[row - 1] + steps[row]
    course = np.interp(np.arange(24), [0, 6, 8, 17, 23], [-1, -0.8, 1.5, 0.2, -1])
    height = 1 + 0.1 * random.normal(size=ROWS // 24)
    values += (height[:, None] * course).ravel()
    label = np.zeros(ROWS, int)
    for place in (4000, 7000, 10_000):
        place += int(random.integers(1000))
        values[place : place + 24] = values[place : place + 24][::-1].copy()
        label[place : place + 24] = 1
    lines = [f"{START + datetime.timedelta(hours=row)},{values[row]:.4f},{label[row]}" for row in range(ROWS)]
    path.write_text("\n".join(["time,value,label", *lines]) + "\n")
    return path


def watch(gatewise, table, flags):
    """What `gatewise detect --json` says of the labels."""
    run = f"{table}{''.join(flags)}.run"
    words = ["detect", table, "--online", "--label", "label", "--target", "value", "--json", "--run", run, *flags]
    ended = subprocess.run([gatewise, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return next(event for event in map(json.loads, ended.stdout.splitlines()) if event["event"] == "metrics")


if __name__ == "__main__":
    main()
