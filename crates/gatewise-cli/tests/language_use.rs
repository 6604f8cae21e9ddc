//! What can be done with a trained language model, on the real binary: evaluate, predict, features, train on; and its report.

mod support;

use serde_json::Value;
use support::{Place, SMALL, language, monthly, story};

fn trained(unit: &str) -> Place {
    let place = Place::new();
    place.write("t.txt", story());
    language(&place, "t.txt", "m", &[&SMALL[..], &["--unit", unit]].concat()).expect(0);
    place
}

#[test]
fn evaluate_gives_the_metrics_of_the_task() {
    let place = trained("char");
    place.write("held.txt", "나는 학교에 간다.\nthe cat sat on the log.");
    let ended = place.run(&["evaluate", "m", "held.txt", "--json"]).expect(0);
    let result: Value = serde_json::from_str(&ended.out).expect("one object");
    let scored = place.run(&["score", "m", "held.txt", "--json"]).expect(0);
    for key in
        ["nats", "bits_per_char", "bits_per_byte", "perplexity", "perplexity_per_token", "characters", "bytes", "tokens", "unknown_nats"]
    {
        assert_eq!(result[key], scored.named("score")[0][key], "{key}");
    }
    for method in ["frequency", "pair", "kneser_ney", "ppm"] {
        assert!(result["baseline"][method]["nats"].as_f64().unwrap() > 0.0, "{method}");
    }
    let best = result["best_baseline"].as_str().unwrap();
    let least = result["baseline"].as_object().unwrap().values().map(|of| of["nats"].as_f64().unwrap()).fold(f64::INFINITY, f64::min);
    assert_eq!(result["baseline"][best]["nats"], least);
    let spoken = place.run(&["evaluate", "m", "held.txt"]).expect(0).out;
    for words in ["nats", "perplexity", "symbol before", "Kneser-Ney 8-gram", "PPM of order", "is better"] {
        assert!(spoken.contains(words), "no {words:?} in {spoken}");
    }
    let wrong = place.run(&["evaluate", "m", "held.txt", "--rolling"]).expect(2);
    assert!(wrong.err.contains("--rolling"), "{}", wrong.err);
    let wrong = place.run(&["evaluate", "m", "held.txt", "--page", "page.html"]).expect(2);
    assert!(wrong.err.contains("--page is for forecasters, and the model is a language model"), "{}", wrong.err);
    place.write("foreign.txt", "日本語");
    for command in ["evaluate", "predict", "features"] {
        let ended = place.run(&[command, "m", "foreign.txt"]).expect(3);
        assert!(ended.err.contains("knows no symbol") && ended.err.contains('日'), "{command}: {}", ended.err);
    }
}

#[test]
fn predict_lists_what_may_follow() {
    let place = trained("char");
    place.write("begun.txt", "the cat sa");
    let ended = place.run(&["predict", "m", "begun.txt"]).expect(0);
    let mut reader = csv::Reader::from_reader(ended.out.as_bytes());
    assert_eq!(reader.headers().unwrap(), &csv::StringRecord::from(vec!["rank", "symbol", "probability"]));
    let shares: Vec<f64> = reader.records().map(|row| row.unwrap()[2].parse().unwrap()).collect();
    assert_eq!(shares.len(), 10);
    assert!(shares.windows(2).all(|p| p[0] >= p[1]) && shares.iter().sum::<f64>() <= 1.0 + 1e-9, "{shares:?}");
    let told = place.run(&["predict", "m", "begun.txt", "--json", "-o", "next.csv"]).expect(0).named("next");
    assert_eq!((told[0]["probability"].as_f64(), place.text("next.csv")), (Some(shares[0]), ended.out));
}

#[test]
fn features_are_a_row_for_each_file_or_symbol() {
    let place = trained("byte");
    std::fs::create_dir(place.file("texts")).unwrap();
    place.write("texts/a.txt", "the cat").write("texts/b.txt", "나는");
    for (pool, rows) in [("last", 2), ("mean", 2), ("none", 7 + 6)] {
        let table = place.run(&["features", "m", "texts", "--pool", pool]).expect(0).out;
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), rows + 1, "{pool}");
        let names = if pool == "none" { "item,step,symbol,h0," } else { "item,h0," };
        assert!(lines[0].starts_with(names) && lines[0].ends_with(",h23") && lines[1].starts_with("texts/a.txt,"), "{}", lines[0]);
        place.run(&["features", "m", "texts", "--pool", pool, "-o", "f.npy"]).expect(0);
        let npy = place.read("f.npy");
        let header = u16::from_le_bytes([npy[8], npy[9]]) as usize + 10;
        assert_eq!(npy.len(), header + 4 * 24 * rows, "{pool}");
        let first: f32 = lines[1].split(',').nth(if pool == "none" { 3 } else { 1 }).unwrap().parse().unwrap();
        assert_eq!(npy[header..header + 4], first.to_le_bytes(), "{pool}");
    }
    assert!(place.run(&["features", "m", "texts/a.txt"]).expect(0).out.starts_with("h0,"));
}

#[test]
fn a_model_is_trained_on_with_new_symbols() {
    for unit in ["char", "word", "byte", "sub-word", "token", "unigram", "jamo"] {
        let place = Place::new();
        place.write("t.txt", story()).write("new.txt", "日本語を話す。 the cat sat on the mat,\n".repeat(40));
        let vocabulary: &[&str] = if matches!(unit, "sub-word" | "unigram") { &["--vocabulary", "300"] } else { &[] };
        language(&place, "t.txt", "m", &[&SMALL[..], &["--unit", unit], vocabulary].concat()).expect(0);
        let ended = language(&place, "new.txt", "on", &["--from", "m"]).expect(0);
        let from = &ended.named("from")[0];
        assert_eq!(from["added"].as_u64().unwrap() > 0, matches!(unit, "char" | "word" | "token" | "jamo"), "{unit}: {from}");
        assert!(place.text("on/config.toml").contains("from = \"m\""), "{unit}");
        let nats = |run: &str| {
            let out = place.run(&["evaluate", run, "new.txt", "--json"]).expect(0).out;
            serde_json::from_str::<Value>(&out).unwrap()["nats"].as_f64().unwrap()
        };
        let blind = ended.named("text")[0]["vocabulary"].as_f64().unwrap().ln();
        assert!(nats("on") < 0.8 * blind, "{unit}: {} nats, {blind} without a model", nats("on"));
        // The old text is still spoken.
        place.run(&["generate", "on", "--prompt", "나는", "-n", "5", "--strict"]).expect(0);
        // A run that began with another model is resumed like any other.
        std::fs::remove_file(place.file("on/model.safetensors")).unwrap();
        place.run(&["train", "language", "--resume", "on"]).expect(0);
        assert!(place.file("on/model.safetensors").exists());
    }
}

#[test]
fn a_model_keeps_its_shape_when_it_is_trained_on() {
    let place = trained("char");
    place.write("sales.csv", monthly(60));
    let cases: [(&[&str], i32, &str); 4] = [
        (&["--from", "m", "--hidden", "32"], 2, "--hidden 32: the model in m has 24"),
        (&["--from", "m", "--unit", "word"], 2, "--unit"),
        (&["--from", "none"], 1, "none"),
        (&["--from", "sales.csv"], 3, "sales.csv"),
    ];
    for (flags, status, word) in cases {
        let ended = language(&place, "t.txt", "on", flags).expect(status);
        assert!(ended.err.contains(word), "{flags:?}: no {word:?} in {}", ended.err);
        assert!(!place.file("on").exists(), "{flags:?}");
    }
}

#[test]
fn a_forecaster_is_trained_on_from_its_weights() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("newer.csv", monthly(96));
    place.model("sales.csv");
    let on =
        ["train", "forecast", "newer.csv", "--from", "runs/m", "-o", "runs/on", "--epochs", "1", "--lr", "1e-9", "--combine", "network"];
    place.run(&on).expect(0);
    // With hardly a step taken the two forecast alike.
    let forecast = |run: &str| -> Vec<f64> {
        let table = place.run(&["predict", run, "newer.csv"]).expect(0).out;
        table.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect()
    };
    for (old, new) in forecast("runs/m").iter().zip(forecast("runs/on")) {
        assert!((old - new).abs() < 1e-2 * old.abs(), "{old} and {new}");
    }
    place.run(&["train", "forecast", "--resume", "runs/on"]).expect(0);
    for (flags, status, word) in [
        (&["--horizon", "7"][..], 2, "--horizon 7"),
        (&["--cell", "rnn"], 2, "--cell rnn"),
        (&["--quantiles", "0.1,0.9"], 2, "--quantiles"),
    ] {
        let args = [&["train", "forecast", "newer.csv", "--from", "runs/m", "-o", "runs/bad"][..], flags].concat();
        let ended = place.run(&args).expect(status);
        assert!(ended.err.contains(word), "{flags:?}: {}", ended.err);
    }
    place.write("two.csv", monthly(60).replace("sales", "sales,price").replace('\n', ",1\n").replace("price,1", "price"));
    let joint = ["train", "forecast", "two.csv", "--from", "runs/m", "-o", "runs/bad", "--covariates", "price", "--target", "sales"];
    let ended = place.run(&joint).expect(3);
    assert!(ended.err.contains("covariates"), "{}", ended.err);
}

#[test]
fn the_report_tells_of_the_training() {
    let place = Place::new();
    place.write("t.txt", story());
    language(&place, "t.txt", "m", &[&SMALL[..], &["--zoneout", "0.1", "--validate-every", "10", "--dropout", "0.1"]].concat()).expect(0);
    let page = place.text("m/report.html");
    let body = page.strip_prefix("<!doctype html>").expect("a page begins with its type");
    roxmltree::Document::parse(body.trim()).unwrap_or_else(|e| panic!("{e}"));
    for words in ["What it wrote", "perplexity", "validation", "zoneout = 0.1", "--lr", "Kneser-Ney 8-gram", "PPM of order"] {
        assert!(page.contains(words), "no {words:?} in the page");
    }
    assert!(page.matches("class=\"sample\"").count() >= 3);
    assert!(!page.contains("http://") && !page.contains("https://"), "the page loads nothing");
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_resume_end_in_the_same_bytes() {
    let place = Place::new();
    place.write("t.txt", story());
    let slow =
        ["--hidden", "160", "--layers", "2", "--max-steps", "60", "--batch", "8", "--window", "16", "--dropout", "0.2", "--threads", "1"];
    let args = |run| [&["train", "language", "t.txt", "-o", run, "--json"][..], &slow].concat();
    place.run(&args("whole")).expect(0);
    let first = support::interrupt(&place, &args("parts"), |line| line.contains("\"event\":\"step\"")).expect(130);
    assert_eq!(first.named("interrupted")[0]["resume"], "gatewise train language --resume parts");
    assert!(!place.file("parts/model.safetensors").exists(), "training had not ended");
    place.run(&["train", "language", "--resume", "parts"]).expect(0);
    for file in ["model.safetensors", "metrics.json", "config.toml"] {
        assert_eq!(place.read(&format!("whole/{file}")), place.read(&format!("parts/{file}")), "{file}");
    }
}
