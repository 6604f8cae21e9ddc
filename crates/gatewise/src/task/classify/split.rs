//! Which items are held back: drawn from each class alike, the same for the same seed.

use crate::rng::Rng;

/// Stream of a seed that splits are drawn from.
const SPLIT_STREAM: u64 = 1 << 34;

/// Splits items by class (`None` for those without one): gives the rest and the part of about `share`, both rising.
/// A class with one item is not split. Where many classes are so small that less than half of the part would be held back, those with an item
/// to spare give one in turn, drawn at random; where none would be, the largest gives one.
pub fn holdout(classes: &[Option<usize>], share: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut held = Vec::new();
    let groups = shuffled(classes, seed);
    for group in &groups {
        let count = if group.len() < 2 { 0 } else { ((group.len() as f64 * share).round() as usize).min(group.len() - 1) };
        held.extend_from_slice(&group[..count]);
    }
    let wanted = (classes.len() as f64 * share).round() as usize;
    if 2 * held.len() < wanted {
        let mut taken = vec![false; classes.len()];
        held.iter().for_each(|&item| taken[item] = true);
        let spare = |group: &Vec<usize>| group.iter().copied().filter(|&item| !taken[item]).skip(1).collect::<Vec<_>>();
        let mut spares: Vec<Vec<usize>> = groups.iter().map(spare).collect();
        Rng::new(seed, SPLIT_STREAM + 1).shuffle(&mut spares);
        while held.len() < wanted && spares.iter().any(|spare| !spare.is_empty()) {
            let missing = wanted - held.len();
            held.extend(spares.iter_mut().filter_map(Vec::pop).take(missing));
        }
    }
    if held.is_empty() && share > 0.0 {
        held.extend(groups.iter().filter(|g| g.len() > 1).max_by_key(|g| g.len()).and_then(|g| g.first()));
    }
    parts(classes.len(), held)
}

/// Fold `k` of `folds` (from 0): the rest, and the items held back. Every item is held back in one fold.
pub fn fold(classes: &[Option<usize>], k: usize, folds: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    // One count over all classes keeps the folds' sizes within one of each other.
    let all = shuffled(classes, seed).into_iter().flatten();
    let held = all.enumerate().filter(|(at, _)| at % folds == k).map(|(_, item)| item).collect();
    parts(classes.len(), held)
}

/// The items of each class in random order.
fn shuffled(classes: &[Option<usize>], seed: u64) -> Vec<Vec<usize>> {
    let count = classes.iter().flatten().max().map_or(0, |most| most + 1);
    let mut groups = vec![Vec::new(); count + 1];
    for (item, class) in classes.iter().enumerate() {
        groups[class.unwrap_or(count)].push(item);
    }
    let mut rng = Rng::new(seed, SPLIT_STREAM);
    groups.iter_mut().for_each(|group| rng.shuffle(group));
    groups
}

fn parts(items: usize, mut held: Vec<usize>) -> (Vec<usize>, Vec<usize>) {
    held.sort_unstable();
    let rest = (0..items).filter(|item| held.binary_search(item).is_err()).collect();
    (rest, held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(counts: &[usize]) -> Vec<Option<usize>> {
        counts.iter().enumerate().flat_map(|(class, &count)| std::iter::repeat_n(Some(class), count)).collect()
    }

    #[test]
    fn each_class_gives_its_share_and_keeps_one() {
        let classes = classes(&[100, 20, 1, 2]);
        let (rest, held) = holdout(&classes, 0.2, 1);
        let count = |part: &[usize], class| part.iter().filter(|&&i| classes[i] == Some(class)).count();
        assert_eq!([0, 1, 2, 3].map(|class| count(&held, class)), [20, 4, 0, 0]);
        assert_eq!(rest.len() + held.len(), classes.len());
        assert_eq!(holdout(&classes, 0.2, 1), (rest, held.clone()));
        assert_ne!(holdout(&classes, 0.2, 2).1, held);
        assert_eq!(holdout(&self::classes(&[1, 2, 1]), 0.1, 1).1.len(), 1);
        assert_eq!(holdout(&self::classes(&[1, 1]), 0.1, 1).1.len(), 0);
    }

    #[test]
    fn many_small_classes_give_their_part_together() {
        let classes = classes(&[2; 400]);
        let (rest, held) = holdout(&classes, 0.15, 1);
        assert_eq!((rest.len(), held.len()), (680, 120));
        // Each class keeps one, and it is not the first classes alone that give.
        assert!((0..400).all(|class| rest.iter().any(|&k| classes[k] == Some(class))));
        assert!(held.iter().filter(|&&k| k >= 400).count() > 40, "{held:?}");
        assert_eq!(holdout(&classes, 0.15, 1).1, held);
        // No class gives its last item, however much is wanted.
        assert_eq!(holdout(&self::classes(&[1, 1, 1, 1, 2, 1]), 0.45, 1).1.len(), 1);
    }

    #[test]
    fn folds_hold_every_item_back_once() {
        let classes = classes(&[7, 5]);
        let mut held: Vec<usize> = (0..5).flat_map(|k| fold(&classes, k, 5, 3).1).collect();
        held.sort_unstable();
        assert_eq!(held, (0..12).collect::<Vec<_>>());
        for k in 0..5 {
            assert!((2..=3).contains(&fold(&classes, k, 5, 3).1.len()));
        }
    }
}
