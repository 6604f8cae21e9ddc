//! Flags of reading labelled items.

use std::path::PathBuf;

use clap::Args;
use gatewise_data::items::{ItemOptions, OnError};
use serde::{Deserialize, Serialize};

use super::TableArgs;
use super::parsers::{at_least_one, word};

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
