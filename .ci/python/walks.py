"""A walk: every gate, state, answer and gradient on its page and in its events, recomputed from the model file."""

import base64
import json
import re

import numpy as np
import torch
from page import page
from trained import gatewise, place, same

TEXT = "나는 한국 사람이야. 비가 왔어. 그래서 나는 한국어를 잘해. He said: \"So it is.\""
ORDER = {"rnn": ["hidden"], "gru": ["reset", "update", "new"], "lstm": ["input", "forget", "cell", "output"]}


def cell(name, a, u, h, c):
    """Gates, h and c of a step from W x + b and U h + b', as PyTorch's pages have it."""
    a, u = a.chunk(len(ORDER[name])), u.chunk(len(ORDER[name]))
    if name == "rnn":
        value = [torch.tanh(a[0] + u[0])]
        return value, value[0], c
    if name == "gru":
        r, z = torch.sigmoid(a[0] + u[0]), torch.sigmoid(a[1] + u[1])
        n = torch.tanh(a[2] + r * u[2])
        return [r, z, n], (1 - z) * n + z * h, c
    i, f, o = (torch.sigmoid(a[k] + u[k]) for k in (0, 1, 3))
    g = torch.tanh(a[2] + u[2])
    c = f * c + i * g
    return [i, f, g, o], o * torch.tanh(c), c


def unroll(name, tensors, ids):
    """Everything that a network computes over symbols, in f64."""
    weight = lambda key: torch.as_tensor(tensors[key], dtype=torch.float64)
    w_ih, w_hh, b_ih, b_hh = (weight(f"recurrent.{part}_l0") for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    x = weight("embedding.weight")[ids].detach().requires_grad_(True)
    h = torch.zeros(w_hh.shape[1], dtype=torch.float64)
    c, steps = h, []
    for t in range(len(ids)):
        a, u = w_ih @ x[t] + b_ih, w_hh @ h + b_hh
        jacobian = step_jacobian(name, w_ih @ x[t].detach() + b_ih, w_hh, b_hh, h.detach(), c.detach())
        value, h, c = cell(name, a, u, h, c)
        steps.append({"a": a, "u": u, "value": value, "h": h, "c": c, "jacobian": jacobian})
    outputs = torch.stack([step["h"] for step in steps]) @ weight("head.weight").T + weight("head.bias")
    return x, steps, outputs


def step_jacobian(name, a, w_hh, b_hh, h, c):
    """The largest singular value of d(h, c) / d(h, c) before."""
    state = torch.cat([h, c]) if name == "lstm" else h

    def step(state):
        h, c = state.chunk(2) if name == "lstm" else (state, None)
        _, h, c = cell(name, a, w_hh @ h + b_hh, h, c)
        return torch.cat([h, c]) if name == "lstm" else h

    return torch.linalg.matrix_norm(torch.autograd.functional.jacobian(step, state), 2).item()


def unpack(packed):
    return np.frombuffer(base64.b64decode(packed["f32"]), dtype="<f4").reshape(packed["shape"])


def run():
    lines = gatewise("walk", "--text", TEXT, "--save", "nets", "-o", "walk.html", "--steps", 60, "--json")
    events = [json.loads(line) for line in lines.splitlines()]
    html = (place / "walk.html").read_text()
    data = json.loads(re.search(r'<script type="application/json" id="walk-data">(.*?)</script>', html, re.S)[1])
    for net in data["networks"]:
        name = net["name"]
        about, tensors = page.read_model(place / "nets" / f"{name}.safetensors")
        ids = page.symbols_of(about, TEXT)[data["source"]["from"] :][: data["steps"] + 1]
        # The last symbol has an answer, and a truth where the text goes on.
        x, steps, outputs = unroll(name, tensors, ids[: data["steps"]])
        (part,) = net["parts"]
        units = part["units"]
        told = [event for event in events if event["event"] == "step" and event["net"] == name]
        hidden = part["hidden"]
        for k, (gate, kind) in enumerate(zip(part["gates"], ORDER[name])):
            assert gate["name"] == kind, gate["name"]
            rows = lambda key: torch.stack([step[key][k * hidden : (k + 1) * hidden][units] for step in steps])
            value = torch.stack([step["value"][k][units] for step in steps])
            for key, found in {"a": rows("a"), "u": rows("u"), "value": value}.items():
                same(f"{name}: {key} of the {kind} gate on the page", found.detach(), unpack(gate[key]))
                same(f"{name}: … in the events", found.detach(), [event["gates"][kind][key] for event in told])
        for key in ["h", "c"] if part["c"] else ["h"]:
            found = torch.stack([step[key][units] for step in steps]).detach()
            same(f"{name}: {key} on the page", found, unpack(part[key]))
            same(f"{name}: … in the events", found, [event[key] for event in told])
        same(f"{name}: singular values", [step["jacobian"] for step in steps], unpack(part["jacobian"]))
        odds = torch.log_softmax(outputs, 1)
        right = [(output["step"], output["p"]) for output in net["outputs"] if output["p"] is not None]
        same(f"{name}: probability of the right symbol", [odds[t, ids[t + 1]].exp().item() for t, _ in right], [p for _, p in right])
        log10 = unpack(net["gradient"]["log10"])
        for row, t in list(enumerate(net["gradient"]["steps"]))[:: max(1, len(log10) // 6)]:
            (dx,) = torch.autograd.grad(-odds[t, ids[t + 1]], x, retain_graph=True)
            same(f"{name}: gradients from step {t}", dx[: t + 1].norm(dim=1).log10(), log10[row, : t + 1])
