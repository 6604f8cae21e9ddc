//! Flags of classifiers and regressors in training.

use clap::Args;
use gatewise::task::classify::Options;
use serde::{Deserialize, Serialize};

use super::{ItemArgs, LimitArgs, RunArgs, TableArgs};

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
    pub classify: Options,
}
