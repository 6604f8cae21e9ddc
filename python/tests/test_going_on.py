"""Trainings that begin with the weights of another model, and those that go on where they were stopped."""

import json
from pathlib import Path

import numpy as np
import pytest

import gatewise as gw

pytest.importorskip("pandas")
ROOT = Path(__file__).resolve().parents[2]
SMALL = {"horizon": 4, "train": "full", "lookback": 12, "epochs": 4, "hidden": 4, "threads": 1, "seed": 1}


def wave(rows=160, seed=0):
    t = np.arange(rows)
    return 50 + 0.05 * t + 5 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(seed).normal(size=rows)


class TestBase:
    def test_training_begins_with_the_weights_of_another(self, tmp_path):
        first = gw.Forecaster(**SMALL).fit(wave())
        first.save(tmp_path / "m.safetensors")
        losses = {}
        for name, base in {"anew": None, "model": first, "file": tmp_path / "m.safetensors"}.items():
            model, events = gw.Forecaster(train="full", seed=1, threads=1, horizon=4, lookback=12, epochs=1, hidden=4), []
            model.fit(wave(), base=base, callback=events.append)
            losses[name] = (next(event["loss"] for event in events if event["event"] == "step"), model.to_bytes())
            said = any("began with the weights" in note["message"] for note in model.notes_)
            assert said == (base is not None)
        assert losses["model"] == losses["file"] and losses["model"][0] < losses["anew"][0]

    def test_its_shape_is_that_of_the_base(self):
        first = gw.Forecaster(**SMALL).fit(wave())
        model = gw.Forecaster(train="full", threads=1, max_steps=2).fit(wave(seed=1), base=first)
        assert model.model_["config"]["horizon"] == 4 and model.model_["config"]["network"]["hidden"] == 4 and model.horizon is None
        with pytest.raises(gw.SettingError, match="hidden=8.*the model in base has 4") as caught:
            gw.Forecaster(train="full", hidden=8, threads=1).fit(wave(), base=first)
        assert caught.value.setting == "hidden" and "leave hidden out" in caught.value.remedy

    def test_a_prior_in_place_of_the_built_in_one(self):
        settings = {"horizon": 4, "train": "none", "threads": 1}
        model = gw.Forecaster(**settings).fit(wave(), base=ROOT / "crates" / "gatewise" / "src" / "prior" / "weights.safetensors")
        assert any("began with the prior" in note["message"] for note in model.notes_)
        assert model.predict()["forecast"].tolist() == gw.Forecaster(**settings).fit(wave()).predict()["forecast"].tolist()
        assert len(model.to_bytes()) > len(gw.Forecaster(**settings).fit(wave()).to_bytes()), "it is kept in the model file"

    def test_what_is_no_base(self, tmp_path):
        none = gw.Forecaster(horizon=4, train="none", threads=1).fit(wave())
        with pytest.raises(gw.DataError, match="no network"):
            gw.Forecaster(threads=1).fit(wave(), base=none)
        with pytest.raises(gw.GatewiseError, match="not trained"):
            gw.Forecaster(threads=1).fit(wave(), base=gw.Forecaster(horizon=4))
        with pytest.raises(gw.FileError):
            gw.Forecaster(threads=1).fit(wave(), base=tmp_path / "none")
        (tmp_path / "m.safetensors").write_bytes(b"nothing of the kind")
        with pytest.raises(gw.DataError):
            gw.Forecaster(threads=1).fit(wave(), base=tmp_path / "m.safetensors")
        two = np.stack([wave(), wave()], axis=1)
        joint = gw.Forecaster(**SMALL, channels="joint").fit(two)
        with pytest.raises(gw.DataError, match="2 targets"):
            gw.Forecaster(train="full", threads=1).fit(wave(), base=joint)


class TestCheckpoints:
    def stopped(self, folder, at, **settings):
        """A fit that is stopped at a step of all its trainings."""
        steps = []

        def stop(event):
            if event["event"] == "step":
                steps.append(event["step"])
                if len(steps) == at:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            gw.Forecaster(**{**SMALL, **settings}).fit(wave(), checkpoint=folder, callback=stop)
        return len(steps)

    @pytest.mark.parametrize("at", [1, 3, 7])
    def test_a_fit_that_was_stopped_ends_in_the_same_bytes(self, tmp_path, at):
        whole, steps = gw.Forecaster(**SMALL), []
        whole.fit(wave(), callback=lambda event: steps.append(event) if event["event"] == "step" else None)
        assert len(steps) > 7, "the last stop lies in the second training"
        assert self.stopped(tmp_path / "run", at) == at
        rest = []
        again = gw.Forecaster(**SMALL).fit(
            wave(), checkpoint=tmp_path / "run", callback=lambda event: rest.append(event) if event["event"] == "step" else None
        )
        assert len(rest) == len(steps) - at
        assert again.to_bytes() == whole.to_bytes() and again.predict()["forecast"].tolist() == whole.predict()["forecast"].tolist()

    def test_one_that_is_done_gives_its_result_at_once(self, tmp_path):
        first, steps = gw.Forecaster(**SMALL).fit(wave(), checkpoint=tmp_path), []
        again = gw.Forecaster(**{**SMALL, "threads": 2}).fit(
            wave(), checkpoint=tmp_path, callback=lambda event: steps.append(event) if event["event"] == "step" else None
        )
        assert not steps and again.to_bytes() == first.to_bytes(), "threads change no number"

    def test_other_data_settings_and_bases_are_refused(self, tmp_path):
        self.stopped(tmp_path / "run", 2)
        fit = lambda data=wave(), base=None, **settings: gw.Forecaster(**{**SMALL, **settings}).fit(  # noqa: E731
            data, checkpoint=tmp_path / "run", base=base
        )
        with pytest.raises(gw.SettingError, match="hidden is 5; the training in .* began with 4") as caught:
            fit(hidden=5)
        assert caught.value.setting == "hidden" and "checkpoint" in caught.value.remedy
        with pytest.raises(gw.DataError, match="other data"):
            fit(wave(seed=1))
        with pytest.raises(gw.DataError, match="other weights"):
            fit(base=gw.Forecaster(**SMALL).fit(wave()), lr=json.loads((tmp_path / "run" / "begun.json").read_text())["settings"]["lr"])
        assert fit().__sklearn_is_fitted__()

    def test_folders_of_something_else(self, tmp_path):
        gw.Forecaster(**SMALL).fit(wave()).save(tmp_path / "model.safetensors")
        with pytest.raises(gw.SettingError, match="something else") as caught:
            gw.Forecaster(**SMALL).fit(wave(), checkpoint=tmp_path)
        assert caught.value.setting == "checkpoint"
        file = tmp_path / "file"
        file.write_text("")
        with pytest.raises(gw.FileError):
            gw.Forecaster(**SMALL).fit(wave(), checkpoint=file)
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "begun.json").write_text('{"settings": 3}')
        with pytest.raises(gw.DataError, match="begun.json"):
            gw.Forecaster(**SMALL).fit(wave(), checkpoint=tmp_path / "broken")
        self.stopped(tmp_path / "cut", 2)
        last = tmp_path / "cut" / "last.safetensors"
        last.write_bytes(last.read_bytes()[:200])
        with pytest.raises(gw.DataError, match="last.safetensors"):
            gw.Forecaster(**SMALL).fit(wave(), checkpoint=tmp_path / "cut")
