//! Anomaly detection on the real binary: tables, alarms, states, labels, streams, and bad input.

mod support;

use std::io::{BufRead, BufReader, Write};

use support::Place;

/// Rows of a noisy wave of 24, an anomaly in `odd` rows from `at` on; `time` writes the time of a row.
fn wave(rows: usize, at: usize, odd: usize, time: impl Fn(usize) -> String) -> String {
    let mut text = "timestamp,value,label\n".to_owned();
    for row in 0..rows {
        let noise = (row * 7919 % 101) as f64 * 0.02;
        let strange = (at..at + odd).contains(&row);
        let value = 10.0 + 5.0 * (std::f64::consts::TAU * row as f64 / 24.0).sin() + noise + if strange { 30.0 } else { 0.0 };
        text += &format!("{},{value:.3},{}\n", time(row), u8::from(strange));
    }
    text
}

/// Hours from the first of January 2024 on, as dates.
fn hour(row: usize) -> String {
    format!("2024-{:02}-{:02} {:02}:00:00", 1 + row / (24 * 28), 1 + row / 24 % 28, row % 24)
}

/// Little work: a small network and few steps.
const SMALL: [&str; 4] = ["--hidden", "4", "--effort", "0.1"];

fn small<'a>(head: &[&'a str]) -> Vec<&'a str> {
    head.iter().copied().chain(SMALL).collect()
}

/// Cells of a column by its name.
fn column(table: &str, name: &str) -> Vec<String> {
    let mut lines = table.lines();
    let at = lines.next().unwrap().split(',').position(|n| n == name).unwrap_or_else(|| panic!("no column {name}"));
    lines.map(|line| line.split(',').nth(at).unwrap().to_owned()).collect()
}

#[test]
fn every_row_is_scored_and_the_odd_one_found() {
    let place = Place::new();
    let input = wave(1500, 1200, 5, hour);
    place.write("t.csv", &input);
    for flags in [&["--online"][..], &[]] {
        let ended = place.run(&[&small(&["detect", "t.csv"]), flags].concat()).expect(0);
        assert!(ended.out.starts_with("timestamp,value,score,threshold,is_anomaly,expected\n"));
        assert_eq!(column(&ended.out, "timestamp"), column(&input, "timestamp"));
        assert_eq!(column(&ended.out, "value"), column(&input, "value"), "cells are echoed as they are");
        let scores: Vec<f64> = column(&ended.out, "score").iter().map(|s| s.parse().unwrap()).collect();
        assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)));
        assert!(column(&ended.out, "expected").iter().all(|e| e.parse::<f64>().unwrap().is_finite()));
        let best = (750..1500).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
        assert!((1200..1205).contains(&best), "{flags:?}: row {best} scores highest");
        assert_eq!(column(&ended.out, "is_anomaly")[1200], "1");
        assert!(ended.err.contains("anomaly: ") && ended.err.contains("--false-alarms") && ended.err.contains("--season"), "{}", ended.err);
        assert!(ended.err.contains("recall"), "the label column is found and held against the scores\n{}", ended.err);
    }
    assert_eq!(place.text("runs/t-1/scores.csv").lines().count(), 1501);
    assert!(place.text("runs/t-1/events.csv").contains("value"));
    let page = place.text("runs/t-1/report.html");
    assert!(page.contains("<svg") && page.contains("class=\"event\"") && page.contains("event F1"));
    assert!(place.text("runs/t-1/config.toml").contains("hidden = 4"));
}

#[test]
fn a_score_depends_on_no_later_row_and_on_no_chance() {
    let place = Place::new();
    let whole = wave(900, 700, 4, hour);
    let lines: Vec<&str> = whole.lines().collect();
    place.write("whole.csv", &whole).write("part.csv", lines[..601].join("\n") + "\n");
    let run = |data: &str| place.run(&small(&["detect", data, "--online"])).expect(0).out;
    let (whole, part) = (run("whole.csv"), run("part.csv"));
    assert!(whole.starts_with(&part), "the rows after change no score before");
    assert_eq!(run("whole.csv"), whole);
}

#[test]
fn a_saved_detector_goes_on_to_the_byte() {
    let place = Place::new();
    let whole = wave(900, 700, 4, hour);
    let lines: Vec<&str> = whole.lines().collect();
    place.write("whole.csv", &whole).write("first.csv", lines[..501].join("\n") + "\n");
    place.write("rest.csv", format!("{}\n{}\n", lines[0], lines[501..].join("\n")));
    let all = place.run(&small(&["detect", "whole.csv", "--online"])).expect(0).out;
    place.run(&small(&["train", "detect", "first.csv", "-o", "runs/m"])).expect(0);
    let rest = place.run(&["predict", "runs/m", "rest.csv", "--save", "later.safetensors"]).expect(0);
    assert!(rest.err.contains("going on from the 500 rows"), "{}", rest.err);
    let tail: Vec<&str> = all.lines().skip(501).collect();
    assert_eq!(rest.out.lines().skip(1).collect::<Vec<_>>(), tail);
    place.run(&small(&["train", "detect", "whole.csv", "-o", "runs/w"])).expect(0);
    let tensors = |name: &str| {
        let bytes = place.read(name);
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].to_vec()
    };
    assert_eq!(tensors("later.safetensors"), tensors("runs/w/model.safetensors"), "saved and gone on, or never stopped: one state");
    let again = place.run(&["predict", "runs/m", "first.csv"]).expect(0);
    assert!(again.err.contains("starts anew"), "{}", again.err);
}

#[test]
fn exit_status_tells_of_anomalies_when_asked() {
    let place = Place::new();
    place.write("odd.csv", wave(900, 700, 4, hour)).write("plain.csv", wave(900, 0, 0, hour));
    place.run(&small(&["detect", "odd.csv", "--online", "--fail-on-anomaly"])).expect(5);
    place.run(&small(&["detect", "odd.csv", "--online"])).expect(0);
    place.run(&small(&["train", "detect", "plain.csv", "-o", "runs/m"])).expect(0);
    place.run(&["predict", "runs/m", "odd.csv", "--fail-on-anomaly"]).expect(5);
}

#[test]
fn events_and_measures_as_json() {
    let place = Place::new();
    place.write("t.csv", wave(1200, 900, 6, hour));
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--json"])).expect(0);
    let events = ended.named("anomaly");
    assert!(events.iter().any(|e| e["start"] == hour(900) && e["channels"][0]["name"] == "value"), "{events:?}");
    let metrics = &ended.named("metrics")[0];
    assert!(metrics["event_recall"] == 1.0 && metrics["labelled"] == 6, "{metrics}");
    assert_eq!(ended.named("done")[0]["rows"], 1200);
    place.run(&small(&["train", "detect", "t.csv", "-o", "runs/m"])).expect(0);
    let ended = place.run(&["evaluate", "runs/m", "t.csv", "--label", "label", "--json"]).expect(0);
    let metrics = &ended.events()[0];
    for name in ["precision", "recall", "f1", "event_f1", "auprc"] {
        assert!((0.0..=1.0).contains(&metrics[name].as_f64().unwrap()), "{name}: {metrics}");
    }
}

#[test]
fn a_stuck_channel_beside_a_moving_one_is_named() {
    let place = Place::new();
    let mut text = "timestamp,flow,level\n".to_owned();
    for row in 0..1500 {
        let noise = |step: usize| (row * step % 101) as f64 * 0.05;
        let level = if (1200..1260).contains(&row) { "12.5".to_owned() } else { format!("{:.3}", 10.0 + noise(4793)) };
        text += &format!("{},{:.3},{level}\n", hour(row), 5.0 + noise(7919));
    }
    place.write("t.csv", text);
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--json"])).expect(0);
    let found = ended.named("anomaly");
    let event = found.iter().find(|e| e["channels"][0]["kind"] == "still").unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!((&event["channels"][0]["name"], &event["channels"][0]["value"]), (&"level".into(), &12.5.into()), "{event}");
    assert!(place.text("runs/t-1/events.csv").contains("stands still"));
    assert!(place.text("runs/t-1/report.html").contains("stands still"));
}

#[test]
fn several_channels_and_the_one_to_blame() {
    let place = Place::new();
    let mut text = "t;flow;pressure;name\n".to_owned();
    for row in 0..1200 {
        let (a, b) = ((row as f64 * 0.3).sin(), (row * 7919 % 101) as f64 * 0.02);
        text += &format!("{row};{:.4};{:.4};x\n", a + b, if row == 1000 { 90.0 } else { 50.0 + b });
    }
    place.write("t.csv", text);
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--json"])).expect(0);
    let event = ended.named("anomaly").into_iter().find(|e| e["start"] == "1000").expect("row 1000 is an anomaly");
    assert_eq!(event["channels"][0]["name"], "pressure");
    let table = place.text("runs/t-1/scores.csv");
    assert!(table.starts_with("t,flow,pressure,score,threshold,is_anomaly,expected_flow,expected_pressure\n"));
}

#[test]
fn odd_tables_are_taken_as_they_come() {
    let twice = wave(400, 0, 0, |row| hour(row / 2));
    let gap = wave(400, 0, 0, |row| hour(if row < 200 { row } else { row + 50 }));
    let back = wave(400, 0, 0, |row| hour(if row == 300 { 10 } else { row }));
    let missing = wave(400, 0, 0, hour).replace("2024-01-05 03:00:00,", "2024-01-05 03:00:00,NaN,").replace(",NaN,1", ",NaN,");
    let missing: String =
        missing.lines().map(|l| if l.contains("NaN") { "2024-01-05 03:00:00,NaN,0\n".to_owned() } else { format!("{l}\n") }).collect();
    let constant = (0..400).fold("value\n".to_owned(), |t, _| t + "7\n");
    let step = (0..400).fold("value\n".to_owned(), |t, row| t + if row < 300 { "7\n" } else { "8\n" });
    let parts = (0..400).fold("year,month,day,hour,pm\n".to_owned(), |t, row| {
        t + &format!("2024,1,{},{},{}\n", 1 + row / 24, row % 24, if row == 50 { "NA".into() } else { (row % 24).to_string() })
    });
    for (name, text, rows, word) in [
        ("duplicate times", twice, 400, "rows with the time of the row before"),
        ("a gap", gap, 400, "1 gaps between times"),
        ("an earlier time", back, 400, "earlier time"),
        ("a missing value", missing, 400, "1 rows with a missing value"),
        ("constant", constant, 400, "No anomaly"),
        ("a constant that changes", step, 400, "score"),
        ("one row", "timestamp,value\n2024-01-01,5\n".to_owned(), 1, "No anomaly"),
        ("no header", "1,2\n2,3\n3,4\n".to_owned(), 3, "No anomaly"),
        ("time in parts", parts, 400, "year,month,day,hour"),
        ("quoted cells", "timestamp,value\n\"2024-01-01\",\"5\"\n\"2024-01-02\",\"6\"\n".to_owned(), 2, "No anomaly"),
        ("extremes", format!("value\n{}", "1e308\n-1e308\n1\n".repeat(60)), 180, ""),
    ] {
        for flags in [&["--online"][..], &[]] {
            let place = Place::new();
            place.write("t.csv", &text);
            let ended = place.run(&[&small(&["detect", "t.csv"]), flags].concat());
            assert_eq!(ended.status, Some(0), "{name}:\n{}", ended.err);
            assert!(ended.err.contains(word), "{name}: {word} in\n{}", ended.err);
            assert_eq!(ended.out.lines().count(), rows + 1, "{name}");
            let scores = column(&ended.out, "score");
            assert!(scores.iter().all(|s| s.parse::<f64>().is_ok_and(|s| (0.0..=1.0).contains(&s))), "{name}");
        }
    }
}

#[test]
fn what_cannot_be_watched_is_named_with_its_cure() {
    let rows = |text: &str| format!("timestamp,value\n2024-01-01,1\n{text}\n2024-01-03,3\n");
    type Case<'a> = (&'a str, Vec<u8>, &'a [&'a str], i32, &'a [&'a str]);
    let long = b"unique_id,ds,y\na,2024-01-01,1\nb,2024-01-01,2\n".to_vec();
    let cases: [Case<'_>; 15] = [
        ("empty", Vec::new(), &[], 3, &["t.csv"]),
        ("header only", b"timestamp,value\n".to_vec(), &[], 3, &["t.csv", "no rows"]),
        ("wrong column", rows("2024-01-02,2").into(), &["--target", "valu"], 2, &["valu", "did you mean \"value\""]),
        ("text column", b"timestamp,name\n2024-01-01,a\n2024-01-02,b\n".to_vec(), &[], 3, &["no column of numbers"]),
        (
            "text column by name",
            b"timestamp,name\n2024-01-01,a\n".to_vec(),
            &["--target", "name"],
            3,
            &["t.csv:2", "name", "\"a\"", "--na"],
        ),
        ("text later", format!("v\n{}x\n", "1\n".repeat(200)).into(), &[], 3, &["t.csv:202", "\"x\"", "--na \"x\""]),
        ("infinite", rows("2024-01-02,inf").into(), &["--target", "value"], 3, &["t.csv:3", "not a finite number"]),
        ("no time", rows("soon,2").into(), &["--time", "timestamp"], 3, &["timestamp", "--time row"]),
        ("ragged", rows("2024-01-02,2,3").into(), &[], 3, &["t.csv:3", "3 fields"]),
        ("not text", b"v\n\x00\x01".to_vec(), &[], 3, &["t.csv:2"]),
        ("damaged gzip", b"\x1f\x8b\x00\x01".to_vec(), &[], 3, &["t.csv: gzip cannot be read", "copy or load it again"]),
        ("latin-1", b"timestamp,gr\xf6\xdfe\n2024-01-01,1\n".to_vec(), &[], 3, &["t.csv:1", "iconv"]),
        ("no share", rows("2024-01-02,2").into(), &["--false-alarms", "2"], 2, &["share of rows", "such as 1e-4"]),
        ("too many series", long, &["--max-series", "1"], 3, &["t.csv:3", "series \"b\"", "--max-series", "--id none"]),
        ("label", b"v,odd\n1,a\n2,b\n3,c\n".to_vec(), &["--label", "odd"], 3, &["t.csv:4", "odd", "\"c\"", "two words"]),
    ];
    for (name, text, flags, status, words) in cases {
        let place = Place::new();
        place.write("t.csv", text);
        let ended = place.run(&[&small(&["detect", "t.csv", "--online"]), flags].concat());
        assert_eq!(ended.status, Some(status), "{name}:\n{}", ended.err);
        assert!(!ended.err.contains("panicked"), "{name}:\n{}", ended.err);
        for word in words {
            assert!(ended.err.contains(word), "{name}: {word} in\n{}", ended.err);
        }
    }
}

#[test]
fn alerts_come_while_the_source_is_open() {
    let place = Place::new();
    let text = wave(900, 700, 4, hour);
    let lines: Vec<&str> = text.lines().collect();
    let mut child = support::open(&place, &small(&["detect", "-", "--follow", "-o", "scores.csv"]));
    let mut input = child.stdin.take().unwrap();
    input.write_all((lines[..750].join("\n") + "\n").as_bytes()).unwrap();
    input.flush().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(output.next().unwrap().unwrap(), "timestamp,value,score,threshold,is_anomaly,expected");
    // The source is still open: the alert is not waiting for its end.
    let found = output.by_ref().map(Result::unwrap).find(|line| line.starts_with(&hour(700)));
    assert!(found.is_some_and(|line| line.contains(",1,")));
    input.write_all((lines[750..].join("\n") + "\n").as_bytes()).unwrap();
    drop(input);
    output.for_each(drop);
    assert!(child.wait().unwrap().success());
    assert_eq!(place.text("scores.csv").lines().count(), 901);
}

#[test]
fn models_are_not_taken_for_each_other() {
    let place = Place::new();
    place.write("t.csv", wave(300, 0, 0, hour)).write("two.csv", "a,b\n1,2\n2,3\n");
    place.run(&small(&["train", "detect", "t.csv", "-o", "runs/m"])).expect(0);
    let ended = place.run(&["predict", "runs/m", "two.csv", "--target", "a,b"]).expect(3);
    assert!(ended.err.contains("the model watches 1: value"), "{}", ended.err);
    let ended = place.run(&["predict", "runs/m", "t.csv", "--impute", "linear"]).expect(2);
    assert!(ended.err.contains("--impute"), "{}", ended.err);
    place.run(&["evaluate", "runs/m", "t.csv"]).expect(2);
    let wrong = place.run(&["evaluate", "runs/m", "t.csv", "--label", "label", "--page", "page.html"]).expect(2);
    assert!(wrong.err.contains("the model is a detector"), "{}", wrong.err);
    let mut bytes = place.read("runs/m/model.safetensors");
    bytes.truncate(bytes.len() / 2);
    place.write("cut.safetensors", bytes);
    place.run(&["predict", "cut.safetensors", "t.csv"]).expect(3);
}
