"""Classifiers and regressors of sequences: what comes out, and that it is what the command line gives."""

import json
import pickle
import threading
import warnings
import wave

import numpy as np
import pytest
from data_items import QUICK, ragged, texts, waves
from support import ctrl_c, gatewise, rows_of, ticks_during

import gatewise as gw

pd = pytest.importorskip("pandas")


def write_ts(path, X, y, values=False):
    kind = "@targetLabel true" if values else "@classLabel true " + " ".join(sorted({str(label) for label in y}))
    lines = ["@problemName own", "@timeStamps false", kind, "@data"]
    for item, label in zip(X, y, strict=True):
        channels = np.asarray(item).reshape(len(item), -1).T
        lines.append(":".join([",".join(repr(float(v)) for v in channel) for channel in channels] + [str(label)]))
    path.write_text("\n".join(lines) + "\n")


def without_names(figures):
    return {part: None if one is None else {k: v for k, v in one.items() if k != "mistakes"} for part, one in figures.items()}


class TestAgainstTheBinary:
    def same(self, folder, task, X, y, path, *flags, **settings):
        """Trains on items in memory, on their file, and with the command line on that file: the same model three times."""
        kind = gw.Classifier if task == "classify" else gw.Regressor
        run = folder / "run"
        gatewise("train", task, path, *flags, "--seed", 1, "--threads", 1, "-o", run, "-q")
        gatewise("predict", run, path, *(["--all"] if task == "classify" else []), "-o", folder / "p.csv", "-q")
        expected, metrics = rows_of(folder / "p.csv"), json.loads((run / "metrics.json").read_text())
        model = kind(seed=1, threads=1, **settings).fit(X, y)
        found = kind(seed=1, threads=1, **settings).fit(path)
        loaded = kind.load(run)
        if task == "classify":
            assert [str(label) for label in model.predict(X)] == [row["label"] for row in expected]
            for at, label in enumerate(model.classes_):
                theirs = np.array([row[str(label)] for row in expected], dtype=np.float32)
                assert np.array_equal(model.predict_proba(X)[:, at], theirs), label
            assert model.score(X, y) == found.score(path) == loaded.evaluate(path)["accuracy"]
        else:
            theirs = np.array([float(row["value"]) for row in expected])
            assert np.allclose(model.predict(X), theirs, rtol=1e-6, atol=1e-6)
            assert model.score(X, y) == pytest.approx(found.score(path), abs=1e-9)
        assert without_names(model.metrics_) == without_names(metrics)
        assert found.metrics_ == metrics
        assert found.to_bytes() == (run / "model.safetensors").read_bytes()
        assert found.names(path) == [row["item"] for row in expected]
        ours = model.predict_proba(X) if task == "classify" else model.predict(X)
        for other in (found, loaded):
            assert np.array_equal(other.predict_proba(path) if task == "classify" else other.predict(path), ours)
        # The command line reads a model of items in memory, and answers alike.
        model.save(folder / "own.safetensors")
        gatewise("predict", folder / "own.safetensors", path, *(["--all"] if task == "classify" else []), "-o", folder / "q.csv", "-q")
        assert [list(row.values())[1:] for row in rows_of(folder / "q.csv")] == [list(row.values())[1:] for row in expected]
        return model

    def test_channels_and_unequal_lengths(self, tmp_path):
        X, y = ragged(60)
        write_ts(tmp_path / "items.ts", X, y)
        model = self.same(tmp_path, "classify", X, y, tmp_path / "items.ts")
        assert model.classes_.tolist() == ["fast", "slow"] and model.score(X, y) > 0.8

    def test_labels_of_numbers_with_settings(self, tmp_path):
        X, _ = waves(66)
        y = np.arange(66) % 3 * 5 + 1
        write_ts(tmp_path / "items.ts", X, y)
        flags = ["--hidden", 8, "--epochs", 4, "--test-share", 0.2, "--bidirectional=true", "--combine", "network"]
        settings = {"hidden": 8, "epochs": 4, "test_share": 0.2, "bidirectional": True, "combine": "network"}
        model = self.same(tmp_path, "classify", X, y, tmp_path / "items.ts", *flags, **settings)
        assert model.classes_.tolist() == [1, 6, 11] and model.classes_.dtype == y.dtype
        assert len(model.parts_["test"]) == model.metrics_["test"]["count"] > 0

    def test_a_series_a_row(self, tmp_path):
        X, y = waves(50)
        frame = pd.DataFrame(X[:, :, 0])
        frame.columns = [f"t{k}" for k in range(frame.shape[1])]
        frame.assign(label=y).to_csv(tmp_path / "items.csv", index=False)
        self.same(tmp_path, "classify", frame, pd.Series(y), tmp_path / "items.csv", "--hidden", 6, "--epochs", 5, hidden=6, epochs=5)

    def test_texts(self, tmp_path):
        X, y = texts()
        pd.DataFrame({"text": X, "label": y}).to_csv(tmp_path / "items.csv", index=False)
        model = self.same(tmp_path, "classify", X, y, tmp_path / "items.csv", "--hidden", 8, "--epochs", 5, hidden=8, epochs=5)
        assert model.predict(["a lovely play", "an awful play"]).tolist() == ["good", "bad"]

    def test_values(self, tmp_path):
        X, _ = waves(60)
        y = 100 + 3 * X[:, :, 0].mean(axis=1)
        write_ts(tmp_path / "items.ts", X, y.tolist(), values=True)
        self.same(tmp_path, "regress", X[:, :, 0], y, tmp_path / "items.ts", "--hidden", 8, "--epochs", 20, hidden=8, epochs=20)

    def test_a_folder(self, tmp_path):
        X, y = texts(40)
        for k, (text, label) in enumerate(zip(X, y, strict=True)):
            (tmp_path / "data" / label).mkdir(parents=True, exist_ok=True)
            (tmp_path / "data" / label / f"{k:02}.txt").write_text(text)
        gatewise("train", "classify", tmp_path / "data", "--hidden", 6, "--epochs", 3, "--seed", 1, "-o", tmp_path / "run", "-q")
        model = gw.Classifier(hidden=6, epochs=3, seed=1).fit(tmp_path / "data")
        assert model.to_bytes() == (tmp_path / "run" / "model.safetensors").read_bytes()
        assert model.classes_.tolist() == ["bad", "good"] and model.names(tmp_path / "data")[0] == "bad/00.txt"

    def test_weights_of_another_model(self, tmp_path):
        X, y = waves(40, seed=3)
        gw.Classifier(**QUICK).fit(*waves(60)).save(tmp_path / "base.safetensors")
        write_ts(tmp_path / "items.ts", X, y)
        flags = ["--from", tmp_path / "base.safetensors", "--epochs", 3, "--seed", 1]
        gatewise("train", "classify", tmp_path / "items.ts", *flags, "-o", tmp_path / "run", "-q")
        model = gw.Classifier(epochs=3, seed=1).fit(X, y, base=tmp_path / "base.safetensors")
        assert np.array_equal(model.predict_proba(X), gw.Classifier.load(tmp_path / "run").predict_proba(X))
        assert not np.array_equal(model.predict_proba(X), gw.Classifier(epochs=3, seed=1, hidden=6).fit(X, y).predict_proba(X))
        with pytest.raises(gw.DataError, match="the model of base reads 1"):
            gw.Classifier(**QUICK).fit(*waves(20, channels=2), base=tmp_path / "base.safetensors")
        gw.Forecaster(horizon=2, train="none", threads=1).fit(np.arange(40.0)).save(tmp_path / "f.safetensors")
        with pytest.raises(gw.DataError, match="no classifier"):
            gw.Classifier(**QUICK).fit(X, y, base=tmp_path / "f.safetensors")

    def test_texts_on_a_language_model(self, tmp_path):
        X, y = texts()
        (tmp_path / "corpus.txt").write_text("\n".join(X * 20))
        gatewise("train", "language", tmp_path / "corpus.txt", "--hidden", 8, "--max-steps", 20, "-o", tmp_path / "lm", "-q")
        pd.DataFrame({"text": X, "label": y}).to_csv(tmp_path / "items.csv", index=False)
        flags = ["--from", tmp_path / "lm", "--epochs", 3, "--seed", 1]
        gatewise("train", "classify", tmp_path / "items.csv", *flags, "-o", tmp_path / "run", "-q")
        model = gw.Classifier(epochs=3, seed=1).fit(X, y, base=tmp_path / "lm")
        assert np.array_equal(model.predict_proba(X), gw.Classifier.load(tmp_path / "run").predict_proba(X))

    def test_sound(self, tmp_path):
        for k in range(24):
            label = ["high", "low"][k % 2]
            tone = np.sin(2 * np.pi * (300 if k % 2 else 1200) * np.arange(3200 + 100 * k) / 8000 + k)
            (tmp_path / "clips" / label).mkdir(parents=True, exist_ok=True)
            with wave.open(str(tmp_path / "clips" / label / f"{k:02}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes((8000 * tone).astype("<i2").tobytes())
        flags = ["--hidden", 6, "--epochs", 6, "--cache", "none", "--seed", 1]
        gatewise("train", "classify", tmp_path / "clips", *flags, "-o", tmp_path / "run", "-q")
        model = gw.Classifier(hidden=6, epochs=6, cache="none", seed=1).fit(tmp_path / "clips")
        assert model.to_bytes() == (tmp_path / "run" / "model.safetensors").read_bytes()
        assert model.score(tmp_path / "clips") > 0.8
        with pytest.raises(gw.DataError, match="holds numbers, the model reads sound"):
            model.predict(np.zeros((2, 5)))

    def test_a_label_a_step(self, tmp_path):
        lines = ["id,x,label"]
        for item in range(20):
            values = np.sin(np.arange(12) + item)
            lines += [f"s{item},{value},{'up' if value > 0 else 'down'}" for value in values]
        (tmp_path / "steps.csv").write_text("\n".join(lines) + "\n")
        gatewise("train", "classify", tmp_path / "steps.csv", "--hidden", 4, "--epochs", 3, "--seed", 1, "-o", tmp_path / "run", "-q")
        model = gw.Classifier(hidden=4, epochs=3, seed=1).fit(tmp_path / "steps.csv")
        assert model.to_bytes() == (tmp_path / "run" / "model.safetensors").read_bytes()
        said = model.predict(tmp_path / "steps.csv")
        assert len(said) == 20 and all(len(one) == 12 for one in said) and set(np.concatenate(said)) <= {"up", "down"}
        assert model.predict_proba([np.zeros(5), np.zeros((7, 1))])[1].shape == (7, 2)


class TestTraining:
    def test_what_was_chosen_and_how_it_did(self):
        X, y = waves(60)
        model = gw.Classifier(seed=1, threads=1, test_share=0.2).fit(X, y)
        assert "hidden" in {choice.what for choice in model.choices_} and isinstance(model.notes_, list)
        assert model.metrics_["test"]["accuracy"] > 0.7 and "named right" in model.verdict_
        assert model.model_["config"]["answer"]["classes"]["labels"] == ["fast", "slow"] and model.model_["parameters"] > 0
        page = model.report().html
        assert page.startswith("<!") and "--" + "test-share" not in page
        assert model.evaluate(X, y)["accuracy"] == model.score(X, y)
        with pytest.warns(gw.GatewiseWarning, match="left out"):
            assert model.evaluate(X, ["new", *y[1:]])["left_out"] == 1

    def test_events_and_progress(self):
        X, y = waves(30)
        events = []
        gw.Classifier(**QUICK).fit(X, y, callback=events.append, progress=True)
        assert {"phase", "start", "step", "epoch", "stopped"} <= {event["event"] for event in events}

    def test_an_exception_of_the_callback_ends_the_training(self):
        X, y = waves(30)
        steps = []

        def stop(event):
            if event["event"] == "step":
                steps.append(event)
                raise LookupError("enough")

        model = gw.Classifier(**QUICK)
        with pytest.raises(LookupError, match="enough"):
            model.fit(X, y, callback=stop)
        assert len(steps) == 1 and not model.__sklearn_is_fitted__()

    def test_ctrl_c_ends_the_training(self):
        X, y = waves(400, steps=60)
        model = gw.Classifier(hidden=32, epochs=100_000, patience=100_000, max_steps=30_000, threads=1)
        with ctrl_c(after=0.3):
            model.fit(X, y)
        assert not model.__sklearn_is_fitted__()

    def test_other_threads_run_meanwhile(self):
        X, y = waves(100)
        assert ticks_during(lambda: gw.Classifier(hidden=16, epochs=60, patience=60, threads=1).fit(X, y)) > 5

    def test_threads_share_a_model(self):
        X, y = waves(60)
        model, results = gw.Classifier(**QUICK).fit(X, y), []
        threads = [threading.Thread(target=lambda: results.append(model.predict_proba(X))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 4 and all(np.array_equal(result, model.predict_proba(X)) for result in results)

    def test_a_training_that_fails_leaves_the_model_as_it_was(self):
        X, y = waves(30)
        model = gw.Classifier(**QUICK).fit(X, y)
        said = model.predict_proba(X)
        with pytest.raises(gw.DataError):
            model.fit(X, np.zeros(30, dtype=int))
        with pytest.raises(LookupError):
            model.fit(X[:, :5], 1 - (y == "fast"), callback=lambda event: {}[event["event"]])
        assert model.classes_.tolist() == ["fast", "slow"] and np.array_equal(model.predict_proba(X), said)

    def test_the_number_of_threads_changes_nothing(self):
        X, y = ragged(40)
        models = [gw.Classifier(**{**QUICK, "threads": n}).fit(X, y) for n in (1, 2)]
        assert models[0].to_bytes() == models[1].to_bytes()


class TestKeeping:
    def test_pickles_and_files(self, tmp_path):
        X, y = waves(30)
        y = (y == "fast").astype(np.int8)
        model = gw.Classifier(**QUICK).fit(X, y)
        copy = pickle.loads(pickle.dumps(model))
        assert np.array_equal(copy.predict_proba(X), model.predict_proba(X)) and copy.to_bytes() == model.to_bytes()
        assert copy.classes_.dtype == np.int8 and copy.choices_ == model.choices_ and copy.get_params() == model.get_params()
        with pytest.raises(gw.DataError, match="no report"):
            copy.report()
        model.save(tmp_path / "m.safetensors")
        loaded = gw.Classifier.load(tmp_path / "m.safetensors", threads=1)
        assert loaded.predict(X).tolist() == model.predict(X).tolist() and loaded.classes_.dtype == np.int64
        regressor = pickle.loads(pickle.dumps(gw.Regressor(**QUICK).fit(X, X.mean(axis=(1, 2)))))
        assert regressor.predict(X).shape == (30,)
        assert pickle.loads(pickle.dumps(gw.Regressor(hidden=3))).hidden == 3


# What of scikit-learn's checks cannot apply to sequences.
LENGTHS = "the columns of a table are the steps of a series, and a model answers series of any length"
INAPPLICABLE = {
    "check_n_features_in_after_fitting": LENGTHS,
    "check_n_features_in": LENGTHS,
    "check_dtype_object": "an array of objects is refused: it mostly is a list of unequal series that was made an array by mistake",
}


class TestScikitLearn:
    @pytest.mark.parametrize("kind", [gw.Classifier, gw.Regressor])
    def test_its_own_checks(self, kind):
        checks = pytest.importorskip("sklearn.utils.estimator_checks")
        inapplicable = dict(INAPPLICABLE)
        if kind is gw.Classifier:
            # It is done below, but for the refusal of other lengths.
            inapplicable["check_classifiers_train"] = LENGTHS
        model = kind(hidden=8, epochs=30 if kind is gw.Classifier else 150, threads=1, seed=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = checks.check_estimator(model, expected_failed_checks=inapplicable, on_skip=None, on_fail=None)
        failed = {result["check_name"]: result["exception"] for result in results if result["status"] == "failed"}
        assert not failed, failed
        passed = [result["check_name"] for result in results if result["status"] == "passed"]
        expected = {result["check_name"] for result in results if result["status"] == "xfail"}
        assert len(passed) > 40 and expected == set(inapplicable), (len(passed), expected)

    def test_the_check_of_a_classifiers_training_but_for_lengths(self):
        checks = pytest.importorskip("sklearn.utils.estimator_checks")

        class AnyLength(gw.Classifier):
            def __sklearn_tags__(self):
                tags = super().__sklearn_tags__()
                tags.no_validation = True
                return tags

        checks.check_classifiers_train("AnyLength", AnyLength(hidden=8, epochs=30, threads=1, seed=1))

    def test_settings(self):
        base = pytest.importorskip("sklearn.base")
        X, y = waves(30)
        model = gw.Classifier(**QUICK)
        assert repr(model) == "Classifier(epochs=8, seed=1, threads=1, hidden=6)"
        assert set(model.get_params()) == set(model.settings()) and model.layers is None and not hasattr(model, "hiden")
        copy = base.clone(model.fit(X, y))
        assert copy.get_params() == model.get_params() and not copy.__sklearn_is_fitted__()
        assert base.is_classifier(model) and base.is_regressor(gw.Regressor())

    def test_cross_validation_and_grids(self):
        selection = pytest.importorskip("sklearn.model_selection")
        X, y = waves(60)
        scores = selection.cross_val_score(gw.Classifier(**QUICK), X, y, cv=3)
        assert scores.shape == (3,) and scores.mean() > 0.7
        lists, labels = texts(45)
        assert selection.cross_val_score(gw.Classifier(**QUICK), lists, labels, cv=3, scoring="neg_log_loss").shape == (3,)
        grid = selection.GridSearchCV(gw.Classifier(**QUICK), {"hidden": [4, 6], "cell": ["gru", "lstm"]}, cv=2, n_jobs=1).fit(X, y)
        assert grid.best_params_["hidden"] in (4, 6) and grid.best_estimator_.predict(X).shape == (60,)
        assert grid.predict_proba(X).shape == (60, 2) and grid.classes_.tolist() == ["fast", "slow"]
        values = X.mean(axis=(1, 2))
        assert selection.cross_val_predict(gw.Regressor(**QUICK), X, values, cv=2).shape == (60,)

    def test_a_pipeline(self):
        pipeline = pytest.importorskip("sklearn.pipeline")
        from sklearn.preprocessing import FunctionTransformer, StandardScaler

        X, y = waves(40)
        steps = pipeline.make_pipeline(StandardScaler(), gw.Classifier(**QUICK)).fit(X[:, :, 0], y)
        assert steps.predict(X[:, :, 0]).shape == (40,) and 0 <= steps.score(X[:, :, 0], y) <= 1
        assert steps.set_params(classifier__hidden=3).get_params()["classifier__hidden"] == 3
        halves = pipeline.make_pipeline(FunctionTransformer(lambda x: x[:, ::2]), gw.Classifier(**QUICK)).fit(X, y)
        assert halves.predict_proba(X).shape == (40, 2)


def test_labels_of_digits_are_scored_by_name_after_a_file(tmp_path):
    X = np.array([np.full(12, k % 2) + 0.01 * k for k in range(40)])
    y = np.array(["1", "2"] * 20)
    model = gw.Classifier(seed=1, threads=1, max_steps=20).fit(X, y)
    model.save(tmp_path / "m.safetensors")
    loaded = gw.Classifier.load(tmp_path / "m.safetensors")
    assert loaded.score(X, y) == model.score(X, y) == loaded.evaluate(X, y)["accuracy"] > 0.5
