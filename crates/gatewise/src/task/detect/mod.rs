//! Anomalies in rows as they come: a score for each row, given the rows before it.
//!
//! [`Detector::push`] is all there is to a stream. Inside, a recurrent network foretells the distribution of each channel's next value and learns
//! online; each channel's evidence is held against its own past by extreme-value tails, after the anomaly likelihood of Lavin and Ahmad
//! (2015) and the peaks over threshold of Siffer et al. (2017); beside it stand robust deviations from the simplest forecast that fits, held against
//! the rate of alarms as they are, so that what is plain is found whatever the network learned; where asked to, a second network gives windows back and so tells those of an
//! unusual shape; [`Events`] joins neighbouring anomalies.
//!
//! A table is watched by a [`Fleet`]: a detector for each of its series, and beside the numbers its states, its counters, the cells that are missing
//! and the rows that are.

mod absence;
mod alarm;
mod autoencoder;
mod category;
mod change_point;
mod clock;
mod config;
mod counter;
mod counts;
mod descent;
mod detector;
mod episode;
mod error;
mod event;
mod file;
mod flatline;
mod fleet;
mod fleet_file;
mod foretelling;
mod labels;
mod learn;
mod lengths;
mod member;
mod metrics;
mod mixture;
mod monitor;
mod net;
mod news;
mod options;
mod plan;
mod reconstruction;
mod robust;
mod scale;
mod spec;
mod tail;

pub use absence::Hole;
pub use alarm::{Verdict, score_of};
pub use category::{StateBlame, StateKind};
pub use clock::{clock_features, seasons};
pub use config::{DetectConfig, HISTORY, MAX_SEASONS, SHAPE_ROWS};
pub use detector::{Detector, Scored};
pub use episode::{Cause, Episode};
pub use error::DetectError;
pub use event::{Blame, Event, Events};
pub use fleet::{Fleet, FleetConfig, MAX_SERIES, Reading, Resumed};
pub use foretelling::Foretelling;
pub use labels::Labelled;
pub use learn::in_known_span;
pub use member::Judged;
pub use metrics::{Metrics, Scores};
pub use mixture::{COMPONENTS, Mixture, SCALE_FLOOR};
pub use monitor::{KINDS, Kind, main_kind, total};
pub use options::Options;
pub use plan::{Plan, TableShape, check_rate};
pub use scale::Scale;
pub use spec::DataSpec;
pub use tail::Tail;
