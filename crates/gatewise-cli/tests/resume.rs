//! A signal in training, followed by resume: the end is that of a run that was left alone.

#![cfg(unix)]

mod support;

use support::{Place, monthly, signal};

/// Steps slow and many enough that the signal arrives before the last one.
const SLOW: [&str; 14] =
    ["--horizon", "6", "--hidden", "192", "--lookback", "48", "--segment", "1", "--epochs", "12", "--batch", "8", "--combine", "network"];

#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let place = Place::new();
    place.write("sales.csv", monthly(160));
    let args = |run| [&["forecast", "sales.csv", "--run", run, "--json"][..], &SLOW].concat();
    place.run(&args("whole")).expect(0);

    let first = signal("-INT", &place, &args("parts"), |line| line.contains("\"event\":\"step\"")).expect(130);
    let resume = first.named("interrupted")[0]["resume"].as_str().unwrap().to_string();
    assert_eq!(resume, "gatewise train forecast --resume parts");
    assert!(!place.file("parts/model.safetensors").exists(), "training had not ended");
    // The second time in the last training, whose checkpoint is another file.
    let resume = ["train", "forecast", "--resume", "parts", "--json"];
    let second = signal("-TERM", &place, &resume, |line| line.contains("\"event\":\"step\"") && line.contains("all rows")).expect(143);
    assert!(second.named("score").len() == 1, "the held-back rows were scored before");
    place.run(&resume).expect(0);
    for file in ["model.safetensors", "forecast.csv", "metrics.json", "config.toml"] {
        assert_eq!(place.read(&format!("whole/{file}")), place.read(&format!("parts/{file}")), "{file}");
    }
}

#[test]
fn a_lost_connection_ends_a_training_that_can_go_on() {
    // Whoever runs the tests under nohup has asked for hang-ups to be passed over, and a child is born with that.
    let ignored = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?.trim().to_string();
        u64::from_str_radix(&mask, 16).ok()
    });
    if ignored.is_none_or(|mask| mask & 1 == 1) {
        println!("skipped: no hang-ups here");
        return;
    }
    let place = Place::new();
    place.write("sales.csv", monthly(160));
    let args = [&["train", "forecast", "sales.csv", "-o", "run", "--json"][..], &SLOW].concat();
    let ended = signal("-HUP", &place, &args, |line| line.contains("\"event\":\"step\"")).expect(129);
    assert_eq!(ended.named("interrupted")[0]["resume"], "gatewise train forecast --resume run");
}

#[test]
fn a_finished_run_resumed_changes_nothing() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    place.model("sales.csv");
    let before = place.read("runs/m/model.safetensors");
    place.run(&["train", "forecast", "--resume", "runs/m"]).expect(0);
    assert_eq!(place.read("runs/m/model.safetensors"), before);
}

#[test]
fn resume_needs_a_run_and_its_data() {
    let place = Place::new();
    place.write("sales.csv", monthly(60));
    place.run(&["train", "forecast", "--resume", "runs/none"]).expect(1);
    place.model("sales.csv");
    place.write("sales.csv", monthly(30));
    let ended = place.run(&["train", "forecast", "--resume", "runs/m"]).expect(3);
    assert!(ended.err.contains("sales.csv") || ended.err.contains("data"), "{}", ended.err);
}
