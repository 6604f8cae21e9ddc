//! `walk` on the real binary: the page, the events, and inputs that are hard to walk over.

mod support;

use serde_json::Value;
use support::{Place, monthly};

const KOREAN: &str = "나는 한국 사람이야. 비가 왔어. 그래서 나는 한국어를 잘해.";

/// The data of a page, whose markup is well formed and loads nothing.
fn data(page: &str) -> Value {
    let body = page.strip_prefix("<!doctype html>").expect("a page begins with its type");
    roxmltree::Document::parse(body.trim()).unwrap_or_else(|e| panic!("{e}"));
    for address in ["https://", "src=", "@import", "url("] {
        assert!(!page.replace("url(#", "").contains(address), "the page loads nothing, and has {address}");
    }
    let start = page.find("id=\"walk-data\">").expect("the data") + "id=\"walk-data\">".len();
    let end = start + page[start..].find("</script>").expect("their end");
    serde_json::from_str(&page[start..end]).expect("JSON")
}

#[test]
fn a_sentence_is_walked_over_by_three_networks_of_equal_size() {
    let place = Place::new();
    let ended = place.run(&["walk", "--text", KOREAN, "-o", "walk.html", "--lang", "ko", "--json", "--save", "nets"]).expect(0);
    let page = place.text("walk.html");
    assert!(page.len() < 2_000_000 && page.contains("<html lang=\"ko\""), "{} bytes", page.len());
    let data = data(&page);
    let steps = KOREAN.chars().count();
    assert_eq!((data["steps"].as_u64(), data["columns"].as_array().map(Vec::len)), (Some(steps as u64), Some(steps)));
    assert_eq!(data["stop"].as_u64().map(|s| KOREAN.chars().nth(s as usize)), Some(Some('.')));
    let nets = data["networks"].as_array().unwrap();
    assert_eq!(nets.iter().map(|n| n["name"].as_str().unwrap()).collect::<Vec<_>>(), ["rnn", "gru", "lstm"]);
    let sizes: Vec<f64> = nets.iter().map(|n| n["parameters"].as_f64().unwrap()).collect();
    assert!(sizes.iter().all(|s| (s / sizes[2] - 1.0).abs() < 0.05), "{sizes:?}");
    for name in ["rnn", "gru", "lstm"] {
        assert!(place.file(&format!("nets/{name}.safetensors")).is_file());
    }
    // The events say the same, a step a line.
    let told = ended.named("step");
    assert_eq!(told.len(), 3 * steps);
    let lstm = told.iter().find(|e| e["net"] == "lstm" && e["step"] == 3).unwrap();
    let (f, i, g) = (&lstm["gates"]["forget"]["value"][0], &lstm["gates"]["input"]["value"][0], &lstm["gates"]["cell"]["value"][0]);
    let before = told.iter().find(|e| e["net"] == "lstm" && e["step"] == 2).unwrap();
    let number = |v: &Value| v.as_f64().unwrap();
    let expected = number(f) * number(&before["c"][0]) + number(i) * number(g);
    assert!((number(&lstm["c"][0]) - expected).abs() < 1e-5, "c is f·c + i·g");
    // One training was not clipped and burst, the same one clipped was not.
    let runs = ended.named("run");
    let run = |key: &str| runs.iter().find(|r| r["key"] == key).unwrap_or_else(|| panic!("no run {key}"));
    assert!(run("rnn-relu-unclipped")["diverged"].is_u64() && run("rnn-relu-clipped")["diverged"].is_null());
}

#[test]
fn the_same_seed_gives_the_same_walk_whatever_the_threads() {
    let place = Place::new();
    let walk =
        |threads: &str| place.run(&["walk", "--text", "가나다라가나다마", "--json", "--threads", threads, "--train-steps", "20"]).expect(0);
    let without_progress = |ended: support::Ended| ended.events().into_iter().filter(|e| e["event"] != "learn").collect::<Vec<_>>();
    assert_eq!(without_progress(walk("1")), without_progress(walk("2")));
}

#[test]
fn hard_inputs_are_walked_over_or_refused_with_a_cure() {
    let place = Place::new();
    for (text, says) in [("", "empty"), ("a", "two"), ("aaaa", "help")] {
        let refused = place.run(&["walk", "--text", text]);
        assert!(refused.status == Some(3) && refused.err.contains(says) && refused.err.contains("help"), "{text:?}: {}", refused.err);
    }
    // A column is what a reader calls a character, whatever it is made of; letters of Hangul are composed.
    for (text, columns, direction) in [
        ("👩‍👩‍👧‍👦 안녕 👍🏽!", 7, "ltr"),
        ("\u{1112}\u{1161}\u{11ab}국 말", 4, "ltr"),
        ("שלום עולם, שלום.", 16, "rtl"),
        ("<script>alert('&')</script> \"]]>\"", 33, "ltr"),
    ] {
        place.run(&["walk", "--text", text, "-o", "walk.html", "-q", "--train-steps", "4"]).expect(0);
        let data = data(&place.text("walk.html"));
        assert_eq!(data["columns"].as_array().map(Vec::len), Some(columns), "{text}");
        assert_eq!(data["source"]["direction"], direction, "{text}");
    }
    // Of a hundred thousand symbols a window is chosen, and that is said.
    let sentences: String = (0..5000).map(|k| format!("line {k} of a long text\n")).collect();
    place.write("long.txt", sentences);
    place.run(&["train", "language", "long.txt", "-o", "m", "--hidden", "8", "--max-steps", "4", "--sample", "0", "-q"]).expect(0);
    let ended = place.run(&["walk", "m", "--data", "long.txt", "-o", "walk.html", "--steps", "40"]).expect(0);
    assert!(ended.out.contains("A window of 40 of") && ended.out.contains("--from"), "{}", ended.out);
    let data = data(&place.text("walk.html"));
    assert!(
        data["steps"] == 40 && data["memory"]["properties"].as_array().is_some_and(|p| !p.is_empty()),
        "{}",
        data["memory"]["properties"]
    );
    assert!(place.run(&["walk", "m", "--data", "long.txt", "--from", "9999999"]).expect(2).err.contains("--from"));
}

#[test]
fn models_of_every_task_are_opened() {
    let place = Place::new();
    place.write("text.txt", "나는 간다. 너는 온다.\n".repeat(80));
    place.run(&["train", "language", "text.txt", "-o", "l", "--hidden", "8", "--max-steps", "4", "--sample", "0", "-q"]).expect(0);
    let ended = place.run(&["walk", "l", "--text", "나는 X 온다 👍", "--json"]).expect(0);
    let walk = &ended.named("walk")[0];
    assert!(walk["notes"][0].as_str().unwrap().contains("never seen"), "{walk}");
    let unknown: Vec<&str> =
        walk["columns"].as_array().unwrap().iter().filter(|c| c["known"] == false).map(|c| c["text"].as_str().unwrap()).collect();
    assert_eq!(unknown, ["X", "👍"]);
    assert!(place.run(&["walk", "l", "--text", "XYZ"]).expect(3).err.contains("help"));
    assert!(place.run(&["walk", "l"]).expect(2).err.contains("--text"));

    place.write("sales.csv", monthly(72));
    place.model("sales.csv");
    let ended = place.run(&["walk", "runs/m", "--data", "sales.csv", "-o", "w.html", "--json"]).expect(0);
    let series = &ended.named("series")[0];
    let (rows, used) = (series["times"].as_array().unwrap().len(), series["networks"][0]["by_row"].as_array().unwrap());
    assert!(rows == used.len() && used.iter().any(|u| u.as_f64().unwrap() > 0.0), "{series}");
    assert_eq!(data(&place.text("w.html"))["form"], "many_to_one");
    assert!(place.run(&["walk", "runs/m", "--text", "sales"]).expect(2).err.contains("--data"));

    // Without a model three networks learn the table first.
    let ended = place.run(&["walk", "--data", "sales.csv", "--json", "--train-steps", "4"]).expect(0);
    assert_eq!(ended.named("network").len(), 3);
    assert_eq!(ended.named("series")[0]["networks"].as_array().map(Vec::len), Some(3));

    let wave = |k: usize| (0..10).map(|t| format!("{:.3}", (0.3 * (k % 2 + 1) as f64 * t as f64).sin())).collect::<Vec<_>>().join(",");
    let names: Vec<String> = (0..10).map(|t| format!("t{t}")).collect();
    place.write(
        "waves.csv",
        format!("label,{}\n{}", names.join(","), (0..20).map(|k| format!("c{},{}\n", k % 2, wave(k))).collect::<String>()),
    );
    place.run(&["train", "classify", "waves.csv", "-o", "c", "--hidden", "4", "--max-steps", "4", "-q"]).expect(0);
    let ended = place.run(&["walk", "c", "--data", "waves.csv", "--from", "1", "--json"]).expect(0);
    let answer = &ended.named("answer")[0];
    assert_eq!((answer["step"].as_u64(), answer["top"].as_array().map(Vec::len)), (Some(9), Some(2)), "{answer}");
    assert!(place.run(&["walk", "c", "--data", "waves.csv", "--from", "20"]).expect(2).err.contains("19"));
}

#[test]
fn symbols_that_are_parts_of_characters_are_walked_over_from_anywhere() {
    let place = Place::new();
    place.write("text.txt", "나는 👩‍👩‍👧 간다. 너는 온다.\n".repeat(150));
    for unit in ["byte", "sub-word", "word"] {
        place
            .run(&["train", "language", "text.txt", "-o", unit, "--unit", unit, "--hidden", "8", "--max-steps", "4", "--sample", "0", "-q"])
            .expect(0);
        for from in [None, Some("0"), Some("1"), Some("7"), Some("100")] {
            let mut args = vec!["walk", unit, "--data", "text.txt", "--steps", "20", "-o", "w.html"];
            args.extend(from.into_iter().flat_map(|from| ["--from", from]));
            place.run(&args).expect(0);
            let columns = data(&place.text("w.html"))["columns"].as_array().unwrap().len();
            assert!((2..=20).contains(&columns), "{unit} {from:?}: {columns}");
        }
        assert!(place.run(&["walk", unit, "--data", "text.txt", "--from", "18446744073709551615"]).expect(2).err.contains("--from"));
    }
}
