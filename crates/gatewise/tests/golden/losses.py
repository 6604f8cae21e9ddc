"""Losses (value and input gradients, mean over all elements), layer norm and embedding."""

import math

import torch
from torch.nn import functional as F

import store

BATCH, HORIZON = 5, 7
SCALE_FLOOR = 1e-4
QUANTILES = [0.1, 0.5, 0.9]


def make(folder):
    losses(folder)
    layers(folder)


def losses(folder):
    draw, tensors = store.Draw("losses"), {}

    def record(name, loss, inputs, constants):
        value = loss(**inputs, **constants)
        value.backward()
        tensors[f"{name}.value"] = value
        tensors.update({f"{name}.{n}": t for n, t in (inputs | constants).items()})
        tensors.update({f"{name}.grad.{n}": t.grad for n, t in inputs.items()})

    def values(*names):
        return {n: store.leaf(draw.normal(BATCH, HORIZON)) for n in names}

    # Wide enough that errors fall on both sides of Huber's delta.
    target = {"target": draw.normal(BATCH, HORIZON, scale=2.0)}
    record("mse", lambda prediction, target: F.mse_loss(prediction, target), values("prediction"), target)
    record("l1", lambda prediction, target: F.l1_loss(prediction, target), values("prediction"), target)
    record(
        "huber", lambda prediction, target: F.huber_loss(prediction, target, delta=1.0), values("prediction"), target
    )
    record("pinball", pinball, {"prediction": store.leaf(draw.normal(BATCH, HORIZON, len(QUANTILES)))}, target)
    record("gaussian", gaussian, values("mean", "raw_scale"), target)
    record("student_t", student_t, values("mean", "raw_scale", "raw_df"), target)

    classes = 6
    record(
        "cross_entropy",
        lambda logits, target, weight: F.cross_entropy(logits, target, weight, label_smoothing=0.1),
        {"logits": store.leaf(draw.normal(BATCH + 4, classes, scale=2.0))},
        {"target": draw.integers(classes, BATCH + 4), "weight": draw.uniform(0.2, 3.0, classes)},
    )
    record(
        "cross_entropy_plain",
        lambda logits, target: F.cross_entropy(logits, target),
        {"logits": store.leaf(draw.normal(BATCH + 4, classes, scale=2.0))},
        {"target": draw.integers(classes, BATCH + 4)},
    )

    store.save(
        folder / "losses.safetensors",
        draw.seed,
        tensors,
        definitions={
            "mse": "mean (p - y)^2",
            "l1": "mean |p - y|",
            "huber": "delta = 1: mean of e^2 / 2 where |e| <= 1, else |e| - 1/2",
            "pinball": f"quantiles {QUANTILES} on the last axis: mean of max(q (y - p), (q - 1) (y - p))",
            "gaussian": "sigma = softplus(raw_scale) + 1e-4: "
            "mean of ln sigma + ((y - mean) / sigma)^2 / 2 + ln(2 pi) / 2",
            "student_t": "df = 2 + softplus(raw_df), sigma = softplus(raw_scale) + 1e-4: "
            "mean of -StudentT(df, mean, sigma).log_prob(y)",
            "cross_entropy": "label smoothing e = 0.1, K classes: sum over rows of "
            "(1 - e) w[y] (-log p[y]) + e / K sum_k w[k] (-log p[k]), "
            "divided by sum over rows of w[y]",
            "cross_entropy_plain": "mean of -log p[y]",
        },
    )


def pinball(prediction, target):
    error = target[..., None] - prediction
    q = torch.tensor(QUANTILES, dtype=torch.float64)
    return torch.maximum(q * error, (q - 1) * error).mean()


def gaussian(mean, raw_scale, target):
    sigma = F.softplus(raw_scale) + SCALE_FLOOR
    loss = -torch.distributions.Normal(mean, sigma).log_prob(target).mean()
    again = torch.nn.GaussianNLLLoss(full=True)(mean, target, sigma**2)
    assert math.isclose(loss.item(), again.item(), rel_tol=1e-12)
    return loss


def student_t(mean, raw_scale, raw_df, target):
    df = 2 + F.softplus(raw_df)
    sigma = F.softplus(raw_scale) + SCALE_FLOOR
    return -torch.distributions.StudentT(df, mean, sigma).log_prob(target).mean()


def layers(folder):
    """loss = sum(y * wy), as for the recurrent layers."""
    draw = store.Draw("layers")
    features, symbols, width = 19, 11, 7
    x, weight, bias = (store.leaf(draw.normal(*shape)) for shape in ((5, 7, features), (features,), (features,)))
    wy = draw.normal(5, 7, features)
    y = F.layer_norm(x, (features,), weight, bias, eps=1e-5)
    (y * wy).sum().backward()
    tensors = {
        "layer_norm.x": x,
        "layer_norm.weight": weight,
        "layer_norm.bias": bias,
        "layer_norm.y": y,
        "layer_norm.wy": wy,
        "layer_norm.grad.x": x.grad,
        "layer_norm.grad.weight": weight.grad,
        "layer_norm.grad.bias": bias.grad,
    }

    # 35 draws out of 11 symbols: some repeat, so gradients must add up.
    ids, table, wy = draw.integers(symbols, 5, 7), store.leaf(draw.normal(symbols, width)), draw.normal(5, 7, width)
    y = F.embedding(ids, table)
    (y * wy).sum().backward()
    tensors |= {
        "embedding.ids": ids,
        "embedding.weight": table,
        "embedding.y": y,
        "embedding.wy": wy,
        "embedding.grad.weight": table.grad,
    }
    store.save(
        folder / "layers.safetensors", draw.seed, tensors, layer_norm="eps = 1e-5 over the last axis, biased variance"
    )
