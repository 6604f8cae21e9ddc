//! Flags of classifiers and regressors in training, and of reading labelled items.

use std::path::PathBuf;

use clap::Args;
use gatewise::model::Readout;
use gatewise::task::classify::Normalize;
use gatewise::task::forecast::CellName;
use gatewise::task::language::Unit;
use gatewise_data::items::{ItemOptions, OnError};
use serde::{Deserialize, Serialize};

use crate::classify::media::Word as Features;

use super::words::{at_least_one, duration_text, word};
use super::{Preset, ReadArgs, ScheduleName};

/// Train on labelled sequences: numbers, text, sound, video.
///
/// DATA is a folder with a folder per label, a table with a label column, one sequence a row, a long table with an id, a .ts or an IDX file.
/// A part drawn from each class alike decides when to stop. What is not given is guessed from the data and printed with its flag.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise train classify GunPoint_TRAIN.ts
  gatewise train classify reviews.csv --time-limit 10m       text,label
  gatewise train classify clips/ --label-regex '^(\\d)_'      labels in the names of files
  gatewise train classify gestures.csv --label-column 0 --channels 2 --test-share 0.2
  gatewise train classify train-images.gz --labels train-labels.gz
  gatewise train regress runs.csv --label-column seconds
  gatewise train classify --resume runs/mine                  go on where Ctrl-C stopped it")]
pub struct TrainItemsArgs {
    /// File or folder of labelled items; \"-\" is standard input
    #[arg(value_name = "DATA", required_unless_present = "resume")]
    pub data: Option<PathBuf>,
    /// Folder of the run [default: runs/<name of the data>-<number>]
    #[arg(long = "output", short = 'o', value_name = "RUN", help_heading = "Output")]
    pub run: Option<PathBuf>,
    /// Go on with an interrupted run, exactly where it stopped
    #[arg(long, value_name = "RUN", conflicts_with_all = ["data", "run", "config", "set"])]
    pub resume: Option<PathBuf>,
    /// Begin with the weights of a trained model, which reads its data alike; labels may be new
    #[arg(long, value_name = "MODEL", conflicts_with = "resume")]
    pub from: Option<PathBuf>,
    /// Settings from a file, as a run leaves in config.toml
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// One setting by its key in config.toml; may be repeated
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Settings")]
    pub set: Vec<String>,
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub settings: ClassifyArgs,
}

/// How labelled items are read.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Items")]
#[serde(deny_unknown_fields)]
pub struct ItemArgs {
    /// Column of the labels: a name, or a number from 0 [default: label, class, target and the like]
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<String>,
    /// Labels in the names of files: the pattern's first group, or what it matches
    #[arg(long, value_name = "REGEX")]
    pub label_regex: Option<String>,
    /// Column of the texts, paths or sequences
    #[arg(long, value_name = "COLUMN")]
    pub input_column: Option<String>,
    /// Channels that take turns in a row: x, y, x, y is 2
    #[arg(long = "channels", id = "item_channels", value_name = "N", value_parser = at_least_one())]
    pub item_channels: Option<usize>,
    /// File of the labels of an IDX file
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Folder of decoded sound and video; none keeps nothing [default: gatewise/frames in the user's cache]
    #[arg(long, value_name = "FOLDER")]
    pub cache: Option<PathBuf>,
    /// What happens to items that cannot be read: refuse or skip [default: refuse]
    #[arg(long, value_name = "WAY", value_parser = word::<OnError>(&["refuse", "skip"]))]
    pub on_error: Option<OnError>,
}

impl ItemArgs {
    /// These settings and those of `read` over `base`, as the data crate reads them.
    pub fn options(&self, read: &ReadArgs, base: ItemOptions) -> ItemOptions {
        ItemOptions {
            label_column: self.label_column.clone().or(base.label_column),
            label_regex: self.label_regex.clone().or(base.label_regex),
            input_column: self.input_column.clone().or(base.input_column),
            id: read.id.clone().or(base.id),
            time: read.time.clone().or(base.time),
            channels: self.item_channels.or(base.channels),
            labels: self.labels.clone().or(base.labels),
            delimiter: read.delimiter.and_then(|c| u8::try_from(c).ok()).or(base.delimiter),
            na: read.na.clone().unwrap_or(base.na),
            impute: read.impute.unwrap_or(base.impute),
            on_error: self.on_error.unwrap_or(base.on_error),
            unlabelled: base.unlabelled,
        }
    }
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

/// Settings of a classifier; each flag is also a key of config.toml.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifyArgs {
    /// Share of the items, of each class alike, that decides when to stop
    #[arg(long, value_name = "SHARE", help_heading = "Parts")]
    pub valid_share: Option<f64>,
    /// Share of the items, of each class alike, that is held back and scored at the end
    #[arg(long, value_name = "SHARE", help_heading = "Parts", conflicts_with_all = ["test_regex", "fold"])]
    pub test_share: Option<f64>,
    /// Items whose name matches are held back and scored at the end
    #[arg(long, value_name = "REGEX", help_heading = "Parts", conflicts_with = "fold")]
    pub test_regex: Option<String>,
    /// Hold back the K-th of N parts, as 1/5; the N parts together are all items
    #[arg(long, value_name = "K/N", help_heading = "Parts")]
    pub fold: Option<String>,
    /// Start of the random choice of the parts [default: 1]
    #[arg(long, value_name = "N", help_heading = "Parts")]
    pub split_seed: Option<u64>,

    /// What a symbol of a text is
    #[arg(long, value_name = "UNIT", value_parser = word::<Unit>(&["char", "byte", "word", "sub-word"]), help_heading = "Text")]
    pub unit: Option<Unit>,
    /// Most symbols
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Text")]
    pub vocabulary: Option<usize>,

    /// Where the level and spread of a channel come from
    #[arg(long, value_name = "WAY", value_parser = word::<Normalize>(&["channel", "item", "none"]), help_heading = "Numbers")]
    pub normalize: Option<Normalize>,
    /// Rows the network reads in one step
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Numbers")]
    pub segment: Option<usize>,
    /// The network also reads how much each channel changes from row to row
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Numbers")]
    pub changes: Option<bool>,

    /// Features of sound
    #[arg(long, value_name = "KIND", value_parser = word::<Features>(&["log-mel", "mfcc"]), help_heading = "Sound and video")]
    pub features: Option<Features>,
    /// Samples a second that sound is brought to
    #[arg(long, value_name = "HZ", help_heading = "Sound and video")]
    pub rate: Option<u32>,
    /// Mel bands
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Sound and video")]
    pub mels: Option<usize>,
    /// Derivatives in time beside the features of sound: 0, 1 or 2
    #[arg(long, value_name = "N", help_heading = "Sound and video")]
    pub deltas: Option<usize>,
    /// Width and height of a video's frames in pixels
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Sound and video")]
    pub frame_size: Option<usize>,
    /// Frames a second of a video
    #[arg(long, value_name = "N", help_heading = "Sound and video")]
    pub fps: Option<f64>,

    /// Recurrent cell
    #[arg(long, value_name = "CELL", value_parser = word::<CellName>(&["lstm", "gru", "gru-reset-before", "rnn", "rnn-relu"]), help_heading = "Network")]
    pub cell: Option<CellName>,
    /// Hidden units of each layer and direction
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub hidden: Option<usize>,
    /// Recurrent layers
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub layers: Option<usize>,
    /// A second direction reads each item from its end
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub bidirectional: Option<bool>,
    /// How the outputs over time become one row
    #[arg(long, value_name = "WAY", value_parser = word::<Readout>(&["last", "mean", "max", "attention", "concat"]), help_heading = "Network")]
    pub readout: Option<Readout>,
    /// Length of a symbol's vector
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub embedding: Option<usize>,
    /// Share of each layer's outputs dropped in training
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    pub dropout: Option<f64>,
    /// Share of the weights from the state that training drops
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    pub weight_drop: Option<f64>,
    /// Normalise each layer's outputs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub layer_norm: Option<bool>,
    /// Steps that gates are to remember over at the start; 0 leaves it to chance
    #[arg(long, value_name = "N", help_heading = "Network")]
    pub chrono: Option<usize>,

    /// How much time the guesses may cost
    #[arg(long, value_name = "PRESET", value_parser = word::<Preset>(&["fast", "balanced", "best"]), help_heading = "Training")]
    pub preset: Option<Preset>,
    /// Loss of a value
    #[arg(long, value_name = "LOSS", value_parser = word::<ValueLoss>(&["mse", "mae", "huber"]), help_heading = "Training")]
    pub loss: Option<ValueLoss>,
    /// Weight of classes in the loss: none, or balanced by how rare they are
    #[arg(long, value_name = "WAY", value_parser = word::<ClassWeights>(&["none", "balanced"]), help_heading = "Training")]
    pub class_weights: Option<ClassWeights>,
    /// Share of each label spread evenly over all classes
    #[arg(long, value_name = "SHARE", help_heading = "Training")]
    pub label_smoothing: Option<f64>,
    /// Noise on numbers in training, in standard deviations
    #[arg(long, value_name = "STD", help_heading = "Augmentation")]
    pub jitter: Option<f64>,
    /// Spread of a random factor on each channel
    #[arg(long, value_name = "STD", help_heading = "Augmentation")]
    pub scale: Option<f64>,
    /// Spread of a random offset on each channel
    #[arg(long, value_name = "STD", help_heading = "Augmentation")]
    pub shift: Option<f64>,
    /// Share by which time runs faster or slower in places
    #[arg(long, value_name = "SHARE", help_heading = "Augmentation")]
    pub warp: Option<f64>,
    /// Most rows cut off at the ends, as a share
    #[arg(long, value_name = "SHARE", help_heading = "Augmentation")]
    pub crop: Option<f64>,
    /// Longest stretch of rows blotted out, as a share
    #[arg(long, value_name = "SHARE", help_heading = "Augmentation")]
    pub mask_time: Option<f64>,
    /// Widest block of channels blotted out, as a share
    #[arg(long, value_name = "SHARE", help_heading = "Augmentation")]
    pub mask_channels: Option<f64>,
    /// Share of the symbols of a text that become unknown
    #[arg(long, value_name = "SHARE", help_heading = "Augmentation")]
    pub drop_symbols: Option<f64>,

    /// Most passes over the items
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub epochs: Option<usize>,
    /// Items of a step
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub batch: Option<usize>,
    /// Most steps of the optimiser; the learning rate falls towards the last one
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub max_steps: Option<usize>,
    /// Learning rate
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub lr: Option<f64>,
    /// How the learning rate changes
    #[arg(long, value_name = "SHAPE", value_parser = word::<ScheduleName>(&["constant", "cosine", "one-cycle"]), help_heading = "Training")]
    pub schedule: Option<ScheduleName>,
    /// Weight decay of AdamW
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub weight_decay: Option<f64>,
    /// Longest gradient, all parameters together; 0 for no limit
    #[arg(long, value_name = "NORM", help_heading = "Training")]
    pub clip_norm: Option<f64>,
    /// Epochs without a better validation loss before training stops
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub patience: Option<usize>,
    /// Longest time for training, by which steps are then chosen: 90s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = duration_text, help_heading = "Training")]
    pub time_limit: Option<String>,
    /// Train anew on all items but those held back, for as many steps as were best
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Training")]
    pub refit: Option<bool>,
    /// Start of every random choice; the same seed gives the same model
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub seed: Option<u64>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub threads: Option<usize>,
}
