"""Scores of forecasts of plain series, and the tables of them by kind and by length.

Interval score: Gneiting and Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation", JASA 102 (2007), section 6.2. RMSSE and the scaled
pinball loss as in the M5 competition: over the root mean square and the mean absolute change from row to row of the past.
"""

import numpy as np

import metrics
from plain_forecast_peers import INTERMITTENT, METHODS

GATEWISE, KNOWING = "gatewise", "knowing"
LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
# Fewest rows from which coverage is pooled.
COVERED_FROM = 24
# Half-widths in deviations of a normal distribution's 95 % and 80 % intervals.
NORMAL = (1.959964, 1.281552)


def rows(battery, runs, known):
    """A dictionary of scores for every series and method."""
    scored = []
    for series, run, methods in zip(battery, runs, known, strict=True):
        forecasts = {GATEWISE: (run["point"], run["quantiles"])}
        for method, (_, point, (low95, low80, high80, high95)) in methods.items():
            forecasts[method] = point, np.array([low95, low80, point, high80, high95])
        spread = series.sd * np.array([-NORMAL[0], -NORMAL[1], 0, NORMAL[1], NORMAL[0]])[:, None]
        forecasts[KNOWING] = series.mean, series.mean + spread
        for method, forecast in forecasts.items():
            told = {"seconds": run["seconds"], "failure": run["failure"] or ""} if method == GATEWISE else {"seconds": np.nan, "failure": ""}
            head = {"kind": series.kind, "n": series.n, "seed": series.seed, "method": method}
            scored.append(head | score(series, *forecast) | told)
    return scored


def score(series, point, quantiles):
    """Errors, coverage and interval scores of one forecast; `quantiles` (5, h) at LEVELS."""
    truth, unit, change = series.future, series.unit, np.diff(series.history)
    low95, low80, _, high80, high95 = quantiles
    above = truth - quantiles
    pinball = np.maximum(LEVELS[:, None] * above, (LEVELS[:, None] - 1) * above).mean()
    return {
        "mae": metrics.mae(truth, point) / unit,
        "plain": metrics.mae(truth, point),
        "rmsse": metrics.rmse(truth, point) / np.sqrt(np.square(change).mean()),
        "pinball": pinball / np.abs(change).mean(),
        "cover95": metrics.coverage(truth, low95, high95),
        "cover80": metrics.coverage(truth, low80, high80),
        "interval95": interval_score(truth, low95, high95, 0.95) / unit,
        "interval80": interval_score(truth, low80, high80, 0.80) / unit,
    }


def interval_score(truth, low, high, level):
    """Mean width, plus 2 / (1 - level) times every miss."""
    misses = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return (high - low + 2 / (1 - level) * misses).mean()


class Cells:
    """Scores by (kind, length, method): arrays over the seeds."""

    def __init__(self, scored):
        self.kinds = list(dict.fromkeys(row["kind"] for row in scored))
        self.lengths = list(dict.fromkeys(row["n"] for row in scored))
        self.cells = {}
        for row in scored:
            self.cells.setdefault((row["kind"], row["n"], row["method"]), []).append(row)

    def values(self, kind, n, method, key):
        return np.array([row[key] for row in self.cells[kind, n, method]])

    def pooled(self, places, method, key):
        """Mean over all series of several (kind, length)."""
        return float(np.mean(np.concatenate([self.values(*place, method, key) for place in places])))

    def ratio(self, place, key, method=GATEWISE):
        """Total of a method by that of the peer whose total is lowest in the cell."""
        best = min(self.values(*place, peer, key).sum() for peer in METHODS)
        return float(self.values(*place, method, key).sum() / best)

    def ratios(self, places, key):
        return [self.ratio(place, key) for place in places]

    def errors(self, places):
        """Ratios of the errors a kind is judged by."""
        return [self.ratio(place, key) for place in places for key in judged(place[0])]


def judged(kind):
    """The errors a kind is judged by."""
    return ["rmsse", "pinball"] if kind == "intermittent" else ["mae"]


def body(scored):
    """The tables of a record."""
    cells = Cells(scored)
    places = [(kind, n) for kind in cells.kinds for n in cells.lengths]
    of_kind = {kind: [place for place in places if place[0] == kind] for kind in cells.kinds}
    of_length = {n: [place for place in places if place[1] == n] for n in cells.lengths}
    parts = [
        "Error by that of the best of AutoETS, AutoTheta and AutoARIMA in the cell, below 1 is better; `knowing`: the same of one who knows the process.",
        error_table(cells, of_kind, of_length),
        "Intervals by kind, from 24 rows on: coverage, its lowest single cell, and the interval score by that of the best of the three in the cell.",
        interval_table(cells, {kind: covered(own) for kind, own in of_kind.items()}),
        "Intervals by length.",
        interval_table(cells, {f"{n} rows": own for n, own in of_length.items()}),
        short(cells, places, of_kind, of_length),
    ]
    return "\n\n".join(part for part in parts if part)


def covered(places):
    return [place for place in places if place[1] >= COVERED_FROM]


def error_table(cells, of_kind, of_length):
    """Ratios of errors, kinds by lengths, with the means."""
    lines = ["| kind | " + " | ".join(map(str, cells.lengths)) + " | mean | plain MAE | `knowing` |", "|---|" + "--:|" * (len(cells.lengths) + 3)]
    for kind, places in of_kind.items():
        for key in judged(kind):
            ratios = cells.ratios(places, key)
            plain = f"{np.mean(cells.ratios(places, 'plain')):.2f}" if key == "mae" else "–"
            knowing = f"{np.mean([cells.ratio(place, key, KNOWING) for place in places]):.2f}" if key != "pinball" else "–"
            name = kind if key == "mae" else f"{kind}, {'RMSSE' if key == 'rmsse' else key}"
            lines.append(f"| {name} | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + f" | {np.mean(ratios):.2f} | {plain} | {knowing} |")
    means = [np.mean(cells.errors(places)) for places in of_length.values()]
    everything = [ratio for places in of_kind.values() for ratio in cells.errors(places)]
    lines.append("| mean | " + " | ".join(f"{mean:.2f}" for mean in means) + f" | {np.mean(everything):.2f} | – | – |")
    return "\n".join(lines)


def interval_table(cells, groups):
    """Coverage and interval scores of groups of cells."""
    groups = {name: places for name, places in groups.items() if places}
    if not groups:
        return ""
    titles = ["95 %", "lowest cell", "80 %", "lowest cell", "score 95 %", "score 80 %", *[f"{method} 95 % / 80 %" for method in METHODS]]
    lines = ["| | " + " | ".join(titles) + " |", "|---|" + "--:|" * len(titles)]
    for name, places in groups.items():
        line = []
        for key in ("cover95", "cover80"):
            line += [cells.pooled(places, GATEWISE, key), min(cells.pooled([place], GATEWISE, key) for place in places)]
        line += [np.mean(cells.ratios(places, key)) for key in ("interval95", "interval80")]
        both = [" / ".join(f"{cells.pooled(places, method, key):.3f}" for key in ("cover95", "cover80")) for method in METHODS]
        lines.append(f"| {name} | " + " | ".join([*[f"{value:.3f}" for value in line], *both]) + " |")
    return "\n".join(lines)


def short(cells, places, of_kind, of_length):
    """The figures a reader looks for first, and what failed."""
    by_kind = {kind: np.mean(cells.errors(own)) for kind, own in of_kind.items()}
    worst = max(by_kind, key=by_kind.get)
    everything = [ratio for own in of_kind.values() for ratio in cells.errors(own)]
    lines = [f"- error: mean {np.mean(everything):.3f} of the best of three; the highest kind {worst} at {by_kind[worst]:.3f}"]
    long = covered(places)
    for key, name in (("cover95", "95 %"), ("cover80", "80 %")) if long else ():
        groups = {kind: covered(own) for kind, own in of_kind.items()} | {f"{n} rows": covered(own) for n, own in of_length.items()}
        pooled = {group: cells.pooled(own, GATEWISE, key) for group, own in groups.items() if own}
        least, most = min(pooled, key=pooled.get), max(pooled, key=pooled.get)
        cell = min(long, key=lambda place: cells.pooled([place], GATEWISE, key))
        lowest = cells.pooled([cell], GATEWISE, key)
        span = f"pooled by kind and by length {pooled[least]:.3f} ({least}) to {pooled[most]:.3f} ({most})"
        mean = cells.pooled(long, GATEWISE, key)
        lines.append(f"- coverage of {name} from 24 rows: mean {mean:.3f}; {span}; lowest cell {lowest:.3f} ({cell[0]}, {cell[1]} rows)")
    for place in [place for place in places if place[0] == "intermittent"]:
        figures = [f"{method} {cells.ratio(place, 'rmsse', method):.2f}" for method in INTERMITTENT]
        lines.append(f"- intermittent, {place[1]} rows, RMSSE by the best of the three: {', '.join(figures)}, gatewise {cells.ratio(place, 'rmsse'):.2f}")
    own = [row for place in places for row in cells.cells[*place, GATEWISE]]
    failed = [row for row in own if row["failure"]]
    lines.append(f"- failed: {len(failed)} of {len(own)} runs")
    for failure in list(dict.fromkeys(row["failure"] for row in failed))[:8]:
        same = [row for row in failed if row["failure"] == failure]
        lines.append(f"  - {len(same)} times, first {same[0]['kind']}-{same[0]['n']}-{same[0]['seed']}: {failure}")
    return "\n".join(lines)
