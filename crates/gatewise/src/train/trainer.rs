//! A network on its way through training: what it is made of.

use std::ops::Range;
use std::path::PathBuf;

use gatewise_kernels::{Cpu, Precision};
use serde_json::Value;

use super::Event;
use super::config::TrainConfig;
use super::progress::Progress;
use super::watch::Watch;
use crate::batch::Batch;
use crate::error::TrainError;
use crate::layer::recurrent::State;
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;

/// A network on its way through training.
///
/// The same network, settings, seed and data give the same bytes, whatever the number of threads and however often it was resumed.
///
/// ```
/// use gatewise::batch::{Batch, Empty, Source};
/// use gatewise::loss::Loss;
/// use gatewise::model::{Model, ModelConfig};
/// use gatewise::train::{Control, TrainConfig, Trainer};
/// use gatewise::{Cell, Cpu};
///
/// /// Sequences of four steps, each to be summed.
/// struct Sums;
///
/// impl Source for Sums {
///     fn len(&self) -> usize {
///         64
///     }
///
///     fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
///         batch.set_full(items.len(), 4, 1);
///         for (k, &item) in items.iter().enumerate() {
///             let sequence = [0.1, 0.2, 0.3, 0.4].map(|x| x * (item % 8) as f32);
///             batch.set_sequence(k, &sequence);
///             batch.target.push(sequence.iter().sum());
///         }
///     }
/// }
///
/// let model = Model::new(&ModelConfig::new(Cell::Gru, 1, 8, 1), 1)?;
/// let config = TrainConfig { epochs: 30, batch: 8, lr: 1e-2, ..TrainConfig::default() };
/// let mut trainer = Trainer::new(model, Loss::Mse, config)?;
/// let summary = trainer.run(&Cpu::new(1)?, &Sums, &Empty, &mut |_| Control::Continue)?;
/// assert!(summary.train_loss.is_some_and(|loss| loss < 0.5), "{summary:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Trainer {
    pub(super) model: Model<f32>,
    pub(super) loss: Loss,
    pub(super) config: TrainConfig,
    pub(super) optimizer: Optimizer<f32>,
    pub(super) progress: Progress,
    /// Weights with the lowest validation loss; empty before the first.
    pub(super) best: Vec<f32>,
    /// Mean of the weights of the last steps; empty before the first of them, and where none are averaged.
    pub(super) average: Vec<f32>,
    pub(super) task: Value,
    pub(super) checkpoint: Option<PathBuf>,
    /// Items in the order of the epoch.
    pub(super) order: Vec<usize>,
    pub(super) batch: Batch<f32>,
    /// Parts of the parameters that the step gives gradients to.
    pub(super) parts: Vec<Range<usize>>,
    /// What a source that carries hands from step to step; empty for others.
    pub(super) carried: State<f32>,
    pub(super) watch: Watch,
}

impl Trainer {
    /// A run from the start. The model takes the precision that the settings name.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn new(model: Model<f32>, loss: Loss, config: TrainConfig) -> Result<Self, TrainError> {
        config.validate()?;
        loss.validate()?;
        let optimizer = Optimizer::new(config.optimizer.clone(), model.params().values.len());
        let progress = Progress::new(&config);
        Ok(Self::of(model, loss, config, optimizer, progress))
    }

    /// A run that stands somewhere, with all else empty.
    pub(super) fn of(mut model: Model<f32>, loss: Loss, config: TrainConfig, optimizer: Optimizer<f32>, progress: Progress) -> Self {
        model.set_precision(config.precision());
        Self {
            model,
            loss,
            config,
            optimizer,
            progress,
            best: Vec::new(),
            average: Vec::new(),
            task: Value::Null,
            checkpoint: None,
            order: Vec::new(),
            batch: Batch::default(),
            parts: Vec::new(),
            carried: State::default(),
            watch: Watch::default(),
        }
    }

    /// Writes checkpoints to this file.
    pub fn set_checkpoint(&mut self, path: PathBuf) {
        self.checkpoint = Some(path);
    }

    /// Seconds between checkpoints from here on: the one setting that may change on the way, for it changes no number.
    ///
    /// # Errors
    /// Seconds below 0.
    pub fn set_checkpoint_seconds(&mut self, seconds: f64) -> Result<(), TrainError> {
        let config = TrainConfig { checkpoint_seconds: seconds, ..self.config.clone() };
        config.validate()?;
        self.config = config;
        Ok(())
    }

    /// What the task wants back when the run is resumed; it stands in the checkpoint.
    pub fn set_task(&mut self, task: Value) {
        self.task = task;
    }

    /// What [`set_task`](Self::set_task) was given.
    pub fn task(&self) -> &Value {
        &self.task
    }

    /// The settings.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The loss that is trained on.
    pub fn loss(&self) -> &Loss {
        &self.loss
    }

    /// The network with the weights of the last step.
    pub fn model(&self) -> &Model<f32> {
        &self.model
    }

    /// Shows the network with its present weights after each epoch, with the epoch's own event, as for a sample of what it writes. What is
    /// called may run it forward, and changes no weight; the event it gives follows that of the epoch. Called again, it shows the network to
    /// several, one after the other.
    pub fn watch(&mut self, look: impl FnMut(&Cpu, &mut Model<f32>, &Event) -> Option<Event> + 'static) {
        self.watch.add(look);
    }

    /// The network with the weights of the best epoch, or of the last step (the mean of the last ones) where nothing was validated; in f32 from here on.
    pub fn into_best(mut self) -> Model<f32> {
        if !self.best.is_empty() {
            self.model.params_mut().values.copy_from_slice(&self.best);
        } else {
            self.swap_average();
        }
        self.model.set_precision(Precision::F32);
        self.model
    }
}
