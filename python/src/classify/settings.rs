//! Settings of a classifier or regressor.

use std::path::PathBuf;

use clap::Args;
use gatewise::classify::Options;
use gatewise::data::Impute;
use gatewise::data::items::{ItemOptions, OnError};
use gatewise::options::parse::{at_least_one, word};

use crate::settings::{self, Cells, Limit};

/// How items of a file or folder are read. What is not given is found out from them.
#[derive(Args, Debug, Clone, Default)]
struct Reading {
    /// Column of the labels: a name, or a number from 0; several of values joined by commas [default: label, class, target and the like]
    #[arg(long)]
    label_column: Option<String>,
    /// Labels in the names of files: the pattern's first group, or what it matches
    #[arg(long)]
    label_regex: Option<String>,
    /// Column of the texts, paths or sequences
    #[arg(long)]
    input_column: Option<String>,
    /// Channels that take turns in a row of a file: x, y, x, y is 2
    #[arg(long, value_parser = at_least_one())]
    channels: Option<usize>,
    /// File of the labels of an IDX file
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Folder of decoded sound and video; none keeps nothing [default: gatewise/frames in the user's cache]
    #[arg(long)]
    cache: Option<PathBuf>,
    /// What happens to items that cannot be read: refuse or skip [default: refuse]
    #[arg(long, value_parser = word::<OnError>(&["refuse", "skip"]))]
    on_error: Option<OnError>,
    /// Column of the time in a long table, by which its rows are sorted
    #[arg(long)]
    time: Option<String>,
    #[command(flatten)]
    cells: Cells,
    /// Column that tells the items of a long table apart
    #[arg(long)]
    id: Option<String>,
    /// What happens to missing values of a file: refuse, linear, forward or zero [default: refuse]
    #[arg(long, value_parser = word::<Impute>(&["refuse", "linear", "forward", "zero"]))]
    impute: Option<Impute>,
}

/// Every setting of a classifier or regressor.
#[derive(Args, Debug, Clone, Default)]
pub struct Settings {
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    classify: Options,
    #[command(flatten)]
    limit: Limit,
}

impl settings::Settings for Settings {
    const APART: &'static [[&'static str; 2]] = &[["test_share", "test_regex"], ["test_share", "fold"], ["test_regex", "fold"]];

    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
}

impl Settings {
    /// What is learned, and how.
    pub fn options(&self) -> &Options {
        &self.classify
    }

    /// How items are read: these settings over `base`.
    pub fn reading(&self, base: ItemOptions) -> ItemOptions {
        let given = self.reading.clone();
        ItemOptions {
            label_column: given.label_column.or(base.label_column),
            label_regex: given.label_regex.or(base.label_regex),
            input_column: given.input_column.or(base.input_column),
            id: given.id.or(base.id),
            time: given.time.or(base.time),
            channels: given.channels.or(base.channels),
            labels: given.labels.or(base.labels),
            delimiter: given.cells.delimiter.or(base.delimiter),
            na: given.cells.na.unwrap_or(base.na),
            impute: given.impute.unwrap_or(base.impute),
            on_error: given.on_error.unwrap_or(base.on_error),
            ..base
        }
    }

    /// The folder of decoded sound and video: the one given, none for `none`, else the user's.
    pub fn cache(&self) -> Option<PathBuf> {
        match self.reading.cache.as_deref() {
            Some(path) if path.as_os_str() == "none" => None,
            Some(path) => Some(path.to_owned()),
            None => {
                let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
                let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
                Some(base.join("gatewise").join("frames"))
            }
        }
    }
}
