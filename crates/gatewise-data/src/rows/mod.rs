//! A table read row by row as it comes: from a file, a growing file or standard input, of any length.
//!
//! Where [`read_table`](crate::read_table) wants a regular grid of times, this reader takes rows as they are: gaps and repeated times are counted,
//! a missing value is NaN.

mod layout;
mod lines;
mod time;

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use crate::dataset::Guess;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::table::{Cell, NumberStyle, find_delimiter};
use layout::{Layout, TimeColumns};
use lines::Lines;
use time::seconds_of;

/// Settings of a row-by-row read; what is left empty is found out from the first rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowOptions {
    /// Columns to watch; empty: every column of numbers.
    pub values: Vec<String>,
    /// Time column, as [`ReadOptions::time`](crate::ReadOptions::time).
    pub time: Option<String>,
    /// Column of zeros and ones that says which rows are anomalies.
    pub label: Option<String>,
    /// Cells that mean "missing", beside the usual ones.
    pub na: Vec<String>,
    /// Field delimiter.
    pub delimiter: Option<u8>,
}

/// A row.
#[derive(Debug)]
pub struct Row<'a> {
    /// Line of the file, from 1.
    pub line: u64,
    /// Seconds since 1970, or a count; none without a time column.
    pub seconds: Option<i64>,
    /// The values: (C), NaN where missing.
    pub values: &'a [f64],
    /// What the label column says.
    pub label: Option<bool>,
    /// The line as it is.
    pub text: &'a str,
    fields: &'a [Range<usize>],
    echoed: &'a [usize],
}

impl<'a> Row<'a> {
    /// The cells of the time and value columns as the file has them.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> {
        let (text, fields) = (self.text, self.fields);
        self.echoed.iter().map(move |&c| &text[fields[c].clone()])
    }
}

/// What was odd about the times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeNotes {
    /// Rows with the time of the row before, and the line of the first.
    pub repeated: u64,
    /// Line of the first repeated time.
    pub repeated_line: u64,
    /// Rows with an earlier time than the row before.
    pub backward: u64,
    /// Line of the first of them.
    pub backward_line: u64,
    /// Steps longer than one and a half times the usual one.
    pub gaps: u64,
    /// Line behind the first gap.
    pub gap_line: u64,
}

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
    waiting: std::collections::VecDeque<(u64, String)>,
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
            waiting: std::collections::VecDeque::new(),
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
            let text = self.decode(range)?;
            let text = if self.line == 1 { text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned() } else { text };
            if !text.trim().is_empty() {
                self.waiting.push_back((self.line, text));
            }
        }
        let Some((_, first)) = self.waiting.front() else {
            return Err(
                self.invalid(Finding::error(FindingKind::Empty, "there is nothing in it").help("give a table with a header and rows"))
            );
        };
        if options.delimiter.is_none() {
            let sample = self.waiting.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
            self.delimiter = find_delimiter(&sample);
        }
        let rows: Vec<Vec<String>> = self.waiting.iter().map(|(_, text)| split_owned(text, self.delimiter)).collect();
        let has_header = !rows[0].iter().any(|cell| self.style.is_number(cell));
        let _ = first;
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
        let of_time: &[usize] = match &self.layout.time {
            TimeColumns::None => &[],
            TimeColumns::One(c, _) => std::slice::from_ref(c),
            TimeColumns::Parts(columns) => columns,
        };
        self.echoed = of_time.iter().chain(&self.layout.values).copied().collect();
        let mut times: Vec<i64> = sample.iter().filter_map(|row| self.time_of(&|c| row.get(c).map(String::as_str))).collect();
        times.dedup();
        let mut steps: Vec<i64> = times.windows(2).map(|w| w[1] - w[0]).filter(|step| *step > 0).collect();
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
        let columns = self.echoed.len() - self.layout.values.len();
        self.echoed[..columns].iter().map(|&c| self.layout.names[c].as_str()).collect()
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
        self.time_of(&|c| cells.get(c).map(String::as_str))
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
        let line = match self.waiting.pop_front() {
            Some((line, text)) => {
                self.text = text;
                line
            }
            None => loop {
                let Some(range) = self.lines.next().map_err(|source| DataError::Io { path: self.path.clone(), source })? else {
                    return Ok(None);
                };
                self.line += 1;
                self.text.clear();
                match std::str::from_utf8(&self.lines.bytes()[range.clone()]) {
                    Ok(text) => self.text.push_str(text),
                    Err(_) => return Err(self.decode(range).expect_err("the line is not UTF-8")),
                }
                if !self.text.trim().is_empty() {
                    break self.line;
                }
            },
        };
        split(&mut self.text, self.delimiter, &mut self.fields);
        if self.fields.len() != self.layout.names.len() {
            let message = format!("{} fields, the header has {}", self.fields.len(), self.layout.names.len());
            return Err(self.invalid(Finding::error(FindingKind::Ragged, message).line(line).help("mend the line, or set --delimiter")));
        }
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
        let seconds = self.time_of(&|c| Some(&self.text[self.fields[c].clone()]));
        if seconds.is_none() && self.layout.time != TimeColumns::None {
            let columns = self.echoed.len() - self.layout.values.len();
            let cell = self.echoed[..columns].iter().map(|&c| &self.text[self.fields[c].clone()]).collect::<Vec<_>>().join(" ");
            let finding = Finding::error(FindingKind::NotATime, format!("\"{cell}\" is no time of the form of the first rows"))
                .column(&self.layout.names[self.echoed[0]])
                .line(line);
            return Err(self.invalid(finding.help("mend the cell, or count the rows with --time row")));
        }
        self.note_time(seconds, line);
        let label = match self.layout.label {
            None => None,
            Some(c) => match self.text[self.fields[c].clone()].parse::<f64>() {
                Ok(value) if value == 0.0 || value == 1.0 => Some(value == 1.0),
                _ => {
                    let cell = &self.text[self.fields[c].clone()];
                    let finding = Finding::error(FindingKind::NotANumber, format!("\"{cell}\" is neither 0 nor 1"))
                        .column(&self.layout.names[c])
                        .line(line);
                    return Err(self.invalid(finding.help("a label is 1 for an anomaly and 0 for an ordinary row")));
                }
            },
        };
        Ok(Some(Row { line, seconds, values: &self.values, label, text: &self.text, fields: &self.fields, echoed: &self.echoed }))
    }

    fn time_of<'a>(&self, cell: &dyn Fn(usize) -> Option<&'a str>) -> Option<i64> {
        match &self.layout.time {
            TimeColumns::None => None,
            TimeColumns::One(c, form) => seconds_of(cell(*c)?, *form),
            TimeColumns::Parts(columns) => {
                let mut parts = [0_i64, 1, 1, 0, 0, 0];
                for (part, &c) in parts.iter_mut().zip(columns) {
                    *part = cell(c)?.parse().ok()?;
                }
                let [year, month, day, hour, minute, second] = parts;
                let day = jiff::civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
                let clock = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
                let midnight = day.to_datetime(jiff::civil::Time::midnight()).duration_since(crate::time::EPOCH).as_secs();
                clock.then_some(midnight + 3600 * hour + 60 * minute + second)
            }
        }
    }

    fn note_time(&mut self, seconds: Option<i64>, line: u64) {
        let Some(now) = seconds else { return };
        if let Some(last) = self.last {
            let first = |count: &mut u64, at: &mut u64| {
                if *count == 0 {
                    *at = line;
                }
                *count += 1;
            };
            let notes = &mut self.notes;
            match now.cmp(&last) {
                std::cmp::Ordering::Equal => first(&mut notes.repeated, &mut notes.repeated_line),
                std::cmp::Ordering::Less => first(&mut notes.backward, &mut notes.backward_line),
                std::cmp::Ordering::Greater if self.step.is_some_and(|step| 2 * (now - last) > 3 * step) => {
                    first(&mut notes.gaps, &mut notes.gap_line);
                }
                std::cmp::Ordering::Greater => {}
            }
        }
        self.last = Some(now);
    }

    fn decode(&self, range: Range<usize>) -> Result<String, DataError> {
        let bytes = &self.lines.bytes()[range];
        if bytes.contains(&0) {
            let finding = Finding::error(FindingKind::NotText, "holds a zero byte: this is no text file").line(self.line);
            return Err(self.invalid(finding.help("give a CSV or TSV file")));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(e) => {
                let byte = bytes.get(e.valid_up_to()).copied().unwrap_or_default();
                let finding = Finding::error(FindingKind::NotText, format!("byte 0x{byte:02x} is not UTF-8 text")).line(self.line);
                Err(self.invalid(finding.help("convert the file: iconv -f latin1 -t utf-8 (or -f cp949, -f gbk, as it was written)")))
            }
        }
    }

    fn invalid(&self, finding: Finding) -> DataError {
        DataError::Invalid { path: self.path.clone(), finding: Box::new(finding), more: 0 }
    }
}

/// Where the fields of a line lie, without the blanks around them. Quoted fields lose their quotes, in place; a quoted field ends on its line.
fn split(text: &mut String, delimiter: u8, fields: &mut Vec<Range<usize>>) {
    fields.clear();
    if text.contains('"') {
        let cells = split_owned(text, delimiter);
        text.clear();
        for cell in cells {
            let start = text.len();
            text.push_str(&cell);
            fields.push(start..text.len());
        }
        return;
    }
    let bytes = text.as_bytes();
    let mut start = 0;
    for at in 0..=bytes.len() {
        if at == bytes.len() || bytes[at] == delimiter {
            let cell = &text[start..at];
            let trimmed = cell.trim_start();
            let left = at - trimmed.len();
            fields.push(left..left + trimmed.trim_end().len());
            start = at + 1;
        }
    }
}

fn split_owned(text: &str, delimiter: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|cell| cell.trim().to_owned()).collect()
}
