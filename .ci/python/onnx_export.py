"""Answers of exported graphs in ONNX Runtime, held against those of the binary in GATEWISE."""

import importlib
import sys

parts = sys.argv[1:] or ["forecasts", "items", "texts", "anomalies", "refusals"]
for part in parts:
    print(part, flush=True)
    importlib.import_module(f"exported.{part}").run()
