//! Options that tasks share. Every field may be left open: what the data do not settle is then chosen, and said.
//!
//! With the feature `clap` each is also a group of flags, so that a setting is defined once.

mod network;
pub mod parse;
mod pin;
mod pool;
mod precision;
mod training;

pub use network::{LayerArgs, NetworkArgs};
pub use pin::pin;
pub use pool::Pool;
pub use precision::{NO_BF16, PrecisionName, multiplies_bf16};
pub use training::{Preset, ScheduleName, TrainingArgs};
