"""Models that are no graph: what the binary says of them."""

import subprocess

from trained import BINARY, gatewise, place, train

from .graphs import AIRLINE


def refused(*args):
    done = subprocess.run([BINARY, *args], cwd=place, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode, args
    assert not (place / "no.onnx").exists(), args
    return done.stderr


def run():
    (place / "airline.csv").write_bytes(AIRLINE.read_bytes())
    train("forecast", "airline.csv", "n-none", "--horizon", 4, "--train", "none")
    assert "has no network to export" in refused("export", "n-none", "-o", "no.onnx")
    gatewise("train", "prior", "-q", "-o", "n-prior", "--series", 64, "--hidden", 8, "--seed", 3)
    assert "prior cannot be exported" in refused("export", "n-prior", "-o", "no.onnx")
    print("  refused with a reason", flush=True)
