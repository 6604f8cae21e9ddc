//! A table read row by row as it comes: from a file, a growing file or standard input, of any length.
//!
//! Where [`read_table`](crate::read_table) wants a regular grid of times, this reader takes rows as they are: gaps and repeated times are counted,
//! a missing value is NaN. Rows of several series may be mixed; a column of states is given as text.

mod blocks;
mod fields;
mod forms;
mod growing;
mod ids;
mod kinds;
mod label;
mod layout;
mod lines;
mod next;
mod notes;
mod row;
mod sample;
mod spans;
mod start;
mod time;
mod times;
mod writer;

use std::collections::{HashMap, VecDeque};
use std::io::{Cursor, Read};
use std::ops::Range;
use std::path::Path;

use crate::choice::Choice;
use crate::columns::Columns;
use crate::error::DataError;
use crate::finding::Finding;
use crate::grid::{NumberStyle, write_cell};
pub use blocks::{Block, BlockRow, Read as ReadAhead, read_ahead};
use fields::split_owned;
use forms::Opened;
pub use growing::Growing;
pub use label::anomalous_words;
use layout::Layout;
use lines::Lines;
pub use notes::TimeNotes;
pub use row::{NO_COLUMN, Row, RowOptions};
pub use spans::{Span, Spans};
use time::Moment;
pub use writer::TimeWriter;

/// Rows of a table.
pub struct RowReader {
    path: String,
    lines: Lines<Box<dyn Read + Send>>,
    delimiter: u8,
    style: NumberStyle,
    layout: Layout,
    origin: Origin,
    guesses: Vec<Choice>,
    left_out: Vec<Finding>,
    /// Nanoseconds of the most usual step of the first rows.
    step: Option<i128>,
    echoed: Vec<usize>,
    /// Lines that were read to find the layout, and come first.
    waiting: VecDeque<(u64, String)>,
    line: u64,
    text: String,
    fields: Vec<Range<usize>>,
    values: Vec<f64>,
    series: Vec<String>,
    series_of: HashMap<String, usize>,
    id: String,
    /// The last time of each series.
    last: Vec<Option<Moment>>,
    labels: Vec<String>,
    notes: TimeNotes,
}

/// What is known of a source before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Lines that somebody wrote.
    Lines,
    /// Columns in memory: the first line names them, whatever the names look like; whether any holds numbers, which have decimal points.
    Columns { numbers: bool },
}

impl RowReader {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// A file that cannot be read, is empty or no text; a column that does not exist; no column to watch.
    pub fn open(path: &Path, options: &RowOptions) -> Result<Self, DataError> {
        let name = if path.as_os_str() == "-" { "<stdin>".to_owned() } else { path.display().to_string() };
        let io = |source| DataError::Io { path: name.clone(), source };
        let source: Box<dyn Read + Send> =
            if path.as_os_str() == "-" { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(path).map_err(io)?) };
        Self::new(name, source, options)
    }

    /// Reads from any source; `path` stands in messages. Lines of JSON, Parquet, Arrow and what is packed with gzip or zstd are known by how they begin; of
    /// these only lines can be followed while they are written.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(path: String, source: Box<dyn Read + Send>, options: &RowOptions) -> Result<Self, DataError> {
        match forms::open(&path, source, options)? {
            Opened::Lines { source, delimiter } => {
                let options = RowOptions { delimiter: delimiter.or(options.delimiter), ..options.clone() };
                Self::start(path, source, &options, Origin::Lines)
            }
            Opened::Columns { columns, notes } => {
                let mut reader = Self::of_columns(&path, &columns, options)?;
                reader.left_out.extend(notes);
                Ok(reader)
            }
        }
    }

    /// Reads columns in memory; `path` stands in messages, whose lines count the names as the first.
    ///
    /// # Errors
    /// As [`open`](Self::open); columns of several lengths.
    pub fn of_columns(path: &str, columns: &Columns, options: &RowOptions) -> Result<Self, DataError> {
        columns.check(path)?;
        let numbers = columns.has_numbers();
        let options = RowOptions { delimiter: Some(b','), live: false, ..options.clone() };
        let source = Box::new(Cursor::new(columns.text(b',')));
        Self::start(path.to_owned(), source, &options, Origin::Columns { numbers })
    }

    fn start(path: String, source: Box<dyn Read + Send>, options: &RowOptions, origin: Origin) -> Result<Self, DataError> {
        let mut reader = Self {
            path,
            lines: Lines::new(source),
            delimiter: options.delimiter.unwrap_or(b','),
            style: NumberStyle::new(&options.na),
            layout: Layout::default(),
            origin,
            guesses: Vec::new(),
            left_out: Vec::new(),
            step: None,
            echoed: Vec::new(),
            waiting: VecDeque::new(),
            line: 0,
            text: String::new(),
            fields: Vec::new(),
            values: Vec::new(),
            series: Vec::new(),
            series_of: HashMap::new(),
            id: String::new(),
            last: Vec::new(),
            labels: Vec::new(),
            notes: TimeNotes::default(),
        };
        reader.find_layout(options)?;
        Ok(reader)
    }

    /// Puts a row behind those at hand, its cells in the order of [`columns`](Self::columns); [`next_row`](Self::next_row) then gives it.
    pub fn push_row(&mut self, cells: &[String]) {
        let mut text = Vec::new();
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                text.push(self.delimiter);
            }
            write_cell(&mut text, cell, self.delimiter);
        }
        self.line += 1;
        self.waiting.push_back((self.line, String::from_utf8_lossy(&text).into_owned()));
    }

    /// Names of all columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.layout.names
    }

    /// File as given, or `<stdin>`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was found out rather than given.
    pub fn guesses(&self) -> &[Choice] {
        &self.guesses
    }

    /// Columns that are left out, each with the setting that takes it in, and how numbers are read where that is unusual.
    pub fn findings(&self) -> &[Finding] {
        &self.left_out
    }

    /// Names of the value columns.
    pub fn channels(&self) -> Vec<&str> {
        self.names(&self.layout.values)
    }

    /// Whether each value column counts up until it is reset: (C).
    pub fn counters(&self) -> &[bool] {
        &self.layout.counters
    }

    /// Names of the state columns.
    pub fn state_columns(&self) -> Vec<&str> {
        self.names(&self.layout.states)
    }

    /// Names of the time columns; none where rows are counted.
    pub fn time_columns(&self) -> Vec<&str> {
        self.names(self.layout.time.columns())
    }

    /// Names of the columns that tell series apart; none where all rows are one.
    pub fn id_columns(&self) -> Vec<&str> {
        self.names(&self.layout.ids)
    }

    /// Names of the series of the rows so far, in the order in which they came; one without a name in a table of one.
    pub fn series(&self) -> &[String] {
        &self.series
    }

    /// Whether there is a label column.
    pub fn labelled(&self) -> bool {
        self.layout.label.is_some()
    }

    /// The words of the label column so far, as the file has them.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Seconds from row to row, the most usual in the first rows; none where times are counts or absent, or steps are no whole seconds.
    pub fn step_seconds(&self) -> Option<i64> {
        const SECOND: i128 = 1_000_000_000;
        self.step.filter(|step| self.dated() && step % SECOND == 0).and_then(|step| i64::try_from(step / SECOND).ok())
    }

    /// Whether times are dates, with an hour and a weekday.
    pub fn dated(&self) -> bool {
        self.layout.time.dated()
    }

    /// The field delimiter.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The time of the first row, before any was taken, as [`Row`] has it.
    pub fn first_time(&self) -> Option<(i64, u32)> {
        let (_, text) = self.waiting.front()?;
        let cells = split_owned(text, self.delimiter);
        self.layout.time.read(&|c| cells.get(c).map(String::as_str))
    }

    /// Writes times as the first row has its own.
    pub fn time_writer(&self) -> TimeWriter {
        let cells = self.waiting.front().map(|(_, text)| split_owned(text, self.delimiter)).unwrap_or_default();
        TimeWriter::new(&self.layout.time, &|c| cells.get(c).map(String::as_str))
    }

    /// Reads times of known maintenance, written as this table's own times or in any form that cannot be mistaken; row numbers where rows are
    /// counted.
    ///
    /// # Errors
    /// A file that cannot be read, is empty, or holds what is no time; a span that ends before it starts.
    pub fn read_spans(&self, path: &Path) -> Result<Spans, DataError> {
        Spans::read(path, &self.layout.time, self.step, &self.id_columns())
    }

    /// Whether a further row can be had without waiting for the source.
    pub fn ready(&self) -> bool {
        !self.waiting.is_empty() || self.lines.ready()
    }

    /// What was odd about the times so far.
    pub fn notes(&self) -> TimeNotes {
        self.notes
    }

    fn names(&self, columns: &[usize]) -> Vec<&str> {
        columns.iter().map(|&c| self.layout.names[c].as_str()).collect()
    }

    fn invalid(&self, finding: Finding) -> DataError {
        DataError::Invalid { path: self.path.clone(), finding: Box::new(finding), more: 0 }
    }
}
