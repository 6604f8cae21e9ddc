//! Windows of an unusual shape: found where each value for itself is plausible, by rows before alone, and gone on with where they were saved.

mod setup;

use gatewise::task::detect::{DetectConfig, Detector, Event, KINDS, Kind};
use serde_json::json;
use setup::streams::events;

const BEAT: usize = 96;
/// The beat that is odd begins here.
const ODD: usize = 4800;

/// A beat of two waves, in noise as high; `flip` turns one upside down.
fn beat(row: usize, flip: bool) -> f64 {
    // A hash of the row, so that it has no period.
    let hash = (row as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519);
    let noise = f64::from(hash) / f64::from(u32::MAX) * 4.0 - 2.0;
    let turn = std::f64::consts::TAU * row as f64 / BEAT as f64;
    let clean = turn.sin() + (2.0 * turn).sin();
    5.0 + if flip { -clean } else { clean } + noise
}

fn heart(row: usize) -> f64 {
    beat(row, (ODD..ODD + BEAT).contains(&row))
}

fn config(channels: usize) -> DetectConfig {
    DetectConfig { hidden: 8, effort: 0.5, shapes: Some(BEAT), ..DetectConfig::new(channels) }
}

#[test]
fn a_beat_upside_down_is_found_by_its_shape_alone() {
    let rows = ODD + 10 * BEAT;
    let near = |e: &&Event| (ODD..ODD + 2 * BEAT).contains(&(e.start as usize));
    let found = events(&config(1), rows, heart);
    let event = found.iter().find(near).unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(event.blame[0].kind, Kind::Reconstruction, "{event:?}");
    assert!(!found.iter().any(|e| e.blame[0].kind == Kind::Reconstruction && !near(&e)), "no other beat is odd\n{found:?}");
    let without = events(&DetectConfig { shapes: None, ..config(1) }, rows, heart);
    assert!(!without.iter().any(|e| near(&e)), "{without:?}");
}

#[test]
fn the_channel_with_the_odd_shape_is_named() {
    let mut detector = Detector::new(&config(2)).unwrap();
    // A wave of its own rhythm.
    let wave = |row: usize| (row as f64 / 7.0).sin() + 0.3 * (row as f64 * 1.7).sin();
    let mut sums = [0.0; 2];
    for row in 0..ODD + 2 * BEAT {
        let scored = detector.push(None, &[wave(row), heart(row)]).unwrap();
        if row >= ODD {
            for (sum, evidence) in sums.iter_mut().zip(scored.evidence) {
                *sum += evidence[KINDS.len() - 1];
            }
        }
    }
    assert!(sums[1] > 2.0 * sums[0], "{sums:?}");
}

/// Evidence of each row in `rows` rows, of all kinds but the last or of it alone.
fn evidence(config: &DetectConfig, rows: usize, value: impl Fn(usize) -> f64, shapes: bool) -> Vec<Vec<f64>> {
    let mut detector = Detector::new(config).unwrap();
    let cut = |evidence: &[f64; KINDS.len()]| {
        let (others, shape) = evidence.split_at(KINDS.len() - 1);
        if shapes { shape.to_vec() } else { others.to_vec() }
    };
    (0..rows).map(|row| cut(&detector.push(None, &[value(row)]).unwrap().evidence[0])).collect()
}

#[test]
fn a_shape_depends_on_no_later_row() {
    let later = ODD + BEAT / 2;
    let changed = |row: usize| if row >= later { 40.0 } else { heart(row) };
    let (a, b) = (evidence(&config(1), later + 20, heart, true), evidence(&config(1), later + 20, changed, true));
    assert_eq!(a[..later], b[..later]);
    assert!(a[..later].iter().any(|e| e[0] > 0.0), "something was found before");
}

#[test]
fn other_kinds_and_files_are_the_same_with_and_without() {
    let without = DetectConfig { shapes: None, ..config(1) };
    assert_eq!(evidence(&config(1), 700, heart, false), evidence(&without, 700, heart, false));
    assert!(evidence(&without, 700, heart, true).iter().all(|e| e[0] == 0.0));
    let bytes = Detector::new(&without).unwrap().to_bytes(&json!(null));
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("shapes") && !text.contains("shape."), "a file without it is one of before");
    assert!(serde_json::from_value::<DetectConfig>(serde_json::to_value(&without).unwrap()).is_ok_and(|back| back == without));
}

#[test]
fn a_window_with_a_hole_says_nothing() {
    let hole = |row: usize| if row == ODD + 4 { f64::NAN } else { heart(row) };
    let found = evidence(&config(1), ODD + BEAT + 4, hole, true);
    assert!(found[ODD + 4..].iter().all(|e| e[0] == 0.0), "it begins anew behind the hole");
}

#[test]
fn a_saved_watch_for_shapes_goes_on_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut whole = Detector::new(&config(2)).unwrap();
    let values = |row: usize| [heart(row), if row % 700 == 7 { f64::NAN } else { -heart(row + 5) }];
    for row in 0..1201 {
        whole.push(None, &values(row)).unwrap();
    }
    whole.save(&path, &json!(null)).unwrap();
    let (mut loaded, _) = Detector::load(&path).unwrap();
    for row in 1201..1500 {
        let (a, b) = (whole.push(None, &values(row)).unwrap(), loaded.push(None, &values(row)).unwrap());
        assert_eq!((a.row, a.verdict, a.evidence), (b.row, b.verdict, b.evidence), "row {row}");
    }
    assert!(whole.to_bytes(&json!(null)) == loaded.to_bytes(&json!(null)));
    // Scoring alone leaves it as it was.
    whole.restart();
    let before = whole.to_bytes(&json!(null));
    whole.set_learning(false);
    for row in 0..200 {
        whole.push(None, &values(row)).unwrap();
    }
    whole.restart();
    assert!(whole.to_bytes(&json!(null)) == before);
}

#[test]
fn windows_that_cannot_be_are_refused() {
    for rows in [0, 7, 2049] {
        let refused = Detector::new(&DetectConfig { shapes: Some(rows), ..config(1) });
        assert!(refused.is_err_and(|e| e.to_string().contains("`shapes`")), "{rows}");
    }
    let mut far = Detector::new(&DetectConfig { shapes: Some(9), effort: 0.1, ..config(1) }).unwrap();
    for row in 0..400 {
        let value = if row % 70 == 69 { f64::MAX } else { heart(row) };
        assert!(far.push(None, &[value]).unwrap().verdict.score < 1.0);
    }
}
