#!/usr/bin/env python3
"""M4 Hourly: 414 series, 48 hours ahead, scored by the competition's rules (sMAPE, MASE, OWA, MSIS).

    python m4.py DATA --gatewise ../../target/release/gatewise --record m4-hourly [-- training flags]
    python m4.py DATA --check

DATA holds hourly-train.csv and hourly-test.csv (unique_id, ds, y).
"""

import sys

import numpy as np

import harness
import metrics
import series

HORIZON, SEASON = 48, 24
SMAPE, MASE = "sMAPE", "MASE"
# Makridakis, Spiliotis, Assimakopoulos, IJF 36 (2020), and the organisers' results of their benchmarks.
PUBLISHED = {
    "M4's RNN benchmark": {SMAPE: 14.698, MASE: 3.048, "OWA": 1.036},
    "M4's MLP benchmark": {SMAPE: 13.842, MASE: 2.607, "OWA": 0.921},
    "Theta": {SMAPE: 18.138, MASE: 2.455, "OWA": 1.006},
    "ES-RNN (M4's winner)": {SMAPE: 9.328, MASE: 0.893, "OWA": 0.440},
}
KNOWN = {"Naive2": (18.383, 2.395), "seasonal naive": (13.912, 1.193)}
COLUMNS = [SMAPE, MASE, "OWA", "MSIS", "coverage 95 %"]


def main():
    arguments = harness.parse(__doc__)
    train = series.read_long(arguments.data / "hourly-train.csv")
    test = series.read_long(arguments.data / "hourly-test.csv")
    simple = {
        "Naive2": {k: metrics.naive2(train[k], len(y), SEASON) for k, y in test.items()},
        "seasonal naive": {k: metrics.seasonal_naive(train[k], len(y), SEASON) for k, y in test.items()},
    }
    simple = {name: score(train, test, forecast) for name, forecast in simple.items()}
    if arguments.check:
        return 0 if all([harness.agree(n, (simple[n][SMAPE], simple[n][MASE]), KNOWN[n], 5e-4) for n in KNOWN]) else 1

    facts = harness.machine.describe()
    runs, seconds = [], []
    with harness.folder(arguments) as work:
        for seed in arguments.seeds:
            path, took = forecast_with_gatewise(arguments, work, seed)
            seconds.append(took)
            runs.append(score_table(path, train, test))
    facts["seconds a run"] = f"{np.mean(seconds):.0f}"

    rows = [("gatewise", *harness.spread(runs))] + [(name, figures, {}) for name, figures in simple.items()]
    for _, figures, _ in rows:
        figures["OWA"] = owa(figures, simple["Naive2"])
    rows[0][2].update(owa_deviation(runs, simple["Naive2"]))
    rows += [(f"{name} (published)", figures, {}) for name, figures in PUBLISHED.items()]
    harness.report(arguments, facts, "M4 Hourly, 48 hours ahead", harness.table(COLUMNS, rows))
    return 0


def forecast_with_gatewise(arguments, work, seed):
    """Trains one global model on all series; returns the forecast table and the seconds taken."""
    data, run, out = arguments.data / "hourly-train.csv", work / f"m4-{seed}", work / f"m4-{seed}.csv"
    took = harness.train_forecast(arguments, data, run, seed, HORIZON, SEASON)
    return out, took + harness.gatewise(arguments, "predict", run, data, "-o", out)


def score_table(path, train, test):
    """All metrics of a forecast file; those of the interval where it has one."""
    figures = score(train, test, series.read_forecast(path, test))
    if {"q0.025", "q0.975"} <= set(series.columns(path)):
        low, high = (series.read_forecast(path, test, name) for name in ("q0.025", "q0.975"))
        interval = [(test[k], low[k], high[k]) for k in test]
        figures["MSIS"] = float(np.mean([metrics.msis(*i, train[k], SEASON) for k, i in zip(test, interval)]))
        figures["coverage 95 %"] = 100 * float(np.mean([metrics.coverage(*i) for i in interval]))
    return figures


def score(train, test, forecast):
    """Means over the series of the mean over each horizon."""
    return {
        SMAPE: float(np.mean([metrics.smape(y, forecast[k]) for k, y in test.items()])),
        MASE: float(np.mean([metrics.mase(y, forecast[k], train[k], SEASON) for k, y in test.items()])),
    }


def owa(figures, naive2):
    """Overall weighted average: both metrics relative to Naive2's, averaged."""
    return (figures[SMAPE] / naive2[SMAPE] + figures[MASE] / naive2[MASE]) / 2


def owa_deviation(runs, naive2):
    return {"OWA": float(np.std([owa(run, naive2) for run in runs], ddof=1))} if len(runs) > 1 else {}


if __name__ == "__main__":
    sys.exit(main())
