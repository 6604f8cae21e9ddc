//! What can be done with a trained model: predict, evaluate, features.

mod support;

use gatewise::Isa;
use serde_json::Value;
use support::{Place, long, monthly, tiny};

#[test]
fn predict_goes_on_where_newer_data_end() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("newer.csv", monthly(66));
    place.model("sales.csv");
    let ended = place.run(&["predict", "runs/m", "newer.csv"]).expect(0);
    assert!(ended.out.lines().nth(1).unwrap().starts_with("2005-07,"), "{}", ended.out);
    let file = place.run(&["predict", "runs/m/model.safetensors", "newer.csv", "-o", "next.csv"]).expect(0);
    assert_eq!((file.out.as_str(), place.text("next.csv")), ("", ended.out));
}

#[test]
fn predict_needs_the_columns_that_were_trained_on() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("other.csv", monthly(60).replace("sales", "sails"));
    place.model("sales.csv");
    let ended = place.run(&["predict", "runs/m", "other.csv"]).expect(2);
    assert!(ended.err.contains("sales") && ended.err.contains("did you mean \"sails\""), "{}", ended.err);
    place.run(&["predict", "runs/m", "other.csv", "--target", "sails"]).expect(0);
}

#[test]
fn evaluate_counts_windows_and_names_the_baseline() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    place.run(&tiny(&["train", "forecast", "sales.csv", "--horizon", "6", "-o", "runs/m", "--test-from", "2005-01"])).expect(0);
    // The test part has 12 rows: 7 windows of 6 rows, of which every third is taken.
    for (flags, windows) in
        [(&["--rolling"][..], 7), (&["--rolling", "--stride", "3"], 3), (&[], 1), (&["--test-from", "2004-07", "--rolling"], 13)]
    {
        let args = [&["evaluate", "runs/m", "sales.csv", "--json"], flags].concat();
        let score: Value = serde_json::from_str(&place.run(&args).expect(0).out).unwrap();
        assert_eq!(score["windows"], windows, "{flags:?}");
        for key in ["mae", "rmse", "smape", "mase", "mape"] {
            assert!(score[key].as_f64().unwrap().is_finite() && score["baseline"]["seasonal_naive"][key].is_number(), "{key}");
        }
        assert!((0.0..=1.0).contains(&score["coverage"]["0.95"].as_f64().unwrap()));
    }
}

#[test]
fn rolling_forecasts_join_the_data_by_text() {
    let place = Place::new();
    let data = monthly(72);
    place.write("sales.csv", &data);
    place.model("sales.csv");
    place.run(&["evaluate", "runs/m", "sales.csv", "--rolling", "--stride", "2", "--test-from", "61", "-o", "rolling.csv"]).expect(0);
    let table = place.text("rolling.csv");
    let times: Vec<&str> = data.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("cutoff,ds,forecast,q0.025,q0.1,q0.5,q0.9,q0.975"));
    let cells: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    assert_eq!(cells.len(), 4 * 6, "origins 60, 62, 64 and 66 leave a whole horizon");
    assert!(cells.iter().all(|row| times.contains(&row[0]) && times.contains(&row[1])));
    assert_eq!((cells[0][0], cells[0][1], cells[6][0]), ("2004-12", "2005-01", "2005-02"));
}

#[test]
fn a_rolling_evaluation_leaves_a_page_in_the_run_folder() {
    let place = Place::new();
    place.write("sales.csv", monthly(72));
    place.run(&tiny(&["train", "forecast", "sales.csv", "--horizon", "6", "-o", "runs/m", "--test-from", "2005-01"])).expect(0);
    let first = place.run(&["evaluate", "runs/m", "sales.csv", "--rolling"]).expect(0);
    assert!(first.err.contains("page in runs/m/evaluation-1.html") && !first.out.contains("evaluation"), "{}", first.err);
    let page = place.text("runs/m/evaluation-1.html");
    assert!(page.ends_with("</html>\n") && page.contains("gatewise evaluate runs/m sales.csv --rolling"), "{page}");
    for text in [
        "Evaluation on sales.csv",
        "7 forecasts of 6 steps each. Of rows that the model had not seen.",
        "from 2005-01 on",
        "from 2005-07 on",
    ] {
        assert!(page.contains(text), "{text}");
    }
    // The figures are those of the terminal, where they have three digits behind the point.
    let mase = |name: &str| first.out.lines().find_map(|l| l.trim().strip_prefix(name)?.split_whitespace().next().map(str::to_string));
    let shown = |name: &str| {
        page.contains(&format!("{name}</th><td class=\"figure\">{}", mase(name).unwrap()))
            || page.contains(&format!("{name}</th><td class=\"figure best\">{}", mase(name).unwrap()))
    };
    for name in ["forecast", "last value", "seasonal naive"] {
        assert!(shown(name), "{name}: {:?}", mase(name));
    }
    let second = place.run(&["evaluate", "runs/m", "sales.csv", "--rolling", "--stride", "3", "--json"]).expect(0);
    let result: Value = serde_json::from_str(&second.out).unwrap();
    assert_eq!((result["page"].as_str(), second.err.as_str()), (Some("runs/m/evaluation-2.html"), ""));
    assert_eq!(place.text("runs/m/evaluation-1.html"), page, "never overwritten");

    // Without a run folder, or without --rolling, a page is left only where it is asked for.
    place.run(&["evaluate", "runs/m", "sales.csv"]).expect(0);
    place.run(&["evaluate", "runs/m/model.safetensors", "sales.csv", "--rolling"]).expect(0);
    assert!(!place.file("runs/m/evaluation-3.html").exists());
    let asked = place.run(&["evaluate", "runs/m/model.safetensors", "sales.csv", "--page", "own.html"]).expect(0);
    assert!(asked.err.contains("page in own.html") && place.text("own.html").contains("One forecast of 6 steps."), "{}", asked.err);
    let lost = place.run(&["evaluate", "runs/m", "sales.csv", "--page", "absent/own.html"]).expect(1);
    assert!(lost.err.contains("absent/own.html"), "{}", lost.err);
}

#[test]
fn a_page_says_what_training_saw() {
    let place = Place::new();
    place.write("long.csv", long(72));
    place.run(&tiny(&["train", "forecast", "long.csv", "--horizon", "6", "--season", "12", "-o", "runs/m"])).expect(0);
    let ended = place.run(&["evaluate", "runs/m", "long.csv", "--rolling", "--test-from", "61", "--page", "page.html"]).expect(0);
    let warning = "the model was trained on rows of this test part (in 2 of 2 series): on new data its errors will be larger";
    assert!(ended.err.contains(warning), "{}", ended.err);
    let page = place.text("page.html");
    assert!(page.contains(warning) && page.contains("Of rows some of which the model was trained on."));
    assert!(page.contains("Errors by series") && page.contains("a, from 61 on") && page.contains("b, from 67 on"));
    assert!(!place.file("runs/m/evaluation-1.html").exists(), "the page is where it was asked for");
}

#[test]
fn a_forecast_sees_nothing_behind_its_cutoff() {
    let place = Place::new();
    let mut changed: Vec<String> = monthly(72).lines().map(str::to_string).collect();
    changed[70] = "2005-10,9999".to_string();
    place.write("sales.csv", monthly(72)).write("changed.csv", changed.join("\n"));
    place.run(&tiny(&["train", "forecast", "sales.csv", "--horizon", "6", "-o", "runs/m", "--test-from", "2005-01"])).expect(0);
    let forecasts = |data: &str, out: &str| {
        place.run(&["evaluate", "runs/m", data, "--rolling", "-o", out]).expect(0);
        place.text(out).lines().filter(|l| *l < "2005-10").map(str::to_string).collect::<Vec<_>>()
    };
    let (before, after) = (forecasts("sales.csv", "a.csv"), forecasts("changed.csv", "b.csv"));
    assert!(before.len() > 6);
    assert_eq!(before, after, "2005-10 is behind every cutoff");
}

#[test]
fn the_truth_may_lie_in_a_file_of_its_own() {
    let place = Place::new();
    let all = long(72);
    let is_test = |line: &&str| line.split(',').nth(1).and_then(|ds| ds.parse::<usize>().ok()).is_none_or(|ds| ds > 66);
    let (test, train): (Vec<&str>, Vec<&str>) = all.lines().partition(is_test);
    place.write("train.csv", ["unique_id,ds,y"].into_iter().chain(train).collect::<Vec<_>>().join("\n"));
    place.write("test.csv", test.join("\n")).write("all.csv", &all);
    place.run(&tiny(&["train", "forecast", "train.csv", "--horizon", "6", "--season", "12", "-o", "runs/m"])).expect(0);
    let apart = place.run(&["evaluate", "runs/m", "test.csv", "--history", "train.csv", "--json"]).expect(0);
    let together = place.run(&["evaluate", "runs/m", "all.csv", "--json"]).expect(0);
    assert_eq!(apart.out, together.out);
    let wrong = place.run(&["evaluate", "runs/m", "train.csv", "--history", "test.csv"]).expect(3);
    assert!(wrong.err.contains("does not end where"), "{}", wrong.err);
}

#[test]
fn features_are_a_row_a_series_and_npy_is_an_array() {
    let place = Place::new();
    place.write("long.csv", long(60));
    place.run(&tiny(&["train", "forecast", "long.csv", "--horizon", "6", "--season", "12", "--segment", "3", "-o", "runs/m"])).expect(0);
    for (pool, header, rows) in
        [("last", "unique_id,h0,h1,h2,h3", 2), ("mean", "unique_id,h0,h1,h2,h3", 2), ("none", "unique_id,step,time,h0,h1,h2,h3", 8)]
    {
        let ended = place.run(&["features", "runs/m", "long.csv", "--pool", pool]).expect(0);
        assert_eq!((ended.out.lines().next(), ended.out.lines().count()), (Some(header), rows + 1), "{pool}");
    }
    place.run(&["features", "runs/m", "long.csv", "-o", "f.npy"]).expect(0);
    let bytes = place.read("f.npy");
    assert!(bytes.starts_with(b"\x93NUMPY\x01\x00") && bytes.len() == 128 + 2 * 4 * 4, "{} bytes", bytes.len());
    assert!(String::from_utf8_lossy(&bytes[10..128]).contains("'shape': (2, 4)"));
}

#[test]
fn weights_of_eight_bits_say_what_they_cost() {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("newer.csv", monthly(66));
    place.model("sales.csv");
    let args = ["evaluate", "runs/m", "newer.csv", "--json", "--precision"];
    let score = |precision| serde_json::from_str::<Value>(&place.run(&[&args[..], &[precision]].concat()).expect(0).out).unwrap();
    let (exact, rounded) = (score("f32"), score("int8"));
    assert!(exact.get("f32").is_none() && rounded["precision"] == "int8", "{rounded}");
    assert_eq!(rounded["f32"]["rmse"], exact["rmse"]);
    let (a, b) = (exact["rmse"].as_f64().unwrap(), rounded["rmse"].as_f64().unwrap());
    assert!(a != b && (a - b).abs() < 0.1 * a, "{a} and {b}");
    let bench = ["bench", "--mode", "train", "--batch", "2", "--time", "3", "--hidden", "4", "--seconds", "0.01", "--precision", "int8"];
    place.run(&bench).expect(2);
}

#[test]
fn bf16_is_used_or_answered_with_a_word() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    place.model("sales.csv");
    let has = Isa::from_env().unwrap().multiplies_bf16();
    let name = if has { "bf16" } else { "f32" };
    let told = |err: &str| assert_eq!(err.contains("does not multiply bf16"), !has, "{err}");
    told(&place.run(&["predict", "runs/m", "sales.csv", "--precision", "bf16"]).expect(0).err);
    let bench = ["bench", "--mode", "train", "--batch", "2", "--time", "3", "--hidden", "4", "--seconds", "0.01", "--precision", "bf16"];
    let ended = place.run(&bench).expect(0);
    told(&ended.err);
    assert_eq!(serde_json::from_str::<Value>(&ended.out).unwrap()["precision"], name);
    let train =
        ["train", "forecast", "sales.csv", "--horizon", "6", "--epochs", "2", "--hidden", "4", "-o", "runs/b", "--precision", "bf16"];
    told(&place.run(&train).expect(0).err);
    let config = std::fs::read_to_string(place.path().join("runs/b/config.toml")).unwrap();
    assert!(config.contains(&format!("precision = \"{name}\"")), "{config}");
    place.run(&[&train[..10], &["runs/c", "--precision", "int8"]].concat()).expect(2);
}
