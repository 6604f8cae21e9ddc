//! Classes and values on the real binary: every form of items is learned, applied, scored and told bad input.

mod support;

use support::{Ended, Place};

/// Flags that make a training end in a moment.
const TINY: [&str; 10] = ["--hidden", "8", "--max-steps", "120", "--batch", "8", "--threads", "1", "--seed", "3"];

fn train(place: &Place, task: &str, data: &str, more: &[&str]) -> Ended {
    place.run(&[&["train", task, data, "-o", "m", "--json"][..], &TINY, more].concat())
}

/// A wave that rises (class 0) or falls, with an offset of its own.
fn wave(k: usize, steps: usize) -> Vec<f64> {
    let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
    (0..steps).map(|t| sign * t as f64 / steps as f64 + (k * 7 % 5) as f64 * 0.05).collect()
}

fn label(k: usize) -> &'static str {
    ["up", "down"][k % 2]
}

fn joined(values: &[f64], delimiter: &str) -> String {
    values.iter().map(|v| format!("{v:.3}")).collect::<Vec<_>>().join(delimiter)
}

/// `count` waves as .ts, of two channels and different lengths.
fn ts(count: usize) -> String {
    let mut text =
        "%# cut down\n% two channels\n# made here\n@problemName w\n@univariate false\n@classLabel true up down\n@data\n".to_owned();
    for k in 0..count {
        let row = joined(&wave(k, 6 + k % 4), ",");
        text += &format!("{row}:{row}:{}\n", label(k));
    }
    text
}

fn accuracy(ended: &Ended) -> f64 {
    ended.named("score").last().expect("a score")["accuracy"].as_f64().expect("an accuracy")
}

/// Trains, evaluates and predicts on the same items, which are easy: nearly all must be right.
fn learns(place: &Place, data: &str, more: &[&str]) {
    train(place, "classify", data, more).expect(0);
    let how: Vec<&str> = more.iter().copied().take(if more.contains(&"--labels") { 2 } else { 0 }).collect();
    let scored = place.run(&[&["evaluate", "m", data, "--json"][..], &how].concat()).expect(0);
    assert!(accuracy(&scored) > 0.9, "{data}: {}", scored.out);
    let score = &scored.named("score")[0];
    assert!(score["baseline"]["majority"]["accuracy"].as_f64().unwrap() <= 0.6, "{score}");
    let out = place.run(&["predict", "m", data, "--all"]).expect(0).out;
    let header = out.lines().next().unwrap();
    assert!(header.starts_with("item,label,probability,"), "{header}");
}

#[test]
fn a_ts_file() {
    let place = Place::new();
    place.write("w.ts", ts(40));
    learns(&place, "w.ts", &[]);
    for file in ["model.safetensors", "last.safetensors", "config.toml", "metrics.jsonl", "metrics.json", "report.html"] {
        assert!(place.file(&format!("m/{file}")).exists(), "{file}");
    }
    let features = place.run(&["features", "m", "w.ts", "--pool", "mean"]).expect(0).out;
    assert_eq!((features.lines().count(), features.lines().next().unwrap().split(',').count()), (41, 1 + 16));
    place.run(&["features", "m", "w.ts", "--pool", "none", "-o", "f.npy"]).expect(0);
    assert!(place.read("f.npy").starts_with(b"\x93NUMPY"));
    let sure = place.run(&["predict", "m", "w.ts", "--reject-below", "1"]).expect(0).out;
    assert!(sure.lines().skip(1).all(|line| line.contains(",(none),")), "{sure}");
    let shown = place.run(&["check", "w.ts"]).expect(0).out;
    assert!(shown.contains("40") && shown.contains("up: 20"), "{shown}");
}

#[test]
fn one_sequence_a_row_without_header() {
    let place = Place::new();
    let row = |k: usize| {
        let pairs: Vec<f64> = wave(k, 6).into_iter().flat_map(|v| [v, -v]).collect();
        format!("{},{}\n", k % 2, joined(&pairs, ","))
    };
    place.write("rows.csv", (0..40).map(row).collect::<String>());
    learns(&place, "rows.csv", &["--label-column", "0", "--channels", "2"]);
    let held = train_again(&place, "rows.csv", &["--label-column", "0", "--channels", "2", "--test-share", "0.2"]);
    let items = &held.named("items")[0];
    assert_eq!((items["test"].as_u64(), items["train"].as_u64().unwrap() + items["valid"].as_u64().unwrap()), (Some(8), 32));
    assert_eq!(held.named("score").last().unwrap()["part"], "test");
}

fn train_again(place: &Place, data: &str, more: &[&str]) -> Ended {
    place.run(&[&["train", "classify", data, "-o", "again", "--json"][..], &TINY, more].concat()).expect(0)
}

#[test]
fn texts_in_a_table_and_in_folders() {
    let place = Place::new();
    let text = |k: usize| format!("{} {}", ["정말 재미있는 영화", "지루하고 나쁜 영화"][k % 2], k % 3);
    let table: String = (0..60).map(|k| format!("\"{}\",{}\n", text(k), label(k))).collect();
    place.write("reviews.csv", format!("text,label\n{table}"));
    learns(&place, "reviews.csv", &[]);
    for unit in ["word", "sub-word"] {
        let limit: &[&str] = if unit == "sub-word" { &["--vocabulary", "300"] } else { &[] };
        let ended = train_again_in(&place, unit, "reviews.csv", &[&["--unit", unit], limit].concat());
        assert!(accuracy(&ended) > 0.9, "{unit}: {}", ended.out);
    }
    for k in 0..30 {
        let folder = format!("texts/more/{}", label(k));
        std::fs::create_dir_all(place.file(&folder)).unwrap();
        place.write(&format!("{folder}/{k}.txt"), text(k));
    }
    let ended = train_again_in(&place, "f", "texts", &[]);
    assert_eq!(ended.named("items")[0]["labels"], serde_json::json!(["down", "up"]));
    let ended = train_again_in(&place, "r", "texts", &["--label-regex", r"^\d*([02468])\.txt|^\d*\d\.txt"]);
    assert!(ended.named("items")[0]["labels"].as_array().unwrap().len() > 2);
}

fn train_again_in(place: &Place, run: &str, data: &str, more: &[&str]) -> Ended {
    place.run(&[&["train", "classify", data, "-o", run, "--json"][..], &TINY, more].concat()).expect(0)
}

#[test]
fn a_long_table_with_a_label_an_item_or_a_step() {
    let place = Place::new();
    let (mut whole, mut each) = ("id,t,x,label\n".to_owned(), "id,t,x,label\n".to_owned());
    for k in 0..30 {
        for (t, value) in wave(k, 8).into_iter().enumerate() {
            whole += &format!("s{k},{t},{value:.3},{}\n", label(k));
            each += &format!("s{k},{t},{value:.3},{}\n", if value > 0.5 { "high" } else { "low" });
        }
    }
    place.write("whole.csv", whole).write("each.csv", each);
    learns(&place, "whole.csv", &[]);
    let ended = train_again_in(&place, "tags", "each.csv", &[]);
    assert!(accuracy(&ended) > 0.9, "{}", ended.out);
    let out = place.run(&["predict", "tags", "each.csv"]).expect(0).out;
    assert_eq!((out.lines().next().unwrap(), out.lines().count()), ("item,step,label,probability", 1 + 30 * 8));
    assert!(out.contains("\ns29,8,"), "{out}");
}

#[test]
fn idx_files_with_labels_beside() {
    let place = Place::new();
    let (count, size) = (40_u32, 6_u32);
    let mut images = [&[0, 0, 8, 3][..], &count.to_be_bytes(), &2_u32.to_be_bytes(), &(size / 2).to_be_bytes()].concat();
    let mut labels = [&[0, 0, 8, 1][..], &count.to_be_bytes()].concat();
    for k in 0..count as usize {
        images.extend(wave(k, size as usize).iter().map(|v| (128.0 + 100.0 * v) as u8));
        labels.push((k % 2) as u8);
    }
    place.write("images.idx", images).write("labels.idx", &labels);
    learns(&place, "images.idx", &["--labels", "labels.idx"]);
    place.write("short.idx", &labels[..labels.len() - 1]);
    let ended = place.run(&["evaluate", "m", "images.idx", "--labels", "short.idx"]).expect(3);
    assert!(ended.err.contains("short.idx") && ended.err.contains("cut off"), "{}", ended.err);
}

#[test]
fn values_are_predicted_beside_the_mean() {
    let place = Place::new();
    let row = |k: usize| {
        let level = (k * 37 % 20) as f64;
        format!("{},{:.2}\n", joined(&(0..5).map(|t| level + 0.1 * t as f64).collect::<Vec<_>>(), ","), 3.0 * level + 1.0)
    };
    place.write("v.csv", format!("a,b,c,d,e,target\n{}", (0..60).map(row).collect::<String>()));
    train(&place, "regress", "v.csv", &[]).expect(0);
    let score = &place.run(&["evaluate", "m", "v.csv", "--json"]).expect(0).named("score")[0].clone();
    let wrong = place.run(&["evaluate", "m", "v.csv", "--page", "page.html"]).expect(2);
    assert!(wrong.err.contains("the model is a classifier"), "{}", wrong.err);
    assert!(score["mae"].as_f64().unwrap() < 0.5 * score["baseline"]["mean"]["mae"].as_f64().unwrap(), "{score}");
    let out = place.run(&["predict", "m", "v.csv"]).expect(0).out;
    assert!(out.starts_with("item,value\n"), "{out}");
}

#[test]
fn a_run_goes_on_and_a_model_is_tuned_to_new_labels() {
    let place = Place::new();
    place.write("w.ts", ts(30)).write("n.ts", ts(30).replace("down", "falling").replace("up", "rising"));
    train(&place, "classify", "w.ts", &["--dropout", "0.2"]).expect(0);
    let model = place.read("m/model.safetensors");
    std::fs::remove_file(place.file("m/model.safetensors")).unwrap();
    // A finished run that is resumed gives its result again, from its checkpoints alone.
    place.run(&["train", "classify", "--resume", "m"]).expect(0);
    assert_eq!(place.read("m/model.safetensors"), model);
    let tuned =
        place.run(&["train", "classify", "n.ts", "--from", "m", "-o", "tuned", "--max-steps", "60", "--threads", "1", "--json"]).expect(0);
    assert_eq!(tuned.named("items")[0]["labels"], serde_json::json!(["falling", "rising"]));
    assert!(accuracy(&tuned) > 0.9, "{}", tuned.out);
    let wrong = place.run(&["evaluate", "m", "n.ts"]).expect(3);
    assert!(wrong.err.contains("falling"), "{}", wrong.err);
}

#[test]
fn items_that_cannot_be_learned() {
    let waves = ts(20);
    let one = waves.replace("down", "up").replace("true up up", "true up");
    /// Name, file, its text, flags, exit status, what the message holds.
    type Case<'a> = (&'a str, &'a str, Vec<u8>, &'a [&'a str], i32, &'a [&'a str]);
    let cases: [Case; 13] = [
        ("an empty file", "a.csv", Vec::new(), &[], 3, &["a.csv", "empty"]),
        ("a header alone", "a.csv", b"text,label\n".to_vec(), &[], 3, &["a.csv", "no row"]),
        ("one class", "a.ts", one.into_bytes(), &[], 3, &["one class", "up"]),
        ("a ragged row", "a.csv", b"0,1,2,3,4\n1,2,3,4\n0,1,2,3,4\n".to_vec(), &["--label-column", "0"], 3, &["a.csv:2", "4 fields", "5"]),
        ("no labels", "a.csv", b"1,2,3\n4,5,6\n".to_vec(), &[], 3, &["a.csv", "no item has a label", "--label-column"]),
        (
            "a word among numbers",
            "a.csv",
            b"0,1,2\n1,x,2\n0,1,2\n0,1,2\n".to_vec(),
            &["--label-column", "0", "--channels", "2"],
            3,
            &["a.csv:2", "\"x\" is not a number"],
        ),
        (
            "channels that do not share",
            "a.csv",
            b"0,1,2,3\n1,2,3,4\n".to_vec(),
            &["--label-column", "0", "--channels", "2"],
            2,
            &["3 columns", "2 channels"],
        ),
        ("an unknown column", "a.csv", b"text,label\nx,a\ny,b\n".to_vec(), &["--label-column", "lable"], 2, &["lable", "label"]),
        ("not UTF-8", "a.csv", b"text,label\nx\xff,a\n".to_vec(), &[], 3, &["a.csv:2", "UTF-8"]),
        ("a missing number", "a.ts", waves.replace("0.000", "?").into_bytes(), &[], 3, &["missing", "--impute"]),
        ("an unknown label of .ts", "a.ts", waves.replace(":down", ":sideways").into_bytes(), &[], 3, &["a.ts:", "sideways"]),
        ("a damaged gzip", "a.gz", b"\x1f\x8b\x08nonsense".to_vec(), &[], 3, &["a.gz", "damaged"]),
        ("a flag of forecasts", "a.ts", waves.clone().into_bytes(), &["--target", "x"], 2, &["--target"]),
    ];
    for (name, file, bytes, flags, status, words) in cases {
        let place = Place::new();
        place.write(file, bytes);
        let ended = place.run(&[&["train", "classify", file, "-o", "m"][..], &TINY, flags].concat());
        assert_eq!(ended.status, Some(status), "{name}: {}\n{}", ended.out, ended.err);
        for word in words {
            assert!(ended.err.contains(word), "{name}: no {word:?} in\n{}", ended.err);
        }
        assert!(!ended.err.contains("panicked") && !place.file("m").exists(), "{name}: {}", ended.err);
    }
}

#[test]
fn a_class_with_one_example_and_broken_files_among_many() {
    let place = Place::new();
    place.write("w.ts", ts(20).replace("true up down", "true up down odd") + "1,2,3:1,2,3:odd\n");
    let ended = train(&place, "classify", "w.ts", &[]).expect(0);
    assert!(ended.named("guess").iter().any(|g| g["value"].as_str().unwrap().contains("odd")), "{}", ended.out);

    for k in 0..30 {
        let folder = format!("deep/a/b/{}", label(k));
        std::fs::create_dir_all(place.file(&folder)).unwrap();
        place.write(&format!("{folder}/{k}.csv"), format!("x\n{}\n", joined(&wave(k, 6), "\n")));
    }
    place.write("deep/a/b/up/broken.csv", b"x\n1\n\xff\n");
    place.write("deep/a/b/up/empty.csv", b"");
    place.write("deep/a/b/up/notes.pdf", b"%PDF");
    let refused = place.run(&[&["train", "classify", "deep", "-o", "d"][..], &TINY].concat()).expect(3);
    assert!(refused.err.contains("broken.csv"), "{}", refused.err);
    let skipped = place.run(&[&["train", "classify", "deep", "-o", "d", "--json", "--on-error", "skip"][..], &TINY].concat()).expect(0);
    let items = &skipped.named("items")[0];
    assert_eq!(items["train"].as_u64().unwrap() + items["valid"].as_u64().unwrap(), 30, "{items}");
    let notes: Vec<String> = skipped.named("note").iter().map(|n| n["message"].as_str().unwrap().to_owned()).collect();
    for word in ["broken.csv", "empty.csv", "notes.pdf"] {
        assert!(notes.iter().any(|n| n.contains(word)), "{word}: {notes:?}");
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    for k in 0..20 {
        let folder = place.path().join("odd").join(std::ffi::OsStr::from_bytes([&b"caf\xe9"[..], b"plain"][k % 2]));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{k}.csv")), format!("x\n{}\n", joined(&wave(k, 6), "\n"))).unwrap();
    }
    let ended = train(&place, "classify", "odd", &[]).expect(0);
    assert_eq!(ended.named("items")[0]["labels"].as_array().unwrap().len(), 2, "{}", ended.out);
}
