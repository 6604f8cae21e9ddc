//! `gatewise train classify` and `train regress`: from labelled items to a model that names the class or the value of others.

pub mod apply;
mod data;
mod fit;
mod follow;
pub mod media;
mod parts;
mod plan;
mod report;
mod score;

use std::path::Path;
use std::process::ExitCode;

use gatewise::loss::Loss;
use gatewise::task::classify::{
    Answer, ClassifyConfig, ClassifyError, Item, Network, Normalize, Numbers, SymbolInput, Target, check_items,
};
use gatewise::task::language::{Unit, Vocabulary};
use gatewise::train::Trainer;
use gatewise_data::items::{Content, ItemOptions, ItemSet};
use serde_json::json;

use crate::args::{ClassWeights, ClassifyArgs, ItemSettings, RunArgs, TrainItemsArgs, ValueLoss};
use crate::commands::{command_line, cpu};
use crate::failure::Failure;
use crate::job::interrupt;
use crate::run_folder::RunFolder;
use crate::settings::guess::Guesses;
use crate::settings::{self, Origin};
use crate::talk::Talk;
use data::{ItemSpec, TextSpec};
use fit::Run;
use media::MediaSpec;
use parts::Parts;
use plan::{Plan, Shape, Work};

/// What the data are learned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    Classes,
    Values,
}

impl Aim {
    const fn command(self) -> &'static str {
        match self {
            Self::Classes => "train classify",
            Self::Values => "train regress",
        }
    }
}

/// The trainer's state in a run folder.
const CHECKPOINT: &str = "last.safetensors";

/// Symbols of a text where the user does not limit them: all of Hangul and the usual Chinese characters.
const MOST_CHARACTERS: usize = 20_000;
const MOST_WORDS: usize = 20_000;
const SUB_WORDS: usize = 6_000;

/// Share of a label that is spread over all classes.
const LABEL_SMOOTHING: f64 = 0.05;

/// Trains, from the start or on.
pub fn run(args: &TrainItemsArgs, aim: Aim, talk: Talk) -> anyhow::Result<ExitCode> {
    let RunArgs { data, run, resume, from, source } = &args.run;
    if let Some(path) = resume {
        let folder = RunFolder::open(path)?;
        let (settings, Origin { data, from, .. }) = settings::load(&folder, &[aim.command()])?;
        talk.say(format!("going on with {}", folder.path().display()));
        return Job { aim, talk, from: from.as_deref() }.start(&data, settings, Some(folder), None);
    }
    let help = || Failure::usage("which items to learn from?").help(format!("gatewise {} DATA", aim.command()));
    let data = data.as_deref().ok_or_else(help)?;
    Job { aim, talk, from: from.as_deref() }.start(data, settings::gather(source, &args.settings)?, None, run.as_deref())
}

/// A library error as the user sees it.
pub(crate) fn failure(error: &ClassifyError) -> Failure {
    if error.is_usage() { Failure::usage(error.to_string()) } else { Failure::data(error.to_string()) }
}

struct Job<'a> {
    aim: Aim,
    talk: Talk,
    from: Option<&'a Path>,
}

/// What a run begins with.
struct Start {
    config: ClassifyConfig,
    spec: ItemSpec,
    items: Vec<Item>,
}

impl Job<'_> {
    fn start(&self, path: &Path, mut settings: ItemSettings, old: Option<RunFolder>, new: Option<&Path>) -> anyhow::Result<ExitCode> {
        let cpu = cpu(settings.train.training.threads)?;
        let base = self.from.map(apply::Loaded::load).transpose()?;
        let read = settings.items.options(&settings.table, base.as_ref().map_or_else(ItemOptions::default, |b| b.spec.read.clone()));
        let mut set = data::read(path, &read, self.talk)?;
        let guessed = set.guesses.clone();
        let mut guesses = Guesses::new(&guessed);
        let s = &mut settings.train;
        let checkpoint = old.as_ref().map(|folder| folder.file(CHECKPOINT)).filter(|file| file.exists());
        let saved = checkpoint.map(|file| Trainer::resume(&file).map_err(|e| fit::train_failure(&e, &[], &[]))).transpose()?;
        let media = match (&saved, &base) {
            (Some(trainer), _) => spec_of(trainer.task())?.1.media,
            (None, Some(base)) => base.spec.media.clone(),
            (None, None) => media::spec(&set, &mut s.media, &mut guesses)?,
        };
        if let Some(media) = &media {
            let cache = media::cache(settings.items.cache.as_deref());
            media.load(&mut set, &read, cache.as_ref(), s.training.threads.unwrap_or(0), self.talk)?;
        }
        let parts = Parts::of(&set, &mut s.parts, self.aim, &mut guesses)?;
        let start = match saved {
            // A run under way keeps its scales and symbols.
            Some(trainer) => self.resumed(set, trainer.task())?,
            None => self.begin(set, &parts, s, &mut guesses, base.as_ref(), (read, media))?,
        };
        let work =
            Work { config: &start.config, items: &start.items, train: &parts.train, valid: &parts.valid, warm: base.is_some(), cpu: &cpu };
        let shape = shape(&start.config, &parts.train);
        let plan = Plan::new(s, &mut guesses, shape, &work)?;
        let resumed = old.is_some();
        let folder = match old {
            Some(folder) => folder,
            None => RunFolder::create(new, path)?,
        };
        if !resumed {
            self.talk.guesses(&guesses.finish());
            let origin = Origin { command: self.aim.command().to_owned(), data: path.to_owned(), from: self.from.map(Path::to_owned) };
            settings::save(&folder, &origin, &settings)?;
        }
        self.talk.event(&json!({"event": "run", "folder": folder.path(), "command": command_line()}));
        self.say_parts(&parts, &start.config);
        interrupt::catch()?;
        let run =
            Run { aim: self.aim, path, folder, cpu, talk: self.talk, parts: &parts, plan: &plan, settings: &settings, spec: &start.spec };
        run.run(start.config, &start.items, base.as_ref().map(|b| &b.classifier))
    }

    fn say_parts(&self, parts: &Parts, config: &ClassifyConfig) {
        let (train, valid, test) = (parts.train.len(), parts.valid.len(), parts.test.len());
        self.talk.event(&json!({"event": "items", "train": train, "valid": valid, "test": test, "labels": config.labels()}));
        let held = if test > 0 { format!(", {test} held back") } else { String::new() };
        self.talk.say(format!("  {train} items to learn from, {valid} to decide when to stop (--valid-share){held}"));
    }

    /// The answer, the input and the network, by the data.
    fn begin(
        &self,
        set: ItemSet,
        parts: &Parts,
        s: &mut ClassifyArgs,
        guesses: &mut Guesses,
        base: Option<&apply::Loaded>,
        (read, media): (ItemOptions, Option<MediaSpec>),
    ) -> anyhow::Result<Start> {
        let each_step = data::each_step(&set.items);
        let text = match base.and_then(|b| b.spec.text.clone()) {
            Some(text) => Some(text),
            None => self.text(&set, parts, s)?,
        };
        let vocabulary =
            text.as_ref().map(|t| Vocabulary::from_json(t.unit, &t.vocabulary)).transpose().map_err(|e| Failure::data(e.to_string()))?;
        let (answer, loss) = self.answer(&set, parts, s)?;
        let encoder = media.as_ref().and_then(MediaSpec::encoder);
        // Of frames every pixel is a channel; they need neither names nor scales.
        let named = if encoder.is_some() { Vec::new() } else { set.channels.clone() };
        let spec = ItemSpec { read, channels: named, text, media };
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
                let (normalize, segment) = (Guesses::usual(&mut s.normalize, usual), Guesses::usual(&mut s.segment, 1));
                Some(Numbers { normalize, center: vec![0.0; channels], spread: vec![1.0; channels], change: Vec::new(), segment })
            }
        };
        let symbols = vocabulary.as_ref().map(|v| SymbolInput { symbols: v.len() + 1 });
        let network = base.map(|b| b.classifier.config().network.clone());
        // The network is settled when the items' lengths are known; until then any will do.
        let mut config =
            ClassifyConfig { answer, numbers, symbols, each_step, loss, network: network.clone().unwrap_or_else(fit::placeholder) };
        let path = set.path.clone();
        let (items, foreign) = data::items(set, &config, vocabulary.as_ref())?;
        debug_assert!(foreign.is_empty(), "every label of the set is a class");
        if base.is_none()
            && let Some(numbers) = &mut config.numbers
        {
            let chosen = parts.train.iter().map(|&k| &items[k]);
            let changes = Guesses::usual(&mut s.changes, false);
            *numbers = Numbers::of(chosen, channels, numbers.normalize, numbers.segment, changes);
        }
        config.network = match network {
            Some(network) => network,
            None => {
                config.network.encoder.clone_from(&encoder);
                Network { encoder, ..plan::network(s, guesses, shape(&config, &parts.train), each_step) }
            }
        };
        config.check().map_err(|e| failure(&e))?;
        let start = Start { config, spec, items };
        start.check(&path)?;
        Ok(start)
    }

    fn resumed(&self, set: ItemSet, task: &serde_json::Value) -> anyhow::Result<Start> {
        let damaged = |e: String| Failure::data(format!("the run's checkpoint: {e}")).help("train anew");
        let (config, spec) = spec_of(task)?;
        let vocabulary =
            spec.text.as_ref().map(|t| Vocabulary::from_json(t.unit, &t.vocabulary)).transpose().map_err(|e| damaged(e.to_string()))?;
        let path = set.path.clone();
        let (items, foreign) = data::items(set, &config, vocabulary.as_ref())?;
        if let Some(label) = foreign.keys().next() {
            return Err(Failure::data(format!("{path}: the label {label:?} is new since the run began"))
                .help("resume with the data it began with")
                .into());
        }
        let start = Start { config, spec, items };
        start.check(&path)?;
        Ok(start)
    }

    /// The symbols of texts, where the items are texts.
    fn text(&self, set: &ItemSet, parts: &Parts, s: &mut ClassifyArgs) -> Result<Option<TextSpec>, Failure> {
        if !set.items.iter().any(|item| matches!(item.content, Content::Text(_))) {
            return Ok(None);
        }
        let unit = Guesses::usual(&mut s.symbols.unit, Unit::Char);
        let limit = Guesses::usual(
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
        let vocabulary = data::vocabulary(texts, unit, limit, &set.path)?;
        Ok(Some(TextSpec { unit, vocabulary: vocabulary.to_json() }))
    }

    /// What is said of items, and the loss it is learned by.
    fn answer(&self, set: &ItemSet, parts: &Parts, s: &mut ClassifyArgs) -> Result<(Answer, Loss), Failure> {
        if self.aim == Aim::Values {
            let values = parts.values(set, &parts.train)?;
            let count = values.len().max(1) as f64;
            let center = values.iter().sum::<f64>() / count;
            let spread = (values.iter().map(|v| (v - center).powi(2)).sum::<f64>() / count).sqrt();
            if spread <= 0.0 || spread.is_nan() {
                return Err(Failure::data(format!("{}: every value is {center}: there is nothing to learn", set.path)));
            }
            let loss = match Guesses::usual(&mut s.loss, ValueLoss::Mse) {
                ValueLoss::Mse => Loss::Mse,
                ValueLoss::Mae => Loss::Mae,
                ValueLoss::Huber => Loss::Huber { delta: 1.0 },
            };
            return Ok((Answer::Value { center, spread }, loss));
        }
        let labels = parts.labels.clone();
        let weights = match Guesses::usual(&mut s.class_weights, ClassWeights::None) {
            ClassWeights::None => Vec::new(),
            ClassWeights::Balanced => parts.balanced(set),
        };
        let label_smoothing = Guesses::usual(&mut s.label_smoothing, LABEL_SMOOTHING);
        let loss = Loss::CrossEntropy { classes: labels.len(), weights, label_smoothing };
        Ok((Answer::Classes { labels, temperature: 1.0 }, loss))
    }
}

impl Start {
    /// Checks every item against the input.
    fn check(&self, path: &str) -> Result<(), Failure> {
        check_items(&self.config, &self.items).map_err(|e| Failure::data(format!("{path}: {e}")))
    }
}

/// What a checkpoint or model file says of its task.
fn spec_of(task: &serde_json::Value) -> Result<(ClassifyConfig, ItemSpec), Failure> {
    let damaged = |e: String| Failure::data(format!("the run's checkpoint: {e}")).help("train anew");
    let (config, spec) = ClassifyConfig::from_task(task).map_err(damaged)?;
    Ok((config, serde_json::from_value(spec).map_err(|e| damaged(e.to_string()))?))
}

/// What the items to learn from are like.
fn shape(config: &ClassifyConfig, train: &[usize]) -> Shape {
    Shape { items: train.len(), text: config.symbols.is_some(), video: config.network.encoder.is_some() }
}

/// Whether a target is known.
fn known(target: &Target) -> bool {
    match target {
        Target::None => false,
        Target::Class(_) | Target::Value(_) => true,
        Target::Each(each) => each.iter().any(Option::is_some),
    }
}
