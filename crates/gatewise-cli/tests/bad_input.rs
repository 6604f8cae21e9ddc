//! Bad input on the real binary: exit status, a message with the place, a cure, and never a panic.

mod support;

use support::{Place, long, monthly, tiny};

/// `monthly(60)` with one row replaced.
fn with_row(row: usize, line: &str) -> String {
    let text = monthly(60);
    let lines: Vec<&str> = text.lines().enumerate().map(|(n, l)| if n == row { line } else { l }).collect();
    lines.join("\n") + "\n"
}

#[test]
fn tables_that_cannot_be_forecast() {
    let swapped = {
        let text = monthly(60);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.swap(10, 30);
        lines.join("\n")
    };
    // What it is, the table, more flags, the exit status, and what the message must hold.
    type Case<'a> = (&'a str, String, &'a [&'a str], i32, &'a [&'a str]);
    let cases: [Case<'_>; 14] = [
        ("empty", String::new(), &[], 3, &["t.csv"]),
        ("header only", "month,sales\n".into(), &[], 3, &["t.csv"]),
        ("one row", "month,sales\n2020-01,5\n".into(), &[], 3, &[]),
        ("no such column", monthly(60), &["--target", "sale"], 2, &["sale", "did you mean \"sales\""]),
        ("text in a number column", with_row(7, "2000-07,n/a"), &[], 3, &["t.csv:8", "sales", "n/a", "--na", "--impute"]),
        ("nan", with_row(7, "2000-07,NaN"), &["--impute", "refuse"], 3, &["t.csv:8", "sales", "--impute"]),
        ("inf", with_row(7, "2000-07,inf"), &[], 3, &["t.csv:8", "sales"]),
        ("duplicate times", with_row(7, "2000-06,5"), &[], 3, &["t.csv:8", "2000-06"]),
        ("unsorted time", swapped, &[], 0, &["t.csv"]),
        (
            "constant",
            (0..60).fold("month,sales\n".into(), |t, n| t + &format!("{}-{:02},7\n", 2000 + n / 12, n % 12 + 1)),
            &[],
            0,
            &["sales"],
        ),
        (
            "horizon longer than the data",
            monthly(60),
            &["--horizon", "500"],
            0,
            &["warning: the horizon of 500 rows is longer than the history of 60"],
        ),
        ("too short for a network", monthly(60), &["--horizon", "500", "--combine", "network"], 3, &["500", "--horizon"]),
        ("nan, marked", with_row(7, "2000-07,NaN"), &[], 0, &["column \"sales\": 1 value is missing", "--impute"]),
        ("a gap", with_row(7, "").replace("\n\n", "\n"), &["--impute", "refuse"], 3, &["t.csv:8", "2000-06 and 2000-08", "--impute"]),
    ];
    for (name, text, flags, status, words) in cases {
        let place = Place::new();
        place.write("t.csv", text);
        let horizon: &[&str] = if flags.contains(&"--horizon") { &[] } else { &["--horizon", "6"] };
        let ended = place.run(&[&tiny(&["forecast", "t.csv"]), horizon, flags].concat());
        assert_eq!(ended.status, Some(status), "{name}:\n{}", ended.err);
        assert!(!ended.err.contains("panicked"), "{name}:\n{}", ended.err);
        for word in words {
            assert!(ended.err.contains(word), "{name}: {word} in\n{}", ended.err);
        }
        assert_eq!(status == 0, place.file("runs/t-1/forecast.csv").exists(), "{name}");
    }
}

#[test]
fn missing_values_are_cured_as_the_help_says() {
    let place = Place::new();
    place.write("t.csv", with_row(7, "2000-07,n/a"));
    let ended = place.run(&tiny(&["forecast", "t.csv", "--horizon", "6", "--na", "n/a", "--impute", "linear"])).expect(0);
    assert!(ended.out.lines().count() == 7);
}

#[test]
fn a_constant_is_forecast_as_itself() {
    let place = Place::new();
    let text = (0..60).fold("month,sales\n".to_string(), |t, n| t + &format!("{}-{:02},7\n", 2000 + n / 12, n % 12 + 1));
    let ended = place.write("t.csv", text).run(&tiny(&["forecast", "t.csv", "--horizon", "6"])).expect(0);
    for line in ended.out.lines().skip(1) {
        let forecast: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
        assert!((forecast - 7.0).abs() < 1e-3, "{line}");
    }
}

#[test]
fn values_of_any_size_stay_finite() {
    for scale in [1e-30, 1e30, 1e200, 0.0] {
        let place = Place::new();
        let text = (0..60).fold("n,v\n".to_string(), |t, n| t + &format!("{n},{:e}\n", scale * support::wave(n)));
        let ended = place
            .write("t.csv", text)
            .run(&tiny(&["forecast", "t.csv", "--horizon", "6", "--time", "n", "--target", "v", "--season", "12"]))
            .expect(0);
        for line in ended.out.lines().skip(1) {
            let numbers: Vec<f64> = line.split(',').skip(1).map(|n| n.parse().unwrap()).collect();
            assert!(numbers.iter().all(|n| n.is_finite() && n.abs() <= 1e3 * scale), "{scale:e}: {line}");
        }
    }
}

#[test]
fn series_too_short_for_the_network_are_named_and_forecast_by_simple_methods() {
    let place = Place::new();
    let ended = place
        .write("t.csv", long(60) + "c,1,5\nc,2,6\nc,3,5\n")
        .run(&tiny(&["forecast", "t.csv", "--horizon", "6", "--season", "12"]))
        .expect(0);
    assert_eq!(ended.out.lines().count(), 1 + 3 * 6);
    assert!(ended.err.contains("1 of 3 series have less than 12 rows"), "{}", ended.err);
    let level: f64 = ended.out.lines().last().unwrap().split(',').nth(2).unwrap().parse().unwrap();
    assert!((4.0..7.0).contains(&level), "{}", ended.out);
}

#[test]
fn model_files_that_are_none() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    place.model("sales.csv");
    let model = place.read("runs/m/model.safetensors");
    place.write("cut.safetensors", &model[..model.len() / 2]).write("empty.safetensors", "").write("text.safetensors", "no model at all");
    for (file, status) in [
        ("cut.safetensors", 3),
        ("empty.safetensors", 3),
        ("text.safetensors", 3),
        ("runs/m/last.safetensors", 3),
        ("none.safetensors", 1),
        ("runs", 1),
    ] {
        let ended = place.run(&["predict", file, "sales.csv"]).expect(status);
        assert!(ended.err.contains(file), "{file}:\n{}", ended.err);
    }
}

#[test]
fn a_model_damaged_anywhere_is_refused_or_works() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    place.model("sales.csv");
    let model = place.read("runs/m/model.safetensors");
    for at in (0..model.len()).step_by(model.len() / 24) {
        let mut bytes = model.clone();
        bytes[at] ^= 0x15;
        place.write("bad.safetensors", bytes);
        let ended = place.run(&["predict", "bad.safetensors", "sales.csv"]);
        assert!(matches!(ended.status, Some(0..=3)) && !ended.err.contains("panicked"), "byte {at}:\n{}", ended.err);
    }
}

#[test]
fn a_checkpoint_that_is_none_is_bad_data() {
    let place = Place::new();
    place
        .write("sales.csv", monthly(60))
        .write("items.csv", "a,1,2,3\nb,3,2,1\n".repeat(8))
        .write("story.txt", "one two three\n".repeat(80));
    place.model("sales.csv");
    place.run(&["train", "classify", "items.csv", "--label-column", "0", "-o", "runs/c", "--max-steps", "2", "--hidden", "4"]).expect(0);
    place.run(&["train", "language", "story.txt", "-o", "runs/l", "--max-steps", "2", "--hidden", "4"]).expect(0);
    for (task, run) in [("forecast", "runs/m"), ("classify", "runs/c"), ("language", "runs/l")] {
        let file = format!("{run}/last.safetensors");
        let whole = place.read(&file);
        place.write(&file, &whole[..whole.len() / 2]);
        let ended = place.run(&["train", task, "--resume", run]).expect(3);
        assert!(ended.err.contains("last.safetensors"), "{task}:\n{}", ended.err);
    }
}

#[test]
fn wrong_usage() {
    let place = Place::new();
    place.write("t.csv", monthly(60)).write("bad.toml", "hidden = \"many\"\n").write("unknown.toml", "hiden = 3\n");
    let cases: [(&[&str], &[&str]); 14] = [
        (&["forecast", "t.csv"], &["--horizon"]),
        (&["forecast", "t.csv", "--horizn", "6"], &["--horizon"]),
        (&["forecast", "t.csv", "--horizon", "0"], &["--horizon"]),
        (&["forecast", "t.csv", "--horizon", "6", "--set", "hiden=3"], &["did you mean \"hidden\""]),
        (&["forecast", "t.csv", "--horizon", "6", "--config", "unknown.toml"], &["unknown.toml", "did you mean \"hidden\""]),
        (&["forecast", "t.csv", "--horizon", "6", "--config", "bad.toml"], &["bad.toml", "hidden", "many"]),
        (&["forecast", "t.csv", "--horizon", "6", "--cell", "gruu"], &["gru"]),
        (&["forecast", "t.csv", "--horizon", "6", "--quantiles", "0.9,0.1"], &["quantiles"]),
        (&["forecast", "t.csv", "--horizon", "6", "--lookback", "10", "--segment", "3"], &["segment", "9"]),
        (&["forecast", "t.csv", "--horizon", "6", "--dropout", "1.5"], &["dropout"]),
        (&["forecast", "t.csv", "--horizon", "6", "--test-from", "1990-01"], &["--test-from"]),
        (&["forecast", "t.csv", "--horizon", "6", "--valid-from", "soon"], &["--valid-from", "2004-12"]),
        (&["forecast", "t.csv", "--horizon", "6", "--freq", "fortnightish"], &["fortnightish"]),
        (&["fourcast", "t.csv"], &["forecast"]),
    ];
    for (args, words) in cases {
        let ended = place.run(args).expect(2);
        for word in words {
            assert!(ended.err.contains(word), "{args:?}: {word} in\n{}", ended.err);
        }
    }
    assert!(!place.file("runs").exists(), "wrong usage leaves nothing behind");
}

#[test]
fn errors_are_events_with_json() {
    let place = Place::new();
    let ended = place.run(&["forecast", "none.csv", "--horizon", "6", "--json"]).expect(1);
    let error = &ended.named("error")[0];
    assert_eq!(error["status"], 1);
    assert!(error["message"].as_str().unwrap().contains("none.csv") && error["help"].is_string());
}

#[cfg(unix)]
#[test]
fn an_unwritable_folder_is_said_before_training() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.write("t.csv", monthly(60)).write("runs", "a file where a folder should be");
    let ended = place.run(&tiny(&["forecast", "t.csv", "--horizon", "6"])).expect(1);
    assert!(ended.err.contains("runs") && ended.err.contains("--run") && !ended.err.contains("epoch"), "{}", ended.err);
    std::fs::create_dir(place.file("locked")).unwrap();
    std::fs::set_permissions(place.file("locked"), std::fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write anywhere, so only others see the second refusal.
    if std::fs::write(place.file("locked/probe"), "").is_err() {
        place.run(&tiny(&["forecast", "t.csv", "--horizon", "6", "--run", "locked/run"])).expect(1);
    }
}

#[test]
fn numbers_that_blow_up_stop_training_with_status_4() {
    let place = Place::new();
    place.write("t.csv", monthly(60));
    let args =
        ["forecast", "t.csv", "--horizon", "6", "--lr", "1e30", "--clip-norm", "0", "--loss", "mse", "--lookback", "12", "--epochs", "50"];
    let ended = place.run(&args).expect(4);
    assert!(ended.err.contains("step ") && ended.err.contains("is not finite") && ended.err.contains("--lr"), "{}", ended.err);
}
