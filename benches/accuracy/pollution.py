#!/usr/bin/env python3
"""Hourly PM2.5 of Beijing, 24 hours ahead from 50 origins in the last year, by a table of which one value in twenty is missing.

    python pollution.py DATA --gatewise ../../target/release/gatewise --record pollution [-- flags of gatewise train]

DATA holds pollution.csv (2010 to 2014; https://github.com/jbrownlee/Datasets). Everything before 2014 is learned from; the origins are 175 hours apart, so that every hour of the day
and day of the week has its turn. MASE divides by the mean |y(t) − y(t − 24)| before 2014. Hours without a value are no truth. `weather`: dew point, temperature, pressure
and wind of the past beside it; `weather ahead`: those of the hours to be forecast are known too, as by a perfect forecast of the weather.
"""

import csv
import pathlib
import sys

import numpy as np

import harness

HORIZON, STRIDE, FIRST = 24, 175, "2014-01-01"
WEATHER = "DEWP,TEMP,PRES,Iws"
WAYS = {
    "defaults": [],
    "straight lines (`--impute linear`)": ["--impute", "linear"],
    "weather": ["--covariates", WEATHER],
    "weather ahead": ["--future", f"{WEATHER},cbwd"],
}


def main():
    arguments = harness.parse(__doc__, published=False)
    facts = harness.machine.describe()
    path = arguments.data / "pollution.csv"
    truth, first = read(path)
    steps = np.abs(truth[24:first] - truth[: first - 24])
    scale = np.nanmean(steps)
    origins = range(first, len(truth) - HORIZON + 1, STRIDE)
    lines = ["| forecast | MAE | MASE | over the last value's | seconds of training |", "|---|---|---|---|---|"]
    simple = {"last value": lambda origin: np.full(HORIZON, last(truth, origin)), "the day before": lambda origin: day_before(truth, origin)}
    errors = {name: error(truth, {origin: method(origin) for origin in origins}) for name, method in simple.items()}
    with harness.folder(arguments) as work:
        seconds = {}
        planned = work / "planned.csv"
        without_end(path, planned)
        for name, flags in WAYS.items():
            of_seeds = []
            for seed in arguments.seeds:
                run, forecasts = work / f"{name.split()[0]}-{len(name)}-{seed}", work / f"{name.split()[0]}-{len(name)}-{seed}.csv"
                words = [planned if "--future" in flags else path, "--target", "pm2.5", "--horizon", HORIZON, "--test-from", FIRST, "--seed", seed, *flags, "-o", run, *arguments.options]
                seconds[name] = harness.gatewise(arguments, "train", "forecast", *words)
                harness.gatewise(arguments, "evaluate", run, path, "--rolling", "--stride", STRIDE, "--test-from", FIRST, "-o", forecasts)
                told = answers(forecasts)
                if len(told) != len(origins):
                    sys.exit(f"{len(told)} forecasts, not {len(origins)}")
                of_seeds.append(error(truth, dict(zip(origins, told))))
            errors[name] = np.mean(of_seeds)
    for name, found in errors.items():
        took = f"{seconds[name]:.0f}" if name in seconds else ""
        lines.append(f"| {name} | {found:.2f} | {found / scale:.3f} | {found / errors['last value']:.3f} | {took} |")
    facts["origins"] = f"{len(origins)}, {STRIDE} hours apart; {int(np.isnan(truth[first:]).sum())} of {len(truth) - first} hours of 2014 have no value"
    harness.report(arguments, facts, "PM2.5 of Beijing, 24 hours ahead", "\n".join(lines))
    return 0


def read(path: pathlib.Path):
    """Values, NaN where missing, and the first row of 2014."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    truth = np.array([np.nan if row["pm2.5"] == "NA" else float(row["pm2.5"]) for row in rows])
    return truth, next(at for at, row in enumerate(rows) if row["year"] == FIRST[:4])


def without_end(path, target):
    """The table without the values of its last day, whose weather is a plan then."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows[-HORIZON:]:
        row["pm2.5"] = "NA"
    with open(target, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def answers(path):
    """The forecasts of a table, in order of their origins: arrays of HORIZON."""
    found = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["cutoff"], []).append(float(row["forecast"]))
    return [np.array(values) for _, values in sorted(found.items())]


def last(truth, origin):
    before = truth[:origin]
    return before[~np.isnan(before)][-1]


def day_before(truth, origin):
    """The value of a day before, or the last one where it is missing."""
    day = truth[origin - HORIZON : origin]
    return np.where(np.isnan(day), last(truth, origin), day)


def error(truth, forecasts):
    """The mean absolute error over every hour with a value."""
    errors = [np.abs(truth[origin : origin + HORIZON] - told) for origin, told in forecasts.items()]
    return np.nanmean(np.concatenate(errors))


if __name__ == "__main__":
    sys.exit(main())
