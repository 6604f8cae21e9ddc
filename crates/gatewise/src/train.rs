//! Training: epochs over a source, validation, early stopping, checkpoints; what happens is told by events.

mod checkpoint;
mod config;
mod diagnose;
mod epoch;
mod event;
mod trainer;

pub use config::TrainConfig;
pub use event::{Control, Event, Reason, Summary};
pub use trainer::Trainer;
