"""PyTorch's recurrent layers on Gatewise's kernels.

`LSTM`, `GRU` and `RNN` are `torch.nn`'s own classes with another forward and backward: same signature, parameters, `state_dict` and results
but for rounding. `replace(model)` exchanges every such layer of a model in place:

    import gatewise.torch
    gatewise.torch.replace(model)

They compute float32 and float64 (by plain reference loops) on the CPU; other dtypes, other devices, empty batches and autocast go to PyTorch's own
kernels. Gradients are those of one differentiation: a second one raises an error. `proj_size` is not supported. Dropout draws from PyTorch's
generator, but other numbers than `torch.nn` would.
"""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from typing import Any, TypeVar

try:
    import torch
except ImportError as problem:
    raise ImportError("gatewise.torch needs PyTorch; install it with: pip install torch") from problem

from torch.nn.utils.rnn import PackedSequence

from ._gatewise import RecurrentStack, get_num_threads, set_num_threads, share_openmp

M = TypeVar("M", bound=torch.nn.Module)


def _share_threads() -> None:
    """PyTorch's own threads for the kernels, where they are libgomp's: they spin while they wait, and two pools would fight for the cores."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            paths = sorted({line.split(maxsplit=5)[5].strip() for line in maps if "libgomp" in line})
    except (OSError, IndexError):
        return
    # Several of them are loaded where several libraries brought their own; PyTorch's lies beside it.
    home = os.path.dirname(torch.__file__)
    for path in sorted(paths, key=lambda path: not path.startswith(os.path.dirname(home))):
        try:
            parallel = ctypes.CDLL(path).GOMP_parallel
        except (OSError, AttributeError):
            continue
        share_openmp(ctypes.cast(parallel, ctypes.c_void_p).value)
        return


_share_threads()


class _Pool:
    """Stacks of one module that no graph is using. Each keeps the record of one forward until its backward."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.free: dict[tuple[Any, ...], list[RecurrentStack]] = {}

    def take(self, key: tuple[Any, ...]) -> _Lease:
        with self.lock:
            stacks = self.free.get(key)
            stack = stacks.pop() if stacks else None
        return _Lease(self, key, stack or RecurrentStack(*key))

    def give(self, key: tuple[Any, ...], stack: RecurrentStack) -> None:
        with self.lock:
            self.free.setdefault(key, []).append(stack)


class _Lease:
    """A stack in use, given back when nothing refers to it any more."""

    def __init__(self, pool: _Pool, key: tuple[Any, ...], stack: RecurrentStack) -> None:
        self.pool, self.key, self.stack = pool, key, stack

    def __del__(self) -> None:
        self.pool.give(self.key, self.stack)


_pools: weakref.WeakKeyDictionary[torch.nn.Module, _Pool] = weakref.WeakKeyDictionary()
_pools_lock = threading.Lock()


def _pool_of(module: torch.nn.Module) -> _Pool:
    with _pools_lock:
        pool = _pools.get(module)
        if pool is None:
            pool = _pools[module] = _Pool()
        return pool


def _array(tensor: torch.Tensor | None) -> Any:
    """The tensor's own memory."""
    return None if tensor is None else tensor.detach().numpy()


def _tensors(weights: tuple[torch.Tensor, ...], has_bias: bool) -> list[Any]:
    """In the order of a stack, which has biases always: they stay zero where the module has none."""
    arrays = [weight.detach().contiguous().numpy() for weight in weights]
    if has_bias:
        return arrays
    return [array for pair in zip(arrays[::2], arrays[1::2]) for array in (*pair, None, None)]


class _Run(torch.autograd.Function):
    """Rows of sequences in time order through a stack. (N, I) to (N, D·H), with the first and the last state."""

    @staticmethod
    def forward(ctx, lease, sizes, full, seed, has_bias, x, h, c, *weights):  # type: ignore[no-untyped-def,override]
        keep = any(ctx.needs_input_grad)
        last_h = h.detach().clone(memory_format=torch.contiguous_format)
        last_c = None if c is None else c.detach().clone(memory_format=torch.contiguous_format)
        stack = lease.stack
        width = h.shape[2] * (2 if lease.key[4] else 1)
        y = x.new_empty((x.shape[0], width))
        stack.set(_tensors(weights, has_bias))
        stack.forward(_array(x), sizes, full, _array(last_h), _array(last_c), _array(y), keep, seed)
        if keep:
            ctx.save_for_backward(x, h, c, *weights)
            ctx.lease, ctx.call, ctx.has_bias, ctx.spent = lease, (sizes, full, seed), has_bias, False
        return (y, last_h) if c is None else (y, last_h, last_c)

    @staticmethod
    def backward(ctx, dy, dh, dc=None):  # type: ignore[no-untyped-def,override]
        if torch.is_grad_enabled():
            raise RuntimeError("gatewise.torch differentiates once; for a second derivative (create_graph=True) take torch.nn's layers")
        x, h, c, *weights = ctx.saved_tensors
        stack = ctx.lease.stack
        if ctx.spent:
            # A graph that was retained: its record is used up, and made again.
            sizes, full, seed = ctx.call
            stack.set(_tensors(tuple(weights), ctx.has_bias))
            again = [None if part is None else part.detach().clone(memory_format=torch.contiguous_format) for part in (h, c)]
            stack.forward(_array(x), sizes, full, _array(again[0]), _array(again[1]), _array(torch.empty_like(dy)), True, seed)
        ctx.spent = True
        dy = dy.contiguous()
        dh = dh.clone(memory_format=torch.contiguous_format)
        dc = None if c is None else dc.clone(memory_format=torch.contiguous_format)
        dx = torch.empty_like(x) if ctx.needs_input_grad[5] else None
        specs = [(name, shape, int(torch.Size(shape).numel())) for name, shape in stack.specs()]
        flat = x.new_empty(sum(count for _, _, count in specs))
        stack.backward(_array(x), _array(dy), _array(dh), _array(dc), _array(dx), _array(flat))
        parts = [part.view(shape) for part, (_, shape, _) in zip(flat.split([count for _, _, count in specs]), specs)]
        if not ctx.has_bias:
            parts = [part for part, (name, _, _) in zip(parts, specs) if name.startswith("weight")]
        return None, None, None, None, None, dx, dh, dc, *parts


class _Mixin:
    """Another forward for `torch.nn.LSTM`, `GRU` and `RNN`."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        if self.proj_size > 0:
            raise ValueError("proj_size is not supported: take torch.nn.LSTM, or a linear layer behind this one")

    def _serves(self, x: torch.Tensor) -> bool:
        """Whether the kernels compute this call; else PyTorch's own do."""
        weights = self._flat_weights
        same = all(weight is not None and weight.dtype == x.dtype and weight.device.type == "cpu" for weight in weights)
        plain = x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64) and x.layout == torch.strided
        drawn = 0 <= self.dropout < 1
        return same and plain and drawn and x.numel() > 0 and not torch.is_autocast_enabled("cpu")

    @torch.compiler.disable
    def forward(self, input, hx=None):  # type: ignore[no-untyped-def]
        # Parameters may have been exchanged, as `torch.func.functional_call` does.
        self._update_flat_weights()
        packed = isinstance(input, PackedSequence)
        x = input.data if packed else input
        if not isinstance(x, torch.Tensor) or not self._serves(x):
            return super().forward(input, hx)
        if packed:
            return self._packed(input, hx)
        if x.dim() not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {x.dim()}D instead")
        batched, across = x.dim() == 3, 0 if self.batch_first else 1
        if batched:
            self._each(hx, self._check_batched)
        else:
            x, hx = x.unsqueeze(across), self._each(hx, self._batched)
        hx = self._state(x, x.shape[across], hx)
        self.check_forward_args(x, hx, None)
        x = x.transpose(0, 1) if self.batch_first else x
        time, batch, _ = x.shape
        y, state = self._run(x.contiguous().view(time * batch, self.input_size), [batch, time], True, hx)
        y = y.view(time, batch, -1)
        y = y.transpose(0, 1) if self.batch_first else y
        return (y, state) if batched else (y.squeeze(across), self._each(state, lambda part: part.squeeze(1)))

    def _packed(self, input: PackedSequence, hx: Any) -> Any:
        sizes = input.batch_sizes
        batch = int(sizes[0])
        if hx is None:
            hx = self._state(input.data, batch, None)
        else:
            hx = self.permute_hidden(hx, input.sorted_indices)
        self.check_forward_args(input.data, hx, sizes)
        y, state = self._run(input.data.contiguous(), sizes.tolist(), False, hx)
        y = PackedSequence(y, sizes, input.sorted_indices, input.unsorted_indices)
        return y, self.permute_hidden(state, input.unsorted_indices)

    def _run(self, rows: torch.Tensor, sizes: list[int], full: bool, hx: Any) -> Any:
        if get_num_threads() != torch.get_num_threads():
            set_num_threads(torch.get_num_threads())
        cell = {"LSTM": "lstm", "GRU": "gru", "RNN_TANH": "rnn_tanh", "RNN_RELU": "rnn_relu"}[self.mode]
        drops = self.training and self.dropout > 0 and self.num_layers > 1
        double = rows.dtype == torch.float64
        key = (cell, self.input_size, self.hidden_size, self.num_layers, self.bidirectional, float(self.dropout) if drops else 0.0, double)
        seed = int(torch.randint(2**62, ())) if drops else None
        h, c = hx if self.mode == "LSTM" else (hx, None)
        lease = _pool_of(self).take(key)
        y, *state = _Run.apply(lease, sizes, full, seed, self.bias, rows, h, c, *self._flat_weights)
        return y, (tuple(state) if self.mode == "LSTM" else state[0])

    def _state(self, x: torch.Tensor, batch: int, hx: Any) -> Any:
        if hx is not None:
            return hx
        shape = (self.num_layers * (2 if self.bidirectional else 1), batch, self.hidden_size)
        h = x.new_zeros(shape)
        return (h, x.new_zeros(shape)) if self.mode == "LSTM" else h

    def _each(self, hx: Any, of: Any) -> Any:
        if hx is None:
            return None
        return tuple(of(part) for part in hx) if self.mode == "LSTM" else of(hx)

    def _batched(self, part: torch.Tensor) -> torch.Tensor:
        if part.dim() != 2:
            raise RuntimeError(f"For unbatched 2-D input, hx should also be 2-D but got {part.dim()}-D tensor")
        return part.unsqueeze(1)

    def _check_batched(self, part: torch.Tensor) -> None:
        if part.dim() != 3:
            raise RuntimeError(f"For batched 3-D input, hx should also be 3-D but got {part.dim()}-D tensor")


class LSTM(_Mixin, torch.nn.LSTM):
    """`torch.nn.LSTM` on Gatewise's kernels; its arguments, shapes and `state_dict`, without `proj_size`."""


class GRU(_Mixin, torch.nn.GRU):
    """`torch.nn.GRU` on Gatewise's kernels; its arguments, shapes and `state_dict`."""


class RNN(_Mixin, torch.nn.RNN):
    """`torch.nn.RNN` on Gatewise's kernels; its arguments, shapes and `state_dict`."""


_OURS: dict[type, type] = {torch.nn.LSTM: LSTM, torch.nn.GRU: GRU, torch.nn.RNN: RNN}


def replace(model: M) -> M:
    """Exchanges every `torch.nn.LSTM`, `GRU` and `RNN` inside a model, in place: parameters, hooks and references stay as they are.

    Layers with `proj_size`, and classes of others that derive from PyTorch's, are left alone. Returns the model.
    """
    for module in model.modules():
        ours = _OURS.get(type(module))
        if ours is not None and module.proj_size == 0:
            module.__class__ = ours
    return model


__all__ = ["GRU", "LSTM", "RNN", "replace"]
