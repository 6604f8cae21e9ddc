"""PyTorch's recurrent layers on Gatewise's kernels.

`LSTM`, `GRU` and `RNN` are `torch.nn`'s own classes with another forward and backward: same signature, parameters, `state_dict` and results
but for rounding. `replace(model)` exchanges every such layer of a model in place:

    import gatewise.torch
    gatewise.torch.replace(model)

They compute float32 and float64 (by plain reference loops) on the CPU; other dtypes, other devices, empty batches, autocast, transforms of `torch.func` and
tensor subclasses go to PyTorch's own kernels. Gradients are those of one differentiation: a second one raises an error. `proj_size` is not supported.
Dropout draws from PyTorch's generator, but other numbers than `torch.nn` would. A call sets `gatewise.set_num_threads` to PyTorch's number.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Sequence
from typing import Any, TypeVar

try:
    import torch
except ImportError as problem:
    raise ImportError("gatewise.torch needs PyTorch; install it with: pip install torch") from problem

from torch.nn.utils.rnn import PackedSequence

from ._gatewise import RecurrentStack, Tape, get_num_threads, set_num_threads, share_openmp

M = TypeVar("M", bound=torch.nn.Module)


def _share_threads() -> None:
    """PyTorch's own threads for the kernels, where they are libgomp's: they spin while they wait, and two pools would fight for the cores."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            paths = sorted({line.split(maxsplit=5)[5].strip() for line in maps if "libgomp" in line})
    except (OSError, IndexError):
        return
    for path in _nearest(paths, os.path.dirname(torch.__file__)):
        try:
            parallel = ctypes.CDLL(path).GOMP_parallel
        except (OSError, AttributeError):
            continue
        share_openmp(ctypes.cast(parallel, ctypes.c_void_p).value)
        return


def _nearest(paths: list[str], home: str) -> list[str]:
    """Libraries, PyTorch's own first: it lies in its folder or beside it, and other packages bring theirs."""
    places = (home + os.sep, home + ".libs" + os.sep)
    return sorted(paths, key=lambda path: next((k for k, place in enumerate(places) if path.startswith(place)), len(places)))


_share_threads()


# Stacks that a module keeps for its next calls: as many as compute at once, which is one but for calls from several threads.
_MOST_FREE = 2


class _Stacks:
    """Stacks of the same sizes, each with packed weights: one is taken for as long as a call computes. What backward needs of a forward is on a tape
    of its own, so calls that wait for their backward share the weights.

    Without a lock: lists take and give one by one.
    """

    def __init__(self, key: tuple[Any, ...]) -> None:
        self.key = key
        self.free: list[RecurrentStack] = []

    def take(self) -> RecurrentStack:
        try:
            return self.free.pop()
        except IndexError:
            return RecurrentStack(*self.key)

    def give(self, stack: RecurrentStack) -> None:
        if len(self.free) < _MOST_FREE:
            self.free.append(stack)


_stacks: weakref.WeakKeyDictionary[torch.nn.Module, dict[tuple[Any, ...], _Stacks]] = weakref.WeakKeyDictionary()


def _stacks_of(module: torch.nn.Module, key: tuple[Any, ...]) -> _Stacks:
    of_module = _stacks.setdefault(module, {})
    stacks = of_module.get(key)
    return of_module.setdefault(key, _Stacks(key)) if stacks is None else stacks


def _array(tensor: torch.Tensor | None) -> Any:
    """The tensor's own memory."""
    return None if tensor is None else tensor.detach().numpy()


def _tensors(weights: Sequence[torch.Tensor], has_bias: bool) -> list[Any]:
    """In the order of a stack, which has biases always: they stay zero where the module has none."""
    arrays = [weight.detach().contiguous().numpy() for weight in weights]
    if has_bias:
        return arrays
    return [array for pair in zip(arrays[::2], arrays[1::2]) for array in (*pair, None, None)]


class _Once(torch.autograd.Function):
    """A gradient as it is, which depends on what it was made of: its own derivative is refused."""

    @staticmethod
    def forward(ctx, gradient, *sources):  # type: ignore[no-untyped-def,override]
        return gradient.view_as(gradient)

    @staticmethod
    def backward(ctx, *_):  # type: ignore[no-untyped-def,override]
        raise RuntimeError("gatewise.torch differentiates once; for a second derivative take torch.nn's layers")


class _Run(torch.autograd.Function):
    """Rows of sequences in time order through a stack. (N, I) to (N, D·H), with the first and the last state."""

    @staticmethod
    def forward(ctx, stacks, keep, sizes, full, seed, has_bias, x, h, c, *weights):  # type: ignore[no-untyped-def,override]
        y = x.new_empty((x.shape[0], h.shape[2] * (2 if stacks.key[4] else 1)))
        call = sizes, full, seed, has_bias
        stack = stacks.take()
        tape, last_h, last_c = _forward(stack, call, keep, x, h, c, y, weights)
        stacks.give(stack)
        if keep:
            ctx.save_for_backward(x, h, c, *weights)
            ctx.stacks, ctx.call, ctx.tape = stacks, call, tape
        return (y, last_h) if c is None else (y, last_h, last_c)

    @staticmethod
    def backward(ctx, dy, dh, dc=None):  # type: ignore[no-untyped-def,override]
        x, h, c, *weights = ctx.saved_tensors
        tape, ctx.tape = ctx.tape, None
        stack, has_bias = ctx.stacks.take(), ctx.call[3]
        if tape is None:
            # A graph that was retained: its tape is used up, and made again.
            tape, _, _ = _forward(stack, ctx.call, True, x, h, c, torch.empty_like(dy), weights)
        elif not stack.holds(tape):
            # Other weights came since, as `torch.func.functional_call` brings them; autograd sees to it that these are as they were.
            stack.set(_tensors(weights, has_bias))
        d_last = [None if part is None or c is None and k else _copy(part) for k, part in enumerate((dh, dc))]
        dx = torch.empty_like(x, requires_grad=False) if ctx.needs_input_grad[6] else None
        specs = [(name, shape, int(torch.Size(shape).numel())) for name, shape in stack.specs()]
        flat = torch.empty(sum(count for _, _, count in specs), dtype=x.dtype)
        stack.backward(tape, _array(x), _array(dy.contiguous()), _array(d_last[0]), _array(d_last[1]), _array(dx), _array(flat))
        ctx.stacks.give(stack)
        parts = [part.view(shape) for part, (_, shape, _) in zip(flat.split([count for _, _, count in specs]), specs)]
        if not has_bias:
            parts = [part for part, (name, _, _) in zip(parts, specs) if name.startswith("weight")]
        gradients = [dx, *d_last, *parts]
        if torch.is_grad_enabled():
            sources = [part for part in (dy, dh, dc, x, h, c, *weights) if part is not None]
            gradients = [None if part is None else _Once.apply(part, *sources) for part in gradients]
        return None, None, None, None, None, None, *gradients


def _copy(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone(memory_format=torch.contiguous_format)


def _forward(
    stack: RecurrentStack,
    call: tuple[Any, ...],
    keep: bool,
    x: torch.Tensor,
    h: torch.Tensor,
    c: torch.Tensor | None,
    y: torch.Tensor,
    weights: Sequence[torch.Tensor],
) -> tuple[Tape | None, torch.Tensor, torch.Tensor | None]:
    """Outputs to y; what backward needs, and the last state."""
    sizes, full, seed, has_bias = call
    last_h, last_c = _copy(h), None if c is None else _copy(c)
    stack.set(_tensors(weights, has_bias))
    tape = stack.forward(_array(x), sizes, full, _array(last_h), _array(last_c), _array(y), keep, seed)
    return tape, last_h, last_c


# What the kernels read: other classes of tensors stand for something else than their own numbers.
_PLAIN = (torch.Tensor, torch.nn.Parameter)


def _transforms_active() -> bool:
    """Whether torch.func (grad, vmap) goes through this call."""
    active = getattr(torch._C, "_are_functorch_transforms_active", None)
    return active is not None and bool(active())


class _Mixin:
    """Another forward for `torch.nn.LSTM`, `GRU` and `RNN`."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        if self.proj_size > 0:
            raise ValueError("proj_size is not supported: take torch.nn.LSTM, or a linear layer behind this one")

    def _serves(self, x: torch.Tensor, hx: Any) -> bool:
        """Whether the kernels compute this call; else PyTorch's own do."""
        states = () if hx is None else tuple(hx) if isinstance(hx, (tuple, list)) else (hx,)
        tensors = (x, *states, *self._flat_weights)
        plain = all(type(tensor) in _PLAIN and tensor.device.type == "cpu" and tensor.dtype == x.dtype for tensor in tensors)
        sized = x.dtype in (torch.float32, torch.float64) and x.layout == torch.strided and x.numel() > 0 and (0 <= self.dropout < 1 or not self._drops())
        return plain and sized and not _transforms_active() and not torch.is_autocast_enabled("cpu")

    @torch.compiler.disable
    def forward(self, input, hx=None):  # type: ignore[no-untyped-def]
        # Parameters may have been exchanged, as `torch.func.functional_call` does.
        self._update_flat_weights()
        packed = isinstance(input, PackedSequence)
        x = input.data if packed else input
        if not isinstance(x, torch.Tensor) or not self._serves(x, hx):
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
        drops = self._drops()
        double = rows.dtype == torch.float64
        key = (cell, self.input_size, self.hidden_size, self.num_layers, self.bidirectional, float(self.dropout) if drops else 0.0, double)
        seed = int(torch.randint(2**62, (), device="cpu")) if drops else None
        h, c = hx if self.mode == "LSTM" else (hx, None)
        weights = self._flat_weights
        keep = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (rows, h, *weights, *([] if c is None else [c])))
        y, *state = _Run.apply(_stacks_of(self, key), keep, sizes, full, seed, self.bias, rows, h, c, *weights)
        return y, (tuple(state) if self.mode == "LSTM" else state[0])

    def _drops(self) -> bool:
        return self.training and self.dropout > 0 and self.num_layers > 1

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
