"""The cases that PyTorch's own tests draw for its recurrent modules, run on ours.

`torch.testing._internal.common_modules` gives the sizes, inputs and wrong arguments; what is checked of each is what PyTorch's test_modules.py and
test_nn.py check of a module on the CPU, beside `torch.nn`'s own module with the same weights.
"""

import copy
import functools
import io
import itertools
import warnings

import pytest

torch = pytest.importorskip("torch", reason="skipped: no torch")
cases = pytest.importorskip("torch.testing._internal.common_modules", reason="skipped: no expecttest", exc_type=ImportError)

import gatewise.torch as ours  # noqa: E402
from torch.nn.utils import parametrizations, prune, rnn
from torch.testing import assert_close
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

NAMES = ("RNN", "GRU", "LSTM")
DTYPES = (torch.float32, torch.float64)
CLOSE = {torch.float32: {"atol": 1e-5, "rtol": 1e-5}, torch.float64: {"atol": 1e-11, "rtol": 1e-11}}


def info_of(name):
    return next(info for info in cases.module_db if info.module_cls is getattr(torch.nn, name))


def drawn(name, dtype, requires_grad=False, training=True):
    """Arguments of constructors, inputs, and what PyTorch says the outputs are, without those that we refuse."""
    info = info_of(name)
    draw = info.module_inputs_func
    if name != "LSTM":
        draw = functools.partial(draw, with_packed_sequence=True)
    torch.manual_seed(1)
    inputs = draw(info, device="cpu", dtype=dtype, requires_grad=requires_grad, training=training)
    served = [case for case in inputs if not case.constructor_input.kwargs.get("proj_size")]
    assert len(served) >= 16
    return served


def built(name, case, dtype, training=True):
    """Ours and PyTorch's, with the same weights."""
    arguments = case.constructor_input
    theirs = getattr(torch.nn, name)(*arguments.args, **arguments.kwargs).to(dtype).train(training)
    mine = getattr(ours, name)(*arguments.args, **arguments.kwargs).to(dtype).train(training)
    mine.load_state_dict(theirs.state_dict(), strict=True)
    return mine, theirs


def called(module, case):
    return module(*case.forward_input.args, **case.forward_input.kwargs)


def is_packed(case):
    return isinstance(case.forward_input.args[0], rnn.PackedSequence)


def tensors_of(value):
    return [leaf for leaf in tree_flatten(value)[0] if isinstance(leaf, torch.Tensor)]


def same(mine, theirs, **close):
    """Tensors within tuples and packed sequences."""
    mine, theirs = tensors_of(mine), tensors_of(theirs)
    assert len(mine) == len(theirs) > 0
    for a, b in zip(mine, theirs):
        assert_close(a, b, **close)


def of_case(test):
    """Runs a test over names, dtypes and both modes."""
    for mark in (("name", NAMES), ("dtype", DTYPES), ("training", (False, True))):
        test = pytest.mark.parametrize(*mark)(test)
    return test


# What test_modules.py checks


@of_case
def test_forward(name, dtype, training):
    for case in drawn(name, dtype, training=training):
        mine, theirs = built(name, case, dtype, training)
        outputs = called(mine, case)
        same(outputs, called(theirs, case), **CLOSE[dtype])
        if not is_packed(case):
            same(outputs, case.reference_fn(mine, *case.forward_input.args, **case.forward_input.kwargs), **CLOSE[dtype])
        assert all(p.dtype == torch.float64 for p in mine.double().parameters())
        assert all(p.dtype == torch.float32 for p in mine.float().parameters())


@of_case
def test_factory_arguments(name, dtype, training):
    for case in drawn(name, dtype, training=training):
        arguments = case.constructor_input
        mine = getattr(ours, name)(*arguments.args, **arguments.kwargs, device="cpu", dtype=dtype).train(training)
        assert all(p.dtype == dtype and p.device.type == "cpu" for p in mine.parameters())
        same(called(mine, case), called(mine, case), atol=0, rtol=0)
        with torch.device("meta"):
            assert all(p.is_meta for p in getattr(ours, name)(*arguments.args, **arguments.kwargs).parameters())


@of_case
def test_repr(name, dtype, training):
    for case in drawn(name, dtype, training=training):
        mine, theirs = built(name, case, dtype, training)
        assert repr(mine) == repr(theirs) and str(mine) == str(theirs)


@of_case
def test_pickle_and_saved_files(name, dtype, training):
    for case in drawn(name, dtype, training=training):
        mine, theirs = built(name, case, dtype, training)
        output = called(mine, case)
        file = io.BytesIO()
        torch.save(mine, file)
        file.seek(0)
        same(called(torch.load(file, weights_only=False), case), output, atol=0, rtol=0)
        same(called(copy.deepcopy(mine), case), output, atol=0, rtol=0)
        # Weights alone, from either class into the other.
        for giver, taker in ((mine, theirs), (theirs, mine)):
            file = io.BytesIO()
            torch.save(giver.state_dict(), file)
            file.seek(0)
            taker.load_state_dict(torch.load(file, weights_only=True), strict=True)
            assert list(taker.state_dict()) == list(giver.state_dict())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_non_contiguous_tensors(name, dtype):
    def scattered(tensor):
        out = torch.repeat_interleave(tensor.detach(), 2, dim=-1)[..., ::2]
        return out.requires_grad_(tensor.requires_grad)

    for case in drawn(name, dtype, requires_grad=True):
        if is_packed(case):
            continue
        mine, theirs = built(name, case, dtype)
        results = []
        for module, input_of, gradient_of in [
            (theirs, torch.clone, torch.clone),
            *itertools.product([mine], [torch.clone, scattered], [torch.clone, scattered]),
        ]:
            inputs = tree_map(lambda tensor: input_of(tensor).detach().requires_grad_(), case.forward_input.args)
            module.zero_grad()
            outputs = tensors_of(module(*inputs))
            torch.manual_seed(2)
            for output in outputs:
                output.backward(gradient_of(torch.randn_like(output)), retain_graph=True)
            results.append([outputs, [x.grad for x in tensors_of(inputs)], [p.grad.clone() for p in module.parameters()]])
        for other in results[1:]:
            same(other, results[0], atol=1e-4 if dtype == torch.float32 else 1e-11, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_grad(name):
    for case in drawn(name, torch.float64, requires_grad=True):
        if is_packed(case):
            continue
        mine, _ = built(name, case, torch.float64)
        for p in mine.parameters():
            p.requires_grad_(False)
        parameters = list(mine.parameters())
        # The total derivative, and that by the inputs with each parameter alone.
        for chosen in [parameters, [], *([p] for p in parameters[:4])]:
            for p in chosen:
                p.requires_grad_(True)
            flat, spec = tree_flatten(case.forward_input.args)

            def outputs(*values):
                return tensors_of(mine(*tree_unflatten(list(values[: len(flat)]), spec)))

            assert torch.autograd.gradcheck(outputs, (*flat, *chosen), fast_mode=chosen is not parameters)
            for p in chosen:
                p.requires_grad_(False)


@pytest.mark.parametrize("name", NAMES)
def test_grad_of_grad_is_refused(name):
    for case in drawn(name, torch.float64, requires_grad=True):
        mine, _ = built(name, case, torch.float64)
        inputs = [p for p in (*tensors_of(case.forward_input.args), *mine.parameters()) if p.requires_grad]
        total = sum(output.square().sum() for output in tensors_of(called(mine, case)))
        gradients = torch.autograd.grad(total, inputs, create_graph=True)
        with pytest.raises(RuntimeError, match="differentiates once"):
            sum(gradient.sum() for gradient in gradients).backward()


@of_case
def test_memory_format(name, dtype, training):
    for case in drawn(name, dtype, requires_grad=True, training=training):
        mine, _ = built(name, case, dtype, training)
        wanted = called(mine, case)
        for form in (torch.preserve_format, torch.contiguous_format):
            outputs = called(mine.to(memory_format=form), case)
            same(outputs, wanted, atol=0, rtol=0)
            assert all(output.is_contiguous() for output in tensors_of(outputs))
            inputs = [p for p in (*tensors_of(case.forward_input.args), *mine.parameters()) if p.requires_grad]
            gradients = torch.autograd.grad(sum(output.sum() for output in tensors_of(outputs)), inputs)
            assert all(gradient.is_contiguous() for gradient in gradients)


@of_case
def test_errors(name, dtype, training):
    info = info_of(name)
    for wrong in info.module_error_inputs_func(info, device="cpu", dtype=dtype, requires_grad=False, training=training):
        case, make = wrong.module_error_input, getattr(ours, name)
        arguments = case.constructor_input
        if wrong.error_on == cases.ModuleErrorEnum.CONSTRUCTION_ERROR:
            with pytest.raises(wrong.error_type, match=wrong.error_regex):
                make(*arguments.args, **arguments.kwargs)
        else:
            with pytest.raises(wrong.error_type, match=wrong.error_regex):
                called(make(*arguments.args, **arguments.kwargs), case)


# What test_nn.py and its companions check


@pytest.mark.parametrize("name", NAMES)
def test_wrong_shapes(name):
    right_input, right_hidden = (6, 4, 3), (2, 4, 5)
    mine = getattr(ours, name)(3, 5, 2)
    changes = [(0, 1), (1, 1), (0, 2), (1, 2), (1, 0)]
    for of_hidden, axis in changes:
        shapes = [list(right_input), list(right_hidden)]
        shapes[of_hidden][axis] = 7
        x, hidden, good = torch.randn(shapes[0]), torch.randn(shapes[1]), torch.randn(right_hidden)
        states = [hidden] if name != "LSTM" else [(hidden, good), (good, hidden)] if of_hidden else [(hidden, hidden)]
        for state in states:
            with pytest.raises(RuntimeError):
                mine(x, state)
    with pytest.raises(RuntimeError, match="Expected hidden.*size.*got"):
        wrong = torch.zeros(2, 4, 19)
        mine(torch.randn(right_input), (wrong, wrong) if name == "LSTM" else wrong)
    with pytest.raises(RuntimeError, match=r"input.size\(-1\) must be equal to input_size"):
        mine(torch.randn(6, 4, 9))
    with pytest.raises(ValueError, match="proj_size"):
        getattr(ours, name)(3, 5, 2, proj_size=2)


@pytest.mark.parametrize("name", NAMES)
def test_tensors_of_another_device(name):
    mine, state = getattr(ours, name)(3, 5, 2), torch.zeros(2, 4, 5, device="meta")
    for call in (lambda: mine(torch.randn(6, 4, 3), (state, state) if name == "LSTM" else state),):
        with pytest.raises(RuntimeError, match="[Dd]evice"):
            call()


@pytest.mark.parametrize("name", NAMES)
def test_initial_hidden_state(name):
    mine, x, zeros = getattr(ours, name)(30, 20, 2), torch.randn(10, 32, 30), torch.zeros(2, 32, 20)
    same(mine(x, (zeros, zeros) if name == "LSTM" else zeros), mine(x), atol=0, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_empty_batches_and_sequences(name):
    mine = getattr(ours, name)(3, 4)
    y, _ = mine(torch.zeros(5, 0, 3))
    assert y.shape == (5, 0, 4)
    y.sum().backward()
    for bidirectional in (False, True):
        with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0 in RNN"):
            getattr(ours, name)(5, 6, bidirectional=bidirectional)(torch.ones(0, 10, 5))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_variable_sequence(name, dtype):
    lengths = [10, 10, 6, 2, 2, 1, 1]
    mine = getattr(ours, name)(3, 4, num_layers=2, bidirectional=True, dtype=dtype)
    other = copy.deepcopy(mine)
    leaf = torch.randn(max(lengths), len(lengths), 3, dtype=dtype, requires_grad=True)
    alone = [other(leaf[:length, i : i + 1]) for i, length in enumerate(lengths)]
    joined = torch.cat([torch.nn.functional.pad(y, (0, 0, 0, 0, 0, max(lengths) - y.shape[0])) for y, _ in alone], 1)
    states = [torch.cat(parts, 1) for parts in zip(*(tensors_of(state) for _, state in alone))]
    packed, state = mine(rnn.pack_padded_sequence(leaf, lengths))
    unpacked, back = rnn.pad_packed_sequence(packed)
    assert back.tolist() == lengths
    same(unpacked, joined, **CLOSE[dtype])
    same(state, states, **CLOSE[dtype])
    gradients = []
    for y, module in ((joined, other), (unpacked, mine)):
        leaf.grad = None
        y.sum().backward()
        gradients.append([leaf.grad.clone(), *(p.grad for p in module.parameters())])
    same(gradients[1], gradients[0], atol=1e-4 if dtype == torch.float32 else 1e-11, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_packed_sequences_in_any_order(name):
    theirs = getattr(torch.nn, name)(3, 4, batch_first=True)
    mine = getattr(ours, name)(3, 4, batch_first=True)
    mine.load_state_dict(theirs.state_dict())
    x, h = torch.randn(4, 6, 3), torch.randn(1, 4, 4)
    for lengths in ([2, 6, 1, 4], torch.tensor([6, 6, 1, 1])):
        packed = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        hx = (h, h * 2) if name == "LSTM" else h
        mine_y, mine_state = mine(packed, hx)
        y, state = theirs(packed, hx)
        assert mine_y.batch_sizes.equal(y.batch_sizes) and mine_y.unsorted_indices.equal(y.unsorted_indices)
        same(mine_y.data, y.data, **CLOSE[torch.float32])
        same(mine_state, state, **CLOSE[torch.float32])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_retained_graphs(name, dtype):
    mine = getattr(ours, name)(10, 20, num_layers=2, dtype=dtype)
    x = torch.randn(5, 6, 10, dtype=dtype, requires_grad=True)
    y, _ = mine(x)
    found = []
    for _ in range(3):
        mine.zero_grad()
        x.grad = None
        y.sum().backward(retain_graph=True)
        found.append([x.grad, *(p.grad for p in mine.parameters())])
    same(found[1], found[0], atol=0, rtol=0)
    same(found[2], found[0], atol=0, rtol=0)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("p", [0, 0.276, 0.731, 1])
def test_dropout(p, training):
    mine = ours.RNN(10, 1000, 2, bias=False, dropout=p, nonlinearity="relu", dtype=torch.float64).train(training)
    for weight in mine.parameters():
        weight.data.fill_(1)
    with torch.no_grad():
        y, h = mine(torch.ones(1, 1, 10, dtype=torch.float64), torch.zeros(2, 1, 1000, dtype=torch.float64))
    assert y.min() == y.max() and h[0].min() == h[0].max() == 10 and (h[1] == y[0]).all()
    if p == 0 or not training:
        assert y[0, 0, 0] == 10_000
    elif p == 1:
        assert y[0, 0, 0] == 0
    else:
        assert 8_000 < y[0, 0, 0] < 12_000
        rest = float(y[0, 0, 0]) * (1 - p) % 10
        assert min(rest, 10 - rest) < 1e-2


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("p", [0, 0.1234])
def test_dropout_after_a_pickle(p, training):
    mine = ours.RNN(100, 100, 2, bias=False, dropout=p, nonlinearity="relu").train(training)
    x, hx = torch.rand(1, 1, 100), torch.rand(2, 1, 100)
    file = io.BytesIO()
    torch.save(mine, file)
    file.seek(0)
    again = torch.load(file, weights_only=False)
    again.flatten_parameters()
    first, second, third = mine(x, hx), mine(x, hx), again(x, hx)
    same_numbers = p == 0 or not training
    for other in (second, third):
        assert torch.equal(first[0], other[0]) == torch.equal(first[1], other[1]) == same_numbers


@pytest.mark.parametrize("training", [False, True])
def test_dropout_that_changes(training):
    mine, x, previous = ours.RNN(100, 100, 2, dropout=0, nonlinearity="relu").train(training), torch.rand(3, 2, 100), None
    for p in (0, 0.5, 0, 0.7, 0.2, 1, 0.2, 0):
        mine.dropout = p
        first, second = mine(x), mine(x)
        fixed = p in (0, 1) or not training
        assert torch.equal(first[0], second[0]) == torch.equal(first[1], second[1]) == fixed
        assert previous is None or torch.equal(first[0], previous) == (not training)
        previous = first[0]


@pytest.mark.parametrize("name", NAMES)
def test_weight_norm_and_pruning(name):
    mine, theirs = getattr(ours, name)(10, 6, 2), getattr(torch.nn, name)(10, 6, 2)
    mine.load_state_dict(theirs.state_dict())
    x = torch.randn(7, 6, 10)
    expected = theirs(x)[0]

    def are_parameters():
        return sum(isinstance(weight, torch.nn.Parameter) for weight in mine._flat_weights)

    def normed():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.nn.utils.weight_norm(mine, "weight_hh_l0")

    ways = [
        (normed, lambda: torch.nn.utils.remove_weight_norm(mine, "weight_hh_l0"), True),
        (
            lambda: parametrizations.weight_norm(mine, "weight_hh_l0"),
            lambda: torch.nn.utils.parametrize.remove_parametrizations(mine, "weight_hh_l0"),
            True,
        ),
        (lambda: prune.l1_unstructured(mine, "weight_hh_l0", 0.5), lambda: prune.remove(mine, "weight_hh_l0"), False),
    ]
    for begin, end, keeps in ways:
        begin()
        y = mine(x)[0]
        assert are_parameters() == 7 and torch.allclose(y, expected, atol=1e-5) == keeps
        mine.zero_grad()
        y.sum().backward()
        assert all(p.grad is not None for p in mine.parameters())
        end()
        assert torch.allclose(mine(x)[0], y, atol=1e-6) and are_parameters() == 8
        assert list(dict(mine.named_parameters())).count("weight_hh_l0") == 1


@pytest.mark.parametrize("name", NAMES)
def test_tied_and_deleted_weights(name):
    mine, theirs = getattr(ours, name)(10, 6, bidirectional=True), getattr(torch.nn, name)(10, 6, bidirectional=True)
    mine.load_state_dict(theirs.state_dict())
    x, gradients = torch.randn(5, 4, 10), []
    for module in (mine, theirs):
        module.bias_ih_l0_reverse = module.bias_ih_l0
        module(x)[0].square().sum().backward()
        gradients.append([p.grad for p in module.parameters()])
    same(*gradients, atol=1e-4, rtol=1e-5)
    before, weight = mine(x)[0], mine.weight_hh_l0
    del mine.weight_hh_l0
    assert not hasattr(mine, "weight_hh_l0")
    mine.weight_hh_l0 = weight
    assert torch.equal(mine(x)[0], before)


@pytest.mark.parametrize("name", NAMES)
def test_a_step_after_the_other_is_the_whole_sequence(name):
    mine = getattr(ours, name)(3, 8, 2)
    x = torch.randn(6, 2, 3)
    whole, last = mine(x)
    state, steps = None, []
    for t in range(6):
        y, state = mine(x[t : t + 1], state)
        steps.append(y)
    same((torch.cat(steps), state), (whole, last), **CLOSE[torch.float32])


@pytest.mark.parametrize("name", NAMES)
def test_moved_and_emptied_modules(name):
    mine, x = getattr(ours, name)(3, 4, 2), torch.randn(5, 2, 3)
    y = mine(x)[0]
    for module in (mine.to("cpu"), mine.double().float(), copy.deepcopy(mine).to(torch.float64).to(torch.float32), mine.share_memory()):
        assert torch.equal(module(x)[0], y)
    empty = copy.deepcopy(mine).to_empty(device="meta").to_empty(device="cpu")
    empty.load_state_dict(mine.state_dict(), assign=True)
    assert torch.equal(empty(x)[0], y)
