"""Recurrent layers: outputs, final states and every gradient.

    loss = sum(y * wy) + sum(hn * wh) [+ sum(cn * wc)]

B batch, T time, I input, H hidden, L layers, D directions; none a multiple of 4, 8 or 16.
"""

import itertools
import math

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import store

B, T, I, H = 5, 7, 3, 19
# Unsorted, two rows of full length, one of a single step.
RAGGED = [4, 7, 1, 7, 3]
MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def make(folder):
    for cell, layers, directions, lengths in itertools.product(MODULES, (1, 2), (1, 2), ("full", "ragged")):
        torch_case(folder, cell, layers, directions, lengths)
    torch_case(folder, "rnn", 2, 2, "ragged", nonlinearity="relu")
    for lengths in ("full", "ragged"):
        reset_before_case(folder, lengths)


def case_inputs(name, layers, directions, lengths, state_names):
    """Tensors that every case draws alike: input, lengths, initial states, loss weights."""
    draw = store.Draw(name)
    length = torch.tensor([T] * B if lengths == "full" else RAGGED)
    real = (torch.arange(T) < length[:, None]).double()[:, :, None]
    states = {n: draw.normal(layers * directions, B, H) for n in state_names}
    weights = {"wy": draw.normal(B, T, directions * H)}
    weights |= {"w" + n: draw.normal(layers * directions, B, H) for n in state_names}
    return draw, length, real, draw.normal(B, T, I) * real, states, weights


def torch_case(folder, cell, layers, directions, lengths, nonlinearity="tanh"):
    """One PyTorch module; ragged lengths run as a PackedSequence."""
    variant = "_relu" if nonlinearity == "relu" else ""
    name = f"{cell}{variant}_l{layers}_d{directions}_{lengths}"
    draw, length, _, x, states, weights = case_inputs(
        name, layers, directions, lengths, "hc" if cell == "lstm" else "h"
    )
    options = {"nonlinearity": nonlinearity} if cell == "rnn" else {}
    module = MODULES[cell](
        I, H, layers, batch_first=True, bidirectional=directions == 2, dtype=torch.float64, **options
    )
    bound = 1 / math.sqrt(H)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw.uniform(-bound, bound, *parameter.shape))

    x, states = store.leaf(x), {n: store.leaf(s) for n, s in states.items()}
    state = tuple(states.values()) if cell == "lstm" else states["h"]
    if lengths == "full":
        y, final = module(x, state)
    else:
        packed = pack_padded_sequence(x, length, batch_first=True, enforce_sorted=False)
        y, final = module(packed, state)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=T)
    final = dict(zip(states, final if cell == "lstm" else (final,)))
    write(
        folder,
        name,
        draw,
        module.named_parameters(),
        x,
        length,
        states,
        weights,
        y,
        final,
        cell=cell,
        nonlinearity=nonlinearity,
        reset="after",
    )


def reset_before_case(folder, lengths):
    """GRU with the reset gate before the product (Cho 2014; ONNX linear_before_reset = 0).

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)      z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + W_hn (r * h) + b_hn)   h' = (1 - z) * n + z * h
    """
    name = f"gru_reset_before_l1_d1_{lengths}"
    draw, length, real, x, states, weights = case_inputs(name, 1, 1, lengths, "h")
    bound = 1 / math.sqrt(H)
    shapes = {"weight_ih_l0": (3 * H, I), "weight_hh_l0": (3 * H, H), "bias_ih_l0": (3 * H,), "bias_hh_l0": (3 * H,)}
    params = {n: store.leaf(draw.uniform(-bound, bound, *s)) for n, s in shapes.items()}
    x, h0 = store.leaf(x), store.leaf(states["h"])

    w_r, w_z, w_n = params["weight_hh_l0"].chunk(3)
    b_r, b_z, b_n = params["bias_hh_l0"].chunk(3)
    h, outputs = h0[0], []
    for t in range(T):
        x_r, x_z, x_n = (x[:, t] @ params["weight_ih_l0"].T + params["bias_ih_l0"]).chunk(3, dim=1)
        r = torch.sigmoid(x_r + h @ w_r.T + b_r)
        z = torch.sigmoid(x_z + h @ w_z.T + b_z)
        n = torch.tanh(x_n + (r * h) @ w_n.T + b_n)
        h = torch.where(real[:, t] > 0, (1 - z) * n + z * h, h)
        outputs.append(h * real[:, t])
    write(
        folder,
        name,
        draw,
        params.items(),
        x,
        length,
        {"h": h0},
        weights,
        torch.stack(outputs, 1),
        {"h": h[None]},
        cell="gru",
        nonlinearity="tanh",
        reset="before",
    )


def write(folder, name, draw, named, x, length, states, weights, y, final, **about):
    """Runs the backward pass and stores everything under the names the README lists."""
    named = dict(named)
    loss = (y * weights["wy"]).sum() + sum((final[n] * weights["w" + n]).sum() for n in final)
    loss.backward()
    tensors = {"x": x, "lengths": length, "y": y, "loss": loss, "grad.x": x.grad, **weights}
    for n, state in states.items():
        tensors |= {f"{n}0": state, f"{n}n": final[n], f"grad.{n}0": state.grad}
    for n, parameter in named.items():
        tensors |= {f"param.{n}": parameter, f"grad.{n}": parameter.grad}
    store.save(folder / f"{name}.safetensors", draw.seed, tensors, **about)
