"""The pre-trained network on the plain battery, beside the recorded forecasts of AutoETS, AutoTheta and AutoARIMA."""

import numpy as np

import plain_forecast
import plain_forecast_peers
import plain_scores
import plain_series
import prior_scores
from prior_forecast import LEVELS

# Lengths whose rows the network sees whole.
LENGTHS = [n for n in plain_series.LENGTHS if n <= 124]
AT = [int(np.flatnonzero(LEVELS == level)[0]) for level in plain_scores.LEVELS]


def body(forecast, kinds=tuple(plain_series.KINDS), lengths=LENGTHS, seeds=range(plain_series.SEEDS), peers=plain_forecast_peers.DEFAULT):
    """Tables by kind; `forecast(histories, season, horizon)` gives quantiles (N, h, 13)."""
    battery = plain_series.every(kinds, lengths, seeds)
    made_by, known = plain_forecast.matching(peers, battery)
    scored = plain_scores.rows(battery, runs(forecast, battery), known)
    return f"Total MAE by that of the best of the three in the cell ({made_by}); below 1 is better.\n\n{ratios(plain_scores.Cells(scored))}"


def runs(forecast, battery):
    """Point and five quantiles of each series, one run of the program for each season and horizon."""
    groups, made = {}, [None] * len(battery)
    for at, series in enumerate(battery):
        groups.setdefault((series.season, series.horizon), []).append(at)
    for (season, horizon), members in groups.items():
        answer = forecast([battery[at].history for at in members], season, horizon)
        for at, levels in zip(members, answer[..., AT].transpose(0, 2, 1), strict=True):
            made[at] = {"point": levels[2], "quantiles": levels, "seconds": np.nan, "failure": None}
    return made


def ratios(cells):
    """Ratios of errors, kinds by lengths; coverage and interval scores from 24 rows on."""
    head = ["kind", *map(str, cells.lengths), "mean", "knowing", "80 %", "95 %", "score 80 %", "score 95 %"]
    rows, every = [], [(kind, n) for kind in cells.kinds for n in cells.lengths]
    for name, chosen in [*[(kind, [kind]) for kind in cells.kinds], ("mean", cells.kinds)]:
        places = [place for place in every if place[0] in chosen]
        by_length = [np.mean([cells.ratio(place, "mae") for place in places if place[1] == n]) for n in cells.lengths]
        means = [np.mean(cells.ratios(places, "mae")), np.mean([cells.ratio(place, "mae", plain_scores.KNOWING) for place in places])]
        long = plain_scores.covered(places)
        intervals = [cells.pooled(long, plain_scores.GATEWISE, key) for key in ("cover80", "cover95") if long]
        intervals += [np.mean(cells.ratios(long, key)) for key in ("interval80", "interval95") if long]
        rows.append([name, *[f"{figure:.3f}" for figure in [*by_length, *means, *intervals]], *([] if long else ["–"] * 4)])
    judged = f"Mean as the record of `plain_forecast.py` counts, intermittent series by RMSSE and pinball loss: {np.mean(cells.errors(every)):.3f}."
    return f"{prior_scores.table(head, rows)}\n\n{judged}"
