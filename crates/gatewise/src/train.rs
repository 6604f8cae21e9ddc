//! Training: epochs over a source, validation, early stopping, checkpoints; what happens is told by events.

mod average;
mod carry;
mod checkpoint;
mod config;
mod diagnose;
mod draw;
mod epoch;
mod event;
mod fit;
mod gradients;
mod keeper;
mod progress;
mod session;
mod trainer;
mod watch;

pub use config::TrainConfig;
pub use event::{Control, Event, Reason, Summary};
pub use fit::{Session, go_on_or, train_one};
pub use gradients::{LayerFlow, probe_count, spread, watch_gradients, watch_gradients_of};
pub use trainer::Trainer;
