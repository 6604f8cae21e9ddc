//! Classes and values of whole sequences, or a class for each of their steps.
//!
//! [`Options`] and items make a [`Plan`], [`Classifier::fit`] trains as it says, and the [`ClassifierModel`] that comes of it reads items as
//! they are: files, tables, or numbers and texts from memory ([`ItemSet`](gatewise_data::items::ItemSet)).
//!
//! Below that, an [`Item`] is a sequence of numbers or symbols with what is to be said of it. [`Examples`] scales items, changes them at random
//! while training, and fills ragged batches. A [`Classifier`] answers with the probability of each class, calibrated on the validation part,
//! or with a value; an [`Outcome`] holds it against the truth beside the most frequent class, or the mean. A [`SimpleMethod`] may answer
//! [`Beside`] the network: a [`Rocket`] of series of numbers, [`Ngrams`] of texts.

mod augment;
mod beside;
mod calibrate;
mod config;
mod encode;
mod error;
mod examples;
mod file;
mod fitting;
mod groups;
mod input;
mod item;
mod item_stream;
mod kind;
#[cfg(feature = "audio")]
mod listen;
mod media;
mod metrics;
mod model;
mod ngrams;
mod options;
mod plan;
mod predict;
mod prediction;
mod pretrained;
mod ranking;
mod rocket;
mod score;
mod simple;
mod spec;
mod split;
mod streaming;
mod transfer;

pub use augment::Augment;
pub use beside::{Beside, share};
pub use calibrate::temperature;
pub use config::{Answer, ClassifyConfig, Network};
pub use encode::{each_step, labels, spell};
pub use error::ClassifyError;
pub use examples::{Change, Examples};
pub use fitting::{Fit, Fitted, Trained};
pub use groups::{fold_groups, holdout_groups};
pub use input::{Normalize, Numbers, SymbolInput};
pub use item::{Item, Steps, Target};
pub use item_stream::ItemStream;
#[cfg(feature = "audio")]
pub use listen::{Heard, Listener};
pub use media::MediaSpec;
pub use metrics::{ClassScore, ConfusionMatrix, Metrics, Mistake, ValueMetrics};
pub use model::{ClassifierModel, Encoded, Encoding};
pub use ngrams::Ngrams;
pub use options::{AugmentArgs, ClassWeights, MediaArgs, Options, PartArgs, SoundFeatures, ValueLoss, VideoChannels};
pub use plan::{Begun, Goal, Parts, Plan, Setup, Training};
pub use predict::{Classifier, Features, ItemPrediction, Voice, check_items};
pub use prediction::Prediction;
pub use ranking::{Areas, Ranking, Threshold};
pub use rocket::{MOST_ITEMS, Rocket};
pub use score::{Alone, EvaluateOptions, Outcome, Ranked, Score, SeveralMetrics, VoiceFigures};
pub use simple::{MethodName, SimpleMethod};
pub use spec::{ItemSpec, TextSpec};
pub use split::{fold, holdout};
pub use streaming::ClassifierStream;
pub use transfer::load_matching;

/// The name of either task in files.
pub const NAMES: [&str; 2] = ["classify", "regress"];

/// The checkpoint of the first training.
const CHECKPOINT: &str = "last.safetensors";
