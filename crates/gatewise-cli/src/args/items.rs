//! Flags of reading labelled items, and of the parts that they are dealt to.

use std::path::PathBuf;

use clap::Args;
use gatewise_data::items::{ItemOptions, OnError};
use serde::{Deserialize, Serialize};

use super::TableArgs;
use super::words::{any_count, at_least_one, half, nine_tenths, seed, word};
use crate::classify::media::Word as Features;

/// How labelled items are read.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Items")]
pub struct ItemArgs {
    /// Column of the labels: a name, or a number from 0; several of values joined by commas [default: label, class, target and the like]
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
    /// These settings and those of `table` over `base`, as the data crate reads them.
    pub fn options(&self, table: &TableArgs, base: ItemOptions) -> ItemOptions {
        let TableArgs { fields, id, impute } = table;
        ItemOptions {
            label_column: self.label_column.clone().or(base.label_column),
            label_regex: self.label_regex.clone().or(base.label_regex),
            input_column: self.input_column.clone().or(base.input_column),
            id: id.clone().or(base.id),
            time: fields.time.clone().or(base.time),
            group: base.group,
            channels: self.item_channels.or(base.channels),
            labels: self.labels.clone().or(base.labels),
            delimiter: fields.separator().or(base.delimiter),
            na: fields.na.clone().unwrap_or(base.na),
            impute: impute.unwrap_or(base.impute),
            on_error: self.on_error.unwrap_or(base.on_error),
            several: base.several,
            unlabelled: base.unlabelled,
            files: base.files,
            known: base.known,
        }
    }
}

/// Which items are learned from, which decide when to stop, and which are held back.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Parts")]
pub struct PartArgs {
    /// Share of the items, of each class alike, that decides when to stop
    #[arg(long, value_name = "SHARE", value_parser = half)]
    pub valid_share: Option<f64>,
    /// Share of the items, of each class alike, that is held back and scored at the end
    #[arg(long, value_name = "SHARE", value_parser = nine_tenths, conflicts_with_all = ["test_regex", "fold"])]
    pub test_share: Option<f64>,
    /// Items whose name matches are held back and scored at the end
    #[arg(long, value_name = "REGEX", conflicts_with = "fold")]
    pub test_regex: Option<String>,
    /// Hold back the K-th of N parts, as 1/5; the N parts together are all items
    #[arg(long, value_name = "K/N")]
    pub fold: Option<String>,
    /// Items that belong together, as those of a person, stay in one part: a column, or a pattern of the items' names; none splits them
    #[arg(long, value_name = "COLUMN|REGEX")]
    pub group: Option<String>,
    /// Start of the random choice of the parts [default: 1]
    #[arg(long, value_name = "N", value_parser = seed())]
    pub split_seed: Option<u64>,
}

/// What a video's frames hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VideoChannels {
    Grey,
    Motion,
    Both,
}

impl std::fmt::Display for VideoChannels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Grey => "grey",
            Self::Motion => "motion",
            Self::Both => "both",
        })
    }
}

/// What a network reads of sound and video.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Sound and video")]
pub struct MediaArgs {
    /// Features of sound
    #[arg(long, value_name = "KIND", value_parser = word::<Features>(&["log-mel", "mfcc"]))]
    pub features: Option<Features>,
    /// Samples a second that sound is brought to
    #[arg(long, value_name = "HZ")]
    pub rate: Option<u32>,
    /// Mel bands
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub mels: Option<usize>,
    /// Derivatives in time beside the features of sound: 0, 1 or 2
    #[arg(long, value_name = "N", value_parser = any_count())]
    pub deltas: Option<usize>,
    /// Width and height of a video's frames in pixels
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub frame_size: Option<usize>,
    /// Frames a second of a video
    #[arg(long, value_name = "N")]
    pub fps: Option<f64>,
    /// What a video's frames hold: grey values, how they differ from the frame before, or both
    #[arg(long, value_name = "WHAT", value_parser = word::<VideoChannels>(&["grey", "motion", "both"]))]
    pub video_channels: Option<VideoChannels>,
}
