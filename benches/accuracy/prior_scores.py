"""Scores of the pre-trained network on a part, and the tables of them."""

import numpy as np

import metrics
import theta
from prior_forecast import LEVELS, MIDDLE

NAIVE, THETA, NETWORK, AVERAGE = METHODS = ["naive", "Theta", "network", "average"]
# Steps ahead, the first counted 1, that are told apart in coverage and widths.
GROUPS = {"1–6": (0, 6), "7–18": (6, 18), "19–48": (18, 48)}
# Places in LEVELS of the lower and upper ends of intervals.
ENDS = {80: (2, 10), 95: (0, 12)}


def score(part, quantiles):
    """Figures of one part; `quantiles` (N, h, 13) at LEVELS, whose middle is the network's point."""
    truth, scale = part.futures, part.scales
    points = {
        NAIVE: naive(part),
        THETA: theta.forecast(part.histories, part.season, part.horizon),
        NETWORK: quantiles[..., MIDDLE],
    }
    points[AVERAGE] = (points[THETA] + points[NETWORK]) / 2
    errors = {method: np.abs(truth - point).mean(1) for method, point in points.items()}
    mase = {method: float((error / scale).mean()) for method, error in errors.items()}
    return {
        "series": len(truth),
        "mase": mase,
        "mae": {method: float(error.mean()) for method, error in errors.items()},
        "smape": {method: smape(truth, point) for method, point in points.items()},
        "pinball": float((2 * pinball(truth, quantiles, LEVELS).mean((1, 2)) / scale).mean()) / mase[NAIVE],
        "wins": float((errors[NETWORK] < errors[THETA]).mean()),
        "below": float((truth < quantiles[..., MIDDLE]).mean()),
    } | {level: covered(truth, quantiles, level) for level in ENDS}


def naive(part):
    """The last season repeated, (N, h)."""
    return np.array([metrics.seasonal_naive(x, part.horizon, min(part.season, len(x))) for x in part.histories])


def smape(truth, point):
    """Mean over the series, each over its horizon."""
    return float(np.mean([*map(metrics.smape, truth, point)]))


def pinball(truth, quantiles, levels):
    """Loss (N, h, levels) of quantiles of the same shape."""
    above = truth[..., None] - quantiles
    return np.maximum(levels * above, (levels - 1) * above)


def covered(truth, quantiles, level):
    """Share of the truth within an interval, over all steps and by group of steps."""
    low, high = ENDS[level]
    inside = (truth >= quantiles[..., low]) & (truth <= quantiles[..., high])
    groups = {name: inside[:, first:last] for name, (first, last) in GROUPS.items() if first < truth.shape[1]}
    return {"all": float(inside.mean())} | {name: float(group.mean()) for name, group in groups.items()}


def table(head, rows):
    """A Markdown table whose first column holds names."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def figures(scored, key, decimals):
    return [f"{scored[key][method]:.{decimals}f}" for method in METHODS]


def geometric(values):
    return float(np.exp(np.mean(np.log(values))))


def accuracy(parts, summary=True):
    """Errors, loss and coverage by part, and means of them; `parts` is {name: scores}."""
    head = ["set", "series", *[f"MASE {method}" for method in METHODS], *[f"sMAPE {method}" for method in METHODS], "beats Theta", "pinball", "80 %", "95 %"]
    tail = lambda wins, loss, cover80, cover95: [f"{100 * wins:.0f} %", f"{loss:.3f}", f"{cover80:.3f}", f"{cover95:.3f}"]
    rows = []
    for name, scored in parts.items():
        end = tail(scored["wins"], scored["pinball"], scored[80]["all"], scored[95]["all"])
        rows.append([name, f"{scored['series']}", *figures(scored, "mase", 3), *figures(scored, "smape", 2), *end])
    if not summary or len(parts) == 1:
        return table(head, rows)
    every = list(parts.values())
    relative = [f"{geometric([one['mase'][method] / one['mase'][NAIVE] for one in every]):.4f}" for method in METHODS]
    means = [np.mean([one["wins"] for one in every]), geometric([one["pinball"] for one in every])]
    means += [np.mean([one[level]["all"] for one in every]) for level in ENDS]
    rows.append([f"**{len(every)} sets by the naive**", f"{sum(one['series'] for one in every)}", *relative, *["–"] * 4, *tail(*means)])
    m3 = [one for name, one in parts.items() if name.startswith("m3")]
    if len(m3) == 4:
        rows.append(["**M3 as a whole**", *whole(m3), *["–"] * 4])
    return table(head, rows)


def whole(scored):
    """Means over all series of several parts."""
    series = [one["series"] for one in scored]
    mean = lambda key, method, decimals: f"{np.average([one[key][method] for one in scored], weights=series):.{decimals}f}"
    return [f"{sum(series)}", *[mean("mase", method, 3) for method in METHODS], *[mean("smape", method, 3) for method in METHODS]]


def over_naive(parts):
    """Mean absolute errors beside the naive's, in percent of it."""
    head = ["series", "number", "MAE naive", *[f"{method}, over naive" for method in METHODS[1:]], "network, over Theta", "80 %", "95 %"]
    rows = []
    for name, scored in parts.items():
        mae = scored["mae"]
        more = [f"{100 * (mae[method] / mae[NAIVE] - 1):+.1f} %" for method in METHODS[1:]]
        more.append(f"{100 * (mae[NETWORK] / mae[THETA] - 1):+.1f} %")
        rows.append([name, f"{scored['series']}", f"{mae[NAIVE]:.3f}", *more, f"{scored[80]['all']:.3f}", f"{scored[95]['all']:.3f}"])
    return table(head, rows)


def coverage(parts):
    """Coverage by part and steps ahead, and the share of the truth below the median."""
    columns = ["all", *GROUPS]
    head = ["set", *[f"80 % {name}" for name in columns], *[f"95 % {name}" for name in columns], "below the median"]
    cell = lambda scored, name: f"{scored[name]:.3f}" if name in scored else "–"
    rows = [[name, *[cell(one[level], column) for level in ENDS for column in columns], f"{one['below']:.3f}"] for name, one in parts.items()]
    return table(head, rows)
