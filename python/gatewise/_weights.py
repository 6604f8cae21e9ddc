"""Weights as arrays, and where those of a recurrent layer lie in a safetensors file, as PyTorch's users write them."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

import numpy as np

from ._gatewise import TensorFile
from .errors import DataError

_NAME = re.compile(r"(.*?)((?:weight|bias)_(?:ih|hh|hr)_l(\d+)(_reverse)?)", re.DOTALL)

# Rows of a gate, by layer.
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


class Found(NamedTuple):
    """The tensors of one recurrent layer, and the sizes that follow from them."""

    input_size: int
    hidden_size: int
    num_layers: int
    bidirectional: bool
    tensors: dict[str, np.ndarray]


def plain(value: Any) -> Any:
    """A PyTorch tensor as the array it is made of."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def floats(name: str, value: Any) -> np.ndarray:
    """An array of float64, or float32, in C order. Raises TypeError for what are no numbers."""
    array = np.asarray(plain(value))
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} has the dtype {array.dtype}; numbers are wanted")
    return np.asarray(array, np.float64 if array.dtype == np.float64 else np.float32, order="C")


def found(path: str | os.PathLike[str], prefix: str | None, kind: str) -> Found:
    """The recurrent layer of a file whose names begin with `prefix`, or its only one; `kind` is LSTM, GRU or RNN.

    Raises FileError and DataError.
    """
    path = os.fspath(path)
    file = TensorFile.open(path)
    layers: dict[str, list[re.Match[str]]] = {}
    for match in filter(None, map(_NAME.fullmatch, file.names())):
        layers.setdefault(match[1], []).append(match)
    listed = ", ".join(f"prefix={other!r}" for other in sorted(layers))
    if prefix is None:
        if len(layers) != 1:
            what = "several recurrent layers" if layers else "no recurrent layer: no tensor is called weight_ih_l0"
            raise _refused(f"{path} has {what}", f"name one of {listed}" if layers else "give a file that holds one")
        [prefix] = layers
    elif prefix not in layers:
        what = f"{path} has no recurrent layer under prefix={prefix!r}"
        raise _refused(what, f"there are {listed}" if layers else "no tensor is called weight_ih_l0")
    matches = layers[prefix]
    projected = [match[0] for match in matches if "_hr_" in match[2]]
    if projected:
        raise _refused(f"{path}: {projected[0]} projects the outputs (proj_size), which is not supported")
    num_layers, bidirectional = max(int(match[3]) for match in matches) + 1, any(match[4] for match in matches)
    kinds = ["weight_ih", "weight_hh"] + (["bias_ih", "bias_hh"] if any(match[2].startswith("bias") for match in matches) else [])
    present = {match[2] for match in matches}
    # Each layer has a tensor at least, so there are no more of them than names.
    suffixes = [f"_l{level}{way}" for level in range(min(num_layers, len(present) + 1)) for way in ("", "_reverse")[: 1 + bidirectional]]
    missing = [f"{prefix}{kind}{suffix}" for suffix in suffixes for kind in kinds if kind + suffix not in present]
    if missing:
        raise _refused(f"{path}: the layer has no {missing[0]}")
    tensors = {match[2]: file.tensor(match[0]) for match in matches}
    first, recurrent = tensors["weight_ih_l0"], tensors["weight_hh_l0"]
    if first.ndim != 2 or recurrent.ndim != 2 or recurrent.shape[1] == 0:
        raise _refused(f"{path}: {prefix}weight_ih_l0 has the shape {first.shape}, {prefix}weight_hh_l0 {recurrent.shape}")
    hidden = recurrent.shape[1]
    if first.shape[0] != _GATES[kind] * hidden:
        other = next((name for name, gates in _GATES.items() if first.shape[0] == gates * hidden), None)
        what = f"{path}: {prefix}weight_ih_l0 has {first.shape[0]} rows, the gates of {kind} with {hidden} units {_GATES[kind] * hidden}"
        raise _refused(what, f"gatewise.{other}.load reads it" if other else None)
    return Found(first.shape[1], hidden, num_layers, bidirectional, tensors)


def _refused(message: str, remedy: str | None = None) -> DataError:
    error = DataError(message)
    error.remedy = remedy
    return error
