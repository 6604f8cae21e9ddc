//! Cells whose gates see the input alone, wherever a cell can be chosen.

mod support;

use gatewise::Cell;
use support::{Place, labelled, monthly, story};

const CELLS: [&str; 2] = ["mingru", "minlstm"];

#[test]
fn every_task_trains_them_and_uses_the_model() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("items.csv", labelled()).write("story.txt", story());
    let sizes = ["--hidden", "4", "--max-steps", "3", "-q"];
    for cell in CELLS {
        let train = |head: &[&str]| place.run(&[head, &["--cell", cell], &sizes].concat()).expect(0);
        let run = |task: &str| format!("{cell}-{task}");
        let (forecast, classify, language) = (run("forecast"), run("classify"), run("language"));
        train(&["train", "forecast", "sales.csv", "--horizon", "3", "--combine", "network", "-o", &forecast]);
        for precision in ["f32", "int8"] {
            let out = place.run(&["predict", &forecast, "sales.csv", "--precision", precision]).expect(0).out;
            assert_eq!(out.lines().count(), 4, "{cell} {precision}: {out}");
        }
        train(&["train", "classify", "items.csv", "--label-column", "0", "--combine", "network", "--chrono", "9", "-o", &classify]);
        train(&["train", "language", "story.txt", "--zoneout", "0.1", "-o", &language]);
        assert!(!place.run(&["generate", &language, "--length", "5"]).expect(0).out.is_empty(), "{cell}");
        let refused = place.run(&["train", "language", "story.txt", "--cell", cell, "--weight-drop", "0.2", "-o", "no"]).expect(2);
        assert!(refused.err.contains(cell) && refused.err.contains("from the state"), "{}", refused.err);
    }
}

#[test]
fn they_are_measured_and_compared() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    for cell in CELLS {
        let bench = place.run(&["bench", "--cell", cell, "--batch", "2", "--time", "5", "--hidden", "8", "--seconds", "0.001"]).expect(0);
        assert!(bench.out.contains(&format!("\"cell\":\"{cell}\"")), "{}", bench.out);
    }
    let compare =
        ["inspect", "--compare", "gru,mingru,minlstm", "sales.csv", "--lookback", "12", "--segment", "1", "--epochs", "1", "--json"];
    let inspections = place.run(&compare).expect(0).named("inspection");
    assert_eq!(inspections.iter().map(|e| e["net"].as_str().unwrap()).collect::<Vec<_>>(), ["gru", "mingru", "minlstm"]);
    // The largest share of the state that stays is the largest singular value of a step.
    for inspection in &inspections[1..] {
        let value = inspection["inspection"]["jacobian"][0]["singular"]["high"].as_f64().unwrap();
        assert!(value > 0.0 && value < 1.0, "{inspection}");
    }
    let demo = ["demo", "memory", "--language", "en", "--gap", "2", "--steps", "5", "--cell", "lstm,mingru,minlstm", "--json"];
    let ended = place.run(&demo).expect(0);
    let sizes: Vec<f64> = ended.named("start").iter().map(|s| s["parameters"].as_f64().unwrap()).collect();
    assert!(sizes.len() == 6 && sizes.iter().all(|n| (n / sizes[0] - 1.0).abs() < 0.02), "{sizes:?}");
    assert_eq!(
        place.run(&["demo", "adding", "--length", "8", "--steps", "2", "--cell", "minlstm", "--json"]).expect(0).named("start").len(),
        1
    );
}

#[test]
fn a_step_of_one_sequence_is_measured_with_every_cell_and_precision() {
    let place = Place::new();
    for (cell, precision) in Cell::NAMES.iter().flat_map(|cell| ["f32", "bf16", "int8"].map(|precision| (*cell, precision))) {
        let flags = ["--batch", "1", "--input", "3", "--hidden", "9", "--layers", "2", "--seconds", "0.001", "--precision", precision];
        let ended = place.run(&[&["bench", "--mode", "step", "--cell", cell][..], &flags].concat()).expect(0);
        let told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!((&told["mode"], &told["allocations"]), (&"step".into(), &0.into()), "{cell} {precision}: {told}");
    }
}
