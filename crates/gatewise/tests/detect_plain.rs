//! Anomalies that a person sees at a glance, in plain series: found online, and by a detector that learned from them.

use std::f64::consts::TAU;

use gatewise::rng::Rng;
use gatewise::task::detect::{DetectConfig, Detector, Kind, main_kind};

/// Little work: the simplest evidence does not wait for the network.
fn config(seasons: &[usize]) -> DetectConfig {
    DetectConfig { hidden: 2, effort: 0.02, seasons: seasons.to_vec(), ..DetectConfig::new(1) }
}

/// Rows marked online, and by a second look at rows that were learned from.
fn marked(config: &DetectConfig, values: &[f64]) -> [Vec<usize>; 2] {
    let mut detector = Detector::new(config).unwrap();
    let pass = |detector: &mut Detector| -> Vec<usize> {
        let rows = values.iter().enumerate();
        rows.filter(|(_, value)| detector.push(None, &[**value]).unwrap().verdict.anomaly).map(|(row, _)| row).collect()
    };
    let online = pass(&mut detector);
    detector.rewind();
    [online, pass(&mut detector)]
}

/// White noise around 10, and what is put in.
fn noise(seed: u64, rows: usize, put: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    (0..rows).map(|row| 10.0 + rng.normal() + put(row)).collect()
}

/// Noise that adds up.
fn walk(seed: u64, rows: usize) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    let mut at = 0.0;
    let mut step = || {
        at += rng.normal();
        at
    };
    (0..rows).map(|_| step()).collect()
}

/// Hours with a course of the day that is flatter at weekends, in noise of deviation 1.
fn hourly(seed: u64, rows: usize) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    let height = |row: usize| if row / 24 % 7 >= 5 { 3.0 } else { 10.0 };
    (0..rows).map(|row| 50.0 + height(row) * (TAU * row as f64 / 24.0).sin() + rng.normal()).collect()
}

fn holds(found: &[usize], within: std::ops::Range<usize>) -> bool {
    found.iter().any(|row| within.contains(row))
}

#[test]
fn a_spike_is_found_whatever_its_size_its_length_and_the_rows_it_is_learned_from() {
    for (rows, at) in [(100, 70), (300, 200), (3000, 2000)] {
        for (size, length) in [(10.0, 1), (-10.0, 2), (30.0, 1), (30.0, 5), (100.0, 2)] {
            let values = noise(7, rows, |row| if (at..at + length).contains(&row) { size } else { 0.0 });
            for (how, found) in ["online", "learned"].into_iter().zip(marked(&config(&[]), &values)) {
                assert!(holds(&found, at..at + length), "{how}: {size} at {at} of {rows}: {found:?}");
                let without_cause = found.iter().filter(|row| !(at..at + length + 6).contains(row)).count();
                assert!(without_cause <= 2, "{how}: {size} at {at} of {rows}: {found:?}");
            }
        }
    }
}

#[test]
fn a_spike_on_a_random_walk_is_one_of_its_steps() {
    let mut values = walk(3, 1000);
    values[700] += 10.0;
    for found in marked(&config(&[]), &values) {
        assert!(found.contains(&700) && found.len() <= 4, "{found:?}");
    }
}

#[test]
fn size_and_sign_of_the_numbers_make_no_difference() {
    let values = noise(5, 1000, |row| if row == 800 { -10.0 } else { 0.0 });
    for (offset, unit) in [(0.0, 1e-6), (1e9, 1.0), (-500.0, 1.0), (0.0, 1e9), (0.0, -1.0)] {
        let values: Vec<f64> = values.iter().map(|v| offset + unit * v).collect();
        for found in marked(&config(&[]), &values) {
            assert!(found.contains(&800), "{offset} {unit}: {found:?}");
        }
    }
}

#[test]
fn a_level_that_moves_is_found_and_then_usual() {
    let values = noise(9, 4000, |row| if row >= 2000 { 20.0 } else { 0.0 });
    for found in marked(&config(&[]), &values) {
        assert!(holds(&found, 2000..2003), "{found:?}");
        assert!(found.iter().all(|row| *row < 2100 || *row > 3990) || found.iter().filter(|row| **row >= 2100).count() <= 2, "{found:?}");
    }
}

#[test]
fn a_slow_drift_of_noise_is_no_nature_of_it() {
    let values = noise(4, 1000, |row| (row.max(700) - 700) as f64 * 0.2);
    for found in marked(&config(&[]), &values) {
        assert!(holds(&found, 700..800), "{found:?}");
    }
}

#[test]
fn a_day_without_its_course_and_a_weekend_with_one_are_found() {
    let mut values = hourly(1, 24 * 7 * 12);
    let (weekday, sunday) = (24 * 7 * 9 + 48, 24 * 7 * 10 + 6 * 24);
    values[weekday..weekday + 24].iter_mut().for_each(|v| *v = 50.0 + (*v * 7919.0).sin());
    (0..24).for_each(|hour| values[sunday + hour] += 7.0 * (TAU * hour as f64 / 24.0).sin());
    for seasons in [&[24, 168][..], &[]] {
        for (how, found) in ["online", "learned"].into_iter().zip(marked(&config(seasons), &values)) {
            assert!(holds(&found, weekday..weekday + 24) && holds(&found, sunday..sunday + 24), "{how} {seasons:?}: {found:?}");
        }
    }
}

#[test]
fn a_missing_stretch_does_not_move_the_season() {
    let config = DetectConfig { step: Some(3600), ..config(&[24]) };
    let mut detector = Detector::new(&config).unwrap();
    let values = hourly(2, 1500);
    let mut found = Vec::new();
    for (hour, value) in values.iter().enumerate().filter(|(hour, _)| !(1000..1111).contains(hour)) {
        let odd = if hour == 1300 { 12.0 } else { 0.0 };
        if detector.push(Some(hour as i64 * 3600), &[value + odd]).unwrap().verdict.anomaly && hour > 400 {
            found.push(hour);
        }
    }
    assert!(found.contains(&1300) && found.len() <= 3, "{found:?}");
}

#[test]
fn noise_raises_about_the_alarms_that_were_asked_for() {
    type Draw = fn(&mut Rng) -> f64;
    // Student's t with three degrees of freedom, and counts.
    let draws: [(&str, Draw, std::ops::RangeInclusive<usize>); 4] = [
        ("normal", |rng| rng.normal(), 1..=30),
        ("heavy", |rng| rng.normal() / ((0..3).map(|_| rng.normal().powi(2)).sum::<f64>() / 3.0).sqrt(), 0..=40),
        ("counts", |rng| (0..20).filter(|_| rng.unit() < 0.15).count() as f64, 0..=40),
        ("bounded", |rng| rng.unit(), 0..=10),
    ];
    for (name, draw, alarms) in draws {
        let found: usize = (0..5)
            .map(|seed| {
                let mut rng = Rng::new(seed, 1);
                let values: Vec<f64> = (0..6000).map(|_| draw(&mut rng)).collect();
                let mut detector = Detector::new(&DetectConfig { rate: 3e-4, ..config(&[]) }).unwrap();
                values.iter().filter(|value| detector.push(None, &[**value]).unwrap().verdict.anomaly).count()
            })
            .sum();
        // Nine are asked for.
        assert!(alarms.contains(&found), "{name}: {found}");
    }
}

#[test]
fn an_event_says_what_is_odd_in_plain_words() {
    let mut detector = Detector::new(&config(&[])).unwrap();
    let mut kind = None;
    for (row, value) in noise(1, 1000, |row| if row == 900 { 12.0 } else { 0.0 }).into_iter().enumerate() {
        let scored = detector.push(None, &[value]).unwrap();
        if row == 900 {
            assert!(scored.verdict.score > scored.verdict.threshold, "{scored:?}");
            kind = Some(main_kind(&scored.evidence[0]));
        }
    }
    assert_eq!((kind, Kind::Value.words()), (Some(Kind::Value), "far from its usual value"));
}
