"""Forecasters: every cell, loss, scale and channel on the sample's passengers."""

import numpy as np
from trained import floats, gatewise, place, rows, train

from .graphs import AIRLINE, Graph, cells, close, passengers

HORIZON = 5


def check(what, run, data, values, channels=None, ids=(None,), numbers=None, more=None):
    """Holds the forecasts of series, (R, C) each and of one length, against `gatewise predict`."""
    graph = Graph(run)
    printed = rows(gatewise("predict", run, data))
    levels = [column for column in printed[0] if column.startswith("q0")]
    given = {**(more or {}), **({} if numbers is None else {"series": numbers})}
    answers = graph(rows=np.stack(values), **given)
    for k, id in enumerate(ids):
        own = [row for row in printed if id is None or row["unique_id"] == id]
        for target, channel in enumerate(channels or [None]):
            wanted = [row for row in own if channel is None or row["channel"] == channel]
            found = [answers["point"][k, :, target, None], *([answers["quantiles"][k, :, target]] if levels else [])]
            close(", ".join(filter(None, [what, id, channel])), np.concatenate(found, 1), floats(wanted, "forecast", *levels))
    return graph


def write(name, columns, **more):
    """A monthly table of the sample's times; `more` are columns of texts."""
    months, _ = passengers()
    heads = ["month", *more, *columns]
    length = len(next(iter(columns.values())))
    lines = [[*months[-length:][t : t + 1], *(text for text in more.values()), *(repr(float(column[t])) for column in columns.values())] for t in range(length)]
    (place / name).write_text("\n".join(",".join(line) for line in [heads, *lines]) + "\n")


def run():
    months, sold = passengers()
    (place / "airline.csv").write_bytes(AIRLINE.read_bytes())
    one = sold[:, None]
    usual = ["--combine", "network", "--horizon", HORIZON, "--epochs", 3, "--lr", 0.02, "--hidden", 8]
    segments = ["--lookback", 24, "--segment", 6, "--season", 12]
    for cell in cells():
        train("forecast", "airline.csv", f"f-{cell}", *usual, *segments, "--cell", cell)
        graph = check(f"{cell}, calibrated quantiles", f"f-{cell}", "airline.csv", [one])
        assert graph.json("calibrated") and graph.json("targets") == ["Passengers"] and graph.json("horizon") == HORIZON, graph.about
    # Fewer rows than the window: its first segment is not full, and the linear path reads zeros before it.
    (place / "short.csv").write_text("Month,Passengers\n" + "".join(f"{m},{v}\n" for m, v in zip(months[-15:], sold[-15:])))
    check("a window that is not full", "f-lstm", "short.csv", [one[-15:]])

    # Several windows at once, each as the table would be that ends with it.
    graph, windows = Graph("f-gru"), np.stack([one[k : k + 60] for k in (0, 30, 60)])
    together = graph(rows=windows)
    for k, window in enumerate(windows):
        (place / "part.csv").write_text("Month,Passengers\n" + "".join(f"{m},{v}\n" for m, v in zip(months, window[:, 0])))
        printed = floats(rows(gatewise("predict", "f-gru", "part.csv")), "forecast")
        close(f"window {k + 1} of a batch", together["point"][k], printed)

    plain = [*usual, "--lookback", 14, "--segment", 1]
    for loss in ("mse", "mae", "huber", "gaussian", "student-t"):
        train("forecast", "airline.csv", f"f-{loss}", *plain, "--loss", loss, "--skip=false", "--backtest-windows", 0)
        check(loss, f"f-{loss}", "airline.csv", [one])
    train("forecast", "airline.csv", "f-path", *plain, "--loss", "gaussian", "--skip")
    check("gaussian, linear path, calibrated", "f-path", "airline.csv", [one])
    train("forecast", "airline.csv", "f-log", *usual, "--log", "--layers", 2, "--layer-norm", "--normalize", "series", "--lookback", 24, "--segment", 3)
    check("logarithms, two layers, layer norm, scale of the series", "f-log", "airline.csv", [one])
    train("forecast", "airline.csv", "f-seeds", *usual, "--seeds", 2, "--normalize", "none", "--lookback", 14, "--segment", 7)
    check("two networks, no scale", "f-seeds", "airline.csv", [one])

    # Passengers, their change and their yearly mean as columns.
    change = np.diff(sold, prepend=sold[0])
    year = np.convolve(sold, np.ones(12) / 12)[: len(sold)]
    wide = np.column_stack([sold, year, change])
    write("wide.csv", {"sold": sold, "year": year, "change": change})
    flags = [*usual, "--target", "sold,year", "--covariates", "change", "--lookback", 24, "--segment", 6, "--skip"]
    for channels in ("joint", "independent"):
        train("forecast", "wide.csv", f"f-{channels}", *flags, "--channels", channels)
        check(f"two targets and a covariate, {channels}", f"f-{channels}", "wide.csv", [wide], ["sold", "year"])

    # Two parts of the years as series, and a third that the model does not know.
    parts = {"early": sold[:48], "middle": sold[48:96], "late": sold[96:]}
    def long(name, which):
        lines = [f"{months[t]},{id},{v}" for id in which for t, v in enumerate(parts[id])]
        (place / name).write_text("\n".join(["ds,unique_id,y", *lines]) + "\n")
    long("two.csv", ["early", "late"])
    long("three.csv", ["early", "middle", "late"])
    for normalize in ("window", "series"):
        train("forecast", "two.csv", f"f-many-{normalize}", *usual, "--lookback", 24, "--segment", 6, "--normalize", normalize)
        values = [part[:, None] for part in parts.values()]
        check(f"series known and new, scale of the {normalize}", f"f-many-{normalize}", "three.csv", values, ids=list(parts), numbers=[0, -1, 1])

    # A plan that is known of the rows ahead too, by which the passengers are more or as many again: of one series, and of one that the model does not know.
    plan = np.where(np.arange(len(sold) + HORIZON) * 7 % 11 < 3, 1.0, 0.0)
    ahead = [f"1961-{k + 1:02}" for k in range(HORIZON)]
    def planned(name, values, ids=("",)):
        lines = []
        for id, own in zip(ids, values):
            times = [*months[: len(own)], *ahead] if len(own) == len(months) else months[: len(own) + HORIZON]
            cells = [*map(repr, map(float, own)), *[""] * HORIZON]
            lines += [",".join([month, *([id] if id else []), cell, str(int(known))]) for month, cell, known in zip(times, cells, plan)]
        (place / name).write_text("\n".join([",".join(["month", *(["unique_id"] if ids[0] else []), "sold", "plan"]), *lines]) + "\n")
    for kind, moved in (("times", sold * (1 + 0.4 * plan[: len(sold)])), ("plus", np.arange(len(sold)) % 7 + 40 * plan[: len(sold)] - 20)):
        planned(f"{kind}.csv", [moved])
        train("forecast", f"{kind}.csv", f"f-{kind}", *usual, *segments[:4], "--target", "sold", "--future", "plan")
        known = {"known": plan[None, :, None]}
        graph = check(f"a plan that is known ahead, {kind}", f"f-{kind}", f"{kind}.csv", [moved[:, None]], more=known)
        assert graph.json("known") == ["plan"]
        planned(f"{kind}-two.csv", [moved[:60], moved[:60] * 2], ["a", "b"])
        planned(f"{kind}-new.csv", [moved[:60] * 3, moved[:60] * 2], ["c", "b"])
        train("forecast", f"{kind}-two.csv", f"f-{kind}-two", *usual, *segments[:4], "--target", "sold", "--future", "plan")
        values, known = [moved[:60, None] * 3, moved[:60, None] * 2], {"known": np.stack([plan[:65, None]] * 2)}
        check(f"of several series, {kind}", f"f-{kind}-two", f"{kind}-new.csv", values, ids=["c", "b"], numbers=[-1, 1], more=known)

    # Many zeros: the point is the mean, and nothing is below zero.
    rare = np.where(np.arange(len(sold)) % 4 == 0, sold - sold.min(), 0.0)
    write("rare.csv", {"sold": rare})
    train("forecast", "rare.csv", "f-rare", *usual, "--lookback", 24, "--segment", 6)
    check("intermittent demand", "f-rare", "rare.csv", [rare[:, None]])

    # Where others answer beside the network, the graph has the network's own part and says so.
    train("forecast", "airline.csv", "f-mixed", *usual[2:], *segments)
    mixed = Graph("f-mixed")
    assert not mixed.json("calibrated") and "is exported whole" in mixed.told["left_out"][0] and not mixed.told["whole"], mixed.told
    assert np.isfinite(mixed(rows=[one])["point"]).all()
