#!/usr/bin/env python3
"""Times RTNeural's recurrent layer, whose sizes are constants of the C++ compiler: one streaming step of one sequence.

RTNEURAL_SOURCE names a checkout of https://github.com/jatinchowdhury18/RTNeural with its submodule modules/xsimd; g++ compiles it for this
processor, with its fastest flags. As `gatewise bench --mode step` does, it looks at the clock once in 1000 steps, and every step reads another input.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import layer

SOURCE = pathlib.Path(__file__).resolve().parent / "rtneural_step.cpp"
LAYERS = {"lstm": "LSTMLayerT", "gru": "GRULayerT"}


def main():
    shape = layer.parse(__doc__, ["step"], many_layers=False)
    checkout = os.environ.get("RTNEURAL_SOURCE")
    if shape.cell not in LAYERS or shape.batch != 1:
        sys.exit("RTNeural runs one sequence through an LSTM or a GRU")
    if not checkout or not shutil.which("g++"):
        sys.exit(layer.NOT_HERE)
    # Both engines keep to AVX2 where one is told to.
    processor = "x86-64-v3" if os.environ.get("GATEWISE_ISA") == "avx2" else "native"
    flags = ["-std=c++17", "-O3", f"-march={processor}", "-ffast-math", "-DRTNEURAL_USE_XSIMD=1", "-DRTNEURAL_DEFAULT_ALIGNMENT=64"]
    flags += [f"-I{checkout}", f"-I{checkout}/modules/xsimd/include"]
    flags += [f"-DLAYER={LAYERS[shape.cell]}", f"-DGATES={layer.GATES[shape.cell]}", f"-DINPUT={shape.input}", f"-DHIDDEN={shape.hidden}"]
    headers = sorted(pathlib.Path(checkout, "RTNeural").rglob("*.h"))
    text = b"".join(path.read_bytes() for path in [SOURCE, *headers]) + " ".join(flags).encode()
    name = hashlib.sha256(text).hexdigest()[:12]
    binary = pathlib.Path(tempfile.gettempdir()) / f"rtneural-step-{name}"
    if not binary.exists():
        # An interrupted compiler leaves nothing under the name that is looked for.
        part = binary.with_suffix(f".{os.getpid()}")
        subprocess.run(["g++", *flags, str(SOURCE), "-o", str(part)], check=True)
        part.rename(binary)
    out = subprocess.run([str(binary), str(shape.seconds)], check=True, capture_output=True, text=True).stdout
    took = json.loads(out)
    layer.tell("rtneural", shape, took["median_ms"] / 1e3, took["min_ms"] / 1e3, took["runs"])


if __name__ == "__main__":
    main()
