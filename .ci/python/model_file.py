"""Answers computed by the Python of docs/model-file.md, held against those of the binary in GATEWISE."""

import importlib
import sys

import torch

torch.set_num_threads(1)
parts = sys.argv[1:] or ["forecasts", "priors", "items", "media", "texts", "anomalies", "round_trip", "walks"]
for part in parts:
    print(part, flush=True)
    importlib.import_module(part).run()
