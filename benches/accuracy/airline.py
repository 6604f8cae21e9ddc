#!/usr/bin/env python3
"""Airline passengers: trained on 1949 to 1959, twelve months of 1960 forecast and scored.

    python airline.py ../../samples --gatewise ../../target/release/gatewise --record airline [-- training flags]

DATA holds airline-passengers.csv (144 months). The held-back year is cut from the file before training.
"""

import sys

import numpy as np

import harness
import metrics
import series

HORIZON = SEASON = 12
COLUMNS = ["MASE", "sMAPE", "MAPE", "MAE", "RMSE"]


def main():
    arguments = harness.parse(__doc__, published=False)
    source = arguments.data / "airline-passengers.csv"
    values = series.read_wide(source)[2][:, 0]
    history, truth = values[:-HORIZON], values[-HORIZON:]
    baseline = score(truth, metrics.seasonal_naive(history, HORIZON, SEASON), history)

    facts = harness.machine.describe()
    runs, seconds = [], []
    with harness.folder(arguments) as work:
        data = work / "airline-to-1959.csv"
        data.write_text("".join(source.read_text().splitlines(keepends=True)[: 1 + len(history)]))
        for seed in arguments.seeds:
            run, out = work / f"airline-{seed}", work / f"airline-{seed}.csv"
            took = harness.train_forecast(arguments, data, run, seed, HORIZON, SEASON)
            seconds.append(took + harness.gatewise(arguments, "predict", run, data, "-o", out))
            runs.append(score(truth, series.read_column(out, HORIZON), history))
    facts["seconds a run"] = f"{np.mean(seconds):.1f}"

    rows = [("gatewise", *harness.spread(runs)), ("seasonal naive", baseline, {})]
    harness.report(arguments, facts, "Airline passengers, the year 1960", harness.table(COLUMNS, rows))
    return 0


def score(truth, forecast, history):
    return {
        "MASE": float(metrics.mase(truth, forecast, history, SEASON)),
        "sMAPE": float(metrics.smape(truth, forecast)),
        "MAPE": float(metrics.mape(truth, forecast)),
        "MAE": float(metrics.mae(truth, forecast)),
        "RMSE": float(metrics.rmse(truth, forecast)),
    }


if __name__ == "__main__":
    sys.exit(main())
