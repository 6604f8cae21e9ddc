#!/usr/bin/env python3
"""ETTh1 by the usual protocol: MSE and MAE over every window of the test split.

    python ett.py DATA --gatewise ../../target/release/gatewise --horizon 96 --record etth1-96 [-- training flags]
    python ett.py DATA --horizon 96 --check

DATA holds ETTh1.csv. Training, validation and test are 12, 4 and 4 months of 30 days; rows after them are cut off.
Errors are counted on channels standardised by the training split. A test window starts at every row of the test
split and ends inside it; what comes before is context (Zhou et al., Informer, AAAI 2021; its data loader).
"""

import csv
import sys

import numpy as np

import harness
import series

MONTH = 30 * 24
TRAIN_END, VALID_END, TEST_END = 12 * MONTH, 16 * MONTH, 20 * MONTH
SEASON = 24
# "Repeat" (the last value): Zeng et al., "Are Transformers Effective for Time Series Forecasting?", AAAI 2023.
REPEAT = {96: (1.295, 0.713), 192: (1.325, 0.733), 336: (1.323, 0.744), 720: (1.339, 0.756)}
# Their test loader drops a last batch of 32 that is not full; the runs here score every window.
LOADER_BATCH = 32
# With a lookback of 96 hours: Lin et al., SegRNN, 2023; DLinear as measured by Liu et al., iTransformer, ICLR 2024.
PUBLISHED = {
    "SegRNN": {96: (0.368, 0.395), 192: (0.408, 0.419), 336: (0.444, 0.440), 720: (0.446, 0.457)},
    "DLinear": {96: (0.386, 0.400)},
}


def main():
    arguments = harness.parse(__doc__, flags)
    horizon = arguments.horizon
    times, names, values = series.read_wide(arguments.data / "ETTh1.csv")
    keep = [names.index(name) for name in arguments.channels or names]
    names, values = [names[i] for i in keep], values[:, keep]
    mean, deviation = values[:TRAIN_END].mean(axis=0), values[:TRAIN_END].std(axis=0)
    standard = (values - mean) / deviation
    windows = TEST_END - VALID_END - horizon + 1
    # (windows, horizon, channels) views: no copy of the truth for each window.
    truth = np.lib.stride_tricks.sliding_window_view(standard[VALID_END:TEST_END], horizon, axis=0).transpose(0, 2, 1)
    last = standard[VALID_END - 1 : TEST_END - horizon]
    day = np.lib.stride_tricks.sliding_window_view(standard[VALID_END - SEASON : TEST_END - horizon], SEASON, axis=0)
    day = day.transpose(0, 2, 1)[:, np.arange(horizon) % SEASON]
    repeat = score(truth, last[:, None])
    if arguments.check:
        if horizon not in REPEAT or arguments.channels:
            sys.exit(f"published for all channels at horizons {', '.join(map(str, REPEAT))}")
        whole = windows - windows % LOADER_BATCH
        got = score(truth[:whole], last[:whole, None])
        return 0 if harness.agree(f"repeat, horizon {horizon}", tuple(got.values()), REPEAT[horizon], 6e-4) else 1

    facts = harness.machine.describe()
    runs, seconds = [], []
    with harness.folder(arguments) as work:
        data = work / "ETTh1-20-months.csv"
        cut(arguments.data / "ETTh1.csv", data, [0, *(i + 1 for i in keep)])
        for seed in arguments.seeds:
            path, took = roll_with_gatewise(arguments, work, data, times, seed)
            seconds.append(took)
            forecast = series.read_rolling(path, times, names, VALID_END, horizon, windows)
            runs.append(score(truth, (forecast - mean) / deviation))
    facts |= {"windows": windows, "channels": ", ".join(names), "seconds a run": f"{np.mean(seconds):.0f}"}

    rows = [("gatewise", *harness.spread(runs)), ("seasonal naive (24)", score(truth, day), {}), ("repeat", repeat, {})]
    if arguments.channels is None:
        found = {name: by_horizon[horizon] for name, by_horizon in PUBLISHED.items() if horizon in by_horizon}
        rows += [(f"{name} (published)", dict(zip(("MSE", "MAE"), pair)), {}) for name, pair in found.items()]
    harness.report(arguments, facts, f"ETTh1, {horizon} hours ahead", harness.table(["MSE", "MAE"], rows))
    return 0


def flags(parser):
    parser.add_argument("--horizon", type=int, choices=[24, 48, 96, 168, 192, 336, 720], default=96)
    parser.add_argument("--channels", nargs="+", metavar="NAME", help="train on and score these alone, e.g. OT")


def cut(source, target, columns):
    """Copies the head and the rows of the three splits, cell for cell."""
    with open(source, newline="") as old, open(target, "w", newline="") as new:
        rows, writer = csv.reader(old), csv.writer(new, lineterminator="\n")
        for _, row in zip(range(TEST_END + 1), rows):
            writer.writerow([row[i] for i in columns])


def roll_with_gatewise(arguments, work, data, times, seed):
    """Trains, then forecasts from every row of the test split; returns the table and the seconds taken."""
    run, out = work / f"etth1-{arguments.horizon}-{seed}", work / f"etth1-{arguments.horizon}-{seed}.csv"
    split = ["--valid-from", times[TRAIN_END], "--test-from", times[VALID_END]]
    took = harness.train_forecast(arguments, data, run, seed, arguments.horizon, SEASON, *split)
    return out, took + harness.gatewise(arguments, "evaluate", run, data, "--rolling", "--stride", 1, "-o", out)


def score(truth, forecast):
    error = truth - forecast
    return {"MSE": float(np.square(error).mean()), "MAE": float(np.abs(error).mean())}


if __name__ == "__main__":
    sys.exit(main())
