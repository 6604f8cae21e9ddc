"""Detectors: what comes out, and that it is what the command line gives."""

import _thread
import inspect
import json
import pickle
import threading
import time
import warnings

import numpy as np
import pytest
from data_tables import fleet, hours, waves
from support import gatewise, rows_of

import gatewise as gw

pd = pytest.importorskip("pandas")


def told(event):
    return {name: value for name, value in event.items() if name != "event"}


class TestAgainstTheBinary:
    def same(self, folder, table, settings, *flags):
        """Marks a table in memory and with the command line on the same table as CSV."""
        table.to_csv(folder / "table.csv", index=False)
        done = gatewise("detect", folder / "table.csv", *flags, "--json", "--run", folder / "run", "-o", folder / "o.csv")
        events = [json.loads(line) for line in (done.stdout + done.stderr).splitlines() if line.startswith("{")]
        detector = gw.Detector(**settings)
        scores = detector.fit_predict(table)
        expected = rows_of(folder / "o.csv")
        assert len(scores) == len(expected)
        assert list(scores.columns) == list(expected[0])
        for name in scores.columns:
            if name in ("score", "threshold", "is_anomaly", "ignored") or name.startswith("expected"):
                assert scores[name].astype(float).tolist() == [float(row[name]) for row in expected], name
        assert detector.events_ == [told(event) for event in events if event["event"] == "anomaly"]
        assert detector.to_bytes() == (folder / "run" / "model.safetensors").read_bytes()
        done = next(event for event in events if event["event"] == "done")
        assert detector.threshold_ == done["threshold"] and len(detector.events_) == done["events"]
        found = [told(event) for event in events if event["event"] == "metrics"]
        assert detector.metrics_ == (found[0] if found else None)
        return detector, scores

    @pytest.mark.parametrize("online", [False, True])
    def test_a_table_of_hours(self, tmp_path, online):
        flags = ["--online"] if online else []
        detector, scores = self.same(tmp_path, hours(), {"online": online}, *flags)
        assert scores["is_anomaly"][700] and scores["time"].tolist() == hours()["time"].tolist()
        event = next(event for event in detector.events_ if event["peak"].startswith("2024-01-30 04:00"))
        assert event["channels"][0]["name"] == "load" and event["channels"][0]["value"] == hours()["load"][700]

    def test_series_with_states_counters_and_missing_cells(self, tmp_path):
        settings = {"id": "device", "states": ["mode"], "counter": "total", "seed": 3, "online": True, "false_alarms": 1e-3}
        flags = ["--id", "device", "--states", "mode", "--counter", "total", "--seed", 3, "--online", "--false-alarms", "1e-3"]
        detector, scores = self.same(tmp_path, fleet(), settings, *flags)
        causes = [(channel["name"], channel["kind"]) for event in detector.events_ for channel in event["channels"]]
        assert ("mode", "unseen-state") in causes
        assert {event["series"] for event in detector.events_} <= {"a", "b"}
        assert "expected_flow" in scores and "expected_mode" not in scores

    def test_labels_maintenance_shapes_and_the_number_of_false_alarms(self, tmp_path):
        table = hours()
        table["odd"] = 0
        table.loc[700, "odd"] = 1
        (tmp_path / "known.csv").write_text("2024-01-10 00:00,2024-01-10 12:00\n2025-01-01,2025-01-02\n")
        settings = {"label": "odd", "ignore": tmp_path / "known.csv", "shapes": 24, "expect": 0.5, "effort": 2}
        flags = ["--label", "odd", "--ignore", tmp_path / "known.csv", "--shapes=24", "--expect", 0.5, "--effort", 2]
        with pytest.warns(gw.GatewiseWarning, match="no row lies in"):
            detector, scores = self.same(tmp_path, table, settings, *flags)
        assert int(scores["ignored"].sum()) == 13
        assert detector.metrics_["recall"] == 1.0

    def test_a_file_is_read_as_the_command_line_reads_it(self, tmp_path):
        path = tmp_path / "t.csv"
        fleet().to_csv(path, index=False)
        scores = gw.Detector(id="device", online=True).fit_predict(path)
        gatewise("detect", path, "--id", "device", "--online", "--run", tmp_path / "run", "-o", tmp_path / "o.csv", "-q")
        expected = rows_of(tmp_path / "o.csv")
        assert list(scores) == list(expected[0])
        for name in ["score", "threshold", "is_anomaly", "expected_flow", "expected_total"]:
            assert scores[name].astype(float).tolist() == [float(row[name]) for row in expected], name
        for name in ["time", "device", "mode"]:
            assert scores[name].tolist() == [row[name] for row in expected], name

    def test_predict_goes_on_where_the_training_ended(self, tmp_path):
        table = hours()
        old, new = table[:600], table[600:].reset_index(drop=True)
        old.to_csv(tmp_path / "old.csv", index=False)
        new.to_csv(tmp_path / "new.csv", index=False)
        gatewise("train", "detect", tmp_path / "old.csv", "-o", tmp_path / "run", "-q")
        after = tmp_path / "after.safetensors"
        gatewise("predict", tmp_path / "run", tmp_path / "new.csv", "-o", tmp_path / "p.csv", "--save", after, "-q")
        expected = [float(row["score"]) for row in rows_of(tmp_path / "p.csv")]
        detector = gw.Detector().fit(old)
        before = detector.to_bytes()
        assert before == (tmp_path / "run" / "model.safetensors").read_bytes()
        assert detector.predict(new)["score"].tolist() == expected
        assert detector.to_bytes() == before
        assert detector.predict(new, keep=True)["score"].tolist() == expected
        assert detector.to_bytes() == after.read_bytes()
        assert gw.Detector.load(tmp_path / "run").predict(new)["score"].tolist() == expected
        # Rows that do not follow start anew.
        gatewise("predict", tmp_path / "run", tmp_path / "old.csv", "-o", tmp_path / "p.csv", "-q")
        again = gw.Detector.load(tmp_path / "run").predict(old)
        assert again["score"].tolist() == [float(row["score"]) for row in rows_of(tmp_path / "p.csv")]

    def test_the_rate_of_the_training_is_that_of_later_rows(self, tmp_path):
        table = hours()
        table[:600].to_csv(tmp_path / "old.csv", index=False)
        table[600:].to_csv(tmp_path / "new.csv", index=False)
        gatewise("train", "detect", tmp_path / "old.csv", "--false-alarms", "0.003", "-o", tmp_path / "run", "-q")
        detector = gw.Detector(false_alarms=0.003).fit(table[:600])
        for flags, settings in [([], {}), (["--false-alarms", "0.02"], {"false_alarms": 0.02})]:
            gatewise("predict", tmp_path / "run", tmp_path / "new.csv", "-o", tmp_path / "p.csv", "-q", *flags)
            expected, scores = rows_of(tmp_path / "p.csv"), detector.predict(table[600:], **settings)
            for name in ["score", "threshold", "is_anomaly"]:
                assert scores[name].astype(float).tolist() == [float(row[name]) for row in expected], name

    def test_the_binary_reads_its_model(self, tmp_path):
        table = hours()
        table[:600].to_csv(tmp_path / "old.csv", index=False)
        table[600:].to_csv(tmp_path / "new.csv", index=False)
        detector = gw.Detector().fit(table[:600])
        detector.save(tmp_path / "m.safetensors")
        gatewise("predict", tmp_path / "m.safetensors", tmp_path / "new.csv", "-o", tmp_path / "p.csv", "-q")
        assert detector.predict(table[600:])["score"].tolist() == [float(row["score"]) for row in rows_of(tmp_path / "p.csv")]


class TestHabits:
    def test_parameters(self):
        detector = gw.Detector(online=True, season=[24])
        assert detector.get_params()["season"] == [24] and detector.get_params()["seed"] is None
        assert detector.set_params(seed=4) is detector and detector.seed == 4
        assert repr(detector) == "Detector(season=[24], seed=4, online=True)"
        with pytest.raises(gw.SettingError):
            detector.set_params(seeds=4)
        assert set(detector.get_params()) == set(gw.Detector.settings())
        assert list(inspect.signature(gw.Detector).parameters) == ["online", "settings"]

    def test_scikit_learn_clones_it(self):
        sklearn = pytest.importorskip("sklearn.base")
        detector = gw.Detector(season=[24], seed=1).fit(hours(100, 50))
        copy = sklearn.clone(detector)
        assert copy.get_params() == detector.get_params() and not copy.__sklearn_is_fitted__()

    def test_pickles(self):
        table = hours(400, 350)
        detector = gw.Detector(seed=2)
        scores = detector.fit_predict(table[:300])
        copy = pickle.loads(pickle.dumps(detector))
        assert copy.events_ == detector.events_ and copy.to_bytes() == detector.to_bytes() and copy.seed == 2
        assert copy.predict(table[300:])["score"].tolist() == detector.predict(table[300:])["score"].tolist()
        assert len(scores) == 300
        assert pickle.loads(pickle.dumps(gw.Detector(seed=2))).seed == 2
        state = {**detector.__getstate__(), "version": 0}
        with pytest.raises(gw.DataError, match="another version"):
            gw.Detector().__setstate__(state)

    def test_the_report_and_what_was_found_out(self, tmp_path):
        detector = gw.Detector()
        detector.detect(hours())
        page = detector.report()
        assert page.html.startswith("<!") and "fit_predict" in page.html and "--" not in page.html.split("<body", 1)[-1].split("<svg")[0]
        assert "<iframe" in page._repr_html_()
        page.save(tmp_path / "r.html")
        assert {choice.setting for choice in detector.choices_} >= {"season", "false_alarms"}
        assert "event" in detector.verdict_ and "false_alarms=0.0001" in detector.verdict_
        assert detector.model_["config"]["detect"]["channels"] == 1 and detector.model_["rows"] == 900


class TestStreams:
    def same(self, detector, stream, table, **how):
        scores = detector.fit_predict(table) if not how else detector.predict(table, **how)
        rows = [stream.update(row) for row in table.to_dict("records")]
        for name in ["score", "threshold", "is_anomaly"]:
            assert [getattr(row, name) for row in rows] == scores[name].tolist(), name
        return rows, scores

    def test_rows_have_the_scores_of_the_table(self):
        table = hours()
        rows, scores = self.same(gw.Detector(online=True), gw.Detector().stream(table), table)
        assert [row.expected for row in rows] == scores["expected"].tolist()
        assert rows[700].is_alarm and rows[700].channels[0]["name"] == "load" and rows[699].channels == []
        head = gw.Detector().stream(table[:100])
        assert [head.update(row).score for row in table[:400].to_dict("records")] == scores["score"][:400].tolist()

    def test_several_series_states_and_counters(self):
        table = fleet()
        settings = {"id": "device", "states": "mode", "counter": "total", "false_alarms": 1e-3}
        stream = gw.Detector(**settings).stream(table)
        assert stream.columns == ["time", "device", "flow", "heat", "total", "mode"]
        rows, scores = self.same(gw.Detector(online=True, **settings), stream, table)
        for name in ["flow", "heat", "total"]:
            assert [row.expected[name] for row in rows] == scores[f"expected_{name}"].tolist()
        odd = next(row for row, mode in zip(rows, table["mode"], strict=True) if mode == "FAULT")
        assert "mode" in {channel["name"] for channel in odd.channels}

    def test_after_learning(self):
        table = hours()
        new = table[600:].reset_index(drop=True)
        detector = gw.Detector().fit(table[:600])
        before = detector.to_bytes()
        self.same(detector, detector.stream(), new, learn=True)
        self.same(detector, detector.stream(learn=False), new, learn=False)
        self.same(detector, detector.stream(false_alarms=0.01), new, false_alarms=0.01)
        assert detector.to_bytes() == before
        # Rows that do not follow start anew.
        self.same(detector, detector.stream(), table[:300], learn=True)

    def test_a_pickle_goes_on_to_the_bit(self, tmp_path):
        table = fleet(300)
        settings = {"id": "device", "states": "mode", "counter": "total"}
        (tmp_path / "known.csv").write_text("2024-01-01 03:00,2024-01-01 03:20\n")
        stream = gw.Detector(**settings, ignore=tmp_path / "known.csv").stream(table)
        rows = table.to_dict("records")
        scores = gw.Detector(online=True, **settings, ignore=tmp_path / "known.csv").fit_predict(table)
        found = []
        for number, row in enumerate(rows):
            if number % 97 == 0:
                stream = pickle.loads(pickle.dumps(stream))
                assert stream.rows == number
            found.append(stream.update(row))
        assert [row.score for row in found] == scores["score"].tolist()
        assert [row.is_ignored for row in found] == scores["ignored"].tolist()
        assert sum(row.is_ignored for row in found) > 0

    def test_the_forms_of_a_row(self):
        table = hours(300, 250)
        scores = gw.Detector(online=True).fit_predict(table)["score"].tolist()
        first = table.iloc[0]["time"]
        streams = {
            "dict": lambda s, row: s.update({"load": row.load, "time": row.time, "more": "words"}),
            "named": lambda s, row: s.update(row),
            "series": lambda s, row: s.update(pd.Series({"time": row.time, "load": row.load})),
            "list": lambda s, row: s.update([row.time, row.load]),
            "texts": lambda s, row: s.update([str(row.time), str(row.load)]),
            "numpy": lambda s, row: s.update([np.datetime64(row.time), np.float64(row.load)]),
            "number": lambda s, row: s.update(row.load, time=row.time),
            "array": lambda s, row: s.update(np.array([row.load]), time=row.time.to_pydatetime()),
        }
        for name, update in streams.items():
            stream = gw.Detector().stream(table)
            assert [update(stream, row).score for row in table.itertuples(index=False)] == scores, name
            assert stream.rows == 300 and first == table["time"][0]
        lone = gw.Detector().stream(table["load"])
        assert lone.columns == ["load"] and lone.update(3.5).score >= 0 and lone.update(None).score == 0

    def test_wrong_rows_change_nothing(self):
        table = hours(300, 250)
        stream, other = gw.Detector().stream(table), gw.Detector().stream(table)
        for number, row in enumerate(table[:100].to_dict("records")):
            assert stream.update(row) == other.update(row)
            if number != 50:
                continue
            for wrong, text in [
                ({"time": row["time"]}, 'no value for "load"'),
                ([1.0], "a row of 1 values, it needs 2: time, load"),
                ({**row, "load": "broken"}, 'row 52: .*"broken" is not a number'),
                ({**row, "load": float("inf")}, "not a finite number"),
                ({**row, "time": "yesterday"}, "is no time"),
                ({**row, "time": None}, "is no time"),
            ]:
                with pytest.raises(gw.DataError, match=text):
                    stream.update(wrong)
        with pytest.raises(gw.SettingError, match="0 columns of times") as caught:
            gw.Detector().stream(table["load"]).update(2.0, time=3)
        assert caught.value.setting == "time"
        with pytest.raises(gw.SettingError):
            gw.Detector(false_alarms=3).stream(table)


class TestRunning:
    def test_ctrl_c_stops(self):
        values = np.random.default_rng(0).normal(size=(200_000, 2))
        for detector in [gw.Detector(), gw.Detector(online=True)]:
            began = time.monotonic()
            timer = threading.Timer(0.7, _thread.interrupt_main)
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                detector.fit_predict(values)
            timer.join()
            assert time.monotonic() - began < 5
            assert not detector.__sklearn_is_fitted__()

    def test_other_threads_run_meanwhile(self):
        values, ticks, done = waves(20_000), [], threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(time.monotonic())
                time.sleep(0.005)

        thread = threading.Thread(target=tick)
        thread.start()
        began = time.monotonic()
        gw.Detector(online=True).fit_predict(values)
        took = time.monotonic() - began
        done.set()
        thread.join()
        assert len(ticks) > 5 and max(np.diff(ticks)) < took / 2

    def test_threads_share_a_detector(self):
        table = hours(500, 450)
        detector = gw.Detector().fit(table[:300])
        expected, found = detector.predict(table[300:])["score"].tolist(), []
        threads = [threading.Thread(target=lambda: found.append(detector.predict(table[300:])["score"].tolist())) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert detector.model_["rows"] == 300
        for thread in threads:
            thread.join()
        assert found == [expected] * 3

    def test_warnings_name_the_line_that_asked(self):
        twice = pd.DataFrame(waves(200, 2), columns=["a", "a"])
        detector = gw.Detector()
        for call in [detector.fit, detector.fit_predict, detector.detect]:
            with pytest.warns(gw.GatewiseWarning) as caught:
                call(twice)
            assert caught[0].filename == __file__

    def test_nothing_warns_of_a_plain_table(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gw.Detector().fit_predict(hours(200, 150))
