//! From what was read to items that a network reads: labels to numbers, texts to symbols.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gatewise::task::classify::{Answer, ClassifyConfig, Item, Steps, Target};
use gatewise::task::language::{Builder, LanguageError, Normal, Unit, Unknown, Vocabulary};
use gatewise_data::items::{Content, Form, ItemError, ItemOptions, ItemSet, Known, Label, RawItem, read_items};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::media::MediaSpec;
use crate::failure::Failure;
use crate::talk::Talk;

/// What a model file keeps of how its items were read, so that the next ones are read alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemSpec {
    /// How they were read.
    pub read: ItemOptions,
    /// Names of the channels of numbers.
    pub channels: Vec<String>,
    /// What is taken off each channel before its numbers are rounded to single precision; empty: nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub level: Vec<f64>,
    /// Items, or steps, of each class in training; empty where it is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_counts: Vec<u64>,
    /// How characters of texts and labels are spelled.
    #[serde(default, skip_serializing_if = "Normal::is_none")]
    pub normalize_unicode: Normal,
    /// Symbols of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSpec>,
    /// Numbers of sound and video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaSpec>,
}

impl ItemSpec {
    /// What is known of the tables that the model reads. Models of earlier versions know the names of their channels alone, where these had
    /// names.
    pub fn known(&self) -> Known {
        let named = self.channels.iter().enumerate().any(|(k, name)| *name != (k + 1).to_string() && *name != k.to_string());
        let earlier = || Known { header: named, columns: if named { self.channels.clone() } else { Vec::new() }, ..Known::default() };
        self.read.known.clone().unwrap_or_else(earlier)
    }

    /// The class that was most frequent in training, the first of equals; none where it is not known.
    pub fn majority(&self) -> Option<usize> {
        let most = self.class_counts.iter().max()?;
        self.class_counts.iter().position(|n| n == most)
    }
}

/// How texts become symbols.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    pub unit: Unit,
    #[serde(default)]
    pub vocabulary: Value,
}

impl TextSpec {
    /// The symbols, of texts in one spelling.
    pub fn symbols(&self, normal: Normal) -> Result<Vocabulary, LanguageError> {
        Ok(Vocabulary::from_json(self.unit, &self.vocabulary)?.with_normal(normal))
    }
}

/// Notes that are said of one reading.
const SAID_NOTES: usize = 8;

impl From<ItemError> for Failure {
    fn from(error: ItemError) -> Self {
        let text = error.to_string();
        let failure = if error.is_io() {
            Failure::io(text)
        } else if error.is_usage() {
            Failure::usage(text)
        } else {
            Failure::data(text)
        };
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

/// Reads items, spells their labels alike, and says what was found.
pub fn read(path: &Path, options: &ItemOptions, normal: Normal, talk: Talk) -> Result<ItemSet, Failure> {
    read_as(path, None, options, normal, talk)
}

/// As [`read`], of a file that goes by another name.
pub fn read_as(path: &Path, name: Option<&str>, options: &ItemOptions, normal: Normal, talk: Talk) -> Result<ItemSet, Failure> {
    let mut set = read_items(path, options)?;
    if let Some(name) = name {
        set.path = name.to_owned();
        if set.form == Form::Files {
            set.items.iter_mut().for_each(|item| item.name = name.to_owned());
        }
    }
    for item in &mut set.items {
        match &mut item.label {
            Label::None => {}
            Label::One(label) => *label = normal.apply(label).into_owned(),
            Label::Several(each) | Label::Each(each) => {
                each.iter_mut().flatten().for_each(|label| *label = normal.apply(label).into_owned())
            }
        }
    }
    let count = set.items.len();
    talk.say(format!("{}: {count} item{}, {}", set.path, if count == 1 { "" } else { "s" }, set.form.describe()));
    for note in &set.notes {
        talk.event(&serde_json::json!({"event": "note", "path": set.path, "message": note}));
    }
    for note in set.notes.iter().take(SAID_NOTES) {
        talk.say(format!("  note: {note}"));
    }
    if set.notes.len() > SAID_NOTES {
        talk.say(format!("  note: {} more; `gatewise check` lists them", set.notes.len() - SAID_NOTES));
    }
    Ok(set)
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
pub fn items(
    set: ItemSet,
    config: &ClassifyConfig,
    level: &[f64],
    vocabulary: Option<&Vocabulary>,
) -> Result<(Vec<Item>, BTreeMap<String, usize>), Failure> {
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
        let steps = steps(&name, content, level, vocabulary)?;
        let target = match (label, &config.answer) {
            (Label::None, _) => Target::None,
            (Label::One(label), Answer::Value { .. }) => Target::Value(value(&set.path, &name, &label)?),
            (Label::Several(_) | Label::One(_), Answer::Values { names, .. }) if set.known.targets != *names => {
                let found = if set.known.targets.is_empty() { "one value an item".to_owned() } else { set.known.targets.join(", ") };
                let failure = Failure::data(format!("{}: {found}; the model predicts {}", set.path, names.join(", ")));
                return Err(failure.help(format!("--label-column {}", names.join(","))));
            }
            (Label::Several(values), Answer::Values { .. }) => Target::Values(several(&set.path, &name, &values)?),
            (Label::Several(_), _) => {
                let failure =
                    Failure::data(format!("{}: the model gives one answer an item, {} are named", set.path, set.known.targets.join(", ")));
                return Err(failure.help("--label-column names one column"));
            }
            (Label::One(_), Answer::Values { names, .. }) => {
                let failure = Failure::data(format!("{}: {name}: one value, the model predicts {}", set.path, names.join(", ")));
                return Err(failure.help("leave --label-column out, or name a column for each"));
            }
            (Label::One(label), Answer::Classes { .. }) => class(&label).map_or(Target::None, Target::Class),
            (Label::Each(_), Answer::Value { .. } | Answer::Values { .. }) => {
                let failure = Failure::data(format!("{}: {name}: the value changes from row to row", set.path));
                return Err(failure.help("a regression has one value an item"));
            }
            (Label::Each(each), Answer::Classes { .. }) => Target::Each(each.iter().map(|l| l.as_deref().and_then(&mut class)).collect()),
        };
        let target = match target {
            Target::Class(class) if config.each_step => {
                let count = Item { name: String::new(), steps: steps.clone(), target: Target::None }.len(config.channels());
                Target::Each(vec![Some(class); count])
            }
            target => target,
        };
        items.push(Item { name, steps, target });
    }
    Ok((items, foreign))
}

/// A label as a value.
pub fn value(path: &str, item: &str, label: &str) -> Result<f64, Failure> {
    label.parse().ok().filter(|v: &f64| v.is_finite()).ok_or_else(|| {
        Failure::data(format!("{path}: {item}: the value {label:?} is not a number"))
            .help("`gatewise train classify` learns names; --label-column names the column of the values")
    })
}

/// Several labels as values.
pub fn several(path: &str, item: &str, labels: &[Option<String>]) -> Result<Vec<f64>, Failure> {
    labels.iter().map(|label| value(path, item, label.as_deref().unwrap_or_default())).collect()
}

fn steps(name: &str, content: Content, level: &[f64], vocabulary: Option<&Vocabulary>) -> Result<Steps, Failure> {
    match (content, vocabulary) {
        (Content::Numbers(values), None) if level.is_empty() => Ok(Steps::Numbers(values.into_iter().map(|v| v as f32).collect())),
        (Content::Numbers(values), None) => {
            let levels = level.iter().cycle();
            Ok(Steps::Numbers(values.into_iter().zip(levels).map(|(v, level)| (v - level) as f32).collect()))
        }
        (Content::Frames(values), None) => Ok(Steps::Numbers(values)),
        (Content::Text(text), Some(vocabulary)) => {
            let mut ids = Vec::new();
            vocabulary.encode(&text, &mut ids, &mut Unknown::new()).map_err(|e| text_failure(&e, name))?;
            Ok(Steps::Symbols(ids))
        }
        (Content::File(path), _) => {
            Err(Failure::data(format!("{}: a file of sound or video, the model reads other items", path.display())))
        }
        (Content::Numbers(_) | Content::Frames(_), Some(_)) => {
            Err(Failure::data(format!("{name}: it holds numbers, the model reads text")))
        }
        (Content::Text(_), None) => Err(Failure::data(format!("{name}: it holds text, the model reads numbers"))),
    }
}

fn text_failure(error: &LanguageError, place: &str) -> Failure {
    let failure = if error.is_usage() { Failure::usage(error.to_string()) } else { Failure::data(format!("{place}: {error}")) };
    match error {
        LanguageError::TooManySymbols { found, .. } => {
            failure.help(format!("--vocabulary {found} allows them; --unit sub-word needs fewer"))
        }
        _ => failure,
    }
}

/// Times that a character is met before it has a symbol of its own: of one met once nothing can be learned.
const LEAST_CHARACTERS: u32 = 2;

/// The symbols of the training part's texts.
pub fn vocabulary<'a>(
    texts: impl Iterator<Item = &'a str> + Send,
    (unit, limit, normal): (Unit, usize, Normal),
    path: &str,
) -> Result<Vocabulary, Failure> {
    let builder = Builder::new(unit, limit).with_normal(normal);
    let built = if unit == Unit::Char {
        let mut counts: BTreeMap<char, u32> = BTreeMap::new();
        texts.for_each(|text| normal.apply(text).chars().for_each(|c| *counts.entry(c).or_default() += 1));
        let often = |least: u32| counts.iter().filter(|(_, n)| **n >= least).map(|(c, _)| *c).collect::<String>();
        let common = often(LEAST_CHARACTERS);
        let kept = if common.chars().nth(1).is_some() { common } else { often(1) };
        builder.build(std::iter::once(kept))
    } else {
        // A line end keeps the words of two texts apart.
        builder.build(texts.map(|text| format!("{text}\n")))
    };
    built.map_err(|e| text_failure(&e, path))
}
