//! Where a run stands.

use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use super::epoch::Gathered;
use super::event::Reason;
use crate::optim::Scheduler;

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// Training items; none before the first run.
    pub(super) items: Option<usize>,
    /// Steps taken.
    pub(super) step: u64,
    /// Epochs finished.
    pub(super) epoch: u64,
    /// Steps taken in the epoch that runs.
    pub(super) position: u64,
    pub(super) best: Option<Best>,
    /// Epochs since the best one.
    pub(super) stale: u64,
    pub(super) scheduler: Scheduler,
    pub(super) gathered: Gathered,
    /// Steps whose weights the mean is over.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) averaged: u64,
    /// Steps that fit into the time limit, where they are fewer than planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) affordable: Option<u64>,
    /// Training loss of the last finished epoch.
    pub(super) train_loss: Option<f64>,
    /// Why the run is over; none while it can go on.
    pub(super) finished: Option<Reason>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Progress {
    /// At the start.
    pub(super) fn new(config: &TrainConfig) -> Self {
        Self {
            items: None,
            step: 0,
            epoch: 0,
            position: 0,
            best: None,
            stale: 0,
            scheduler: Scheduler::new(config.schedule.clone(), config.lr),
            gathered: Gathered::default(),
            averaged: 0,
            affordable: None,
            train_loss: None,
            finished: None,
        }
    }
}

/// The epoch with the lowest validation loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Best {
    pub(super) loss: f64,
    pub(super) epoch: u64,
    /// Steps taken by its end.
    pub(super) step: u64,
}
