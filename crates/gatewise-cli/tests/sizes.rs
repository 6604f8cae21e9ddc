//! Sizes that no memory holds, on the real binary: refused at once by the setting that asks for them, and nothing is left behind.

mod support;

use support::{Place, labelled, monthly, story};

fn place() -> Place {
    let place = Place::new();
    place.write("sales.csv", monthly(60)).write("items.csv", labelled()).write("story.txt", story());
    place
}

const FORECAST: &[&str] = &["train", "forecast", "sales.csv", "--horizon", "6", "-o", "run"];
const CLASSIFY: &[&str] = &["train", "classify", "items.csv", "--label-column", "0", "-o", "run"];
const LANGUAGE: &[&str] = &["train", "language", "story.txt", "-o", "run"];
const DETECT: &[&str] = &["train", "detect", "sales.csv", "-o", "run"];
const BENCH: &[&str] = &["bench", "--seconds", "0.01"];

#[test]
fn what_is_too_large_is_refused_by_its_setting() {
    let place = place();
    let small = ["--memory-limit", "64M"];
    for (command, flags, word) in [
        (FORECAST, &["--hidden", "16000"][..], "hidden = 16000"),
        (FORECAST, &["--layers", "100000"], "`layers` is 100000"),
        (FORECAST, &["--threads", "5000"], "`threads` is 5000"),
        (FORECAST, &["--seeds", "1025"], "--seeds"),
        (FORECAST, &["--season", "1000000000000"], "season is 1000000000000"),
        (FORECAST, &["--batch", "18446744073709551615"], "--batch"),
        (CLASSIFY, &["--hidden", "16000"], "hidden = 16000"),
        (CLASSIFY, &["--fcn", "1000000000"], "--fcn"),
        (LANGUAGE, &["--hidden", "16000"], "hidden = 16000"),
        (LANGUAGE, &["--unit", "sub-word", "--vocabulary", "100000000"], "vocabulary of 100000000"),
        (DETECT, &["--hidden", "16000"], "hidden = 16000"),
        (DETECT, &["--false-alarms=-1"], "--false-alarms -1.0"),
        (DETECT, &["--hold", "18446744073709551615"], "--hold"),
        (BENCH, &["--batch", "1000000000", "--time", "1000000000"], "--batch 1000000000"),
    ] {
        let ended = place.run(&[command, flags, &small].concat()).expect(2);
        assert!(ended.err.contains(word), "{command:?} {flags:?}: {word} in\n{}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
}

#[test]
fn the_limit_is_a_setting_as_others_are() {
    let place = place();
    place.write("small.toml", "memory_limit = \"1M\"\nhidden = 512\n");
    for limit in
        [&["--memory-limit", "1M", "--hidden", "512"][..], &["--set", "memory_limit=1M", "--hidden", "512"], &["--config", "small.toml"]]
    {
        let ended = place.run(&[FORECAST, limit].concat()).expect(2);
        assert!(ended.err.contains("memory_limit is 1.0 MiB"), "{limit:?}: {}", ended.err);
    }
    for wrong in ["1X", "0", "-1G", "many", "nan"] {
        let ended = place.run(&["check", "sales.csv", &format!("--memory-limit={wrong}")]).expect(2);
        assert!(ended.err.contains("--memory-limit") && ended.err.contains("4G"), "{wrong}: {}", ended.err);
    }
    let ended = place.run(&["check", "sales.csv", "--memory-limit", "100"]).expect(2);
    assert!(ended.err.contains("sales.csv needs") && ended.err.contains("memory_limit is 100 bytes"), "{}", ended.err);
    // It is kept with the run, and a machine with another memory goes on with its own.
    place.run(&[FORECAST, &["--hidden", "4", "--epochs", "1", "--memory-limit", "2G"]].concat()).expect(0);
    assert!(place.text("run/config.toml").contains("memory_limit = \"2G\""));
    place.run(&["train", "forecast", "--resume", "run", "--memory-limit", "1G"]).expect(0);
}

#[test]
fn a_name_without_end_is_said_by_its_start() {
    let place = place();
    let name = "x".repeat(100_000);
    place.write("wide.csv", monthly(60).replacen("sales", &name, 1));
    let ended = place.run(&["forecast", "wide.csv", "--horizon", "3", "--epochs", "1", "--run", "run"]).expect(0);
    assert!(ended.err.len() < 10_000 && ended.err.contains('…'), "{} bytes are said", ended.err.len());
}
