"""Ctrl-C, callbacks and other threads while the engine works on a thread of its own."""

import ctypes
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from support import ctrl_c

import gatewise as gw

ENDLESS = {"hidden": 8, "epochs": 100_000, "patience": 100_000, "max_steps": 100_000, "threads": 1}


def waves(count, steps=30):
    random = np.random.default_rng(1)
    speed = (0.2 + 0.2 * (np.arange(count) % 2))[:, None]
    return np.sin(np.arange(steps) * speed + random.normal(size=(count, 1))), [str(k % 2) for k in range(count)]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="skipped: no /proc")
def test_ctrl_c_does_not_wait_for_the_end_of_a_long_phase():
    # MiniRocket learns from 3,000 series for many seconds, and nothing is told meanwhile.
    code = """
import glob, os, signal, threading
import numpy as np, gatewise as gw
random = np.random.default_rng(1)
X, y = random.normal(size=(3000, 200)), [str(k % 2) for k in range(3000)]

def hear(event):
    if event["event"] == "stopped":
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

try:
    gw.Classifier(hidden=4, max_steps=1, threads=1).fit(X, y, callback=hear)
except KeyboardInterrupt:
    names = [open(name).read().strip() for name in glob.glob("/proc/self/task/*/comm")]
    # The work goes on by itself; the process ends with it all the same.
    print(names.count("gatewise"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr


def test_a_callback_is_called_on_the_callers_thread():
    threads = set()
    gw.Classifier(hidden=4, max_steps=3, threads=1).fit(*waves(40), callback=lambda _: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_ctrl_c_ends_a_training_whose_callback_runs_no_python():
    events = []
    with ctrl_c(after=0.5):
        gw.Classifier(**ENDLESS).fit(*waves(100), callback=events.append)
    told = len(events)
    assert told > 0
    # Nothing is told once the call has ended.
    gw.Classifier(hidden=4, max_steps=3, threads=1).fit(*waves(40))
    assert len(events) == told


def test_what_a_callback_raises_comes_out_of_the_call():
    class Enough(BaseException):
        pass

    def stop(event):
        if event["event"] == "step":
            raise Enough

    with pytest.raises(Enough):
        gw.Classifier(**ENDLESS).fit(*waves(100), callback=stop)
    with pytest.raises(Enough):
        gw.Forecaster(horizon=2, train="full", **ENDLESS).fit({"y": np.arange(200.0)}, callback=stop)


def test_another_thread_ends_a_training():
    raised, told = [], threading.Event()

    def work():
        try:
            gw.Classifier(**ENDLESS).fit(*waves(100), callback=lambda _: told.set())
        except TimeoutError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert told.wait(60)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeoutError))
    thread.join(60)
    assert len(raised) == 1


def test_whoever_waits_for_a_model_in_use_holds_up_nobody():
    X, y = waves(60)
    model = gw.Classifier(hidden=64, max_steps=2, threads=1).fit(X, y)
    many = np.tile(X, (200, 3))
    ended, begun = threading.Event(), threading.Event()

    def predict():
        begun.set()
        model.predict_proba(many)
        ended.set()

    def ask():
        begun.wait()
        while not ended.is_set():
            assert model.model_["parameters"] > 0

    threads = [threading.Thread(target=work) for work in (predict, ask, ask)]
    [thread.start() for thread in threads]
    ticks = 0
    while not ended.wait(0.001):
        ticks += 1
    [thread.join() for thread in threads]
    assert ticks > 5
