"""Weights of Keras, held against its documented equations in plain numpy, and against Keras itself where it is installed."""

import os

import numpy as np
import pytest

import gatewise as gw

I, H, T, N = 3, 4, 6, 2


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def keras_step(cell, kernel, recurrent, bias, x, h, c, activation=np.tanh):
    """One step as Keras's documentation of LSTM, GRU and SimpleRNN gives it, gates in its order."""
    of_input, of_state = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    if cell == "LSTM":
        i, f, g, o = np.split(x @ kernel + h @ recurrent + of_input, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c
    if cell == "SimpleRNN":
        return activation(x @ kernel + h @ recurrent + of_input), c
    (xz, xr, xh), (kz, kr, kh) = np.split(x @ kernel + of_input, 3, axis=-1), np.split(recurrent, 3, axis=-1)
    bz, br, bh = np.split(of_state, 3)
    z, r = sigmoid(xz + h @ kz + bz), sigmoid(xr + h @ kr + br)
    candidate = np.tanh(xh + (r * (h @ kh + bh) if bias.ndim == 2 else (r * h) @ kh))
    return z * h + (1 - z) * candidate, c


def keras_layer(cell, weights, x, backward=False, activation=np.tanh):
    h = c = np.zeros((len(x), H))
    y = np.empty((len(x), T, H))
    for t in reversed(range(T)) if backward else range(T):
        h, c = keras_step(cell, *weights, x[:, t], h, c, activation)
        y[:, t] = h
    return y


def drawn(cell, two_biases=False, seed=1):
    gates, random = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[cell] * H, np.random.default_rng(seed)
    return [random.normal(size=shape) * 0.5 for shape in [(I, gates), (H, gates), (2, gates) if two_biases else (gates,)]]


CASES = [("LSTM", False), ("GRU", True), ("GRU", False), ("SimpleRNN", False)]


@pytest.mark.parametrize("cell, two_biases", CASES)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_outputs_are_those_of_the_documented_equations(cell, two_biases, bidirectional):
    weights, x = drawn(cell, two_biases), np.random.default_rng(2).normal(size=(N, T, I))
    expected = keras_layer(cell, weights, x)
    if bidirectional:
        others = drawn(cell, two_biases, seed=3)
        expected = np.concatenate([expected, keras_layer(cell, others, x, backward=True)], axis=-1)
        weights = weights + others
    layer = gw.from_keras_weights(cell, weights, bidirectional=bidirectional)
    assert layer.dtype == np.float64 and layer.bidirectional == bidirectional
    assert np.abs(layer(x)[0] - expected).max() < 1e-12
    single = gw.from_keras_weights(cell, weights, bidirectional=bidirectional, dtype="float32")
    assert single.dtype == np.float32 and np.abs(single(x)[0] - expected).max() < 1e-5


def test_a_network_of_relu_and_layers_without_bias():
    weights, x = drawn("SimpleRNN"), np.random.default_rng(4).normal(size=(N, T, I))
    relu = gw.from_keras_weights("SimpleRNN", weights, activation="relu")
    expected = keras_layer("SimpleRNN", weights, x, activation=lambda a: np.maximum(a, 0))
    assert np.abs(relu(x)[0] - expected).max() < 1e-12
    kernel, recurrent, bias = drawn("GRU")
    for reset_after, zeros in ((True, np.zeros((2, 3 * H))), (False, np.zeros(3 * H)), (None, np.zeros((2, 3 * H)))):
        layer = gw.from_keras_weights("GRU", [kernel, recurrent], reset_after=reset_after)
        assert np.abs(layer(x)[0] - keras_layer("GRU", [kernel, recurrent, zeros], x)).max() < 1e-12


def test_wrong_weights_are_named():
    kernel, recurrent, bias = drawn("GRU")
    cases = [
        (lambda: gw.from_keras_weights("gru", [kernel, recurrent, bias]), "'LSTM', 'GRU' or 'SimpleRNN'"),
        (lambda: gw.from_keras_weights("GRU", [kernel]), "weights are 1 arrays"),
        (lambda: gw.from_keras_weights("GRU", [kernel, recurrent, bias], bidirectional=True), "two directions"),
        (lambda: gw.from_keras_weights("LSTM", [kernel, recurrent, bias]), "16 values for 4 units of LSTM"),
        (lambda: gw.from_keras_weights("GRU", [kernel, recurrent.T, bias]), "the kernel has the shape"),
        (lambda: gw.from_keras_weights("GRU", [kernel, recurrent, bias[:-1]]), "the bias has the shape"),
        (lambda: gw.from_keras_weights("GRU", [kernel, recurrent, bias], reset_after=True), "that of reset_after=False"),
        (lambda: gw.from_keras_weights("GRU", [bias, recurrent, bias]), "two dimensions"),
        (lambda: gw.from_keras_weights("LSTM", [*drawn("LSTM")[:2], np.zeros((3, 16))]), "bias_ih_l0"),
        (lambda: gw.from_keras_weights("SimpleRNN", drawn("SimpleRNN"), activation="selu"), "'tanh' or 'relu'"),
    ]
    for call, words in cases:
        with pytest.raises(ValueError, match=words):
            call()


def test_keras_itself_gives_the_same():
    pytest.importorskip("torch", reason="skipped: no torch")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="skipped: no keras")
    x = np.random.default_rng(5).normal(size=(N, T, I)).astype(np.float32)
    for cell, settings in [("LSTM", {}), ("GRU", {}), ("GRU", {"reset_after": False}), ("SimpleRNN", {}), ("LSTM", {"use_bias": False})]:
        for bidirectional in (False, True):
            layer = getattr(keras.layers, cell)(H, return_sequences=True, bias_initializer="random_normal", **settings)
            layer = keras.layers.Bidirectional(layer) if bidirectional else layer
            expected = np.asarray(keras.ops.convert_to_numpy(layer(x)))
            ours = gw.from_keras_weights(cell, layer.get_weights(), bidirectional=bidirectional)
            assert ours.dtype == np.float32 and np.abs(ours(x)[0] - expected).max() < 1e-5
