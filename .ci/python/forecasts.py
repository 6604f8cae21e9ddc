"""Forecasters: every kind of loss, scale and channel."""

import datetime
import re

import numpy as np
from page import page
from trained import floats, gatewise, place, rows, same, train

HORIZON = 5


def series(rng, length, level):
    """A wave of a week on a slope."""
    t = np.arange(length)
    return level * (1 + 0.002 * t + 0.1 * np.sin(2 * np.pi * t / 7)) + rng.normal(0, 0.02 * level, length)


def table(name, columns, series_of=lambda k: None):
    """A daily table out of (R, C) arrays, each a series."""
    lines = [",".join(["date", *(["id"] if series_of(0) else []), *columns[0][0]])]
    for k, (_, values) in enumerate(columns):
        for t, row in enumerate(values):
            day = datetime.date(2021, 1, 1) + datetime.timedelta(days=t)
            own = [series_of(k)] if series_of(k) else []
            lines.append(",".join([str(day), *own, *(f"{v:.4f}" for v in row)]))
    (place / name).write_text("\n".join(lines) + "\n")


def check(what, run, data, names, values, ids=("",), known=None):
    """Holds a model's forecasts of the series `values`, each (R, C), against `gatewise predict`. `known`: covariates beyond the end too."""
    about, tensors = page.read_model(place / run / "model.safetensors")
    printed = rows(gatewise("predict", run, data))
    config = about["task"]["forecast"]
    levels = [column for column in printed[0] if column.startswith("q0")]
    assert len(levels) == len(config["quantiles"]), levels
    for id, table in zip(ids, values):
        own = [row for row in printed if not id or row["unique_id"] == id]
        for k, (point, quantiles) in enumerate(page.forecast(about, tensors, table, id, known)):
            wanted = [row for row in own if row.get("channel", names[k]) == names[k]]
            same(f"{what}, {id} {names[k]}".replace(",  ", ", "), np.column_stack([point, quantiles]), floats(wanted, "forecast", *levels))
    return about


def run():
    rng = np.random.default_rng(1)
    one = series(rng, 200, 50.0)[:, None]
    three = np.column_stack([series(rng, 200, 100.0), series(rng, 200, 9.0), rng.normal(0, 3, 200).cumsum()])
    table("one.csv", [(["sales"], one)])
    table("three.csv", [(["sales", "visits", "temp"], three)])
    many = [np.column_stack([series(rng, length, level)]) for length, level in ((120, 10.0), (90, 400.0), (33, 30.0))]
    many.append(np.full((40, 1), 8.0))
    ids = ["north", "south", "new", "flat"]
    table("many.csv", [(["y"], values) for values in many[:2]], lambda k: ids[k])
    table("more.csv", [(["y"], values) for values in many], lambda k: ids[k])
    table("short.csv", [(["sales"], one[-17:])])
    one, three, many = (np.round(one, 4), np.round(three, 4), [np.round(values, 4) for values in many])

    usual = ["--combine", "network", "--horizon", HORIZON, "--epochs", 4, "--lr", 0.02, "--hidden", 12]
    # Every cell that the binary knows, so that a new one is not left out of the page.
    cells = re.search(r"--cell <CELL>.*?\[possible\s+values:(.*?)\]", gatewise("train", "forecast", "--help"), re.S)[1]
    assert "lstm" in cells, cells
    for cell in cells.replace(",", " ").split():
        train("forecast", "one.csv", f"f-{cell}", *usual, "--cell", cell, "--lookback", 21, "--segment", 7, "--season", 7)
        check(f"{cell}, quantiles", f"f-{cell}", "one.csv", ["sales"], [one])
    # Seventeen rows: a window that is not full, whose first segment is not either.
    check("a short window", "f-lstm", "short.csv", ["sales"], [one[-17:]])
    wild = one.copy()
    wild[[0, -30, -29, -1], 0] = [9e3, -4e4, 7e4, 1e5]
    table("wild.csv", [(["sales"], wild)])
    check("values far from all others", "f-lstm", "wild.csv", ["sales"], [wild])

    plain = [*usual, "--lookback", 14, "--segment", 1, "--backtest-windows", 0]
    for loss in ("mse", "huber", "gaussian", "student-t"):
        train("forecast", "one.csv", f"f-{loss}", *plain, "--loss", loss, "--skip=false")
        about = check(loss, f"f-{loss}", "one.csv", ["sales"], [one])
        assert "combination" not in about["task"] and "skip" not in about["model"]
    train("forecast", "one.csv", "f-skip", *plain, "--loss", "gaussian", "--skip")
    assert check("gaussian, linear path", "f-skip", "one.csv", ["sales"], [one])["model"]["skip"]["all"] is False
    train("forecast", "one.csv", "f-log", *usual, "--log", "--layers", 2, "--layer-norm", "--normalize", "series", "--lookback", 21, "--segment", 3)
    check("logarithms, two layers, layer norm, scale of the series", "f-log", "one.csv", ["sales"], [one])
    train("forecast", "one.csv", "f-seeds", *usual, "--seeds", 3, "--normalize", "none", "--lookback", 14, "--segment", 7)
    check("three networks, no scale", "f-seeds", "one.csv", ["sales"], [one])

    wide = [*usual, "--target", "sales,visits", "--covariates", "temp", "--lookback", 28, "--segment", 7, "--skip"]
    for channels in ("joint", "independent"):
        train("forecast", "three.csv", f"f-{channels}", *wide, "--channels", channels)
        about = check(f"two targets and a covariate, {channels}", f"f-{channels}", "three.csv", ["sales", "visits"], [three])
        assert about["task"]["forecast"]["channels"] == channels and "combination" in about["task"]
    train("forecast", "many.csv", "f-many", *usual, "--lookback", 21, "--segment", 7)
    check("series known and new", "f-many", "more.csv", ["y"], many, ids)

    # A plan beyond the end, which multiplies; and one that adds, to a target that may be below zero.
    plan = np.column_stack([rng.random(200 + HORIZON) < 0.2, rng.random(200 + HORIZON)]).round(3)
    for what, target in (("multiplied", one[:, 0] * np.exp(0.5 * plan[:200, 0])), ("added", three[:, 2] + 30 * plan[:200, 0])):
        target = target.round(4)
        cells = [[f"{v:.4f}" for v in target], *([f"{v:.3f}" for v in column] for column in plan.T)]
        days = [datetime.date(2021, 1, 1) + datetime.timedelta(days=t) for t in range(200 + HORIZON)]
        lines = [f"{day},{cells[0][t] if t < 200 else ''},{cells[1][t]},{cells[2][t]}" for t, day in enumerate(days)]
        (place / f"{what}.csv").write_text("\n".join(["date,sales,promo,price", *lines]) + "\n")
        train("forecast", f"{what}.csv", f"f-{what}", *usual, "--target", "sales", "--future", "promo,price", "--lookback", 21, "--segment", 7)
        about = check(f"a plan, {what}", f"f-{what}", f"{what}.csv", ["sales"], [target[:, None]], known=plan)
        assert about["task"]["effects"]["targets"][0]["multiplicative"] == (what == "multiplied")

    # Missing values inside, in a row of the last window, and behind the end of a covariate.
    holed = three[:, [0, 2]].copy()
    holed[[20, 21, 22, 150, 196], 0], holed[[60, 193, 199], 1] = np.nan, np.nan
    lines = [",".join([str(datetime.date(2021, 1, 1) + datetime.timedelta(days=t)), *("" if np.isnan(v) else f"{v:.4f}" for v in row)]) for t, row in enumerate(holed)]
    (place / "holed.csv").write_text("\n".join(["date,sales,temp", *lines]) + "\n")
    train("forecast", "holed.csv", "f-holed", *usual, "--target", "sales", "--covariates", "temp", "--lookback", 21, "--segment", 7, "--skip")
    about = check("missing values", "f-holed", "holed.csv", ["sales"], [holed])
    assert about["task"]["forecast"]["mask"] and about["model"]["input"] == 28

    # Targets with limits of their own.
    limits = ["--min", "sales=100,temp=-1", "--max", "temp=1.5", "--whole", "sales"]
    train("forecast", "three.csv", "f-limits", *usual, "--target", "sales,temp", *limits, "--lookback", 21, "--segment", 7)
    check("limits", "f-limits", "three.csv", ["sales", "temp"], [three[:, [0, 2]]])

    rare = (rng.random(300) < 0.25) * rng.integers(1, 9, 300)
    table("rare.csv", [(["sold"], rare[:, None])])
    train("forecast", "rare.csv", "f-rare", *usual, "--lookback", 28, "--segment", 7)
    about = check("intermittent demand", "f-rare", "rare.csv", ["sold"], [rare[:, None].astype(float)])
    assert about["task"]["combination"]["columns"][0]["mean"] and about["task"]["forecast"]["nonnegative"]
