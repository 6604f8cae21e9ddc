//! Plain series on the real binary: what a last value, a median or a spreadsheet gets right.

mod support;

use serde_json::Value;
use support::{Place, monthly, tiny};

/// A whole number that looks drawn by chance: the same on every machine.
fn scrambled(t: usize) -> f64 {
    let mut x = t as u64 + 0x9E37_79B9;
    for _ in 0..3 {
        x ^= x >> 15;
        x = x.wrapping_mul(0xD168_AAAD);
        x &= 0xFFFF_FFFF;
    }
    (x % 1000) as f64 / 500.0 - 1.0
}

fn months(values: impl Iterator<Item = f64>) -> String {
    values.enumerate().fold("month,y\n".to_string(), |text, (t, v)| text + &format!("{}-{:02},{v}\n", 2000 + t / 12, t % 12 + 1))
}

fn walk(rows: usize) -> impl Iterator<Item = f64> {
    (0..rows).scan(100.0, |level, t| {
        *level += 2.0 * scrambled(t);
        Some(*level)
    })
}

fn forecast(data: &str, horizon: &str, flags: &[&str]) -> (Vec<Value>, Value, String) {
    let place = Place::new();
    place.write("d.csv", data);
    let ended = place.run(&[&["forecast", "d.csv", "--horizon", horizon, "--threads", "1", "--json"], flags].concat()).expect(0);
    let score = ended.named("score").pop().unwrap_or(Value::Null);
    (ended.named("forecast"), score, ended.err)
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key} in {row}"))
}

#[test]
fn a_random_walk_gets_the_last_value_and_wide_intervals() {
    let text = months(walk(124));
    let last: f64 = text.lines().last().unwrap().split(',').next_back().unwrap().parse().unwrap();
    let (rows, score, _) = forecast(&text, "12", &[]);
    let width = |row: &Value| number(row, "q0.975") - number(row, "q0.025");
    assert!((number(&rows[0], "forecast") - last).abs() < 2.0, "{} after {last}", rows[0]);
    assert!(width(&rows[0]) > 2.0 && width(&rows[11]) > 2.0 * width(&rows[0]), "{} to {}", width(&rows[0]), width(&rows[11]));
    let best = score["baseline"]["last_value"]["mase"].as_f64().unwrap();
    assert!(score["mase"].as_f64().unwrap() < 1.1 * best, "{score}");
    assert_ne!(score["against"]["standing"], "better", "a walk has no better forecast: {score}");
}

#[test]
fn every_method_stands_beside_the_forecast_and_what_it_counts_for() {
    let (_, score, _) = forecast(&monthly(96), "6", &[]);
    for method in ["last_value", "drift", "seasonal_naive", "theta", "ets", "ar", "mean"] {
        assert!(score["baseline"][method]["mae"].is_number(), "{method} in {score}");
    }
    let weights = score["weights"].as_object().unwrap();
    let sum: f64 = weights.values().filter_map(Value::as_f64).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{weights:?}");
    let expected = &score["expected"]["mase"];
    let (low, mean, high) = (number(expected, "low"), number(expected, "mean"), number(expected, "high"));
    assert!(low < mean && mean < high && number(expected, "windows") >= 10.0, "{expected}");
}

#[test]
fn a_few_rows_a_constant_and_a_long_horizon_get_honest_answers() {
    let width = |row: &Value| number(row, "q0.975") - number(row, "q0.025");
    let (rows, _, _) = forecast(&months([100.0, 103.0, 102.0, 106.0].into_iter()), "3", &[]);
    assert!(rows.len() == 3 && width(&rows[0]) > 2.0, "{rows:?}");
    let (rows, _, _) = forecast(&months((0..12).map(|t| 100.0 + 2.0 * t as f64 + scrambled(t))), "24", &[]);
    assert!(rows.len() == 24 && (110.0..220.0).contains(&number(&rows[23], "forecast")), "{rows:?}");
    let (rows, score, _) = forecast(&months((0..40).map(|_| 7.0)), "5", &[]);
    assert!(rows.iter().all(|row| number(row, "forecast") == 7.0), "{rows:?} {score}");
}

/// Mean absolute error of a forecast of seven rows of a week about 20, whose history is changed by `wild`, and what was said.
fn error_of_a_week(rows: usize, wild: &[(usize, f64)], flags: &[&str]) -> (f64, String) {
    let usual = |t: usize| 20.0 + 5.0 * (std::f64::consts::TAU * t as f64 / 7.0).sin();
    let value = |t: usize| wild.iter().find(|(row, _)| *row == t).map_or(usual(t) + scrambled(t), |(_, value)| *value);
    let text = (0..rows).fold("day,y\n".to_owned(), |text, t| text + &format!("{},{}\n", t + 1, value(t)));
    let place = Place::new();
    place.write("d.csv", text);
    let words = ["forecast", "d.csv", "--horizon", "7", "--season", "7", "--threads", "1", "--json"];
    let ended = place.run(&[&words, flags].concat()).expect(0);
    let forecast = ended.named("forecast");
    let error = forecast.iter().enumerate().map(|(h, row)| (number(row, "forecast") - usual(rows + h)).abs()).sum::<f64>() / 7.0;
    (error, ended.out)
}

#[test]
fn single_wild_values_do_not_move_a_forecast_and_are_told() {
    let (plain, said) = error_of_a_week(140, &[], &["--train", "none"]);
    assert!(plain < 1.0 && !said.contains("far from all others"), "{plain} {said}");
    for wild in [&[(130, 4000.0)][..], &[(139, 4000.0)], &[(120, -4000.0)], &[(40, 900.0), (110, 4000.0)], &[(128, 0.0)]] {
        let (error, said) = error_of_a_week(140, wild, &["--train", "none"]);
        let told = wild.len() > 1 || wild[0].1 == 0.0 || said.contains("far from all others") && said.contains("replace (1 value");
        assert!(error < plain + 0.4 && told, "{wild:?}: {error}, {plain}\n{said}");
    }
    // With methods and a network held against each other the answer is as good, and what is kept is worse.
    let (error, _) = error_of_a_week(140, &[(130, 4000.0)], &["--epochs", "4", "--hidden", "4"]);
    assert!(error < 1.5, "{error}");
    let place = Place::new();
    place
        .write("d.csv", (0..60).fold("y\n".to_owned(), |text, t| text + &format!("{}\n", if t == 50 { 9e3 } else { 20.0 + scrambled(t) })));
    place.run(&["forecast", "d.csv", "--horizon", "4", "--train", "none", "--run", "r"]).expect(0);
    assert!(place.text("r/report.html").contains("outliers, drawn and scored as what they count as: replace (1 value lies far"));
    let (kept, said) = error_of_a_week(140, &[(139, 4000.0)], &["--train", "none", "--outliers", "keep"]);
    assert!(kept > 3.0 && !said.contains("far from all others"), "{kept} {said}");
}

#[test]
fn a_trained_model_and_a_prior_tell_of_wild_values_too() {
    let place = Place::new();
    let rows = |wild: Option<usize>| {
        let value = |t: usize| if wild == Some(t) { 4000.0 } else { 20.0 + (t % 7) as f64 + scrambled(t) };
        (0..90).fold("day,y\n".to_owned(), |text, t| text + &format!("{},{}\n", t + 1, value(t)))
    };
    place.write("plain.csv", rows(None)).write("wild.csv", rows(Some(88)));
    place
        .run(&["train", "forecast", "plain.csv", "--horizon", "7", "--season", "7", "--threads", "1", "--epochs", "1", "-o", "m"])
        .expect(0);
    let wild = place.run(&["predict", "m", "wild.csv"]).expect(0);
    assert!(wild.err.contains("note: in what is looked back on 1 value lies far from all others: 89: 4000 counts as"), "{}", wild.err);
    assert!(!place.run(&["predict", "m", "plain.csv"]).expect(0).err.contains("far from all others"));
    // The truth that forecasts are held against stays as it is.
    let error = |words: &[&str]| {
        let ended = place.run(words).expect(0);
        number(&serde_json::from_str(ended.out.lines().last().expect("a line")).expect("JSON"), "mae")
    };
    let score = |data: &str| error(&["evaluate", "m", data, "--test-from", "84", "--json"]);
    assert!(score("wild.csv") > 100.0 + score("plain.csv"));
    let flags = ["--horizon", "7", "--season", "7", "--test-from", "84", "--threads", "1", "--epochs", "1", "-o", "t", "--json"];
    let tested = place.run(&[&["train", "forecast", "wild.csv"][..], &flags].concat()).expect(0);
    let (own, again) = (number(&tested.named("score")[0], "mae"), error(&["evaluate", "t", "wild.csv", "--json"]));
    assert!(own > 100.0 && (own - again).abs() < 1e-6 * own, "{own} {again}");
    let prior = ["predict", "prior", "wild.csv", "--horizon", "7", "--season", "7"];
    assert!(place.run(&prior).expect(0).err.contains("1 value lies far from all others"));
    let kept = place.run(&[&prior[..], &["--outliers", "keep"]].concat()).expect(0);
    assert!(!kept.err.contains("far from all others"), "{}", kept.err);
}

#[test]
fn a_falling_series_may_cross_zero() {
    let (rows, _, _) = forecast(&months((0..100).map(|t| 90.0 - t as f64 + scrambled(t))), "6", &[]);
    assert!(number(&rows[5], "forecast") < -10.0, "{rows:?}");
}

#[test]
fn every_series_that_went_in_comes_out() {
    let mut text = "id,ds,y\n".to_string();
    for (id, rows) in [("a", 60), ("b", 60), ("c", 3), ("d", 1)] {
        for t in 0..rows {
            text += &format!("{id},{},{}\n", t + 1, 20.0 + scrambled(t));
        }
    }
    let (rows, _, _) = forecast(&text, "2", &["--id", "id"]);
    let ids: Vec<&str> = rows.iter().map(|row| row["unique_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "a", "b", "b", "c", "c", "d", "d"]);
}

#[test]
fn the_simple_methods_can_be_left_out_or_chosen() {
    let (_, score, _) = forecast(&monthly(96), "6", &["--combine", "network", "--max-steps", "5"]);
    assert_eq!(score["weights"]["network"], 1.0, "{score}");
    let (_, score, _) = forecast(&monthly(96), "6", &["--combine", "best", "--max-steps", "5"]);
    let ones = score["weights"].as_object().unwrap().values().filter(|w| w.as_f64() == Some(1.0)).count();
    assert_eq!(ones, 1, "{score}");
}

#[test]
fn a_trained_model_was_held_against_rows_it_never_saw_and_predicts_as_the_run_did() {
    let place = Place::new();
    place.write("d.csv", monthly(96));
    let ended = place.run(&tiny(&["train", "forecast", "d.csv", "--horizon", "6", "-o", "m", "--json"])).expect(0);
    assert_eq!(ended.named("score").len(), 1, "{}", ended.out);
    assert_eq!(place.run(&["predict", "m", "d.csv"]).expect(0).out, place.text("m/forecast.csv"));
    let refused = place.run(&["evaluate", "m", "d.csv", "--rolling"]).expect(3);
    assert!(refused.err.contains("has seen") && refused.err.contains("--test-from"), "{}", refused.err);
    place.write("later.csv", monthly(120));
    let rolling = place.run(&["evaluate", "m", "later.csv", "--rolling", "--json"]).expect(0);
    let result: Value = serde_json::from_str(&rolling.out).unwrap();
    assert_eq!((&result["seen_in_training"], &result["windows"]), (&Value::from(0), &Value::from(19)), "{result}");
}

#[test]
fn a_named_test_part_decides_nothing() {
    let place = Place::new();
    place.write("d.csv", monthly(120)).write("other.csv", {
        let mut lines: Vec<String> = monthly(120).lines().map(str::to_string).collect();
        lines.iter_mut().skip(101).for_each(|line| *line = format!("{},7", line.split(',').next().unwrap()));
        lines.join("\n")
    });
    for (data, run) in [("d.csv", "a"), ("other.csv", "b")] {
        place
            .run(&tiny(&["train", "forecast", data, "--horizon", "6", "--test-from", "101", "--log=false", "--season", "12", "-o", run]))
            .expect(0);
    }
    let model = |run: &str| {
        let bytes = place.read(&format!("{run}/model.safetensors"));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let start = text.find("\\\"combination\\\"").expect("a combination");
        text[start..start + 600].to_string()
    };
    assert_eq!(model("a"), model("b"), "weights and widths come from the rows before the test part");
}
