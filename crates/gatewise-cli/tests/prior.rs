//! The prior on the real binary: asked, trained, trained on, and one of the methods of a forecast.

mod support;

use serde_json::json;
use support::Place;

/// Months with a season on a line, and a little noise.
fn months(rows: usize) -> String {
    let value = |t: usize| 100.0 + t as f64 + [9.0, -4.0, 2.0, -7.0][t % 4] * 2.0 + ((t * 37) % 11) as f64 * 0.3;
    let row = |t: usize| format!("{}-{:02},{:.2}\n", 2010 + t / 12, t % 12 + 1, value(t));
    format!("month,sales\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn a_table_is_forecast_without_training() {
    let place = Place::new();
    place.write("sales.csv", months(30));
    let ended = place.run(&["predict", "prior", "sales.csv", "--horizon", "6", "--season", "4"]).expect(0);
    let rows: Vec<Vec<&str>> = ended.out.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["ds", "forecast", "q0.025", "q0.1", "q0.5", "q0.9", "q0.975"]);
    assert_eq!((rows.len(), rows[1][0], rows[6][0]), (7, "2012-07", "2012-12"));
    for row in &rows[1..] {
        let q: Vec<f64> = row[2..].iter().map(|v| v.parse().unwrap()).collect();
        assert!(q.is_sorted() && row[1] == row[4], "{row:?}");
    }
    assert!(!ended.err.contains("--hidden"), "nothing is said of a network that is not trained: {}", ended.err);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "no run folder");

    // The same through `forecast`, which leaves a report and a model.
    let run = place.run(&["forecast", "sales.csv", "--horizon", "6", "--season", "4", "--train", "none", "--run", "run"]).expect(0);
    assert_eq!(run.out, ended.out);
    let again = place.run(&["predict", "run", "sales.csv"]).expect(0);
    assert_eq!(again.out, ended.out);
    assert!(place.text("run/report.html").contains("100 % prior"));
}

#[test]
fn levels_and_series_are_those_asked_for() {
    let place = Place::new();
    place.run(&["synth", "--rows", "40", "--series", "7", "--season", "12", "-o", "series.csv"]).expect(0);
    let columns = ["--id", "series", "--time", "time", "--target", "value"];
    let args = ["predict", "prior", "series.csv", "--horizon", "3", "--season", "12", "--quantiles", "0.01,0.25,0.5", "-o", "out.csv"];
    place.run(&[&args[..], &columns].concat()).expect(0);
    let text = place.text("out.csv");
    assert_eq!(text.lines().next(), Some("unique_id,ds,forecast,q0.01,q0.25,q0.5"));
    assert_eq!(text.lines().count(), 1 + 7 * 3);
}

#[test]
fn what_a_prior_cannot_do_is_refused() {
    let place = Place::new();
    place.write("sales.csv", months(30));
    let refused = |args: &[&str], parts: &[&str]| {
        let ended = place.run(args).expect(2);
        for part in parts {
            assert!(ended.err.contains(part), "{args:?}: {part} in {}", ended.err);
        }
    };
    refused(&["predict", "prior", "sales.csv"], &["how many rows to forecast", "--horizon 12"]);
    refused(&["predict", "prior", "sales.csv", "--horizon", "3", "--all"], &["not for a prior"]);
    refused(&["predict", "prior", "sales.csv", "--horizon", "3", "--precision", "int8"], &["a prior runs in f32"]);
    refused(&["predict", "prior", "sales.csv", "--horizon", "3", "--quantiles", "0.9,0.1"], &["must rise"]);
    refused(&["train", "prior", "--widths", "1,2"], &["--widths"]);
    refused(&["train", "prior", "--widths", "1,0,2"], &["three factors above 0"]);
    refused(&["train", "prior", "--share", "0.3"], &["DATA"]);
    place.run(&["forecast", "sales.csv", "--horizon", "6", "--train", "none", "--run", "run"]).expect(0);
    refused(&["predict", "run", "sales.csv", "--horizon", "3"], &["for a prior", "leave them out"]);
    // A model of another kind, and a missing one.
    place.write("prior", "no model");
    place.run(&["predict", "prior", "sales.csv", "--horizon", "3"]).expect(3);
}

#[test]
fn hard_tables_are_forecast() {
    let place = Place::new();
    let table = |values: &str| format!("y\n{}\n", values.replace(' ', "\n"));
    for (name, values, expected) in [
        ("two rows", "5 7", None),
        ("constant", "3 3 3 3 3 3", Some("3")),
        ("zeros with one value", "0 0 0 0 0 9 0 0 0 0", None),
        ("the largest", "1e300 2e300 1e300 3e300 2e300", None),
        ("the smallest", "1e-9 2e-9 1e-9 3e-9 2e-9", None),
    ] {
        place.write("hard.csv", table(values));
        for horizon in ["2", "10000"] {
            let ended = place.run(&["predict", "prior", "hard.csv", "--horizon", horizon, "--season", "365"]).expect(0);
            let last: Vec<&str> = ended.out.lines().last().unwrap().split(',').collect();
            assert!(last[1..].iter().all(|v| v.parse::<f64>().unwrap().is_finite()), "{name}, {horizon}: {last:?}");
            if let Some(expected) = expected {
                assert!(last[1..].iter().all(|v| v.parse::<f64>().unwrap() == expected.parse::<f64>().unwrap()), "{name}: {last:?}");
            }
        }
    }
}

#[test]
fn a_single_row_says_nothing_of_time() {
    let place = Place::new();
    place.write("one.csv", "y\n5\n");
    let ended = place.run(&["predict", "prior", "one.csv", "--horizon", "2"]).expect(3);
    assert!(ended.err.contains("one row a series"), "{}", ended.err);
}

#[test]
fn a_short_table_is_not_trained_on_and_a_long_one_is() {
    let place = Place::new();
    place.write("short.csv", months(40)).write("long.csv", months(120));
    let short = place.run(&["forecast", "short.csv", "--horizon", "4", "--run", "short"]).expect(0);
    assert!(short.err.contains("too few rows to train a network") && short.err.contains("--train full"), "{}", short.err);
    assert!(short.err.contains("\n  prior "), "the prior is one of the methods: {}", short.err);
    let full = place.run(&["forecast", "short.csv", "--horizon", "4", "--train", "full", "--run", "full"]).expect(0);
    assert!(full.err.contains("\n  network "), "{}", full.err);
    let long = place.run(&["forecast", "long.csv", "--horizon", "4", "--run", "long"]).expect(0);
    assert!(long.err.contains("\n  network ") && long.err.contains("\n  prior "), "{}", long.err);
    let score: serde_json::Value = serde_json::from_str(&place.text("long/metrics.json")).unwrap();
    assert!(score["prior"]["mase"].is_number() && score["network"]["mase"].is_number(), "{score}");
}

#[test]
fn a_prior_is_trained_goes_on_and_is_used() {
    let place = Place::new();
    place.write("sales.csv", months(100));
    let train = ["train", "prior", "--series", "1024", "--hidden", "8", "--layers", "1", "--threads", "1"];
    place.run(&[&train[..], &["-o", "whole"]].concat()).expect(0);
    let whole = place.read("whole/prior.safetensors");
    // Taken up again it has nothing left to do, and says the same.
    place.run(&["train", "prior", "--resume", "whole"]).expect(0);
    assert_eq!(place.read("whole/prior.safetensors"), whole);
    let late = place.run(&["train", "prior", "--resume", "whole", "--series", "4096"]).expect(2);
    assert!(late.err.contains("the rate of this training falls already"), "{}", late.err);
    let ended = place.run(&["predict", "whole/prior.safetensors", "sales.csv", "--horizon", "3"]).expect(0);
    assert_eq!(ended.out.lines().count(), 4);

    // On one's own series, from its weights.
    let own = ["train", "prior", "sales.csv", "--from", "whole/prior.safetensors", "--series", "512", "-o", "own", "--season", "4"];
    place.run(&own).expect(0);
    assert_ne!(place.read("own/prior.safetensors"), whole);
    let other = place.run(&["train", "prior", "--resume", "own"]).expect(2);
    assert!(other.err.contains("other data"), "{}", other.err);

    // In place of the built-in one.
    let base = ["train", "forecast", "sales.csv", "--horizon", "4", "--train", "none", "--from", "own/prior.safetensors", "-o", "run"];
    place.run(&base).expect(0);
    let with = place.run(&["predict", "run", "sales.csv"]).expect(0).out;
    assert_eq!(with, place.run(&["predict", "own/prior.safetensors", "sales.csv", "--horizon", "4"]).expect(0).out);
    assert_ne!(with, place.run(&["predict", "prior", "sales.csv", "--horizon", "4"]).expect(0).out);
}

#[test]
fn info_says_what_the_prior_has_seen() {
    let place = Place::new();
    let ended = place.run(&["info", "--json"]).expect(0);
    let prior = &ended.named("info")[0]["prior"];
    assert!(prior["series"].as_u64().unwrap() > 100_000 && prior["parameters"].as_u64().unwrap() > 100_000, "{prior}");
    assert_ne!(prior["version"], json!(null));
    assert!(place.run(&["info"]).expect(0).out.contains("synthetic series"));
}
