"""Weights out of a model file into torch.nn.LSTM, trained there, and back into a file that the binary forecasts with."""

import numpy as np
import torch
from page import page
from trained import floats, gatewise, place, rows, same, train


def run():
    rng = np.random.default_rng(8)
    values = np.round(20 + 5 * np.sin(np.arange(150) / 4) + rng.normal(0, 0.3, 150), 4)
    (place / "wave.csv").write_text("y\n" + "".join(f"{v}\n" for v in values))
    usual = ["--combine", "network", "--horizon", 4, "--lookback", 12, "--segment", 1, "--epochs", 2, "--hidden", 6, "--layers", 2]
    source, target = train("forecast", "wave.csv", "w", *usual, "--cell", "lstm", "--skip=false"), place / "back.safetensors"
    before = gatewise("predict", source, "wave.csv")

    # There and back without a change: the same bytes of every tensor, the same forecast.
    module = page.to_torch(source)
    page.from_torch(module, source, target)
    (about, tensors), (about_back, back) = page.read_model(source), page.read_model(target)
    assert about == about_back and tensors.keys() == back.keys() and all(torch.equal(tensors[name], back[name]) for name in back)
    assert gatewise("predict", target, "wave.csv") == before
    print("  there and back: the same forecast", flush=True)
    x = torch.tensor(np.float32(values[:, None] - values.mean()))
    same("two layers as one module", module(x)[0].detach(), page.stack(about["model"], tensors, x)[0].detach())

    # A step of PyTorch's own optimiser between.
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    module(x)[0].square().mean().backward()
    optimizer.step()
    page.from_torch(module, source, target)
    after = gatewise("predict", target, "wave.csv")
    assert after != before, "the step has changed nothing"
    about, tensors = page.read_model(target)
    (point, quantiles), = page.forecast(about, tensors, values[:, None])
    printed = rows(after)
    columns = ["forecast", *(column for column in printed[0] if column.startswith("q0"))]
    same("a step of PyTorch between", np.column_stack([point, quantiles]), floats(printed, *columns))
