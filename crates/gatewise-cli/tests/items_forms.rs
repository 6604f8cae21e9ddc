//! Tables of items as people have them, on the real binary: what is read, in what order, under which name, and what is said of it.

mod support;

use serde_json::Value;
use support::{Ended, Place};

/// Flags that make a training end in a moment.
const TINY: [&str; 8] = ["--hidden", "8", "--max-steps", "60", "--threads", "1", "--seed", "3"];

fn train(place: &Place, data: &str, more: &[&str]) -> Ended {
    place.run(&[&["train", "classify", data, "-o", "m", "--json"][..], &TINY, more].concat())
}

/// The notes of an event stream.
fn notes(ended: &Ended) -> String {
    ended.named("note").iter().map(|e| e["message"].as_str().unwrap().to_owned() + "\n").collect()
}

/// What was guessed of one thing.
fn guessed(ended: &Ended, what: &str) -> Option<String> {
    ended.named("guess").iter().find(|e| e["what"] == what).map(|e| e["value"].as_str().unwrap().to_owned())
}

fn items(ended: &Ended) -> u64 {
    let parts = &ended.named("items")[0];
    ["train", "valid", "test"].iter().map(|part| parts[*part].as_u64().unwrap()).sum()
}

fn accuracy(ended: &Ended) -> f64 {
    ended.named("score").last().expect("a score")["accuracy"].as_f64().expect("an accuracy")
}

/// A long table of `count` items, four steps each; `cells` writes what stands between id and label.
fn long(header: &str, count: usize, cells: impl Fn(usize, usize) -> String) -> Vec<String> {
    let rows = (0..count).flat_map(|k| (0..4).map(move |t| (k, t)));
    let row = |(k, t): (usize, usize)| format!("s{k},{},{}", cells(k, t), ["a", "b"][k % 2]);
    std::iter::once(header.to_owned()).chain(rows.map(row)).collect()
}

/// u rises in class a, v in class b.
fn two(k: usize, t: usize) -> (f64, f64) {
    let (up, flat) = (t as f64 + (k % 3) as f64 * 0.1, 0.5 + (k % 5) as f64 * 0.05);
    if k.is_multiple_of(2) { (up, flat) } else { (flat, up) }
}

#[test]
fn ids_that_come_again_anywhere_make_a_long_table() {
    let place = Place::new();
    let lines = long("id,t,x,label", 16, |k, t| format!("{t},{}", two(k, t).0));
    // Step by step over all items, so that no two neighbours have the same id.
    let mut rows = lines[1..].to_vec();
    rows.sort_by_key(|row| row.split(',').nth(1).unwrap().parse::<usize>().unwrap());
    place.write("mixed.csv", format!("{}\n{}\n", lines[0], rows.join("\n")));
    let ended = train(&place, "mixed.csv", &[]).expect(0);
    assert_eq!((items(&ended), guessed(&ended, "items by").as_deref()), (16, Some("id")));
    let out = place.run(&["predict", "m", "mixed.csv"]).expect(0).out;
    assert_eq!((out.lines().count(), out.lines().nth(1).unwrap().split(',').next()), (17, Some("s0")));
    // Each item once: the model knows that its tables are long.
    let first: Vec<&str> = rows.iter().take(16).map(String::as_str).collect();
    place.write("one.csv", format!("{}\n{}\n", lines[0], first.join("\n")));
    assert_eq!(place.run(&["predict", "m", "one.csv"]).expect(0).out.lines().count(), 17);
    // Without an id the whole table is one item.
    place.write("alone.csv", "t,x\n0,0.1\n1,1.1\n2,2.1\n3,3.1\n");
    let out = place.run(&["predict", "m", "alone.csv"]).expect(0).out;
    assert!(out.lines().count() == 2 && out.contains("\nalone.csv,"), "{out}");
}

#[test]
fn texts_with_an_id_that_slipped_stay_texts() {
    let place = Place::new();
    let row = |k: usize| format!("{},{},{} film of {k},{}\n", k.min(28), k % 5, ["wonderful", "awful"][k % 2], ["pos", "neg"][k % 2]);
    place.write("texts.csv", format!("id,stars,text,label\n{}", (0..30).map(row).collect::<String>()));
    let ended = train(&place, "texts.csv", &[]).expect(0);
    assert_eq!((items(&ended), guessed(&ended, "items in").as_deref()), (30, Some("text")));
    assert!(notes(&ended).contains("\"text\" alone is read; not id, stars"), "{}", notes(&ended));
    // Words of one piece beside several numbers may be either: nobody guesses.
    let row = |k: usize| format!("p{k},{},{},{}\n", k % 3, k % 2, ["a", "b"][k % 2]);
    place.write("names.csv", format!("who,x,y2,label\n{}", (0..30).map(row).collect::<String>()));
    let ended = place.run(&["train", "classify", "names.csv"]).expect(2);
    assert!(ended.err.contains("--id who") && ended.err.contains("--input-column who"), "{}", ended.err);
    let named = place.run(&[&["train", "classify", "names.csv", "-o", "n", "--id", "who", "--json"][..], &TINY].concat()).expect(0);
    assert_eq!(items(&named), 30);
    assert!(place.run(&["predict", "n", "names.csv"]).expect(0).out.contains("\np7,"));
    // One column of numbers is enough where the words come again.
    let row = |k: usize| format!("u{},{},{}\n", k % 5, k % 3, ["a", "b"][k % 2]);
    place.write("again.csv", format!("user,x,label\n{}", (0..30).map(row).collect::<String>()));
    assert!(place.run(&["train", "classify", "again.csv"]).expect(2).err.contains("--id user if it tells the items"));
    // Of whom a row is, and when: nobody says which is the item.
    let row = |k: usize| format!("{},{},{},{}\n", k % 5, k / 5, k % 3, ["a", "b"][k % 2]);
    place.write("whose.csv", format!("subject,t,x,label\n{}", (0..30).map(row).collect::<String>()));
    let ended = place.run(&["train", "classify", "whose.csv"]).expect(2);
    assert!(ended.err.contains("--id subject if a subject is an item of many rows; --group subject"), "{}", ended.err);
    // A time without an id is a step, which is said.
    place.write("stream.csv", "time,x,label\n1,0.5,a\n2,0.7,b\n3,0.1,a\n");
    assert!(place.run(&["check", "stream.csv"]).expect(0).out.contains("\"time\" is read as a step of each row"));
}

#[test]
fn names_that_may_mean_the_text_do_not_take_it_away() {
    let place = Place::new();
    let word = |k: usize| ["win a prize now", "lunch on monday"][k % 2];
    let spam: String = (0..30).map(|k| format!("{} {k},{}\n", word(k), ["spam", "fine"][k % 2])).collect();
    // The subject of a letter is its text, not whose it is; a sequence of bases is no name of its row, though it comes again.
    let bases = |k: usize| ["ACGT", "TTTA"][k % 2].repeat(2 + k % 13);
    let dna: String = (0..30).map(|k| format!("{},{},{}\n", bases(k), bases(k).len(), ["a", "b"][k % 2])).collect();
    place.write("spam.csv", format!("subject,label\n{spam}")).write("dna.csv", format!("sequence,length,label\n{dna}"));
    for (data, input) in [("spam.csv", "subject"), ("dna.csv", "sequence")] {
        let shown = place.run(&["check", data]).expect(0).out;
        assert!(shown.contains("a table with a text an item") && shown.contains(&format!("items in {input}")), "{data}: {shown}");
    }
    // What counts the rows is no step, whatever the table calls it.
    let rows: String = (0..24).map(|k| format!("{k},{},{},{}\n", k % 2, k % 5, ["a", "b"][k % 2])).collect();
    for name in ["", "Unnamed: 0", "index", "item", "id"] {
        place.write("rows.csv", format!("{name},t0,t1,label\n{rows}"));
        let shown = place.run(&["check", "rows.csv"]).expect(0).out;
        assert!(shown.contains("2 to 2 steps"), "{name:?}: {shown}");
    }
}

#[test]
fn channels_are_matched_by_name_or_refused() {
    let place = Place::new();
    let table = |header: &str, cells: &dyn Fn(f64, f64) -> String| {
        let lines = long(header, 16, |k, t| format!("{t},{}", cells(two(k, t).0, two(k, t).1)));
        lines.join("\n") + "\n"
    };
    place.write("train.csv", table("id,t,u,v,label", &|u, v| format!("{u},{v}")));
    place.write("swapped.csv", table("id,t,v,u,label", &|u, v| format!("{v},{u}")));
    place.write("more.csv", table("id,t,w,v,u,label", &|u, v| format!("9,{v},{u}")));
    place.write("other.csv", table("id,t,p,q,label", &|u, v| format!("{u},{v}")));
    train(&place, "train.csv", &[]).expect(0);
    let plain = accuracy(&place.run(&["evaluate", "m", "train.csv", "--json"]).expect(0));
    for (data, note) in [("swapped.csv", "read as u, v"), ("more.csv", "no column w")] {
        let ended = place.run(&["evaluate", "m", data, "--json"]).expect(0);
        assert_eq!(accuracy(&ended), plain, "{data}");
        assert!(notes(&ended).contains(note), "{data}: {}", notes(&ended));
    }
    let refused = place.run(&["evaluate", "m", "other.csv"]).expect(3);
    assert!(refused.err.contains("no column u, v: the model reads u, v, the table has p, q"), "{}", refused.err);
}

#[test]
fn steps_of_rows_are_matched_by_name_too() {
    let place = Place::new();
    let table = |header: &str, order: [usize; 4]| {
        let row = |k: usize| {
            let steps = order.map(|t| format!("{:.1}", [1.0, -1.0][k % 2] * t as f64 + (k % 3) as f64 * 0.1));
            format!("{},{},{}\n", k + 100, steps.join(","), ["up", "down"][k % 2])
        };
        format!("id,{header},label\n{}", (0..24).map(row).collect::<String>())
    };
    place.write("train.csv", table("t0,t1,t2,t3", [0, 1, 2, 3])).write("turned.csv", table("t3,t2,t1,t0", [3, 2, 1, 0]));
    let ended = train(&place, "train.csv", &[]).expect(0);
    // A number that names the rows is no step of theirs.
    assert_eq!(guessed(&ended, "names of the rows").as_deref(), Some("id"));
    let answers = |data: &str| place.run(&["predict", "m", data]).expect(0).out;
    assert_eq!(answers("train.csv"), answers("turned.csv"));
    assert!(answers("train.csv").contains("\n107,"));
    place.write("gap.csv", table("t0,x,t2,t3", [0, 1, 2, 3]));
    assert!(place.run(&["predict", "m", "gap.csv"]).expect(3).err.contains("no column \"t1\""));
}

#[test]
fn rows_are_sorted_by_every_kind_of_time() {
    let place = Place::new();
    type Stamp = fn(usize) -> String;
    let stamp: [(&str, Stamp); 5] = [
        ("number", |t| format!("{}.5", t + 7)),
        ("date", |t| format!("2024-01-{:02}", t + 9)),
        ("date and time", |t| format!("2024-01-09 {:02}:00:00", t + 9)),
        ("day first", |t| format!("{:02}.01.2024", t + 12)),
        ("clock", |t| format!("{}:30", t + 8)),
    ];
    for (name, stamp) in stamp {
        let lines = long("id,time,x,label", 16, |k, t| format!("{},{}", stamp(t), two(k, t).0));
        let mut turned = lines[1..].to_vec();
        turned.reverse();
        let table = |rows: &[String]| format!("{}\n{}\n", lines[0], rows.join("\n"));
        place.write("ordered.csv", table(&lines[1..])).write("turned.csv", table(&turned));
        let _ = std::fs::remove_dir_all(place.file("m"));
        train(&place, "ordered.csv", &[]).expect(0);
        let ended = place.run(&["evaluate", "m", "turned.csv", "--json"]).expect(0);
        assert!(notes(&ended).contains("16 items were not in order of \"time\""), "{name}: {}", notes(&ended));
        assert_eq!(accuracy(&ended), accuracy(&place.run(&["evaluate", "m", "ordered.csv", "--json"]).expect(0)), "{name}");
    }
    let lines = long("id,time,x,label", 16, |k, t| format!("{},{}", ["one", "two", "six", "ten"][t], two(k, t).0));
    place.write("words.csv", lines.join("\n"));
    let ended = place.run(&["check", "words.csv"]).expect(0);
    assert!(ended.out.contains("could not be read: rows are taken in the order of the file"), "{}", ended.out);
}

#[test]
fn columns_that_are_padding_stay_channels() {
    let place = Place::new();
    let row = |k: usize| {
        let last = if k < 22 { "" } else { "0.5" };
        format!("{},{},{last},NaN,{}\n", k % 2, [1.0, -1.0][k % 2], ["up", "down"][k % 2])
    };
    place.write("pad.csv", format!("t0,t1,t2,t3,label\n{}", (0..24).map(row).collect::<String>()));
    let ended = train(&place, "pad.csv", &["--impute", "zero"]).expect(0);
    assert_eq!((items(&ended), ended.named("items")[0]["labels"].clone()), (24, serde_json::json!(["down", "up"])));
    let shown = place.run(&["check", "pad.csv"]).expect(0).out;
    assert!(shown.contains("a table with a sequence a row") && shown.contains("2 to 3 steps"), "{shown}");
}

#[test]
fn a_label_is_no_plain_y_and_an_odd_one_is_named() {
    let place = Place::new();
    let lines = long("id,t,x,y,class", 16, |k, t| format!("{t},{},{}", two(k, t).0, two(k, t).1));
    place.write("xy.csv", lines.join("\n"));
    let ended = train(&place, "xy.csv", &[]).expect(0);
    assert_eq!(
        (guessed(&ended, "labels").as_deref(), ended.named("items")[0]["labels"].clone()),
        (Some("class"), serde_json::json!(["a", "b"]))
    );
    // Row 2 of s4 lies in line 1 + 4 · 4 + 2 and one more for the first row.
    let mut odd = lines.clone();
    odd[4 * 4 + 3] = odd[4 * 4 + 3].replace(",a", ",b");
    place.write("odd.csv", odd.join("\n"));
    let ended = place.run(&["check", "odd.csv"]).expect(0);
    assert!(ended.out.contains("labels change within 1 of 16 items (first in s4, line 20): a label a step"), "{}", ended.out);
    // A label that stands in the first row of an item alone is that of the item.
    let first = |(n, row): (usize, &String)| if n == 0 || n % 4 == 1 { row.clone() } else { row[..row.len() - 1].to_owned() };
    place.write("first.csv", lines.iter().enumerate().map(first).collect::<Vec<_>>().join("\n"));
    let ended = place.run(&["check", "first.csv"]).expect(0);
    assert!(ended.out.contains("a: 8") && ended.out.contains("in some of their rows only"), "{}", ended.out);
}

#[test]
fn lines_and_names_are_those_of_the_file_whatever_ends_them() {
    let place = Place::new();
    let text = |end: &str, mark: &str, blank: &str| {
        let rows = (0..20).map(|k| format!("{} film {k},{}{end}", ["wonderful", "awful"][k % 2], ["pos", "neg"][k % 2]));
        format!("{mark}text,label{end}{blank}{}", rows.collect::<String>())
    };
    place.write("lf.csv", text("\n", "", ""));
    train(&place, "lf.csv", &[]).expect(0);
    let names = |data: &str| -> Vec<String> {
        let out = place.run(&["predict", "m", data]).expect(0).out;
        out.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
    };
    let expected: Vec<String> = (2..22).map(|line| format!("line {line}")).collect();
    for (data, text, first) in [
        ("crlf.csv", text("\r\n", "", ""), 0),
        ("cr.csv", text("\r", "", ""), 0),
        ("mark.csv", text("\r\n", "\u{feff}", ""), 0),
        ("blank.csv", text("\r\n", "", "\r\n"), 1),
    ] {
        place.write(data, text);
        let found = names(data);
        assert_eq!((found.len(), &found[..19]), (20, &[&expected[first..], &["line 22".to_owned()]].concat()[..19]), "{data}");
    }
    assert_eq!(names("lf.csv"), expected);
    // The header of a table of texts alone is no item.
    place.write("alone.csv", "text\nwonderful\nawful\n");
    assert_eq!(names("alone.csv"), ["line 2", "line 3"]);
    place.write("headless.csv", "wonderful\nawful\n");
    assert_eq!(names("headless.csv"), ["line 1", "line 2"]);
}

#[test]
fn high_levels_cost_no_digit() {
    let place = Place::new();
    let table = |level: f64| {
        let lines = long("id,t,x,label", 24, |k, t| format!("{t},{}", level + two(k, t).0));
        lines.join("\n")
    };
    for (level, run) in [(0.0, "low"), (2e9, "high")] {
        place.write("data.csv", table(level));
        place.run(&[&["train", "classify", "data.csv", "-o", run, "-q"][..], &TINY].concat()).expect(0);
        let score = accuracy(&place.run(&["evaluate", run, "data.csv", "--json"]).expect(0));
        assert!(score > 0.9, "level {level}: {score}");
    }
    // Values are answered with the digits of their spread.
    let row = |k: usize| format!("{},{},{}\n", k % 7, k % 7 + 1, 1_700_000_000.0 + (k % 7) as f64 * 0.5);
    place.write("values.csv", format!("t0,t1,label\n{}", (0..42).map(row).collect::<String>()));
    place.run(&[&["train", "regress", "values.csv", "-o", "r", "-q"][..], &TINY].concat()).expect(0);
    let out = place.run(&["predict", "r", "values.csv"]).expect(0).out;
    let values: Vec<f64> = out.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert!(values.iter().all(|v| (v - 1_700_000_001.5).abs() < 4.0) && values.iter().any(|v| (v * 8.0).fract() != 0.0), "{out}");
}

#[test]
fn several_labels_an_item_and_paths_that_lead_nowhere_are_refused_in_words() {
    let place = Place::new();
    let row = |k: usize| format!("\"some words, {k}\",{},{}\n", k % 2, k % 3 / 2);
    place.write("several.csv", format!("text,toxic,insult\n{}", (0..20).map(row).collect::<String>()));
    let ended = place.run(&["train", "classify", "several.csv"]).expect(2);
    assert!(ended.err.contains("toxic, insult look like several labels an item"), "{}", ended.err);
    assert!(ended.err.contains("--label-column toxic"), "{}", ended.err);
    let ended = place.run(&["train", "classify", "several.csv", "--label-column", "toxic,insult"]).expect(2);
    assert!(ended.err.contains("--label-column names one column") && ended.err.contains("train a model for each"), "{}", ended.err);
    let row = |k: usize| format!("clips/{k}.wav,{}\n", ["a", "b"][k % 2]);
    place.write("paths.csv", format!("path,label\n{}", (0..10).map(row).collect::<String>()));
    let ended = place.run(&["train", "classify", "paths.csv"]).expect(3);
    assert!(ended.err.contains("paths.csv:2: no file clips/0.wav"), "{}", ended.err);
}

#[test]
fn one_file_is_one_item_for_a_model_of_files() {
    let place = Place::new();
    for k in 0..16 {
        let (label, sign) = [("up", 1), ("down", -1)][k % 2];
        std::fs::create_dir_all(place.file(&format!("tables/{label}"))).unwrap();
        std::fs::create_dir_all(place.file(&format!("texts/{label}"))).unwrap();
        let rows: String = (0..6).map(|t| format!("2024-01-{:02},{},{}\n", t + 1, sign * t, k % 3)).collect();
        place.write(&format!("tables/{label}/{k}.csv"), format!("date,x,z\n{rows}"));
        // The mark of one class alone would give it away.
        let mark = if label == "up" { "\u{feff}" } else { "" };
        place.write(&format!("texts/{label}/{k}.txt"), format!("{mark}the line goes {label} by {k}\n"));
    }
    let ended = train(&place, "tables", &[]).expect(0);
    assert!(notes(&ended).contains("column \"date\" is the time and no channel"), "{}", notes(&ended));
    // Turned columns and rows are put in order by name and time.
    place.write("one.csv", "z,x,date\n1,4,2024-02-05\n1,0,2024-02-01\n1,2,2024-02-03\n1,1,2024-02-02\n1,3,2024-02-04\n1,5,2024-02-06\n");
    place.write("same.csv", "date,x,z\n2024-02-01,0,1\n2024-02-02,1,1\n2024-02-03,2,1\n2024-02-04,3,1\n2024-02-05,4,1\n2024-02-06,5,1\n");
    let answer = |data: &str| place.run(&["predict", "m", data]).expect(0).out;
    assert_eq!(answer("one.csv").replace("one.csv", "same.csv"), answer("same.csv"));
    assert_eq!(answer("one.csv").lines().count(), 2);
    let words = place.run(&[&["train", "classify", "texts", "-o", "t", "--json"][..], &TINY].concat()).expect(0);
    assert_eq!(items(&words), 16);
    assert!(!place.read("t/model.safetensors").windows(3).any(|bytes| bytes == "\u{feff}".as_bytes()), "the mark is no symbol");
    place.write("one.txt", "the line goes up by 9\n");
    let out = place.run(&["predict", "t", "one.txt"]).expect(0).out;
    assert!(out.lines().count() == 2 && out.contains("\none.txt,"), "{out}");
}

#[test]
fn groups_stay_in_one_part() {
    let place = Place::new();
    let lines = |header: &str, name: &dyn Fn(usize) -> String, subject: &dyn Fn(usize) -> String| {
        let rows = (0..40).flat_map(|k| (0..4).map(move |t| (k, t)));
        let row = |(k, t): (usize, usize)| format!("{},{t},{}{},{}\n", name(k), two(k, t).0, subject(k), ["a", "b"][k % 2]);
        format!("{header}\n{}", rows.map(row).collect::<String>())
    };
    place.write("names.csv", lines("id,t,x,label", &|k| format!("subj{}_{k}", k / 5), &|_| String::new()));
    let proposed = train(&place, "names.csv", &["--fold", "1/4"]).expect(0);
    let guess: Vec<Value> = proposed.named("guess").into_iter().filter(|e| e["flag"] == "--group").collect();
    assert!(guess[0]["value"].as_str().unwrap().contains("'^([^_]+)_' keeps each"), "{guess:?}");
    let _ = std::fs::remove_dir_all(place.file("m"));
    let kept = train(&place, "names.csv", &["--fold", "1/4", "--group", "^(subj[0-9]+)_"]).expect(0);
    assert_eq!(kept.named("items")[0]["test"], 10, "two of eight groups, of five items each");
    let _ = std::fs::remove_dir_all(place.file("m"));
    // A column of subjects is no channel, and keeps them together unasked.
    place.write("column.csv", lines("id,t,x,subject,label", &|k| format!("i{k}"), &|k| format!(",{}", k / 5)));
    let kept = train(&place, "column.csv", &["--test-share", "0.25"]).expect(0);
    assert_eq!(guessed(&kept, "groups by").as_deref(), Some("subject"));
    assert_eq!(kept.named("items")[0]["test"].as_u64().unwrap() % 5, 0);
    let shown = place.run(&["check", "column.csv"]).expect(0).out;
    assert!(shown.contains("channels     1: x"), "{shown}");
    let wrong = place.run(&["train", "classify", "names.csv", "--group", "^(nobody)_"]).expect(2);
    assert!(wrong.err.contains("group ^(nobody)_ is no column and fits no part of the name \"subj0_0\""), "{}", wrong.err);
}
