"""Probes: gradients of the last step's loss by lag, singular values of the step's Jacobian, gates.

The loss of sequence b is mean((head(h_T) - target)^2); lag k looks at the states k steps before the last one.
B batch, T time, I input, H hidden, O outputs; two layers.
"""

import math

import torch

import input_gated
import store

B, T, I, H, O, L = 4, 11, 3, 9, 2, 2
LEVELS = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)
GATES = {"rnn": 1, "gru": 3, "lstm": 4, **input_gated.GATES}
# Tensors of a layer, and of one whose gates see the input alone.
TENSORS = {False: ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), True: ("weight_ih", "bias_ih")}


def make(folder):
    for cell in GATES:
        case(folder, cell)


def step(cell, weights, x, h, c):
    """One step of one layer: h, c and the activated gates."""
    if cell in input_gated.GATES:
        w_ih, b_ih = weights
        h, gates = input_gated.step(cell, x @ w_ih.T + b_ih, h)
        return h, c, gates
    w_ih, w_hh, b_ih, b_hh = weights
    a, u = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    if cell == "rnn":
        return torch.tanh(a + u), c, {}
    if cell == "gru":
        (a_r, a_z, a_n), (u_r, u_z, u_n) = a.chunk(3, -1), u.chunk(3, -1)
        r, z = torch.sigmoid(a_r + u_r), torch.sigmoid(a_z + u_z)
        n = torch.tanh(a_n + r * u_n)
        return (1 - z) * n + z * h, c, {"update": z, "reset": r}
    i, f, g, o = (a + u).chunk(4, -1)
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * c + i * g
    return o * torch.tanh(c), c, {"forget": f, "input": i, "output": o}


def case(folder, cell):
    name = f"probe_{cell}"
    draw = store.Draw(name)
    # Wider than the usual start: gates and slopes then differ from unit to unit.
    bound, rows = 2 / math.sqrt(H), GATES[cell] * H
    params = {}
    for layer in range(L):
        shapes = {"weight_ih": (rows, I if layer == 0 else H), "weight_hh": (rows, H), "bias_ih": (rows,), "bias_hh": (rows,)}
        shapes = {n: s for n, s in shapes.items() if n in TENSORS[cell in input_gated.GATES]}
        params |= {f"recurrent.{n}_l{layer}": draw.uniform(-bound, bound, *s) for n, s in shapes.items()}
    params |= {"head.weight": draw.uniform(-bound, bound, O, H), "head.bias": draw.uniform(-bound, bound, O)}
    x, target = draw.normal(B, T, I), draw.normal(B, O)

    def weights(layer):
        return [params[f"recurrent.{n}_l{layer}"] for n in TENSORS[cell in input_gated.GATES]]

    # (layer, t) -> what the graph holds there.
    hs, cs, gates, before = {}, {}, {}, {}
    below = [store.leaf(x[:, t]) for t in range(T)]
    for layer in range(L):
        h, c = torch.zeros(B, H, dtype=torch.float64), torch.zeros(B, H, dtype=torch.float64)
        for t in range(T):
            before[layer, t] = (below[t].detach(), h.detach(), c.detach())
            h, c, gates[layer, t] = step(cell, weights(layer), below[t], h, c)
            hs[layer, t], cs[layer, t] = h, c
        below = [hs[layer, t] for t in range(T)]
    output = below[-1] @ params["head.weight"].T + params["head.bias"]
    loss = ((output - target) ** 2).mean(1)

    tensors = {"x": x, "target": target, "loss": loss.sum(), **{f"param.{n}": p for n, p in params.items()}}
    for layer in range(L):
        for letter, states in (("h", hs), ("c", cs)) if cell == "lstm" else (("h", hs),):
            grads = torch.autograd.grad(loss.sum(), [states[layer, T - 1 - k] for k in range(T)], retain_graph=True)
            norms = torch.stack([g.norm(dim=1) for g in grads])
            tensors[f"flow.{letter}.l{layer}"] = torch.quantile(norms, LEVELS, dim=1).T
        tensors[f"singular.l{layer}"] = torch.quantile(singular_values(cell, weights(layer), before, layer), LEVELS)
        for gate in gates[layer, 0]:
            values = torch.stack([gates[layer, t][gate] for t in range(T)])
            tensors[f"gate.{gate}.l{layer}"] = values.mean((0, 1))
            tensors[f"gate.{gate}.by_step.l{layer}"] = values.mean((1, 2))
    store.save(folder / f"{name}.safetensors", draw.seed, tensors, cell=cell)


def singular_values(cell, weights, before, layer):
    """The largest of d(h, c)_t / d(h, c)_(t-1) at every step and sequence."""
    found = []
    for t in range(T):
        x, h, c = before[layer, t]
        for b in range(B):
            def move(state):
                h, c, _ = step(cell, weights, x[b], state[:H], state[H:])
                return torch.cat([h, c]) if cell == "lstm" else h

            start = torch.cat([h[b], c[b]]) if cell == "lstm" else h[b]
            jacobian = torch.autograd.functional.jacobian(move, start)
            found.append(torch.linalg.svdvals(jacobian)[0])
    return torch.stack(found)
