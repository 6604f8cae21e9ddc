//! A trained detector that follows a growing file or standard input, on the real binary.

mod support;

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;
use support::{Ended, Place};

/// Rows that the model is trained on; those followed come after them.
const TRAINED: usize = 900;

/// Minutes from the first of March 2024 on.
fn minute(row: usize) -> String {
    format!("2024-03-{:02} {:02}:{:02}:00", 1 + row / 1440, row / 60 % 24, row % 60)
}

/// Rows of two channels of noise; where `odd` has something to say it says both.
fn rows(range: std::ops::Range<usize>, odd: impl Fn(usize) -> Option<(f64, f64)>) -> String {
    // A hash, so that it has no period.
    let noise = |row: usize, step: usize| {
        let hash = ((row * step) as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519);
        f64::from(hash) / f64::from(u32::MAX) * 5.0
    };
    let line = |row: usize| {
        let (a, b) = odd(row).unwrap_or((5.0 + noise(row, 7919), 50.0 + noise(row, 4793)));
        format!("{},{a:.3},{b:.3}\n", minute(row))
    };
    range.map(line).collect()
}

fn header() -> String {
    "timestamp,flow,level\n".to_owned()
}

/// A folder with a model in `runs/m`.
fn trained() -> Place {
    let place = Place::new();
    place.write("past.csv", header() + &rows(0..TRAINED, |_| None));
    place.run(&["train", "detect", "past.csv", "-o", "runs/m", "--hidden", "4", "--effort", "0.1"]).expect(0);
    place
}

/// Starts the binary with its standard streams at hand.
fn start(place: &Place, args: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut child = place.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// The rest of what a started binary says, once it ends.
fn finish(child: Child, mut out: BufReader<ChildStdout>) -> Ended {
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    let mut ended = Ended::of(child.wait_with_output().unwrap());
    ended.out = text;
    ended
}

fn spike(at: usize) -> impl Fn(usize) -> Option<(f64, f64)> {
    move |row| (row == at).then_some((5.0, 90.0))
}

/// The next event of that name; panics where the output ends first.
fn next(out: &mut BufReader<ChildStdout>, name: &str) -> Value {
    let mut lines = out.lines().map(Result::unwrap).map(|line| serde_json::from_str::<Value>(&line).unwrap());
    lines.find(|event| event["event"] == name).unwrap_or_else(|| panic!("ended without {name}"))
}

#[cfg(unix)]
#[test]
fn a_growing_file_is_followed_until_ctrl_c() {
    let place = trained();
    place.write("live.csv", header() + &rows(TRAINED..TRAINED + 100, |_| None));
    let (child, mut out) = start(&place, &["predict", "runs/m", "live.csv", "--follow", "--json", "-o", "scores.csv"]);
    let mut file = OpenOptions::new().append(true).open(place.file("live.csv")).unwrap();
    // A line that is not yet whole is waited for.
    let more = rows(TRAINED + 100..TRAINED + 200, spike(TRAINED + 150));
    let (up_to_half, rest) = more.split_at(more.len() / 2 + 7);
    file.write_all(up_to_half.as_bytes()).unwrap();
    file.flush().unwrap();
    file.write_all(rest.as_bytes()).unwrap();
    file.flush().unwrap();
    let alert = next(&mut out, "alert");
    assert_eq!(alert["time"], minute(TRAINED + 150), "{alert}");
    assert!(alert["score"].as_f64() > alert["threshold"].as_f64(), "{alert}");
    assert_eq!((&alert["channels"][1]["name"], &alert["channels"][1]["value"]), (&"level".into(), &90.0.into()), "{alert}");
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = finish(child, out).expect(130);
    assert!(ended.named("done")[0]["rows"].as_u64() > Some(150), "{}", ended.out);
    let scores = place.text("scores.csv");
    assert!(scores.starts_with("timestamp,flow,level,score,") && scores.contains(&minute(TRAINED + 150)));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_cut_in_place_is_read_from_its_start() {
    let place = trained();
    place.write("live.csv", header() + &rows(TRAINED..TRAINED + 100, |_| None));
    let (child, mut out) = start(&place, &["predict", "runs/m", "live.csv", "--follow", "--json", "-o", "scores.csv"]);
    // The alert says that the first file was read to its end; then the log is rotated, shorter than before.
    let mut file = OpenOptions::new().append(true).open(place.file("live.csv")).unwrap();
    file.write_all(rows(TRAINED + 100..TRAINED + 121, spike(TRAINED + 120)).as_bytes()).unwrap();
    assert_eq!(next(&mut out, "alert")["time"], minute(TRAINED + 120));
    place.write("live.csv", header() + &rows(TRAINED + 121..TRAINED + 190, spike(TRAINED + 180)));
    let note = next(&mut out, "note");
    assert!(note["message"].as_str().unwrap().contains("live.csv was cut: it is read from its start"), "{note}");
    assert_eq!(next(&mut out, "alert")["time"], minute(TRAINED + 180));
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    finish(child, out).expect(130);
}

#[test]
fn standard_input_is_followed_row_by_row_and_the_state_goes_on() {
    let place = trained();
    let (mut child, mut out) = start(&place, &["predict", "runs/m", "-", "--follow", "--save", "later.safetensors", "--fail-on-anomaly"]);
    let mut input = child.stdin.take().unwrap();
    input.write_all((header() + &rows(TRAINED..TRAINED + 51, spike(TRAINED + 50))).as_bytes()).unwrap();
    input.flush().unwrap();
    let mut lines = out.by_ref().lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("timestamp,flow,level,score,threshold,is_anomaly,expected_flow,"));
    // The source is still open: alarms alone are written, and none waits for its end.
    let line = lines.next().unwrap();
    assert!(line.starts_with(&format!("{},5.000,90.000,", minute(TRAINED + 50))) && line.contains(",1,"), "{line}");
    input.write_all(rows(TRAINED + 51..TRAINED + 60, |_| None).as_bytes()).unwrap();
    drop(input);
    let ended = finish(child, out).expect(5);
    assert!(ended.err.contains("going on from the 900 rows") && ended.err.contains("level is 90"), "{}", ended.err);
    place.write("next.csv", header() + &rows(TRAINED + 60..TRAINED + 70, |_| None));
    let ended = place.run(&["predict", "later.safetensors", "next.csv"]).expect(0);
    assert!(ended.err.contains("going on from the 960 rows"), "{}", ended.err);
}

#[test]
fn a_sensor_that_gets_stuck_is_alerted_while_it_is() {
    let place = trained();
    let (mut child, mut out) = start(&place, &["predict", "runs/m", "-", "--follow", "--json"]);
    let mut input = child.stdin.take().unwrap();
    let stuck = |row: usize| (row >= TRAINED + 100).then_some((5.0 + (row * 7919 % 101) as f64 * 0.05, 52.5));
    input.write_all((header() + &rows(TRAINED..TRAINED + 140, stuck)).as_bytes()).unwrap();
    input.flush().unwrap();
    let alert = next(&mut out, "alert");
    // Where a level that moved with its past stops doing so, that speaks first; the standstill follows.
    let kind = alert["channels"][1]["kind"].as_str().unwrap_or_default();
    assert!(["still", "course"].contains(&kind) && alert["channels"][1]["value"] == 52.5, "{alert}");
    drop(input);
    let ended = finish(child, out).expect(0);
    assert_eq!(ended.named("anomaly")[0]["channels"][0]["name"], "level", "{}", ended.out);
    assert!(ended.named("alert").is_empty(), "it is news once\n{}", ended.out);
}

#[test]
fn what_a_stream_cannot_hold_is_named_with_its_line() {
    let place = trained();
    let good = header() + &rows(TRAINED..TRAINED + 3, |_| None);
    let many = header() + &rows(TRAINED..TRAINED + 80, |_| None);
    for (name, text, words) in [
        ("no number", good.clone() + "2024-03-02 00:00:00,x,1\n", &["<stdin>:5", "flow", "\"x\"", "--na \"x\""][..]),
        ("infinite", good.clone() + "2024-03-02 00:00:00,1,inf\n", &["<stdin>:5", "level", "not a finite number"]),
        ("ragged", good + "2024-03-02 00:00:00,1\n", &["<stdin>:5", "2 fields, the header has 3"]),
        ("no time", many + "later,1,2\n", &["<stdin>:82", "timestamp", "later"]),
        ("other columns", "timestamp,flow\n2024-03-02 00:00:00,1\n".to_owned(), &["level"]),
        ("nothing", String::new(), &["<stdin>", "nothing in it"]),
    ] {
        let (mut child, out) = start(&place, &["predict", "runs/m", "-", "--follow"]);
        // Refused before all of it is read, the input may be closed already.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        let ended = finish(child, out);
        assert!(matches!(ended.status, Some(2 | 3)), "{name}: {:?}\n{}", ended.status, ended.err);
        assert!(!ended.err.contains("panicked"), "{name}:\n{}", ended.err);
        for word in words {
            assert!(ended.err.contains(word), "{name}: {word} in\n{}", ended.err);
        }
    }
    let ended = place.run(&["predict", "runs/m", "none.csv", "--follow"]).expect(1);
    assert!(ended.err.contains("none.csv") && ended.err.contains("check the path"), "{}", ended.err);
}

#[cfg(unix)]
#[test]
fn a_detector_that_is_killed_while_it_follows_keeps_what_it_learned() {
    let place = Place::new();
    let args = ["detect", "-", "--follow", "--run", "live", "--hidden", "4", "--effort", "0.1", "--checkpoint-every", "0s"];
    let (mut child, _out) = start(&place, &args);
    let mut input = child.stdin.take().unwrap();
    input.write_all((header() + &rows(0..400, |_| None)).as_bytes()).unwrap();
    let kept = || place.file("live/scores.csv").exists() && place.text("live/scores.csv").lines().count() > 300;
    let began = std::time::Instant::now();
    while !(kept() && place.file("live/model.safetensors").exists()) {
        assert!(began.elapsed().as_secs() < 60, "nothing is kept");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    place.write("next.csv", header() + &rows(400..450, |_| None));
    let scored = place.run(&["predict", "live", "next.csv"]).expect(0);
    assert_eq!(scored.out.lines().count(), 51);
    let refused = place.run(&["train", "detect", "--resume", "live"]).expect(2);
    assert!(refused.err.contains("gatewise predict live"), "{}", refused.err);
}
