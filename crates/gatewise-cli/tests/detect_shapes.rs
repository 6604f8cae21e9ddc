//! Unusual shapes on the real binary: found, named, continued, and windows that are refused.

mod support;

use support::Place;

const BEAT: usize = 96;
/// The beat that is upside down begins here.
const ODD: usize = 4800;

/// Rows of beats in noise as high.
fn heart(range: std::ops::Range<usize>) -> String {
    let line = |row: usize| {
        let hash = (row as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519);
        let noise = f64::from(hash) / f64::from(u32::MAX) * 4.0 - 2.0;
        let turn = std::f64::consts::TAU * row as f64 / BEAT as f64;
        let clean = turn.sin() + (2.0 * turn).sin();
        let clean = if (ODD..ODD + BEAT).contains(&row) { -clean } else { clean };
        format!("{row},{:.3}\n", 5.0 + clean + noise)
    };
    range.fold("beat,value\n".to_owned(), |text, row| text + &line(row))
}

const SMALL: [&str; 4] = ["--hidden", "4", "--effort", "0.5"];

fn small<'a>(head: &[&'a str]) -> Vec<&'a str> {
    head.iter().copied().chain(SMALL).collect()
}

#[test]
fn an_odd_beat_is_an_event_that_says_so() {
    let place = Place::new();
    place.write("heart.csv", heart(0..ODD + 200));
    place.run(&small(&["detect", "heart.csv", "--online", "--shapes", "96"])).expect(0);
    let odd = |line: &&str| {
        let start: usize = line.split(',').next().unwrap().parse().unwrap();
        (ODD..ODD + 2 * BEAT).contains(&start) && line.ends_with(",unusual shape")
    };
    let events = place.text("runs/heart-1/events.csv");
    assert!(events.lines().skip(1).any(|line| odd(&line)), "{events}");
    assert!(place.text("runs/heart-1/config.toml").contains("shapes = \"96\""));
    place.run(&small(&["detect", "heart.csv", "--online", "--run", "runs/plain"])).expect(0);
    assert!(!place.text("runs/plain/events.csv").contains("shape"));
    assert!(!place.text("runs/plain/config.toml").contains("shape"));
}

#[test]
fn a_trained_watch_for_shapes_goes_on_with_later_rows() {
    let place = Place::new();
    place.write("whole.csv", heart(0..ODD + 200)).write("past.csv", heart(0..4001)).write("later.csv", heart(4001..ODD + 200));
    let whole = place.run(&small(&["detect", "whole.csv", "--online", "--shapes", "96"])).expect(0).out;
    place.run(&small(&["train", "detect", "past.csv", "--shapes=96", "-o", "runs/m"])).expect(0);
    let later = place.run(&["predict", "runs/m", "later.csv"]).expect(0).out;
    assert_eq!(later.lines().skip(1).collect::<Vec<_>>(), whole.lines().skip(4002).collect::<Vec<_>>());
    let ended = place.run(&["predict", "runs/m", "later.csv", "--json", "-o", "scores.csv"]).expect(0);
    let events = ended.named("anomaly");
    assert!(events.iter().any(|e| e["channels"][0]["kind"] == "shape"), "{events:?}");
}

#[test]
fn windows_that_are_not_given_are_said_and_those_that_do_not_fit_refused() {
    let place = Place::new();
    place.write("t.csv", heart(0..400));
    let ended = place.run(&small(&["detect", "t.csv", "--online", "--shapes"])).expect(0);
    assert!(ended.err.contains("rows of a shape") && ended.err.contains("--shapes"), "{}", ended.err);
    assert!(place.text("runs/t-1/config.toml").contains("shapes = \"48\""));
    place.run(&small(&["detect", "t.csv", "--online", "--shapes", "0", "--run", "runs/none"])).expect(0);
    assert!(!place.text("runs/none/config.toml").contains("shapes"));
    for (flag, words) in [
        ("--shapes=7", &["`shapes` is 7", "8 to 2048 rows"][..]),
        ("--shapes=5000", &["`shapes` is 5000", "8 to 2048 rows"]),
        ("--shapes=400", &["windows of 400 rows", "there are 400", "--shapes 50 or less"]),
        ("--shapes=-3", &["--shapes", "number of rows"]),
        ("--shapes=t.csv", &["number of rows", "--shapes=auto"]),
        ("--set=shapes=many", &["shapes", "number of rows"]),
    ] {
        for command in [&["detect", "t.csv"][..], &["train", "detect", "t.csv"]] {
            let ended = place.run(&[command, &[flag]].concat()).expect(2);
            for word in words {
                assert!(ended.err.contains(word), "{flag}: {word} in\n{}", ended.err);
            }
        }
    }
    place.write("few.csv", heart(0..40));
    let ended = place.run(&["detect", "few.csv", "--shapes=8"]).expect(2);
    assert!(ended.err.contains("leave --shapes out"), "{}", ended.err);
    place.write("short.csv", heart(0..144));
    place.run(&small(&["detect", "short.csv", "--online", "--shapes"])).expect(0);
    assert!(place.text("runs/short-1/config.toml").contains("shapes = \"18\""), "as many rows as fit");
}
