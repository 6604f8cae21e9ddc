"""Numbers for the golden files: drawn from a named seed, computed in f64, stored as f32.

Every input is rounded to f32 before it is used, so the stored inputs are exactly those the f64
results belong to, and the one error in a golden is the last rounding.
"""

import json
import platform
import zlib

import numpy as np
import safetensors
import torch
from safetensors.numpy import load_file, save as serialize

SEED = 20240229

# A remade golden may differ by the rounding of its f64 sums; anything above is a change.
REMAKE_TOLERANCE = 1e-6

VERSIONS = {
    "numpy": np.__version__,
    "python": platform.python_version(),
    "safetensors": safetensors.__version__,
    "torch": torch.__version__,
}


class Draw:
    """Random f64 tensors that f32 holds exactly; the stream belongs to the case's name alone."""

    def __init__(self, name):
        self.seed = zlib.crc32(name.encode(), SEED)
        self.rng = np.random.default_rng(self.seed)

    def normal(self, *shape, scale=1.0):
        return exact(self.rng.standard_normal(shape) * scale)

    def uniform(self, low, high, *shape):
        return exact(self.rng.uniform(low, high, shape))

    def integers(self, high, *shape):
        return torch.from_numpy(self.rng.integers(high, size=shape))


def exact(array):
    """Rounds to f32 and returns it as an f64 tensor."""
    return torch.from_numpy(np.asarray(array).astype(np.float32).astype(np.float64))


def leaf(tensor):
    """A copy whose gradient is recorded."""
    return tensor.clone().requires_grad_(True)


def to_array(value):
    """f64 becomes f32; integers stay i64; a plain number becomes shape (1,)."""
    array = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    array = np.atleast_1d(array)
    if np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float32)
        assert np.isfinite(array).all()
    return np.ascontiguousarray(array)


def save(path, seed, tensors, **about):
    """Writes one safetensors file; its metadata is sorted JSON under the single key `golden`."""
    arrays = {name: to_array(value) for name, value in tensors.items()}
    note = {"seed": seed, "versions": VERSIONS, **about}
    path.write_bytes(serialize(arrays, metadata={"golden": json.dumps(note, sort_keys=True)}))


def differences(old, new):
    """Names of tensors that are missing, misshapen or further apart than REMAKE_TOLERANCE."""
    old, new = load_file(old), load_file(new)
    wrong = sorted(old.keys() ^ new.keys())
    for name in sorted(old.keys() & new.keys()):
        a, b = old[name], new[name]
        if a.dtype != b.dtype or a.shape != b.shape:
            wrong.append(name)
        elif np.abs(a.astype(np.float64) - b).max() > REMAKE_TOLERANCE * max(1.0, np.abs(a).max()):
            wrong.append(name)
    return wrong
