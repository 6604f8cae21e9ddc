"""Graphs of ONNX that hold recurrent networks, run by Gatewise.

`load` reads a file that PyTorch, Keras or any other program has exported; the `Session` it gives runs it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._gatewise import OnnxSession
from .errors import SettingError

__all__ = ["Layer", "Port", "Session", "load"]


class Port(NamedTuple):
    """An input or output of a graph."""

    name: str
    dtype: np.dtype
    """As the file declares it. float16 is computed in float32, products and recurrent layers of float64 are too."""
    shape: tuple[int | None, ...] | None
    """None stands for an axis of any length; all of it is None where the file does not say."""


class Layer(NamedTuple):
    """A recurrent node of a graph."""

    name: str
    cell: str
    """``"lstm"``, ``"gru"``, ``"gru-reset-before"``, ``"rnn"`` or ``"rnn-relu"``."""
    direction: str
    """``"forward"``, ``"reverse"`` or ``"bidirectional"``."""
    input_size: int | None
    hidden_size: int | None
    in_loops: str | None
    """Why the node runs in plain loops, which are slower; None where it runs on the kernels."""


def load(source: str | os.PathLike[str] | bytes | bytearray | memoryview) -> Session:
    """Reads a graph.

    Args:
        source: The path of a file, or its bytes. Numbers that lie in another file are read where that is beside the one at the path.

    Returns:
        The graph, ready to run.

    Raises:
        DataError: The file is damaged, or holds what is not supported; `node` names the node.
        FileError: The file cannot be read.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Session(OnnxSession.of_bytes(bytes(source)))
    return Session(OnnxSession.open(os.fspath(source)))


class Session:
    """A graph that runs on arrays of numpy. Several threads may call it at once; it can be pickled."""

    def __init__(self, session: OnnxSession) -> None:
        self._session = session
        about = session.about()
        self.inputs: tuple[Port, ...] = tuple(_port(*parts) for parts in session.inputs())
        """What goes in, in the file's order."""
        self.optional_inputs: tuple[Port, ...] = tuple(_port(*parts) for parts in session.defaults())
        """What may go in besides: a constant of the file stands in for each that is left out."""
        self.outputs: tuple[Port, ...] = tuple(_port(*parts) for parts in session.outputs())
        """What comes out, in the file's order."""
        self.layers: tuple[Layer, ...] = tuple(Layer(**layer) for layer in about["layers"])
        """The recurrent nodes."""
        self.parameters: int = about["parameters"]
        """How many numbers the constants hold."""
        self.metadata: dict[str, str] = about["metadata"]
        """What else the file says of itself."""
        self.producer: str = about["producer"]
        """Who wrote the file."""
        self.opset: int = about["opset"]
        """The version of ONNX's operators."""
        self._kinds = {name: np.dtype(kind) for name, _, kind, _ in [*session.inputs(), *session.defaults()]}

    def run(self, inputs: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
        """Computes the outputs.

        Args:
            inputs: An array for each of `inputs` and any of `optional_inputs`, by its name, in its shape.

        Returns:
            An array for each of `outputs`, by its name.

        Raises:
            SettingError: An input is missing, unknown, or has another type or shape.
            DataError: A node cannot compute on arrays of these shapes; `node` names it.
        """
        return dict(zip([port.name for port in self.outputs], self._run(dict(inputs)), strict=True))

    def __call__(self, *inputs: ArrayLike) -> Any:
        """As `run`, with the inputs in their order; gives the output, or a tuple of them where there are several."""
        names = [port.name for port in self.inputs]
        if len(inputs) != len(names):
            raise TypeError(f"the graph has {len(names)} inputs ({', '.join(names)}); {len(inputs)} were given")
        outputs = self._run(dict(zip(names, inputs, strict=True)))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def state_dict(self) -> dict[str, np.ndarray]:
        """The weights under PyTorch's names, for `load_state_dict` of `LSTM`, `GRU` or `RNN`.

        Raises:
            DataError: The graph is more than a stack of such layers; `node` names the first node that is none of it.
        """
        return dict(self._session.state_dict())

    def _run(self, inputs: dict[str, ArrayLike]) -> list[np.ndarray]:
        arrays = [self._array(name, value) for name, value in inputs.items()]
        outputs = self._session.run(list(inputs), arrays)
        return [array.astype(port.dtype, copy=False) for port, array in zip(self.outputs, outputs, strict=True)]

    def _array(self, name: str, value: ArrayLike) -> np.ndarray:
        """A contiguous array in the type that the graph computes in; of an unknown input in any."""
        array = np.asarray(value)
        kind = self._kinds.get(name, np.dtype(np.float32))
        if not np.can_cast(array.dtype, kind, "same_kind"):
            error = SettingError(f'input "{name}" is {array.dtype}')
            error.remedy = f"give {kind}"
            raise error
        return np.ascontiguousarray(array, dtype=kind).reshape(array.shape)

    def __repr__(self) -> str:
        ports = [", ".join(port.name for port in ports) for ports in (self.inputs, self.outputs)]
        return f"<gatewise.onnx.Session: {ports[0]} -> {ports[1]}, {self.parameters} parameters>"

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return load, (self._session.content(),)


def _port(name: str, declared: str, kind: str, shape: Sequence[int | None] | None) -> Port:
    # numpy has no bfloat16.
    dtype = np.dtype(kind if declared == "bfloat16" else declared)
    return Port(name, dtype, None if shape is None else tuple(shape))
