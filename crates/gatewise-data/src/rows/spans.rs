//! Times of known maintenance: a file of spans and single times.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::fields::split_owned;
use super::time::{Form, Moment, form_of, moment_of, nanos_between};
use super::times::TimeColumns;
use crate::bytes;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::table::{find_delimiter, text_of};
use crate::time::{DateOrder, EPOCH, civil_nanos, scan};

/// Names of columns in a file of spans.
const START_NAMES: [&str; 8] = ["start", "from", "begin", "time", "timestamp", "date", "datetime", "start_time"];
const END_NAMES: [&str; 6] = ["end", "to", "until", "stop", "end_time", "finish"];
const ID_NAMES: [&str; 3] = ["id", "series", "unique_id"];
/// What stands between start and end where no delimiter does.
const BETWEEN: [&str; 5] = [" to ", " - ", " – ", "..", "/"];

/// A span of time, or of row numbers, that is known to be out of the ordinary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Line of the file, from 1.
    pub line: u64,
    /// The line as it is.
    pub text: String,
    /// The series it is about; none for all.
    pub series: Option<String>,
    /// First time, as seconds and nanoseconds of [`Row`](super::Row), or row number from 1 where rows are counted.
    pub from: (i64, u32),
    /// Last time, itself included.
    pub to: (i64, u32),
    /// Rows that were found in it.
    pub rows: u64,
    /// Holes between rows that were found to touch it.
    pub holes: u64,
}

/// Spans of known maintenance.
///
/// A date without a time of day stands for the whole day, and a single time for the minute or second it is written to.
#[derive(Clone, Debug)]
pub struct Spans {
    path: String,
    /// By their starts.
    spans: Vec<Span>,
    /// The latest end of each span and those before it.
    latest: Vec<Moment>,
    /// The usual step of the table, in nanoseconds.
    step: Option<i128>,
}

impl Spans {
    pub(super) fn read(path: &Path, time: &TimeColumns, step: Option<i128>, ids: &[&str]) -> Result<Self, DataError> {
        let name = bytes::name(path);
        let text = text_of(&name, bytes::read(path)?)?;
        let mut spans = parse(&text, time, ids).map_err(|finding| DataError::Invalid { path: name.clone(), finding, more: 0 })?;
        spans.sort_by_key(|span| (span.from, span.line));
        let latest = spans.iter().scan((i64::MIN, 0), |latest, span| {
            *latest = span.to.max(*latest);
            Some(*latest)
        });
        Ok(Self { path: name, latest: latest.collect(), step, spans })
    }

    /// The file as given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Every span, by its start.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether a row of a series lies in a span, which is noted.
    pub fn take(&mut self, series: &str, time: (i64, u32)) -> bool {
        let mut found = false;
        for i in self.until(time, time) {
            if self.spans[i].is_about(series) && self.spans[i].to >= time {
                self.spans[i].rows += 1;
                found = true;
            }
        }
        found
    }

    /// Whether a span of a series touches the time between two rows, which is noted where rows are missing between them.
    pub fn touches(&mut self, series: &str, after: (i64, u32), before: (i64, u32)) -> bool {
        let mut found = false;
        let is_hole = self.step.is_some_and(|step| 2 * nanos_between(after, before) > 3 * step);
        for i in self.until(after, before) {
            if self.spans[i].is_about(series) && self.spans[i].to > after && self.spans[i].from < before {
                self.spans[i].holes += u64::from(is_hole);
                found = true;
            }
        }
        found
    }

    /// Places of the spans that begin by `start` and may not have ended before `end`, latest first.
    fn until(&self, end: Moment, start: Moment) -> impl Iterator<Item = usize> + use<> {
        let last = self.spans.partition_point(|span| span.from <= start);
        let first = self.latest[..last].partition_point(|latest| *latest < end);
        (first..last).rev()
    }

    /// Spans in which no row was found, nor a hole between rows that is as long as several.
    pub fn unmatched(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(|span| span.rows == 0 && span.holes == 0)
    }
}

impl Span {
    fn is_about(&self, series: &str) -> bool {
        self.series.as_deref().is_none_or(|own| own == series)
    }
}

/// Where the columns of a file of spans lie.
struct Columns {
    start: usize,
    end: Option<usize>,
    id: Option<usize>,
}

fn parse(text: &str, time: &TimeColumns, ids: &[&str]) -> Result<Vec<Span>, Box<Finding>> {
    let lines = || text.lines().zip(1_u64..).map(|(text, line)| (text.trim(), line)).filter(|(t, _)| !t.is_empty() && !t.starts_with('#'));
    let Some((first, first_line)) = lines().next() else {
        let finding = Finding::error(FindingKind::Empty, "there is no time in it");
        return Err(Box::new(finding.help("give a time or start,end in each line")));
    };
    let delimiter = find_delimiter(&lines().map(|(text, _)| text).collect::<Vec<_>>().join("\n"));
    let header = split_owned(first, delimiter);
    let is_header = span_of(first, time).is_none() && header.iter().all(|cell| read(cell, time).is_none());
    let find = |names: &[&str]| header.iter().position(|cell| names.iter().any(|name| name.eq_ignore_ascii_case(cell)));
    let columns = if is_header {
        let id = find(ids).or_else(|| find(&ID_NAMES)).filter(|_| !ids.is_empty());
        let other = |c: &usize| Some(*c) != id;
        let start = find(&START_NAMES).or_else(|| (0..header.len()).find(other)).unwrap_or(0);
        Columns { start, end: find(&END_NAMES).filter(|c| *c != start), id }
    } else {
        Columns { start: 0, end: Some(1), id: None }
    };
    let mut spans = Vec::new();
    for (text, line) in lines().skip(usize::from(is_header)) {
        let wrong = |what: String, help: &str| Box::new(Finding::error(FindingKind::NotATime, what).line(line).help(help));
        let cells = split_owned(text, delimiter);
        // A comma parts two times before it is the decimal mark of one.
        let apart = cells.len() > 1 && cells[..2].iter().all(|cell| read(cell, time).is_some());
        let whole = if is_header || apart { None } else { span_of(text, time) };
        let (from, to) = match whole {
            Some(span) => span,
            None => {
                let cell = |c: usize| cells.get(c).map_or("", String::as_str);
                let time_of =
                    |c: usize| read(cell(c), time).ok_or_else(|| wrong(format!("\"{}\" is no time of this table", cell(c)), HELP));
                let start = time_of(columns.start)?;
                match columns.end.filter(|&c| !cell(c).is_empty()) {
                    Some(end) => (start.from, time_of(end)?.end()),
                    None => (start.from, start.to),
                }
            }
        };
        if to < from {
            return Err(wrong(format!("\"{text}\" ends before it starts"), "write the start before the end"));
        }
        let series = columns.id.and_then(|c| cells.get(c)).filter(|id| !id.is_empty()).cloned();
        spans.push(Span { line, text: text.to_owned(), series, from, to, rows: 0, holes: 0 });
    }
    if spans.is_empty() {
        let finding = Finding::error(FindingKind::NotATime, format!("\"{first}\" is no time, and no line follows")).line(first_line);
        return Err(Box::new(finding.help(HELP)));
    }
    Ok(spans)
}

/// How a time has to be written.
const HELP: &str = "write times as the table does, or as 2026-01-31 13:00; a header with start,end names the columns";

/// A line that is one time, or two with one of [`BETWEEN`] between them.
fn span_of(text: &str, time: &TimeColumns) -> Option<(Moment, Moment)> {
    if let Some(single) = read(text, time) {
        return Some((single.from, single.to));
    }
    BETWEEN.iter().find_map(|between| {
        let (from, to) = text.split_once(between)?;
        Some((read(from.trim(), time)?.from, read(to.trim(), time)?.end()))
    })
}

/// A time as it is written.
#[derive(Clone, Copy)]
struct Written {
    from: Moment,
    /// Where the minute, day or whatever it is written to ends.
    to: Moment,
    whole_days: bool,
}

impl Written {
    /// The last time of a span that ends here.
    fn end(&self) -> Moment {
        if self.whole_days { self.to } else { self.from }
    }
}

fn read(cell: &str, time: &TimeColumns) -> Option<Written> {
    let exact = |from: Moment| Written { from, to: from, whole_days: false };
    let form = match time {
        TimeColumns::None => Form::Count,
        TimeColumns::One(_, form) | TimeColumns::Joined(_, form) => form.clone(),
        TimeColumns::Parts(_) => Form::Date(DateOrder::YearMonthDay),
    };
    if !form.dated() {
        return moment_of(cell, &form).map(exact);
    }
    let form = match moment_of(cell, &form) {
        Some(_) => form,
        None => form_of(std::iter::once(cell)).filter(|form| form.dated())?,
    };
    let from = moment_of(cell, &form)?;
    match form {
        Form::Epoch { per_second: 1 } if from.1 == 0 => Some(Written { from, to: (from.0, LAST_NANO), whole_days: false }),
        Form::Date(order) => {
            let (to, whole_days) = end_of(cell, order)?;
            Some(Written { from, to, whole_days })
        }
        _ => Some(exact(from)),
    }
}

/// The last nanosecond of a second.
const LAST_NANO: u32 = 999_999_999;

/// Where the time that a date is written to ends, and whether that is a day or more.
fn end_of(cell: &str, order: DateOrder) -> Option<(Moment, bool)> {
    let scanned = scan(cell)?;
    let at: DateTime = scanned.civil(order)?;
    let clock = scanned.form.clock.map(|clock| clock.fields);
    let length = match (clock, scanned.form.order) {
        (Some(1), _) => 1.hour(),
        (Some(2), _) => 1.minute(),
        (Some(_), _) if scanned.fraction > 0 => 1.nanosecond(),
        (Some(_), _) => 1.second(),
        (None, DateOrder::Year) => 1.year(),
        (None, DateOrder::YearQuarter) => 3.months(),
        (None, DateOrder::YearMonth | DateOrder::MonthYear) => 1.month(),
        (None, _) => 1.day(),
    };
    let end = at.checked_add(length).unwrap_or(DateTime::MAX);
    let nanos = civil_nanos(end) - civil_nanos(EPOCH) - 1;
    const NANOS: i128 = 1_000_000_000;
    Some(((nanos.div_euclid(NANOS) as i64, nanos.rem_euclid(NANOS) as u32), clock.is_none()))
}

#[cfg(test)]
mod tests;
