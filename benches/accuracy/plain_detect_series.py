"""Plain series and the anomalies that are put into them.

A series is noise of one of five kinds, in units of the standard deviation of its one-step innovations. What is put in is in the same units.
"""

import datetime

import numpy as np

NOISES = ["white", "autoregressive", "random walk", "hourly", "monthly"]
LENGTHS = [100, 300, 1000, 3000, 10000]
# Rows of the shortest and of the longest season.
SEASONS = {"hourly": (24, 168), "monthly": (12, 12)}
# Rows before the first anomaly, beside two seasons.
START = 60

SPIKES = [(size, rows) for size in (5, 8, 10, 30, 100) for rows in (1, 2, 5)]
# Name: (what it does, rows it lasts, rows from its start within which it is found).
KINDS = {f"spike {size} sd, {rows} row{'s' * (rows > 1)}": (("add", size), rows, rows + 1) for size, rows in SPIKES}
KINDS |= {f"dip {size} sd, {rows} row{'s' * (rows > 1)}": (("add", -size), rows, rows + 1) for size, rows in [(8, 1), (10, 5)]}
KINDS |= {f"level shift {size} sd": (("add", size), 100, 50) for size in (4, 10, 20)}
KINDS |= {
    "slope change": (("slope", 0.2), 100, 100),
    "variance change": (("widen", 4.0), 60, 60),
    "flat stretch": (("flat", 0), 25, 30),
    "missing stretch": (("missing", 0), 25, 30),
    "skipped beat": (("skip", 0), None, None),
}


def season(noise, count):
    """Rows of the longest season of which three are there; 1 where there is none."""
    return next((rows for rows in reversed(SEASONS.get(noise, ())) if count >= 3 * rows), 1)


def first(noise, count):
    """The first row that an anomaly may begin at; `None` where two seasons do not leave room for one."""
    row = max(START, 2 * max(SEASONS.get(noise, (1,))))
    return row if row + 35 <= count else None


def course(noise, count):
    """What comes round, without noise."""
    row = np.arange(count)
    if noise == "hourly":
        weekend = row // 24 % 7 >= 5
        return (8 * np.sin(2 * np.pi * row / 24) + 3 * np.sin(4 * np.pi * row / 24)) * np.where(weekend, 0.4, 1.0)
    if noise == "monthly":
        return 6 * np.sin(2 * np.pi * row / 12) + 0.05 * row
    return np.zeros(count)


def clean(noise, count, random):
    """A series of `count` rows."""
    steps = random.normal(size=count)
    if noise == "random walk":
        return np.cumsum(steps)
    if noise == "autoregressive":
        out = np.empty(count)
        last = steps[0] / np.sqrt(1 - 0.7**2)
        for row, step in enumerate(steps):
            last = out[row] = 0.7 * last + step if row else last
        return out
    return course(noise, count) + steps


def kinds(noise):
    """The kinds that a noise can have."""
    return [kind for kind in KINDS if kind != "skipped beat" or noise in SEASONS]


def put(values, noise, kind, at, until, random):
    """Puts an anomaly in at row `at`, to last to `until` where nothing ends it before; returns the rows within which it is found."""
    (what, size), rows, within = KINDS[kind]
    rows = SEASONS[noise][0] if kind == "skipped beat" else rows or until - at
    end = min(at + rows, until)
    part = slice(at, end)
    if what == "add":
        values[part] += size
    elif what == "slope":
        values[part] += size * np.arange(end - at)
    elif what == "widen":
        values[part] += random.normal(0, size, end - at)
    elif what == "flat":
        values[part] = values[at]
    elif what == "missing":
        values[part] = np.nan
    else:
        usual = course(noise, until)
        values[part] += usual.mean() - usual[part]
    return at, min(at + (within or rows), until)


def times(noise, count):
    """Texts of the rows' times."""
    start = datetime.datetime(2023, 1, 2)
    if noise == "monthly":
        return [f"{1000 + month // 12}-{month % 12 + 1:02}-01" for month in range(count)]
    step = datetime.timedelta(hours=1) if noise == "hourly" else datetime.timedelta(minutes=1)
    return [f"{start + row * step:%Y-%m-%d %H:%M:%S}" for row in range(count)]


def write(path, values, noise, timed):
    """Writes a table of the values, with or without a time column."""
    cells = ["NA" if np.isnan(value) else f"{value + 50:.4f}" for value in values]
    if timed:
        cells = [f"{time},{cell}" for time, cell in zip(times(noise, len(values)), cells, strict=True)]
    path.write_text("\n".join(["time,value" if timed else "value", *cells]) + "\n")
