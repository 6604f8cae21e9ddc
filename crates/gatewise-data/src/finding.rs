//! What was noticed in a table, and the list that collects it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The table cannot be used as it is.
    Error,
    /// Usable, but probably not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// What a [`Finding`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Nothing in the file.
    Empty,
    /// A header and no rows under it.
    NoRows,
    /// Not UTF-8 text.
    NotText,
    /// Text in another encoding than UTF-8.
    Encoding,
    /// A file of a known form whose bytes are none of it.
    Damaged,
    /// A column of a type that is not read.
    ColumnType,
    /// More than memory holds.
    TooLarge,
    /// Lines above the header.
    AboveTable,
    /// Rows below the table, such as totals and notes.
    BelowTable,
    /// Several rows name the columns.
    SeveralHeaders,
    /// Columns whose names are times; a row is a series.
    TimesAsColumns,
    /// The first row is data; columns are named 1, 2, ….
    NoHeader,
    /// Two columns share a name.
    DuplicateColumn,
    /// A row with too few or too many fields.
    Ragged,
    /// A blank line between rows.
    BlankLine,
    /// No column of numbers to learn.
    NoNumbers,
    /// A column that is not used.
    LeftOut,
    /// How numbers are written (decimal comma, thousands).
    NumberFormat,
    /// Text in a column of numbers.
    NotANumber,
    /// An infinite number.
    NotFinite,
    /// A missing value.
    Missing,
    /// Rows dropped at the start or end of a series because values are missing there.
    Trimmed,
    /// Rows behind the last target whose covariates are known.
    Future,
    /// Values that were filled in.
    Imputed,
    /// No time column: rows are counted.
    NoTime,
    /// A cell of the time column that is no time.
    NotATime,
    /// A cell of the time column that is empty.
    MissingTime,
    /// Dates written in more than one way.
    MixedTimeFormat,
    /// Dates that can be read day first or month first.
    AmbiguousDate,
    /// How times are written, and what of them is read.
    TimeForm,
    /// Times with different offsets from UTC.
    MixedOffsets,
    /// Whole numbers that look like seconds since 1970.
    EpochLike,
    /// Rows not in order of time.
    Unsorted,
    /// Two rows for one time.
    Duplicate,
    /// Rows missing between two times.
    Gap,
    /// A time between two steps of the frequency.
    OffGrid,
    /// Times put onto a regular step that they wavered around.
    Snapped,
    /// Rows that no one expects: hours and days that are always closed, holidays, the hour that clocks skip.
    Closed,
    /// No regular step from row to row.
    Irregular,
    /// A channel that never changes.
    Constant,
    /// Too few rows.
    TooShort,
    /// More columns than a table may have.
    TooWide,
}

/// One thing noticed in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// Line of the file, from 1; the first one where a row spans several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Column by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is there, without the place.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// How much it matters.
    pub severity: Severity,
}

impl Finding {
    pub(crate) fn new(severity: Severity, kind: FindingKind, message: impl Into<String>) -> Self {
        Finding { kind, line: None, column: None, message: brief(message.into()), help: None, severity }
    }

    pub(crate) fn error(kind: FindingKind, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, kind, message)
    }

    pub(crate) fn warning(kind: FindingKind, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, kind, message)
    }

    pub(crate) fn note(kind: FindingKind, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, kind, message)
    }

    pub(crate) fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(brief(help.into()));
        self
    }

    /// `path:line: column "name": message`, as far as line and column are known.
    pub fn describe(&self, path: &str) -> String {
        let line = self.line.map(|n| format!(":{n}")).unwrap_or_default();
        let column = self.column.as_ref().map(|name| format!("column \"{}\": ", brief(name.clone()))).unwrap_or_default();
        format!("{path}{line}: {column}{}", self.message)
    }
}

/// Characters of a message. A cell or a name in it may have megabytes, which nobody reads.
const SHOWN: usize = 1000;

/// A text without what is too long to be read.
fn brief(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Findings of one kind in one column that are kept; the rest is counted.
const KEPT_OF_A_KIND: usize = 5;

type Sort = (FindingKind, Option<String>, Severity);

/// Collects findings and keeps a file of a million bad cells from making a million strings.
#[derive(Default)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    counts: HashMap<Sort, usize>,
    errors: usize,
}

impl Findings {
    /// Adds one finding; `make` runs only while few of its sort were seen.
    pub fn add(&mut self, severity: Severity, kind: FindingKind, column: Option<&str>, make: impl FnOnce() -> Finding) {
        self.errors += usize::from(severity == Severity::Error);
        let sort = (kind, column.map(str::to_owned), severity);
        let count = self.counts.entry(sort).or_default();
        *count += 1;
        if *count <= KEPT_OF_A_KIND {
            let mut finding = make();
            finding.severity = severity;
            self.kept.push(finding);
        }
    }

    pub fn push(&mut self, finding: Finding) {
        let column = finding.column.clone();
        self.add(finding.severity, finding.kind, column.as_deref(), || finding);
    }

    /// Takes back what has turned out otherwise.
    pub fn retain(&mut self, keep: impl Fn(&Finding) -> bool) {
        let (kept, back): (Vec<Finding>, Vec<Finding>) = std::mem::take(&mut self.kept).into_iter().partition(keep);
        self.kept = kept;
        for finding in back {
            self.errors -= usize::from(finding.severity == Severity::Error);
            self.counts.entry((finding.kind, finding.column, finding.severity)).and_modify(|count| *count -= 1);
        }
    }

    /// How many errors were added, kept or not.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Worst first, then by line; "n more" behind the last of its sort.
    pub fn finish(mut self) -> Vec<Finding> {
        for ((kind, column, severity), count) in self.counts {
            if count > KEPT_OF_A_KIND {
                let more = count - KEPT_OF_A_KIND;
                let mut rest = Finding::new(severity, kind, format!("{more} more like these"));
                rest.column = column;
                self.kept.push(rest);
            }
        }
        let mut last_lines = HashMap::new();
        for finding in &self.kept {
            let last = last_lines.entry((finding.kind, finding.column.as_ref(), finding.severity)).or_default();
            *last = finding.line.max(*last);
        }
        let last_line = |f: &Finding| last_lines[&(f.kind, f.column.as_ref(), f.severity)];
        let mut keyed: Vec<_> = self
            .kept
            .iter()
            .map(|f| {
                let more = f.line.is_none();
                let line = f.line.or_else(|| last_line(f)).unwrap_or(0);
                ((f.severity, line, more), f.clone())
            })
            .collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.column.cmp(&b.1.column)));
        keyed.into_iter().map(|(_, finding)| finding).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cells_are_shown_by_their_start() {
        let long = "é".repeat(5000);
        let finding = Finding::error(FindingKind::NotANumber, &long).column(&long).help(&long);
        assert_eq!(finding.column.as_ref(), Some(&long), "the name itself is kept");
        assert!(finding.describe("a").chars().count() < 3 * SHOWN && finding.message.ends_with('…'));
        assert_eq!(brief("short".to_owned()), "short");
    }

    #[test]
    fn many_columns_cost_no_more_than_each_of_them() {
        // Squared, these would take minutes.
        let columns = 200_000;
        let mut findings = Findings::default();
        for column in 0..columns {
            findings.push(Finding::warning(FindingKind::Constant, "never changes").column(&column.to_string()));
        }
        assert_eq!(findings.finish().len(), columns);
    }

    #[test]
    fn counts_what_it_does_not_keep() {
        let mut findings = Findings::default();
        for line in 0..100 {
            findings.push(Finding::error(FindingKind::Missing, "value is missing").line(line));
        }
        findings.push(Finding::note(FindingKind::NoHeader, "no header"));
        assert_eq!(findings.errors(), 100);
        let list = findings.finish();
        let messages: Vec<_> = list.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(list.len(), KEPT_OF_A_KIND + 2);
        assert_eq!(messages[KEPT_OF_A_KIND], "95 more like these");
        assert_eq!(messages[KEPT_OF_A_KIND + 1], "no header");
    }
}
