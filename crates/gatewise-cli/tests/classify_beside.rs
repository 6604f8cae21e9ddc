//! What answers beside the network on the real binary, MiniRocket of series and n-grams of texts: chosen, told, saved and asked again.

mod support;

use serde_json::Value;
use support::Place;

/// Flags that make a training end in a moment.
const TINY: [&str; 10] = ["--hidden", "2", "--max-steps", "8", "--batch", "8", "--threads", "1", "--seed", "3"];

/// Waves as .ts whose pace is their class, at phases of their own.
fn waves(count: usize) -> String {
    let mut text = "@problemName waves\n@univariate true\n@classLabel true slow fast\n@data\n".to_owned();
    for k in 0..count {
        let (pace, phase) = ([0.5, 0.9][k % 2], (k * 37 % 63) as f64 / 10.0);
        let wave = (0..24).map(|t| format!("{:.3}", (f64::from(t) * pace + phase).sin())).collect::<Vec<_>>();
        text += &format!("{}:{}\n", wave.join(","), ["slow", "fast"][k % 2]);
    }
    text
}

fn json(place: &Place, path: &str) -> Value {
    serde_json::from_str(&place.text(path)).expect("JSON")
}

/// Short reviews whose one word of judgement is their class, among words that say nothing.
fn reviews(from: usize, count: usize) -> String {
    let judged = [["재미있게", "훌륭한", "감동적인"], ["지루하게", "형편없는", "실망스러운"]];
    let things = ["영화", "배우", "음악", "결말", "시작", "화면", "이야기"];
    let line = |k: usize| {
        let class = k % 2;
        let (word, one, two) = (judged[class][k / 2 % 3], things[k * 5 % 7], things[k * 3 % 7]);
        format!("{one} {two} {word} 봤다 {},{}\n", k % 11, ["good", "bad"][class])
    };
    "text,label\n".to_owned() + &(from..from + count).map(line).collect::<String>()
}

/// Trains on `data` in every way to combine, and holds what is told of the items of `new` against what a simple method that tells all of them right says.
/// `title` and `key`: what it is called for people and in JSON.
fn stands_beside(place: &Place, (data, new): (&str, &str), (title, key): (&str, &str)) {
    for (run, more) in [("auto", &[][..]), ("best", &["--combine", "best"]), ("network", &["--set", "combine=network"])] {
        let words = [&["train", "classify", data, "-o", run, "--test-share", "0.2", "--json"][..], &TINY, more].concat();
        let ended = place.run(&words).expect(0);
        assert!(place.text(&format!("{run}/config.toml")).contains(&format!("combine = \"{run}\"")));
        let metrics = json(place, &format!("{run}/metrics.json"));
        let report = place.text(&format!("{run}/report.html"));
        if run == "network" {
            assert!(metrics["valid"].get("alone").is_none() && !report.contains(title));
            continue;
        }
        for part in ["valid", "test"] {
            let (both, alone) = (&metrics[part], &metrics[part]["alone"]);
            assert_eq!((&alone[key]["accuracy"], &both["accuracy"]), (&1.0.into(), &1.0.into()), "{part}: {metrics}");
            let shares = alone["network"]["share"].as_f64().unwrap() + alone[key]["share"].as_f64().unwrap();
            assert!((shares - 1.0).abs() < 1e-12);
            let score = ended.named("score").into_iter().find(|s| s["part"] == part).expect("a score");
            assert_eq!(score["alone"], *alone);
        }
        assert!(report.contains(&format!("{title} alone")));
        let scored = place.run(&["evaluate", run, new, "--json"]).expect(0);
        let score = &scored.named("score")[0];
        assert_eq!((&score["accuracy"], &score["alone"][key]["accuracy"]), (&1.0.into(), &1.0.into()), "{score}");
        let said = place.run(&["evaluate", run, new]).expect(0).out;
        assert!(said.contains(title) && said.contains("share"), "{said}");
        let features = place.run(&["features", run, new]).expect(0);
        assert!(features.err.contains(&format!("those of {title}, which are left out")), "{}", features.err);
    }
    assert_eq!(json(place, "best/metrics.json")["valid"]["alone"]["network"]["share"], 0.0);
}

#[test]
fn a_few_waves_are_told_apart_by_what_learned_them() {
    let place = Place::new();
    place.write("w.ts", waves(60)).write("new.ts", waves(40));
    stands_beside(&place, ("w.ts", "new.ts"), ("MiniRocket", "minirocket"));
    let tuned = place.run(&[&["train", "classify", "new.ts", "--from", "auto", "-o", "tuned"][..], &TINY[2..]].concat()).expect(0);
    assert!(tuned.err.contains("taken over; what answered beside its network is left out"), "{}", tuned.err);
    let one = place.run(&["predict", "best", "new.ts"]).expect(0).out;
    assert_ne!(place.run(&["predict", "network", "new.ts"]).expect(0).out, one);
}

#[test]
fn a_few_reviews_are_told_apart_though_the_network_has_learned_nothing() {
    let place = Place::new();
    place.write("r.csv", reviews(0, 80)).write("new.csv", reviews(101, 60));
    stands_beside(&place, ("r.csv", "new.csv"), ("n-grams", "ngrams"));
    // A text without anything known, and none at all, still have an answer.
    place.write("odd.csv", "id,text\n1,Ω\n2,\"\"\n");
    let odd = place.run(&["predict", "auto", "odd.csv", "--input-column", "text"]).expect(0).out;
    assert_eq!(odd.lines().count(), 3, "{odd}");
}

#[test]
fn a_run_that_goes_on_gives_the_same_model() {
    let place = Place::new();
    place.write("w.ts", waves(30));
    place.run(&[&["train", "classify", "w.ts", "-o", "m"][..], &TINY].concat()).expect(0);
    let model = std::fs::read(place.file("m/model.safetensors")).expect("a model");
    std::fs::remove_file(place.file("m/model.safetensors")).expect("a model");
    place.run(&["train", "classify", "--resume", "m"]).expect(0);
    assert!(std::fs::read(place.file("m/model.safetensors")).expect("a model") == model);
    let blind = place.run(&[&["train", "classify", "w.ts", "-o", "b", "--valid-share", "0"][..], &TINY].concat()).expect(0);
    assert!(blind.err.contains("no item was held back to settle the share of MiniRocket"), "{}", blind.err);
    // A run without the key began before there was one: its network stands alone.
    let config = place.text("m/config.toml").replace("combine = \"auto\"\n", "");
    place.write("m/config.toml", config);
    std::fs::remove_file(place.file("m/begun.toml")).expect("what a run of today begins with");
    place.run(&["train", "classify", "--resume", "m"]).expect(0);
    assert!(json(&place, "m/metrics.json")["valid"].get("alone").is_none());
}

#[test]
fn what_is_no_series_with_one_label_is_the_networks_alone() {
    let place = Place::new();
    let steps: String = (0..60).map(|k| format!("{},{},{}\n", k / 6, k * k % 7, ["y", "n"][k % 2])).collect();
    place.write("t.csv", format!("id,v,label\n{steps}"));
    let silent = place.run(&[&["train", "classify", "t.csv", "--id", "id", "-o", "t"][..], &TINY].concat()).expect(0);
    assert!(!silent.err.contains("MiniRocket"), "{}", silent.err);
    assert!(place.text("t/config.toml").contains("combine = \"network\""));
    let asked = place.run(&[&["train", "classify", "t.csv", "--id", "id", "-o", "a", "--combine", "best"][..], &TINY].concat()).expect(0);
    assert!(asked.err.contains("the network answers alone, without MiniRocket"), "{}", asked.err);
    let values: String = (0..20).map(|k| format!("{k},{},{}\n", k * k % 7, k % 5)).collect();
    place.write("v.csv", format!("a,b,label\n{values}"));
    let values = place.run(&[&["train", "regress", "v.csv", "-o", "v", "--combine", "auto"][..], &TINY].concat()).expect(0);
    assert!(values.err.contains("it names classes, not values"), "{}", values.err);
}

#[test]
fn what_is_no_text_with_one_class_is_the_networks_alone() {
    let place = Place::new();
    let values: String = (0..40).map(|k| format!("{} {k},{}\n", ["good day", "bad night"][k % 2], k % 5)).collect();
    place.write("v.csv", format!("text,label\n{values}"));
    let silent = place.run(&[&["train", "regress", "v.csv", "-o", "v"][..], &TINY].concat()).expect(0);
    assert!(!silent.err.contains("n-grams"), "{}", silent.err);
    let asked = place.run(&[&["train", "regress", "v.csv", "-o", "a", "--combine", "auto"][..], &TINY].concat()).expect(0);
    assert!(asked.err.contains("the network answers alone, without n-grams: it names classes, not values"), "{}", asked.err);
}
