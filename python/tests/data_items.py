"""Items and labels that are learned at once."""

import numpy as np

# Small networks that learn at once.
QUICK = {"hidden": 6, "epochs": 8, "seed": 1, "threads": 1}


def waves(count=60, channels=1, seed=0, steps=16):
    """Series (count, steps, channels) that swing slowly or fast, and which they do."""
    random = np.random.default_rng(seed)
    fast = np.arange(count) % 2
    t = np.arange(steps)[None, :, None]
    phase = random.uniform(0, 6, (count, 1, channels))
    X = np.sin(phase + t * np.where(fast, 1.2, 0.4)[:, None, None]) + 0.1 * random.normal(size=(count, steps, channels))
    return X, np.where(fast, "fast", "slow")


def ragged(count=40, channels=2, seed=0):
    X, y = waves(count, channels, seed)
    return [x[: 10 + k % 5] for k, x in enumerate(X)], y


def texts(count=60):
    random = np.random.default_rng(1)
    good, bad, other = ["fine", "lovely", "great"], ["poor", "awful", "dull"], ["film", "book", "song", "play"]
    words = [[other[random.integers(4)], (good if k % 2 else bad)[random.integers(3)], other[random.integers(4)]] for k in range(count)]
    return [" ".join(line) for line in words], [["bad", "good"][k % 2] for k in range(count)]
