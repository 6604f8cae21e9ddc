//! Parts that keep groups whole: what is held back then comes from nobody that was learned from.

use crate::rng::Rng;

/// Stream of a seed that the order of groups is drawn from.
const GROUP_STREAM: u64 = (1 << 34) + 1;

/// Splits items by group: gives the rest and the part of about `share`, both rising, with classes (`None` for items without one) in about
/// their shares. Nothing is held back where there is one group alone.
pub fn holdout_groups(classes: &[Option<usize>], groups: &[usize], share: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let counts = Counts::new(classes, groups, seed);
    let wanted: Vec<f64> = counts.all.iter().map(|n| n * share).collect();
    let mut held = vec![0.0; wanted.len()];
    let mut chosen = vec![false; counts.of.len()];
    let mut left = counts.order.len();
    let enough = share * classes.len() as f64;
    // The group that brings the classes closest to what is wanted, as long as one does.
    while share > 0.0 && left > 1 {
        let distance = |held: &[f64]| held.iter().zip(&wanted).map(|(h, w)| (h - w).powi(2)).sum::<f64>();
        let with = |group: usize| held.iter().zip(&counts.of[group]).map(|(h, n)| h + n).collect::<Vec<f64>>();
        let open = counts.order.iter().copied().filter(|&g| !chosen[g]);
        let Some(best) = open.min_by(|&a, &b| distance(&with(a)).total_cmp(&distance(&with(b)))) else { break };
        let first = !chosen.contains(&true);
        if !first && (held.iter().sum::<f64>() >= enough || distance(&with(best)) > distance(&held)) {
            break;
        }
        held = with(best);
        chosen[best] = true;
        left -= 1;
    }
    (0..classes.len()).partition(|&item| !chosen[groups[item]])
}

/// Fold `k` of `folds` (from 0) of whole groups: the rest, and the items held back. Every item is held back in one fold. With fewer groups
/// than folds some folds hold nothing back.
pub fn fold_groups(classes: &[Option<usize>], groups: &[usize], k: usize, folds: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let counts = Counts::new(classes, groups, seed);
    let mut order = counts.order.clone();
    // Large groups first: small ones even out what they leave.
    order.sort_by(|&a, &b| counts.of[b].iter().sum::<f64>().total_cmp(&counts.of[a].iter().sum::<f64>()));
    let mut held = vec![vec![0.0; counts.all.len()]; folds];
    let mut place = vec![0; counts.of.len()];
    for group in order {
        // What a group adds to the sum of squares, each class in its share.
        let cost = |fold: &Vec<f64>| {
            let each = fold.iter().zip(&counts.of[group]).zip(&counts.all);
            each.map(|((h, n), all)| n * (2.0 * h + n) / (all * all).max(1.0)).sum::<f64>()
        };
        let best = (0..folds).min_by(|&a, &b| cost(&held[a]).total_cmp(&cost(&held[b]))).unwrap_or(0);
        held[best].iter_mut().zip(&counts.of[group]).for_each(|(h, n)| *h += n);
        place[group] = best;
    }
    (0..classes.len()).partition(|&item| place[groups[item]] != k)
}

/// Items of each class in each group.
struct Counts {
    of: Vec<Vec<f64>>,
    all: Vec<f64>,
    /// Groups in random order.
    order: Vec<usize>,
}

impl Counts {
    fn new(classes: &[Option<usize>], groups: &[usize], seed: u64) -> Self {
        let width = classes.iter().flatten().max().map_or(0, |most| most + 1) + 1;
        let count = groups.iter().max().map_or(0, |most| most + 1);
        let (mut of, mut all) = (vec![vec![0.0; width]; count], vec![0.0; width]);
        for (class, &group) in classes.iter().zip(groups) {
            let class = class.unwrap_or(width - 1);
            of[group][class] += 1.0;
            all[class] += 1.0;
        }
        // Groups of other parts of the same set have no item here.
        let mut order: Vec<usize> = (0..count).filter(|&g| of[g].iter().sum::<f64>() > 0.0).collect();
        Rng::new(seed, GROUP_STREAM).shuffle(&mut order);
        Self { of, all, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve groups of six items each, with two classes inside each.
    fn items() -> (Vec<Option<usize>>, Vec<usize>) {
        (0..72).map(|k| (Some(k % 2), k / 6)).unzip()
    }

    #[test]
    fn groups_stay_whole_and_classes_even() {
        let (classes, groups) = items();
        for seed in 0..5 {
            let (rest, held) = holdout_groups(&classes, &groups, 0.25, seed);
            assert_eq!((rest.len(), held.len()), (54, 18));
            assert!(held.iter().all(|&h| rest.iter().all(|&r| groups[r] != groups[h])));
            assert_eq!(held.iter().filter(|&&k| classes[k] == Some(0)).count(), 9);
        }
        assert_ne!(holdout_groups(&classes, &groups, 0.25, 1).1, holdout_groups(&classes, &groups, 0.25, 2).1);
        assert_eq!(holdout_groups(&classes, &[0; 72], 0.5, 1).1, Vec::<usize>::new());
        assert_eq!(holdout_groups(&classes, &groups, 0.0, 1).1, Vec::<usize>::new());
    }

    #[test]
    fn folds_of_groups_hold_every_item_back_once() {
        let (classes, groups) = items();
        let mut all = Vec::new();
        for k in 0..4 {
            let (rest, held) = fold_groups(&classes, &groups, k, 4, 7);
            assert_eq!(held.len(), 18);
            assert!(held.iter().all(|&h| rest.iter().all(|&r| groups[r] != groups[h])));
            all.extend(held);
        }
        all.sort_unstable();
        assert_eq!(all, (0..72).collect::<Vec<_>>());
    }
}
