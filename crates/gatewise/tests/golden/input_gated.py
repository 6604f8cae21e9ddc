"""Layers whose gates see the input alone (Feng et al. 2024), step by step as the paper's sequential mode has them.

    minGRU:   z = sigmoid(a_z)    h' = (1 - z) * h + z * g(a_h)
    minLSTM:  f = sigmoid(a_f)    i = sigmoid(a_i)    h' = f / (f + i) * h + i / (f + i) * g(a_h)

with a = W_ih x + b_ih and g(x) = x + 1/2 where x >= 0, else sigmoid(x). What a step keeps is held against the paper's parallel mode
in logarithms. The loss is that of recurrent.py.
"""

import itertools
import math

import torch

import recurrent
import store

# Gates of each cell, in the order of its weights.
GATES = {"mingru": 2, "minlstm": 3}


def make(folder):
    for cell in GATES:
        case(folder, cell, 1, 1, "full")
        case(folder, cell, 2, 2, "ragged")


def g(x):
    return torch.where(x >= 0, x + 0.5, torch.sigmoid(x))


def parts(cell, a):
    """The share of the state that stays, the candidate's share, the candidate, and the gates that probes watch."""
    if cell == "minlstm":
        f, i, a_h = a.chunk(3, -1)
        f, i = torch.sigmoid(f), torch.sigmoid(i)
        return f / (f + i), i / (f + i), g(a_h), {"forget": f / (f + i)}
    a_z, a_h = a.chunk(2, -1)
    z = torch.sigmoid(a_z)
    return 1 - z, z, g(a_h), {"keep": 1 - z}


def step(cell, a, h):
    stays, comes, candidate, gates = parts(cell, a)
    return stays * h + comes * candidate, gates


def logarithms(cell, a):
    """The paper's log of the share that stays and of what comes: (log_coeffs, log_values)."""
    if cell == "minlstm":
        a_f, a_i, a_h = a.chunk(3, -1)
        difference = softplus(-a_f) - softplus(-a_i)
        return -softplus(difference), -softplus(-difference) + log_g(a_h)
    k, a_h = a.chunk(2, -1)
    return -softplus(k), -softplus(-k) + log_g(a_h)


softplus = torch.nn.functional.softplus


def log_g(x):
    return torch.where(x >= 0, (torch.relu(x) + 0.5).log(), -softplus(-x))


def agrees_with_the_parallel_mode(cell, a):
    """One sequence (T, G*H) from a state of 1, by the paper's scan over logarithms and step by step."""
    log_coeffs, log_values = logarithms(cell, a)
    start = torch.zeros_like(log_values[:1])
    a_star = torch.cat([start, log_coeffs.cumsum(0)])
    parallel = (a_star + torch.logcumsumexp(torch.cat([start, log_values]) - a_star, 0)).exp()[1:]
    h, steps = torch.ones_like(log_values[0]), []
    for row in a:
        h, _ = step(cell, row, h)
        steps.append(h)
    assert torch.allclose(parallel, torch.stack(steps), rtol=1e-9, atol=0), cell


def run(cell, w_ih, b_ih, x, h, reverse):
    """One sequence: x (T, I) -> the outputs (T, H) and the last state."""
    outputs = [None] * len(x)
    for t in reversed(range(len(x))) if reverse else range(len(x)):
        h, _ = step(cell, x[t] @ w_ih.T + b_ih, h)
        outputs[t] = h
    return torch.stack(outputs), h


def case(folder, cell, layers, directions, lengths):
    name = f"{cell}_l{layers}_d{directions}_{lengths}"
    draw, length, _, x, states, weights = recurrent.case_inputs(name, layers, directions, lengths, "h")
    (B, T, I), H = x.shape, recurrent.H
    bound, params = 1 / math.sqrt(H), {}
    suffixes = [(layer, d, f"_l{layer}" + ("_reverse" if d else "")) for layer, d in itertools.product(range(layers), range(directions))]
    for layer, _, suffix in suffixes:
        rows, inputs = GATES[cell] * H, I if layer == 0 else directions * H
        params[f"weight_ih{suffix}"] = store.leaf(draw.uniform(-bound, bound, rows, inputs))
        params[f"bias_ih{suffix}"] = store.leaf(draw.uniform(-bound, bound, rows))
    x, h0 = store.leaf(x), store.leaf(states["h"])
    agrees_with_the_parallel_mode(cell, (x[1] @ params["weight_ih_l0"].T + params["bias_ih_l0"]).detach())
    y, last = [], []
    for b in range(B):
        below, ends = x[b, : length[b]], []
        for layer in range(layers):
            outputs = []
            for _, d, suffix in (s for s in suffixes if s[0] == layer):
                start = h0[layer * directions + d, b]
                out, end = run(cell, params[f"weight_ih{suffix}"], params[f"bias_ih{suffix}"], below, start, d == 1)
                outputs.append(out)
                ends.append(end)
            below = torch.cat(outputs, 1)
        y.append(torch.cat([below, torch.zeros(T - len(below), directions * H, dtype=torch.float64)]))
        last.append(torch.stack(ends))
    recurrent.write(
        folder, name, draw, params.items(), x, length, {"h": h0}, weights, torch.stack(y), {"h": torch.stack(last, 1)}, cell=cell
    )
