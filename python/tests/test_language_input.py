"""Texts, prompts and settings of language models: the kinds that are taken, and what is refused."""

import importlib.util

import numpy as np
import pytest
from data_texts import ENGLISH, KOREAN, QUICK, story

import gatewise as gw


@pytest.fixture(scope="module")
def model():
    return gw.LanguageModel(**QUICK).fit(story())


class TestTexts:
    def test_kinds_that_hold_the_same_are_the_same(self, tmp_path):
        texts = [KOREAN * 20, ENGLISH * 20]
        expected = gw.LanguageModel(**QUICK).fit(texts).to_bytes()
        (tmp_path / "t.txt").write_text("".join(texts), encoding="utf-8")
        kinds = [tuple(texts), iter(texts), np.array(texts), np.array(texts, dtype=object), "".join(texts), tmp_path / "t.txt", tmp_path]
        columns = {
            "pandas": lambda pd: [pd.Series(texts), pd.Series(texts, dtype="string"), pd.Index(texts)],
            "polars": lambda pl: [pl.Series(texts)],
            "pyarrow": lambda pa: [pa.array(texts), pa.chunked_array([texts[:1], texts[1:]])],
        }
        for library, made in columns.items():
            if importlib.util.find_spec(library):
                kinds += made(importlib.import_module(library))
        for text in kinds:
            assert gw.LanguageModel(**QUICK).fit(text).to_bytes() == expected, type(text)

    def test_a_mark_of_utf_8_is_no_text(self, tmp_path):
        (tmp_path / "t.txt").write_text(story(), encoding="utf-8-sig")
        assert gw.LanguageModel(**QUICK).fit(tmp_path / "t.txt").vocabulary_ == gw.LanguageModel(**QUICK).fit(story()).vocabulary_

    def test_an_open_file_is_its_lines(self, tmp_path):
        (tmp_path / "t.txt").write_text(story(), encoding="utf-8")
        with open(tmp_path / "t.txt", encoding="utf-8") as file:
            assert gw.LanguageModel(**QUICK).fit(file).to_bytes() == gw.LanguageModel(**QUICK).fit(story()).to_bytes()

    def test_empty_texts_among_others(self, model):
        with pytest.warns(gw.GatewiseWarning, match="2 files hold fewer than two symbols.*<text 1>"):
            table = model.surprise(["", "the cat", "t"])
        assert set(table["text"]) == {1}

    def test_what_is_no_text(self, model):
        with pytest.raises(TypeError, match="decode"):
            model.score(b"the cat")
        wrong = [3, None, 4.5, {"a": "the cat"}, [b"the cat"], ["the cat", 3], [["the cat"]], pytest.importorskip("pandas").DataFrame({"a": ["b"]})]
        for text in wrong:
            for call in (gw.LanguageModel(**QUICK).fit, model.score, model.evaluate, model.predict, model.surprise, model.features):
                with pytest.raises(TypeError, match="path"):
                    call(text)
        with pytest.raises(gw.DataError, match="2 dimensions"):
            model.score(np.array([["a", "b"]]))
        for column in (["the cat", None], pytest.importorskip("pandas").Series(["the cat", float("nan")])):
            with pytest.raises(gw.DataError, match="text 1 is missing") as caught:
                model.score(column)
            assert "leave such texts out" in caught.value.remedy
        with pytest.raises(gw.DataError, match=r"character 4 \(U\+D800\) is half of a character"):
            model.score("the \ud800")
        with pytest.raises(gw.DataError, match="text 1: character 0"):
            model.fit(["the", "\ud800"])

    def test_texts_that_nothing_can_be_learned_from(self):
        for text, words in [
            ("", "empty"), ([], "empty"), (["", ""], "empty"), ("a" * 5000, "single symbol"), ("a", "single symbol"), ("ab", "too short"),
            ("a\0b" * 500, "zero byte"),
        ]:
            with pytest.raises(gw.DataError, match=words) as caught:
                gw.LanguageModel(**QUICK).fit(text)
            assert caught.value.kind == "data" and caught.value.remedy, text[:9]
        many = "".join(chr(0x4E00 + k) for k in range(300)) * 9
        with pytest.raises(gw.DataError, match="300 different characters") as caught:
            gw.LanguageModel(**QUICK, vocabulary=100).fit(many)
        assert 'vocabulary=300 allows them; unit="byte" or unit="sub-word"' in caught.value.remedy

    def test_files(self, model, tmp_path):
        with pytest.raises(gw.FileError, match="none.txt") as caught:
            gw.LanguageModel().fit(tmp_path / "none.txt")
        assert caught.value.kind == "io" and "standard input" not in str(caught.value)
        (tmp_path / "euc.txt").write_bytes(story().encode("cp949"))
        with pytest.raises(gw.DataError, match=r"euc.txt:1:1: byte 0 .* is not UTF-8") as caught:
            gw.LanguageModel(**QUICK).fit(tmp_path / "euc.txt")
        assert "CP949" in caught.value.remedy
        (tmp_path / "wide.txt").write_text("the cat", encoding="utf-16")
        with pytest.raises(gw.DataError, match="UTF-16"):
            model.score([tmp_path / "wide.txt"])
        (tmp_path / "nothing").mkdir()
        with pytest.raises(gw.DataError, match="no file in this folder"):
            model.score(tmp_path / "nothing")
        with pytest.raises(TypeError, match="text 1 is a"):
            model.score(["the cat", tmp_path])

    def test_a_dash_is_no_standard_input(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "-").write_text(story(), encoding="utf-8")
        assert gw.LanguageModel(**QUICK).fit((tmp_path / "-").relative_to(tmp_path)).metrics_

    def test_the_name_of_a_file_is_told(self, model, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "cat.txt").write_text(story(), encoding="utf-8")
        with pytest.raises(gw.DataError, match="name of a file") as caught:
            gw.LanguageModel(**QUICK).fit("cat.txt")
        assert "pathlib.Path('cat.txt')" in caught.value.remedy
        (tmp_path / "the cat").write_text(story(), encoding="utf-8")
        with pytest.warns(gw.GatewiseWarning, match="name of a file") as told:
            model.score("the cat")
        assert told[0].filename == __file__


class TestPrompts:
    def test_unknown_symbols_are_told(self, model):
        with pytest.warns(gw.GatewiseWarning, match='does not know "漢", left out of what it reads .strict refuses') as told:
            assert model.generate("the 漢", length=5).startswith("the 漢")
        assert told[0].filename == __file__
        with pytest.warns(gw.GatewiseWarning, match="does not know"):
            model.stream("the 漢")
        with pytest.raises(gw.DataError, match="does not know these symbols of the prompt") as caught:
            model.generate("the 漢", strict=True)
        assert caught.value.setting == "strict"
        for call in (model.generate, model.stream, model.predict, model.evaluate, model.score, model.features):
            with pytest.raises(gw.DataError, match="knows no symbol"):
                call("漢字")
        with pytest.warns(gw.GatewiseWarning, match="20.00 % of the symbols are unknown"):
            model.predict("the 漢")

    def test_what_is_no_prompt(self, model):
        for prompt in (None, 3, b"the", ["the"]):
            with pytest.raises(TypeError, match="a prompt is a str"):
                model.generate(prompt)
        with pytest.raises(gw.DataError, match="half of a character"):
            model.stream("\udc00")
        assert len(model.generate("", length=7)) == 7 and len(model.generate(length=7)) == 7

    def test_settings_of_writing(self, model, tmp_path):
        for how, words, setting in [
            ({"lenght": 5}, "unknown setting", "lenght"), ({"temperature": -1}, "temperature is -1; it is 0 or above", "temperature"),
            ({"temperature": float("nan")}, "finite", "temperature"), ({"top_p": 0}, "top_p is 0", "top_p"), ({"top_k": -1}, "top_k", "top_k"),
            ({"count": 0}, "count", "count"), ({"stop": ""}, "stop is empty", "stop"), ({"length": 1.5}, "length", "length"),
            ({"beams": 3, "temperature": 0.5}, "temperature has no meaning", "beams"), ({"beams": 2, "count": 3}, "give beams=3 or more", "count"),
            ({"length_penalty": 1}, "give beams too", "length_penalty"), ({"count": 2, "temperature": 0}, "with temperature=0 all 2", "count"),
            ({"count": 2, "save_state": tmp_path / "s"}, "save_state is for one text", "save_state"),
            ({"beams": 2, "save_state": tmp_path / "s"}, "for a text that is drawn", "save_state"),
            ({"adapt_rate": 0.1}, "adapt_rate needs adapt", "adapt_rate"), ({"adapt": False, "cache": 5}, "cache needs adapt", "cache"),
            ({"adapt": True, "precision": "int8"}, "adapt changes the weights, and precision rounds them", "adapt"),
            ({"precision": "int4"}, "f32", "precision"), ({"threads": 0}, "threads", "threads"), ({"strict": "perhaps"}, "strict", "strict"),
            ({"count": 10**12}, "give fewer", "count"),
        ]:
            with pytest.raises(gw.SettingError) as caught:
                model.generate("the cat", **how)
            assert words in str(caught.value) and caught.value.setting == setting, (how, str(caught.value), caught.value.setting)
        with pytest.raises(gw.SettingError, match="fewer than two symbols"):
            model.generate("t", adapt=True)
        for how in ({"count": 2}, {"beams": 2}):
            with pytest.raises(gw.SettingError, match="leave out .*call generate") as caught:
                model.stream("the", **how)
            assert caught.value.setting == next(iter(how))
        with pytest.raises(gw.FileError):
            model.generate("the", length=2, save_state=tmp_path / "none" / "s")
        with pytest.raises(gw.FileError):
            "".join(model.stream("the", length=2, save_state=tmp_path / "none" / "s"))
        with pytest.raises(gw.DataError, match="none"):
            model.generate("the", load_state=tmp_path / "none")
        model.save(tmp_path / "m.safetensors")
        with pytest.raises(gw.DataError) as caught:
            model.generate("the", load_state=tmp_path / "m.safetensors")
        assert "save_state wrote" in caught.value.remedy


class TestModels:
    def test_settings(self, model):
        with pytest.raises(gw.SettingError, match="did you mean hidden") as caught:
            gw.LanguageModel(hiden=3)
        assert (caught.value.kind, caught.value.setting) == ("usage", "hiden")
        for setting, value in [("hidden", 0), ("unit", "syllable"), ("valid_share", 2), ("cell", "elman"), ("dropout", 1), ("lr", float("inf"))]:
            with pytest.raises(gw.SettingError, match=setting) as caught:
                gw.LanguageModel(**{setting: value}).fit(story())
            assert caught.value.setting == setting
        with pytest.raises(gw.SettingError, match="worst"):
            model.likelihood("the cat", worst=-1)
        with pytest.raises(gw.SettingError, match="unknown setting"):
            model.score("the cat", hidden=5)
        with pytest.raises(gw.SettingError, match="pool"):
            model.features("the cat", pool="max")
        with pytest.raises(gw.SettingError, match="at least one"):
            model.predict("the cat", k=0)
        with pytest.raises(TypeError):
            model.predict("the cat", k=1.5)
        with pytest.raises(gw.DataError, match="fewer than two symbols"):
            model.score("t")

    def test_use_before_learning(self):
        model = gw.LanguageModel()
        for call in (model.generate, model.stream, model.report, model.to_bytes):
            with pytest.raises(gw.GatewiseError, match="not trained") as caught:
                call()
            assert "fit(text) first" in caught.value.remedy
        for call in (model.score, model.likelihood, model.surprise, model.evaluate, model.predict, model.predict_proba, model.features):
            with pytest.raises(gw.GatewiseError, match="not trained"):
                call("the cat")
        with pytest.raises(AttributeError, match="known after fit"):
            _ = model.metrics_

    def test_models_of_another_task(self, model, tmp_path):
        gw.Forecaster(horizon=2, train="none", threads=1).fit(np.arange(40.0)).save(tmp_path / "f.safetensors")
        model.save(tmp_path / "m.safetensors")
        for call in (gw.LanguageModel.load, lambda path: gw.LanguageModel().fit(story(), base=path)):
            with pytest.raises(gw.DataError, match="language") as caught:
                call(tmp_path / "f.safetensors")
            assert "LanguageModel made" in str(caught.value)
        for other in (gw.Forecaster, gw.Detector, gw.Classifier):
            with pytest.raises(gw.DataError):
                other.load(tmp_path / "m.safetensors")
        with pytest.raises(gw.FileError, match="none"):
            gw.LanguageModel.load(tmp_path / "none")
        with pytest.raises(gw.FileError):
            model.save(tmp_path / "none" / "m.safetensors")
        content = model.to_bytes()
        for damaged in (b"", b"nothing of the kind", content[:100], content[:-1], content[:8] + b"x" + content[9:]):
            with pytest.raises(gw.DataError):
                gw.LanguageModel.from_bytes(damaged)
