"""Reading tables of series and of forecasts."""

import csv
import sys

import numpy as np


def read_long(path, column="y", key="unique_id"):
    """{id: values in the file's order} of one column of a long table."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        head = next(rows)
        which, value = head.index(key), head.index(column)
        series = {}
        for row in rows:
            series.setdefault(row[which], []).append(float(row[value]))
    return {name: np.array(values) for name, values in series.items()}


def columns(path):
    with open(path, newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def read_forecast(path, truth, column="forecast"):
    """{id: forecast} as long as the truth; ends the program where a series is missing, short or not finite."""
    forecast = read_long(path, column)
    bad = [
        name
        for name, values in truth.items()
        if name not in forecast or len(forecast[name]) != len(values) or not np.isfinite(forecast[name]).all()
    ]
    if bad:
        sys.exit(f"{path}: {column}: no whole, finite forecast of {len(bad)} series, the first of them {bad[0]}")
    return forecast


def read_column(path, length, column="forecast"):
    """The forecast of a single series; ends the program where it is short or not finite."""
    with open(path, newline="", encoding="utf-8") as file:
        values = np.array([float(row[column]) for row in csv.DictReader(file)])
    if len(values) != length or not np.isfinite(values).all():
        finite = int(np.isfinite(values).sum())
        sys.exit(f"{path}: {column}: expected {length} finite values, found {finite} in {len(values)} rows")
    return values


def read_wide(path):
    """(times, channel names, values (T, C)) of a table whose first column is the time."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        names = next(rows)[1:]
        times, values = [], []
        for row in rows:
            times.append(row[0])
            values.append([float(cell) for cell in row[1:]])
    return times, names, np.array(values)


def read_rolling(path, times, names, first, horizon, windows):
    """Forecasts (windows, horizon, channels) from a rolling table.

    `first` is the row of the first window's first value. Windows outside the wanted ones are passed over; one that is
    not forecast whole ends the program.
    """
    row_of = {time: row for row, time in enumerate(times)}
    channel_of = {name: channel for channel, name in enumerate(names)}
    out = np.full((windows, horizon, len(names)), np.nan)
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        head = next(rows)
        cutoff, ds, value = head.index("cutoff"), head.index("ds"), head.index("forecast")
        channel = head.index("channel") if "channel" in head else None
        if channel is None and len(names) > 1:
            sys.exit(f'{path}: no column "channel", but {len(names)} channels to score')
        for row in rows:
            last = row_of[row[cutoff]]
            window, step = last + 1 - first, row_of.get(row[ds], -1) - last - 1
            if 0 <= window < windows and 0 <= step < horizon:
                out[window, step, 0 if channel is None else channel_of[row[channel]]] = float(row[value])
    missing = int((~np.isfinite(out)).any(axis=(1, 2)).sum())
    if missing:
        sys.exit(f"{path}: {missing} of {windows} windows are not forecast whole")
    return out
