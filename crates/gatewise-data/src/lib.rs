//! Reads and checks what Gatewise learns from: tables, texts, sound and video.
//!
//! [`read_table`] turns a file (delimited text, a spreadsheet, lines of JSON, Parquet, Arrow) into a [`Dataset`]: one or more [`Series`] on a regular
//! time grid, or the first thing that is wrong with the file, with its line, its column and the
//! cure. [`inspect_table`] goes through the same steps and lists everything it finds.
//!
//! What the caller leaves open in [`ReadOptions`] is found out from the file: delimiter, header,
//! wide or long layout, time column, date format, frequency. Each such [`Choice`] names the flag
//! that overrides it.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("sales.csv");
//! std::fs::write(&path, "month,sales\n2023-01,3\n2023-02,5\n2023-03,4\n")?;
//! let data = gatewise_data::read_table(&path, &Default::default())?;
//! assert_eq!(data.frequency.to_string(), "monthly");
//! assert_eq!(data.series[0].values, [3.0, 5.0, 4.0]);
//! let last = data.series[0].times.last().unwrap();
//! assert_eq!(data.format_time(&data.frequency.next(last, 1)), "2023-04");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "audio")]
pub mod audio;
mod bytes;
#[cfg(feature = "cache")]
pub mod cache;
mod choice;
mod columns;
mod dataset;
mod error;
mod files;
mod finding;
mod fingerprint;
mod frames;
mod frequency;
mod grid;
mod guard;
mod impute;
pub mod items;
mod names;
mod options;
mod plain;
mod rows;
mod setting;
mod table;
mod text;
mod time;
#[cfg(feature = "video")]
pub mod video;

pub use choice::Choice;
pub use columns::{Columns, Values};
pub use dataset::{ColumnsError, Dataset, Layout, Series};
pub use error::DataError;
pub use files::{TableForm, TableNames, count_lines, first_bytes, first_lines};
pub use finding::{Finding, FindingKind, Severity};
pub use fingerprint::Fingerprint;
pub use frames::Frames;
pub use frequency::{Frequency, ParseFrequencyError, Sessions};
pub use gatewise_memory as memory;
pub use grid::write_cell;
pub use options::{
    Combine, DEFAULT_NA, DecimalMark, Event, Impute, ParseCombineError, ParseDecimalMarkError, ParseImputeError, ReadOptions,
};
pub use rows::{
    Block, BlockRow, Growing, NO_COLUMN, ReadAhead, Row, RowOptions, RowReader, Span, Spans, TimeNotes, TimeWriter, anomalous_words,
    read_ahead,
};
pub use setting::write_settings;
pub use table::{inspect_table, read_columns, read_events, read_table};
pub use text::{Corpus, Interrupt, Part, Parts, TextError};
pub use time::{Clock, Count, DateFormat, DateOrder, EpochUnit, MonthStyle, ParsePatternError, Pattern, Time, TimeFormat};
