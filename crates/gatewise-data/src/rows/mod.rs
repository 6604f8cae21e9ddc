//! A table read row by row as it comes: from a file, a growing file or standard input, of any length.
//!
//! Where [`read_table`](crate::read_table) wants a regular grid of times, this reader takes rows as they are: gaps and repeated times are counted,
//! a missing value is NaN. Rows of several series may be mixed; a column of states is given as text.

mod fields;
mod ids;
mod kinds;
mod label;
mod layout;
mod lines;
mod notes;
mod row;
mod sample;
mod spans;
mod time;
mod times;
mod writer;

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use crate::dataset::Guess;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::table::{Cell, CommaEvidence, NumberStyle, comma_evidence, find_delimiter};
use fields::{split, split_owned, text_of};
pub use label::anomalous_words;
use layout::Layout;
use lines::Lines;
pub use notes::TimeNotes;
pub use row::{NO_COLUMN, Row, RowOptions};
use sample::Sample;
pub use spans::{Span, Spans};
use time::{Form, Moment, form_of, nanos_between};
use times::TimeColumns;
pub use writer::TimeWriter;

/// Rows of a table.
pub struct RowReader {
    path: String,
    lines: Lines<Box<dyn Read + Send>>,
    delimiter: u8,
    style: NumberStyle,
    layout: Layout,
    guesses: Vec<Guess>,
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

/// Rows that roles and the usual step are found from.
const SAMPLE_ROWS: usize = 4096;

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
            layout: Layout::default(),
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

    fn find_layout(&mut self, options: &RowOptions) -> Result<(), DataError> {
        self.read_sample(options.live)?;
        if options.delimiter.is_none() {
            let sample = self.waiting.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
            self.delimiter = find_delimiter(&sample);
        }
        let rows: Vec<Vec<String>> = self.waiting.iter().map(|(_, text)| split_owned(text, self.delimiter)).collect();
        self.style.decimal_comma = has_decimal_comma(&rows, self.delimiter);
        let is_value = |cell: &String| self.style.is_number(cell) || matches!(form_of(std::iter::once(cell.as_str())), Some(Form::Date(_)));
        let has_header = !rows[0].iter().any(is_value);
        let names: Vec<String> = if has_header {
            self.waiting.pop_front();
            rows[0].iter().enumerate().map(|(c, name)| if name.is_empty() { (c + 1).to_string() } else { name.clone() }).collect()
        } else {
            (1..=rows[0].len()).map(|c| c.to_string()).collect()
        };
        let rows = &rows[usize::from(has_header)..];
        if rows.is_empty() {
            return Err(self.invalid(Finding::error(FindingKind::NoRows, "a header and no rows under it").help("give a table with rows")));
        }
        let sample = Sample { path: &self.path, names: &names, rows, style: &self.style };
        let found = layout::find(&sample, options)?;
        self.step = usual_step(&sample, &found.layout);
        (self.layout, self.guesses, self.left_out) = (found.layout, found.guesses, found.left_out);
        if self.style.decimal_comma {
            let note = Finding::note(FindingKind::NumberFormat, "the comma is read as the decimal mark");
            self.left_out.push(note);
        }
        let Layout { time, ids, values, states, .. } = &self.layout;
        self.echoed = time.columns().iter().chain(ids).chain(values).chain(states).copied().collect();
        if self.layout.ids.is_empty() {
            (self.series, self.last) = (vec![String::new()], vec![None]);
        }
        Ok(())
    }

    /// Reads the lines that roles are found from.
    fn read_sample(&mut self, live: bool) -> Result<(), DataError> {
        while self.waiting.len() <= SAMPLE_ROWS {
            // A live source is not waited for once a header and a row are there.
            if self.waiting.len() >= 2 && live && !self.lines.ready() {
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
            let finding = Finding::error(FindingKind::Empty, "there is nothing in it").help("give a table with a header and rows");
            return Err(self.invalid(finding));
        }
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
        Spans::read(path, &self.layout.time, &self.id_columns())
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
        let time = self.layout.time.read(&|c| Some(&self.text[self.fields[c].clone()]));
        if time.is_none() && self.layout.time != TimeColumns::None {
            return Err(self.bad_time(line));
        }
        let series = self.find_series(line)?;
        if let Some(now) = time
            && let Some(last) = self.last[series].replace(now)
        {
            self.notes.add(nanos_between(last, now), self.step, line);
        }
        let label = self.read_label(line)?;
        let style = &self.style;
        Ok(Some(Row {
            line,
            seconds: time.map(|(seconds, _)| seconds),
            nanos: time.map_or(0, |(_, nanos)| nanos),
            series,
            id: &self.series[series],
            values: &self.values,
            label,
            text: &self.text,
            fields: &self.fields,
            echoed: &self.echoed,
            states: &self.layout.states,
            style,
        }))
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

    fn cell(&self, column: usize) -> &str {
        &self.text[self.fields[column].clone()]
    }

    fn names(&self, columns: &[usize]) -> Vec<&str> {
        columns.iter().map(|&c| self.layout.names[c].as_str()).collect()
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
                    let name = &self.layout.names[c];
                    let (kind, what, help) = match bad {
                        Cell::Infinite => (FindingKind::NotFinite, "is not a finite number", String::new()),
                        _ => (FindingKind::NotANumber, "is not a number", format!(", --states {name} watches the column's words")),
                    };
                    let finding = Finding::error(kind, format!("\"{cell}\" {what}")).column(name).line(line);
                    return Err(self.invalid(finding.help(format!("--na \"{cell}\" takes it for missing{help}"))));
                }
            };
            self.values.push(value);
        }
        Ok(())
    }

    /// The series of the line at hand.
    fn find_series(&mut self, line: u64) -> Result<usize, DataError> {
        let [columns @ .., last] = &self.layout.ids[..] else { return Ok(0) };
        self.id.clear();
        for &c in columns {
            self.id.push_str(&self.text[self.fields[c].clone()]);
            self.id.push(ids::JOINT);
        }
        self.id.push_str(&self.text[self.fields[*last].clone()]);
        if let Some(&series) = self.series_of.get(&self.id) {
            return Ok(series);
        }
        if let Some(&c) = self.layout.ids.iter().find(|&&c| self.cell(c).is_empty()) {
            let finding = Finding::error(FindingKind::Missing, "the id of the series is missing").column(&self.layout.names[c]).line(line);
            return Err(self.invalid(finding.help("fill in the cell or delete the row; --id none takes all rows for one series")));
        }
        let series = self.series.len();
        self.series.push(self.id.clone());
        self.series_of.insert(self.id.clone(), series);
        self.last.push(None);
        Ok(series)
    }

    fn read_label(&mut self, line: u64) -> Result<Option<u8>, DataError> {
        let Some(c) = self.layout.label else { return Ok(None) };
        let cell = self.cell(c);
        if self.style.is_missing(cell) {
            return Ok(None);
        }
        if let Some(known) = self.labels.iter().position(|word| word == cell) {
            return Ok(Some(known as u8));
        }
        let word = label::same(cell);
        if let Some(known) = self.labels.iter().position(|known| label::same(known) == word) {
            return Ok(Some(known as u8));
        }
        let cell = cell.to_owned();
        self.labels.push(cell.clone());
        let count = self.labels.len();
        if count > label::MOST_WORDS || (count > 2 && !self.labels.iter().any(|word| label::is_ordinary(word))) {
            let others = self.labels[..2].iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" and ");
            let finding = Finding::error(FindingKind::NotANumber, format!("\"{cell}\" is a further word beside {others}"))
                .column(&self.layout.names[c])
                .line(line);
            let help = "a label holds two words, or several of which \"normal\" or 0 means an ordinary row; --label names another column";
            return Err(self.invalid(finding.help(help)));
        }
        Ok(Some((count - 1) as u8))
    }

    fn bad_time(&self, line: u64) -> DataError {
        let columns = self.layout.time.columns();
        let cell = columns.iter().map(|&c| self.cell(c)).collect::<Vec<_>>().join(" ");
        let finding = Finding::error(FindingKind::NotATime, format!("\"{cell}\" is no time of the form of the first rows"))
            .column(&self.layout.names[columns[0]])
            .line(line);
        self.invalid(finding.help("mend the cell, or count the rows with --time row"))
    }

    fn invalid(&self, finding: Finding) -> DataError {
        DataError::Invalid { path: self.path.clone(), finding: Box::new(finding), more: 0 }
    }
}

/// Whether the comma is the decimal mark of the first rows. Where commas part the fields, such a number would have to be quoted.
fn has_decimal_comma(rows: &[Vec<String>], delimiter: u8) -> bool {
    let (mut decimal, mut thousands, mut either) = (0_usize, 0_usize, false);
    for cell in rows.iter().flatten() {
        match comma_evidence(cell) {
            CommaEvidence::Decimal => decimal += 1,
            CommaEvidence::Thousands => thousands += 1,
            CommaEvidence::Either => either = true,
            CommaEvidence::Silent => {}
        }
    }
    if decimal == thousands { either && delimiter != b',' } else { decimal > thousands }
}

/// The median of the steps from row to row of each series, in nanoseconds.
fn usual_step(sample: &Sample<'_>, layout: &Layout) -> Option<i128> {
    let times = layout.time.of_sample(sample);
    let mut steps = Vec::new();
    for rows in layout::rows_by_series(sample, &layout.ids) {
        let known: Vec<Moment> = rows.iter().filter_map(|&r| times[r]).collect();
        steps.extend(known.windows(2).map(|w| nanos_between(w[0], w[1])).filter(|step| *step > 0));
    }
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied()
}
