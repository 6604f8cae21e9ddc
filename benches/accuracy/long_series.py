#!/usr/bin/env python3
"""Long single series with default settings: seconds, peak memory and error.

    python long_series.py --gatewise ../../target/release/gatewise --record long-series [-- flags of gatewise forecast]

A year of 15-minute values (35,040 rows: a course of the day, 96 rows, that differs at the weekend, and one of the week, 672) and a month of one-minute
values (43,200 rows: a course of the day, 1,440 rows, and one of the hour, 60), both in AR(1) noise of .7; the true continuation is kept back. MASE over the
change within a day. To be reached: 20 s and 400 MB each; a run is ended after ten minutes.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

import harness
import metrics
import plain_series
import series

MOST_SECONDS, MOST_MB = 20, 400
# Seconds after which a run is ended.
LONGEST = 600
NAMES = {"15 minutes, a year": (35_040, 96, 96, "15m"), "1 minute, a month": (43_200, 60, 1440, "1m")}


def make(name, seed):
    """(times, values (n + horizon,)) of a long series."""
    rows, horizon, day, step = NAMES[name]
    random = np.random.Generator(np.random.PCG64([seed, day]))
    row = np.arange(rows + horizon)
    course = 100 + 8 * plain_series.pattern(random, day, 4)[row % day]
    if day == 96:
        weekend = row // day % 7 >= 5
        course = np.where(weekend, 95 + 0.5 * (course - 100), course) + 3 * plain_series.pattern(random, 672, 5)[row % 672]
    else:
        course = course + 2 * plain_series.pattern(random, 60, 3)[row % 60]
    values = course + 1.5 * plain_series.autoregression(random, rows, horizon, [0.7])[0]
    times = np.datetime64("2023-01-02T00:00") + row * np.timedelta64(int(step[:-1]), "m")
    return [str(moment).replace("T", " ") for moment in times], np.round(values, 3)


def main():
    arguments = parse()
    facts = harness.machine.describe()
    lines = ["| series | seconds | peak MB | MASE | last value | last day | coverage 95 % | within 20 s and 400 MB |", "|---|" + "--:|" * 7]
    good = True
    with tempfile.TemporaryDirectory() as work:
        for name in NAMES:
            for seed in arguments.seeds:
                within, figures = one(arguments, pathlib.Path(work), name, seed)
                good &= within
                lines.append(f"| {name}, seed {seed} | " + " | ".join([*figures, "yes" if within else "no"]) + " |")
    harness.report(arguments, facts, "Long series with default settings", "\n".join(lines))
    return 0 if good else 1


def one(arguments, work, name, seed):
    """Whether one series keeps within the bounds, and its figures as text."""
    rows, horizon, day, step = NAMES[name]
    times, values = make(name, seed)
    history, future = values[:rows], values[rows:]
    table, out = (work / f"{step}-{seed}{end}" for end in (".csv", "-forecast.csv"))
    table.write_text("\n".join(["date,value", *[f"{moment},{value}" for moment, value in zip(times, history, strict=False)]]) + "\n")
    words = ["forecast", table, "--horizon", horizon, "--run", table.with_suffix(".run"), "-o", out, "--quiet", *arguments.options]
    seconds, megabytes, done = measured([arguments.gatewise, *map(str, words)])
    error = lambda forecast: f"{metrics.mase(future, forecast, history, day):.3f}"
    simple = [error(metrics.naive(history, horizon)), error(metrics.seasonal_naive(history, horizon, day))]
    if not done:
        return False, [f"not done after {seconds:.0f}", f"{megabytes:.0f}", "–", *simple, "–"]
    point, low, high = (series.read_column(out, horizon, column) for column in ("forecast", "q0.025", "q0.975"))
    figures = [f"{seconds:.1f}", f"{megabytes:.0f}", error(point), *simple, f"{metrics.coverage(future, low, high):.3f}"]
    return seconds <= MOST_SECONDS and megabytes <= MOST_MB, figures


def measured(command):
    """Wall seconds, peak resident memory in megabytes of 10^6 bytes, and whether it was done in time; ends the program where the process fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    ended = threading.Event()

    def end():
        ended.set()
        process.kill()

    timer = threading.Timer(LONGEST, end)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and not ended.is_set():
        sys.exit(f"{' '.join(command)}\nended with status {process.returncode}")
    # ru_maxrss is in kibibytes, on macOS in bytes.
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6, not ended.is_set()


def parse():
    words, options = sys.argv[1:], []
    if "--" in words:
        cut = words.index("--")
        words, options = words[:cut], words[cut + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args(words)
    arguments.options = options
    return arguments


if __name__ == "__main__":
    sys.exit(main())
