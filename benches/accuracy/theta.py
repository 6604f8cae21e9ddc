"""The Theta method for many series at once, with the rules of the M3 competition.

Assimakopoulos and Nikolopoulos, "The theta model", IJF 16 (2000); Hyndman and Billah, "Unmasking the Theta method", IJF 19 (2003), whose closed form of
the average of the lines of theta 0 and 2 is computed here. Seasons by classical multiplicative decomposition where the autocorrelation at the season's lag
lies beyond its 90 % limit. Figures of the competition: sMAPE 16.87 yearly, 8.96 quarterly, 13.93 monthly.
"""

import numpy as np

import metrics

# Shares by which the level may be smoothed; the one with the least squared error of a step is taken.
SHARES = np.linspace(0.05, 1, 20)
# Smallest seasonal factor that values are divided by.
LEAST_FACTOR = 0.01


def forecast(histories, season, horizon):
    """Forecasts (N, horizon) of histories of any lengths."""
    count, lengths = len(histories), np.array([len(history) for history in histories])
    factors = np.array([seasonal_factors(history, season) for history in histories])
    row = np.arange(lengths.max())
    known = row < lengths[:, None]
    values = np.zeros(known.shape)
    values[known] = np.concatenate(histories)
    values /= factors[:, row % season]

    centred = np.where(known, row - (lengths[:, None] - 1) / 2, 0)
    slope = (centred * values).sum(1) / np.square(centred).sum(1)

    level = np.repeat(values[:, :1], len(SHARES), axis=1)
    error = np.zeros_like(level)
    for at in row:
        step = np.where(known[:, at, None], values[:, at, None] - level, 0)
        error += np.square(step)
        level += SHARES * step
    best = error.argmin(1)
    level, share = level[np.arange(count), best], SHARES[best]

    ahead = np.arange(horizon)
    drift = ahead + ((1 - (1 - share) ** lengths) / share)[:, None]
    adjusted = level[:, None] + slope[:, None] / 2 * drift
    return adjusted * np.take_along_axis(factors, (lengths[:, None] + ahead) % season, 1)


def seasonal_factors(history, season):
    """Factors (season,) of a series that shows a season over two cycles and more, else ones."""
    none = np.ones(season)
    if not (history > 0).all() or not metrics.is_seasonal(history, season, cycles=2):
        return none
    factors = metrics.seasonal_index(history, season)
    return factors if (factors > LEAST_FACTOR).all() else none
