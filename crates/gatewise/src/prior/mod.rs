//! A forecaster that has seen synthetic series alone, and needs no training.
//!
//! [`Prior::forecast`] gives thirteen quantiles of each step after a history, for many histories at once. The network reads patches of the last 192
//! values, scaled by how much the series moves, and what seasons say of every step; patches of the future are masked, so one pass forecasts
//! them all and nothing is fed back (Auer et al. 2025, TiRex). It was trained on [`synthetic`](crate::synthetic) series, see
//! [`Pretraining`]; docs/prior.md says on how many, and how good it is.

mod context;
mod drafts;
mod item;
mod network;
mod outlook;
mod pretrain;
mod quantiles;
mod season;
mod supply;
mod thinned;
mod tokens;
mod tuning;
mod weights;

pub use context::History;
pub(crate) use context::rows_read;
pub use network::{Batch, PriorConfig, PriorNetwork};
pub(crate) use outlook::MOST_STEPS;
pub use outlook::{Prior, VERSION};
pub use pretrain::{PretrainConfig, Pretraining};
pub use quantiles::LEVELS;
pub(crate) use quantiles::at_levels;
pub(crate) use supply::HORIZON;
pub use supply::{OwnSeries, Supply};
pub(crate) use tuning::{TuneConfig, tune};
pub use weights::{PriorRecord, save_prior};
