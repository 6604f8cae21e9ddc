"""What the package's own files are made of. Users find all of it, with its meaning, in `gatewise` and `gatewise.torch`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

__version__: str

def get_num_threads() -> int: ...
def set_num_threads(threads: int) -> None: ...
def after_fork() -> None: ...
def share_openmp(address: int) -> None: ...

class RecurrentStack:
    def __new__(
        cls, cell: str, input_size: int, hidden_size: int, num_layers: int, bidirectional: bool, dropout: float, double: bool
    ) -> RecurrentStack: ...
    def specs(self) -> list[tuple[str, list[int]]]: ...
    def set(self, tensors: Sequence[np.ndarray | None]) -> None: ...
    def values(self) -> np.ndarray: ...
    def forward(
        self,
        x: np.ndarray,
        sizes: Sequence[int],
        full: bool,
        h: np.ndarray,
        c: np.ndarray | None,
        y: np.ndarray,
        keep: bool,
        seed: int | None,
    ) -> None: ...
    def backward(
        self, x: np.ndarray, dy: np.ndarray, dh: np.ndarray, dc: np.ndarray | None, dx: np.ndarray | None, grads: np.ndarray
    ) -> None: ...
    def infer(self, x: np.ndarray, lengths: Sequence[int] | None, h: np.ndarray, c: np.ndarray | None, y: np.ndarray | None) -> None: ...
    def stream(self) -> Stream | None: ...

class Stream:
    """One sequence, a row at a time: `layer.stream()` makes it. It keeps the weights of that moment."""

    def step(self, x: float | Sequence[float] | np.ndarray) -> np.ndarray:
        """One step. x: a number where there is one feature, else of shape (input_size,). Returns float32 of shape (hidden_size,)."""

    def step_many(self, x: np.ndarray, y: np.ndarray) -> None:
        """A block of steps. x: float32, (T, input_size); y: float32, (T, hidden_size), written."""

    def reset(self) -> None:
        """Back to the zero state."""

    @property
    def state(self) -> tuple[np.ndarray, np.ndarray | None]:
        """h and c, (num_layers, hidden_size); c is None but for an LSTM."""

    def set_state(self, h: np.ndarray, c: np.ndarray | None) -> None:
        """Goes on from a state of that shape."""

# Tasks: their Python classes wrap these.

def __getattr__(name: str) -> Any: ...
