//! Which items are learned from, which decide when to stop, and which are held back.

use std::collections::BTreeMap;

use gatewise_data::items::{ItemSet, Label, groups, proposed};
use regex::Regex;

use super::Goal;
use crate::choice::Choices;
use crate::error::Error;
use crate::task::classify::encode::{self, labels};
use crate::task::classify::{PartArgs, fold, fold_groups, holdout, holdout_groups};

/// Share of the items that decides when to stop.
const VALID_SHARE: f64 = 0.15;

/// Items that decide when to stop at most: more cost time and tell little more.
const MOST_VALID: f64 = 5000.0;

/// Groups of like values that a split of a regression draws from alike.
const VALUE_GROUPS: usize = 10;

/// The parts of a data set, as numbers of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The classes; none of values.
    pub labels: Vec<String>,
    /// Learned from.
    pub train: Vec<usize>,
    /// Decide when to stop.
    pub valid: Vec<usize>,
    /// Held back.
    pub test: Vec<usize>,
}

impl Parts {
    pub(super) fn of(set: &ItemSet, s: &mut PartArgs, goal: Goal, choices: &mut Choices) -> Result<Self, Error> {
        let labels = if goal == Goal::Classes { labels(&set.items) } else { Vec::new() };
        let classes = if goal == Goal::Classes { classes(set, &labels) } else { value_groups(set)? };
        let usable: Vec<usize> = (0..set.items.len()).filter(|&k| set.items[k].label != Label::None).collect();
        let missing = set.items.len() - usable.len();
        let seed = Choices::or_default(&mut s.split_seed, 1);
        let whole = owners(set, s, choices)?;
        let of = |chosen: &[usize]| chosen.iter().map(|&k| classes[k]).collect::<Vec<_>>();
        let holdout = |chosen: &[usize], share: f64, seed: u64| match &whole {
            Some(whole) => holdout_groups(&of(chosen), &chosen.iter().map(|&k| whole[k]).collect::<Vec<_>>(), share, seed),
            None => holdout(&of(chosen), share, seed),
        };
        let pick = |from: &[usize], at: Vec<usize>| at.into_iter().map(|k| from[k]).collect::<Vec<_>>();
        let (rest, test) = match (&s.test_regex, &s.fold, s.test_share) {
            (Some(pattern), ..) => {
                let pattern = Regex::new(pattern).map_err(|e| Error::usage(format!("⦃test-regex⦄ {pattern}: {e}")))?;
                let (rest, test): (Vec<usize>, Vec<usize>) = usable.iter().partition(|&&k| !pattern.is_match(&set.items[k].name));
                let shared = |whole: &Vec<usize>| test.iter().find(|&&t| rest.iter().any(|&r| whole[r] == whole[t])).copied();
                if let Some(item) = whole.as_ref().and_then(shared) {
                    let name = &set.items[item].name;
                    return Err(Error::usage(format!(
                        "⦃test-regex⦄ parts the items of a group: {name} is held back, others of its group are not"
                    ))
                    .help("a pattern that takes whole groups, or ⦃group⦄ none"));
                }
                (rest, test)
            }
            (None, Some(text), _) => {
                let (k, n) = parse_fold(text)?;
                let (rest, test) = match &whole {
                    Some(whole) => fold_groups(&of(&usable), &usable.iter().map(|&k| whole[k]).collect::<Vec<_>>(), k, n, seed),
                    None => fold(&of(&usable), k, n, seed),
                };
                if test.is_empty() {
                    return Err(Error::usage(format!("⦃fold⦄ {text}: there are fewer groups than folds, and this one is empty"))
                        .help("fewer folds, or another ⦃group⦄"));
                }
                (pick(&usable, rest), pick(&usable, test))
            }
            (None, None, Some(share)) => {
                let (rest, test) = holdout(&usable, share, seed);
                (pick(&usable, rest), pick(&usable, test))
            }
            _ => (usable, Vec::new()),
        };
        let share = VALID_SHARE.min(MOST_VALID / rest.len().max(1) as f64);
        let share = choices.infer(&mut s.valid_share, "valid-share", || ((share * 1000.0).round() / 1000.0, String::new()));
        // Another seed than the test part's, whose order would else decide this one too.
        let (train, valid) = holdout(&rest, share, seed.wrapping_add(1));
        let parts = Self { labels, train: pick(&rest, train), valid: pick(&rest, valid), test };
        parts.check(set, goal, missing, choices)?;
        Ok(parts)
    }

    fn check(&self, set: &ItemSet, goal: Goal, missing: usize, choices: &mut Choices) -> Result<(), Error> {
        if self.train.is_empty() {
            return Err(Error::data(format!("{}: there is no item to learn from", set.path))
                .help("a smaller ⦃test-share⦄ or ⦃valid-share⦄ leaves some"));
        }
        if missing > 0 {
            choices.note("label-column", format!("{missing} items without a label are left out"));
        }
        if goal == Goal::Values {
            return Ok(());
        }
        match &self.labels[..] {
            [] | [_] => {
                let only = self.labels.first().map_or(String::new(), |label| format!(", {label:?}"));
                Err(Error::data(format!("{}: there is one class only{only}: nothing to tell apart", set.path))
                    .help("labels come from folders' names, ⦃label-column⦄ or ⦃label-regex⦄"))
            }
            labels => {
                let counts = self.counts(set);
                let single = labels.iter().filter(|l| counts.get(l.as_str()).is_some_and(|n| *n == 1)).count();
                if 2 * single > labels.len() && labels.len() > 20 {
                    return Err(Error::data(format!(
                        "{}: {} classes of {} items: most have one example",
                        set.path,
                        labels.len(),
                        set.items.len()
                    ))
                    .help("is ⦃label-column⦄ the right one? numbers are learned by `gatewise train regress`"));
                }
                let rare: Vec<&str> =
                    labels.iter().filter(|l| counts.get(l.as_str()).is_some_and(|n| *n == 1)).map(String::as_str).collect();
                if !rare.is_empty() {
                    choices.note("class-weights", format!("classes with one example, which cannot be validated: {}", rare.join(", ")));
                }
                Ok(())
            }
        }
    }

    /// How often each label occurs, of items or of steps.
    fn counts<'a>(&self, set: &'a ItemSet) -> BTreeMap<&'a str, usize> {
        let mut counts = BTreeMap::new();
        for item in &set.items {
            match &item.label {
                Label::None => {}
                Label::One(label) => *counts.entry(label.as_str()).or_default() += 1,
                Label::Several(each) | Label::Each(each) => {
                    each.iter().flatten().for_each(|label| *counts.entry(label.as_str()).or_default() += 1)
                }
            }
        }
        counts
    }

    /// Items, or steps, of each class that are learned from or decide when to stop; empty of values.
    pub(super) fn class_counts(&self, set: &ItemSet) -> Vec<u64> {
        let chosen: Vec<usize> = self.train.iter().chain(&self.valid).copied().collect();
        self.counts_of(set, &chosen).into_iter().map(|n| n as u64).collect()
    }

    /// Weights that let each class count alike: items / (classes · items of the class), over the training part.
    pub(super) fn balanced(&self, set: &ItemSet) -> Vec<f64> {
        let counts = self.counts_of(set, &self.train);
        let total: usize = counts.iter().sum();
        counts.iter().map(|&n| total as f64 / (counts.len() * n.max(1)) as f64).collect()
    }

    fn counts_of(&self, set: &ItemSet, chosen: &[usize]) -> Vec<usize> {
        let mut counts = vec![0_usize; self.labels.len()];
        for &k in chosen {
            let mut add = |label: &str| {
                if let Some(class) = self.labels.iter().position(|l| l == label) {
                    counts[class] += 1;
                }
            };
            match &set.items[k].label {
                Label::None => {}
                Label::One(label) => add(label),
                Label::Several(each) | Label::Each(each) => each.iter().flatten().for_each(|label| add(label)),
            }
        }
        counts
    }

    /// The values of some items, one or several of each.
    pub(super) fn values(&self, set: &ItemSet, chosen: &[usize]) -> Result<Vec<Vec<f64>>, Error> {
        chosen.iter().map(|&k| values(set, k)).collect()
    }
}

/// The values of an item; NaN where it has none.
fn values(set: &ItemSet, k: usize) -> Result<Vec<f64>, Error> {
    match &set.items[k].label {
        Label::One(label) => Ok(vec![encode::value(&set.path, &set.items[k].name, label)?]),
        Label::Several(labels) => encode::several(&set.path, &set.items[k].name, labels),
        Label::Each(_) => Err(Error::data(format!("{}: {}: the value changes from row to row", set.path, set.items[k].name))
            .help("a regression has one value an item: ⦃label-column⦄ names the column of it")),
        Label::None => Ok(vec![f64::NAN]),
    }
}

/// The group of each item, which stays in one part. Where names suggest groups and none are given, they are proposed.
fn owners(set: &ItemSet, s: &PartArgs, choices: &mut Choices) -> Result<Option<Vec<usize>>, Error> {
    if s.group.as_deref() == Some("none") {
        return Ok(None);
    }
    let found = groups(set, s.group.as_deref())?;
    match &found {
        Some(found) => {
            let count = found.iter().max().map_or(0, |most| most + 1);
            if count < 2 {
                return Err(Error::data(format!("{}: all items are of one group: none can be held back", set.path))
                    .help("another ⦃group⦄, or ⦃group⦄ none"));
            }
            choices.note("group", format!("{count} groups, each in one part as a whole"));
        }
        None => {
            if let Some((pattern, count)) = proposed(set) {
                let what = format!(
                    "none; names begin with one of {count} words: if those are people or devices, '{pattern}' keeps each in one part"
                );
                choices.note("group", what);
            }
        }
    }
    Ok(found)
}

/// The class of each item; of one with a label a step, that of its first step.
fn classes(set: &ItemSet, labels: &[String]) -> Vec<Option<usize>> {
    let places: BTreeMap<&str, usize> = labels.iter().enumerate().map(|(k, label)| (label.as_str(), k)).collect();
    let class = |label: &Label| match label {
        Label::None => None,
        Label::One(label) => places.get(label.as_str()).copied(),
        Label::Several(each) | Label::Each(each) => each.iter().flatten().next().and_then(|label| places.get(label.as_str()).copied()),
    };
    set.items.iter().map(|item| class(&item.label)).collect()
}

/// Groups of like values, by rank; of several targets by the sum of their ranks.
fn value_groups(set: &ItemSet) -> Result<Vec<Option<usize>>, Error> {
    let all = (0..set.items.len()).map(|k| values(set, k)).collect::<Result<Vec<_>, _>>()?;
    let several = set.known.targets.len();
    let values: Vec<f64> = if several < 2 { all.into_iter().map(|v| v[0]).collect() } else { rank_sums(&all, several) };
    let mut order: Vec<usize> = (0..values.len()).filter(|&k| !values[k].is_nan()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut groups = vec![None; values.len()];
    for (rank, &k) in order.iter().enumerate() {
        groups[k] = Some(rank * VALUE_GROUPS / order.len());
    }
    Ok(groups)
}

/// The sum of the ranks of each item's values; NaN where it has none.
fn rank_sums(all: &[Vec<f64>], several: usize) -> Vec<f64> {
    let mut sums: Vec<f64> = all.iter().map(|values| if values.len() == several { 0.0 } else { f64::NAN }).collect();
    for target in 0..several {
        let mut order: Vec<usize> = (0..all.len()).filter(|&k| all[k].len() == several).collect();
        order.sort_by(|&a, &b| all[a][target].total_cmp(&all[b][target]));
        order.iter().enumerate().for_each(|(rank, &k)| sums[k] += rank as f64);
    }
    sums
}

fn parse_fold(text: &str) -> Result<(usize, usize), Error> {
    let parsed = text.split_once('/').and_then(|(k, n)| Some((k.trim().parse::<usize>().ok()?, n.trim().parse::<usize>().ok()?)));
    match parsed {
        Some((k, n)) if (1..=n).contains(&k) && n >= 2 => Ok((k - 1, n)),
        _ => Err(Error::usage(format!("⦃fold⦄ {text}: not K/N with K from 1 to N and N from 2")).help("as ⦃fold⦄ 1/5, then 2/5 up to 5/5")),
    }
}
