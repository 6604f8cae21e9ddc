"""PyTorch's layers on our kernels, held against PyTorch's own in values, gradients, shapes and errors."""

import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="skipped: no torch")

import gatewise
import gatewise.torch as ours  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence

PAIRS = [
    (ours.LSTM, torch.nn.LSTM, {}),
    (ours.GRU, torch.nn.GRU, {}),
    (ours.RNN, torch.nn.RNN, {}),
    (ours.RNN, torch.nn.RNN, {"nonlinearity": "relu"}),
]


def twins(pair, *sizes, **settings):
    """Both classes with the same weights."""
    make, plain, more = pair
    torch.manual_seed(1)
    theirs = plain(*sizes, **settings, **more)
    mine = make(*sizes, **settings, **more)
    mine.load_state_dict(theirs.state_dict())
    return mine, theirs


def parts(output):
    """Every tensor of an output."""
    if isinstance(output, torch.Tensor):
        return [output]
    if isinstance(output, torch.nn.utils.rnn.PackedSequence):
        return [output.data]
    return [tensor for part in output for tensor in parts(part)]


def compare(mine, theirs, call, inputs, most):
    """Values, and the gradients of weights and inputs, by a loss over every output."""
    results = []
    for module in (mine, theirs):
        module.zero_grad()
        fresh = [tensor.detach().clone().requires_grad_() for tensor in inputs]
        outputs = parts(call(module, fresh))
        torch.manual_seed(2)
        sum((output * torch.randn_like(output)).sum() for output in outputs).backward()
        results.append((outputs, [tensor.grad for tensor in fresh], [p.grad for p in module.parameters()]))
    for mine, theirs in zip(*results):
        assert len(mine) == len(theirs)
        for a, b in zip(mine, theirs):
            assert (a is None) == (b is None)
            if b is not None:
                assert a.shape == b.shape and a.dtype == b.dtype
                assert (a - b).abs().max() <= most * max(1.0, float(b.abs().max()))


def state_of(module, shape, dtype):
    random = torch.Generator().manual_seed(3)
    draw = lambda: torch.randn(shape, generator=random, dtype=dtype)  # noqa: E731
    return [draw(), draw()] if module.mode == "LSTM" else [draw()]


def hx_of(states):
    return tuple(states) if len(states) == 2 else states[0]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("dtype, most", [(torch.float32, 2e-5), (torch.float64, 1e-11)])
def test_values_and_gradients(pair, bidirectional, batch_first, bias, dtype, most):
    mine, theirs = twins(pair, 5, 7, 2, bidirectional=bidirectional, batch_first=batch_first, bias=bias, dtype=dtype)
    torch.manual_seed(4)
    x = torch.randn(3, 4, 5, dtype=dtype)
    compare(mine, theirs, lambda module, tensors: module(tensors[0]), [x], most)
    batch = 3 if batch_first else 4
    states = state_of(mine, (4 if bidirectional else 2, batch, 7), dtype)
    compare(mine, theirs, lambda module, tensors: module(tensors[0], hx_of(tensors[1:])), [x, *states], most)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("enforce_sorted", [False, True])
def test_packed_sequences(pair, enforce_sorted):
    mine, theirs = twins(pair, 3, 6, 2, bidirectional=True)
    torch.manual_seed(5)
    lengths = [7, 4, 4, 1] if enforce_sorted else [4, 1, 7, 4]
    states = state_of(mine, (4, 4, 6), torch.float32)

    def call(module, tensors):
        packed = pack_padded_sequence(tensors[0], lengths, batch_first=True, enforce_sorted=enforce_sorted)
        y, state = module(packed, hx_of(tensors[1:]))
        padded, again = pad_packed_sequence(y, batch_first=True)
        assert again.tolist() == lengths
        return padded, state

    compare(mine, theirs, call, [torch.randn(4, 7, 3), *states], 2e-5)
    packed = pack_sequence([torch.randn(5, 3), torch.randn(2, 3)])
    y, state = mine(packed)
    expected, last = theirs(packed)
    assert (y.data - expected.data).abs().max() < 1e-5
    assert (parts(state)[0] - parts(last)[0]).abs().max() < 1e-5


@pytest.mark.parametrize("pair", PAIRS)
def test_unbatched_and_strided_inputs(pair):
    mine, theirs = twins(pair, 3, 4, batch_first=True)
    torch.manual_seed(6)
    states = state_of(mine, (1, 4), torch.float32)
    compare(mine, theirs, lambda module, tensors: module(tensors[0], hx_of(tensors[1:])), [torch.randn(5, 3), *states], 2e-5)
    strided = torch.randn(2, 3, 6).transpose(1, 2)
    compare(mine, theirs, lambda module, tensors: module(tensors[0].transpose(1, 2)), [strided.transpose(1, 2).contiguous()], 2e-5)
    expanded = torch.randn(1, 6, 3).expand(4, 6, 3)
    assert (mine(expanded)[0] - theirs(expanded)[0]).abs().max() < 1e-5


def test_gradcheck_in_double_precision():
    for pair in PAIRS[:3]:
        mine, _ = twins(pair, 2, 3, 2, bidirectional=True, dtype=torch.float64)
        x = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda x: mine(x)[0], (x,))


@pytest.mark.parametrize("pair", PAIRS[:2])
def test_fifty_steps_of_training_have_the_same_losses(pair):
    losses = []
    for module in twins(pair, 3, 24, 2, batch_first=True):
        torch.manual_seed(7)
        head = torch.nn.Linear(24, 1)
        x = torch.randn(16, 20, 3)
        y = x.cumsum(1)[:, -1:, 0].tanh()
        optimiser = torch.optim.Adam([*module.parameters(), *head.parameters()], lr=0.01)
        mine = []
        for _ in range(50):
            optimiser.zero_grad()
            loss = (head(module(x)[0][:, -1]) - y).square().mean()
            loss.backward()
            optimiser.step()
            mine.append(loss.item())
        losses.append(mine)
    assert np.abs(np.subtract(*losses)).max() < 1e-4 and losses[0][-1] < losses[0][0] / 3


def test_graphs_stand_beside_each_other_and_can_be_kept():
    mine, theirs = twins(PAIRS[0], 3, 4)
    torch.manual_seed(8)
    a, b = torch.randn(5, 2, 3), torch.randn(6, 3, 3)
    for module in (mine, theirs):
        module.zero_grad()
        first, second = module(a)[0].sum(), module(b)[0].square().sum()
        first.backward(retain_graph=True)
        second.backward()
        first.backward()
    for p, q in zip(mine.parameters(), theirs.parameters()):
        assert (p.grad - q.grad).abs().max() < 1e-4


def test_a_weight_changed_before_backward_is_an_error_as_in_pytorch():
    mine, _ = twins(PAIRS[0], 3, 4)
    loss = mine(torch.randn(5, 2, 3))[0].sum()
    with torch.no_grad():
        mine.weight_hh_l0.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_weights_changed_behind_autograd_are_seen():
    mine, theirs = twins(PAIRS[1], 3, 4)
    x = torch.randn(5, 2, 3)
    with torch.no_grad():
        mine(x)
        for module in (mine, theirs):
            module.weight_hh_l0.data.mul_(0.5)
        assert (mine(x)[0] - theirs(x)[0]).abs().max() < 1e-5


def test_a_second_derivative_is_refused():
    mine, _ = twins(PAIRS[0], 2, 3)
    x = torch.randn(4, 2, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(mine(x)[0].sum(), x, create_graph=True)
    assert gradient.requires_grad
    for loss in (gradient.sum(), gradient.square().sum() + x.sum()):
        with pytest.raises(RuntimeError, match="differentiates once"):
            loss.backward(retain_graph=True)


def test_dropout_follows_pytorchs_seed_and_mode():
    mine, theirs = twins(PAIRS[0], 3, 16, 2, dropout=0.5)
    x = torch.randn(10, 4, 3)
    assert (mine.eval()(x)[0] - theirs.eval()(x)[0]).abs().max() < 1e-5
    mine.train()
    torch.manual_seed(9)
    first = mine(x)[0]
    torch.manual_seed(9)
    assert (mine(x)[0] == first).all() and (mine(x)[0] != first).any()
    first.sum().backward()
    # A retained graph draws the same again.
    torch.manual_seed(10)
    loss = mine(x)[0].square().sum()
    mine.zero_grad()
    loss.backward(retain_graph=True)
    once = mine.weight_ih_l0.grad.clone()
    mine.zero_grad()
    loss.backward()
    assert (mine.weight_ih_l0.grad == once).all()
    assert (ours.LSTM(3, 4, 2, dropout=1.0)(x)[0]).shape == (10, 4, 4)


def test_replace_exchanges_layers_in_place():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.ModuleList([torch.nn.LSTM(3, 8, batch_first=True), torch.nn.GRU(8, 8, batch_first=True)])
            self.projected = torch.nn.LSTM(8, 8, proj_size=4, batch_first=True)
            self.head = torch.nn.Linear(4, 1)

        def forward(self, x):
            for layer in [*self.layers, self.projected]:
                x, _ = layer(x)
            return self.head(x)

    net = Net()
    x = torch.randn(2, 5, 3)
    before, names = net(x), list(net.state_dict())
    parameters = [id(p) for p in net.parameters()]
    assert ours.replace(net) is net
    assert [type(layer) for layer in net.layers] == [ours.LSTM, ours.GRU] and type(net.projected) is torch.nn.LSTM
    assert (net(x) - before).abs().max() < 1e-5
    assert list(net.state_dict()) == names and [id(p) for p in net.parameters()] == parameters
    assert type(ours.replace(torch.nn.RNN(1, 2))) is ours.RNN


def test_copies_pickles_and_saved_modules():
    mine, _ = twins(PAIRS[0], 3, 4)
    x = torch.randn(5, 2, 3)
    y = mine(x)[0]
    file = io.BytesIO()
    torch.save(mine, file)
    file.seek(0)
    for again in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine)), torch.load(file, weights_only=False)):
        assert (again(x)[0] == y).all()
        again.weight_ih_l0.data.zero_()
    assert (mine(x)[0] == y).all()


def test_functional_calls_and_compiled_modules_compute_the_same():
    mine, theirs = twins(PAIRS[1], 3, 4)
    x = torch.randn(5, 2, 3)
    other = {name: torch.randn_like(p) * 0.1 for name, p in mine.named_parameters()}
    call = torch.func.functional_call
    assert (call(mine, other, (x,))[0] - call(theirs, other, (x,))[0]).abs().max() < 1e-5
    compiled = torch.compile(lambda x: mine(x)[0] * 2, backend="eager")
    assert (compiled(x) - theirs(x)[0] * 2).abs().max() < 1e-5


def test_what_the_kernels_do_not_serve_goes_to_pytorch():
    mine, theirs = twins(PAIRS[0], 3, 4)
    x = torch.randn(5, 2, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert mine(x)[0].dtype == theirs(x)[0].dtype
    assert mine.bfloat16()(x.bfloat16())[0].dtype == torch.bfloat16
    assert ours.GRU(3, 4)(torch.zeros(5, 0, 3))[0].shape == (5, 0, 4)


def test_wrong_arguments_are_pytorchs_errors():
    mine, theirs = twins(PAIRS[0], 3, 4, batch_first=True)
    gru = ours.GRU(3, 4)
    x = torch.randn(2, 5, 3)
    with pytest.raises(ValueError, match="proj_size"):
        ours.LSTM(3, 4, proj_size=2)
    for wrong in (
        lambda module: module(torch.randn(2, 5, 4)),
        lambda module: module(torch.randn(2, 5, 3, 1)),
        lambda module: module(x.double()),
        lambda module: module(x, (torch.zeros(1, 3, 4), torch.zeros(1, 2, 4))),
        lambda module: module(x, (torch.zeros(2, 4), torch.zeros(2, 4))),
        lambda module: module(torch.randn(5, 3), (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4))),
        lambda module: module(torch.zeros(2, 0, 3)),
    ):
        with pytest.raises(Exception) as theirs_says:
            wrong(theirs)
        with pytest.raises(theirs_says.type):
            wrong(mine)
    with pytest.raises(RuntimeError):
        gru(x, torch.zeros(1, 2))


def test_state_dicts_of_numpy_layers_and_modules_are_the_same():
    layer, module = gatewise.LSTM(2, 3, 2, bidirectional=True), ours.LSTM(2, 3, 2, bidirectional=True, batch_first=True)
    layer.load_state_dict(module.state_dict())
    assert list(layer.state_dict()) == list(module.state_dict())
    module.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in layer.state_dict().items()})
    x = torch.randn(4, 5, 2)
    assert (torch.from_numpy(layer(x)[0]) == module(x)[0]).all()


def test_records_are_kept_where_a_backward_may_follow_alone():
    mine, _ = twins(PAIRS[0], 3, 4)
    x = torch.randn(5, 2, 3)
    kept = []

    class Spy:
        def __init__(self, *key):
            self.stack = gatewise._gatewise.RecurrentStack(*key)

        def __getattr__(self, name):
            return getattr(self.stack, name)

        def forward(self, *arguments):
            kept.append(arguments[6])
            return self.stack.forward(*arguments)

    plain, ours.RecurrentStack = ours.RecurrentStack, Spy
    try:
        mine(x)
        with torch.no_grad():
            mine(x)
        with torch.inference_mode():
            mine(x)
        mine.requires_grad_(False)(x)
        mine(x, (torch.zeros(1, 2, 4, requires_grad=True), torch.zeros(1, 2, 4)))
    finally:
        ours.RecurrentStack = plain
    assert kept == [True, False, False, False, True]


@pytest.mark.parametrize("pair", PAIRS[:3])
def test_a_loop_over_steps_shares_one_stack(pair):
    mine, theirs = twins(pair, 3, 4, 2)
    made, plain = [], ours.RecurrentStack
    ours.RecurrentStack = lambda *key: made.append(key) or plain(*key)
    try:
        for module in (mine, theirs):
            state, losses = None, []
            torch.manual_seed(11)
            for _ in range(20):
                y, state = module(torch.randn(1, 2, 3), state)
                losses.append(y.sum())
            sum(losses).backward()
    finally:
        ours.RecurrentStack = plain
    assert len(made) == 1
    for p, q in zip(mine.parameters(), theirs.parameters()):
        assert (p.grad - q.grad).abs().max() < 1e-4


def test_calls_with_other_weights_wait_for_their_backward_beside_each_other():
    mine, theirs = twins(PAIRS[0], 3, 4)
    x = torch.randn(5, 2, 3)
    results = []
    for module in (mine, theirs):
        torch.manual_seed(12)
        sets = [{name: (torch.randn_like(p) * 0.3).requires_grad_() for name, p in module.named_parameters()} for _ in range(3)]
        losses = [torch.func.functional_call(module, weights, (x,))[0].square().sum() for weights in sets]
        sum(losses[::-1]).backward()
        results.append([weight.grad for weights in sets for weight in weights.values()])
    for a, b in zip(*results):
        assert (a - b).abs().max() < 1e-5


def test_memory_of_a_loop_over_steps_grows_by_what_backward_reads():
    # 400 calls of a layer whose weights are 2 MB: what backward reads of a call is 10 KB.
    code = """
import resource, sys, torch
import gatewise.torch
torch.set_num_threads(1)
layer, x = gatewise.torch.LSTM(256, 256), torch.randn(1, 1, 256)
def loop(steps):
    state = None
    for _ in range(steps):
        y, state = layer(x, state)
    y.sum().backward()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
loop(3)
before = peak()
loop(400)
print((peak() - before) // 1024)
"""
    pytest.importorskip("resource", reason="skipped: no resource")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 200


def test_pytorchs_own_threads_are_shared():
    home = "/p/torch"
    paths = ["/p/scikit_learn.libs/libgomp-1.so", "/p/torch/lib/libgomp.so.1", "/p/torch.libs/libgomp.so.1", "/usr/lib/libgomp.so.1"]
    assert ours._nearest(paths, home)[:2] == ["/p/torch/lib/libgomp.so.1", "/p/torch.libs/libgomp.so.1"]


def test_transforms_of_functions_go_to_pytorch():
    mine, theirs = twins(PAIRS[1], 3, 4)
    x = torch.randn(5, 2, 3)
    gradients = [
        torch.func.grad(lambda parameters: torch.func.functional_call(module, parameters, (x,))[0].sum())(dict(module.named_parameters()))
        for module in (mine, theirs)
    ]
    for name, gradient in gradients[0].items():
        assert (gradient - gradients[1][name]).abs().max() < 1e-5
