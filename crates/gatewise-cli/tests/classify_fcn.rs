//! Convolutions beside the recurrent layers on the real binary: asked for, kept, gone on with, and refused where they cannot be.

mod support;

use support::Place;

/// Flags that make a training end in a moment.
const TINY: [&str; 12] = ["--hidden", "2", "--max-steps", "60", "--batch", "8", "--threads", "1", "--seed", "3", "--combine", "network"];

/// Waves as .ts of unequal lengths, whose pace is their class or a value.
fn waves(count: usize, value: bool) -> String {
    let header = if value { "@targetLabel true" } else { "@classLabel true slow fast" };
    let mut text = format!("@problemName waves\n@univariate true\n{header}\n@data\n");
    for k in 0..count {
        let (pace, phase) = ([0.5, 1.4][k % 2], (k * 37 % 63) as f64 / 10.0);
        let wave = (0..24 + k % 5).map(|t| format!("{:.3}", (t as f64 * pace + phase).sin())).collect::<Vec<_>>();
        let label = if value { ["1.5", "2.5"][k % 2] } else { ["slow", "fast"][k % 2] };
        text += &format!("{}:{label}\n", wave.join(","));
    }
    text
}

#[test]
fn a_branch_is_learned_kept_and_asked_again() {
    let place = Place::new();
    place.write("w.ts", waves(60, false)).write("new.ts", waves(40, false)).write("v.ts", waves(40, true));
    let train = |run: &str, more: &[&str]| place.run(&[&["train", "classify", "w.ts", "-o", run][..], &TINY, more].concat()).expect(0);
    train("flag", &["--fcn", "6"]);
    train("set", &["--set", "fcn=6"]);
    assert!(place.text("flag/config.toml").contains("fcn = 6\n"));
    let answers = |run: &str, more: &[&str]| place.run(&[&["predict", run, "new.ts"][..], more].concat()).expect(0).out;
    assert_eq!(answers("flag", &[]), answers("set", &[]));
    assert_eq!(answers("flag", &[]), answers("flag", &["--threads", "2"]));
    let scored = place.run(&["evaluate", "flag", "new.ts", "--json"]).expect(0);
    assert_eq!(scored.named("score")[0]["accuracy"], 1.0, "two recurrent units in 60 steps do not tell them apart");
    train("none", &["--fcn", "0"]);
    let alone = place.run(&["evaluate", "none", "new.ts", "--json"]).expect(0).named("score")[0]["accuracy"].as_f64().unwrap();
    assert!(alone < 1.0, "{alone}");
    let features = place.run(&["features", "flag", "new.ts"]).expect(0);
    assert!(features.err.contains("convolutions beside them (--fcn) say is left out"), "{}", features.err);
    let tuned = train("tuned", &["--from", "flag", "--fcn", "3"]);
    assert!(tuned.err.contains("--fcn") && place.text("tuned/config.toml").contains("fcn = 6\n"), "{}", tuned.err);
    place.run(&[&["train", "regress", "v.ts", "-o", "values", "--fcn", "4"][..], &TINY[..10]].concat()).expect(0);
}

#[test]
fn where_there_is_no_series_with_one_label_it_is_refused() {
    let place = Place::new();
    let texts: String = (0..20).map(|k| format!("{},{}\n", ["good one", "bad one"][k % 2], ["yes", "no"][k % 2])).collect();
    place.write("t.csv", format!("text,label\n{texts}"));
    let ended = place.run(&[&["train", "classify", "t.csv", "-o", "t", "--fcn", "4"][..], &TINY[..10]].concat()).expect(2);
    assert!(ended.err.contains("series of numbers"), "{}", ended.err);
    assert!(!place.file("t").exists());
}
