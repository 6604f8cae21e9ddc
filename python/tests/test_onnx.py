"""Graphs of ONNX: against the reference implementation of the format, in threads and pickles, and against every wrong argument."""

import os
import pickle
import threading

import numpy as np
import pytest

import gatewise
import gatewise.onnx

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def model(nodes, inputs, outputs, constants=None, opset=17):
    constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="test")
    onnx.checker.check_model(made)
    return made


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def network(operator="LSTM", **attributes):
    """A layer with both directions and a linear layer, over sequences of any length side by side."""
    random = np.random.default_rng(3)
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[operator]
    numbers = {"W": (2, gates * 6, 3), "R": (2, gates * 6, 6), "B": (2, 2 * gates * 6), "head": (12, 2)}
    constants = {name: random.normal(size=shape, scale=0.4).astype(np.float32) for name, shape in numbers.items()}
    constants["shape"] = np.array([0, 0, 12])
    if operator == "GRU":
        attributes.setdefault("linear_before_reset", 1)
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        helper.make_node(operator, ["t", "W", "R", "B"], ["y", "h"], name="layer", hidden_size=6, direction="bidirectional", **attributes),
        helper.make_node("Transpose", ["y"], ["u"], perm=[2, 0, 1, 3]),
        helper.make_node("Reshape", ["u", "shape"], ["v"]),
        helper.make_node("MatMul", ["v", "head"], ["z"], name="head"),
        helper.make_node("Softmax", ["z"], ["p"], axis=-1),
    ]
    return model(nodes, [value("x", ["n", "time", 3])], [value("p", ["n", "time", 2]), value("h", [2, "n", 6])], constants)


@pytest.mark.parametrize("operator", ["LSTM", "GRU", "RNN"])
def test_agrees_with_the_reference(operator):
    made = network(operator)
    session = gatewise.onnx.load(made.SerializeToString())
    for n, time in [(4, 9), (1, 5), (1, 1), (4, 9), (17, 2)]:
        x = np.random.default_rng(n).normal(size=(n, time, 3)).astype(np.float32)
        expected = ReferenceEvaluator(made).run(None, {"x": x})
        found = session(x)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        for name, a in session.run({"x": x}).items():
            np.testing.assert_array_equal(a, found[["p", "h"].index(name)])


def test_says_what_it_is():
    session = gatewise.onnx.load(network("GRU").SerializeToString())
    assert session.inputs == (("x", np.dtype("float32"), (None, None, 3)),)
    assert [port.name for port in session.outputs] == ["p", "h"]
    assert (session.producer, session.opset, session.optional_inputs) == ("test", 17, ())
    assert session.layers == (("layer", "gru", "bidirectional", 3, 6, None),)
    assert session.parameters == 2 * 18 * (3 + 6 + 2) + 24
    assert repr(session) == "<gatewise.onnx.Session: x -> p, h, 420 parameters>"
    clipped = gatewise.onnx.load(network("LSTM", clip=1.0).SerializeToString())
    assert "clipped" in clipped.layers[0].in_loops


def test_paths_bytes_and_pickles(tmp_path):
    made = network()
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    x = np.ones((2, 3, 3), dtype=np.float32)
    expected = gatewise.onnx.load(path)(x)
    sessions = [gatewise.onnx.load(os.fspath(path)), gatewise.onnx.load(memoryview(path.read_bytes()))]
    # Numbers in another file are in the pickle, wherever that is read.
    beside = tmp_path / "beside" / "model.onnx"
    beside.parent.mkdir()
    onnx.save(made, beside, save_as_external_data=True, location="numbers.bin", size_threshold=0)
    sessions.append(gatewise.onnx.load(beside))
    pickles = [pickle.dumps(session) for session in sessions]
    (beside.parent / "numbers.bin").unlink()
    for session in [*sessions, *map(pickle.loads, pickles)]:
        for a, b in zip(session(x), expected, strict=True):
            np.testing.assert_array_equal(a, b)


def test_threads_at_once_give_the_same():
    session = gatewise.onnx.load(network().SerializeToString())
    inputs = [np.random.default_rng(k).normal(size=(1 + k % 5, 4 + k, 3)).astype(np.float32) for k in range(8)]
    expected = [session(x)[0] for x in inputs]
    wrong = []

    def work(k):
        for _ in range(20):
            if not np.array_equal(session(inputs[k])[0], expected[k]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_types_and_layouts_of_arrays():
    session = gatewise.onnx.load(network().SerializeToString())
    x = np.random.default_rng(0).normal(size=(3, 5, 2)).astype(np.float32).transpose(1, 0, 2)
    x = np.concatenate([x, x[..., :1]], axis=-1)
    expected = session(x.copy())[0]
    np.testing.assert_array_equal(session(np.asfortranarray(x))[0], expected)
    np.testing.assert_allclose(session(x.astype(np.float64))[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(session(x.tolist())[0], expected)
    nodes = [helper.make_node("Mul", ["a", "b"], ["y"]), helper.make_node("Cast", ["i"], ["j"], to=TensorProto.INT32)]
    inputs = [value("a", ["n"], TensorProto.DOUBLE), value("b", [], TensorProto.DOUBLE), value("i", ["n"], INT64)]
    made = model(nodes, inputs, [value("y", ["n"], TensorProto.DOUBLE), value("j", ["n"], TensorProto.INT32)])
    y, j = gatewise.onnx.load(made.SerializeToString())([1.0, 1e-300], 0.1, np.array([1, 2], dtype=np.int16))
    assert (y.dtype, j.dtype) == (np.float64, np.int32)
    assert y.tolist() == [0.1, 1e-301] and j.tolist() == [1, 2]


def test_inputs_that_may_be_left_out():
    nodes = [helper.make_node("Add", ["x", "shift"], ["y"])]
    inputs = [value("x", ["n"]), value("shift", [1])]
    session = gatewise.onnx.load(model(nodes, inputs, [value("y", ["n"])], {"shift": np.float32([10])}).SerializeToString())
    assert ([port.name for port in session.inputs], [port.name for port in session.optional_inputs]) == (["x"], ["shift"])
    assert session([1.0]).tolist() == [11]
    assert session.run({"x": [1.0], "shift": [2.0]})["y"].tolist() == [3]


def test_weights_of_a_stack():
    random = np.random.default_rng(5)
    constants = {"W": random.normal(size=(1, 24, 3)), "R": random.normal(size=(1, 24, 6)), "B": random.normal(size=(1, 48))}
    constants = {name: array.astype(np.float32) for name, array in constants.items()}
    nodes = [helper.make_node("LSTM", ["x", "W", "R", "B"], ["y", "h", "c"], name="layer", hidden_size=6)]
    made = model(nodes, [value("x", ["time", "n", 3])], [value("y", ["time", 1, "n", 6])], constants)
    session = gatewise.onnx.load(made.SerializeToString())
    layer = gatewise.LSTM(3, 6)
    layer.load_state_dict(session.state_dict())
    x = random.normal(size=(4, 2, 3)).astype(np.float32)
    np.testing.assert_allclose(session(x)[:, 0], layer(x.transpose(1, 0, 2))[0].transpose(1, 0, 2), rtol=1e-5, atol=1e-6)
    with pytest.raises(gatewise.DataError, match="no part of a stack") as caught:
        gatewise.onnx.load(network().SerializeToString()).state_dict()
    assert caught.value.node == "head"


def test_wrong_inputs():
    session = gatewise.onnx.load(network().SerializeToString())
    x = np.zeros((2, 4, 3), dtype=np.float32)
    with pytest.raises(TypeError, match=r"1 inputs \(x\); 2 were given"):
        session(x, x)
    for inputs, message in [
        ({}, 'input "x" is missing'),
        ({"x": x, "y": x}, 'there is no input "y"'),
        ({"x": x[0]}, r'input "x" has shape \[4, 3\]'),
        ({"x": x[..., :2]}, r'input "x" has shape \[2, 4, 2\]'),
        ({"x": x.astype(complex)}, 'input "x" is complex128'),
    ]:
        with pytest.raises(gatewise.SettingError, match=message) as caught:
            session.run(inputs)
        assert caught.value.kind == "usage" and caught.value.remedy and caught.value.node is None
    assert session(x)[0].shape == (2, 4, 2)


def test_wrong_files(tmp_path):
    with pytest.raises(gatewise.FileError) as caught:
        gatewise.onnx.load(tmp_path / "absent.onnx")
    assert caught.value.kind == "io"
    whole = network().SerializeToString()
    for cut in [0, 1, len(whole) // 2, len(whole) - 1]:
        with pytest.raises(gatewise.DataError):
            gatewise.onnx.load(whole[:cut])
    made = network()
    made.graph.node[4].op_type = "Einsum"
    with pytest.raises(gatewise.DataError, match=r'node "head" \(Einsum, 5 of 6\): its operator is not supported') as caught:
        gatewise.onnx.load(made.SerializeToString())
    assert caught.value.node == "head"
    loop = helper.make_node("Loop", ["n", "", "x"], ["y"], name="again", body=helper.make_graph([], "body", [], []))
    graph = helper.make_graph([loop], "graph", [value("x", ["n"]), value("n", [], INT64)], [value("y", ["n"])])
    with pytest.raises(gatewise.DataError, match="Loop runs a graph of its own") as caught:
        gatewise.onnx.load(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())
    assert caught.value.node == "again" and caught.value.remedy


def test_nodes_that_cannot_take_the_shapes_are_named():
    nodes = [helper.make_node("MatMul", ["a", "b"], ["y"], name="product")]
    made = model(nodes, [value("a", ["n", "k"]), value("b", ["l", "m"])], [value("y", ["n", "m"])])
    session = gatewise.onnx.load(made.SerializeToString())
    with pytest.raises(gatewise.DataError, match=r"shapes \(2, 3\) and \(4, 5\)") as caught:
        session(np.zeros((2, 3)), np.zeros((4, 5)))
    assert caught.value.node == "product"
    assert session(np.ones((2, 3)), np.ones((3, 1))).tolist() == [[3], [3]]
