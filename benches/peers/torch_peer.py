#!/usr/bin/env python3
"""Times PyTorch's own recurrent layer on the CPU, as its users call it."""

import layer

with layer.needed():
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence

MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def main():
    shape = layer.parse(__doc__, ["train", "infer", "step"], many_layers=True)
    torch.manual_seed(1)
    torch.set_num_threads(shape.threads)
    # Denormals would slow the peer down for no gain in accuracy.
    torch.set_flush_denormal(True)
    module = MODULES[shape.cell](
        shape.input, shape.hidden, shape.layers, batch_first=True, bidirectional=shape.bidirectional
    )
    x = torch.randn(shape.batch, shape.time, shape.input)
    if shape.precision == "bf16":
        # Its fastest way: weights, inputs and the optimiser's numbers in sixteen bits; the loss alone is f32.
        module, x = module.bfloat16(), x.bfloat16()
    if shape.lengths == "ragged":
        lengths = torch.tensor(layer.row_lengths(shape))
        x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)

    call = {"train": training, "infer": inference, "step": streaming}[shape.mode](module, x)
    layer.measure(call, shape, f"torch {torch.__version__}")


def training(module, x):
    # The fused variant is PyTorch's fastest Adam.
    optimizer = torch.optim.Adam(module.parameters(), fused=True)

    def call():
        optimizer.zero_grad()
        y = module(x)[0]
        # A PackedSequence holds the real steps alone in `data`; a tensor is the output itself.
        y = y if isinstance(y, torch.Tensor) else y.data
        y.float().square().mean().backward()
        optimizer.step()

    return call


def inference(module, x):
    @torch.inference_mode()
    def call():
        module(x)

    return call


def streaming(module, x):
    state = None

    @torch.inference_mode()
    def call():
        nonlocal state
        state = module(x, state)[1]

    return call


if __name__ == "__main__":
    main()
