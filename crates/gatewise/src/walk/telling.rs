//! Which units say most about a property of the text, and how much all of them together say.

use gatewise_rocket::Ridge;
use serde::Serialize;

use super::property::Property;
use super::states::States;

/// Least share of places at which a property holds, and at which it does not.
const LEAST_SHARE: f64 = 0.005;
/// Least places of each half at which it holds.
const LEAST_PLACES: usize = 20;
/// Rows that the linear probe learns from at most, spread evenly.
const LEARNED: usize = 4000;

/// What the units say of one property. Half of the text is searched, the other half is held back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Telling {
    /// The property.
    pub property: Property,
    /// Share of the places at which it holds.
    pub share: f64,
    /// The unit that says most, by the first half.
    pub unit: Unit,
    /// AUC of a linear probe over all units (Alain and Bengio 2016), on the half that it has not seen.
    pub probe_auc: f64,
    /// Places of the first half.
    pub train: usize,
    /// Places held back.
    pub held: usize,
}

/// A single unit as a detector.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Unit {
    /// Layer, from 0.
    pub layer: usize,
    /// Unit of that layer.
    pub unit: usize,
    /// AUC on the half held back: how often a place with the property has the larger state than a place without (the smaller, where `sign` is −1).
    pub auc: f64,
    /// AUC on the half that it was chosen by.
    pub train_auc: f64,
    /// 1 where the state is larger with the property, −1 where it is smaller.
    pub sign: i8,
}

/// Searches the units for each property. `holds`: for each property whether it holds after each symbol, (N). Properties that hold nearly never or nearly
/// everywhere are left out.
pub fn tell(states: &States, holds: &[(Property, Vec<bool>)]) -> Vec<Telling> {
    let half = states.count / 2;
    let usable: Vec<&(Property, Vec<bool>)> = holds
        .iter()
        .filter(|(_, holds)| {
            let share = holds.iter().filter(|h| **h).count() as f64 / holds.len().max(1) as f64;
            let enough = |part: &[bool]| {
                let yes = part.iter().filter(|h| **h).count();
                yes.min(part.len() - yes) >= LEAST_PLACES
            };
            (LEAST_SHARE..=1.0 - LEAST_SHARE).contains(&share) && enough(&holds[..half]) && enough(&holds[half..])
        })
        .collect();
    if usable.is_empty() {
        return Vec::new();
    }
    // Of every unit its AUC for each property, by the first half.
    let mut best: Vec<(f64, usize)> = vec![(f64::NAN, 0); usable.len()];
    for column in 0..states.width() {
        let order = sorted(states, column, 0..half);
        for (best, (_, holds)) in best.iter_mut().zip(&usable) {
            let auc = area(states, column, &order, holds);
            if best.0.is_nan() || (auc - 0.5).abs() > (best.0 - 0.5).abs() {
                *best = (auc, column);
            }
        }
    }
    let found = best.into_iter().zip(usable).map(|((train_auc, column), (property, holds))| {
        let place = states.place(column);
        let held = area(states, column, &sorted(states, column, half..states.count), holds);
        let up = train_auc >= 0.5;
        let turned = |auc: f64| if up { auc } else { 1.0 - auc };
        Telling {
            property: *property,
            share: holds.iter().filter(|h| **h).count() as f64 / holds.len() as f64,
            unit: Unit {
                layer: place.layer,
                unit: place.unit,
                auc: turned(held),
                train_auc: turned(train_auc),
                sign: if up { 1 } else { -1 },
            },
            probe_auc: probe(states, holds, half),
            train: half,
            held: states.count - half,
        }
    });
    found.collect()
}

/// Places in rising order of a unit's state.
fn sorted(states: &States, column: usize, places: std::ops::Range<usize>) -> Vec<usize> {
    let value = |at: usize| states.values[at * states.width() + column];
    let mut order: Vec<usize> = places.collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    order
}

/// The area under the ROC curve by ranks (Mann and Whitney 1947), those of equal values shared.
fn area(states: &States, column: usize, order: &[usize], holds: &[bool]) -> f64 {
    area_of(order.iter().map(|&at| (f64::from(states.values[at * states.width() + column]), holds[at])))
}

/// The area under the ROC curve of scores in rising order.
fn area_of(scores: impl Iterator<Item = (f64, bool)>) -> f64 {
    let (mut below, mut yes, mut no) = (0.0, 0.0, 0.0);
    let (mut tied_yes, mut tied_no, mut last) = (0.0, 0.0, f64::NAN);
    let mut settle = |tied_yes: &mut f64, tied_no: &mut f64, no: &mut f64| {
        below += *tied_yes * (*no + *tied_no / 2.0);
        *no += *tied_no;
        (*tied_yes, *tied_no) = (0.0, 0.0);
    };
    for (score, holds) in scores {
        if score != last {
            settle(&mut tied_yes, &mut tied_no, &mut no);
            last = score;
        }
        if holds {
            tied_yes += 1.0;
            yes += 1.0;
        } else {
            tied_no += 1.0;
        }
    }
    settle(&mut tied_yes, &mut tied_no, &mut no);
    if yes * no > 0.0 { below / (yes * no) } else { f64::NAN }
}

/// AUC of a ridge over all units on the second half.
fn probe(states: &States, holds: &[bool], half: usize) -> f64 {
    let stride = half.div_ceil(LEARNED).max(1);
    let rows: Vec<usize> = (0..half).step_by(stride).collect();
    let features: Vec<f32> = rows.iter().flat_map(|&at| states.row(at)).copied().collect();
    let truth: Vec<usize> = rows.iter().map(|&at| usize::from(holds[at])).collect();
    if truth.iter().all(|t| *t == truth[0]) {
        return f64::NAN;
    }
    let ridge = Ridge::fit(&features, &truth, 2, &[1.0, 1.0]).ridge;
    let mut scores: Vec<(f64, bool)> = (half..states.count)
        .map(|at| {
            let scores = ridge.scores(states.row(at));
            (scores[1] - scores[0], holds[at])
        })
        .collect();
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    area_of(scores.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        for (scores, expected) in [
            (vec![(1.0, false), (2.0, true)], 1.0),
            (vec![(1.0, true), (2.0, false)], 0.0),
            (vec![(1.0, false), (1.0, true)], 0.5),
            (vec![(1.0, false), (2.0, true), (3.0, false), (4.0, true)], 0.75),
            (vec![(0.0, false), (0.0, false), (0.0, true), (1.0, true)], 0.75),
        ] {
            assert_eq!(area_of(scores.clone().into_iter()), expected, "{scores:?}");
        }
        assert!(area_of([(1.0, true)].into_iter()).is_nan());
    }

    #[test]
    fn the_unit_that_stands_for_a_property_is_found() {
        // Unit 2 of layer 1 falls where the property holds, the others are noise.
        let (count, hidden, layers) = (4000, 3, 2);
        let mut rng = crate::rng::Rng::new(7, 0);
        let holds: Vec<bool> = (0..count).map(|at| at / 25 % 4 == 0).collect();
        let mut values: Vec<f32> = (0..count * hidden * layers).map(|_| rng.normal() as f32).collect();
        for (at, holds) in holds.iter().enumerate() {
            values[at * 6 + 5] -= if *holds { 3.0 } else { 0.0 };
        }
        let states = States { count, hidden, layers, values };
        let found = tell(&states, &[(Property::Quotes, holds), (Property::Hangul, vec![false; count])]);
        assert_eq!(found.len(), 1, "a property that never holds is left out");
        let Telling { unit, probe_auc, share, .. } = &found[0];
        assert_eq!((unit.layer, unit.unit, unit.sign), (1, 2, -1));
        // Two normal distributions three deviations apart: Φ(3/√2) = .983.
        assert!(
            (unit.auc - 0.983).abs() < 0.01 && (probe_auc - 0.983).abs() < 0.01 && (*share - 0.25).abs() < 1e-9,
            "{unit:?} {probe_auc}"
        );
    }
}
