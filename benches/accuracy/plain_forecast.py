#!/usr/bin/env python3
"""Plain series with known truth, forecast by `gatewise forecast` with its defaults, beside AutoETS, AutoTheta and AutoARIMA of `statsforecast`.

    python plain_forecast.py --gatewise ../../target/release/gatewise --record plain-forecast [-- flags of gatewise forecast]
    python plain_forecast.py --gatewise ../../target/release/gatewise --kinds walk stock --n 60 300 --seeds 5
    python plain_forecast.py --gatewise ../../target/release/gatewise --seed-base 1000 --seeds 5 --peers SIBLINGS.csv.gz

`plain_series.py` makes the series and says what each kind is; `plain_forecast_peers.py` made the peers' forecasts. One process a file with one thread and
the horizon alone, `--jobs` at a time. Errors and interval scores are in deviations of the series' one-step innovations, so that no series outweighs the
others of its cell; a cell is a kind at a length, and its figure the total over its seeds by that of the peer whose total is lowest there. Where the last
run failed, the last value with an interval of no width stands in, and the failure is told.
"""

import argparse
import concurrent.futures
import csv
import pathlib
import shutil
import subprocess
import sys
import time

import numpy as np

import harness
import plain_forecast_peers as peers
import plain_scores
import plain_series

# Longest a single run may take, in seconds.
LONGEST = 600
TITLE = "Plain series: forecasts and intervals beside statsforecast's"
QUANTILES = ["q0.025", "q0.1", "q0.5", "q0.9", "q0.975"]


def main():
    arguments = parse()
    battery = plain_series.every(arguments.kinds, arguments.n, arguments.seeds)
    facts = harness.machine.describe()
    facts["peers"], known = matching(arguments.peers, battery)
    start = time.perf_counter()
    with harness.folder(arguments) as work, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = list(pool.map(lambda series: forecast(arguments, work, series), battery))
    took = time.perf_counter() - start
    rows = plain_scores.rows(battery, runs, known)
    if arguments.details:
        write_details(arguments.details, rows)
    facts["files"] = f"{len(battery)}: {len(arguments.kinds)} kinds × {len(arguments.n)} lengths × {len(arguments.seeds)} seeds"
    each = [run["seconds"] for run in runs]
    facts["seconds"] = f"{took:.0f}, {arguments.jobs} files at a time; {np.mean(each):.2f} a file, {max(each):.1f} the longest"
    harness.report(arguments, facts, TITLE, plain_scores.body(rows))
    return 0


def parse():
    words, options = sys.argv[1:], []
    if "--" in words:
        cut = words.index("--")
        words, options = words[:cut], words[cut + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatewise", default="gatewise", metavar="BINARY")
    peers.flags(parser)
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files at a time")
    parser.add_argument("--peers", type=pathlib.Path, default=peers.DEFAULT, metavar="FILE", help="forecasts of plain_forecast_peers.py")
    parser.add_argument("--work", type=pathlib.Path, metavar="DIR", help="keep tables and forecasts here")
    parser.add_argument("--details", type=pathlib.Path, metavar="FILE", help="every series' scores as CSV")
    parser.add_argument("--record", metavar="NAME", help="write benches/record/NAME.md")
    arguments = parser.parse_args(words)
    arguments.options = options
    arguments.seeds = range(arguments.seed_base, arguments.seed_base + arguments.seeds)
    return arguments


def matching(path, battery):
    """What made the peers' forecasts, and those of each series; ends the program where one is missing or was made of other values."""
    made_by, known = peers.read(path)
    missing = [series.name for series in battery if (series.kind, series.n, series.seed) not in known]
    if missing:
        sys.exit(f"{path}: no forecasts of {len(missing)} series, the first of them {missing[0]}; plain_forecast_peers.py makes them")
    found = [known[series.kind, series.n, series.seed] for series in battery]
    for series, (last, _) in zip(battery, found, strict=True):
        if abs(series.history[-1] - last) > 1e-3 * series.unit:
            sys.exit(f"{path}: {series.name} ends at {series.history[-1]} here and at {last} there: another generator")
    return made_by, [methods for _, methods in found]


def forecast(arguments, work, series):
    """Forecasts one table: point (h,), quantiles (5, h), seconds, and the failure or None."""
    table, out, folder = (work / f"{series.name}{end}" for end in (".csv", "-forecast.csv", "-run"))
    series.write(table)
    words = ["forecast", table, "--horizon", series.horizon, "--threads", 1, "--run", folder, "-o", out, "--quiet", *arguments.options]
    start = time.perf_counter()
    try:
        ended = subprocess.run([arguments.gatewise, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=LONGEST)
        failure = None if ended.returncode == 0 else f"status {ended.returncode}: {' '.join(ended.stderr.replace(str(table), 'TABLE').split())[:160]}"
    except subprocess.TimeoutExpired:
        failure = f"not done after {LONGEST} s"
    seconds = time.perf_counter() - start
    point, quantiles = np.full(series.horizon, series.history[-1]), np.full((len(QUANTILES), series.horizon), series.history[-1])
    if failure is None:
        try:
            point, quantiles = read(out, series.horizon)
        except (OSError, KeyError, ValueError) as error:
            failure = f"no whole forecast: {error!r}"
    if not arguments.work:
        shutil.rmtree(folder, ignore_errors=True)
        table.unlink()
        out.unlink(missing_ok=True)
    return {"point": point, "quantiles": quantiles, "seconds": seconds, "failure": failure}


def read(path, horizon):
    """Point (h,) and quantiles (5, h) of a forecast; raises where they are not whole and finite."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    figures = np.array([[float(row[name]) for name in ["forecast", *QUANTILES]] for row in rows]).T
    if figures.shape != (1 + len(QUANTILES), horizon) or not np.isfinite(figures).all():
        raise ValueError(f"{figures.shape[-1]} rows for a horizon of {horizon}, {np.isfinite(figures).sum()} finite values")
    return figures[0], figures[1:]


def write_details(path, rows):
    """One line a series and method."""
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
