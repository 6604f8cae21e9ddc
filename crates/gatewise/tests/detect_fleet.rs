//! Several series, states, counters, holes and known maintenance, as a program embeds them.

use gatewise::task::detect::{Cause, DetectConfig, DetectError, Detector, Episode, Fleet, FleetConfig, Reading, Resumed, StateKind};
use serde_json::json;

/// A wave of 24 rows with a little noise.
fn wave(row: usize) -> f64 {
    10.0 + 5.0 * (std::f64::consts::TAU * row as f64 / 24.0).sin() + (row * 7919 % 101) as f64 * 0.02
}

/// Noise without a period.
fn noise(row: usize) -> f64 {
    let hash = (row as u32).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(2_246_822_519);
    f64::from(hash) / f64::from(u32::MAX)
}

fn small(channels: usize) -> DetectConfig {
    DetectConfig { hidden: 4, effort: 0.1, seasons: vec![24], ..DetectConfig::new(channels) }
}

/// A minute.
fn time(row: usize) -> Option<(i64, u32)> {
    Some((60 * row as i64, 0))
}

fn plain<'a>(row: usize, values: &'a [f64], states: &'a [Option<&'a str>]) -> Reading<'a> {
    Reading { time: time(row), values, states, ignored: false, known_hole: false }
}

const NAMES: [&str; 3] = ["a", "b", "c"];

#[test]
fn each_series_is_scored_as_if_it_were_alone() {
    let mut fleet = Fleet::new(&FleetConfig::new(small(1))).unwrap();
    let mut alone = NAMES.map(|_| Detector::new(&small(1)).unwrap());
    for row in 0..400 {
        for (s, name) in NAMES.iter().enumerate() {
            let values = [wave(row + 5 * s) * 10.0_f64.powi(s as i32)];
            let series = fleet.series(name).unwrap();
            let judged = fleet.push(series, &plain(row, &values, &[])).unwrap();
            let scored = alone[s].push(Some(60 * row as i64), &values).unwrap();
            assert_eq!((judged.row, judged.verdict, judged.expected), (scored.row, scored.verdict, scored.expected), "{name} {row}");
        }
    }
    assert_eq!((fleet.names(), fleet.rows(), fleet.rows_of(1)), (&NAMES.map(str::to_owned)[..], 1200, 400));
}

/// Values and state of a row: a counter that is reset beside a wave, and now and then something missing.
fn mixed(series: usize, row: usize) -> ([f64; 2], Option<&'static str>) {
    let value = if row % 50 == 7 { f64::NAN } else { wave(row + series) };
    let state = if row % 90 < 60 { "RUN" } else { "IDLE" };
    ([value, (row % 300 * 10) as f64], (row % 70 != 3).then_some(state))
}

fn push(fleet: &mut Fleet, series: &str, row: usize) -> String {
    let (values, state) = mixed(series.len(), row);
    let series = fleet.series(series).unwrap();
    format!("{:?}", fleet.push(series, &plain(row, &values, &[state])).unwrap())
}

#[test]
fn a_saved_fleet_goes_on_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let config = FleetConfig { counters: vec![1], states: 1, ..FleetConfig::new(small(2)) };
    let mut whole = Fleet::new(&config).unwrap();
    let rows = |range: std::ops::Range<usize>| range.flat_map(|row| [("a", row), ("bb", row), ("ccc", row + 50)]);
    for (series, row) in rows(0..500) {
        push(&mut whole, series, row);
    }
    whole.save(&path, &json!({"kept": 1})).unwrap();
    let (mut loaded, data) = Fleet::load(&path).unwrap();
    assert_eq!((data, loaded.names(), loaded.config()), (json!({"kept": 1}), whole.names(), whole.config()));
    assert_eq!(loaded.last_time(2), Some((60 * 549, 0)));
    // Four rows are skipped: the hole is known to both.
    for (series, row) in rows(504..600).chain([("new", 0), ("new", 1)]) {
        assert_eq!(push(&mut whole, series, row), push(&mut loaded, series, row), "{series} {row}");
    }
    assert!(whole.to_bytes(&json!(null)) == loaded.to_bytes(&json!(null)));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(Fleet::load(&path).is_err());
}

#[test]
fn a_file_of_a_detector_alone_is_a_fleet_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut detector = Detector::new(&small(1)).unwrap();
    for row in 0..300 {
        detector.push(None, &[wave(row)]).unwrap();
    }
    detector.save(&path, &json!({"kept": 2})).unwrap();
    let (mut fleet, data) = Fleet::load(&path).unwrap();
    assert_eq!((data, fleet.rows()), (json!({"kept": 2}), 300));
    let series = fleet.series("").unwrap();
    for row in 300..400 {
        let values = [wave(row)];
        let (judged, scored) = (fleet.push(series, &plain(row, &values, &[])).unwrap(), detector.push(Some(0), &values).unwrap());
        assert_eq!((judged.row, judged.verdict), (scored.row, scored.verdict));
    }
}

#[test]
fn states_alone_need_no_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut fleet = Fleet::new(&FleetConfig { states: 1, ..FleetConfig::new(small(0)) }).unwrap();
    let series = fleet.series("").unwrap();
    let state = |row: usize| Some(if row == 900 { "FAULT" } else { ["RUN", "IDLE"][row / 20 % 2] });
    for row in 0..800 {
        assert!(!fleet.push(series, &plain(row, &[], &[state(row)])).unwrap().verdict.anomaly);
    }
    fleet.save(&path, &json!({"kept": 3})).unwrap();
    let (mut fleet, data) = Fleet::load(&path).unwrap();
    assert_eq!(data, json!({"kept": 3}));
    let mut found = Vec::new();
    for row in 800..1000 {
        found.extend(fleet.push(series, &plain(row, &[], &[state(row)])).unwrap().ended);
    }
    let [Episode { start: 900, end: 900, causes, .. }] = &found[..] else { panic!("{found:?}") };
    let [Cause::State { column: 0, blame, .. }] = &causes[..] else { panic!("{causes:?}") };
    assert_eq!((&blame.state[..], blame.before.as_deref(), blame.kind), ("FAULT", Some("RUN"), StateKind::UnseenState));
}

/// Episodes of a series whose rows are read so.
fn episodes<'a>(
    config: &FleetConfig,
    rows: usize,
    reading: impl Fn(usize, &'a [f64]) -> Option<Reading<'a>>,
    values: &'a [f64],
) -> (Fleet, Vec<Episode>) {
    let mut fleet = Fleet::new(config).unwrap();
    let series = fleet.series("").unwrap();
    let mut found = Vec::new();
    let width = config.detect.channels;
    for row in 0..rows {
        if let Some(reading) = reading(row, &values[row * width..][..width]) {
            found.extend(fleet.push(series, &reading).unwrap().ended);
        }
    }
    found.extend(fleet.finish().into_iter().map(|(_, episode)| episode));
    (fleet, found)
}

#[test]
fn a_reset_is_no_anomaly_and_a_leap_is_told_in_the_counters_own_values() {
    let mut counter = 0.0;
    let values: Vec<f64> = (0..2000)
        .map(|row| {
            counter = if row % 700 == 650 { 4.0 } else { counter + 8.0 + (row * 7919 % 5) as f64 + if row == 1800 { 900.0 } else { 0.0 } };
            counter
        })
        .collect();
    let config = FleetConfig { counters: vec![0], ..FleetConfig::new(DetectConfig { seasons: Vec::new(), ..small(1) }) };
    let (_, found) = episodes(&config, 2000, |row, values| Some(plain(row, values, &[])), &values);
    let [episode] = &found[..] else { panic!("{found:?}") };
    let [Cause::Value(blame)] = &episode.causes[..] else { panic!("{episode:?}") };
    assert_eq!((episode.start, blame.value), (1800, values[1800]), "{episode:?}");
    assert!((blame.expected - values[1799] - 10.0).abs() < 5.0, "{blame:?} after {}", values[1799]);
}

#[test]
fn known_maintenance_raises_nothing_and_is_not_learned_from() {
    let value = |row: usize| noise(row) + if (700..760).contains(&row) { 60.0 } else { 0.0 };
    let config = FleetConfig { states: 1, ..FleetConfig::new(small(1)) };
    let run = |value: &dyn Fn(usize) -> f64, odd: &'static str| {
        let values: Vec<f64> = (0..1000).map(value).collect();
        let mut fleet = Fleet::new(&config).unwrap();
        let series = fleet.series("").unwrap();
        let mut marked = Vec::new();
        for row in 0..1000 {
            let ignored = (700..760).contains(&row);
            let states = [Some(if ignored { odd } else { "RUN" })];
            let reading = Reading { ignored, ..plain(row, &values[row..=row], &states) };
            if fleet.push(series, &reading).unwrap().verdict.anomaly {
                marked.push(row);
            }
        }
        (marked, fleet.to_bytes(&json!(null)))
    };
    let (marked, with) = run(&value, "SERVICE");
    assert!(!marked.iter().any(|row| (690..860).contains(row)), "in it and behind it\n{marked:?}");
    assert!(with == run(&noise, "RUN").1, "what is ignored leaves nothing behind");
}

#[test]
fn a_hole_between_rows_is_told_of_unless_it_is_known() {
    let values: Vec<f64> = (0..1000).map(noise).collect();
    for (known, expected) in [(false, Some(60)), (true, None)] {
        let mut fleet = Fleet::new(&FleetConfig::new(small(1))).unwrap();
        let series = fleet.series("").unwrap();
        let mut holes = Vec::new();
        for row in (0..500).chain(560..1000) {
            let reading = Reading { known_hole: known, ..plain(row, &values[row..=row], &[]) };
            holes.extend(fleet.push(series, &reading).unwrap().hole);
        }
        assert_eq!(holes.first().map(|hole| hole.missing), expected);
        assert!(holes.iter().all(|hole| hole.ends() == [(60 * 500, 0), (60 * 559, 0)]), "{holes:?}");
    }
}

#[test]
fn cells_that_stay_missing_are_an_event_from_the_first_of_them() {
    let values: Vec<f64> = (0..1000).map(|row| if (600..640).contains(&row) { f64::NAN } else { noise(row) }).collect();
    let (mut fleet, found) = episodes(&FleetConfig::new(small(1)), 1000, |row, values| Some(plain(row, values, &[])), &values);
    let is_missing = |e: &&Episode| matches!(e.causes[0], Cause::Missing { column: 0, rows: 40, .. });
    assert_eq!(found.iter().find(is_missing).map(|e| (e.start, e.end)), Some((600, 639)), "{found:?}");
    // Looked at again, what was learned from the hole does not excuse it.
    fleet.review();
    let mut again = Vec::new();
    for row in 0..1000 {
        again.extend(fleet.push(0, &plain(row, &values[row..=row], &[])).unwrap().ended);
    }
    assert_eq!(again.iter().find(is_missing).map(|e| (e.start, e.end)), Some((600, 639)), "{again:?}");
}

#[test]
fn later_rows_go_on_or_start_anew() {
    let mut fleet = Fleet::new(&FleetConfig::new(small(1))).unwrap();
    let series = fleet.series("a").unwrap();
    assert_eq!(fleet.resume(series, time(0)), Resumed::New);
    for row in 0..100 {
        fleet.push(series, &plain(row, &[wave(row)], &[])).unwrap();
    }
    assert_eq!((fleet.resume(series, time(100)), fleet.rows_of(series)), (Resumed::Follows, 100));
    assert_eq!((fleet.resume(series, time(99)), fleet.rows_of(series)), (Resumed::StartsAnew, 0));
}

#[test]
fn what_does_not_fit_is_refused() {
    for config in [
        FleetConfig::new(small(0)),
        FleetConfig { counters: vec![1], ..FleetConfig::new(small(1)) },
        FleetConfig { max_series: 0, ..FleetConfig::new(small(1)) },
        FleetConfig { states: usize::MAX, ..FleetConfig::new(small(1)) },
        FleetConfig::new(DetectConfig { rate: 0.0, ..small(1) }),
    ] {
        assert!(Fleet::new(&config).is_err(), "{config:?}");
    }
    let mut fleet = Fleet::new(&FleetConfig { max_series: 1, ..FleetConfig::new(small(1)) }).unwrap();
    fleet.series("a").unwrap();
    assert_eq!(fleet.series("b"), Err(DetectError::Series { name: "b".to_owned(), most: 1 }));
    assert_eq!(fleet.push(0, &plain(0, &[], &[])).unwrap_err(), DetectError::Channels { found: 0, expected: 1 });
    assert!(fleet.push(0, &plain(0, &[1.0], &[None])).is_err());
}
