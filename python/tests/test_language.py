"""Language models: what comes out, and that it is what the command line gives."""

import csv
import inspect
import io
import json
import math
import pickle
import threading
import warnings

import numpy as np
import pytest
from data_texts import ENGLISH, FLAGS, KOREAN, QUICK, story
from support import ctrl_c, gatewise, ticks_during

import gatewise as gw

HELD = "나는 산에 간다.\nthe man sat on the dog.\n"


@pytest.fixture(scope="module")
def model():
    return gw.LanguageModel(**QUICK).fit(story())


def events(done, name):
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [event for event in lines if event.get("event") == name]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder of the command line beside a model of the same text."""
    folder = tmp_path_factory.mktemp("language")
    (folder / "t.txt").write_text(story(), encoding="utf-8")
    (folder / "held.txt").write_text(HELD, encoding="utf-8")
    gatewise("train", "language", folder / "t.txt", *FLAGS, "-o", folder / "run", "-q")
    return folder


class TestAgainstTheBinary:
    def test_the_same_text_gives_the_same_bytes(self, run):
        expected = (run / "run" / "model.safetensors").read_bytes()
        for text in (story(), run / "t.txt", [run / "t.txt"], [story()], iter(story().splitlines(keepends=True))):
            model = gw.LanguageModel(**QUICK).fit(text)
            assert model.to_bytes() == expected, type(text)
        assert model.metrics_ == json.loads((run / "run" / "metrics.json").read_text())
        assert gw.LanguageModel.load(run / "run").to_bytes() == expected

    @pytest.mark.parametrize(
        ("unit", "vocabulary"), [("byte", None), ("jamo", None), ("word", None), ("token", None), ("sub-word", 300), ("unigram", 300)]
    )
    def test_every_unit(self, run, unit, vocabulary):
        flags = ["--unit", unit] + ([] if vocabulary is None else ["--vocabulary", vocabulary])
        gatewise("train", "language", run / "t.txt", *FLAGS, *flags, "-o", run / unit, "-q")
        model = gw.LanguageModel(**QUICK, unit=unit, vocabulary=vocabulary).fit(story())
        assert model.to_bytes() == (run / unit / "model.safetensors").read_bytes()
        assert model.unit_ == unit and len(model.vocabulary_) == model.model_["symbols"]
        done = gatewise("generate", run / unit, "-p", "나는", "-n", 30, "--seed", 4)
        assert model.generate("나는", length=30, seed=4) + "\n" == done.stdout
        assert "".join(model.stream("나는", length=30, seed=4)) + "\n" == done.stdout
        done = gatewise("score", run / unit, run / "held.txt", "--json")
        expected = {name: value for name, value in events(done, "score")[0].items() if name != "event"}
        for place in expected["unlikely"]:
            place["file"] = "<text 1>"
        if unit == "token":
            with pytest.warns(gw.GatewiseWarning, match='share the symbol of rare words: "dog."'):
                assert model.likelihood(HELD) == expected
        else:
            assert model.likelihood(HELD) == expected

    def test_a_folder_and_several_files(self, run):
        (run / "texts").mkdir()
        for name, text in [("a.txt", story(20).rstrip("\n")), ("b.txt", story(20))]:
            (run / "texts" / name).write_text(text, encoding="utf-8")
        gatewise("train", "language", run / "texts", *FLAGS, "-o", run / "folder", "-q")
        expected = (run / "folder" / "model.safetensors").read_bytes()
        files = [run / "texts" / "a.txt", run / "texts" / "b.txt"]
        for text in (run / "texts", files, [story(20).rstrip("\n"), story(20)]):
            assert gw.LanguageModel(**QUICK).fit(text).to_bytes() == expected

    def test_a_training_that_begins_with_another(self, run):
        (run / "new.txt").write_text("日本語を話す。 the cat sat.\n" * 60, encoding="utf-8")
        flags = ["--from", run / "run", "--max-steps", 20, "--seed", 1]
        gatewise("train", "language", run / "new.txt", *flags, "-o", run / "on", "-q")
        model = gw.LanguageModel(max_steps=20, seed=1).fit(run / "new.txt", base=run / "run")
        assert model.to_bytes() == (run / "on" / "model.safetensors").read_bytes()
        assert any("are new" in note["message"] for note in model.notes_)
        with pytest.raises(gw.SettingError, match="hidden=8: the model in") as caught:
            gw.LanguageModel(hidden=8).fit(run / "new.txt", base=run / "run")
        assert caught.value.setting == "hidden"

    @pytest.mark.parametrize(
        "how",
        [
            {"temperature": 0}, {"temperature": 1.3, "top_k": 5}, {"top_p": 0.8, "seed": 7}, {"min_p": 0.1, "repetition_penalty": 1.3},
            {"count": 3, "stop": "."}, {"beams": 4, "stop": [".", "\n"]}, {"beams": 4, "count": 2, "length_penalty": 0.5},
            {"no_prompt": True}, {"precision": "int8"}, {"adapt": True, "adapt_rate": 0.01, "cache": 50}, {"length": 0},
        ],
    )
    def test_writing(self, run, how):
        how = {"length": 40, **how}
        flags = []
        for name, value in how.items():
            flag = "--" + name.replace("_", "-")
            each = value if isinstance(value, list) else [value]
            flags += [flag] if value is True else [f"{flag}={one}" for one in each]
        done = gatewise("generate", run / "run", "-p", "나는 오늘", *flags, "--json")
        expected = events(done, "text")
        before = "" if how.get("no_prompt") else "나는 오늘"
        texts = gw.LanguageModel.load(run / "run").generate("나는 오늘", **how)
        assert isinstance(texts, list) == ("count" in how)
        texts = texts if isinstance(texts, list) else [texts]
        assert texts == [before + event["text"] for event in expected]
        for text, event in zip(texts, expected, strict=True):
            assert isinstance(text, gw.Completion)
            assert (text.reason, text.stop, text.symbols) == (event["reason"], event["stop"], event["symbols"])
            assert (text.log_probability, text.score) == (event.get("log_probability"), event.get("score"))

    def test_a_state_is_gone_on_with(self, run):
        model = gw.LanguageModel.load(run / "run")
        whole = model.generate("나는", length=30, seed=3, temperature=1)
        part = model.generate("나는", length=10, seed=3, temperature=1, save_state=run / "s.state")
        rest = model.generate(length=20, load_state=run / "s.state", temperature=1)
        assert part + rest == whole
        gatewise("generate", run / "run", "-p", "나는", "-n", 10, "--seed", 3, "-t", 1, "--save-state", run / "t.state", "-q")
        assert (run / "s.state").read_bytes() == (run / "t.state").read_bytes()
        told = "".join(model.stream("나는", length=10, seed=3, temperature=1, save_state=run / "u.state"))
        assert told == part and (run / "u.state").read_bytes() == (run / "s.state").read_bytes()

    @pytest.mark.parametrize(
        ("flags", "how"),
        [
            ([], {}), (["--each-line"], {"each_line": True}), (["--worst", 2], {"worst": 2}), (["--precision", "int8"], {"precision": "int8"}),
            (["--adapt", "--adapt-window", 5, "--cache", 20], {"adapt": True, "adapt_window": 5, "cache": 20}),
        ],
    )
    def test_scores(self, run, flags, how):
        expected = events(gatewise("score", run / "run", run / "held.txt", *flags, "--json"), "score")[0]
        model = gw.LanguageModel.load(run / "run")
        figures = model.likelihood(run / "held.txt", **how)
        assert figures == {name: value for name, value in expected.items() if name != "event"}
        how.pop("worst", None)
        assert model.score(run / "held.txt", **how) == -figures["bits_per_char"]

    def test_evaluation_prediction_and_features(self, run):
        model = gw.LanguageModel.load(run / "run")
        assert model.evaluate(run / "held.txt") == json.loads(gatewise("evaluate", run / "run", run / "held.txt", "--json").stdout)
        assert model.evaluate(HELD)["best_baseline"] in {"frequency", "pair", "kneser_ney", "ppm"}
        rows = list(csv.DictReader(io.StringIO(gatewise("predict", run / "run", run / "held.txt").stdout)))
        assert [(row["symbol"], float(row["probability"])) for row in rows] == model.predict(run / "held.txt")
        for pool, flags in [("last", []), ("mean", ["--each-line"]), ("none", [])]:
            gatewise("features", run / "run", run / "held.txt", "--pool", pool, *flags, "-o", run / "f.npy", "-q")
            found = model.features(run / "held.txt", pool, each_line=bool(flags))
            assert np.array_equal(np.concatenate(found) if pool == "none" else found, np.load(run / "f.npy")), pool

    def test_the_binary_reads_its_model(self, run, model):
        model.save(run / "own.safetensors")
        assert model.generate("the", length=20) + "\n" == gatewise("generate", run / "own.safetensors", "-p", "the", "-n", 20).stdout


class TestWriting:
    def test_the_seed_alone_settles_what_is_written(self, model):
        texts = {seed: model.generate("나는", length=60, seed=seed, temperature=1) for seed in range(4)}
        assert len(set(texts.values())) == 4
        for seed, text in texts.items():
            assert model.generate("나는", length=60, seed=seed, temperature=1, threads=2) == text
        several = model.generate("나는", length=60, seed=2, temperature=1, count=5)
        assert several[0] == texts[2] and len(set(several)) == 5
        assert model.generate("나는", length=60, seed=2, temperature=1, count=2) == several[:2]
        assert model.generate("나는", length=5, count=1) == [model.generate("나는", length=5)]

    def test_what_was_learned_is_written(self, model):
        assert "에 간다.\n" in model.generate("나는 오늘 ", length=12, temperature=0)

    def test_a_stream_tells_pieces_as_they_are_made(self, model):
        stream = model.stream("나는", length=30, seed=5)
        assert iter(stream) is stream and stream.completion is None
        pieces = list(stream)
        assert len(pieces) > 20 and all(pieces) and list(stream) == []
        assert "".join(pieces) == stream.completion == model.generate("나는", length=30, seed=5)
        assert stream.completion.reason == "length" and stream.completion.symbols == 30
        stopped = model.stream("나는", length=200, seed=5, stop=".")
        assert "".join(stopped) == stopped.completion and stopped.completion.reason == "stop" and "." not in stopped.completion
        assert "".join(model.stream("the", length=0)) == "the" and "".join(model.stream("the", length=0, no_prompt=True)) == ""

    def test_a_stream_has_a_model_of_its_own(self, model):
        one, other = model.stream("나는", length=20, seed=5), model.stream("the", length=20, seed=6)
        told = ["", ""]
        for first, second in zip(one, other):
            told[0] += first
            told[1] += second
            model.generate("the", length=1)
        expected = [model.generate("나는", length=20, seed=5), model.generate("the", length=20, seed=6)]
        assert [text.startswith(begun) and len(text) - len(begun) < 4 for text, begun in zip(expected, told)] == [True, True]
        left = model.stream("the", length=3_000_000)
        assert next(left)
        del left

    def test_letters_come_in_whole_characters(self):
        model = gw.LanguageModel(**QUICK, unit="byte").fit(story())
        pieces = list(model.stream("나는", length=62, temperature=0))
        assert all(len(piece) == 1 for piece in pieces[:-1])
        assert "".join(pieces) == model.generate("나는", length=62, temperature=0) and "\ufffd" not in "".join(pieces[:-1])


class TestFigures:
    def test_surprise_is_what_the_likelihood_sums(self, model):
        texts = [HELD, story(1), story(400)[:20000]]
        table = model.surprise(texts)
        assert list(table) == ["text", "position", "symbol", "nats", "start", "end"]
        assert [len(text) - 1 for text in texts] == np.bincount(table["text"]).tolist()
        assert table["nats"].mean() == pytest.approx(model.likelihood(texts)["nats"], rel=1e-12)
        for row in range(0, len(table["nats"]), 501):
            text = texts[table["text"][row]]
            assert text[table["start"][row] : table["end"][row]] == table["symbol"][row] == text[table["position"][row]]
        worst = int(np.argmax(table["nats"]))
        assert model.likelihood(texts, worst=1)["unlikely"][0]["nats"] == table["nats"][worst]
        adapted = model.surprise(story(4)[::-1], adapt=True, adapt_rate=0.01)
        assert adapted["nats"].mean() == pytest.approx(model.likelihood(story(4)[::-1], adapt=True, adapt_rate=0.01)["nats"], rel=1e-9)

    def test_places_are_those_of_the_normal_spelling(self):
        model = gw.LanguageModel(**QUICK, unit="word").fit(story())
        with pytest.warns(gw.GatewiseWarning, match="share the symbol of rare words"):
            table = model.surprise("나는 \u110b\u1169\u1102\u1173\u11af 漢字를 간다.")
        text = "나는 오늘 漢字를 간다."
        shown = [text[start:end] for start, end in zip(table["start"], table["end"])]
        assert shown == [" 오늘", " 漢字를", " 간다", "."] and table["symbol"].tolist() == [" 오늘", "<unk>", " 간다", "."]

    def test_tables_come_in_the_kind_of_the_column(self, model):
        pd = pytest.importorskip("pandas")
        plain = model.surprise([HELD, ENGLISH])
        found = model.surprise(pd.Series([HELD, ENGLISH]))
        assert isinstance(found, pd.DataFrame) and found["nats"].tolist() == plain["nats"].tolist()
        by_line = model.surprise(pd.Series([HELD, ENGLISH]), each_line=True)
        assert by_line["text"].unique().tolist() == ["<text 1>:1", "<text 1>:2", "<text 2>:1", "<text 2>:2", "<text 2>:3"]
        pl = pytest.importorskip("polars")
        found = model.surprise(pl.Series([HELD, ENGLISH]))
        assert isinstance(found, pl.DataFrame) and found["symbol"].to_list() == plain["symbol"].tolist()

    def test_more_is_better_and_units_compare(self, model):
        assert model.score(ENGLISH) > model.score(ENGLISH[::-1])
        other = gw.LanguageModel(**QUICK, unit="byte").fit(story())
        assert other.score(ENGLISH) == -other.likelihood(ENGLISH)["bits_per_char"]
        assert math.isnan(gw.LanguageModel(**QUICK, unit="byte").fit(story()).score("\u00e9"))

    def test_what_may_come_next(self, model):
        likeliest = model.predict("나는 오늘 학교에 간", k=3)
        assert [one.symbol for one in likeliest[:1]] == ["다"] and len(likeliest) == 3
        shares = model.predict_proba("나는 오늘 학교에 간")
        assert shares.shape == (len(model.vocabulary_),) and shares.sum() == pytest.approx(1)
        assert shares[model.vocabulary_.index("다")] == likeliest[0].probability == shares.max()
        assert len(model.predict("the", k=10_000)) == len(model.vocabulary_)

    def test_features(self, model):
        last, each = model.features([HELD, ENGLISH]), model.features([HELD, ENGLISH], pool="none")
        assert last.shape == (2, 16) and last.dtype == np.float32
        assert [states.shape for states in each] == [(len(HELD), 16), (len(ENGLISH), 16)]
        assert np.allclose(last, [states[-1] for states in each], atol=1e-6)
        assert np.allclose(model.features([HELD], "mean"), each[0].mean(axis=0), atol=1e-5)
        with pytest.warns(gw.GatewiseWarning, match="unknown to the model|rows of zeros"):
            assert not model.features("漢", each_line=True).any()


class TestTraining:
    def test_what_was_chosen_and_how_it_did(self, model):
        assert {"window", "batch", "lr"} <= {choice.what for choice in model.choices_}
        assert 0 < model.metrics_["bits_per_char"] < 5 and "nats a symbol" in model.verdict_
        assert model.unit_ == "char" and {"나", "t", "\n"} <= set(model.vocabulary_)
        assert model.model_["config"]["hidden"] == 16 and model.model_["normalize_unicode"] == "nfc"
        page = model.report().html
        assert page.startswith("<!") and "What it wrote" in page and "--hidden" not in page and "hidden" in page
        assert "<iframe" in model.report()._repr_html_()

    def test_nothing_held_back(self):
        with pytest.warns(gw.GatewiseWarning, match="nothing is held back.*valid_share"):
            model = gw.LanguageModel(**QUICK, valid_share=0).fit(story())
        assert model.metrics_ is None and "Nothing was held back" in model.verdict_

    def test_events_and_progress(self):
        told = []
        gw.LanguageModel(**QUICK).fit(story(), callback=told.append, progress=True)
        assert {"phase", "start", "step", "epoch", "sample", "stopped"} <= {event["event"] for event in told}
        assert {event["phase"] for event in told if "phase" in event} == {"training"}

    def test_an_exception_of_the_callback_ends_the_training(self):
        def stop(event):
            if event["event"] == "step":
                raise LookupError("enough")

        model = gw.LanguageModel(**QUICK)
        with pytest.raises(LookupError, match="enough"):
            model.fit(story(), callback=stop)
        assert not model.__sklearn_is_fitted__()

    # Each would take a minute or more, and ends where the interrupt is lost.
    @pytest.mark.parametrize(
        "call",
        [
            lambda model, text: gw.LanguageModel(hidden=32, max_steps=30_000, threads=1).fit(text),
            lambda model, text: gw.LanguageModel(hidden=8, max_steps=30_000, unit="unigram", threads=1).fit(text[:200_000]),
            lambda model, text: model.likelihood(text, threads=1),
            lambda model, text: model.surprise(text, threads=1),
            lambda model, text: model.evaluate(text, threads=1),
            lambda model, text: model.likelihood(text[:3_000_000], adapt=True, threads=1),
            lambda model, text: model.features(text, threads=1),
            lambda model, text: model.generate("the", length=3_000_000),
            lambda model, text: model.generate("the", length=2_000_000, count=2),
            lambda model, text: model.generate("the", length=1_000_000, beams=2),
        ],
    )
    def test_ctrl_c_ends_it(self, model, call):
        text = "".join(np.random.default_rng(1).choice(list("the cat saton m.나는오늘간다\n"), 200_000)) * 200
        with ctrl_c(after=0.3):
            call(model, text)
        assert model.generate("the", length=1)

    def test_other_threads_run_meanwhile(self):
        text = story()
        assert ticks_during(lambda: gw.LanguageModel(hidden=64, max_steps=600, threads=1).fit(text)) > 5

    def test_threads_share_a_model(self, model):
        calls = [
            lambda: model.generate("나는", length=200), lambda: model.likelihood(story(3))["nats"], lambda: model.predict("the")[0],
            lambda: model.vocabulary_, lambda: "".join(model.stream("the", length=50)), lambda: model.unit_,
        ]
        expected = [call() for call in calls]
        results = {}

        def work(number):
            results[number] = calls[number % len(calls)]()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [results[number] for number in range(12)] == expected * 2

    def test_the_number_of_threads_changes_nothing(self):
        models = [gw.LanguageModel(**{**QUICK, "threads": n}).fit(story()) for n in (1, 2)]
        assert models[0].to_bytes() == models[1].to_bytes()

    def test_a_training_that_fails_leaves_the_model_as_it_was(self):
        model = gw.LanguageModel(**QUICK).fit(story())
        before = model.to_bytes()
        with pytest.raises(gw.DataError):
            model.fit("")
        with pytest.raises(KeyError):
            model.fit(story(), callback=lambda event: {}[event["event"]])
        assert model.to_bytes() == before and model.metrics_ is not None


class TestHabits:
    def test_parameters(self):
        model = gw.LanguageModel(unit="char", hidden=8)
        assert model.get_params()["hidden"] == 8 and model.layers is None
        assert model.set_params(seed=4) is model and repr(model) == "LanguageModel(unit='char', hidden=8, seed=4)"
        assert set(model.get_params()) == set(gw.LanguageModel.settings()) == set(inspect.signature(gw.LanguageModel).parameters)

    def test_pickles_files_and_bytes(self, model, tmp_path):
        copy = pickle.loads(pickle.dumps(model))
        assert copy.to_bytes() == model.to_bytes() and copy.metrics_ == model.metrics_ and copy.choices_ == model.choices_
        assert copy.generate("나는", length=20) == model.generate("나는", length=20)
        with pytest.raises(gw.DataError, match="no report"):
            copy.report()
        model.save(tmp_path / "m.safetensors")
        for other in (gw.LanguageModel.load(tmp_path / "m.safetensors", threads=1), gw.LanguageModel.from_bytes(model.to_bytes())):
            assert other.vocabulary_ == model.vocabulary_ and other.score(ENGLISH) == model.score(ENGLISH)
        assert pickle.loads(pickle.dumps(gw.LanguageModel(hidden=3))).hidden == 3
        text = pickle.loads(pickle.dumps(model.generate("the", length=5, beams=2)))
        assert text.reason == "length" and text.log_probability < 0

    def test_scikit_learn(self):
        base = pytest.importorskip("sklearn.base")
        selection = pytest.importorskip("sklearn.model_selection")
        model = gw.LanguageModel(**QUICK)
        copy = base.clone(model.fit(story(10)))
        assert copy.get_params() == model.get_params() and not copy.__sklearn_is_fitted__()
        texts = [KOREAN * 6, ENGLISH * 6] * 6
        scores = selection.cross_val_score(gw.LanguageModel(**QUICK), texts, cv=3)
        assert scores.shape == (3,) and np.isfinite(scores).all()
        grid = selection.GridSearchCV(gw.LanguageModel(**QUICK), {"unit": ["char", "byte"]}, cv=2).fit(texts)
        assert grid.best_params_["unit"] in ("char", "byte") and grid.best_estimator_.generate("the", length=3).startswith("the")

    def test_nothing_warns_of_a_plain_text(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gw.LanguageModel(**QUICK).fit(story()).likelihood(HELD)
