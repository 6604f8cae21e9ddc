//! What the caller may settle before items are read.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::known::Known;
use crate::options::Impute;

/// Settings of a read; what is left empty is found out from the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemOptions {
    /// Column of the labels: a name, or a number from 0; several joined by commas where [`several`](Self::several) allows (`--label-column`).
    pub label_column: Option<String>,
    /// Pattern of labels in the names of files: its first group, or all of it (`--label-regex`).
    pub label_regex: Option<String>,
    /// Column of the texts, paths or sequences (`--input-column`).
    pub input_column: Option<String>,
    /// Column that tells the items of a long table apart (`--id`).
    pub id: Option<String>,
    /// Column of the time in a long table, by which its rows are sorted (`--time`).
    pub time: Option<String>,
    /// Column of those whose items belong together, as of a person, or a pattern of the items' names (`--group`).
    pub group: Option<String>,
    /// Channels that take turns in a row (`--channels`).
    pub channels: Option<usize>,
    /// File of the labels of an IDX file (`--labels`).
    pub labels: Option<PathBuf>,
    /// Field delimiter (`--delimiter`).
    pub delimiter: Option<u8>,
    /// Cells that mean "missing" beside the usual ones (`--na`).
    pub na: Vec<String>,
    /// What happens to missing numbers (`--impute`).
    pub impute: Impute,
    /// What happens to an item that cannot be read (`--on-error`).
    pub on_error: OnError,
    /// What a trained model knows of the tables it learned from; none where items are read to learn from them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// Whether the model reads sound or video, so that a column holds the paths of files.
    #[serde(skip)]
    pub files: bool,
    /// Whether an item may have several values, each in a column of its own.
    #[serde(skip)]
    pub several: bool,
    /// Whether items without a label are wanted too, as for a prediction.
    #[serde(skip)]
    pub unlabelled: bool,
}

impl ItemOptions {
    /// The columns that are asked for by name.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let settings = [&self.label_column, &self.input_column, &self.id, &self.time, &self.group];
        settings.into_iter().flat_map(|setting| crate::names::listed(setting.as_deref()))
    }
}

/// What happens to an item that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// The whole set is refused, with the item's name.
    #[default]
    Refuse,
    /// It is left out and named.
    Skip,
}
