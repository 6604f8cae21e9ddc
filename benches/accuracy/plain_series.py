"""Plain series with known truth: what a simple method gets right, in fifteen kinds.

    series = plain_series.make("walk", n=60, seed=3)      # the same numbers on every machine

Every series is drawn from numpy's PCG64, seeded by (seed, the kind's CRC-32, n), so that a kind, a length or a seed can be made alone. `seed` 0 to 29 are
the battery; higher ones are siblings nothing was looked at on. Noise is normal unless told; additive kinds have innovations of deviation 1 around a level
of zero (one series in five) or of 10 to 100,000.

| kind | rows | what |
|---|---|---|
| walk, walk-drift | days, months | random walk; with a drift of .1 to 1 deviations a row, one in three downward |
| ar | days | AR(1) with .3, .6, .8, .95 and an AR(2) with a cycle of 6 to 20 rows, in turn by seed |
| noise | hours | white noise on a level |
| linear | weeks | straight line of .03 to 1 deviations a row, and noise |
| exponential | months | growth of 1 to 4 % a row, less where it would pass a factor of 10,000; noise of 1 to 5 % of the level |
| damped | months | rise or fall of 10 to 40 deviations that dies away with a time constant of a quarter to three fifths of the rows |
| month-additive, month-multiplicative | months | season of 12 and a straight trend |
| week | days | season of 7 and a straight trend |
| day | hours | season of 24, a straight trend, AR(1) noise of .5 |
| shift | days | white noise with one past shift of 5 to 20 deviations, between a quarter and .85 of the rows |
| seasons | hours or days | seasons of 24 and 168 from 336 rows on, of 7 and 28 below; AR(1) noise of .5 |
| intermittent | weeks | demand in a tenth to two fifths of the rows, sizes 1 + Poisson or geometric in turn by seed |
| stock | business days | geometric walk: GARCH(1,1) with Student-t innovations of five degrees, .8 to 2.5 % a row |

Horizon: 12 rows, 14 for `week`, 24 for `day` and `seasons`; never more than half the rows (2 at four rows, 6 at twelve).
"""

import dataclasses
import zlib

import numpy as np

LENGTHS = [4, 12, 24, 60, 124, 300, 1000]
SEEDS = 30
# Rows past which two of the long seasons of `seasons` are in sight.
TWO_WEEKS = 336
# Greatest factor by which an exponential trend grows over its rows.
MOST_GROWTH = 1e4
# Decimals a table holds.
DECIMALS = 4
# Time of the last row known, by step from row to row.
LAST = {"M": "2024-06", "W": "2024-06-30", "D": "2024-06-30", "B": "2024-06-28", "h": "2024-06-30T23"}


@dataclasses.dataclass
class Series:
    """A past of n rows, its true continuation, and what the generator knows of it."""

    kind: str
    n: int
    seed: int
    freq: str
    season: int
    history: np.ndarray  # (n,)
    future: np.ndarray  # (h,) what came
    mean: np.ndarray  # (h,) expected by one who knows the process: the median where it is symmetric
    sd: np.ndarray  # (h,) deviation around it
    unit: float  # deviation of a one-step innovation at the last row

    @property
    def name(self):
        return f"{self.kind}-{self.n}-{self.seed}"

    @property
    def horizon(self):
        return len(self.future)

    def times(self):
        """Times of the rows known, as a table holds them."""
        back = np.arange(1 - self.n, 1)
        if self.freq == "B":
            times = np.busday_offset(LAST["B"], back)
        elif self.freq == "W":
            times = np.datetime64(LAST["W"]) + 7 * back
        else:
            times = np.datetime64(LAST[self.freq], self.freq) + back
        form = "s" if self.freq == "h" else "D"
        return [str(time).replace("T", " ") for time in times.astype(f"datetime64[{form}]")]

    def write(self, path):
        """The rows known, as a table of a date and a value."""
        rows = [f"{time},{value:.{DECIMALS}f}" for time, value in zip(self.times(), self.history, strict=True)]
        path.write_text("\n".join(["date,value", *rows]) + "\n")


def horizon(kind, n):
    return min({"week": 14, "day": 24, "seasons": 24}.get(kind, 12), n // 2)


def make(kind, n, seed):
    """The series of that kind, length and seed."""
    random = np.random.Generator(np.random.PCG64([seed, zlib.crc32(kind.encode()), n]))
    ahead = horizon(kind, n)
    make_one, freq, season = KINDS[kind]
    if kind == "seasons":
        freq, season = ("h", 24) if n >= TWO_WEEKS else ("D", 7)
    values, mean, sd, unit = make_one(random, n, ahead, seed)
    values = np.round(values, DECIMALS)
    return Series(kind, n, seed, freq, season, values[:n], values[n:], mean, sd, float(unit))


def every(kinds, lengths, seeds):
    """All series of a battery, in order."""
    return [make(kind, n, seed) for kind in kinds for n in lengths for seed in seeds]


def level(random):
    """Where a series of additive noise stands."""
    return 0.0 if random.random() < 0.2 else 10 ** random.uniform(1, 5)


def noisy(course, random, n, phi=0.0):
    """A known course (n + h,) in AR(1) noise with innovations of deviation 1: values, mean and deviation of the last h."""
    ahead = len(course) - n
    noise = autoregression(random, n, ahead, [phi] if phi else [])
    return course + noise[0], course[n:] + noise[1], noise[2], 1.0


def autoregression(random, n, ahead, phi):
    """Stationary autoregression: values (n + h,), conditional mean (h,) and deviation (h,)."""
    order, burn = len(phi), 300
    steps = random.normal(size=burn + n + ahead)
    values = np.zeros(len(steps))
    for row in range(len(steps)):
        values[row] = steps[row] + sum(phi[k] * values[row - 1 - k] for k in range(order) if row > k)
    past, weights = list(values[burn : burn + n]), [1.0]
    for _ in range(ahead):
        past.append(sum(phi[k] * past[-1 - k] for k in range(order)))
        weights.append(sum(phi[k] * weights[-1 - k] for k in range(min(order, len(weights)))))
    return values[burn:], np.array(past[n:]), np.sqrt(np.cumsum(np.square(weights[:ahead])))


def pattern(random, season, harmonics=0):
    """One season of mean 0 and deviation 1: free at every phase, or smooth with that many harmonics."""
    phase = 2 * np.pi * np.arange(season) / season
    if harmonics:
        height, turn = random.normal(size=harmonics) / np.arange(1, harmonics + 1), random.uniform(0, 2 * np.pi, harmonics)
        shape = sum(height[k] * np.cos((k + 1) * phase + turn[k]) for k in range(harmonics))
    else:
        shape = random.normal(size=season)
    shape = shape - shape.mean()
    return shape / shape.std()


def walk(random, n, ahead, seed, drift=0.0):
    values = level(random) + np.cumsum(drift + random.normal(size=n + ahead))
    step = np.arange(1, ahead + 1)
    return values, values[n - 1] + drift * step, np.sqrt(step), 1.0


def walk_drift(random, n, ahead, seed):
    return walk(random, n, ahead, seed, random.choice([1, 1, -1]) * random.uniform(0.1, 1))


def ar(random, n, ahead, seed):
    cycle = 2 * np.pi / random.uniform(6, 20)
    phi = [[0.3], [0.6], [0.8], [0.95], [1.8 * np.cos(cycle), -0.81]][seed % 5]
    base = level(random)
    values, mean, sd = autoregression(random, n, ahead, phi)
    return base + values, base + mean, sd, 1.0


def noise(random, n, ahead, seed):
    return noisy(np.full(n + ahead, level(random)), random, n)


def linear(random, n, ahead, seed):
    slope = random.choice([1, 1, -1]) * 10 ** random.uniform(-1.5, 0)
    return noisy(level(random) + slope * np.arange(n + ahead), random, n)


def exponential(random, n, ahead, seed):
    rate = min(random.uniform(0.01, 0.04), np.log(MOST_GROWTH) / (n + ahead))
    share, start = random.uniform(0.01, 0.05), 10 ** random.uniform(1, 3)
    course = start * np.exp(rate * np.arange(n + ahead))
    return proportional(course, share, random, n)


def proportional(course, share, random, n):
    """A known course in noise of a share of it."""
    values = course * (1 + share * random.normal(size=len(course)))
    return values, course[n:], share * course[n:], share * course[n - 1]


def damped(random, n, ahead, seed):
    size, constant = random.choice([1, 1, -1]) * random.uniform(10, 40), n * random.uniform(0.25, 0.6)
    return noisy(level(random) + size * (1 - np.exp(-np.arange(n + ahead) / constant)), random, n)


def seasonal(season, harmonics=0, phi=0.0):
    """A kind with an additive season of 2 to 8 deviations and a straight trend of up to .1 a row."""

    def make_one(random, n, ahead, seed):
        row = np.arange(n + ahead)
        shape = random.uniform(2, 8) * pattern(random, season, harmonics)
        return noisy(level(random) + random.uniform(-0.05, 0.1) * row + shape[row % season], random, n, phi)

    return make_one


def month_multiplicative(random, n, ahead, seed):
    row = np.arange(n + ahead)
    trend = 10 ** random.uniform(1, 4) * (1 + random.uniform(-0.0005, 0.01) * row)
    shape = 1 + random.uniform(0.08, 0.25) * pattern(random, 12)
    return proportional(trend * np.maximum(shape, 0.1)[row % 12], random.uniform(0.01, 0.05), random, n)


def shift(random, n, ahead, seed):
    course = np.full(n + ahead, level(random))
    course[int(np.ceil(random.uniform(0.25, 0.85) * n)) :] += random.choice([-1, 1]) * random.uniform(5, 20)
    return noisy(course, random, n)


def seasons(random, n, ahead, seed):
    short, long = (24, 168) if n >= TWO_WEEKS else (7, 28)
    row = np.arange(n + ahead)
    short = random.uniform(3, 6) * pattern(random, short, 3 if short == 24 else 0)
    long = random.uniform(1.5, 4) * pattern(random, long, 4)
    return noisy(level(random) + short[row % len(short)] + long[row % len(long)], random, n, 0.5)


def intermittent(random, n, ahead, seed):
    share, more = random.uniform(0.1, 0.4), random.uniform(0.5, 6)
    while True:
        # More sizes above one: Poisson, or geometric with the same mean.
        size = 1 + (random.geometric(1 / (1 + more), n + ahead) - 1 if seed % 2 else random.poisson(more, n + ahead))
        values = np.where(random.random(n + ahead) < share, size, 0).astype(float)
        if len(set(values[:n])) > 1:
            break
    mean = share * (1 + more)
    second = share * (more * (1 + more) if seed % 2 else more) + share * (1 + more) ** 2
    sd = np.sqrt(second - mean**2)
    return values, np.full(ahead, mean), np.full(ahead, sd), sd


def stock(random, n, ahead, seed):
    usual, react, keep, degrees, burn = random.uniform(0.008, 0.025), 0.08, 0.9, 5, 200
    shock = random.standard_t(degrees, burn + n + ahead) * np.sqrt((degrees - 2) / degrees)
    variance, returns = np.full(len(shock), usual**2), np.zeros(len(shock))
    for row in range(len(shock)):
        if row:
            variance[row] = (1 - react - keep) * usual**2 + react * returns[row - 1] ** 2 + keep * variance[row - 1]
        returns[row] = np.sqrt(variance[row]) * shock[row]
    price = 10 ** random.uniform(1, 3) * np.exp(np.cumsum(returns[burn:] + 0.0003))
    # Variance expected from the first row ahead on: it goes back to the usual one by a share each row.
    expected = usual**2 + (react + keep) ** np.arange(ahead) * (variance[burn + n] - usual**2)
    last = price[n - 1]
    return price, last * np.exp(0.0003 * np.arange(1, ahead + 1)), last * np.sqrt(np.cumsum(expected)), last * usual


KINDS = {
    "walk": (walk, "D", 1),
    "walk-drift": (walk_drift, "M", 1),
    "ar": (ar, "D", 1),
    "noise": (noise, "h", 1),
    "linear": (linear, "W", 1),
    "exponential": (exponential, "M", 1),
    "damped": (damped, "M", 1),
    "month-additive": (seasonal(12), "M", 12),
    "month-multiplicative": (month_multiplicative, "M", 12),
    "week": (seasonal(7), "D", 7),
    "day": (seasonal(24, harmonics=3, phi=0.5), "h", 24),
    "shift": (shift, "D", 1),
    "seasons": (seasons, None, None),
    "intermittent": (intermittent, "W", 1),
    "stock": (stock, "B", 1),
}
