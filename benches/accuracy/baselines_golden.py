#!/usr/bin/env python3
"""Golden files of the crate gatewise-baselines: series, and what statsforecast makes of them.

    python baselines_golden.py ../../samples      # writes crates/gatewise-baselines/tests/golden/*.json

Fixed forms are fitted one by one, so that the tests can hold parameters, likelihoods, forecasts and standard deviations each.
The automatic choices (AutoETS, AutoTheta, AutoARIMA) stand beside the twelve rows that were held back.
Needs numpy and statsforecast (2.1).
"""

import json
import pathlib
import sys
import warnings

import numpy as np

import series

warnings.filterwarnings("ignore")

from statsforecast import arima, ets, models, theta  # noqa: E402  (warnings are silenced first)

OUT = pathlib.Path(__file__).resolve().parent.parent.parent / "crates" / "gatewise-baselines" / "tests" / "golden"
HORIZON = 12
NINETY_FIVE = 1.959963984540054
FORMS = [("ANN", False), ("AAN", False), ("AAN", True), ("MNN", False), ("MAN", False), ("MAN", True)]
SEASONAL = [("ANA", False), ("AAA", False), ("AAA", True), ("MNA", False), ("MAA", False), ("MAA", True)]
SEASONAL += [("MNM", False), ("MAM", False), ("MAM", True)]
KINDS = ["noise", "walk", "drift", "line", "smooth", "ar", "growth", "saturating", "below zero"]
KINDS += ["seasonal", "factors", "seasonal walk", "week", "quarters"]


def make(kind, n, rng):
    """One series of a kind, with its season or 1."""
    t, e = np.arange(n), rng.standard_normal(n)
    wave = {m: np.sin(2 * np.pi * t / m) + 0.5 * np.cos(4 * np.pi * t / m) for m in (4, 7, 12)}
    walk = np.cumsum(e)
    if kind == "noise":
        return 30 + e, 1
    if kind == "walk":
        return 100 + walk, 1
    if kind == "drift":
        return 60 + 0.3 * t + walk, 1
    if kind == "line":
        return 20 + 0.4 * t + 2 * e, 1
    if kind == "smooth":
        level = 80 + np.concatenate([[0], np.cumsum(0.3 * e[:-1])])
        return level + e, 1
    if kind == "ar":
        y = np.zeros(n)
        for i in range(2, n):
            y[i] = 1.1 * y[i - 1] - 0.4 * y[i - 2] + e[i]
        return 25 + y, 1
    if kind == "growth":
        return 20 * np.exp(0.008 * t) * (1 + 0.04 * e), 1
    if kind == "saturating":
        return 150 * (1 - 0.7 * np.exp(-t / 40)) + 2 * e, 1
    if kind == "below zero":
        return np.cumsum(0.2 * walk) / 10 - 5 + e, 1
    if kind == "seasonal":
        return 50 + 0.1 * t + 5 * wave[12] + e, 12
    if kind == "factors":
        return (40 + 0.4 * t) * (1 + 0.2 * wave[12]) * (1 + 0.03 * e), 12
    if kind == "seasonal walk":
        return 120 + walk + 4 * wave[12], 12
    if kind == "week":
        return 40 + 3 * wave[7] + 0.3 * walk + e, 7
    if kind == "quarters":
        return (100 + 0.8 * t) * (1 + 0.1 * wave[4]) + 3 * e, 4
    if kind == "level shift":
        return 20 + e + 8 * (t > 0.6 * n), 1
    if kind == "price":
        return 100 * np.exp(np.cumsum(0.0005 + 0.015 * e)), 1
    raise ValueError(kind)


def short(values, digits=8):
    return [float(f"{value:.{digits}g}") for value in np.asarray(values, dtype=float)]


def deviations(forecast):
    return short((forecast["hi-95"] - forecast["mean"]) / NINETY_FIVE)


def of_ets(y, m, form, damped):
    fitted = ets.ets_f(y, m, model=form, damped=damped)
    forecast = ets.forecast_ets(fitted, HORIZON, level=[95])
    weights = [0.0 if np.isnan(weight) else weight for weight in fitted["par"][:4]]
    return {
        "form": form[:2] + ("d" if damped else "") + form[2],
        "weights": short(weights, 12),
        "states": short(fitted["states"][0], 12),
        "likelihood": -2 * fitted["loglik"],
        "aicc": fitted["aicc"],
        "mean": short(forecast["mean"]),
        "sd": deviations(forecast),
    }


def of_theta(y, m, form):
    fitted = theta.auto_theta(y, m, model=form)
    seasonal = bool(fitted.get("decompose", False))
    errors = fitted["residuals"][3:]
    if seasonal:
        # They come with the season in them again.
        pattern = np.resize(np.roll(fitted["seas_forecast"]["mean"], len(y) % m), len(y))[3:]
        errors = errors / pattern if fitted["decomposition_type"] == "multiplicative" else errors - pattern
    return {
        "form": form,
        "seasonal": seasonal,
        "alpha": float(fitted["par"]["alpha"]),
        "theta": float(fitted["par"]["theta"]),
        "level": float(fitted["par"]["initial_smoothed"]),
        "squares": float(np.sum(errors**2)),
        "mean": short(theta.forecast_theta(fitted, HORIZON)["mean"]),
    }


def of_simple(y, m, model):
    forecast = model.forecast(y, h=HORIZON, level=[95])
    return {"mean": short(forecast["mean"]), "sd": deviations(forecast)}


def of_autoregression(y, p):
    # Its forecasts by this method start from no row at all, so the coefficients alone are of use.
    fitted = models.ARIMA(order=(p, 0, 0), include_mean=True, method="CSS").fit(y).model_
    return {"phi": [float(fitted["coef"][f"ar{i + 1}"]) for i in range(p)], "mean": float(fitted["coef"]["intercept"])}


def automatic(y, m):
    choice = {}
    for name, model in [("ets", models.AutoETS), ("theta", models.AutoTheta), ("arima", models.AutoARIMA)]:
        choice[name] = short(model(season_length=m).forecast(y, h=HORIZON)["mean"])
    return choice


def entry(name, rows, m):
    y, truth = np.array(short(rows[:-HORIZON], 7)), np.array(short(rows[-HORIZON:], 7))
    positive = y.min() > 0
    forms = [*FORMS, *(SEASONAL if m > 1 else [])]
    simple = {
        "mean": models.HistoricAverage(),
        "last value": models.Naive(),
        "drift": models.RandomWalkWithDrift(),
    }
    if m > 1:
        simple["seasonal naive"] = models.SeasonalNaive(season_length=m)
    return {
        "name": name,
        "m": m,
        "y": y.tolist(),
        "truth": truth.tolist(),
        "simple": {method: of_simple(y, m, model) for method, model in simple.items()},
        "ets": [of_ets(y, m, form, damped) for form, damped in forms if positive or "M" not in form],
        "theta": [of_theta(y, m, form) for form in ("STM", "OTM", "DSTM", "DOTM")],
        "ar": [of_autoregression(y, p) for p in (1, 2, 4)] if m == 1 else [],
        "differences": int(arima.ndiffs(y, test="kpss")),
        "automatic": automatic(y, m),
    }


def demand(seed, n, chance, size):
    rng = np.random.default_rng([7, seed])
    y = np.where(rng.random(n) < chance, rng.poisson(size, n) + 1, 0).astype(float)
    fit = {
        "classic": models.CrostonClassic(),
        "optimised": models.CrostonOptimized(),
        "tsb": models.TSB(alpha_d=0.2, alpha_p=0.1),
    }
    return {"y": y.tolist(), **{name: float(model.forecast(y, h=1)["mean"][0]) for name, model in fit.items()}}


def main():
    passengers = series.read_wide(pathlib.Path(sys.argv[1]) / "airline-passengers.csv")[2][:, 0]
    entries = [entry("airline passengers", passengers, 12)]
    for i, kind in enumerate(KINDS):
        for n in (60, 144) if i % 2 else (84, 200):
            rows, m = make(kind, n + HORIZON, np.random.default_rng([11, i, n]))
            entries.append(entry(f"{kind}, {n} rows", rows, m))
            print(entries[-1]["name"], flush=True)
    demands = [demand(seed, n, chance, size) for seed, (n, chance, size) in enumerate(
        [(60, 0.3, 2), (120, 0.1, 5), (200, 0.5, 1), (90, 0.2, 20), (365, 0.05, 3), (48, 0.4, 1)]
    )]
    OUT.mkdir(parents=True, exist_ok=True)
    write("series.json", entries)
    write("demand.json", demands)


def write(name, entries):
    lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    (OUT / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    sys.exit(main())
