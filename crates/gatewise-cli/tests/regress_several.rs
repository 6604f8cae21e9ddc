//! Several values an item on the real binary: named, found by their names or asked for; learned, predicted, scored and resumed.

mod support;

use serde_json::{Value, json};
use support::{Ended, Place};

/// Flags that make a training end in a moment.
const TINY: [&str; 10] = ["--hidden", "8", "--max-steps", "240", "--batch", "8", "--threads", "1", "--seed", "3"];

fn train(place: &Place, data: &str, more: &[&str]) -> Ended {
    place.run(&[&["train", "regress", data, "-o", "m", "--json"][..], &TINY, more].concat())
}

/// Level and slope of a line, in no order.
fn truth(k: usize) -> (f64, f64) {
    ((k * 37 % 20) as f64, (k * 11 % 7) as f64 - 3.0)
}

/// A line a row, its level and slope as two columns of other units.
fn rows(count: usize, names: &str) -> String {
    let row = |k: usize| {
        let (level, slope) = truth(k);
        let steps: Vec<String> = (0..5).map(|t| format!("{:.2}", level + slope * t as f64)).collect();
        format!("{},{},{}\n", steps.join(","), 1000.0 + level, 0.01 * slope)
    };
    format!("s0,s1,s2,s3,s4,{names}\n{}", (0..count).map(row).collect::<String>())
}

fn score(place: &Place, data: &str, more: &[&str]) -> Value {
    place.run(&[&["evaluate", "m", data, "--json"][..], more].concat()).expect(0).named("score")[0].clone()
}

/// Each target is learned better than by always saying its mean.
fn learned(score: &Value, names: &[&str]) {
    for name in names {
        let of = &score["targets"][name];
        let (model, mean) = (of["mae"].as_f64().unwrap(), of["baseline"]["mean"]["mae"].as_f64().unwrap());
        assert!(model < 0.6 * mean && of["r2"].as_f64().unwrap() > 0.5, "{name}: {score}");
    }
}

#[test]
fn two_targets_are_learned_predicted_and_scored_by_name() {
    let place = Place::new();
    place.write("v.csv", rows(60, "level,slope")).write("other.csv", rows(60, "level,slope").replace("level,slope", "level,grade"));
    train(&place, "v.csv", &["--label-column", "level,slope"]).expect(0);
    let found = score(&place, "v.csv", &[]);
    learned(&found, &["level", "slope"]);
    let mean = f64::midpoint(found["targets"]["level"]["rmse"].as_f64().unwrap(), found["targets"]["slope"]["rmse"].as_f64().unwrap());
    assert!((found["rmse"].as_f64().unwrap() - mean).abs() < 1e-9 && found["count"] == 60, "{found}");
    let out = place.run(&["predict", "m", "v.csv"]).expect(0).out;
    assert!(out.starts_with("item,level,slope\nline 2,10"), "{out}");
    assert_eq!(out.lines().count(), 61);
    // The same rows without their targets get the same answers, whatever the order of the columns.
    let steps = |line: &str| {
        line.splitn(6, ',')
            .take(5)
            .fold(String::new(), |rest, cell| if rest.is_empty() { cell.to_owned() } else { format!("{cell},{rest}") })
            + "\n"
    };
    let bare: String = rows(60, "level,slope").lines().map(steps).collect();
    place.write("bare.csv", bare);
    assert_eq!(place.run(&["predict", "m", "bare.csv"]).expect(0).out, out);
    let check = place.run(&["check", "v.csv", "--label-column", "level,slope"]).expect(0).out;
    assert!(
        check.contains("targets      level, slope") && check.contains("gatewise train regress v.csv --label-column 'level,slope'"),
        "{check}"
    );
    assert_eq!(place.run(&["predict", "m", "v.csv", "--label-column", "level"]).expect(0).out, out);
    let event = &place.run(&["predict", "m", "v.csv", "--json"]).expect(0).named("prediction")[0].clone();
    let first: Vec<f64> = out.lines().nth(1).unwrap().split(',').skip(1).map(|v| v.parse().unwrap()).collect();
    assert!((event["values"]["level"].as_f64().unwrap() - first[0]).abs() < 1e-4 && event["item"] == "line 2", "{event}");
    let said = place.run(&["evaluate", "m", "v.csv"]).expect(0).out;
    assert!(said.contains("always mean") && said.contains("\n  slope ") && said.contains("mean of all"), "{said}");
    assert!(String::from_utf8(place.read("m/report.html")).unwrap().contains("slope"));
    let features = place.run(&["features", "m", "v.csv"]).expect(0).out;
    assert_eq!(features.lines().count(), 61);
    // A table that lacks a target cannot be scored.
    let wrong = place.run(&["evaluate", "m", "other.csv"]).expect(2);
    assert!(wrong.err.contains("no column \"slope\""), "{}", wrong.err);
    let tuned =
        ["train", "regress", "v.csv", "--from", "m", "-o", "n", "--label-column", "level,slope", "--max-steps", "5", "--threads", "1"];
    let tuned = place.run(&tuned).expect(0);
    assert!(tuned.err.contains("tensors of the trained model taken over\n"), "{}", tuned.err);
}

#[test]
fn a_run_with_several_targets_goes_on_to_the_same_bytes() {
    let place = Place::new();
    place.write("v.csv", rows(40, "level,slope"));
    train(&place, "v.csv", &["--label-column", "level,slope", "--dropout", "0.2"]).expect(0);
    let model = place.read("m/model.safetensors");
    std::fs::remove_file(place.file("m/model.safetensors")).unwrap();
    place.run(&["train", "regress", "--resume", "m"]).expect(0);
    assert_eq!(place.read("m/model.safetensors"), model);
}

#[test]
fn long_tables_and_sequences_in_a_cell_have_several_targets_too() {
    let place = Place::new();
    let (mut long, mut cells) = ("id,t,x,target_level,target_slope\n".to_owned(), "seq;target_level;target_slope\n".to_owned());
    for k in 0..60 {
        let (level, slope) = truth(k);
        let steps: Vec<String> = (0..5).map(|t| format!("{:.2}", level + slope * t as f64)).collect();
        for (t, x) in steps.iter().enumerate() {
            // The targets stand in the first row of an item; the others leave them empty.
            let targets = if t == 0 { format!("{level},{slope}") } else { ",".to_owned() };
            long += &format!("s{k},{t},{x},{targets}\n");
        }
        cells += &format!("{};{level};{slope}\n", steps.join(" "));
    }
    place.write("long.csv", &long).write("cells.csv", &cells);
    for data in ["long.csv", "cells.csv"] {
        let ended = train(&place, data, &[]).expect(0);
        let guess = ended.named("guess").into_iter().find(|e| e["what"] == "targets").expect("found by their names");
        assert_eq!((&guess["value"], &guess["flag"]), (&json!("target_level,target_slope"), &json!("--label-column")));
        learned(&score(&place, data, &[]), &["target_level", "target_slope"]);
        std::fs::remove_dir_all(place.file("m")).unwrap();
    }
    // One of them alone: what becomes of the other is said.
    place.write("rows.csv", rows(40, "target_a,target_b"));
    let one = train(&place, "rows.csv", &["--label-column", "target_a"]).expect(0);
    assert!(one.out.contains("column \\\"target_b\\\" is read as a step; --label-column target_b makes it the label"), "{}", one.out);
    place.write("changes.csv", long.replacen(",,\ns4,0", ",99,\ns4,0", 1));
    let wrong = train(&place, "changes.csv", &[]).expect(3);
    assert!(wrong.err.contains(":21: target \"target_level\" changes within s3"), "{}", wrong.err);
}

/// A tone of 16-bit samples, 8,000 a second.
fn tone(hertz: f64) -> Vec<u8> {
    let samples: Vec<u8> = (0..2400).flat_map(|t| (((f64::from(t) * hertz * 7.854e-4).sin() * 2e4) as i16).to_le_bytes()).collect();
    let size = samples.len() as u32;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + size).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(8000_u32.to_le_bytes());
    wav.extend(16000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(size.to_le_bytes());
    wav.extend(samples);
    wav
}

#[test]
fn a_stream_of_sound_is_for_classes_alone() {
    let place = Place::new();
    std::fs::create_dir_all(place.file("tones")).unwrap();
    for k in 1..=8 {
        place.write(&format!("tones/{k}00.wav"), tone(f64::from(k) * 100.0));
    }
    train(&place, "tones", &["--label-regex", r"(\d+)\.wav", "--cache", "none"]).expect(0);
    let refused = place.run(&["predict", "m", "-", "--follow"]).expect(2);
    assert!(refused.err.contains("--follow names classes; this model predicts values"), "{}", refused.err);
}

#[test]
fn what_is_not_clear_is_asked_for_and_what_is_missing_is_refused() {
    let place = Place::new();
    let told = |names: &str, code: i32, more: &[&str]| {
        place.write("t.csv", rows(40, names));
        train(&place, "t.csv", more).expect(code).err
    };
    for (names, asked) in [
        ("y1,y2", "--label-column y1,y2"),
        ("target,target_2", "--label-column target,target_2"),
        ("label_a,target_b", "--label-column label_a,target_b"),
    ] {
        let err = told(names, 2, &[]);
        assert!(err.contains("which columns are the values to learn?") && err.contains(asked), "{err}");
    }
    let err = told("level,slope", 2, &["--label-column", "level,slop"]);
    assert!(err.contains("no column \"slop\"") && err.contains("--label-column slope"), "{err}");
    let err = told("level,slope", 2, &["--label-column", "level,level"]);
    assert!(err.contains("twice"), "{err}");
    // A classifier names one label an item.
    place.write("t.csv", rows(40, "level,slope"));
    let err = place.run(&["train", "classify", "t.csv", "--label-column", "level,slope", "-o", "c"]).expect(2).err;
    assert!(err.contains("names one column") && err.contains("gatewise train regress"), "{err}");
    // A row without any target is left out, one with some of them is refused.
    let mut lines: Vec<String> = rows(40, "level,slope").lines().map(str::to_owned).collect();
    let cut = |line: &str, keep: usize| line.split(',').take(keep).collect::<Vec<_>>().join(",") + &",".repeat(7 - keep);
    lines[5] = cut(&lines[5], 5);
    place.write("t.csv", lines.join("\n"));
    let ended = train(&place, "t.csv", &["--label-column", "level,slope"]).expect(0);
    assert!(ended.out.contains("1 items without a label are left out"), "{}", ended.out);
    std::fs::remove_dir_all(place.file("m")).unwrap();
    lines[7] = cut(&lines[7], 6);
    place.write("t.csv", lines.join("\n"));
    let err = train(&place, "t.csv", &["--label-column", "level,slope"]).expect(3).err;
    assert!(err.contains("line 8: target \"slope\" is missing, others are there (1 such items)"), "{err}");
    assert!(err.contains("--label-column level does without this target"), "{err}");
    let words = lines.join("\n").replacen(",1000,", ",much,", 1);
    place.write("t.csv", words.replacen(&lines[7], &lines[8], 1));
    let err = train(&place, "t.csv", &["--label-column", "level,slope"]).expect(3).err;
    assert!(err.contains("the value \"much\" is not a number"), "{err}");
}
