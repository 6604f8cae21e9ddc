//! A classifier that reads items as they are: with what it knows of those it learned from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gatewise_data::items::{ItemOptions, ItemSet, Label, OnError};
use gatewise_kernels::Cpu;

use super::media::Kept;
use super::score::Outcome;
use super::{Classifier, EvaluateOptions, Features, Item, ItemSpec, Prediction, Target, encode, kind};
use crate::error::{Error, Kind};
use crate::format::ModelFile;
use crate::task::language::Vocabulary;
use crate::train::{Control, Event};

/// Labels that an error names.
const NAMED: usize = 5;

/// A classifier or regressor with what it knows of the items it learned from, so that others can be given as they are.
#[derive(Debug)]
pub struct ClassifierModel {
    /// The network, and what answers beside it.
    pub classifier: Classifier,
    /// How items are read.
    pub spec: ItemSpec,
    pub(super) vocabulary: Option<Vocabulary>,
}

/// How items are made ready for a model.
#[derive(Debug, Clone, Default)]
pub struct Encoding {
    /// Whether their labels are needed.
    pub labelled: bool,
    /// What happens to a file of sound or video that cannot be read.
    pub on_error: OnError,
    /// Folder of decoded sound and video; none keeps nothing.
    pub cache: Option<PathBuf>,
    /// Threads that decode; 0 for one a core.
    pub threads: usize,
}

/// Items as the network reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// In the order they were given.
    pub items: Vec<Item>,
    /// Labels that the model does not have, with how often they occur.
    pub foreign: BTreeMap<String, usize>,
}

impl ClassifierModel {
    /// Puts both together.
    ///
    /// # Errors
    /// A vocabulary that cannot be used.
    pub fn new(classifier: Classifier, spec: ItemSpec) -> Result<Self, Error> {
        let vocabulary = spec.text.as_ref().map(|text| text.symbols(spec.normalize_unicode)).transpose();
        Ok(Self { classifier, spec, vocabulary: vocabulary.map_err(|e| Error::data(e.to_string()))? })
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, of a newer format, or no classifier.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::of_file(ModelFile::open(path)?)
    }

    /// As [`load`](Self::load), of a file that was read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of_file(file: ModelFile) -> Result<Self, Error> {
        let path = file.path().to_owned();
        let (classifier, data) = Classifier::of_file(file)?;
        let damaged = |reason: &str| {
            let error = Error::data(format!("{}: what it says of its items cannot be read: {reason}", path.display()));
            error.help("train the model anew")
        };
        let spec: ItemSpec = serde_json::from_value(data).map_err(|e| damaged(&e.to_string()))?;
        Self::new(classifier, spec).map_err(|e| damaged(&e.to_string()))
    }

    /// Writes the model file, which the command line and every other door read.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let spec = serde_json::to_value(&self.spec).map_err(|e| Error::new(Kind::Io, e.to_string()))?;
        Ok(self.classifier.save(path, &spec)?)
    }

    /// The symbols of its texts; none of a model that reads numbers.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        self.vocabulary.as_ref()
    }

    /// How its own items were read.
    pub fn reading(&self) -> ItemOptions {
        ItemOptions { known: Some(self.spec.known()), ..self.spec.read.clone() }
    }

    /// How items are read for it where the user does not say otherwise.
    pub fn reading_of(&self, labelled: bool) -> ItemOptions {
        let several = !self.classifier.config().targets().is_empty();
        ItemOptions { unlabelled: !labelled, several, labels: None, files: self.spec.media.is_some(), ..self.reading() }
    }

    /// Items as the network reads them; files of sound and video are decoded.
    ///
    /// # Errors
    /// Items of another kind than the model reads, of other channels, files that cannot be read; labels none of which it knows, where they
    /// are needed.
    pub fn encode(&self, mut set: ItemSet, how: &Encoding, on_event: &mut dyn FnMut(&Event) -> Control) -> Result<Encoded, Error> {
        let config = self.classifier.config();
        encode::spell(&mut set, self.spec.normalize_unicode);
        kind::check(&set, &self.spec)?;
        if !how.labelled && config.labels().is_empty() {
            // A prediction needs no values, and is not refused for those that stand there.
            set.items.iter_mut().for_each(|item| item.label = Label::None);
        }
        if let Some(media) = &self.spec.media {
            media.load(&mut set, how.on_error, &Kept::new(how.cache.clone()), how.threads, on_event)?;
        }
        let (ours, theirs) = (config.channels(), set.channels.len());
        if ours != theirs {
            let error = Error::data(format!("{}: {theirs} channels of numbers, the model reads {ours}", set.path));
            return Err(error.help("⦃channels⦄ says how many take turns in a row; ⦃label-column⦄ which column is no step"));
        }
        let path = set.path.clone();
        let (items, foreign) = encode::items(set, config, &self.spec.level, self.vocabulary.as_ref())?;
        self.classifier.check(&items).map_err(|e| Error::data(format!("{path}: {e}")))?;
        let encoded = Encoded { items, foreign };
        if how.labelled && !encoded.foreign.is_empty() && !encoded.items.iter().any(|item| item.target.is_known()) {
            let error = Error::data(format!("{path}: {}", encoded.describe_foreign()));
            return Err(error.help(format!("the model's are {}", config.labels().join(", "))));
        }
        Ok(encoded)
    }

    /// The class or the value of each item, in the order they are given.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn predict(&mut self, cpu: &Cpu, set: ItemSet) -> Result<Vec<Prediction>, Error> {
        let Encoded { items, .. } = self.encode(set, &Encoding::default(), &mut |_| Control::Continue)?;
        let config = self.classifier.config().clone();
        let chosen: Vec<usize> = (0..items.len()).collect();
        let mut predictions = Vec::with_capacity(items.len());
        self.classifier.predict(cpu, &items, &chosen, &mut |opinion| {
            predictions.push(Prediction::of(&items[opinion.item].name, opinion, &config));
        });
        Ok(predictions)
    }

    /// Holds the answers against the labels of the items, beside a baseline.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and options that do not fit the model.
    pub fn evaluate(&mut self, cpu: &Cpu, set: ItemSet, options: &EvaluateOptions) -> Result<Outcome, Error> {
        options.check(self.classifier.config())?;
        let how = Encoding { labelled: true, ..Encoding::default() };
        let encoded = self.encode(set, &how, &mut |_| Control::Continue)?;
        self.judge(cpu, &encoded, options)
    }

    /// As [`evaluate`](Self::evaluate), of items that are encoded already.
    ///
    /// # Errors
    /// Options that do not fit the model.
    pub fn judge(&mut self, cpu: &Cpu, encoded: &Encoded, options: &EvaluateOptions) -> Result<Outcome, Error> {
        let about = options.about(self.classifier.config(), self.spec.majority(), &encoded.foreign)?;
        let chosen: Vec<usize> = (0..encoded.items.len()).collect();
        Ok(Outcome::of(cpu, &mut self.classifier, &encoded.items, &chosen, about))
    }

    /// The outputs of the recurrent layers over each item: what the network has learned to extract. What answers beside it is left out.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn features(&mut self, cpu: &Cpu, set: ItemSet) -> Result<Vec<Features>, Error> {
        let Encoded { items, .. } = self.encode(set, &Encoding::default(), &mut |_| Control::Continue)?;
        let chosen: Vec<usize> = (0..items.len()).collect();
        let mut features = Vec::with_capacity(items.len());
        self.classifier.features(cpu, &items, &chosen, &mut |found| features.push(found));
        Ok(features)
    }
}

impl Encoded {
    /// How many labels the model does not have, and the first of them.
    pub fn describe_foreign(&self) -> String {
        let count: usize = self.foreign.values().sum();
        let named: Vec<String> = self.foreign.keys().take(NAMED).map(|label| format!("{label:?}")).collect();
        format!("{count} labels are none of the model's: {}", named.join(", "))
    }
}

impl Target {
    /// Whether anything of it is known.
    pub fn is_known(&self) -> bool {
        match self {
            Self::None => false,
            Self::Class(_) | Self::Value(_) | Self::Values(_) => true,
            Self::Each(each) => each.iter().any(Option::is_some),
        }
    }
}
