"""Ten training losses per cell, optimiser trajectories, clipping and learning-rate schedules."""

import json
import math

import torch
from torch.optim import lr_scheduler

import store

CELLS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def make(folder):
    training(folder)
    optimizers(folder)
    schedules(folder)


def training(folder):
    """Cell, then a dense head on the last step; mean squared error; Adam(lr = 1e-2), ten steps."""
    batch, time, inputs, hidden, outputs, steps = 6, 9, 3, 21, 2, 10
    draw, tensors = store.Draw("training"), {}
    bound = 1 / math.sqrt(hidden)
    for cell, build in CELLS.items():
        model = torch.nn.ModuleDict(
            {
                "recurrent": build(inputs, hidden, 1, batch_first=True, dtype=torch.float64),
                "head": torch.nn.Linear(hidden, outputs, dtype=torch.float64),
            }
        )
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(draw.uniform(-bound, bound, *parameter.shape))
                tensors[f"{cell}.initial.{name}"] = parameter.clone()
        x, target = draw.normal(batch, time, inputs), draw.normal(batch, outputs)
        optimizer, losses = torch.optim.Adam(model.parameters(), lr=1e-2), []
        for _ in range(steps):
            optimizer.zero_grad()
            y, _ = model["recurrent"](x)
            loss = torch.nn.functional.mse_loss(model["head"](y[:, -1]), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        tensors |= {f"{cell}.x": x, f"{cell}.target": target, f"{cell}.losses": losses}
        tensors |= {f"{cell}.final.{n}": p for n, p in model.named_parameters()}
    store.save(
        folder / "training.safetensors",
        draw.seed,
        tensors,
        optimizer="Adam(lr=1e-2, betas=(0.9, 0.999), eps=1e-8)",
        loss="mean squared error, before each step",
    )


OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
    "adamw": lambda p: torch.optim.AdamW(p, lr=1e-2, weight_decay=0.01),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9, nesterov=True),
}


def optimizers(folder):
    """Five steps on one vector with given gradients; the parameters after each."""
    size, steps = 37, 5
    draw = store.Draw("optim")
    initial, grads = draw.normal(size), draw.normal(steps, size)
    # Entries that Adam's epsilon decides.
    grads[:, 0], grads[:, 1] = 0.0, store.exact(1e-8)
    tensors, settings = {"initial": initial, "grads": grads}, {}
    for name, build in OPTIMIZERS.items():
        parameter, path = store.leaf(initial), []
        optimizer = build([parameter])
        for grad in grads:
            parameter.grad = grad.clone()
            optimizer.step()
            path.append(parameter.detach().clone())
        tensors[f"{name}.params"] = torch.stack(path)
        keys = ("lr", "betas", "eps", "weight_decay", "momentum", "dampening", "nesterov")
        settings[name] = {k: optimizer.defaults[k] for k in keys if k in optimizer.defaults}

    # Two tensors clipped together; the second bound is above the norm and leaves them alone.
    parts = [draw.normal(size), draw.normal(4, 3)]
    tensors |= {f"clip.grad.{i}": part for i, part in enumerate(parts)}
    for name, max_norm in (("cut", 1.0), ("kept", 100.0)):
        holders = [store.leaf(part) for part in parts]
        for holder, part in zip(holders, parts):
            holder.grad = part.clone()
        norm = torch.nn.utils.clip_grad_norm_(holders, max_norm)
        tensors |= {f"clip.{name}.max_norm": max_norm, f"clip.{name}.norm": norm}
        tensors |= {f"clip.{name}.grad.{i}": h.grad for i, h in enumerate(holders)}
    holder = store.leaf(parts[0])
    holder.grad = parts[0].clone()
    torch.nn.utils.clip_grad_value_([holder], 0.5)
    tensors |= {"clip.value.bound": 0.5, "clip.value.grad.0": holder.grad}
    store.save(
        folder / "optim.safetensors",
        draw.seed,
        tensors,
        settings=settings,
        clip="grad * min(1, max_norm / (norm + 1e-6))",
    )


def cosine_with_warmup(step, base=0.1, floor=0.001, warmup=5, total=50):
    if step < warmup:
        return base * (step + 1) / warmup
    progress = (step - warmup) / (total - warmup)
    return floor + (base - floor) * 0.5 * (1 + math.cos(math.pi * progress))


def schedules(folder):
    """The rate used at each of the first fifty steps (`lr[k]` belongs to step k, from 0)."""
    steps = 50

    def rates(build, base, metrics=None):
        parameter = store.leaf(torch.zeros(1, dtype=torch.float64))
        optimizer = torch.optim.SGD([parameter], lr=base)
        scheduler, used = build(optimizer), []
        for step in range(steps):
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step(*([metrics[step]] if metrics else []))
        return used

    # Falls, then stalls long enough for two cuts, falls again, stalls to the end.
    metrics = [1.0 - 0.05 * k for k in range(10)] + [0.55 + 0.001 * (k % 3) for k in range(12)]
    metrics += [0.5 - 0.01 * k for k in range(8)] + [0.43] * 20
    # A cosine schedule takes warm-up in several conventions, so the formula is part of the golden.
    cosine = [cosine_with_warmup(step) for step in range(steps)]
    tail = rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=45, eta_min=0.001), 0.1)
    assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(cosine[5:], tail[:45]))
    table = {
        "versions": store.VERSIONS,
        "step": {"base": 0.1, "every": 10, "factor": 0.5, "lr": rates(lambda o: lr_scheduler.StepLR(o, 10, 0.5), 0.1)},
        "cosine_with_warmup": {
            "base": 0.1,
            "floor": 0.001,
            "warmup": 5,
            "total": 50,
            "formula": "step < warmup: base * (step + 1) / warmup; else floor + (base - floor) * "
            "(1 + cos(pi * (step - warmup) / (total - warmup))) / 2",
            "lr": cosine,
        },
        "one_cycle": {
            "max_lr": 0.1,
            "total": 50,
            "pct_start": 0.3,
            "div_factor": 25.0,
            "final_div_factor": 1e4,
            "anneal": "cos",
            "three_phase": False,
            "lr": one_cycle(steps),
        },
        "reduce_on_plateau": {
            "base": 0.1,
            "factor": 0.5,
            "patience": 3,
            "threshold": 1e-4,
            "threshold_mode": "rel",
            "cooldown": 0,
            "min_lr": 0.0,
            "eps": 1e-8,
            "metrics": metrics,
            "lr": rates(lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=3), 0.1, metrics),
        },
    }
    (folder / "schedules.json").write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")


def one_cycle(steps):
    """OneCycleLR refuses the step after its last, so the loop stops one short of it."""
    parameter = store.leaf(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    scheduler, used = lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=steps, cycle_momentum=False), []
    for step in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return used
