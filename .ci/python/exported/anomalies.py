"""Detectors: what is expected of each row that follows, with nothing learned from them."""

import datetime

import numpy as np
from trained import floats, gatewise, place, rows, train

from .graphs import Graph, close, passengers

START = datetime.datetime(2023, 3, 1)


def stamp(row):
    return START + datetime.timedelta(hours=row)


def table(name, first, values, missing=(), id=None, append=False):
    """Rows of an hourly table from row `first` on; `missing` are rows without the first value."""
    lines = [] if append else [",".join(["time", *(["host"] if id else []), *(f"c{c}" for c in range(values.shape[1])), "label"])]
    for t, row in enumerate(values):
        cells = [repr(float(v)) for v in row]
        if t in missing:
            cells[0] = ""
        lines.append(",".join([str(stamp(first + t)), *([id] if id else []), *cells, "1" if t == 3 else "0"]))
    with (place / name).open("a" if append else "w") as file:
        file.write("\n".join(lines) + "\n")


def seconds(first, count):
    return [[int((stamp(first + t) - datetime.datetime(1970, 1, 1)).total_seconds()) for t in range(count)]]


def surprise(graph, values, answer):
    """How improbable values were, from the distributions that were expected."""
    origin, center, spread = (np.array([scale[key] for scale in graph.json("scales")]) for key in ("origin", "center", "spread"))
    squashed = np.arcsinh((values - origin - center) / spread)[..., None]
    weight, location, scale = (answer[name][0].astype(np.float64) for name in ("weight", "location", "scale"))
    tail = (weight * 2 / (1 + np.exp(np.abs(squashed - location) / scale))).sum(-1)
    known = ~np.isnan(values)
    close("how improbable the values were", answer["surprise"][0][known], -np.log(tail[known]))


def check(what, run, data, values, first, *flags, anew=False, wanted=None):
    graph = Graph(run, *flags)
    gatewise("evaluate", run, data, "--label", "label", "-o", f"{run}.csv")
    printed = [row for row in rows((place / f"{run}.csv").read_text()) if wanted is None or row["host"] == wanted]
    names = graph.json("columns")
    shapes = {port["name"]: [int(n) if n.isdigit() else 1 for n in port["shape"]] for port in graph.told["inputs"]}
    given = {name: np.zeros(shapes[name]) for name in ("h0", "c0", "history") if anew and name in shapes}
    if "seconds" in shapes:
        given["seconds"] = seconds(first, len(values))
    whole = graph(rows=values[None], **given)
    columns = ["expected"] if len(names) == 1 else [f"expected_{name}" for name in names]
    for c, column in enumerate(columns):
        close(f"{what}, {column}", whole["expected"][0, :, c], floats(printed, column)[:, 0])
    assert np.isnan(whole["surprise"][0][np.isnan(values)]).all() and np.isfinite(whole["surprise"][0][~np.isnan(values)]).all()
    surprise(graph, values, whole)

    # Row by row, from the states and rows of the call before.
    found = []
    for t in range(len(values)):
        if "seconds" in shapes:
            given["seconds"] = seconds(first + t, 1)
        answer = graph(rows=values[None, t : t + 1], **given)
        found.append(answer["expected"][0, 0])
        given = {first: answer[last] for first, last in (("h0", "hn"), ("c0", "cn"), ("history", "history_n")) if last in answer}
    close(f"{what}, row by row", np.array(found), whole["expected"][0])


def run():
    _, sold = passengers()
    values = np.column_stack([np.tile(sold, 5), np.tile(np.diff(sold, prepend=sold[0]), 5)])
    past, coming = values[:680], values[680:].copy()
    table("past.csv", 0, past, missing=[50])
    table("coming.csv", 680, coming, missing=[5, 6])
    coming[[5, 6], 0] = np.nan
    usual = ["--hidden", 6, "--target", "c0,c1"]
    for name, flags in (("lstm", ["--cell", "lstm", "--season", 24]), ("gru", ["--cell", "gru", "--layers", 2]), ("minlstm", ["--cell", "minlstm"])):
        train("detect", "past.csv", f"d-{name}", *usual, *flags)
        check(f"{name}, two channels", f"d-{name}", "coming.csv", coming, 680)
    # Rows that the detector has seen do not follow them.
    seen = past.copy()
    seen[50, 0] = np.nan
    check("rows that do not follow", "d-lstm", "past.csv", seen, 0, anew=True)

    table("hosts.csv", 0, past[100:400, :1], id="a")
    table("hosts.csv", 0, past[100:400, 1:], id="b", append=True)
    table("hosts-coming.csv", 300, values[20:40, :1], id="a")
    table("hosts-coming.csv", 300, values[20:40, 1:], id="b", append=True)
    train("detect", "hosts.csv", "d-hosts", "--hidden", 6, "--target", "c0", "--id", "host")
    for host, own in (("a", values[20:40, :1]), ("b", values[20:40, 1:])):
        check(f"series {host} of two", "d-hosts", "hosts-coming.csv", own, 300, "--series", host, wanted=host)
