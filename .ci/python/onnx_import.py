"""Graphs of others against those who know what they mean: the format's tests of its operators, and PyTorch's exports against PyTorch."""

import collections
import contextlib
import io
import itertools
import os
import sys
import tempfile
import warnings

import numpy as np
import onnx
import torch
from onnx.backend.test.case.node import collect_testcases
from onnx.reference import ReferenceEvaluator
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import gatewise.onnx

RECURRENT = {"LSTM", "GRU", "RNN"}
failed = []


def expect(what, found, expected, tolerance=1e-5):
    """Compares arrays; differences are relative to the largest of the expected numbers where those are above 1."""
    for k, (a, b) in enumerate(zip(found, expected, strict=True)):
        b = np.asarray(b)
        if b.dtype.name == "bfloat16":
            # numpy has no such numbers: they are not rounded.
            b, tolerance = b.astype(np.float32), 1e-2
        if a.shape != b.shape or a.dtype != b.dtype:
            return failed.append(f"{what}: output {k} is {a.dtype} {a.shape}, not {b.dtype} {b.shape}")
        if b.size == 0:
            continue
        if b.dtype.kind != "f":
            if not np.array_equal(a, b):
                failed.append(f"{what}: output {k} is another one")
            continue
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        difference = np.abs(np.where(same, 0, a.astype(np.float64) - b))
        limit = tolerance * np.maximum(1, np.abs(np.where(np.isfinite(b), b, 1)))
        if not (difference <= limit).all():
            failed.append(f"{what}: output {k} is off by {np.nanmax(difference):.3g}")


def arrays(value):
    """A value of a test as an array; types that numpy lacks come as messages."""
    return onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def node_tests():
    """Every test of the format whose operators are supported. Recurrent nodes have to be."""
    ran, refused = collections.Counter(), collections.Counter()
    with contextlib.redirect_stdout(io.StringIO()):
        cases = collect_testcases(None)
    for case in cases:
        operators = {node.op_type for node in case.model.graph.node}
        try:
            session = gatewise.onnx.load(case.model.SerializeToString())
        except gatewise.DataError as error:
            if operators & RECURRENT:
                failed.append(f"{case.name}: {error}")
            refused.update(operators)
            continue
        for given, expected in case.data_sets:
            given, expected = [[arrays(value) for value in values] for values in (given, expected)]
            if operators & RECURRENT and any(a.name == "layout" and a.i for node in case.model.graph.node for a in node.attribute):
                # What the package keeps for these has the other layout's order.
                expected = ReferenceEvaluator(case.model).run(None, dict(zip([p.name for p in session.inputs], given, strict=True)))
            try:
                found = session.run(dict(zip([port.name for port in session.inputs], given, strict=True)))
            except gatewise.GatewiseError as error:
                failed.append(f"{case.name}: {error}")
                continue
            tolerance = 2e-3 if any(port.dtype == np.float16 for port in session.outputs) else 1e-5
            expect(case.name, found.values(), expected, tolerance)
        ran.update(operators)
    print(f"tests of the format: {sum(ran.values())} over {len(ran)} operators, {sum(ran[name] for name in RECURRENT)} of them recurrent")
    for name in RECURRENT:
        assert ran[name], f"{name} has no test"


class Model(torch.nn.Module):
    """A recurrent network with a linear layer, as people export it."""

    def __init__(self, kind, layers=1, bidirectional=False, batch_first=True, bias=True, state=False, last=False, packed=False):
        super().__init__()
        nonlinearity = {"nonlinearity": "relu"} if kind == "RNN" and layers == 1 else {}
        self.rnn = getattr(torch.nn, kind)(
            5, 8, layers, bidirectional=bidirectional, batch_first=batch_first, bias=bias, dropout=0.1 * (layers > 1), **nonlinearity
        )
        self.norm = torch.nn.LayerNorm(8 * (1 + bidirectional))
        self.head = torch.nn.Linear(8 * (1 + bidirectional), 3)
        self.batch_first, self.state, self.last, self.packed = batch_first, state, last, packed

    def forward(self, x, *more):
        if self.packed:
            x = pack_padded_sequence(x, more[0], batch_first=self.batch_first, enforce_sorted=False)
            y, _ = self.rnn(x)
            y, _ = pad_packed_sequence(y, batch_first=self.batch_first)
            return torch.softmax(self.head(y), -1)
        y, state = self.rnn(x, (more if len(more) > 1 else more[0]) if self.state else None)
        if self.last:
            y = y[:, -1] if self.batch_first else y[-1]
        y = self.head(torch.relu(self.norm(y)))
        return (y, state) if self.state else y


def flat(values):
    for value in values if isinstance(values, (tuple, list)) else [values]:
        yield from [value] if isinstance(value, torch.Tensor) else flat(value)


def exports():
    """What both exporters of PyTorch write, against PyTorch."""
    torch.manual_seed(1)
    shapes = [
        dict(last=True),
        dict(bias=False),
        dict(layers=2, bidirectional=True),
        dict(layers=2, bidirectional=True, batch_first=False, state=True),
        dict(state=True),
        dict(packed=True),
    ]
    count = 0
    for kind, options, dynamo in itertools.product(sorted(RECURRENT), shapes, (False, True)):
        model = Model(kind, **options).eval()
        x = torch.randn(4, 7, 5)
        batch = 4 if model.batch_first else 7
        more = ()
        if model.state:
            h = [torch.randn(model.rnn.num_layers * (1 + model.rnn.bidirectional), batch, 8) for _ in range(1 + (kind == "LSTM"))]
            more = tuple(h)
        if model.packed:
            if dynamo:
                continue  # that exporter has no packed sequences
            more = (torch.tensor([7, 2, 5, 1]),)
        what = f"{kind} {options} {'dynamo' if dynamo else 'TorchScript'}"
        for opset in (18,) if dynamo else (9, 11, 13, 17, 20):
            expect_export(f"{what} opset {opset}", model, (x, *more), dynamo, opset)
            count += 1
    print(f"exports of PyTorch {torch.__version__}: {count}")


def expect_export(what, model, given, dynamo, opset):
    axes = {} if dynamo else {"dynamic_axes": {"x": {0: "n", 1: "m"}}}
    names = {"input_names": ["x", "s", "t"][: len(given)]}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        # With its numbers in another file, as that exporter does it by itself.
        beside = {"external_data": True, "verbose": False} if dynamo else {}
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                torch.onnx.export(model, given, path, dynamo=dynamo, opset_version=opset, **axes, **names, **beside)
        except torch.onnx.errors.UnsupportedOperatorError as error:
            return print(f"not exported: {what}: {str(error).splitlines()[0]}")
        try:
            session = gatewise.onnx.load(path)
        except gatewise.GatewiseError as error:
            return failed.append(f"{what}: {error}")
        if not any(node.op_type in RECURRENT for node in onnx.load(path).graph.node):
            print(f"without a recurrent node: {what}")
        expected = [tensor.detach().numpy() for tensor in flat(model(*given))]
        arrays = [tensor.numpy() for tensor in given]
        found = session(*arrays)
        expect(what, found if isinstance(found, tuple) else (found,), expected)


def stacks():
    """Weights of exported stacks, loaded by the layers of this package."""
    for kind, layers, bidirectional, dynamo in itertools.product(sorted(RECURRENT), (1, 2), (False, True), (False, True)):
        if kind == "RNN" and dynamo:
            continue  # written out step by step, without a recurrent node
        module = getattr(torch.nn, kind)(3, 6, layers, bidirectional=bidirectional, batch_first=True).eval()
        x = torch.randn(2, 5, 3)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                torch.onnx.export(module, (x,), path, dynamo=dynamo)
            session = gatewise.onnx.load(path)
        layer = getattr(gatewise, kind)(3, 6, layers, bidirectional=bidirectional)
        layer.load_state_dict(session.state_dict())
        expect(f"stack of {kind}, {layers} layers", [layer(x.numpy())[0]], [module(x)[0].detach().numpy()])


warnings.filterwarnings("ignore")
node_tests()
exports()
stacks()
for line in failed:
    print("FAILED", line)
sys.exit(bool(failed))
