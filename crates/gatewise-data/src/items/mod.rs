//! Labelled sequences: one item a file, a row, an id or an image.
//!
//! [`read_items`] finds out which: a folder of files, a table with a text, path or sequence column, one sequence a row, a long table with an
//! id, sktime's .ts, IDX. Sound and video stay files ([`Content::File`]) that somebody else decodes. [`ItemSet::from_series`] and
//! [`ItemSet::from_texts`] take what is in memory already.

mod alone;
mod cells;
mod columns;
mod error;
mod folder;
mod group;
mod idx;
mod known;
mod level;
mod line_count;
mod long;
mod memory;
mod options;
mod order;
mod read;
mod rows;
mod table;
mod targets;
mod ts;

pub use error::ItemError;
pub use group::{groups, proposed};
pub use known::Known;
pub use level::levels;
pub use options::{ItemOptions, OnError};
pub use read::read_items;

use serde::{Deserialize, Serialize};

use crate::choice::Choice;

/// How a file or folder holds its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A file each, in folders.
    Files,
    /// A table with a column of texts.
    Texts,
    /// A table with a column of paths.
    Paths,
    /// A table with a column of sequences.
    Sequences,
    /// A table with one sequence a row.
    Rows,
    /// A table with a row a step, told apart by an id.
    Long,
    /// sktime's format.
    Ts,
    /// IDX, as MNIST.
    Idx,
}

impl Form {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Files => "a file an item",
            Self::Texts => "a table with a text an item",
            Self::Paths => "a table with a path an item",
            Self::Sequences => "a table with a sequence an item",
            Self::Rows => "a table with a sequence a row",
            Self::Long => "a long table: a row a step, told apart by an id",
            Self::Ts => "sktime's .ts",
            Self::Idx => "IDX",
        }
    }
}

/// Items read from one place.
#[derive(Clone, Debug)]
pub struct ItemSet {
    /// As given, or `<stdin>`.
    pub path: String,
    /// How they are held.
    pub form: Form,
    /// Names of the channels of numbers; empty of texts and files.
    pub channels: Vec<String>,
    /// What a model should know of them to read the next ones alike.
    pub known: Known,
    /// The items, in the order of the file or of their names.
    pub items: Vec<RawItem>,
    /// What was found out rather than given.
    pub guesses: Vec<Choice>,
    /// What is worth knowing, as items that were left out.
    pub notes: Vec<String>,
}

/// An item as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct RawItem {
    /// A path below the folder, an id, or the line of a table.
    pub name: String,
    /// What it is.
    pub label: Label,
    /// Whose it is, where a column says so.
    pub group: Option<String>,
    /// What it holds.
    pub content: Content,
}

/// What is known of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// Nothing.
    None,
    /// Of the whole.
    One(String),
    /// Of each step.
    Each(Vec<Option<String>>),
    /// Several values of the whole, in the order of [`Known::targets`]; items that [`read_items`] gives have all of them.
    Several(Vec<Option<String>>),
}

/// What an item holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// (T, C), row-major, as the file has them.
    Numbers(Vec<f64>),
    /// (T, C), row-major: what a decoder made of a file.
    Frames(Vec<f32>),
    /// A text.
    Text(String),
    /// A file of sound or video, or a folder of images.
    File(std::path::PathBuf),
}
