#!/usr/bin/env python3
"""Forecasts of made series that a plan moves, with the plan and without, beside AutoARIMA with regressors.

    python plan.py --gatewise ../../target/release/gatewise --record plan [-- flags of gatewise forecast]

Days with a pattern of the week around a level that walks, moved by what is known of the days to come: a promotion that adds, one that multiplies, a price whose
elasticity is constant, three kinds of days (a category), and the public holidays of Korea. `shops` are ten series of unlike level in one table, which share what a promotion does up to a
few per cent. The error is the mean over the days that the plan moves among the last 14, in standard deviations of the daily noise; 1,000 and more as seeds are siblings that
nothing was chosen on. AutoARIMA (statsforecast) has the same columns, categories as indicators, holidays as one column, the season 7. Needs `pip install statsforecast holidays`.
"""

import argparse
import concurrent.futures
import csv
import datetime
import pathlib
import subprocess
import sys
import warnings

import numpy as np

import harness

HORIZON = 14
KINDS = ["adds", "multiplies", "price", "category", "holidays", "shops", "nothing"]
NOISE = 0.02
FIRST = datetime.date(2021, 1, 4)


def main():
    arguments = harness.parse(__doc__, published=False, data=False, extra=flags)
    facts = harness.machine.describe()
    with harness.folder(arguments) as work:
        tasks = [(kind, n, seed) for kind in arguments.kinds for n in arguments.n for seed in arguments.seeds]
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            done = list(pool.map(lambda task: one(arguments, pathlib.Path(work), *task), tasks))
    facts["series"] = f"{len(tasks)}, {HORIZON} days ahead, after {', '.join(map(str, arguments.n))} days; seeds {arguments.seeds[0]} to {arguments.seeds[-1]}"
    harness.report(arguments, facts, "Forecasts with a plan", report(arguments, done))
    return 0


def flags(parser: argparse.ArgumentParser):
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="series at a time")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, metavar="KIND")
    parser.add_argument("--n", type=int, nargs="+", default=[60, 150, 600], metavar="DAYS")
    parser.add_argument("--no-peer", action="store_true", help="without AutoARIMA")
    parser.set_defaults(seeds=list(range(1000, 1006)))


def made(kind, n, seed, level=100.0, lift=None):
    """Values, columns of the plan as text, regressors (n + HORIZON, K), and which days are moved."""
    rng = np.random.default_rng([seed, KINDS.index(kind), n, int(level)])
    rows = n + HORIZON
    t = np.arange(rows)
    walk = np.cumsum(rng.normal(0, 0.004, rows))
    week = 0.1 * np.sin(2 * np.pi * t / 7) + 0.05 * (t % 7 == 2)
    base = level * np.exp(walk + week + rng.normal(0, NOISE, rows))
    lift = rng.uniform(0.3, 0.7) if lift is None else lift
    if kind in ("adds", "multiplies", "nothing", "shops"):
        promo = (rng.random(rows) < 0.15).astype(float)
        promo[n + 2], promo[n + 9] = 1.0, 1.0
        values = {"adds": base + lift * level * promo, "nothing": base}.get(kind, base * (1 + lift * promo))
        return values, {"promo": [f"{v:.0f}" for v in promo]}, promo[:, None], promo > 0
    if kind == "price":
        price = np.round(10 * np.exp(np.repeat(rng.normal(0, 0.15, rows // 5 + 1), 5)[:rows]), 2)
        return base * (price / 10) ** -2.0, {"price": [str(v) for v in price]}, price[:, None], np.ones(rows, bool)
    if kind == "category":
        day = rng.choice(3, rows, p=[0.75, 0.15, 0.1])
        day[n + 3], day[n + 8] = 1, 2
        factor = np.array([1.0, 1 + lift, 1 - lift / 2])[day]
        names = np.array(["plain", "sale", "closed half"])
        return base * factor, {"day": list(names[day])}, np.stack([day == 1, day == 2], 1).astype(float), day > 0
    import holidays

    # The end lies where holidays are.
    public = holidays.country_holidays("KR", years=range(2018, 2027))
    days = [datetime.date(2024, 9, 22) - datetime.timedelta(days=rows - 1 - k) for k in range(rows)]
    on = np.array([day in public for day in days])
    return base * np.where(on, 1 - lift / 2, 1.0), {}, on[:, None].astype(float), on


def one(arguments, work, kind, n, seed):
    """Errors on the days that are moved, by method."""
    last = datetime.date(2024, 9, 22)
    first = last - datetime.timedelta(days=n + HORIZON - 1)
    rng = np.random.default_rng([seed, 99])
    shared = rng.uniform(0.3, 0.7)
    shops = 10 if kind == "shops" else 1
    series = [made(kind, n, seed * 100 + s, 10.0 * 3**s if shops > 1 else 100.0, shared * rng.uniform(0.9, 1.1) if shops > 1 else None) for s in range(shops)]
    columns = list(series[0][1])
    path = work / f"{kind}-{n}-{seed}.csv"
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["date", *(["shop"] if shops > 1 else []), "y", *columns])
        for s, (values, plan, _, _) in enumerate(series):
            for t, value in enumerate(values):
                known = f"{value:.4f}" if t < n else ""
                out.writerow([first + datetime.timedelta(days=t), *([f"shop {s}"] if shops > 1 else []), known, *(plan[c][t] for c in columns)])
    given = ["--holidays", "KR"] if kind == "holidays" else ["--future", ",".join(columns)]
    found = {}
    for name, more in (("gatewise", given), ("without the plan", [])):
        # Unasked the rows behind the last target are left out.
        words = [arguments.gatewise, "forecast", path, "--horizon", HORIZON, "--seed", 1, "--threads", 1, "--quiet", "-o", work / f"{path.stem}-{name}.csv"]
        words += ["--run", work / f"{path.stem}-{name}", "--target", "y", *(["--id", "shop"] if shops > 1 else []), *more, *arguments.options]
        subprocess.run(list(map(str, words)), check=True, stdout=subprocess.DEVNULL)
        with open(work / f"{path.stem}-{name}.csv", newline="") as file:
            forecasts = [float(row["forecast"]) for row in csv.DictReader(file)]
        found[name] = error(series, n, np.reshape(forecasts, (shops, HORIZON)))
    if not arguments.no_peer:
        found["AutoARIMA"] = error(series, n, np.stack([arima(values[:n], x) for values, _, x, _ in series]))
    print(kind, n, seed, {name: round(value, 3) for name, value in found.items()}, file=sys.stderr)
    return kind, n, found


def arima(values, x):
    from statsforecast.models import AutoARIMA

    warnings.simplefilter("ignore")
    n = len(values)
    # A column that does not change among the rows is no regressor.
    x = x[:, (x[:n] != x[0]).any(0)]
    model = AutoARIMA(season_length=7, approximation=n > 150)
    return model.forecast(values, HORIZON, X=x[:n] if x.shape[1] else None, X_future=x[n:] if x.shape[1] else None)["mean"]


def error(series, n, forecasts):
    """Mean absolute error over the days that are moved, in standard deviations of the noise at the level of the day."""
    errors = []
    for (values, _, _, moved), forecast in zip(series, forecasts):
        ahead = moved[n:] if moved[n:].any() else np.ones(HORIZON, bool)
        errors.append((np.abs(values[n:] - forecast) / (NOISE * np.abs(values[n:])))[ahead].mean())
    return float(np.mean(errors))


def report(arguments, done):
    methods = list(done[0][2])
    lines = [f"Mean absolute error on the days that the plan moves, in standard deviations of the noise; under it the geometric mean of the ratios to {methods[-1]}.", ""]
    lines += ["| kind | days | " + " | ".join(methods) + " |", "|---|---|" + "---|" * len(methods)]
    ratios = {method: [] for method in methods}
    for kind in arguments.kinds:
        for n in arguments.n:
            cells = [found for k, rows, found in done if (k, rows) == (kind, n)]
            lines.append(f"| {kind} | {n} | " + " | ".join(f"{np.mean([cell[method] for cell in cells]):.2f}" for method in methods) + " |")
    for _, _, found in done:
        for method in methods:
            ratios[method].append(np.log(found[method] / found[methods[-1]]))
    lines.append("| all | | " + " | ".join(f"×{np.exp(np.mean(ratios[method])):.2f}" for method in methods) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
