"""Items, labels and settings of classifiers and regressors: the kinds that are taken, and what is refused."""

import numpy as np
import pytest
from data_items import QUICK, texts, waves

import gatewise as gw

pd = pytest.importorskip("pandas")


class TestItems:
    def test_kinds_that_hold_the_same_are_the_same(self):
        X, y = waves(30)
        reference = gw.Classifier(**QUICK).fit(X, y).predict_proba(X)
        flat = X[:, :, 0]
        frames = [pd.DataFrame(flat), [pd.Series(x) for x in flat]]
        kinds = [flat, list(X), list(flat), flat.tolist(), tuple(flat), np.asfortranarray(flat), *frames]
        for other in kinds:
            assert np.array_equal(gw.Classifier(**QUICK).fit(other, y).predict_proba(other), reference), type(other)
        assert reference.dtype == np.float32 and np.allclose(reference.sum(axis=1), 1, atol=1e-6)

    def test_other_lengths_are_answered(self):
        X, y = waves(30)
        model = gw.Classifier(**QUICK).fit(X, y)
        assert model.predict(X[:, :7]).shape == (30,) and model.predict([np.zeros(3), np.ones(40)]).shape == (2,)

    def test_kinds_of_texts(self):
        pl = pytest.importorskip("polars")
        X, y = texts(30)
        reference = gw.Classifier(**QUICK).fit(X, y).predict_proba(X)
        for other in (np.array(X), np.array(X, dtype=object), pd.Series(X), pd.Series(X, dtype=object), tuple(X), pl.Series(X)):
            assert np.array_equal(gw.Classifier(**QUICK).fit(other, y).predict_proba(other), reference), type(other)

    @pytest.mark.parametrize(
        "labels",
        [
            np.array([2, 10]), np.array([7, 300], dtype=np.int16), np.array([False, True]), np.array(["10", "9"]), np.array([1.0, 2.0]),
            np.array(["b", "é"], dtype=object), np.array([-1, 1]),
        ],
    )
    def test_classes_keep_their_dtype(self, labels):
        X, _ = waves(30)
        y = labels[np.arange(30) % 2]
        model = gw.Classifier(**QUICK).fit(X, y)
        assert model.classes_.dtype == labels.dtype and model.classes_.tolist() == sorted(labels.tolist())
        said = model.predict(X)
        assert said.dtype == labels.dtype
        assert np.array_equal(said, model.classes_[model.predict_proba(X).argmax(axis=1)])
        assert model.score(X, y) > 0.7

    def test_labels_of_pandas(self):
        X, y = waves(30)
        reference = gw.Classifier(**QUICK).fit(X, y).predict(X)
        for labels in (y.tolist(), pd.Series(y), pd.Series(y).astype("category"), pd.Series(y, dtype="string")):
            assert gw.Classifier(**QUICK).fit(X, labels).predict(X).tolist() == reference.tolist()

    def test_several_values(self):
        X, _ = waves(60)
        y = pd.DataFrame({"mean": X.mean(axis=(1, 2)), "last": 1000 * X[:, -1, 0]})
        model = gw.Regressor(**QUICK).fit(X, y)
        assert model.targets_ == ["mean", "last"] and model.predict(X).shape == (60, 2) and model.predict(X).dtype == np.float64
        rest = ((y - model.predict(X)) ** 2).mean() / y.var(ddof=0)
        assert model.score(X, y) == pytest.approx((1 - rest).mean())
        assert model.evaluate(X, y)["count"] == 60
        assert gw.Regressor(**QUICK).fit(X, y.to_numpy()).targets_ == ["y1", "y2"]

    def test_groups_stay_together(self):
        X, y = waves(60)
        groups = np.arange(60) // 4
        model = gw.Classifier(**QUICK, test_share=0.25).fit(X, y, groups=groups)
        parts = [set(groups[model.parts_[name]]) for name in ("train", "valid", "test")]
        assert all(parts) and not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
        with pytest.raises(gw.DataError, match="groups has 59"):
            gw.Classifier(**QUICK).fit(X, y, groups=groups[1:])


class TestRefused:
    def refused(self, X, y, match, kind=gw.Classifier, error=gw.DataError):
        with pytest.raises(error, match=match) as caught:
            kind(**QUICK).fit(X, y)
        return caught.value

    def test_items(self):
        X, y = waves(10)
        hole = X.copy()
        hole[3, 5, 0] = np.nan
        assert "fill missing numbers" in self.refused(hole, y, "NaN: item 3, step 5, channel 0").remedy
        self.refused(np.where(np.isnan(hole), np.inf, hole), y, "infinity")
        self.refused(X.astype(object), y, "array of objects")
        self.refused(np.array([np.zeros(3), np.zeros(4)], dtype=object), [0, 1], "array of objects")
        self.refused([], [], "no item")
        self.refused(X[:0], y[:0], "no item")
        self.refused(X[:, :0], y, "without a step")
        self.refused([np.zeros(3), np.zeros(0)], [0, 1], "item 1 has no step")
        self.refused(X[0, :, 0], y, "Reshape your data")
        self.refused([1.0, 2.0], [0, 1], "single number")
        self.refused(np.zeros((2, 2, 2, 2)), [0, 1], "4 dimensions")
        self.refused([np.zeros((3, 2)), np.zeros((3, 1))], [0, 1], "item 1 has 1 channels")
        self.refused(["a", 3], [0, 1], "texts and other things: item 1 is a int")
        self.refused(pd.Series(["a", None]), [0, 1], "item 1 has no text")
        self.refused(X * 1e300, y, "too large for 32 bits")
        self.refused(X * 1j, y, "Complex")
        self.refused(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), [0, 1], "no numbers")
        self.refused(7, [0], "this is a int", error=TypeError)
        assert "standard input" not in str(self.refused("/none.csv", None, "none.csv", error=gw.FileError))
        crowd, _ = waves(40)
        assert "Regressor" in self.refused(crowd, np.arange(40), "most have one example").remedy
        with pytest.raises(TypeError, match="sparse"):
            gw.Classifier().fit(pytest.importorskip("scipy.sparse").csr_array(np.eye(3)), [0, 1, 1])

    def test_labels(self):
        X, y = waves(10)
        self.refused(X, y[:9], "10 items, y has 9")
        self.refused(X, ["a"] * 10, "one class only, 'a'")
        self.refused(X[:1], y[:1], "one sample")
        self.refused(X, None, "requires y")
        self.refused(X, [0.5] * 10, "not whole")
        self.refused(X, [1.0, np.nan] * 5, "NaN: item 1")
        self.refused(X, ["a", None] * 5, "item 1 has no label")
        self.refused(X, np.array(["a", 1] * 5, dtype=object), "several kinds")
        self.refused(X, np.zeros((10, 2)), "2 dimensions")
        self.refused(X, ["e\u0301", "\u00e9"] * 5, "spelled in two ways")
        self.refused(__file__, y, "beside items in memory")
        self.refused(X, y, "no numbers", gw.Regressor)
        self.refused(X, np.full(10, np.inf), "infinity", gw.Regressor)
        self.refused(X, np.ones(10), "nothing to learn", gw.Regressor)

    def test_settings(self):
        X, y = waves(10)
        with pytest.raises(gw.SettingError, match="did you mean.*hidden") as caught:
            gw.Classifier(hiden=3)
        assert (caught.value.kind, caught.value.setting) == ("usage", "hiden")
        for setting, value in [("hidden", 0), ("cell", "elman"), ("test_share", 2), ("combine", "all"), ("lr", float("nan"))]:
            with pytest.raises(gw.SettingError, match=setting) as caught:
                gw.Classifier(**{setting: value}).fit(X, y)
            assert caught.value.setting == setting
        with pytest.raises(gw.SettingError, match="exclude each other"):
            gw.Classifier(test_share=0.2, fold="1/5").fit(X, y)
        model = gw.Classifier(**QUICK).fit(X, y)
        with pytest.raises(gw.SettingError, match="settled when it was trained"):
            model.predict(X, hidden=5)

    def test_what_a_model_does_not_fit(self, tmp_path):
        X, y = waves(20, channels=2)
        model = gw.Classifier(**QUICK).fit(X, y)
        with pytest.raises(gw.DataError, match="1 channels of numbers, the model reads 2"):
            model.predict(X[:, :, 0])
        with pytest.raises(gw.DataError, match="holds text, the model reads numbers"):
            model.predict(["a text"])
        with pytest.raises(gw.DataError, match="none of the model's"):
            model.evaluate(X, ["other"] * 20)
        with pytest.raises(gw.DataError, match="y has 19"):
            model.score(X, y[1:])
        model.save(tmp_path / "m.safetensors")
        with pytest.raises(gw.DataError, match="no regressor") as caught:
            gw.Regressor.load(tmp_path / "m.safetensors")
        assert "Classifier.load" in caught.value.remedy
        with pytest.raises(gw.DataError):
            gw.Forecaster.load(tmp_path / "m.safetensors")
        gw.Forecaster(horizon=2, train="none", threads=1).fit(np.arange(40.0)).save(tmp_path / "f.safetensors")
        with pytest.raises(gw.DataError, match='task "forecast", no classifier'):
            gw.Classifier.load(tmp_path / "f.safetensors")
        with pytest.raises(gw.FileError):
            gw.Classifier.load("/none")
        with pytest.raises(gw.FileError):
            model.save(tmp_path / "none" / "m.safetensors")
        with pytest.raises(gw.GatewiseError, match="not trained"):
            gw.Classifier().predict(X)
        with pytest.raises(AttributeError, match="after fit"):
            _ = gw.Classifier().classes_
