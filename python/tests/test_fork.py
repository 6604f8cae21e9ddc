"""A process that is forked after its parent has computed: threads are not copied, and nothing may wait for them."""

import os
import subprocess
import sys

import pytest

if not hasattr(os, "fork"):
    pytest.skip("no fork", allow_module_level=True)

# Runs a function here, then in two forks of each other, all of which must end and agree. The alarm ends one that waits for what is not there.
FORKED = """
import os, signal, sys, warnings
import numpy as np
warnings.simplefilter("ignore")

def agree(answer, generations=2):
    before = answer()
    for generation in range(generations):
        child = os.fork()
        if child:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        signal.alarm(40)
        if not np.array_equal(before, answer()):
            os._exit(3)
    os._exit(0)
"""


def run(code, *modules):
    for module in modules:
        pytest.importorskip(module, reason=f"skipped: no {module}")
    done = subprocess.run([sys.executable, "-c", FORKED + code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_layers_on_numpy():
    run("""
import gatewise
gatewise.set_num_threads(3)
layer = gatewise.LSTM(16, 128, seed=1)
x = np.ones((32, 20, 16), np.float32)

def answer():
    y, _ = layer.forward(x, keep=True)
    return layer.backward(y).weights["weight_hh_l0"]

agree(answer)
""")


def test_a_fork_while_another_thread_starts_a_team():
    run("""
import threading, gatewise
layer, x = gatewise.GRU(4, 8, seed=1), np.ones((2, 3, 4), np.float32)
ends = threading.Event()

def work():
    while not ends.is_set():
        gatewise.set_num_threads(2)

threading.Thread(target=work, daemon=True).start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        signal.alarm(40)
        gatewise.GRU(4, 8, seed=1)(x)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        os._exit(1)
ends.set()
os._exit(0)
""")


def test_models():
    run("""
import gatewise as gw
series = {"y": np.sin(np.arange(80) / 3)}
model = gw.Forecaster(horizon=2, lookback=8, train="full", hidden=4, epochs=1, seed=1).fit(series)
items = [np.sin(np.arange(20) * (0.3 + 0.5 * (k % 2)) + k) for k in range(24)]
classifier = gw.Classifier(hidden=4, epochs=1, seed=1).fit(items, ["ab"[k % 2] for k in range(24)])
agree(lambda: np.concatenate([np.asarray(list(model.predict(series).values())[-1], float), classifier.predict_proba(items).reshape(-1)]))
""")


def test_layers_of_pytorch():
    # PyTorch's own passes over more than 32,768 numbers wait for OpenMP's threads in a fork: these are fewer.
    run(
        """
import torch, gatewise.torch
torch.set_num_threads(2)
layer, x, d = gatewise.torch.LSTM(16, 80), torch.ones(20, 16, 16), torch.ones(20, 16, 80)

def answer():
    layer.zero_grad()
    layer(x)[0].backward(d)
    return layer.weight_hh_l0.grad.numpy().copy()

agree(answer)
""",
        "torch",
    )


def test_workers_of_a_data_loader():
    run(
        """
import torch, gatewise.torch
torch.set_num_threads(2)
layer = gatewise.torch.GRU(4, 64, batch_first=True).requires_grad_(False)

class Encoded(torch.utils.data.Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, at):
        return layer(torch.full((1, 10, 4), float(at)))[0]

own = torch.stack([Encoded()[at] for at in range(6)])
signal.alarm(60)
loader = torch.utils.data.DataLoader(Encoded(), batch_size=2, num_workers=2, multiprocessing_context="fork", timeout=40)
assert torch.equal(torch.cat(list(loader)), own)
""",
        "torch",
    )
