"""Weights of Keras's recurrent layers as layers of Gatewise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .layers import GRU, LSTM, RNN

# Keras's order of gates, and at which of its places each of ours stands.
_ORDERS = {"LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2), "SimpleRNN": (0,)}


def from_keras_weights(
    cell: str,
    weights: Sequence[Any],
    *,
    bidirectional: bool = False,
    reset_after: bool | None = None,
    activation: str = "tanh",
    dtype: Any = None,
) -> LSTM | GRU | RNN:
    """A layer with the weights of a layer of Keras, which then gives the outputs of `return_sequences=True`.

    cell: "LSTM", "GRU" or "SimpleRNN".
    weights: what `get_weights()` of the layer gives: kernel (input, gates · hidden), recurrent kernel (hidden, gates · hidden) and bias (gates ·
        hidden), or (2, gates · hidden) of a GRU with `reset_after=True`; of `Bidirectional` those of the forward layer, then those of the backward
        one. Without bias where the layer has none.
    bidirectional: the weights are those of `Bidirectional`, with merge_mode "concat".
    reset_after: of a GRU without bias; the shape of a bias tells it.
    activation: of a SimpleRNN, "tanh" or "relu". Gates of an LSTM and a GRU are those of their default activations.
    dtype: float32 or float64; that of the weights where it is None.

    Keras orders gates i f c o in an LSTM and z r h in a GRU. Raises ValueError where shapes do not fit each other.
    """
    if cell not in _ORDERS:
        raise ValueError(f"cell is {cell!r}; it must be 'LSTM', 'GRU' or 'SimpleRNN'")
    arrays = [np.asarray(weight) for weight in weights]
    count, rest = divmod(len(arrays), 2 if bidirectional else 1)
    if rest or count not in (2, 3):
        each = ", for each of two directions" if bidirectional else ""
        raise ValueError(f"weights are {len(arrays)} arrays; kernel, recurrent kernel and bias are 3, or 2 without a bias{each}")
    kernel, recurrent = arrays[:2]
    if kernel.ndim != 2 or recurrent.ndim != 2:
        raise ValueError(f"the kernel has the shape {kernel.shape}, the recurrent kernel {recurrent.shape}; both have two dimensions")
    bias = arrays[2] if count == 3 else None
    usual = np.float64 if any(array.dtype == np.float64 for array in arrays) else np.float32
    settings: dict[str, Any] = {"bidirectional": bidirectional, "dtype": usual if dtype is None else dtype}
    if cell == "GRU":
        settings["reset_after"] = _reset_after(bias, reset_after)
    elif cell == "SimpleRNN":
        settings["nonlinearity"] = activation
    classes: dict[str, type[LSTM | GRU | RNN]] = {"LSTM": LSTM, "GRU": GRU, "SimpleRNN": RNN}
    layer = classes[cell](kernel.shape[0], recurrent.shape[0], **settings)
    tensors: dict[str, np.ndarray] = {}
    for suffix, at in (("_l0", 0), ("_l0_reverse", count))[: 1 + bidirectional]:
        tensors |= _tensors(cell, suffix, arrays[at : at + count], layer.hidden_size)
    layer.load_state_dict(tensors)
    return layer


def _reset_after(bias: np.ndarray | None, given: bool | None) -> bool:
    if bias is None:
        return True if given is None else given
    shown = bias.ndim == 2
    if given is not None and given != shown:
        raise ValueError(f"reset_after is {given}, but the bias has the shape {bias.shape}: that of reset_after={shown}")
    return shown


def _tensors(cell: str, suffix: str, arrays: Sequence[np.ndarray], hidden: int) -> dict[str, np.ndarray]:
    """One direction under PyTorch's names and in its order of gates."""
    width = len(_ORDERS[cell]) * hidden
    for what, array in zip(("the kernel", "the recurrent kernel", "the bias"), arrays):
        if array.shape[-1:] != (width,):
            raise ValueError(f"{what} has the shape {array.shape}; its last axis has {width} values for {hidden} units of {cell}")

    def ordered(array: np.ndarray) -> np.ndarray:
        gates = np.split(array, len(_ORDERS[cell]), axis=-1)
        return np.concatenate([gates[place] for place in _ORDERS[cell]], axis=-1)

    kernel, recurrent = (ordered(array).T for array in arrays[:2])
    bias = ordered(arrays[2]) if len(arrays) == 3 else np.zeros(width)
    of_input: np.ndarray = bias
    of_state = np.zeros(width)
    if bias.ndim == 2 and len(bias) == 2:
        of_input, of_state = bias[0], bias[1]
    return {
        f"weight_ih{suffix}": kernel,
        f"weight_hh{suffix}": recurrent,
        f"bias_ih{suffix}": of_input,
        f"bias_hh{suffix}": of_state,
    }


__all__ = ["from_keras_weights"]
