"""Weights in safetensors files: of layers under PyTorch's names, of models under those of their files; hostile files."""

import json
import re
import struct

import numpy as np
import pytest

import gatewise as gw


def safetensors(tensors, **header):
    """The bytes of a file, made by hand: name -> (type, shape, bytes)."""
    table, data = dict(header), b""
    for name, (dtype, shape, content) in tensors.items():
        table[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(table).encode()
    return struct.pack("<Q", len(text)) + text + data


def bfloat16(array):
    """Its upper halves."""
    return (array.astype("<f4").view("<u4") >> 16).astype("<u2")


AS = {"F64": lambda a: a.astype("<f8"), "F32": lambda a: a.astype("<f4"), "F16": lambda a: a.astype("<f2"), "BF16": bfloat16}


def file_of(path, layer, prefix="", dtype="F32", more=None):
    tensors = {prefix + name: (dtype, tensor.shape, AS[dtype](tensor).tobytes()) for name, tensor in layer.state_dict().items()}
    path.write_bytes(safetensors({**tensors, **(more or {})}))
    return path


LAYERS = [
    gw.LSTM(3, 4, 2, bidirectional=True, seed=1),
    gw.GRU(2, 5, seed=2),
    gw.GRU(2, 5, reset_after=False, seed=3),
    gw.RNN(1, 3, 3, nonlinearity="relu", dtype="float64", seed=4),
]


class TestLayers:
    @pytest.mark.parametrize("layer", LAYERS)
    def test_a_saved_layer_comes_back(self, layer, tmp_path):
        path, x = tmp_path / "layer.safetensors", np.random.default_rng(5).normal(size=(2, 6, layer.input_size))
        settings = layer._own_settings()
        for prefix in ("", "encoder.rnn."):
            layer.save(path, prefix)
            for given in (prefix, None):
                again = type(layer).load(path, given, **settings)
                assert repr(again) == repr(layer) and (again(x)[0] == layer(x)[0]).all()
        assert type(layer).load(str(path), dtype="float64", **settings).dtype == np.float64

    @pytest.mark.parametrize("dtype, most", [("F64", 1e-7), ("F32", 0), ("F16", 1e-3), ("BF16", 1e-2)])
    def test_every_width_of_numbers_is_read(self, dtype, most, tmp_path):
        layer = LAYERS[0]
        again = gw.LSTM.load(file_of(tmp_path / "a", layer, "rnn.", dtype))
        assert again.dtype == (np.float64 if dtype == "F64" else np.float32)
        for name, tensor in layer.state_dict().items():
            assert np.abs(again.state_dict()[name] - tensor).max() <= most

    def test_layers_without_bias_have_zeros(self, tmp_path):
        tensors = {name: t for name, t in LAYERS[1].state_dict().items() if name.startswith("weight")}
        (tmp_path / "a").write_bytes(safetensors({n: ("F32", t.shape, t.tobytes()) for n, t in tensors.items()}))
        again = gw.GRU.load(tmp_path / "a").state_dict()
        assert all((again[name] == tensors[name]).all() if name in tensors else not again[name].any() for name in again)

    def test_other_tensors_of_a_file_are_left_alone(self, tmp_path):
        more = {"head.weight": ("I64", (1,), bytes(8)), "rnn.weight_ih_l0_extra": ("F32", (1,), bytes(4))}
        assert (gw.GRU.load(file_of(tmp_path / "a", LAYERS[1], "rnn.", more=more)).state_dict()["bias_hh_l0"] != 0).all()

    def test_what_a_file_has_not_is_said(self, tmp_path):
        two = tmp_path / "two"
        lstm = {f"b.{n}": ("F32", t.shape, t.tobytes()) for n, t in LAYERS[0].state_dict().items()}
        file_of(two, LAYERS[1], "a.", more=lstm)
        part, projected, none, flat = (tmp_path / name for name in ("part", "projected", "none", "flat"))
        tensors = {n: ("F32", t.shape, t.tobytes()) for n, t in LAYERS[1].state_dict().items()}
        part.write_bytes(safetensors({n: t for n, t in tensors.items() if n != "bias_hh_l0"}))
        projected.write_bytes(safetensors({**tensors, "weight_hr_l0": ("F32", (1,), bytes(4))}))
        none.write_bytes(safetensors({"w": ("F32", (1,), bytes(4))}))
        flat.write_bytes(safetensors({**tensors, "weight_ih_l0": ("F32", (30,), bytes(120))}))
        beyond, odd = tmp_path / "beyond", tmp_path / "odd"
        beyond.write_bytes(safetensors({**tensors, "weight_ih_l999999999999": ("F32", (1,), bytes(4))}))
        odd.write_bytes(safetensors({**tensors, "weight_hh_l0": ("F32", (5, 15), bytes(300))}))
        cases = [
            (lambda: gw.GRU.load(two), gw.DataError, "several recurrent layers", "prefix='a.', prefix='b.'"),
            (lambda: gw.GRU.load(two, "c."), gw.DataError, "prefix='c.'", "prefix='a.'"),
            (lambda: gw.GRU.load(two, "b."), gw.DataError, "16 rows", "gatewise.LSTM.load"),
            (lambda: gw.LSTM.load(none), gw.DataError, "no recurrent layer", None),
            (lambda: gw.GRU.load(part), gw.DataError, "no bias_hh_l0", None),
            (lambda: gw.GRU.load(projected), gw.DataError, "proj_size", None),
            (lambda: gw.GRU.load(flat), gw.DataError, r"shape \(30,\)", None),
            (lambda: gw.GRU.load(beyond), gw.DataError, "the layer has no", None),
            (lambda: gw.GRU.load(odd), gw.DataError, "15 rows", None),
            (lambda: gw.GRU.load(tmp_path / "missing"), gw.FileError, "cannot read", None),
            (lambda: gw.GRU(2, 3).save(tmp_path / "no" / "folder"), gw.FileError, "cannot write", None),
        ]
        for call, kind, words, remedy in cases:
            with pytest.raises(kind, match=words) as raised:
                call()
            assert remedy is None or remedy in raised.value.remedy

    def test_hostile_files_are_refused(self, tmp_path):
        path = tmp_path / "a"
        whole = file_of(path, LAYERS[1]).read_bytes()
        header = struct.unpack("<Q", whole[:8])[0]
        entry = {"dtype": "F32", "shape": [15, 2], "data_offsets": [0, 120]}
        hostile = [
            b"", whole[:7], whole[: header // 2], whole[:-1], whole + b"x", struct.pack("<Q", 2**64 - 1) + whole[8:], b"\xff" * 64,
            safetensors({}, weight_ih_l0={**entry, "shape": [2**62, 2**62]}),
            safetensors({}, weight_ih_l0={**entry, "data_offsets": [0, 2**63]}),
            safetensors({}, weight_ih_l0={**entry, "data_offsets": [120, 0]}),
            safetensors({}, weight_ih_l0={**entry, "dtype": "F128"}),
            safetensors({}, weight_ih_l0=[]),
        ]
        for content in hostile:
            path.write_bytes(content)
            with pytest.raises(gw.DataError, match="not a complete safetensors file"):
                gw.GRU.load(path)
        path.write_bytes(safetensors({"weight_ih_l0": ("I32", (15, 2), bytes(120)), "weight_hh_l0": ("F32", (15, 5), bytes(300))}))
        with pytest.raises(gw.DataError, match="has the type I32"):
            gw.GRU.load(path)

    def test_pytorchs_own_files(self, tmp_path):
        torch = pytest.importorskip("torch", reason="skipped: no torch")
        files = pytest.importorskip("safetensors.torch", reason="skipped: no safetensors")
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            net = torch.nn.ModuleDict({"rnn": torch.nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True), "head": torch.nn.Linear(8, 1)}).to(dtype)
            files.save_file(net.state_dict(), tmp_path / "net")
            layer, x = gw.LSTM.load(tmp_path / "net"), torch.randn(2, 5, 3, dtype=torch.float64)
            expected = net["rnn"].double()(x)[0].detach().numpy()
            assert np.abs(layer(x)[0] - expected).max() < 1e-6
            layer.save(tmp_path / "back")
            net["rnn"].load_state_dict(files.load_file(tmp_path / "back"), strict=True)


@pytest.fixture(scope="module")
def models():
    """A small model of each task, and what it answers."""
    random = np.random.default_rng(6)
    series = {"y": np.sin(np.arange(80) / 3) + random.normal(size=80) / 9}
    items = [np.sin(np.arange(20) * (0.3 + 0.5 * (k % 2)) + random.normal()) for k in range(24)]
    small, text = {"hidden": 4, "epochs": 1, "seed": 1}, {"hidden": 4, "seed": 1}
    classifier = gw.Classifier(**small).fit(items, ["ab"[k % 2] for k in range(24)])
    return [
        (
            gw.Forecaster(horizon=2, lookback=8, train="full", combine="network", **small).fit(series),
            lambda model: list(model.predict(series).values())[-1],
        ),
        (classifier, lambda model: model.predict_proba(items)),
        (gw.Regressor(**small).fit(items, np.arange(24.0)), lambda model: model.predict(items)),
        (gw.Detector(seed=1).fit(series), lambda model: np.asarray(model.predict(series)["score"])),
        (gw.LanguageModel(max_steps=2, **text).fit("the cat sat on the mat. " * 40), lambda model: model.predict_proba("the ")),
    ]


class TestModels:
    def test_tensors_go_out_and_back(self, models):
        for model, answer in models:
            tensors, before = model.state_dict(), np.array(answer(model))
            assert tensors and all(isinstance(name, str) and isinstance(t, np.ndarray) for name, t in tensors.items())
            model.load_state_dict({name: tensor * (0.5 if "weight" in name else 1) for name, tensor in tensors.items()})
            assert not np.array_equal(answer(model), before)
            model.load_state_dict(tensors)
            assert np.array_equal(np.array(answer(model)), before)

    def test_names_are_those_of_the_file(self, models, tmp_path):
        model, _ = models[1]
        model.save(tmp_path / "m.safetensors")
        content = (tmp_path / "m.safetensors").read_bytes()
        header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
        tensors = model.state_dict()
        assert set(tensors) == set(header) - {"__metadata__"} and "recurrent.weight_ih_l0" in tensors
        assert all(list(tensors[name].shape) == header[name]["shape"] for name in tensors)

    def test_other_tensors_are_refused_and_change_nothing(self, models):
        for model, answer in models:
            tensors, before = model.state_dict(), np.array(answer(model))
            name = sorted(tensors)[0]
            nan = tensors[name].copy()
            nan.reshape(-1)[:1] = np.nan
            for wrong, words in [
                ({}, re.escape(f"missing `{name}`")),
                ({**tensors, "more": np.zeros(2)}, "unknown `more`"),
                ({**tensors, name: np.zeros((1, 2, 3))}, re.escape(f"`{name}` has the shape [1, 2, 3]")),
                ({**tensors, name: nan}, f"`{name}`: value 0 is NaN"),
            ]:
                with pytest.raises(gw.DataError, match=words):
                    model.load_state_dict(wrong)
            with pytest.raises(TypeError, match="numbers are wanted"):
                model.load_state_dict({**tensors, name: "text"})
            assert np.array_equal(np.array(answer(model)), before)
        with pytest.raises(gw.GatewiseError, match="not trained"):
            gw.Classifier().state_dict()
