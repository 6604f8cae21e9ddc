//! Items that belong together, as those of one person: none of them tells anything new of another.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::error::ItemError;
use super::{ItemSet, Label};

/// Patterns of names that begin with whose they are: a word, then a mark.
const PATTERNS: [&str; 3] = ["^([^_]+)_", "^([^/]+)/.*/", "^([^-]+)-"];

/// Groups that a proposal has at least, and items of a group in the mean.
const LEAST_GROUPS: usize = 3;
const LEAST_ITEMS: usize = 2;

/// The group of each item, as numbers from 0 in the order they are met: by the column that was read for it, else by `pattern` in the names
/// of the items, its first group or what it matches. None where neither is there.
///
/// # Errors
/// A pattern that is none or fits no name.
pub fn groups(set: &ItemSet, pattern: Option<&str>) -> Result<Option<Vec<usize>>, ItemError> {
    let by_column = set.items.iter().any(|item| item.group.is_some());
    let keys: Vec<String> = match pattern {
        _ if by_column => set.items.iter().map(|item| item.group.clone().unwrap_or_default()).collect(),
        None | Some("none") => return Ok(None),
        Some(text) => {
            let help = "give a column, or a pattern such as '^(subj\\d+)_', whose first group is the same for items that belong together";
            let wrong = |e: &regex::Error| {
                let last = e.to_string().lines().last().unwrap_or_default().to_owned();
                ItemError::usage(format!("group {text}: {last}"), help)
            };
            let regex = Regex::new(text).map_err(|e| wrong(&e))?;
            let key = |name: &str| regex.captures(name).and_then(|c| c.get(1).or(c.get(0)).map(|m| m.as_str().to_owned()));
            let keys: Vec<Option<String>> = set.items.iter().map(|item| key(&item.name)).collect();
            if let Some(at) = keys.iter().position(Option::is_none) {
                let message = format!("{}: group {text} is no column and fits no part of the name {:?}", set.path, set.items[at].name);
                return Err(ItemError::usage(message, help));
            }
            keys.into_iter().flatten().collect()
        }
    };
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let number = |key: String| {
        let next = places.len();
        *places.entry(key).or_insert(next)
    };
    Ok(Some(keys.into_iter().map(number).collect()))
}

/// A pattern that names suggest for [`groups`], with how many groups it makes; none where names do not begin with whose they are, or begin
/// with their label.
pub fn proposed(set: &ItemSet) -> Option<(&'static str, usize)> {
    PATTERNS.iter().find_map(|pattern| {
        let regex = Regex::new(pattern).ok()?;
        let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for item in &set.items {
            let group = regex.captures(&item.name)?.get(1)?.as_str();
            let label = if let Label::One(label) = &item.label { label.as_str() } else { "" };
            labels.entry(group).or_default().insert(label);
        }
        let classes: BTreeSet<&str> = labels.values().flatten().copied().collect();
        // Names that only repeat the label say nothing of whose an item is.
        let repeat = labels.iter().all(|(group, labels)| labels.contains(group))
            || labels.len() == classes.len() && classes.len() > 1 && labels.values().all(|l| l.len() == 1);
        let count = labels.len();
        (!repeat && count >= LEAST_GROUPS && set.items.len() >= LEAST_ITEMS * count).then_some((*pattern, count))
    })
}
