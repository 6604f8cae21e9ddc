#!/usr/bin/env python3
"""Forecasts of the plain battery by `statsforecast`, made once and kept for `plain_forecast.py`.

    python plain_forecast_peers.py                                                writes benches/record/plain_forecast_peers.csv.gz
    python plain_forecast_peers.py --seed-base 1000 --seeds 5 --output DIR/siblings.csv.gz

AutoETS, AutoTheta and AutoARIMA are given the season of the kind, or 1 (of two seasons the shorter, as they take one), and otherwise their defaults, but
that AutoARIMA chooses by approximation past 150 rows or a season of 12, as in R. CrostonOptimized and TSB (levels smoothed by .1) forecast the intermittent
series, without intervals. A method that fails, or whose figures are not finite, is replaced by the last value with its intervals, as `statsforecast`
itself does with a fallback model, and marked. Figures are rounded to a thousandth of the series' one-step deviation. Needs `statsforecast` and `numpy`.
"""

import argparse
import csv
import gzip
import importlib.metadata
import io
import pathlib
import sys
import time
import warnings

import numpy as np

import plain_series

DEFAULT = pathlib.Path(__file__).resolve().parent.parent / "record" / "plain_forecast_peers.csv.gz"
METHODS = ["AutoETS", "AutoTheta", "AutoARIMA"]
INTERMITTENT = ["CrostonOptimized", "TSB"]
COLUMNS = ["kind", "n", "seed", "last", "method", "fell_back", "step", "point", "lo95", "lo80", "hi80", "hi95"]
BOUNDS = ["lo-95", "lo-80", "hi-80", "hi-95"]


def flags(parser):
    """Flags that choose a part of the battery."""
    parser.add_argument("--kinds", nargs="+", choices=plain_series.KINDS, default=list(plain_series.KINDS), metavar="KIND")
    parser.add_argument("--n", type=int, nargs="+", default=plain_series.LENGTHS, metavar="N", help="rows known")
    parser.add_argument("--seeds", type=int, default=plain_series.SEEDS, metavar="N", help="series of a cell")
    parser.add_argument("--seed-base", type=int, default=0, metavar="N", help="first seed; from 1000 on for siblings not seen")


def read(path):
    """What made a file of peers, and {(kind, n, seed): (last value, {method: (fell back, point (h,), bounds (4, h))})}."""
    found = {}
    with gzip.open(path, "rt", newline="") as file:
        made_by = file.readline().strip("# \n")
        rows = csv.reader(file)
        assert next(rows) == COLUMNS, f"{path}: other columns than {COLUMNS}"
        for kind, n, seed, last, method, fell_back, _, *figures in rows:
            _, methods = found.setdefault((kind, int(n), int(seed)), (float(last), {}))
            methods.setdefault(method, (fell_back == "1", []))[1].append([float(cell) if cell else np.nan for cell in figures])
    for _, methods in found.values():
        for method, (fell_back, rows) in methods.items():
            table = np.array(rows).T
            methods[method] = fell_back, table[0], table[1:]
    return made_by, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags(parser)
    parser.add_argument("--output", type=pathlib.Path, default=DEFAULT, metavar="FILE")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    start, text = time.perf_counter(), io.StringIO()
    text.write("# " + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("statsforecast", "numpy")) + "\n")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    fallen = dict.fromkeys(METHODS + INTERMITTENT, 0)
    for kind in arguments.kinds:
        for n in arguments.n:
            for seed in range(arguments.seed_base, arguments.seed_base + arguments.seeds):
                series = plain_series.make(kind, n, seed)
                for method, fell_back, rows in forecasts(series):
                    fallen[method] += int(fell_back)
                    for step, figures in enumerate(rows, 1):
                        table.writerow([kind, n, seed, f"{series.history[-1]:.{plain_series.DECIMALS}f}", method, int(fell_back), step, *figures])
            print(f"{kind} {n}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    print(f"{arguments.output}: {arguments.output.stat().st_size:,} bytes, {time.perf_counter() - start:.0f} s; fell back: {fallen}")


def forecasts(series):
    """(method, whether it fell back, rows of point and bounds as text) of every method that forecasts such a series."""
    from statsforecast import models

    season = series.season
    made = {
        "AutoETS": lambda: models.AutoETS(season_length=season),
        "AutoTheta": lambda: models.AutoTheta(season_length=season),
        "AutoARIMA": lambda: models.AutoARIMA(season_length=season, approximation=None),
        "CrostonOptimized": models.CrostonOptimized,
        "TSB": lambda: models.TSB(alpha_d=0.1, alpha_p=0.1),
    }
    # A thousandth of the deviation, and no fewer than the whole numbers.
    decimals = max(0, 3 - int(np.floor(np.log10(series.unit))))
    for method in METHODS + (INTERMITTENT if series.kind == "intermittent" else []):
        bounds = BOUNDS if method in METHODS else []
        figures, fell_back = None, False
        try:
            figures = one(made[method](), series, bounds)
        except Exception as error:  # noqa: BLE001 (whatever a method fails by)
            print(f"{series.name}: {method}: {error!r}", file=sys.stderr)
        if figures is None or not np.isfinite(figures).all():
            figures, fell_back = one(models.Naive(), series, bounds), True
        rows = [[f"{value:.{decimals}f}" for value in row] + [""] * (len(BOUNDS) - len(bounds)) for row in figures.T]
        yield method, fell_back, rows


def one(model, series, bounds):
    """Point and bounds (1 + b, h) of one method."""
    made = model.forecast(y=series.history, h=series.horizon, **({"level": [80, 95]} if bounds else {}))
    return np.array([made["mean"], *[made[name] for name in bounds]], float)


if __name__ == "__main__":
    main()
