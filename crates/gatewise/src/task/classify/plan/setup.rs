//! What a plan begins with beside items and options.

use std::path::{Path, PathBuf};

use gatewise_data::items::{ItemOptions, Known};

use crate::choice::Choices;
use crate::error::Error;
use crate::task::classify::{ClassifierModel, ClassifyConfig, ItemSpec, Options};
use crate::task::language::Normal;
use crate::train::Trainer;

/// What items are learned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Labels are names of classes.
    Classes,
    /// Labels are numbers.
    Values,
}

/// What a plan begins with beside items and options.
#[derive(Debug, Clone)]
pub struct Setup<'a> {
    /// What the items are learned for.
    pub goal: Goal,
    /// How they were read, which the model keeps.
    pub read: ItemOptions,
    /// The model whose weights training begins with.
    pub base: Option<&'a ClassifierModel>,
    /// What a training under way began with.
    pub begun: Option<Begun>,
    /// Folder of decoded sound and video; none keeps nothing.
    pub cache: Option<PathBuf>,
}

impl Setup<'_> {
    /// Nothing but a goal.
    pub fn new(goal: Goal) -> Self {
        Self { goal, read: ItemOptions::default(), base: None, begun: None, cache: None }
    }

    /// How items are read where the user does not say otherwise: as the model's that training begins with.
    pub fn usual_reading(&self) -> ItemOptions {
        self.base.map_or_else(ItemOptions::default, ClassifierModel::reading)
    }

    /// How items are read: `given` with what options, the goal and a training under way settle.
    pub fn reading(&self, given: ItemOptions, options: &Options) -> ItemOptions {
        ItemOptions {
            group: options.parts.group.clone().filter(|group| group != "none").or(given.group),
            files: self.base.is_some_and(|base| base.spec.media.is_some()),
            // A training under way reads its table as it began to.
            known: self.known().or(given.known),
            several: self.goal == Goal::Values,
            ..given
        }
    }

    fn known(&self) -> Option<Known> {
        self.begun.as_ref().map(|begun| begun.spec.known())
    }
}

/// What a training under way began with, as its checkpoint says.
#[derive(Debug, Clone)]
pub struct Begun {
    pub(super) config: ClassifyConfig,
    pub(super) spec: ItemSpec,
}

impl Begun {
    /// The training whose checkpoint lies in a folder; none where there is none.
    ///
    /// # Errors
    /// A checkpoint that cannot be read.
    pub fn find(folder: &Path) -> Result<Option<Self>, Error> {
        let file = folder.join(super::super::CHECKPOINT);
        if !file.exists() {
            return Ok(None);
        }
        let trainer = Trainer::resume(&file)?;
        let (config, spec) = ClassifyConfig::from_task(trainer.task()).map_err(|e| damaged(&e))?;
        let spec = serde_json::from_value(spec).map_err(|e| damaged(&e.to_string()))?;
        Ok(Some(Self { config, spec }))
    }
}

pub(super) fn damaged(reason: &str) -> Error {
    Error::data(format!("the run's checkpoint: {reason}")).help("train anew")
}

/// How characters of texts and labels are spelled. Runs of earlier versions took them as they came.
pub(super) fn spelling(s: &mut Options, base: Option<&ClassifierModel>) -> Normal {
    let usual = if s.training.resumed { Normal::None } else { Normal::Nfc };
    Choices::or_default(&mut s.symbols.normalize_unicode, base.map_or(usual, |base| base.spec.normalize_unicode))
}
