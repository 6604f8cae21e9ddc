"""By how much intervals around the median are to be widened, told by held-back rows of M1's training parts alone.

One factor for each group of steps ahead. Parts weigh the same whatever their number of series and errors: a loss counts by that of the seasonal naive
forecast over the same steps. The last horizon of M1 ends at step 18; steps 19 to 48 are those of monthly series with 48 rows held back.
"""

import numpy as np

import competitions
import prior_scores
from prior_forecast import LEVELS, MIDDLE

FACTORS = np.round(np.arange(0.7, 3.0001, 0.01), 2)
# Levels whose loss decides: the ends of the 95, 90 and 80 % intervals.
OUTER = [0, 1, 2, 10, 11, 12]
HELD = [("m1-yearly", 6), ("m1-quarterly", 8), ("m1-monthly", 18), ("m1-monthly", 48)]
# Group that only the longest horizon reaches; of that horizon nothing else is used.
FAR, FAR_HORIZON = "19–48", 48


def body(forecast):
    """The table of factors; `forecast(part)` gives quantiles (N, h, 13)."""
    parts = [competitions.training_part(*held) for held in HELD]
    answers = [forecast(part) for part in parts]
    shares = [f"{level} % at {name}" for name in ("1", "least loss", "nearest") for level in (80, 95)]
    head = ["steps", "series", "least loss", "its gain", "coverage nearest", *shares]
    rows = []
    for name, steps in prior_scores.GROUPS.items():
        reaches = [steps[0] < part.horizon and (part.horizon == FAR_HORIZON) == (name == FAR) for part in parts]
        used = [(part, answer) for part, answer, one in zip(parts, answers, reaches, strict=True) if one]
        loss = np.mean([losses(part, answer, steps) for part, answer in used], axis=0)
        cover = np.mean([coverages(part, answer, steps) for part, answer in used], axis=0)
        least, nearest = loss.argmin(), np.abs(cover - [0.80, 0.95]).sum(1).argmin()
        usual = int(np.flatnonzero(FACTORS == 1)[0])
        shown = [f"{share:.3f}" for at in (usual, least, nearest) for share in cover[at]]
        counted = " + ".join(f"{len(part.histories)}" for part, _ in used)
        rows.append([name, counted, f"**{FACTORS[least]:.2f}**", f"{100 * (1 - loss[least] / loss[usual]):.2f} %", f"**{FACTORS[nearest]:.2f}**", *shown])
    return prior_scores.table(head, rows)


def widened(answer, factor, levels):
    middle = answer[..., MIDDLE, None]
    return middle + factor * (answer[..., levels] - middle)


def losses(part, answer, steps):
    """Loss of the outer levels by the naive error, at each of FACTORS."""
    of = slice(*steps)
    truth, answer = part.futures[:, of], answer[:, of]
    error = (np.abs(truth - prior_scores.naive(part)[:, of]).mean(1) / part.scales).mean()
    mean = lambda factor: prior_scores.pinball(truth, widened(answer, factor, OUTER), LEVELS[OUTER]).mean((1, 2))
    return [(2 * mean(factor) / part.scales).mean() / error for factor in FACTORS]


def coverages(part, answer, steps):
    """Coverage of the 80 and 95 % intervals at each of FACTORS."""
    of = slice(*steps)
    truth, answer = part.futures[:, of], answer[:, of]
    every = range(len(LEVELS))
    return [[prior_scores.covered(truth, widened(answer, factor, every), level)["all"] for level in prior_scores.ENDS] for factor in FACTORS]
