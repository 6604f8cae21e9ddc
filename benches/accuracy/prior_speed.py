#!/usr/bin/env python3
"""Time the pre-trained network takes: one short series from the start of the process to the table, and many series.

    python prior_speed.py ../../target/release/gatewise [--record prior-speed] [--weights FILE] [--runs 20] [--series 100000] [--rows 60]

The airline passengers twelve months ahead, and seasonal walks of monthly rows with the same horizon, on all cores. Tables are written before the clock runs.
"""

import argparse
import pathlib
import resource
import sys
import tempfile
import time

import numpy as np

import prior_forecast
import series
from harness import machine

AIRLINE = machine.ROOT / "samples" / "airline-passengers.csv"
SEASON, HORIZON, SEED = 12, 12, 1


def main():
    arguments = parse()
    facts = machine.facts(arguments.binary)
    facts["weights"] = arguments.weights.name if arguments.weights else "built in"
    with tempfile.TemporaryDirectory() as work:
        table, out = pathlib.Path(work) / "data.csv", pathlib.Path(work) / "forecast.csv"
        words = prior_forecast.command(arguments.binary, table, out, SEASON, HORIZON, arguments.weights)
        prior_forecast.write(table, [airline()])
        one = [timed(words) for _ in range(arguments.runs)]
        prior_forecast.read(out, 1, HORIZON)
        bare = [timed([arguments.binary, "--version"]) for _ in range(arguments.runs)]
        lines = [row(f"`--version`, {arguments.runs} runs", bare), row(f"airline, {arguments.runs} runs", one)]
        if arguments.series:
            prior_forecast.write(table, walks(arguments.series, arguments.rows))
            many = [timed(words) for _ in range(arguments.repeats)]
            lines.append(row(f"{arguments.series:,} series × {arguments.rows} rows, {arguments.repeats} runs", many))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    body = "\n".join(["| run | least, ms | median, ms |", "|---|--:|--:|", *lines])
    if arguments.series:
        body += f"\n\n{arguments.series / min(many):,.0f} series a second, reading and writing the tables included; {peak:,.0f} MiB at most."
    print(body)
    if arguments.record:
        machine.record(arguments.record, "Speed of the pre-trained network", facts, body)
    return 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", metavar="BINARY")
    parser.add_argument("--weights", type=pathlib.Path, metavar="FILE", help="other weights than the built-in ones")
    parser.add_argument("--runs", type=int, default=20, metavar="N", help="runs of the one series")
    parser.add_argument("--series", type=int, default=100_000, metavar="N", help="many series; 0 leaves them out")
    parser.add_argument("--rows", type=int, default=60, metavar="N", help="rows of each of them")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="runs of the many series")
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    return parser.parse_args()


def airline():
    """The passengers of every month."""
    _, _, values = series.read_wide(AIRLINE)
    return values[:, 0]


def walks(count, rows):
    """Random walks with a season, to two decimals."""
    random = np.random.default_rng(SEED)
    shape = np.resize(random.normal(size=(count, SEASON)).T, (rows, count)).T
    return np.round(100 + random.normal(size=(count, rows)).cumsum(1) + 3 * shape, 2)


def timed(words):
    """Seconds from the start of a process to its end."""
    start = time.perf_counter()
    prior_forecast.run(words)
    return time.perf_counter() - start


def row(name, seconds):
    return f"| {name} | {1000 * min(seconds):,.1f} | {1000 * np.median(seconds):,.1f} |"


if __name__ == "__main__":
    sys.exit(main())
