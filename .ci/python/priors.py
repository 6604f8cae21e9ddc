"""Priors: a small one, on series of every sort."""

import numpy as np
from page import page
from trained import floats, gatewise, place, rows, same

HORIZON = 20


def run():
    rng = np.random.default_rng(4)
    gatewise("train", "prior", "-q", "-o", "prior", "--series", 8192, "--hidden", 24, "--seed", 3, "--widths", "1.1,1.2,0.9")
    about, tensors = page.read_model(place / "prior" / "prior.safetensors")
    t = np.arange(300)
    wave = lambda m: np.sin(2 * np.pi * t / m)
    cases = {
        "a walk": (rng.normal(0, 1, 50).cumsum(), 1, 1),
        "five rows": (np.array([3.0, 5.0, 4.0, 7.0, 6.0]), 12, 1),
        "a season and a trend": ((100 + 0.5 * t + 8 * wave(12) + rng.normal(0, 2, 300))[:90], 12, 1),
        "growth by ratios": ((50 * np.exp(0.01 * t + 0.2 * wave(4)) * rng.lognormal(0, 0.03, 300))[:61], 4, 1),
        "less than two cycles": ((9 * wave(24) + rng.normal(0, 1, 300))[:40], 24, 1),
        "two seasons, longer than the context": (20 + 5 * wave(7) + 3 * wave(91) + rng.normal(0, 1, 300), 7, 91),
        "an odd season": ((5 * wave(5) + rng.normal(0, 1, 300))[:33], 5, 1),
    }
    for name, (values, season, longer) in cases.items():
        values = np.round(values, 6)
        (place / "series.csv").write_text("y\n" + "\n".join(map(repr, values.tolist())) + "\n")
        seasons = f"{season},{longer}" if longer > 1 else season
        levels = ",".join(map(str, page.LEVELS.tolist()))
        out = gatewise("predict", "prior/prior.safetensors", "series.csv", "--horizon", HORIZON, "--season", seasons, "--quantiles", levels, "-q")
        printed = rows(out)
        columns = [column for column in printed[0] if column.startswith("q0")]
        found = page.prior_forecast(about, tensors, values, HORIZON, season, longer)
        if values.min() >= 0:
            found = np.maximum(found, 0.0)
        same(name, found, floats(printed, *columns))
