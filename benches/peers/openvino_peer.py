#!/usr/bin/env python3
"""Times OpenVINO's recurrent operator on the CPU, on the graph that ONNX Runtime is given: one layer, one direction, inference."""

import layer

with layer.needed():
    import numpy as np
    import openvino

import ort_peer


def main():
    shape = layer.parse(__doc__, ["infer", "step"], many_layers=False)
    names = ["h", "c"] if shape.cell == "lstm" else ["h"]
    rng = np.random.default_rng(1)
    core = openvino.Core()
    graph = core.read_model(ort_peer.graph(shape, names, rng).SerializeToString())
    hints = {"INFERENCE_NUM_THREADS": shape.threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(graph, "CPU", hints).create_infer_request()
    request.get_tensor("x").data[:] = rng.standard_normal((shape.time, shape.batch, shape.input), dtype=np.float32)
    for name in names:
        request.get_tensor(name).data[:] = 0.0

    def step():
        request.infer()
        for name in names:
            request.get_tensor(name).data[:] = request.get_tensor(f"{name}_final").data

    layer.measure(step if shape.mode == "step" else request.infer, shape, f"openvino {openvino.__version__.split('-')[0]}")


if __name__ == "__main__":
    main()
