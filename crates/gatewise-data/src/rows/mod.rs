//! A table read row by row as it comes: from a file, a growing file or standard input, of any length.
//!
//! Where [`read_table`](crate::read_table) wants a regular grid of times, this reader takes rows as they are: gaps and repeated times are counted,
//! a missing value is NaN.

mod fields;
mod layout;
mod lines;
mod notes;
mod row;
mod time;

use std::collections::VecDeque;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use crate::dataset::Guess;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::table::{Cell, NumberStyle, find_delimiter};
use fields::{split, split_owned, text_of};
use layout::{Layout, TimeColumns};
use lines::Lines;
pub use notes::TimeNotes;
pub use row::{Row, RowOptions};

/// Rows of a table.
pub struct RowReader {
    path: String,
    lines: Lines<Box<dyn Read + Send>>,
    delimiter: u8,
    style: NumberStyle,
    layout: Layout,
    guesses: Vec<Guess>,
    step: Option<i64>,
    echoed: Vec<usize>,
    /// Lines that were read to find the layout, and come first.
    waiting: VecDeque<(u64, String)>,
    line: u64,
    text: String,
    fields: Vec<Range<usize>>,
    values: Vec<f64>,
    last: Option<i64>,
    notes: TimeNotes,
}

/// Rows that roles and the usual step are found from.
const SAMPLE_ROWS: usize = 64;

impl RowReader {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// A file that cannot be read, is empty or no text; a column that does not exist; no column of numbers.
    pub fn open(path: &Path, options: &RowOptions) -> Result<Self, DataError> {
        let name = if path.as_os_str() == "-" { "<stdin>".to_owned() } else { path.display().to_string() };
        let io = |source| DataError::Io { path: name.clone(), source };
        let source: Box<dyn Read + Send> =
            if path.as_os_str() == "-" { Box::new(std::io::stdin()) } else { Box::new(std::fs::File::open(path).map_err(io)?) };
        Self::new(name, source, options)
    }

    /// Reads from any source; `path` stands in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(path: String, source: Box<dyn Read + Send>, options: &RowOptions) -> Result<Self, DataError> {
        let mut reader = Self {
            path,
            lines: Lines::new(source),
            delimiter: options.delimiter.unwrap_or(b','),
            style: NumberStyle::new(&options.na),
            layout: Layout { names: Vec::new(), time: TimeColumns::None, values: Vec::new(), label: None },
            guesses: Vec::new(),
            step: None,
            echoed: Vec::new(),
            waiting: VecDeque::new(),
            line: 0,
            text: String::new(),
            fields: Vec::new(),
            values: Vec::new(),
            last: None,
            notes: TimeNotes::default(),
        };
        reader.find_layout(options)?;
        Ok(reader)
    }

    fn find_layout(&mut self, options: &RowOptions) -> Result<(), DataError> {
        while self.waiting.len() <= SAMPLE_ROWS {
            // A live source is not waited for once a header and a row are there.
            if self.waiting.len() >= 2 && !self.lines.ready() && self.path.starts_with('<') {
                break;
            }
            let Some(range) = self.lines.next().map_err(|source| DataError::Io { path: self.path.clone(), source })? else { break };
            self.line += 1;
            let text = text_of(&self.lines.bytes()[range], self.line).map_err(|finding| self.invalid(*finding))?;
            let text = if self.line == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
            if !text.trim().is_empty() {
                self.waiting.push_back((self.line, text.to_owned()));
            }
        }
        if self.waiting.is_empty() {
            return Err(
                self.invalid(Finding::error(FindingKind::Empty, "there is nothing in it").help("give a table with a header and rows"))
            );
        }
        if options.delimiter.is_none() {
            let sample = self.waiting.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
            self.delimiter = find_delimiter(&sample);
        }
        let rows: Vec<Vec<String>> = self.waiting.iter().map(|(_, text)| split_owned(text, self.delimiter)).collect();
        let has_header = !rows[0].iter().any(|cell| self.style.is_number(cell));
        let names = if has_header {
            self.waiting.pop_front();
            rows[0].iter().enumerate().map(|(c, name)| if name.is_empty() { (c + 1).to_string() } else { name.clone() }).collect()
        } else {
            (1..=rows[0].len()).map(|c| c.to_string()).collect()
        };
        let sample = &rows[usize::from(has_header)..];
        if sample.is_empty() {
            return Err(self.invalid(Finding::error(FindingKind::NoRows, "a header and no rows under it").help("give a table with rows")));
        }
        self.layout = layout::find(&self.path, names, sample, &self.style, options, &mut self.guesses)?;
        self.echoed = self.layout.time.columns().iter().chain(&self.layout.values).copied().collect();
        let mut times: Vec<i64> = sample.iter().filter_map(|row| self.layout.time.read(&|c| row.get(c).map(String::as_str))).collect();
        times.dedup();
        let mut steps: Vec<i64> = times.windows(2).map(|w| w[1].saturating_sub(w[0])).filter(|step| *step > 0).collect();
        steps.sort_unstable();
        self.step = steps.get(steps.len() / 2).copied();
        Ok(())
    }

    /// File as given, or `<stdin>`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was found out rather than given.
    pub fn guesses(&self) -> &[Guess] {
        &self.guesses
    }

    /// Names of the value columns.
    pub fn channels(&self) -> Vec<&str> {
        self.layout.values.iter().map(|&c| self.layout.names[c].as_str()).collect()
    }

    /// Names of the time columns; none where rows are counted.
    pub fn time_columns(&self) -> Vec<&str> {
        self.layout.time.columns().iter().map(|&c| self.layout.names[c].as_str()).collect()
    }

    /// Whether there is a label column.
    pub fn labelled(&self) -> bool {
        self.layout.label.is_some()
    }

    /// Seconds from row to row, the most usual in the first rows; none where times are counts or absent.
    pub fn step_seconds(&self) -> Option<i64> {
        self.step.filter(|_| self.dated())
    }

    /// Whether times are dates, with an hour and a weekday.
    pub fn dated(&self) -> bool {
        match &self.layout.time {
            TimeColumns::None => false,
            TimeColumns::One(_, form) => *form != time::Form::Count,
            TimeColumns::Parts(_) => true,
        }
    }

    /// The field delimiter.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The time of the first row, before any was taken.
    pub fn first_seconds(&self) -> Option<i64> {
        let (_, text) = self.waiting.front()?;
        let cells = split_owned(text, self.delimiter);
        self.layout.time.read(&|c| cells.get(c).map(String::as_str))
    }

    /// Whether a further row can be had without waiting for the source.
    pub fn ready(&self) -> bool {
        !self.waiting.is_empty() || self.lines.ready()
    }

    /// What was odd about the times so far.
    pub fn notes(&self) -> TimeNotes {
        self.notes
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// A source that cannot be read, a line that is no text or has another number of fields, a value that is no number, a time that is none.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, DataError> {
        let Some(line) = self.next_line()? else { return Ok(None) };
        split(&mut self.text, self.delimiter, &mut self.fields);
        if self.fields.len() != self.layout.names.len() {
            let message = format!("{} fields, the header has {}", self.fields.len(), self.layout.names.len());
            return Err(self.invalid(Finding::error(FindingKind::Ragged, message).line(line).help("mend the line, or set --delimiter")));
        }
        self.read_values(line)?;
        let seconds = self.layout.time.read(&|c| Some(&self.text[self.fields[c].clone()]));
        if seconds.is_none() && self.layout.time != TimeColumns::None {
            return Err(self.bad_time(line));
        }
        if let Some(now) = seconds
            && let Some(last) = self.last.replace(now)
        {
            self.notes.add(last, now, self.step, line);
        }
        let label = self.read_label(line)?;
        Ok(Some(Row { line, seconds, values: &self.values, label, text: &self.text, fields: &self.fields, echoed: &self.echoed }))
    }

    /// Puts the next line that is not blank into `text`; gives its number, or none at the end.
    fn next_line(&mut self) -> Result<Option<u64>, DataError> {
        match self.waiting.pop_front() {
            Some((line, text)) => {
                self.text = text;
                Ok(Some(line))
            }
            None => loop {
                let Some(range) = self.lines.next().map_err(|source| DataError::Io { path: self.path.clone(), source })? else {
                    return Ok(None);
                };
                self.line += 1;
                self.text.clear();
                let text = text_of(&self.lines.bytes()[range], self.line).map_err(|finding| self.invalid(*finding))?;
                self.text.push_str(text);
                if !self.text.trim().is_empty() {
                    return Ok(Some(self.line));
                }
            },
        }
    }

    /// Reads the value columns of the line at hand.
    fn read_values(&mut self, line: u64) -> Result<(), DataError> {
        self.values.clear();
        for &c in &self.layout.values {
            let cell = &self.text[self.fields[c].clone()];
            let value = match self.style.read(cell) {
                Cell::Number(value) => value,
                Cell::Missing => f64::NAN,
                bad => {
                    let (kind, what) = match bad {
                        Cell::Infinite => (FindingKind::NotFinite, "is not a finite number"),
                        _ => (FindingKind::NotANumber, "is not a number"),
                    };
                    let finding = Finding::error(kind, format!("\"{cell}\" {what}")).column(&self.layout.names[c]).line(line);
                    return Err(self.invalid(finding.help(format!("--na \"{cell}\" takes it for missing"))));
                }
            };
            self.values.push(value);
        }
        Ok(())
    }

    fn read_label(&self, line: u64) -> Result<Option<bool>, DataError> {
        match self.layout.label {
            None => Ok(None),
            Some(c) => match self.text[self.fields[c].clone()].parse::<f64>() {
                Ok(value) if value == 0.0 || value == 1.0 => Ok(Some(value == 1.0)),
                _ => {
                    let cell = &self.text[self.fields[c].clone()];
                    let finding = Finding::error(FindingKind::NotANumber, format!("\"{cell}\" is neither 0 nor 1"))
                        .column(&self.layout.names[c])
                        .line(line);
                    Err(self.invalid(finding.help("a label is 1 for an anomaly and 0 for an ordinary row")))
                }
            },
        }
    }

    fn bad_time(&self, line: u64) -> DataError {
        let columns = self.layout.time.columns();
        let cell = columns.iter().map(|&c| &self.text[self.fields[c].clone()]).collect::<Vec<_>>().join(" ");
        let finding = Finding::error(FindingKind::NotATime, format!("\"{cell}\" is no time of the form of the first rows"))
            .column(&self.layout.names[columns[0]])
            .line(line);
        self.invalid(finding.help("mend the cell, or count the rows with --time row"))
    }

    fn invalid(&self, finding: Finding) -> DataError {
        DataError::Invalid { path: self.path.clone(), finding: Box::new(finding), more: 0 }
    }
}
