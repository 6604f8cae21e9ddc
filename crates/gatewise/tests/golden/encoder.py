"""The encoder of pictures: two convolutions with ReLU, a pool, a dense layer; every gradient."""

import torch
import torch.nn.functional as F

import store

FRAMES, CHANNELS, HEIGHT, WIDTH = 5, 2, 9, 12
FILTERS = (6, 10)
OUTPUTS = 7


def make(folder):
    """loss = sum(y * wy), as for the recurrent layers."""
    draw, tensors = store.Draw("encoder"), {}
    x = store.leaf(draw.normal(FRAMES, CHANNELS, HEIGHT, WIDTH))
    wy = draw.normal(FRAMES, OUTPUTS)
    below, weights = CHANNELS, {}
    for k, filters in enumerate(FILTERS):
        weights[f"conv{k}.weight"] = store.leaf(draw.normal(filters, below, 3, 3, scale=(9 * below) ** -0.5))
        weights[f"conv{k}.bias"] = store.leaf(draw.normal(filters, scale=0.3))
        below = filters
    # Three rows and three columns are left of the second convolution.
    for pool, inputs in (("flatten", below * 3 * 3), ("mean", below), ("mean_max", 2 * below)):
        dense = {"dense.weight": store.leaf(draw.normal(OUTPUTS, inputs, scale=inputs**-0.5)), "dense.bias": store.leaf(draw.normal(OUTPUTS))}
        everything = {"x": x} | weights | dense
        for tensor in everything.values():
            tensor.grad = None
        y = x
        for k in range(len(FILTERS)):
            y = F.relu(F.conv2d(y, weights[f"conv{k}.weight"], weights[f"conv{k}.bias"], stride=2, padding=1))
        pools = {"flatten": [y.flatten(1)], "mean": [y.mean(dim=(2, 3))], "mean_max": [y.mean(dim=(2, 3)), y.amax(dim=(2, 3))]}
        y = torch.cat(pools[pool], dim=1)
        y = F.linear(y, dense["dense.weight"], dense["dense.bias"])
        (y * wy).sum().backward()
        tensors |= {f"{pool}.{name}": tensor for name, tensor in everything.items()}
        tensors |= {f"{pool}.grad.{name}": tensor.grad.clone() for name, tensor in everything.items()}
        tensors |= {f"{pool}.y": y, f"{pool}.wy": wy}
    store.save(folder / "encoder.safetensors", draw.seed, tensors, convolution="3 x 3, stride 2, padding 1, then ReLU")
