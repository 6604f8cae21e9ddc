//! States as they come, and looked at again.

use super::*;
use crate::rng::Rng;

const ONLINE: Terms = Terms { rate: 1e-4, threshold: 4.0, hold: 100, learn: true, review: false, columns: 1 };
const REVIEW: Terms = Terms { learn: false, review: true, ..ONLINE };

/// Rows that raise an alarm, with what is told of them: as they come, and looked at again.
fn alarms(states: &[&str]) -> [Vec<(usize, StateKind)>; 2] {
    let mut category = Category::default();
    [ONLINE, REVIEW].map(|terms| {
        category.restart();
        let alarm = |(row, state): (usize, &&str)| {
            let told = category.push(Some(state), &terms);
            told.alarm.then(|| (row, category.blame().unwrap().kind))
        };
        states.iter().enumerate().filter_map(alarm).collect()
    })
}

/// 20 rows of RUN, 40 of IDLE, over and over; `odd` rows are others.
fn cycle(rows: usize, odd: impl Fn(usize) -> Option<&'static str>) -> Vec<&'static str> {
    (0..rows).map(|row| odd(row).unwrap_or(if row % 60 < 20 { "RUN" } else { "IDLE" })).collect()
}

#[test]
fn an_unseen_state_is_told_once_as_it_comes_and_in_review() {
    let states = cycle(3000, |row| (2000..2030).contains(&row).then_some("FAULT"));
    for found in alarms(&states) {
        assert_eq!(found, [(2000, StateKind::UnseenState)]);
    }
    let states = cycle(3000, |row| matches!(row, 1500 | 2500).then_some("FAULT"));
    let [online, review] = alarms(&states);
    assert_eq!(online, [(1500, StateKind::UnseenState), (2500, StateKind::RareState)]);
    assert_eq!(review, [(1500, StateKind::RareState), (2500, StateKind::RareState)]);
    assert_eq!(alarms(&cycle(3000, |_| None)), [[], []]);
}

#[test]
fn rows_of_an_unseen_state_are_anomalies_while_it_lasts_but_not_for_ever() {
    let mut category = Category::default();
    let states = cycle(3000, |row| (row >= 2000).then_some("OFF"));
    let odd: Vec<usize> = (0..3000).filter(|&row| category.push(Some(states[row]), &ONLINE).anomaly).collect();
    assert_eq!(odd, Vec::from_iter(2000..2000 + odd.len()));
    assert!((100..400).contains(&odd.len()), "{}", odd.len());
}

#[test]
fn a_state_that_lasts_longer_than_ever_is_told_while_it_does() {
    let states = cycle(3000, |row| (1980..2060).contains(&row).then_some("RUN"));
    for found in alarms(&states) {
        let [(row, StateKind::LongState)] = found[..] else { panic!("{found:?}") };
        assert!((2005..2035).contains(&row), "{row}");
    }
}

#[test]
fn a_change_that_never_was_is_told() {
    // Three states in one order; once it is another.
    let order = |row: usize| ["A", "B", "C"][row / 10 % 3];
    let states: Vec<&str> = (0..3000).map(|row| if (1510..1520).contains(&row) { "C" } else { order(row) }).collect();
    for found in alarms(&states) {
        assert_eq!(found.first(), Some(&(1510, StateKind::UnusualChange)), "{found:?}");
    }
}

#[test]
fn random_states_raise_about_as_many_alarms_as_asked_for() {
    let names: Vec<String> = (0..2000).map(|n| n.to_string()).collect();
    for (kind, stay, zipf) in [("two states", 0.95, false), ("many states", 0.5, false), ("a long tail of states", 0.2, true)] {
        let mut count = [0; 2];
        for seed in 0..20 {
            let mut rng = Rng::new(seed, 0);
            let mut state = 0;
            let states: Vec<&str> = (0..10_000)
                .map(|_| {
                    if rng.unit() > stay {
                        state = match (kind, zipf) {
                            ("two states", _) => 1 - state,
                            (_, true) => ((1.0 / (1.0 - rng.unit())) as usize).min(names.len() - 1),
                            _ => rng.below(6),
                        };
                    }
                    names[state].as_str()
                })
                .collect();
            alarms(&states).iter().zip(&mut count).for_each(|(found, count)| *count += found.len());
        }
        assert!(count.iter().all(|count| *count <= 60), "{kind}: {count:?} in 200,000 rows, 20 asked for");
    }
}

#[test]
fn few_rows_say_nothing_and_missing_states_are_passed_over() {
    let states: Vec<&str> = (0..100).map(|row| if row == 60 { "B" } else { "A" }).collect();
    assert_eq!(alarms(&states), [[], []]);
    let mut category = Category::default();
    for row in 0..600 {
        let state = (row % 2 == 0).then_some("A");
        assert!(!category.push(state, &ONLINE).anomaly, "{row}");
    }
    assert!(category.push(Some("B"), &ONLINE).alarm);
}

#[test]
fn a_saved_column_goes_on_as_it_would_have() {
    let states = cycle(3000, |row| matches!(row, 1500 | 2500).then_some("FAULT"));
    let mut whole = Category::default();
    for state in &states[..2000] {
        whole.push(Some(state), &ONLINE);
    }
    let mut loaded: Category = serde_json::from_value(serde_json::to_value(&whole).unwrap()).unwrap();
    assert!(loaded.restore());
    for state in &states[2000..] {
        assert_eq!(whole.push(Some(state), &ONLINE), loaded.push(Some(state), &ONLINE));
    }
    assert_eq!(whole, loaded);
}
