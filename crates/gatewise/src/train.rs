//! Training: epochs over a source, validation, early stopping, checkpoints; what happens is told by events.

mod carry;
mod checkpoint;
mod config;
mod diagnose;
mod draw;
mod epoch;
mod event;
mod keeper;
mod session;
mod trainer;
mod watch;

pub use config::TrainConfig;
pub use event::{Control, Event, Reason, Summary};
pub use trainer::Trainer;
