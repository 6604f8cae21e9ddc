//! MiniRocket beside the network on the real binary: chosen, told, saved and asked again.

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

#[test]
fn a_few_waves_are_told_apart_by_what_learned_them() {
    let place = Place::new();
    place.write("w.ts", waves(60)).write("new.ts", waves(40));
    for (run, more) in [("auto", &[][..]), ("best", &["--combine", "best"]), ("network", &["--set", "combine=network"])] {
        let words = [&["train", "classify", "w.ts", "-o", run, "--test-share", "0.2", "--json"][..], &TINY, more].concat();
        let ended = place.run(&words).expect(0);
        assert!(place.text(&format!("{run}/config.toml")).contains(&format!("combine = \"{run}\"")));
        let metrics = json(&place, &format!("{run}/metrics.json"));
        let report = place.text(&format!("{run}/report.html"));
        if run == "network" {
            assert!(metrics["valid"].get("alone").is_none() && !report.contains("MiniRocket"));
            continue;
        }
        for part in ["valid", "test"] {
            let (both, alone) = (&metrics[part], &metrics[part]["alone"]);
            assert_eq!(alone["minirocket"]["accuracy"], 1.0, "{part}: {metrics}");
            assert_eq!(both["accuracy"], 1.0);
            let shares = alone["network"]["share"].as_f64().unwrap() + alone["minirocket"]["share"].as_f64().unwrap();
            assert!((shares - 1.0).abs() < 1e-12);
            let score = ended.named("score").into_iter().find(|s| s["part"] == part).expect("a score");
            assert_eq!(score["alone"], *alone);
        }
        assert!(report.contains("MiniRocket alone"));
        let scored = place.run(&["evaluate", run, "new.ts", "--json"]).expect(0);
        let score = &scored.named("score")[0];
        assert_eq!((&score["accuracy"], &score["alone"]["minirocket"]["accuracy"]), (&1.0.into(), &1.0.into()), "{score}");
        let said = place.run(&["evaluate", run, "new.ts"]).expect(0).out;
        assert!(said.contains("MiniRocket") && said.contains("share"), "{said}");
        let features = place.run(&["features", run, "new.ts"]).expect(0);
        assert!(features.err.contains("those of MiniRocket, which are left out"), "{}", features.err);
    }
    let tuned = place.run(&[&["train", "classify", "new.ts", "--from", "auto", "-o", "tuned"][..], &TINY[2..]].concat()).expect(0);
    assert!(tuned.err.contains("taken over; what answered beside its network is left out"), "{}", tuned.err);
    let best = json(&place, "best/metrics.json");
    assert_eq!(best["valid"]["alone"]["network"]["share"], 0.0);
    let one = place.run(&["predict", "best", "new.ts"]).expect(0).out;
    assert_ne!(place.run(&["predict", "network", "new.ts"]).expect(0).out, one);
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
