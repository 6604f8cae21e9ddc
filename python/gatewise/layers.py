"""Recurrent layers on numpy arrays, with PyTorch's names, shapes and gate order.

Axes are (n, time, channel), as PyTorch's `batch_first=True`; a 2-D array has one channel.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import _weights
from ._gatewise import RecurrentStack, Stream, write_tensors
from ._weights import plain

State = Any
"""h, or (h, c) of an LSTM: arrays of shape (num_layers · directions, n, hidden_size)."""


class Gradients(NamedTuple):
    """What `backward` gives."""

    dx: np.ndarray
    """Of the input: (n, time, input_size)."""
    d_state: State
    """Of the first state, in the shape of a state."""
    weights: dict[str, np.ndarray]
    """Of every tensor of `state_dict`."""


L = TypeVar("L", bound="_Recurrent")


class _Recurrent:
    _cell = ""
    _has_memory = False

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        bidirectional: bool = False,
        dtype: DTypeLike = np.float32,
        seed: int | None = None,
    ) -> None:
        self.input_size = _size("input_size", input_size, 0)
        self.hidden_size = _size("hidden_size", hidden_size, 1)
        self.num_layers = _size("num_layers", num_layers, 1)
        self.bidirectional = bool(bidirectional)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise ValueError(f"dtype is {self.dtype}; layers compute in float32 or float64")
        double = self.dtype == np.float64
        self._stack = RecurrentStack(self._cell, self.input_size, self.hidden_size, self.num_layers, self.bidirectional, 0.0, double)
        self._kept: tuple[np.ndarray, Any, Any] | None = None
        random = np.random.default_rng(seed)
        bound = self.hidden_size**-0.5
        self._stack.set([random.uniform(-bound, bound, shape).astype(self.dtype) for _, shape in self._stack.specs()])

    def __repr__(self) -> str:
        more = ", bidirectional=True" if self.bidirectional else ""
        more += ", dtype='float64'" if self.dtype == np.float64 else ""
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size}, {self.num_layers}{more})"

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    # Weights

    def state_dict(self) -> dict[str, np.ndarray]:
        """Every tensor under PyTorch's name, as `weight_ih_l0` of shape (gates · hidden_size, input_size): copies."""
        return self._split(self._stack.values())

    def load_state_dict(self, tensors: Mapping[str, ArrayLike]) -> None:
        """Takes over tensors as `state_dict` names them: numpy arrays, or PyTorch tensors on the CPU.

        Raises ValueError where one is missing, unknown or of another shape; nothing is changed then.
        """
        specs = self._stack.specs()
        names = [name for name, _ in specs]
        missing = [name for name in names if name not in tensors]
        unknown = [name for name in tensors if name not in names]
        if missing or unknown:
            raise ValueError(f"load_state_dict: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}")
        arrays = [np.ascontiguousarray(plain(tensors[name]), dtype=self.dtype) for name in names]
        for (name, shape), array in zip(specs, arrays):
            if list(array.shape) != shape:
                raise ValueError(f"load_state_dict: {name} has the shape {array.shape}; it must be {tuple(shape)}")
        self._stack.set(arrays)
        self._kept = None

    def save(self, path: str | os.PathLike[str], prefix: str = "") -> None:
        """Writes the tensors of `state_dict` to a safetensors file, beside its place first and then renamed; `prefix` begins their names.

        `safetensors.torch.load_file` reads it in PyTorch. Raises FileError where the file system refuses.
        """
        write_tensors(os.fspath(path), [(prefix + name, tensor) for name, tensor in self.state_dict().items()])

    @classmethod
    def load(cls: type[L], path: str | os.PathLike[str], prefix: str | None = None, *, dtype: DTypeLike | None = None, **settings: Any) -> L:
        """A layer out of a safetensors file with PyTorch's names, of this program or of any other.

        path: the file; its numbers may have 16 bits (float16, bfloat16), 32 or 64.
        prefix: what stands before `weight_ih_l0` in the names, as "rnn." in the file of a model; None where there is one such layer.
        dtype: float32 or float64; that of the file where it is None.
        settings: what the tensors do not tell: nonlinearity of an RNN, reset_after of a GRU.

        A layer without biases has zeros. Raises FileError where the file cannot be read, and DataError where it holds no such layer.
        """
        found = _weights.found(path, prefix, cls.__name__)
        usual = np.float64 if any(tensor.dtype == np.float64 for tensor in found.tensors.values()) else np.float32
        sizes = (found.input_size, found.hidden_size, found.num_layers)
        layer = cls(*sizes, bidirectional=found.bidirectional, dtype=usual if dtype is None else dtype, **settings)
        zeros = {name: np.zeros(shape) for name, shape in layer._stack.specs() if name.startswith("bias")}
        layer.load_state_dict({**zeros, **found.tensors})
        return layer

    def _split(self, values: np.ndarray) -> dict[str, np.ndarray]:
        tensors, at = {}, 0
        for name, shape in self._stack.specs():
            count = int(np.prod(shape))
            tensors[name] = values[at : at + count].reshape(shape)
            at += count
        return tensors

    def __getstate__(self) -> dict[str, Any]:
        return {
            "sizes": (self.input_size, self.hidden_size, self.num_layers),
            "settings": {"bidirectional": self.bidirectional, "dtype": self.dtype.name, **self._own_settings()},
            "tensors": self.state_dict(),
        }

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__init__(*kept["sizes"], **kept["settings"])  # type: ignore[misc]
        self.load_state_dict(kept["tensors"])

    def _own_settings(self) -> dict[str, Any]:
        return {}

    # Computing

    def forward(
        self,
        x: ArrayLike,
        state: State | None = None,
        lengths: Sequence[int] | np.ndarray | None = None,
        *,
        keep: bool = False,
        sequences: bool = True,
    ) -> tuple[np.ndarray | None, State]:
        """Runs over sequences.

        x: (n, time, input_size), or (n, time) of one feature. An array of the layer's dtype in C order is read where it lies.
        state: the first state, h or (h, c), each (num_layers · directions, n, hidden_size); zeros where it is None.
        lengths: steps of each sequence, from 1 to time; what lies behind them is not read. All steps where it is None.
        keep: record what `backward` needs.
        sequences: give the outputs of every step; without them y is None, and the last state is all that is stored.

        Returns y, (n, time, directions · hidden_size), zeros behind a sequence's end, and the last state.
        NaN in x goes through to the outputs, as in PyTorch.
        """
        x = self._input(x)
        count, time, _ = x.shape
        h, c = self._state(state, count)
        steps = None if lengths is None else _lengths(lengths, count, time)
        width = self._directions * self.hidden_size
        if not keep:
            # It is in the place of an earlier forward's record.
            self._kept = None
            y = np.zeros((count, time, width), self.dtype) if sequences else None
            self._stack.infer(x, steps, h, c, y)
            return y, self._joined(h, c)
        packing = _Packing(steps, count, time)
        rows, outputs = packing.rows(x), np.empty((packing.count, width), self.dtype)
        h, c = packing.ordered(h), packing.ordered(c)
        tape = self._stack.forward(rows, packing.sizes, packing.full, h, c, outputs, True, None)
        self._kept = rows, packing, tape
        return packing.sequences(outputs) if sequences else None, self._joined(packing.given(h), packing.given(c))

    __call__ = forward

    def backward(self, dy: ArrayLike | None = None, d_state: State | None = None) -> Gradients:
        """Back through the last forward, which was one with `keep=True`, once.

        dy: the gradient of y, (n, time, directions · hidden_size); zeros where it is None.
        d_state: the gradient of the last state, in its shape; zeros where it is None.

        Raises RuntimeError where no such forward came before.
        """
        if self._kept is None:
            raise RuntimeError("backward follows a forward with keep=True, once")
        rows, packing, tape = self._kept
        shape = (packing.batch, packing.time, self._directions * self.hidden_size)
        dy = np.zeros(shape, self.dtype) if dy is None else np.asarray(dy, self.dtype)
        if dy.shape != shape:
            raise ValueError(f"dy has the shape {dy.shape}; y has {shape}")
        dh, dc = (packing.ordered(part) for part in self._state(d_state, packing.batch, "d_state"))
        dx, grads = np.empty_like(rows), np.empty(self._stack.values().shape, self.dtype)
        self._stack.backward(tape, rows, packing.rows(dy), dh, dc, dx, grads)
        self._kept = None
        return Gradients(packing.sequences(dx), self._joined(packing.given(dh), packing.given(dc)), self._split(grads))

    def step(self, x: ArrayLike, state: State | None = None) -> tuple[np.ndarray, State]:
        """One step of n sequences. x: (n, input_size). Returns y, (n, hidden_size), and the next state.

        For a single sequence `stream` is many times faster.
        """
        if self.bidirectional:
            raise ValueError("step: a layer of two directions reads whole sequences")
        x = np.asarray(x, self.dtype)
        if x.ndim != 2:
            raise ValueError(f"x has the shape {x.shape}; it must be (n, {self.input_size})")
        y, state = self.forward(x[:, None, :], state)
        assert y is not None
        return y[:, 0], state

    def stream(self) -> Stream:
        """The layer for one sequence that comes row by row, from the zero state on and with the weights of now.

        `Stream.step(x)` takes a microsecond or so, allocates nothing but its answer, and differs from `forward` by rounding.
        """
        stream = None if self.dtype == np.float64 else self._stack.stream()
        if stream is None:
            raise ValueError("stream: a layer of one direction in float32 reads row by row, no GRU with reset_after=False")
        return stream

    def _input(self, x: ArrayLike) -> np.ndarray:
        x = _numbers("x", x, self.dtype)
        if x.ndim == 2:
            x = x[:, :, None]
        if x.ndim != 3 or x.shape[2] != self.input_size:
            raise ValueError(f"x has the shape {x.shape}; it must be (n, time, {self.input_size})")
        return np.ascontiguousarray(x)

    def _state(self, state: State | None, count: int, what: str = "state") -> tuple[np.ndarray, np.ndarray | None]:
        shape = (self.num_layers * self._directions, count, self.hidden_size)
        if state is None:
            return np.zeros(shape, self.dtype), np.zeros(shape, self.dtype) if self._has_memory else None
        if self._has_memory:
            if not isinstance(state, (tuple, list)) or len(state) != 2:
                raise ValueError(f"{what} of an LSTM is a pair (h, c)")
            parts = list(state)
        else:
            parts = [state]
        # Copies: they become the last state.
        arrays = [np.array(plain(part), self.dtype, order="C") for part in parts]
        for array in arrays:
            if array.shape != shape:
                raise ValueError(f"{what} has the shape {array.shape}; it must be {shape}")
        return arrays[0], arrays[1] if self._has_memory else None

    def _joined(self, h: np.ndarray, c: np.ndarray | None) -> State:
        return (h, c) if self._has_memory else h


class LSTM(_Recurrent):
    """A long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000), as `torch.nn.LSTM` computes it.

    input_size: features of a step. hidden_size: units of each layer and direction. num_layers: layers, one above the other.
    bidirectional: a second direction reads each sequence from its end. dtype: float32, or float64 by plain reference loops.
    seed: of the first weights, uniform within ±1/√hidden_size.
    """

    _cell = "lstm"
    _has_memory = True


class GRU(_Recurrent):
    """A gated recurrent unit (Cho et al. 2014), as `torch.nn.GRU` computes it: the reset gate is applied behind the product.

    reset_after: False applies it to the state before the product, as the first version of the paper and Keras's `reset_after=False` do.
    The other arguments are those of `LSTM`.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, *, reset_after: bool = True, **settings: Any) -> None:
        self.reset_after = bool(reset_after)
        self._cell = "gru" if self.reset_after else "gru_reset_before"
        super().__init__(input_size, hidden_size, num_layers, **settings)

    def _own_settings(self) -> dict[str, Any]:
        return {"reset_after": self.reset_after}


class RNN(_Recurrent):
    """A plain recurrent network (Elman 1990), as `torch.nn.RNN` computes it.

    nonlinearity: "tanh" or "relu". The other arguments are those of `LSTM`.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, *, nonlinearity: str = "tanh", **settings: Any) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity is {nonlinearity!r}; it must be 'tanh' or 'relu'")
        self.nonlinearity = nonlinearity
        self._cell = f"rnn_{nonlinearity}"
        super().__init__(input_size, hidden_size, num_layers, **settings)

    def _own_settings(self) -> dict[str, Any]:
        return {"nonlinearity": self.nonlinearity}


class _Packing:
    """The rows of a batch step after step, without those behind a sequence's end."""

    def __init__(self, lengths: list[int] | None, batch: int, time: int) -> None:
        self.batch, self.time, self.full = batch, time, lengths is None
        if lengths is None:
            self.sizes, self.count = [batch, time], batch * time
            return
        steps = np.asarray(lengths)
        self.order = np.argsort(-steps, kind="stable")
        self.back = np.argsort(self.order)
        # (time, n): whether the sequence has the step.
        self.mask = np.arange(time)[:, None] < steps[self.order][None, :]
        sizes = self.mask.sum(1)
        self.sizes, self.count = [int(size) for size in sizes if size > 0], int(sizes.sum())

    def rows(self, x: np.ndarray) -> np.ndarray:
        if self.full:
            return np.ascontiguousarray(x.swapaxes(0, 1)).reshape(self.count, x.shape[2])
        return np.ascontiguousarray(x[self.order].swapaxes(0, 1)[self.mask])

    def sequences(self, rows: np.ndarray) -> np.ndarray:
        if self.full:
            return np.ascontiguousarray(rows.reshape(self.time, self.batch, rows.shape[1]).swapaxes(0, 1))
        whole = np.zeros((self.time, self.batch, rows.shape[1]), rows.dtype)
        whole[self.mask] = rows
        return np.ascontiguousarray(whole.swapaxes(0, 1)[self.back])

    def ordered(self, state: np.ndarray | None) -> Any:
        return state if state is None or self.full else np.ascontiguousarray(state[:, self.order])

    def given(self, state: np.ndarray | None) -> Any:
        return state if state is None or self.full else np.ascontiguousarray(state[:, self.back])


def _size(what: str, value: int, least: int) -> int:
    try:
        size = value.__index__()
    except AttributeError:
        raise TypeError(f"{what} is {value!r}; it must be a whole number") from None
    if size < least:
        raise ValueError(f"{what} is {size}; it must be {least} or more")
    return size


def _lengths(lengths: Sequence[int] | np.ndarray, count: int, time: int) -> list[int]:
    array = np.asarray(plain(lengths)).reshape(-1)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"lengths have the dtype {array.dtype}; whole numbers are wanted")
    steps = [int(length) for length in array]
    if len(steps) != count or any(not 1 <= length <= time for length in steps):
        raise ValueError(f"lengths: {count} whole numbers from 1 to {time}, one for each sequence")
    return steps


def _numbers(what: str, value: Any, dtype: np.dtype) -> np.ndarray:
    array = np.asarray(plain(value))
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{what} has the dtype {array.dtype}; numbers are wanted")
    return array.astype(dtype, copy=False)


__all__ = ["GRU", "LSTM", "RNN", "Gradients", "Stream"]
