//! Several values an item, each in a column of its own.

use super::columns::{Cells, LABEL_NAMES};
use super::error::ItemError;
use super::options::ItemOptions;
use super::{ItemSet, Label};
use crate::choice::Choice;

/// Words that a column's name begins with where it holds one of several values.
const STEMS: [&str; 2] = ["target", "label"];

impl Cells {
    /// The columns of several values an item: those that are named, those of the model, or those whose names alone say so, which is noted.
    /// None where an item has one label or none.
    pub fn several(&mut self, options: &ItemOptions) -> Result<Option<Vec<usize>>, ItemError> {
        if let Some(given) = &options.label_column {
            let parts: Vec<&str> = given.split(',').map(str::trim).collect();
            return if parts.len() < 2 || self.names.contains(given) { Ok(None) } else { self.listed(&parts, options).map(Some) };
        }
        let known = options.known.as_ref().map_or(&[][..], |known| &known.targets);
        if !known.is_empty() && self.header {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            return self.listed(&names, options).map(Some);
        }
        if options.known.is_some() || options.unlabelled { Ok(None) } else { self.told_by_names() }
    }

    fn listed(&self, parts: &[&str], options: &ItemOptions) -> Result<Vec<usize>, ItemError> {
        let mut found = Vec::with_capacity(parts.len());
        for part in parts {
            match self.find("⦃label-column⦄", part) {
                Ok(k) if found.contains(&k) => {
                    let message = format!("{}: ⦃label-column⦄ names column \"{}\" twice", self.path, self.names[k]);
                    return Err(ItemError::usage(message, "name each target once"));
                }
                Ok(k) => found.push(k),
                // A prediction reads tables without labels too.
                Err(_) if options.unlabelled => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Columns of numbers called `target_a` and `target_b`, or `label1` and `label2`. Where other names leave a choice, it is the user's.
    fn told_by_names(&mut self) -> Result<Option<Vec<usize>>, ItemError> {
        let name = |k: usize| self.names[k].to_lowercase();
        let numbers: Vec<usize> = (0..self.names.len()).filter(|&k| self.header && self.is_numeric(k) && !self.is_empty(k)).collect();
        let told: Vec<usize> = numbers.iter().copied().filter(|&k| is_target(&name(k))).collect();
        let usual = (0..self.names.len()).find(|&k| LABEL_NAMES[..LABEL_NAMES.len() - 1].contains(&name(k).as_str()));
        let counted = |letter: &str| -> Vec<usize> {
            let is =
                |k: &usize| name(*k).strip_prefix(letter).is_some_and(|rest| goes_on(rest) && rest.ends_with(|c: char| c.is_ascii_digit()));
            numbers.iter().copied().filter(is).collect()
        };
        let (y, x) = (counted("y"), counted("x"));
        let same = told.windows(2).all(|pair| stem(&name(pair[0])) == stem(&name(pair[1])));
        let choice = match (usual, told.len()) {
            (None, 2..) if same => {
                self.guesses.push(Choice { what: "targets".into(), value: self.list(&told), flag: "⦃label-column⦄".into() });
                return Ok(Some(told));
            }
            (Some(usual), 1..) => std::iter::once(usual).chain(told).collect(),
            (None, 2..) => told,
            // As many of x are coordinates beside those of y; nothing but y is the sequence itself.
            (None, _) if y.len() > 1 && x.len() != y.len() && numbers.len() > y.len() => y,
            _ => return Ok(None),
        };
        let given: Vec<&str> = choice.iter().map(|&k| self.names[k].as_str()).collect();
        Err(ItemError::usage(
            format!("{}: which columns are the values to learn? {} may be", self.path, given.join(", ")),
            format!(
                "⦃label-column⦄ {} for all of them, ⦃label-column⦄ {} for one: the others are then read as input",
                given.join(","),
                given[0]
            ),
        ))
    }

    /// Names of some columns, as a list.
    fn list(&self, columns: &[usize]) -> String {
        columns.iter().map(|&k| self.names[k].as_str()).collect::<Vec<_>>().join(",")
    }

    /// The names of the columns of several values; none of one label.
    pub fn target_names(&self) -> Vec<String> {
        self.targets.iter().map(|&k| self.names[k].clone()).collect()
    }

    /// The values of a row, none where one is missing.
    pub fn values_of(&self, row: &csv::StringRecord) -> Label {
        let cell = |&k: &usize| Some(&row[k]).filter(|text| !self.style.is_missing(text)).map(str::to_owned);
        Label::Several(self.targets.iter().map(cell).collect())
    }
}

/// Whether a column's name says that it holds one of several values: `target_a`, `label2`.
pub(super) fn is_target(name: &str) -> bool {
    stem(&name.to_lowercase()).is_some()
}

/// The word that such a name begins with.
fn stem(name: &str) -> Option<&'static str> {
    STEMS.into_iter().find(|stem| name.strip_prefix(stem).is_some_and(goes_on))
}

/// Whether a name goes on with a number or behind a mark.
fn goes_on(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | ' '))
        && rest.len() > usize::from(!rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Items have all of several values or none: one without any has no label.
///
/// # Errors
/// The first item that lacks some of its values and has others.
pub(super) fn all_or_none(set: &mut ItemSet, options: &ItemOptions) -> Result<(), ItemError> {
    let lacking = |item: &super::RawItem| match &item.label {
        Label::Several(values) if values.iter().any(Option::is_some) => values.iter().position(Option::is_none),
        _ => None,
    };
    if !options.unlabelled {
        let count = set.items.iter().filter(|item| lacking(item).is_some()).count();
        if let Some((item, k)) = set.items.iter().find_map(|item| Some((item, lacking(item)?))) {
            let (name, target) = (&item.name, &set.known.targets[k]);
            let problem = format!("{name}: target \"{target}\" is missing, others are there ({count} such items)");
            let rest: Vec<&str> = set.known.targets.iter().filter(|t| *t != target).map(String::as_str).collect();
            let fill = "fill it in, or empty the item's other targets too, which leaves it out";
            let cure = match &options.known {
                Some(_) => fill.to_owned(),
                None => {
                    format!("{fill}; ⦃label-column⦄ {} does without this target, whose column is then read as input", rest.join(","))
                }
            };
            return Err(ItemError::invalid(&set.path, None, problem).remedy(cure));
        }
    }
    for item in &mut set.items {
        if matches!(&item.label, Label::Several(values) if options.unlabelled || values.iter().all(Option::is_none)) {
            item.label = Label::None;
        }
    }
    Ok(())
}
