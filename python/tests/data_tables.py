"""Tables with what is odd in them."""

import numpy as np
import pytest

pd = pytest.importorskip("pandas")


def waves(rows=900, channels=1, seed=0):
    t = np.arange(rows)[:, None]
    noise = np.random.default_rng(seed).normal(size=(rows, channels))
    return np.round(20 + 5 * np.sin(2 * np.pi * t / 24 + np.arange(channels)) + 0.3 * noise, 3)


def hours(rows=900, odd=700):
    """Hours with one value that is far off."""
    values = waves(rows)[:, 0]
    values[odd] += 25
    return pd.DataFrame({"time": pd.date_range("2024-01-01", periods=rows, freq="h"), "load": values})


def fleet(rows=500):
    """Two devices whose rows are mixed, with a state, a counter and cells that are missing."""
    t = np.arange(rows)
    frames = []
    for k, name in enumerate(["a", "b"]):
        mode = np.where(t // 25 % 2 == 0, "RUN", "IDLE").astype(object)
        mode[4 * rows // 5] = "FAULT" if name == "b" else mode[4 * rows // 5]
        values = waves(rows, 2, k)
        values[rows // 2 : rows // 2 + 6, 0] = np.nan
        times = pd.date_range("2024-01-01", periods=rows, freq="min")
        own = {"time": times, "device": name, "flow": values[:, 0], "heat": values[:, 1], "total": 3 * (t % 170), "mode": mode}
        frames.append(pd.DataFrame(own))
    return pd.concat(frames).sort_values(["time", "device"], kind="stable").reset_index(drop=True)
