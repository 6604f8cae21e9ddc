//! What is said of a classifier's answers, on the real binary: baselines, labels it lacks, rankings, weights of rare classes.

mod support;

use support::Place;

/// Flags that make a training end in a moment.
const TINY: [&str; 8] = ["--hidden", "8", "--max-steps", "60", "--threads", "1", "--seed", "3"];

/// Rows that rise or fall as their label says.
fn rows(labels: &[&str]) -> String {
    let row = |(k, label): (usize, &&str)| {
        let sign = if label.starts_with('a') { 1.0 } else { -1.0 };
        let steps: Vec<String> = (0..5).map(|t| format!("{:.2}", sign * t as f64 + (k * 7 % 5) as f64 * 0.1)).collect();
        format!("{},{label}\n", steps.join(","))
    };
    format!("t0,t1,t2,t3,t4,label\n{}", labels.iter().enumerate().map(row).collect::<String>())
}

#[test]
fn the_most_frequent_class_is_that_of_training() {
    let place = Place::new();
    let labels: Vec<&str> = (0..42).map(|k| if k < 30 { ["a", "a", "a", "a", "b"][k % 5] } else { ["b", "b", "b", "a"][k % 4] }).collect();
    let table = rows(&labels);
    let (head, body) = table.split_once('\n').unwrap();
    let name = |(k, row): (usize, &str)| format!("{}{k},{row}\n", if k < 30 { "train" } else { "test" });
    place.write("named.csv", format!("id,{head}\n{}", body.lines().enumerate().map(name).collect::<String>()));
    let ended =
        place.run(&[&["train", "classify", "named.csv", "-o", "m", "--test-regex", "^test", "--json"][..], &TINY].concat()).expect(0);
    let held = ended.named("score").into_iter().find(|e| e["part"] == "test").unwrap();
    assert_eq!((held["count"].as_u64(), held["baseline"]["majority"]["accuracy"].as_f64()), (Some(12), Some(3.0 / 12.0)));
    let scored = place.run(&["evaluate", "m", "named.csv"]).expect(0).out;
    assert!(scored.contains("most frequent\n") && scored.contains("ROC AUC"), "{scored}");
}

#[test]
fn labels_that_the_model_lacks_are_counted_and_named() {
    let place = Place::new();
    let labels: Vec<&str> = (0..24).map(|k| ["a", "b"][k % 2]).collect();
    place.write("train.csv", rows(&labels)).write("new.csv", rows(&[&labels[..10], &["c", "c", "d"]].concat()));
    place.run(&[&["train", "classify", "train.csv", "-o", "m", "-q"][..], &TINY].concat()).expect(0);
    let ended = place.run(&["evaluate", "m", "new.csv", "--json"]).expect(0);
    let score = &ended.named("score")[0];
    assert_eq!((score["count"].as_u64(), score["left_out"].as_u64()), (Some(10), Some(3)));
    assert_eq!(score["unknown_labels"], serde_json::json!({"c": 2, "d": 1}));
    assert!(ended.named("note")[0]["message"].as_str().unwrap().contains("3 labels are none of the model's"));
    let out = place.run(&["evaluate", "m", "new.csv"]).expect(0).out;
    assert!(out.contains("left out: 3 items with a label that the model does not have: 2 × c, 1 × d"), "{out}");
}

#[test]
fn a_threshold_has_the_precision_that_was_asked_for() {
    let place = Place::new();
    let labels: Vec<&str> = (0..60).map(|k| if k % 3 == 0 { "b" } else { "a" }).collect();
    place.write("train.csv", rows(&labels));
    place.run(&[&["train", "classify", "train.csv", "-o", "m", "-q"][..], &TINY].concat()).expect(0);
    let ended = place.run(&["evaluate", "m", "train.csv", "--precision-at", "0.9", "--json"]).expect(0);
    let ranking = &ended.named("score")[0]["ranking"];
    // The rarer class, and items that are told apart without a mistake.
    assert_eq!((&ranking["positive"], ranking["roc_auc"].as_f64(), ranking["pr_auc"].as_f64()), (&"b".into(), Some(1.0), Some(1.0)));
    assert!((ranking["share"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(ranking["threshold"]["recall"].as_f64(), Some(1.0));
    assert!(ranking["threshold"]["precision"].as_f64().unwrap() >= 0.9, "{ranking}");
    let other = place.run(&["evaluate", "m", "train.csv", "--positive", "a", "--json"]).expect(0);
    assert_eq!(other.named("score")[0]["ranking"]["positive"], "a");
    assert!(place.run(&["evaluate", "m", "train.csv", "--positive", "x"]).expect(2).err.contains("its classes are a, b"));
    place.run(&["evaluate", "m", "train.csv", "--precision-at", "1.5"]).expect(2);
}

#[test]
fn balanced_weights_do_not_call_everything_the_rare_class() {
    for rare in [50, 200] {
        let place = Place::new();
        let labels: Vec<&str> = (0..8 * (rare + 1)).map(|k| if k % (rare + 1) == 0 { "b" } else { "a" }).collect();
        place.write("rare.csv", rows(&labels));
        let flags =
            ["--class-weights", "balanced", "--max-steps", "150", "--hidden", "8", "--batch", "64", "--threads", "1", "--seed", "1"];
        place.run(&[&["train", "classify", "rare.csv", "-o", "m", "-q", "--refit=false"][..], &flags].concat()).expect(0);
        let score = &place.run(&["evaluate", "m", "rare.csv", "--json"]).expect(0).named("score")[0];
        let recall = |label: &str| score["classes"][label]["recall"].as_f64().unwrap();
        assert!(recall("a") > 0.95 && recall("b") > 0.9, "1 to {rare}: {}", score["classes"]);
    }
}

#[test]
fn inspect_takes_classifiers() {
    let place = Place::new();
    let labels: Vec<&str> = (0..24).map(|k| ["a", "b"][k % 2]).collect();
    place.write("train.csv", rows(&labels));
    place.run(&[&["train", "classify", "train.csv", "-o", "m", "-q"][..], &TINY].concat()).expect(0);
    let inspection = &place.run(&["inspect", "m", "train.csv", "--json"]).expect(0).named("inspection")[0];
    assert_eq!((inspection["inspection"]["steps"].as_u64(), &inspection["unit"]), (Some(5), &"rows".into()));
    assert!(inspection["inspection"]["flow"][0]["h"][0]["median"].as_f64().unwrap() > 0.0);
}
