"""The pre-trained network through the command line: the one place that knows its flags and columns."""

import csv
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

LEVELS = np.array([0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975])
MIDDLE = 6
MODEL = "prior"
ID, TIME, VALUE = "series", "time", "value"
# Columns of the answer: its name of a series, and those of the levels.
ANSWER_ID, ANSWER_LEVELS = "unique_id", [f"q{level}" for level in LEVELS.tolist()]


def command(binary, table, out, season, horizon, weights=None):
    """Words of one run on a table as `write` makes it."""
    data = ["--id", ID, "--time", TIME, "--target", VALUE]
    asked = ["--horizon", horizon, "--season", season, "--quantiles", ",".join(map(str, LEVELS.tolist()))]
    return [str(word) for word in [binary, "predict", weights or MODEL, table, *data, *asked, "-o", out, "--quiet"]]


def forecast(binary, series, season, horizon, weights=None):
    """Quantiles (series, horizon, 13) at LEVELS of a list of histories."""
    with tempfile.TemporaryDirectory() as work:
        table, out = (pathlib.Path(work) / name for name in ("data.csv", "forecast.csv"))
        write(table, series)
        run(command(binary, table, out, season, horizon, weights))
        return read(out, len(series), horizon)


def run(words):
    """One run; ends the program with what it said where it fails."""
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\nended with status {done.returncode}: {done.stderr.strip()[:1000]}")


def write(path, series):
    """Histories as a long table: series numbered from 0, rows from 1."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{ID},{TIME},{VALUE}\n")
        for number, values in enumerate(series):
            file.writelines(f"s{number},{row},{value!r}\n" for row, value in enumerate(values.tolist(), 1))


def read(path, count, horizon):
    """Quantiles (count, horizon, 13) of the answer; ends the program where they are not whole and finite."""
    rows_of = {f"s{number}": [] for number in range(count)}
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        head = next(rows)
        if missing := [name for name in [ANSWER_ID, *ANSWER_LEVELS] if name not in head]:
            sys.exit(f"{path}: no column {', '.join(missing)} among {', '.join(head)}")
        name, levels = head.index(ANSWER_ID), [head.index(level) for level in ANSWER_LEVELS]
        for row in rows:
            rows_of[row[name]].append([float(row[level]) for level in levels])
    bad = [name for name, rows in rows_of.items() if len(rows) != horizon or not np.isfinite(rows).all()]
    if bad:
        sys.exit(f"{path}: no whole, finite forecast of {len(bad)} of {count} series, the first of them {bad[0]}")
    return np.array(list(rows_of.values()))
