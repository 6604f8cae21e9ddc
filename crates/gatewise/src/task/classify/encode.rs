//! From items as they are to what a network reads: labels to numbers, texts to symbols.

use std::collections::{BTreeMap, BTreeSet};

use gatewise_data::items::{Content, ItemSet, Label, RawItem};

use super::{Answer, ClassifyConfig, Item, Ngrams, Steps, Target};
use crate::error::Error;
use crate::task::language::{LanguageError, Normal, Unknown, Vocabulary};

/// Spells the labels of items alike.
pub fn spell(set: &mut ItemSet, normal: Normal) {
    for item in &mut set.items {
        match &mut item.label {
            Label::None => {}
            Label::One(label) => *label = normal.apply(label).into_owned(),
            Label::Several(each) | Label::Each(each) => {
                each.iter_mut().flatten().for_each(|label| *label = normal.apply(label).into_owned())
            }
        }
    }
}

/// The labels of classes in their order: as numbers where all are numbers, else as text.
pub fn labels(items: &[RawItem]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for item in items {
        match &item.label {
            Label::None => {}
            Label::One(label) => drop(found.insert(label.as_str())),
            Label::Several(each) | Label::Each(each) => found.extend(each.iter().flatten().map(String::as_str)),
        }
    }
    let mut labels: Vec<String> = found.into_iter().map(str::to_owned).collect();
    let numbers: Option<Vec<f64>> = labels.iter().map(|label| label.parse().ok().filter(|v: &f64| v.is_finite())).collect();
    if numbers.is_some() {
        labels.sort_by(|a, b| a.parse::<f64>().unwrap_or(0.0).total_cmp(&b.parse().unwrap_or(0.0)));
    }
    labels
}

/// Whether items have a label for each step.
pub fn each_step(items: &[RawItem]) -> bool {
    items.iter().any(|item| matches!(item.label, Label::Each(_)))
}

/// Items as the network reads them. Labels that the answer does not know become no label; their number is the second result.
pub(super) fn items(
    set: ItemSet,
    config: &ClassifyConfig,
    level: &[f64],
    vocabulary: Option<&Vocabulary>,
) -> Result<(Vec<Item>, BTreeMap<String, usize>), Error> {
    let classes: BTreeMap<&str, usize> = config.labels().iter().enumerate().map(|(k, label)| (label.as_str(), k)).collect();
    let mut foreign: BTreeMap<String, usize> = BTreeMap::new();
    let mut class = |label: &str| {
        let class = classes.get(label).copied();
        if class.is_none() {
            *foreign.entry(label.to_owned()).or_default() += 1;
        }
        class
    };
    let mut items = Vec::with_capacity(set.items.len());
    for RawItem { name, label, content, .. } in set.items {
        let (steps, text) = steps(&name, content, level, vocabulary)?;
        let target = match (label, &config.answer) {
            (Label::None, _) => Target::None,
            (Label::One(label), Answer::Value { .. }) => Target::Value(value(&set.path, &name, &label)?),
            (Label::Several(_) | Label::One(_), Answer::Values { names, .. }) if set.known.targets != *names => {
                let found = if set.known.targets.is_empty() { "one value an item".to_owned() } else { set.known.targets.join(", ") };
                let error = Error::data(format!("{}: {found}; the model predicts {}", set.path, names.join(", ")));
                return Err(error.help(format!("⦃label-column⦄ {}", names.join(","))));
            }
            (Label::Several(values), Answer::Values { .. }) => Target::Values(several(&set.path, &name, &values)?),
            (Label::Several(_), _) => {
                let error =
                    Error::data(format!("{}: the model gives one answer an item, {} are named", set.path, set.known.targets.join(", ")));
                return Err(error.help("⦃label-column⦄ names one column"));
            }
            (Label::One(_), Answer::Values { names, .. }) => {
                let error = Error::data(format!("{}: {name}: one value, the model predicts {}", set.path, names.join(", ")));
                return Err(error.help("leave ⦃label-column⦄ out, or name a column for each"));
            }
            (Label::One(label), Answer::Classes { .. }) => class(&label).map_or(Target::None, Target::Class),
            (Label::Each(_), Answer::Value { .. } | Answer::Values { .. }) => {
                let error = Error::data(format!("{}: {name}: the value changes from row to row", set.path));
                return Err(error.help("a regression has one value an item"));
            }
            (Label::Each(each), Answer::Classes { .. }) => Target::Each(each.iter().map(|l| l.as_deref().and_then(&mut class)).collect()),
        };
        let target = match target {
            Target::Class(class) if config.each_step => {
                let count = steps.len(config.channels());
                Target::Each(vec![Some(class); count])
            }
            target => target,
        };
        let text = if Ngrams::unfit(config).is_none() { text } else { String::new() };
        items.push(Item { name, steps, text, target });
    }
    Ok((items, foreign))
}

/// A label as a value.
pub(super) fn value(path: &str, item: &str, label: &str) -> Result<f64, Error> {
    label.parse().ok().filter(|v: &f64| v.is_finite()).ok_or_else(|| {
        Error::data(format!("{path}: {item}: the value {label:?} is not a number"))
            .help("`gatewise train classify` learns names; ⦃label-column⦄ names the column of the values")
    })
}

/// Several labels as values.
pub(super) fn several(path: &str, item: &str, labels: &[Option<String>]) -> Result<Vec<f64>, Error> {
    labels.iter().map(|label| value(path, item, label.as_deref().unwrap_or_default())).collect()
}

/// What the network reads, and the text where it is one.
fn steps(name: &str, content: Content, level: &[f64], vocabulary: Option<&Vocabulary>) -> Result<(Steps, String), Error> {
    let numbers = |values| Ok((Steps::Numbers(values), String::new()));
    match (content, vocabulary) {
        (Content::Numbers(values), None) if level.is_empty() => numbers(values.into_iter().map(|v| v as f32).collect()),
        (Content::Numbers(values), None) => {
            let levels = level.iter().cycle();
            numbers(values.into_iter().zip(levels).map(|(v, level)| (v - level) as f32).collect())
        }
        (Content::Frames(values), None) => numbers(values),
        (Content::Text(text), Some(vocabulary)) => {
            let mut ids = Vec::new();
            vocabulary.encode(&text, &mut ids, &mut Unknown::new()).map_err(|e| text_error(&e, name))?;
            Ok((Steps::Symbols(ids), vocabulary.normal().apply(&text).into_owned()))
        }
        (Content::File(path), _) => Err(Error::data(format!("{}: a file of sound or video, the model reads other items", path.display()))),
        (Content::Numbers(_) | Content::Frames(_), Some(_)) => Err(Error::data(format!("{name}: it holds numbers, the model reads text"))),
        (Content::Text(_), None) => Err(Error::data(format!("{name}: it holds text, the model reads numbers"))),
    }
}

/// What is wrong with a text, which lies at `place`.
pub(super) fn text_error(cause: &LanguageError, place: &str) -> Error {
    let error = if cause.is_usage() { Error::usage(cause.to_string()) } else { Error::data(format!("{place}: {cause}")) };
    match cause {
        LanguageError::TooManySymbols { found, .. } => error.help(format!("⦃vocabulary⦄ {found} allows them; ⦃unit⦄ sub-word needs fewer")),
        _ => error,
    }
}
