"""Layers on numpy arrays: against plain loops written out here, against differences, and against every wrong argument."""

import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

import gatewise

LAYERS = [gatewise.LSTM, gatewise.GRU, gatewise.RNN]


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def plain_step(layer, tensors, suffix, x, h, c):
    """One step of one layer and direction in numpy, by the equations of PyTorch's documentation."""
    gates_x = x @ tensors[f"weight_ih{suffix}"].T + tensors[f"bias_ih{suffix}"]
    gates_h = h @ tensors[f"weight_hh{suffix}"].T + tensors[f"bias_hh{suffix}"]
    if isinstance(layer, gatewise.LSTM):
        i, f, g, o = np.split(gates_x + gates_h, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c
    if isinstance(layer, gatewise.GRU):
        (rx, zx, nx), (rh, zh, nh) = np.split(gates_x, 3, axis=-1), np.split(gates_h, 3, axis=-1)
        z = sigmoid(zx + zh)
        return (1 - z) * np.tanh(nx + sigmoid(rx + rh) * nh) + z * h, c
    a = gates_x + gates_h
    return (np.tanh(a) if layer.nonlinearity == "tanh" else np.maximum(a, 0)), c


def plain(layer, x, lengths):
    """Outputs of sequences one by one, in plain loops."""
    tensors = {name: tensor.astype(np.float64) for name, tensor in layer.state_dict().items()}
    suffixes = ["", "_reverse"][: 2 if layer.bidirectional else 1]
    y = np.zeros((*x.shape[:2], layer.hidden_size * len(suffixes)))
    last = np.zeros((layer.num_layers * len(suffixes), x.shape[0], layer.hidden_size))
    for n, length in enumerate(lengths):
        rows = x[n, :length].astype(np.float64)
        for level in range(layer.num_layers):
            outputs = []
            for d, suffix in enumerate(suffixes):
                h = c = np.zeros(layer.hidden_size)
                out = [None] * length
                for t in range(length) if d == 0 else reversed(range(length)):
                    h, c = plain_step(layer, tensors, f"_l{level}{suffix}", rows[t], h, c)
                    out[t] = h
                last[level * len(suffixes) + d, n] = h
                outputs.append(np.stack(out))
            rows = np.concatenate(outputs, axis=1)
        y[n, :length] = rows
    return y, last


def h_of(state):
    return state[0] if isinstance(state, tuple) else state


@pytest.mark.parametrize("make", LAYERS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("dtype, most", [("float32", 2e-6), ("float64", 1e-12)])
@pytest.mark.parametrize("keep", [False, True])
def test_forward_is_that_of_plain_loops(make, bidirectional, dtype, most, keep):
    layer = make(3, 5, 2, bidirectional=bidirectional, dtype=dtype, seed=1)
    x = np.random.default_rng(2).normal(size=(4, 9, 3)).astype(dtype)
    for lengths in ([9, 9, 9, 9], [3, 9, 1, 6]):
        y, state = layer.forward(x, lengths=None if min(lengths) == 9 else lengths, keep=keep)
        expected, last = plain(layer, x, lengths)
        assert y.dtype == dtype and np.abs(y - expected).max() < most
        assert np.abs(h_of(state) - last).max() < most


def test_relu_and_one_channel_in_two_dimensions():
    layer = gatewise.RNN(1, 4, nonlinearity="relu", seed=3)
    x = np.random.default_rng(4).normal(size=(2, 7)).astype(np.float32)
    assert np.abs(layer(x)[0] - plain(layer, x[:, :, None], [7, 7])[0]).max() < 2e-6


@pytest.mark.parametrize("make", LAYERS)
@pytest.mark.parametrize("lengths", [None, [2, 5, 4]])
def test_backward_is_that_of_differences(make, lengths):
    layer = make(2, 3, 2, bidirectional=True, dtype="float64", seed=5)
    random = np.random.default_rng(6)
    x = random.normal(size=(3, 5, 2))
    shape = (4, 3, 3)
    state = tuple(random.normal(size=shape) for _ in range(2)) if make is gatewise.LSTM else random.normal(size=shape)
    of_y, of_state = random.normal(size=(3, 5, 6)), random.normal(size=shape)

    def loss(x, state):
        y, last = layer.forward(x, state, lengths)
        return float((y * of_y).sum() + (h_of(last) * of_state).sum())

    layer.forward(x, state, lengths, keep=True)
    d_last = (of_state, np.zeros(shape)) if make is gatewise.LSTM else of_state
    gradients = layer.backward(of_y, d_last)

    def difference(change):
        return (change(1e-6) - change(-1e-6)) / 2e-6

    for index in [(0, 0, 1), (1, 3, 0), (2, 1, 1)]:

        def change_x(by):
            moved = x.copy()
            moved[index] += by
            return loss(moved, state)

        assert abs(difference(change_x) - gradients.dx[index]) < 1e-7
    for index in [(0, 0, 1), (3, 2, 0)]:

        def change_state(by):
            moved = h_of(state).copy()
            moved[index] += by
            return loss(x, (moved, state[1]) if make is gatewise.LSTM else moved)

        assert abs(difference(change_state) - h_of(gradients.d_state)[index]) < 1e-7
    tensors = layer.state_dict()
    for name in tensors:
        at = np.unravel_index(tensors[name].size // 2, tensors[name].shape)

        def change_weight(by):
            moved = {key: value.copy() for key, value in tensors.items()}
            moved[name][at] += by
            layer.load_state_dict(moved)
            return loss(x, state)

        assert abs(difference(change_weight) - gradients.weights[name][at]) < 1e-7, name


def test_backward_wants_a_kept_forward_and_does_it_once():
    layer = gatewise.GRU(1, 2)
    with pytest.raises(RuntimeError, match="keep=True"):
        layer.backward()
    layer.forward(np.ones((1, 3)), keep=True)
    layer.backward()
    with pytest.raises(RuntimeError, match="keep=True"):
        layer.backward()


def test_inference_in_blocks_goes_on_from_state_to_state():
    # Long enough for several blocks.
    layer = gatewise.LSTM(2, 4, seed=7)
    x = np.random.default_rng(8).normal(size=(3, 400_000, 2)).astype(np.float32)
    y, (h, c) = layer.forward(x)
    _, (first_h, first_c) = layer.forward(x[:, :123_457])
    rest, (last_h, last_c) = layer.forward(x[:, 123_457:], (first_h, first_c))
    assert (h == last_h).all() and (c == last_c).all() and (rest == y[:, 123_457:]).all()
    none, (only_h, _) = layer.forward(x, sequences=False)
    assert none is None and (only_h == h).all()


def test_steps_and_streams_follow_the_forward():
    layer = gatewise.GRU(3, 8, 2, seed=9)
    x = np.random.default_rng(10).normal(size=(1, 12, 3)).astype(np.float32)
    y, last = layer.forward(x)
    stream, state = layer.stream(), None
    for t in range(12):
        out, state = layer.step(x[:, t], state)
        assert np.abs(out - y[:, t]).max() < 1e-6
        assert np.abs(stream.step(x[0, t]) - y[0, t]).max() < 3e-6
    h, c = stream.state
    assert c is None and np.abs(h - last[:, 0]).max() < 3e-6
    again = layer.stream()
    outputs = np.empty((12, 8), np.float32)
    again.step_many(x[0], outputs)
    assert np.abs(outputs - y[0]).max() < 3e-6
    again.reset()
    again.set_state(h, None)
    assert (again.step(x[0, 0]) == stream.step(x[0, 0])).all()
    one = gatewise.LSTM(1, 4).stream()
    assert (one.step(0.5) == gatewise.LSTM(1, 4, seed=None).stream().step(0.5)).shape == (4,)


def test_weights_come_back_and_pickle_keeps_them():
    for layer in (gatewise.LSTM(2, 3, 2, bidirectional=True), gatewise.RNN(2, 3, nonlinearity="relu", dtype="float64")):
        x = np.random.default_rng(11).normal(size=(2, 4, 2))
        again = pickle.loads(pickle.dumps(layer))
        assert repr(again) == repr(layer) and (again(x)[0] == layer(x)[0]).all()
        other = type(layer)(2, 3, layer.num_layers, bidirectional=layer.bidirectional, dtype=layer.dtype)
        assert list(other.state_dict()) == list(layer.state_dict())


def test_threads_change_no_bit():
    layer = gatewise.LSTM(8, 96, seed=12)
    x = np.random.default_rng(13).normal(size=(16, 40, 8)).astype(np.float32)
    before = gatewise.get_num_threads()
    results = []
    for threads in (1, 2, 3):
        gatewise.set_num_threads(threads)
        results.append(layer(x)[0])
    gatewise.set_num_threads(before)
    assert (results[0] == results[1]).all() and (results[0] == results[2]).all()
    with pytest.raises(ValueError, match="1 or more"):
        gatewise.set_num_threads(0)


def test_several_python_threads_at_once():
    layers = [gatewise.GRU(4, 32, seed=k) for k in range(4)]
    x = np.random.default_rng(14).normal(size=(8, 50, 4)).astype(np.float32)
    expected = [layer(x)[0] for layer in layers]
    wrong = []

    def work(k):
        for _ in range(20):
            for layer, y in ((layers[k], expected[k]), (layers[0], expected[0])):
                if not (layer(x)[0] == y).all():
                    wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="skipped: no fork")
def test_a_fork_after_use_computes():
    code = """
import os, sys, numpy, gatewise
gatewise.set_num_threads(3)
layer = gatewise.LSTM(32, 256, seed=1)
x = numpy.ones((64, 20, 32), numpy.float32)
y = layer(x)[0]
child = os.fork()
if child == 0:
    os._exit(0 if (layer(x)[0] == y).all() and gatewise.get_num_threads() == 3 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_nan_goes_through():
    x = np.ones((2, 3, 1), np.float32)
    x[0, 1] = np.nan
    y = gatewise.LSTM(1, 4)(x)[0]
    assert np.isfinite(y[0, 0]).all() and np.isnan(y[0, 1:]).all() and np.isfinite(y[1]).all()


def test_arrays_of_every_making_are_read():
    layer = gatewise.LSTM(2, 3)
    x = np.random.default_rng(15).normal(size=(4, 6, 2)).astype(np.float32)
    expected = layer(x)[0]
    strided = np.empty((4, 6, 4), np.float32)[:, :, ::2]
    strided[:] = x
    fixed = x.copy()
    fixed.flags.writeable = False
    for other in (x.astype(np.float64), np.asfortranarray(x), strided, fixed, x.tolist(), x[::-1][::-1]):
        assert (layer(other)[0] == expected).all()
    whole = np.arange(12).reshape(2, 3, 2)
    assert (layer(whole)[0] == layer(whole.astype(np.float32))[0]).all()


def test_wrong_arguments_are_named():
    layer = gatewise.LSTM(2, 3)
    x = np.zeros((2, 4, 2), np.float32)
    cases = [
        (lambda: layer(np.zeros((2, 4, 3))), ValueError, r"\(n, time, 2\)"),
        (lambda: layer(np.zeros(4)), ValueError, r"\(n, time, 2\)"),
        (lambda: layer(np.array([["a"]])), TypeError, "numbers are wanted"),
        (lambda: layer(np.array([[object()]])), TypeError, "numbers are wanted"),
        (lambda: layer(x, np.zeros((1, 2, 3))), ValueError, "a pair"),
        (lambda: layer(x, (np.zeros((1, 2, 3)), np.zeros((1, 2, 4)))), ValueError, r"\(1, 2, 3\)"),
        (lambda: layer(x, lengths=[4]), ValueError, "2 whole numbers from 1 to 4"),
        (lambda: layer(x, lengths=[1.5, 4]), TypeError, "whole numbers"),
        (lambda: layer(x, lengths=[0, 4]), ValueError, "from 1 to 4"),
        (lambda: layer(x, lengths=[5, 4]), ValueError, "from 1 to 4"),
        (lambda: layer.step(x), ValueError, r"\(n, 2\)"),
        (lambda: layer.stream().step([1.0]), ValueError, "1 features; the layers read 2"),
        (lambda: layer.stream().step("x"), TypeError, "a row of numbers"),
        (lambda: layer.load_state_dict({}), ValueError, "missing .*weight_ih_l0"),
        (lambda: layer.load_state_dict({**layer.state_dict(), "more": x}), ValueError, "unknown .*more"),
        (lambda: layer.load_state_dict({**layer.state_dict(), "bias_ih_l0": x}), ValueError, r"bias_ih_l0 .*\(12,\)"),
        (lambda: gatewise.LSTM(2, 0), ValueError, "hidden_size is 0"),
        (lambda: gatewise.LSTM(2.5, 3), TypeError, "whole number"),
        (lambda: gatewise.LSTM(2, 3, dtype="float16"), ValueError, "float32 or float64"),
        (lambda: gatewise.LSTM(2, 10**9), ValueError, "parameters"),
        (lambda: gatewise.RNN(2, 3, nonlinearity="sin"), ValueError, "'tanh' or 'relu'"),
        (lambda: gatewise.GRU(2, 3, bidirectional=True).stream(), ValueError, "one direction"),
        (lambda: gatewise.GRU(2, 3, dtype="float64").stream(), ValueError, "float32"),
        (lambda: gatewise.GRU(2, 3, bidirectional=True).step(x[:, 0]), ValueError, "two directions"),
    ]
    for call, kind, words in cases:
        with pytest.raises(kind, match=words):
            call()
    # A refused state_dict changed nothing.
    assert np.isfinite(layer(x)[0]).all()


def test_nothing_at_all():
    layer = gatewise.LSTM(2, 3)
    y, (h, c) = layer(np.zeros((0, 4, 2)))
    assert y.shape == (0, 4, 3) and h.shape == c.shape == (1, 0, 3)
    for keep in (False, True):
        y, (h, _) = layer.forward(np.zeros((2, 0, 2)), keep=keep)
        assert y.shape == (2, 0, 3) and not h.any()
    assert layer.backward().dx.shape == (2, 0, 2)
