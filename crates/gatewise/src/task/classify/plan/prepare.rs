//! Answer, input and network, by the items; and the items as the network reads them.

use gatewise_data::items::{ItemOptions, ItemSet, levels};

use super::answer::answer;
use super::network::{Shape, network};
use super::text::text;
use super::{Begun, Goal, Parts};
use crate::choice::Choices;
use crate::error::Error;
use crate::task::classify::{
    ClassifierModel, ClassifyConfig, ClassifyError, Item, ItemSpec, MediaSpec, Network, Normalize, Numbers, Options, SymbolInput,
    check_items, encode,
};
use crate::task::forecast::CellName;
use crate::task::language::Normal;

/// What a training begins with.
pub(super) struct Prepared {
    pub(super) config: ClassifyConfig,
    pub(super) spec: ItemSpec,
    pub(super) items: Vec<Item>,
}

impl Prepared {
    /// By the items, and by the model whose weights training begins with.
    pub(super) fn anew(
        goal: Goal,
        set: ItemSet,
        parts: &Parts,
        s: &mut Options,
        choices: &mut Choices,
        base: Option<&ClassifierModel>,
        (read, media, normal): (ItemOptions, Option<MediaSpec>, Normal),
    ) -> Result<Self, Error> {
        let each_step = encode::each_step(&set.items);
        let text = match base.and_then(|base| base.spec.text.clone()) {
            Some(text) => Some(text),
            None => text(&set, parts, s, normal)?,
        };
        let vocabulary = text.as_ref().map(|t| t.symbols(normal)).transpose().map_err(|e| Error::data(e.to_string()))?;
        let (answer, loss) = answer(goal, &set, parts, s)?;
        let encoder = media.as_ref().and_then(MediaSpec::encoder);
        // Of frames every pixel is a channel; they need neither names nor scales.
        let named = if encoder.is_some() { Vec::new() } else { set.channels.clone() };
        let read = ItemOptions { known: Some(set.known.clone()), ..read };
        let class_counts = parts.class_counts(&set);
        let mut spec = ItemSpec { read, channels: named, level: Vec::new(), class_counts, normalize_unicode: normal, text, media };
        let (path, channels) = (set.path.clone(), set.channels.len());
        let base = base.map(|base| (base.classifier.config(), &base.spec));
        if let Some((own, _)) = base.filter(|(own, _)| own.channels() != channels) {
            return Err(Error::data(format!("{path}: {channels} channels, the model of ⦃from⦄ reads {}", own.channels())));
        }
        let numbers = match base {
            Some((own, _)) => own.numbers.clone(),
            None if vocabulary.is_some() => None,
            None => {
                let usual = if encoder.is_some() { Normalize::None } else { Normalize::Channel };
                let (normalize, segment) = (Choices::or_default(&mut s.normalize, usual), Choices::or_default(&mut s.segment, 1));
                Some(Numbers { normalize, center: vec![0.0; channels], spread: vec![1.0; channels], change: Vec::new(), segment })
            }
        };
        let symbols = vocabulary.as_ref().map(|v| SymbolInput { symbols: v.len() + 1 });
        // The network is settled when the items' lengths are known; until then any will do.
        let own = base.map_or_else(|| Network::new(CellName::Gru, 1), |(own, _)| own.network.clone());
        let mut config = ClassifyConfig { answer, numbers, symbols, each_step, loss, network: own };
        let scaled = config.numbers.as_ref().is_some_and(|numbers| numbers.normalize != Normalize::None);
        let level = match base {
            Some((_, spec)) => spec.level.clone(),
            None if scaled => levels(parts.train.iter().map(|&k| &set.items[k]), channels),
            None => Vec::new(),
        };
        if level.iter().any(|level| *level != 0.0) {
            spec.level = level;
        }
        let (items, foreign) = encode::items(set, &config, &spec.level, vocabulary.as_ref())?;
        debug_assert!(foreign.is_empty(), "every label of the set is a class");
        if base.is_some() {
            keep_branch(&config.network, s, choices);
        } else {
            if let Some(numbers) = &mut config.numbers {
                let chosen = parts.train.iter().map(|&k| &items[k]);
                let changes = Choices::or_default(&mut s.changes, false);
                *numbers = Numbers::of(chosen, channels, numbers.normalize, numbers.segment, changes);
            }
            config.network.encoder.clone_from(&encoder);
            let shape = Shape::of(&config, &parts.train, items.len());
            config.network = Network { encoder, ..network(s, choices, shape, each_step) };
        }
        config.check()?;
        config.model().check_training().map_err(ClassifyError::from)?;
        Self { config, spec, items }.checked(&path)
    }

    /// As a training under way began: it keeps its scales and symbols.
    pub(super) fn as_begun(set: ItemSet, begun: Begun) -> Result<Self, Error> {
        let Begun { config, spec } = begun;
        let vocabulary = spec.text.as_ref().map(|t| t.symbols(spec.normalize_unicode)).transpose();
        let vocabulary = vocabulary.map_err(|e| super::damaged(&e.to_string()))?;
        let path = set.path.clone();
        let (items, foreign) = encode::items(set, &config, &spec.level, vocabulary.as_ref())?;
        if let Some(label) = foreign.keys().next() {
            let error = Error::data(format!("{path}: the label {label:?} is new since the run began"));
            return Err(error.help("resume with the data it began with"));
        }
        Self { config, spec, items }.checked(&path)
    }

    /// With every item held against the input.
    fn checked(self, path: &str) -> Result<Self, Error> {
        check_items(&self.config, &self.items).map_err(|e| Error::data(format!("{path}: {e}")))?;
        Ok(self)
    }
}

/// The convolutions beside a network that is trained already are its own.
fn keep_branch(network: &Network, s: &mut Options, choices: &mut Choices) {
    let own = network.branch.as_ref().and_then(|branch| branch.blocks.first()).map_or(0, |block| block.filters);
    if s.fcn.replace(own).is_some_and(|asked| asked != own) {
        choices.note("fcn", format!("{own}, as the model of ⦃from⦄ has it"));
    }
}
