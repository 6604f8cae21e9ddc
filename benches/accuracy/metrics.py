"""Forecast metrics by their published definitions, and the simple methods they are read against.

M4: Makridakis, Spiliotis, Assimakopoulos, "The M4 Competition", IJF 36 (2020), section 2 and appendix A.
"""

import numpy as np

# One-sided 90 % point of the normal distribution, as the competition's seasonality test uses it.
SEASONALITY_T = 1.645


def smape(truth, forecast):
    """Symmetric mean absolute percentage error, 0 to 200; a pair of zeros counts as no error."""
    size = np.abs(truth) + np.abs(forecast)
    ratio = np.divide(np.abs(truth - forecast), size, out=np.zeros_like(size), where=size > 0)
    return 200 * ratio.mean()


def mape(truth, forecast):
    return 100 * np.abs((truth - forecast) / truth).mean()


def mae(truth, forecast):
    return np.abs(truth - forecast).mean()


def rmse(truth, forecast):
    return np.sqrt(np.square(truth - forecast).mean())


def seasonal_scale(history, season):
    """Mean absolute error of the seasonal naive method inside the history: MASE's denominator."""
    return np.abs(history[season:] - history[:-season]).mean()


def mase(truth, forecast, history, season):
    return mae(truth, forecast) / seasonal_scale(history, season)


def msis(truth, low, high, history, season, level=0.95):
    """Mean scaled interval score: width, plus 2 / (1 - level) times every miss."""
    penalty = 2 / (1 - level)
    below, above = np.maximum(low - truth, 0), np.maximum(truth - high, 0)
    return (high - low + penalty * (below + above)).mean() / seasonal_scale(history, season)


def coverage(truth, low, high):
    return ((truth >= low) & (truth <= high)).mean()


def naive(history, horizon):
    """The last value, repeated."""
    return np.full(horizon, history[-1])


def seasonal_naive(history, horizon, season):
    """The last season, repeated."""
    return np.resize(history[-season:], horizon)


def naive2(history, horizon, season):
    """Naive on the seasonally adjusted series where a test finds a season, else naive."""
    if not is_seasonal(history, season):
        return naive(history, horizon)
    index = seasonal_index(history, season)
    phase = np.arange(len(history) + horizon) % season
    return history[-1] / index[phase[len(history) - 1]] * index[phase[len(history) :]]


def is_seasonal(history, season, cycles=3):
    """Autocorrelation at the season's lag beyond its 90 % limit (Bartlett's formula), in a history of so many cycles."""
    n = len(history)
    if season < 2 or n < cycles * season or np.ptp(history) == 0:
        return False
    centred = history - history.mean()
    r = np.array([centred[k:] @ centred[: n - k] for k in range(season + 1)]) / (centred @ centred)
    limit = SEASONALITY_T / np.sqrt(n) * np.sqrt(1 + 2 * np.square(r[1:season]).sum())
    return abs(r[season]) > limit


def seasonal_index(history, season):
    """Classical multiplicative decomposition: one factor a phase, mean 1, phase 0 at the first value."""
    weights = np.ones(season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    trend = np.convolve(history, weights / weights.sum(), mode="valid")
    start = len(weights) // 2
    ratio = history[start : start + len(trend)] / trend
    phase = np.arange(start, start + len(trend)) % season
    index = np.array([ratio[phase == p].mean() for p in range(season)])
    return index / index.mean()
