//! Flags of classifiers and regressors in training.

use clap::Args;
use gatewise::model::Readout;
use gatewise::task::classify::Normalize;
use gatewise::task::forecast::Combine;
use serde::{Deserialize, Serialize};

use super::words::{any_count, at_least_one, filters, not_negative, share, word};
use super::{ItemArgs, LayerArgs, LimitArgs, MediaArgs, NetworkArgs, PartArgs, RunArgs, SymbolArgs, TableArgs, TrainingArgs};

/// Train on labelled sequences: numbers, text, sound, video.
///
/// DATA is a folder with a folder per label, a table with a label column, one sequence a row, a long table with an id, a .ts or an IDX file.
/// A part drawn from each class alike decides when to stop. What is not given is guessed from the data and printed with its flag.
#[derive(Args, Debug)]
#[command(mut_arg("data", |arg| arg.help("File or folder of labelled items; \"-\" is standard input")))]
#[command(mut_arg("from", |arg| arg.help("Begin with the weights of a trained model, which reads its data alike; labels may be new")))]
#[command(after_help = "\
Examples:
  gatewise train classify GunPoint_TRAIN.ts
  gatewise train classify reviews.csv --time-limit 10m       text,label
  gatewise train classify clips/ --label-regex '^(\\d)_'      labels in the names of files
  gatewise train classify gestures.csv --label-column 0 --channels 2 --test-share 0.2
  gatewise train classify train-images.gz --labels train-labels.gz
  gatewise train regress runs.csv --label-column seconds
  gatewise train regress runs.csv --label-column seconds,watts   several values at once
  gatewise train classify --resume runs/mine                  go on where Ctrl-C stopped it")]
pub struct TrainItemsArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub settings: ItemSettings,
}

/// Which loss of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueLoss {
    Mse,
    Mae,
    Huber,
}

/// How classes are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    None,
    Balanced,
}

/// How training items are changed.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Augmentation")]
pub struct AugmentArgs {
    /// Noise on numbers in training, in standard deviations
    #[arg(long, value_name = "STD", value_parser = not_negative)]
    pub jitter: Option<f64>,
    /// Spread of a random factor on each channel
    #[arg(long, value_name = "STD", value_parser = not_negative)]
    pub scale: Option<f64>,
    /// Spread of a random offset on each channel
    #[arg(long, value_name = "STD", value_parser = not_negative)]
    pub shift: Option<f64>,
    /// Share by which time runs faster or slower in places
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub warp: Option<f64>,
    /// Most rows cut off at the ends, as a share
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub crop: Option<f64>,
    /// Longest stretch of rows blotted out, as a share
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub mask_time: Option<f64>,
    /// Widest block of channels blotted out, as a share
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub mask_channels: Option<f64>,
    /// Share of the symbols of a text that become unknown
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub drop_symbols: Option<f64>,
}

/// Every setting of a classifier or regressor; each flag is also a key of config.toml.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemSettings {
    #[command(flatten)]
    #[serde(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub table: TableArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub classify: ClassifyArgs,
}

/// What is learned, and how. What is not given is guessed from the items and printed.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(mut_arg("hidden", |arg| arg.help("Hidden units of each layer and direction")))]
#[command(mut_arg("batch", |arg| arg.help("Items of a step")))]
#[command(mut_arg("time_limit", |arg| arg.help("Longest time for training, by which steps are then chosen: 90s, 10m, 2h")))]
pub struct ClassifyArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub parts: PartArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub symbols: SymbolArgs,
    /// Where the level and spread of a channel come from
    #[arg(long, value_name = "WAY", value_parser = word::<Normalize>(&["channel", "item", "none"]), help_heading = "Numbers")]
    pub normalize: Option<Normalize>,
    /// Rows the network reads in one step
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Numbers")]
    pub segment: Option<usize>,
    /// The network also reads how much each channel changes from row to row
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Numbers")]
    pub changes: Option<bool>,
    /// How the network and MiniRocket become one answer, where each series of numbers has one label: weighted by what they say of the items
    /// that decide when to stop, the better one of them, or the network alone
    #[arg(long, value_name = "WAY", value_parser = word::<Combine>(&["auto", "best", "network"]), help_heading = "Numbers")]
    pub combine: Option<Combine>,
    #[command(flatten)]
    #[serde(flatten)]
    pub media: MediaArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub network: NetworkArgs,
    /// Length of a symbol's vector
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub embedding: Option<usize>,
    #[command(flatten)]
    #[serde(flatten)]
    pub layer: LayerArgs,
    /// A second direction reads each item from its end
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub bidirectional: Option<bool>,
    /// How the outputs over time become one row
    #[arg(long, value_name = "WAY", value_parser = word::<Readout>(&["last", "mean", "max", "attention", "concat"]), help_heading = "Network")]
    pub readout: Option<Readout>,
    /// Share of the weights from the state that training drops
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network")]
    pub weight_drop: Option<f64>,
    /// Steps that gates are to remember over at the start; 0 leaves it to chance
    #[arg(long, value_name = "N", value_parser = any_count(), help_heading = "Network")]
    pub chrono: Option<usize>,
    /// Filters of convolutions over time beside the recurrent layers, for series of numbers (LSTM-FCN has 128; 32 are quicker); 0 is none
    #[arg(long, value_name = "N", value_parser = filters(), help_heading = "Network")]
    pub fcn: Option<usize>,
    /// Loss of a value
    #[arg(long, value_name = "LOSS", value_parser = word::<ValueLoss>(&["mse", "mae", "huber"]), help_heading = "Training")]
    pub loss: Option<ValueLoss>,
    /// Weight of classes in the loss: none, or balanced by how rare they are
    #[arg(long, value_name = "WAY", value_parser = word::<ClassWeights>(&["none", "balanced"]), help_heading = "Training")]
    pub class_weights: Option<ClassWeights>,
    /// Share of each label spread evenly over all classes
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Training")]
    pub label_smoothing: Option<f64>,
    /// Train anew on all items but those held back, for as many steps as were best
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Training")]
    pub refit: Option<bool>,
    #[command(flatten)]
    #[serde(flatten)]
    pub augment: AugmentArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub training: TrainingArgs,
}
