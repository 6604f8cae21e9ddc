#!/usr/bin/env python3
"""Makes the golden files that the tests hold this library against, with PyTorch in f64.

    python make_golden.py           write the files beside this script
    python make_golden.py --check   make them elsewhere and compare with those beside this script

Needs torch, numpy and safetensors; the versions used stand in each file's metadata.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import torch

import encoder
import input_gated
import losses
import probe
import recurrent
import store
import training

HERE = pathlib.Path(__file__).resolve().parent


def make(folder):
    for part in (recurrent, input_gated, training, losses, probe, encoder):
        part.make(folder)


def check():
    """Exit status 1 and the names of the tensors where a remade file differs."""
    with tempfile.TemporaryDirectory() as temporary:
        fresh = pathlib.Path(temporary)
        make(fresh)
        names = lambda folder: {p.name for p in folder.glob("*.safetensors")}
        wrong = [f"{name}: only on one side" for name in sorted(names(HERE) ^ names(fresh))]
        for name in sorted(names(HERE) & names(fresh)):
            wrong += [f"{name}: {tensor}" for tensor in store.differences(HERE / name, fresh / name)]
        rates = [json.loads((f / "schedules.json").read_text()) for f in (HERE, fresh)]
        for table in rates:
            del table["versions"]
        if rates[0] != rates[1]:
            wrong.append("schedules.json")
    print("\n".join(wrong) or "all golden files agree")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of write")
    arguments = parser.parse_args()
    # One thread: the order of every sum is then the same on each machine.
    torch.set_num_threads(1)
    if arguments.check:
        return check()
    make(HERE)
    files = sorted(HERE.glob("*.safetensors"))
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
