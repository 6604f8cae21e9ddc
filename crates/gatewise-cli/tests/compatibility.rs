//! Models and interrupted runs that earlier versions left: they load, answer as they did, and go on.

mod support;

use std::path::{Path, PathBuf};

use support::Place;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v0.1")
}

/// A folder with the given files of version 0.1; a name of a run brings all that is in it.
fn place_with(names: &[&str]) -> Place {
    let place = Place::new();
    for name in names {
        let (from, to) = (fixtures().join(name), place.file(name));
        if from.is_dir() {
            std::fs::create_dir(&to).expect("a folder");
            for entry in std::fs::read_dir(&from).expect("a run") {
                let entry = entry.expect("a file of the run");
                std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
            }
        } else {
            std::fs::copy(from, to).expect("a copy");
        }
    }
    place
}

/// The same words, and numbers that differ by no more than kernels of another instruction set make them.
fn assert_alike(found: &str, expected: &str) {
    assert_eq!(found.lines().count(), expected.lines().count(), "{found}");
    for (found, expected) in found.lines().zip(expected.lines()) {
        for (a, b) in found.split(',').zip(expected.split(',')) {
            match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => assert!((a - b).abs() <= 1e-4 * b.abs().max(1e-2), "{found}\n{expected}"),
                _ => assert_eq!(a, b, "{found}\n{expected}"),
            }
        }
    }
}

#[test]
fn models_answer_as_they_did() {
    let cases: [(&str, &str, &[&str]); 4] = [
        ("forecast", "sales.csv", &[]),
        ("classify", "signs.csv", &["--label-column", "0"]),
        ("regress", "sums.csv", &["--label-column", "0"]),
        ("language", "story.txt", &[]),
    ];
    for (task, data, flags) in cases {
        let (model, answers) = (format!("{task}.safetensors"), format!("{task}.csv"));
        let place = place_with(&[&model, data, &answers]);
        let ended = place.run(&[&["predict", model.as_str(), data][..], flags].concat()).expect(0);
        assert_alike(&ended.out, &place.text(&answers));
    }
}

#[test]
fn a_detector_goes_on() {
    let place = place_with(&["detect.safetensors", "cpu.csv"]);
    let ended = place.run(&["predict", "detect.safetensors", "cpu.csv", "-o", "scores.csv"]).expect(0);
    assert_eq!(place.text("scores.csv").lines().count(), 201, "{}", ended.err);
}

#[test]
fn interrupted_runs_go_on_to_a_model() {
    for (run, command, data) in [
        ("forecast-run", "forecast", "sales.csv"),
        ("at-once-run", "forecast", "sales.csv"),
        ("classify-run", "classify", "signs.csv"),
        ("regress-run", "regress", "sums.csv"),
        ("language-run", "language", "story.txt"),
    ] {
        let place = place_with(&[run, data]);
        place.run(&["train", command, "--resume", run]).expect(0);
        place.run(&["predict", run, data]).expect(0);
        assert!(place.text(&format!("{run}/report.html")).contains("</html>"), "{run}");
    }
}
