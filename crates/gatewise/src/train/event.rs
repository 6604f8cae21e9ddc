//! What training tells while it runs.

use serde::{Deserialize, Serialize};

use super::gradients::LayerFlow;

/// Something that happened. Seconds count from the call of `run`, epochs and steps from 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Before the first step.
    Start {
        /// Number of parameters.
        parameters: usize,
        /// Training items.
        items: usize,
        /// Validation items.
        valid_items: usize,
        /// Steps of an epoch.
        steps_per_epoch: u64,
        /// Epochs, at most.
        epochs: u64,
        /// Steps already taken before a resume.
        step: u64,
        /// Seconds that all epochs will take, from a rehearsed step that changes nothing.
        estimate_seconds: f64,
        /// Bytes of weights, optimiser and one batch on its way through the network.
        memory_bytes: u64,
        /// Instruction set of the kernels.
        isa: String,
        /// Threads of the kernels.
        threads: usize,
    },
    /// After every step: whoever prints these thins them out.
    Step {
        /// Steps so far.
        step: u64,
        /// The epoch.
        epoch: u64,
        /// Steps so far in this epoch.
        step_in_epoch: u64,
        /// Steps of an epoch.
        steps_per_epoch: u64,
        /// Loss of the step's batch.
        loss: f64,
        /// Norm of the gradient before clipping.
        grad_norm: f64,
        /// Learning rate of the step.
        lr: f64,
        /// Seconds.
        elapsed: f64,
    },
    /// After an epoch and its validation.
    Epoch {
        /// The epoch.
        epoch: u64,
        /// Epochs, at most.
        epochs: u64,
        /// Steps so far.
        step: u64,
        /// Mean loss over the epoch's steps, dropout included.
        train_loss: f64,
        /// Loss over the validation part; none without one.
        valid_loss: Option<f64>,
        /// Lowest validation loss so far.
        best: Option<f64>,
        /// Its epoch.
        best_epoch: Option<u64>,
        /// Learning rate of the last step.
        lr: f64,
        /// Median norm of the gradient before clipping.
        grad_norm: f64,
        /// Median norm after clipping.
        grad_norm_clipped: f64,
        /// Largest norm before clipping.
        grad_norm_max: f64,
        /// Share of the steps whose norm was clipped.
        clipped: f64,
        /// Time steps of sequences read each second, validation left out.
        rows_per_second: f64,
        /// Seconds.
        elapsed: f64,
        /// Seconds left if every planned epoch is run.
        eta: f64,
    },
    /// After an epoch in which gradients were watched.
    Gradients {
        /// The epoch.
        epoch: u64,
        /// Mean loss over its steps.
        train_loss: f64,
        /// Loss over the validation part.
        valid_loss: Option<f64>,
        /// By layer and direction.
        flow: Vec<LayerFlow>,
        /// Median norm of the parameters' gradient before clipping.
        grad_norm: f64,
        /// Median norm after clipping.
        grad_norm_clipped: f64,
        /// Largest norm before clipping.
        grad_norm_max: f64,
        /// Share of the steps whose norm was clipped.
        clipped: f64,
    },
    /// A text that a language model wrote after an epoch.
    Sample {
        /// The epoch.
        epoch: u64,
        /// What it wrote.
        text: String,
    },
    /// One training out of several begins.
    Phase {
        /// What it learns from, as "held back" or "all rows".
        name: String,
    },
    /// Something worth knowing, with names of settings within marks.
    Note {
        /// What it is about: a file, a folder.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        /// In words.
        message: String,
    },
    /// Something that does not work, and that the work goes on without.
    Warning {
        /// In words.
        message: String,
    },
    /// Files of sound and video that were decoded.
    Files {
        /// So far.
        done: usize,
        /// In all.
        of: usize,
    },
    /// A training begins with the weights of a trained model.
    Adopted {
        /// Tensors taken over.
        tensors: usize,
        /// Tensors that are new.
        new: Vec<String>,
        /// Whether what answered beside its network is left out.
        without_beside: bool,
    },
    /// At the end.
    Stopped(Summary),
}

/// The answer to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Save and stop; a later `run` goes on where this one stopped.
    Stop,
}

/// Why training stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Every epoch is done.
    Epochs,
    /// The validation loss has not improved for `patience` epochs.
    Patience,
    /// `max_steps` is reached.
    MaxSteps,
    /// `time_limit` is reached.
    TimeLimit,
    /// An event was answered with [`Control::Stop`].
    Interrupted,
}

/// How training ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Why.
    pub reason: Reason,
    /// Epochs that were finished.
    pub epochs: u64,
    /// Steps that were taken.
    pub steps: u64,
    /// Lowest validation loss; none without a validation part.
    pub best: Option<f64>,
    /// Its epoch.
    pub best_epoch: Option<u64>,
    /// Steps taken up to the end of that epoch: what a training on more data repeats.
    pub best_step: Option<u64>,
    /// Loss over the last finished epoch.
    pub train_loss: Option<f64>,
    /// Seconds.
    pub elapsed: f64,
}
