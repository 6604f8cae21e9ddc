"""Detectors: what is expected of each row that follows, with nothing learned from them."""

import datetime

import numpy as np
from page import page
from trained import floats, gatewise, place, rows, same, train

START = datetime.datetime(2023, 3, 1)


def stamp(row):
    return START + datetime.timedelta(hours=row)


def table(name, first, values, missing=(), id=None):
    """Rows of an hourly table from row `first` on; `missing` are rows without the first value."""
    lines = [",".join(["time", *(["host"] if id else []), *(f"c{c}" for c in range(values.shape[1])), "label"])]
    for t, row in enumerate(values):
        cells = [f"{v:.4f}" for v in row]
        if t in missing:
            cells[0] = ""
        lines.append(",".join([str(stamp(first + t)), *([id] if id else []), *cells, "1" if t == 3 else "0"]))
    (place / name).write_text("\n".join(lines) + "\n")
    return lines


def check(what, run, data, channels, values, first, k=0, wanted=None, expected=page.expected):
    about, tensors = page.series(*page.read_model(place / run / "model.safetensors"), k)
    gatewise("evaluate", run, data, "--label", "label", "-o", f"{run}.csv")
    printed = rows((place / f"{run}.csv").read_text())
    if wanted:
        printed = [row for row in printed if row["host"] == wanted]
    columns = ["expected"] if len(channels) == 1 else [f"expected_{c}" for c in channels]
    seconds = [(stamp(first + t) - datetime.datetime(1970, 1, 1)).total_seconds() for t in range(len(values))]
    for computed, column in zip(expected(about, tensors, values, seconds).T, columns):
        same(f"{what}, {column}", computed[:, None], floats(printed, column))
    return about


def wave(rng, rows):
    t = np.arange(rows)
    return np.round(np.column_stack([1e3 + 20 * np.sin(t * 2 * np.pi / 24) + rng.normal(0, 1, rows), rng.normal(0, 2, rows).cumsum()]), 4)


def run():
    rng = np.random.default_rng(6)
    past, coming = wave(rng, 700), wave(rng, 40)
    names = ["c0", "c1"]
    table("past.csv", 0, past, missing=[50])
    table("coming.csv", 700, coming, missing=[5, 6])
    coming[[5, 6], 0] = np.nan
    for name, flags in (("lstm", ["--cell", "lstm", "--season", 24]), ("gru", ["--cell", "gru", "--layers", 2])):
        train("detect", "past.csv", f"d-{name}", "--hidden", 8, "--target", "c0,c1", *flags)
        about = check(f"{name}, two channels", f"d-{name}", "coming.csv", names, coming, 700)
    assert about["task"]["detect"]["clock"]
    # Rows that the detector has seen do not follow them.
    past[50, 0] = np.nan
    anew = lambda about, tensors, *rows: page.expected(*page.anew(about, tensors), *rows)
    check("rows that do not follow", "d-lstm", "past.csv", names, past, 0, expected=anew)

    lines = table("a.csv", 0, past[100:400, :1], id="a") + table("b.csv", 0, past[100:400, 1:], id="b")[1:]
    (place / "hosts.csv").write_text("\n".join(lines) + "\n")
    lines = table("a.csv", 300, coming[10:30, :1], id="a") + table("b.csv", 300, coming[10:30, 1:], id="b")[1:]
    (place / "hosts-coming.csv").write_text("\n".join(lines) + "\n")
    train("detect", "hosts.csv", "d-hosts", "--hidden", 8, "--target", "c0", "--id", "host")
    for k, (host, values) in enumerate((("a", coming[10:30, :1]), ("b", coming[10:30, 1:]))):
        check(f"series {host} of two", "d-hosts", "hosts-coming.csv", ["c0"], values, 300, k, host)
