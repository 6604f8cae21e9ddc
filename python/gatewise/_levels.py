"""Quantiles at levels that a model does not say."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

from .errors import SettingError


def known(forecast: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The levels of a forecast, rising, and its quantiles, (…, levels), out of its columns.

    Raises SettingError for a forecast without two levels: its loss says nothing of how sure it is.
    """
    names = [name for name in forecast if name.startswith("q0.")]
    if len(names) < 2:
        error = SettingError("the forecast has no intervals: the model says fewer than two quantiles")
        error.setting = "quantiles"
        error.remedy = "quantiles=[0.1, 0.5, 0.9], and the loss that is usual"
        raise error
    return np.array([float(name[1:]) for name in names]), np.stack([forecast[name] for name in names], axis=-1)


def at(levels: np.ndarray, quantiles: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Quantiles at `wanted` levels, (…, wanted), out of those at `levels`, (…, levels).

    Between two levels, and beyond the outermost two, they go on in a straight line over the quantiles of a normal distribution, so that a
    normal forecast is exact. A quantile never falls with its level.
    """
    normal = np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])
    z, points = np.asarray(normal(levels)), np.asarray(normal(wanted))
    right: np.ndarray = np.clip(np.asarray(np.searchsorted(z, points)), 1, len(z) - 1)
    share = (points - z[right - 1]) / (z[right] - z[right - 1])
    ordered = np.maximum.accumulate(np.asarray(quantiles, dtype=np.float64), axis=-1)
    places = np.broadcast_to(right, (*ordered.shape[:-1], right.shape[-1]))
    low, high = (np.take_along_axis(ordered, place, axis=-1) for place in (places - 1, places))
    found: np.ndarray = low + share * (high - low)
    return found
