//! The detector as a program embeds it: what it finds, what it does not mark, and that it goes on where it was saved.

mod setup;

use gatewise::task::detect::{DetectConfig, DetectError, Detector, Event, Events, Kind};
use serde_json::json;
use setup::streams::events;

/// A wave of 24 rows with a little noise.
fn wave(row: usize) -> f64 {
    10.0 + 5.0 * (std::f64::consts::TAU * row as f64 / 24.0).sin() + (row * 7919 % 101) as f64 * 0.02
}

fn config(channels: usize) -> DetectConfig {
    DetectConfig { hidden: 8, effort: 0.3, seasons: vec![24], ..DetectConfig::new(channels) }
}

/// Rows marked in `rows` rows of `value`.
fn marked(config: &DetectConfig, rows: usize, value: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut detector = Detector::new(config).unwrap();
    (0..rows).filter(|&row| detector.push(None, &[value(row)]).unwrap().verdict.anomaly).collect()
}

#[test]
fn what_differs_from_the_past_is_marked() {
    type Case<'a> = (&'a str, &'a dyn Fn(usize) -> f64, std::ops::Range<usize>);
    let cases: [Case<'_>; 4] = [
        ("spike", &|row| wave(row) + if row == 1500 { 20.0 } else { 0.0 }, 1500..1501),
        ("fall", &|row| wave(row) - if row == 1500 { 20.0 } else { 0.0 }, 1500..1501),
        ("level shift", &|row| wave(row) + if row >= 1500 { 15.0 } else { 0.0 }, 1500..1510),
        ("noise", &|row| wave(row) + if (1500..1530).contains(&row) { (row * 31 % 17) as f64 - 8.0 } else { 0.0 }, 1500..1530),
    ];
    for (name, value, expected) in cases {
        let found = marked(&config(1), 2000, value);
        assert!(found.iter().any(|row| expected.contains(row)), "{name}: {found:?}");
        let false_alarms = found.iter().filter(|row| (100..1500).contains(*row)).count();
        assert!(false_alarms <= 2, "{name}: {found:?}");
    }
}

#[test]
fn a_sensor_that_is_stuck_is_one_event_that_says_so() {
    let found = events(&config(1), 2000, |row| if (1500..1580).contains(&row) { wave(1500) } else { wave(row) });
    let event = found.iter().find(|e| (1500..1580).contains(&e.start)).unwrap_or_else(|| panic!("{found:?}"));
    assert!(event.end >= 1579, "{event:?}");
    assert_eq!((event.blame[0].kind, event.blame[0].value), (Kind::Flatline, wave(1500)), "{event:?}");
    assert!(!found.iter().any(|e| (1540..1580).contains(&e.start)), "it is news once\n{found:?}");
    let found = events(&config(1), 2000, |_| 7.0);
    assert!(found.is_empty(), "a channel that never moved is not stuck\n{found:?}");
}

#[test]
fn a_stuck_channel_hides_no_other() {
    let mut detector = Detector::new(&config(2)).unwrap();
    let alarms: Vec<usize> = (0..2600)
        .filter(|&row| {
            let stuck = if row >= 1500 { wave(1500) } else { wave(row) };
            let other = wave(row + 5) + if row == 2000 { 40.0 } else { 0.0 };
            detector.push(None, &[stuck, other]).unwrap().verdict.alarm
        })
        .collect();
    assert!(alarms.iter().any(|row| (1500..1600).contains(row)), "{alarms:?}");
    assert!(alarms.contains(&2000), "{alarms:?}");
    assert!(alarms.iter().filter(|row| (1600..2000).contains(*row)).count() <= 1, "it is news once\n{alarms:?}");
}

#[test]
fn missing_rows_neither_end_nor_lengthen_a_standstill() {
    let stuck = |rows: usize| {
        let value = move |row: usize| match row {
            1500..1580 if row >= 1500 + rows => f64::NAN,
            1500..1580 => wave(1500),
            _ => wave(row),
        };
        events(&config(1), 1600, value)
    };
    let still = |found: Vec<Event>| found.iter().any(|e| e.blame[0].kind == Kind::Flatline);
    assert!(still(stuck(80)));
    assert!(!still(stuck(8)), "eight rows and a hole are no standstill of eighty");
    let found = events(&config(1), 1600, |row| match row {
        1500..1560 if row % 2 == 1 => f64::NAN,
        1500..1560 => wave(1500),
        _ => wave(row),
    });
    assert!(still(found), "thirty rows with holes between them are one");
}

#[test]
fn scoring_without_learning_leaves_a_detector_as_it_was() {
    let mut detector = Detector::new(&config(1)).unwrap();
    for row in 0..1500 {
        detector.push(None, &[wave(row)]).unwrap();
    }
    detector.restart();
    let before = detector.to_bytes(&json!(null));
    detector.set_learning(false);
    for row in 0..700 {
        detector.push(None, &[wave(row) + if row > 300 { 9.0 } else { 0.0 }]).unwrap();
    }
    detector.restart();
    assert!(detector.to_bytes(&json!(null)) == before);
}

#[test]
fn a_level_that_creeps_within_the_usual_range_is_found() {
    // Noise spans six beside the wave's ten; the shift is five, over thirty rows.
    // A hash of the row, so that it has no period.
    let noise =
        |row: usize| (row as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519) as f64 / u32::MAX as f64 * 6.0;
    let creep = |row: usize| 5.0 * ((row.max(1500) - 1500) as f64 / 30.0).min(1.0);
    let found = events(&config(1), 2000, |row| wave(row) + noise(row) + creep(row));
    let kinds: Vec<Kind> = found.iter().filter(|e| (1500..1580).contains(&e.start)).map(|e| e.blame[0].kind).collect();
    assert!(kinds.contains(&Kind::ChangePoint), "{found:?}");
}

#[test]
fn a_saved_detector_goes_on_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut whole = Detector::new(&config(2)).unwrap();
    let values = |row: usize| [wave(row), if row % 50 == 7 { f64::NAN } else { -wave(row + 5) }];
    for row in 0..700 {
        whole.push(Some(row as i64 * 3600), &values(row)).unwrap();
    }
    whole.save(&path, &json!({"kept": 1})).unwrap();
    let (mut loaded, data) = Detector::load(&path).unwrap();
    assert_eq!(data, json!({"kept": 1}));
    for row in 700..1000 {
        let (a, b) = (whole.push(None, &values(row)).unwrap(), loaded.push(None, &values(row)).unwrap());
        assert_eq!((a.row, a.verdict, a.expected, a.evidence), (b.row, b.verdict, b.expected, b.evidence), "row {row}");
    }
    assert_eq!(whole.to_bytes(&json!(null)), loaded.to_bytes(&json!(null)));
}

#[test]
fn scores_are_numbers_whatever_comes() {
    for odd in [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, 1e-300] {
        let mut detector = Detector::new(&config(1)).unwrap();
        for row in 0..300 {
            let value = if row % 3 == 0 { odd } else { wave(row) };
            let scored = detector.push(None, &[value]).unwrap();
            assert!((0.0..1.0).contains(&scored.verdict.score) && scored.expected[0].is_finite(), "{odd} at row {row}: {scored:?}");
        }
    }
}

#[test]
fn neighbouring_rows_are_one_event_that_names_the_channel() {
    let mut detector = Detector::new(&config(2)).unwrap();
    let mut events = Events::new(detector.config().join);
    let mut found = Vec::new();
    for row in 0..1300 {
        let odd = if (1200..1206).contains(&row) { 25.0 } else { 0.0 };
        let scored = detector.push(None, &[wave(row), wave(row + 7) + odd]).unwrap();
        found.extend(events.push(&scored));
    }
    found.extend(events.finish());
    let event = found.iter().find(|e| e.start == 1200).unwrap_or_else(|| panic!("{found:?}"));
    // The level of the last rows is off for as long as it is averaged over.
    assert!((1205..=1240).contains(&event.end), "{event:?}");
    assert_eq!(event.blame[0].channel, 1, "{event:?}");
    assert!(event.blame[0].value - event.blame[0].expected > 10.0, "{event:?}");
}

#[test]
fn the_cost_of_learning_is_bounded() {
    let config = DetectConfig::new(1);
    let steps: Vec<u64> = (0..40).map(|octave| config.steps_due(1 << octave)).collect();
    assert!(steps.is_sorted());
    let (many, more) = (config.steps_due(10_000_000), config.steps_due(20_000_000));
    assert!((more - many) as f64 / 1e7 < 1e-3, "{many} {more}");
}

#[test]
fn settings_and_rows_that_do_not_fit_are_refused() {
    for config in [
        DetectConfig { channels: 0, ..config(1) },
        DetectConfig { hidden: 0, ..config(1) },
        DetectConfig { seasons: vec![1], ..config(1) },
        DetectConfig { rate: 0.0, ..config(1) },
        DetectConfig { lr: f64::NAN, ..config(1) },
    ] {
        assert!(Detector::new(&config).is_err(), "{config:?}");
    }
    let mut detector = Detector::new(&config(2)).unwrap();
    assert_eq!(detector.push(None, &[1.0]).unwrap_err(), DetectError::Channels { found: 1, expected: 2 });
}
