//! N-grams beside the network on the real binary: a few plain texts, chosen, told, saved and asked again.

mod support;

use serde_json::Value;
use support::Place;

/// Flags that make a training end in a moment.
const TINY: [&str; 10] = ["--hidden", "2", "--max-steps", "8", "--batch", "8", "--threads", "1", "--seed", "3"];

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

fn json(place: &Place, path: &str) -> Value {
    serde_json::from_str(&place.text(path)).expect("JSON")
}

#[test]
fn a_few_reviews_are_told_apart_though_the_network_has_learned_nothing() {
    let place = Place::new();
    place.write("r.csv", reviews(0, 80)).write("new.csv", reviews(101, 60));
    for (run, more) in [("auto", &[][..]), ("best", &["--combine", "best"]), ("network", &["--set", "combine=network"])] {
        let words = [&["train", "classify", "r.csv", "-o", run, "--json"][..], &TINY, more].concat();
        let ended = place.run(&words).expect(0);
        assert!(place.text(&format!("{run}/config.toml")).contains(&format!("combine = \"{run}\"")));
        let metrics = json(&place, &format!("{run}/metrics.json"));
        let report = place.text(&format!("{run}/report.html"));
        if run == "network" {
            assert!(metrics["valid"].get("alone").is_none() && !report.contains("n-grams"));
            continue;
        }
        let (both, alone) = (&metrics["valid"], &metrics["valid"]["alone"]);
        assert_eq!((&alone["ngrams"]["accuracy"], &both["accuracy"]), (&1.0.into(), &1.0.into()), "{metrics}");
        assert_eq!(ended.named("score")[0]["alone"], *alone);
        assert!(report.contains("n-grams alone"));
        let score = &place.run(&["evaluate", run, "new.csv", "--json"]).expect(0).named("score")[0];
        assert_eq!((&score["accuracy"], &score["alone"]["ngrams"]["accuracy"]), (&1.0.into(), &1.0.into()), "{score}");
        let said = place.run(&["evaluate", run, "new.csv"]).expect(0).out;
        assert!(said.contains("n-grams") && said.contains("share"), "{said}");
        let features = place.run(&["features", run, "new.csv"]).expect(0);
        assert!(features.err.contains("those of n-grams, which are left out"), "{}", features.err);
    }
    assert_eq!(json(&place, "best/metrics.json")["valid"]["alone"]["network"]["share"], 0.0);
    // A text without anything known, and none at all, still have an answer.
    place.write("odd.csv", "id,text\n1,Ω\n2,\"\"\n");
    let odd = place.run(&["predict", "auto", "odd.csv", "--input-column", "text"]).expect(0).out;
    assert_eq!(odd.lines().count(), 3, "{odd}");
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
