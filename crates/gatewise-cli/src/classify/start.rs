//! What a run begins with: the answer, the input and the network, by the items.

use gatewise::task::classify::{ClassifyConfig, Item, Network, Normalize, Numbers, SymbolInput, check_items};
use gatewise::task::language::{Normal, Unit};
use gatewise_data::items::{Content, ItemOptions, ItemSet, levels};

use super::answer::answer;
use super::data::{self, ItemSpec, TextSpec};
use super::media::MediaSpec;
use super::parts::Parts;
use super::plan::Shape;
use super::{Aim, apply, failure, fit, plan};
use crate::args::ClassifyArgs;
use crate::failure::Failure;
use gatewise::choice::Choices;

/// Symbols of a text where the user does not limit them: all of Hangul and the usual Chinese characters.
const MOST_CHARACTERS: usize = 20_000;
const MOST_WORDS: usize = 20_000;
const SUB_WORDS: usize = 6_000;

/// What a run begins with.
pub(super) struct Start {
    pub config: ClassifyConfig,
    pub spec: ItemSpec,
    pub items: Vec<Item>,
}

impl Start {
    /// The answer, the input and the network, by the data.
    pub fn begin(
        aim: Aim,
        set: ItemSet,
        parts: &Parts,
        s: &mut ClassifyArgs,
        guesses: &mut Choices,
        base: Option<&apply::Loaded>,
        (read, media, normal): (ItemOptions, Option<MediaSpec>, Normal),
    ) -> anyhow::Result<Self> {
        let each_step = data::each_step(&set.items);
        let text = match base.and_then(|b| b.spec.text.clone()) {
            Some(text) => Some(text),
            None => text(&set, parts, s, normal)?,
        };
        let vocabulary = text.as_ref().map(|t| t.symbols(normal)).transpose().map_err(|e| Failure::data(e.to_string()))?;
        let (answer, loss) = answer(aim, &set, parts, s)?;
        let encoder = media.as_ref().and_then(MediaSpec::encoder);
        // Of frames every pixel is a channel; they need neither names nor scales.
        let named = if encoder.is_some() { Vec::new() } else { set.channels.clone() };
        let read = ItemOptions { known: Some(set.known.clone()), ..read };
        let mut spec = ItemSpec {
            read,
            channels: named,
            level: Vec::new(),
            class_counts: parts.class_counts(&set),
            normalize_unicode: normal,
            text,
            media,
        };
        let channels = set.channels.len();
        if let Some(base) = base.filter(|b| b.classifier.config().channels() != channels) {
            return Err(Failure::data(format!(
                "{}: {channels} channels, the model of --from reads {}",
                set.path,
                base.classifier.config().channels()
            ))
            .into());
        }
        let numbers = match base {
            Some(base) => base.classifier.config().numbers.clone(),
            None if vocabulary.is_some() => None,
            None => {
                let usual = if encoder.is_some() { Normalize::None } else { Normalize::Channel };
                let (normalize, segment) = (Choices::usual(&mut s.normalize, usual), Choices::usual(&mut s.segment, 1));
                Some(Numbers { normalize, center: vec![0.0; channels], spread: vec![1.0; channels], change: Vec::new(), segment })
            }
        };
        let symbols = vocabulary.as_ref().map(|v| SymbolInput { symbols: v.len() + 1 });
        let network = base.map(|b| b.classifier.config().network.clone());
        // The network is settled when the items' lengths are known; until then any will do.
        let mut config =
            ClassifyConfig { answer, numbers, symbols, each_step, loss, network: network.clone().unwrap_or_else(fit::placeholder) };
        let path = set.path.clone();
        let scaled = config.numbers.as_ref().is_some_and(|numbers| numbers.normalize != Normalize::None);
        let level = match base {
            Some(base) => base.spec.level.clone(),
            None if scaled => levels(parts.train.iter().map(|&k| &set.items[k]), channels),
            None => Vec::new(),
        };
        if level.iter().any(|level| *level != 0.0) {
            spec.level = level;
        }
        let (items, foreign) = data::items(set, &config, &spec.level, vocabulary.as_ref())?;
        debug_assert!(foreign.is_empty(), "every label of the set is a class");
        if base.is_none()
            && let Some(numbers) = &mut config.numbers
        {
            let chosen = parts.train.iter().map(|&k| &items[k]);
            let changes = Choices::usual(&mut s.changes, false);
            *numbers = Numbers::of(chosen, channels, numbers.normalize, numbers.segment, changes);
        }
        config.network = match network {
            Some(network) => {
                let own = network.branch.as_ref().and_then(|branch| branch.blocks.first()).map_or(0, |block| block.filters);
                if s.fcn.replace(own).is_some_and(|asked| asked != own) {
                    guesses.note("fcn", format!("{own}, as the model of --from has it"));
                }
                network
            }
            None => {
                config.network.encoder.clone_from(&encoder);
                Network { encoder, ..plan::network(s, guesses, shape(&config, &parts.train, items.len()), each_step) }
            }
        };
        config.check().map_err(|e| failure(&e))?;
        config.model().check_training().map_err(|e| failure(&e.into()))?;
        let start = Start { config, spec, items };
        start.check(&path)?;
        Ok(start)
    }

    /// As the run began: it keeps its scales and symbols.
    pub fn resumed(set: ItemSet, task: &serde_json::Value) -> anyhow::Result<Self> {
        let damaged = |e: String| Failure::data(format!("the run's checkpoint: {e}")).help("train anew");
        let (config, spec) = spec_of(task)?;
        let vocabulary = spec.text.as_ref().map(|t| t.symbols(spec.normalize_unicode)).transpose().map_err(|e| damaged(e.to_string()))?;
        let path = set.path.clone();
        let (items, foreign) = data::items(set, &config, &spec.level, vocabulary.as_ref())?;
        if let Some(label) = foreign.keys().next() {
            return Err(Failure::data(format!("{path}: the label {label:?} is new since the run began"))
                .help("resume with the data it began with")
                .into());
        }
        let start = Start { config, spec, items };
        start.check(&path)?;
        Ok(start)
    }

    /// Checks every item against the input.
    fn check(&self, path: &str) -> Result<(), Failure> {
        check_items(&self.config, &self.items).map_err(|e| Failure::data(format!("{path}: {e}")))
    }
}

/// The symbols of texts, where the items are texts.
fn text(set: &ItemSet, parts: &Parts, s: &mut ClassifyArgs, normal: Normal) -> Result<Option<TextSpec>, Failure> {
    if !set.items.iter().any(|item| matches!(item.content, Content::Text(_))) {
        return Ok(None);
    }
    let unit = Choices::usual(&mut s.symbols.unit, Unit::Char);
    let limit = Choices::usual(
        &mut s.symbols.vocabulary,
        match unit {
            Unit::Char => MOST_CHARACTERS,
            Unit::Byte => 256,
            Unit::Word => MOST_WORDS,
            Unit::SubWord => SUB_WORDS,
        },
    );
    let texts = parts.train.iter().filter_map(|&k| match &set.items[k].content {
        Content::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let vocabulary = data::vocabulary(texts, (unit, limit, normal), &set.path)?;
    Ok(Some(TextSpec { unit, vocabulary: vocabulary.to_json() }))
}

/// What a checkpoint or model file says of its task.
pub(super) fn spec_of(task: &serde_json::Value) -> Result<(ClassifyConfig, ItemSpec), Failure> {
    let damaged = |e: String| Failure::data(format!("the run's checkpoint: {e}")).help("train anew");
    let (config, spec) = ClassifyConfig::from_task(task).map_err(damaged)?;
    Ok((config, serde_json::from_value(spec).map_err(|e| damaged(e.to_string()))?))
}

/// What the items to learn from are like.
pub(super) fn shape(config: &ClassifyConfig, train: &[usize], all: usize) -> Shape {
    Shape { items: train.len(), all, text: config.symbols.is_some(), video: config.network.encoder.is_some() }
}
