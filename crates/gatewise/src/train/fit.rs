//! One training: begun or gone on with, heard of, and brought to its best weights.

use std::path::PathBuf;

use gatewise_kernels::Cpu;

use super::{Control, Event, Summary, TrainConfig, Trainer};
use crate::batch::Source;
use crate::error::TrainError;
use crate::model::Model;

/// What a training is given beside data and settings.
pub struct Session<'a> {
    /// Instruction set and threads.
    pub cpu: &'a Cpu,
    /// Folder of the checkpoints, from which the same call goes on; none where nothing is kept.
    pub checkpoints: Option<PathBuf>,
    /// Hears of everything, and may stop the training.
    pub on_event: &'a mut dyn FnMut(&Event) -> Control,
}

impl Session<'_> {
    /// Tells of something; whether the training is to go on.
    pub fn tell(&mut self, event: &Event) -> Control {
        (self.on_event)(event)
    }

    /// The file of a checkpoint.
    pub fn checkpoint(&self, name: &str) -> Option<PathBuf> {
        self.checkpoints.as_ref().map(|folder| folder.join(name))
    }
}

/// A trainer that goes on from a checkpoint where there is one, else the one that `begin` makes, which then writes to it.
///
/// # Errors
/// A checkpoint that cannot be read, and those of `begin`.
pub fn go_on_or<E: From<TrainError>>(
    checkpoint: Option<PathBuf>,
    config: &TrainConfig,
    begin: impl FnOnce() -> Result<Trainer, E>,
) -> Result<Trainer, E> {
    match checkpoint {
        Some(path) if path.exists() => {
            let mut trainer = Trainer::resume(&path)?;
            trainer.set_checkpoint_seconds(config.checkpoint_seconds)?;
            Ok(trainer)
        }
        checkpoint => {
            let mut trainer = begin()?;
            checkpoint.into_iter().for_each(|path| trainer.set_checkpoint(path));
            Ok(trainer)
        }
    }
}

/// Goes on from a checkpoint where there is one, else with what `begin` makes; `watch` may have the network watched. Gives the best weights.
///
/// # Errors
/// As [`Trainer::run`], and those of `begin`.
pub fn train_one<E: From<TrainError>>(
    session: &mut Session<'_>,
    checkpoint: Option<PathBuf>,
    config: &TrainConfig,
    (train, valid): (&dyn Source, &dyn Source),
    begin: impl FnOnce() -> Result<Trainer, E>,
    watch: impl FnOnce(&mut Trainer) -> Result<(), E>,
) -> Result<(Model<f32>, Summary), E> {
    let mut trainer = go_on_or(checkpoint, config, begin)?;
    watch(&mut trainer)?;
    let summary = trainer.run(session.cpu, train, valid, session.on_event)?;
    Ok((trainer.into_best(), summary))
}
