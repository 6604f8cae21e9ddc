#!/usr/bin/env python3
"""Times ONNX Runtime's recurrent operator on the CPU: one layer, one direction, inference."""

import layer

with layer.needed():
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper


def main():
    shape = layer.parse(__doc__, ["infer", "step"], many_layers=False)
    with layer.needed():
        import onnxruntime
    names = ["h", "c"] if shape.cell == "lstm" else ["h"]
    rng = np.random.default_rng(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = shape.threads
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    session = onnxruntime.InferenceSession(
        graph(shape, names, rng).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feed = {"x": rng.standard_normal((shape.time, shape.batch, shape.input), dtype=np.float32)}
    feed |= {name: np.zeros((1, shape.batch, shape.hidden), np.float32) for name in names}
    finals = [f"{name}_final" for name in names]

    def infer():
        session.run(["y"], feed)

    def step():
        feed.update(zip(names, session.run(finals, feed)))

    layer.measure(step if shape.mode == "step" else infer, shape, f"onnxruntime {onnxruntime.__version__}")


def graph(shape, names, rng):
    """A model of one operator; GRU with the reset gate after the product, as PyTorch has it."""
    rows, bound = layer.GATES[shape.cell] * shape.hidden, shape.hidden**-0.5

    def weights(name, *size):
        return numpy_helper.from_array(rng.uniform(-bound, bound, size).astype(np.float32), name)

    def value(name, *size):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, size or None)

    # The empty name stands for the optional sequence lengths.
    node = helper.make_node(
        shape.cell.upper(),
        ["x", "w", "r", "b", "", *names],
        ["y", *(f"{name}_final" for name in names)],
        hidden_size=shape.hidden,
        **({"linear_before_reset": 1} if shape.cell == "gru" else {}),
    )
    body = helper.make_graph(
        [node],
        "layer",
        [value("x", shape.time, shape.batch, shape.input), *(value(n, 1, shape.batch, shape.hidden) for n in names)],
        [value("y"), *(value(f"{n}_final") for n in names)],
        [weights("w", 1, rows, shape.input), weights("r", 1, rows, shape.hidden), weights("b", 1, 2 * rows)],
    )
    # An opset and format version that all recent releases of the runtime read.
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


if __name__ == "__main__":
    main()
