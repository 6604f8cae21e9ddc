//! Which column says when a row was.

use std::sync::Arc;

use super::kinds::INDEX_NAMES;
use super::sample::Sample;
use super::time::{Form, Moment, form_of, form_of_most, moment_of, seconds_of_parts};
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::time::{DateOrder, FIRST, has_clock, is_clock};

/// Names under which a column is the time of a row, behind the first ones.
const TIME_NAMES: [&str; 10] =
    ["t", "epoch", "epoch_ms", "unix", "unixtime", "unix_time", "timestamp_ms", "time_ms", "event_time", "seconds"];
/// Names of the columns of a time in parts, in the order in which they are joined.
const PART_NAMES: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
/// Word that counts the rows and reads no time.
const ROW: &str = "row";

/// Where a row's time comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum TimeColumns {
    #[default]
    None,
    One(usize, Form),
    /// Year, month, day, hour, minute, second, as far as there are columns.
    Parts(Vec<usize>),
    /// A date and a time of day, read as one text with a space between.
    Joined(Vec<usize>, Form),
}

impl TimeColumns {
    /// The columns, in the order in which they are read.
    pub fn columns(&self) -> &[usize] {
        match self {
            Self::None => &[],
            Self::One(column, _) => std::slice::from_ref(column),
            Self::Parts(columns) | Self::Joined(columns, _) => columns,
        }
    }

    /// Whether times have an hour and a weekday.
    pub fn dated(&self) -> bool {
        match self {
            Self::None => false,
            Self::One(_, form) | Self::Joined(_, form) => form.dated(),
            Self::Parts(_) => true,
        }
    }

    /// The time of a row whose cells are `cell`; none where there is none, or it cannot be read.
    pub fn read<'a>(&self, cell: &dyn Fn(usize) -> Option<&'a str>) -> Option<Moment> {
        match self {
            Self::None => None,
            Self::One(column, form) => moment_of(cell(*column)?, form),
            Self::Joined(columns, form) => {
                let cells: Vec<&str> = columns.iter().map(|&c| cell(c)).collect::<Option<_>>()?;
                moment_of(&cells.join(" "), form)
            }
            Self::Parts(columns) => {
                let mut parts = [0_i64, 1, 1, 0, 0, 0];
                for (part, &c) in parts.iter_mut().zip(columns) {
                    *part = cell(c)?.parse().ok()?;
                }
                Some((seconds_of_parts(parts)?, 0))
            }
        }
    }

    /// The time of each row of a sample.
    pub fn of_sample(&self, sample: &Sample<'_>) -> Vec<Option<Moment>> {
        sample.rows.iter().map(|row| self.read(&|c| row.get(c).map(String::as_str))).collect()
    }
}

/// The time columns that were given, or those that look like it.
pub(super) fn find(sample: &Sample<'_>, given: Option<&str>) -> Result<TimeColumns, DataError> {
    match given {
        None => Ok(guess(sample)),
        Some(ROW) => Ok(TimeColumns::None),
        Some(list) if list.contains(',') => {
            let columns: Vec<usize> = list.split(',').map(|name| sample.named(name.trim())).collect::<Result<_, _>>()?;
            Ok(joined(sample, &columns).unwrap_or(TimeColumns::Parts(columns)))
        }
        Some(name) => {
            let hinted =
                name.match_indices(':').map(|(at, _)| (&name[..at], &name[at + 1..])).find(|(name, _)| sample.find(name).is_some());
            let (column, hint) = match (sample.find(name), hinted.or(name.rsplit_once(':'))) {
                (None, Some((name, hint))) => (sample.named(name)?, Some(hint)),
                _ => (sample.named(name)?, None),
            };
            let epoch = |per_second| Some(Form::Epoch { per_second });
            let form = match hint {
                Some("epoch" | "epoch-s") => epoch(1),
                Some("epoch-ms") => epoch(1_000),
                Some("epoch-us") => epoch(1_000_000),
                Some("epoch-ns") => epoch(1_000_000_000),
                Some("int") => Some(Form::Count),
                Some("ymd") => form_of_most(sample.cells(column)),
                Some("dmy") => Some(Form::Date(DateOrder::DayMonthYear)),
                Some("mdy") => Some(Form::Date(DateOrder::MonthDayYear)),
                Some(form) if form.contains('%') => form.parse().ok().map(|pattern| Form::Pattern(Arc::new(pattern))),
                _ => form_of_most(sample.cells(column)),
            };
            let Some(form) = form else {
                let finding = Finding::error(FindingKind::NotATime, "holds neither dates nor numbers")
                    .column(name)
                    .help("name the time column with ⦃time⦄, or count the rows with ⦃time⦄ row");
                return Err(DataError::Invalid { path: sample.path.to_owned(), finding: Box::new(finding), more: 0 });
            };
            Ok(TimeColumns::One(column, form))
        }
    }
}

fn guess(sample: &Sample<'_>) -> TimeColumns {
    let form = |c: usize| form_of(sample.cells(c));
    let form_of_known = |c: usize| form_of_most(sample.cells(c));
    let rises = |c: usize| sample.cells(c).filter_map(|cell| cell.replace(',', ".").parse::<f64>().ok()).is_sorted();
    // Decimals under such a name may be something else: they are the time only where they never fall.
    let known = sample.known(&FIRST).chain(sample.known(&TIME_NAMES)).find_map(|c| match form_of_known(c)? {
        Form::Decimal if !rises(c) => None,
        form => Some(TimeColumns::One(c, form)),
    });
    let parts = || {
        let columns: Vec<usize> = PART_NAMES.iter().map_while(|part| sample.known(&[part]).next()).collect();
        (columns.len() >= 3).then_some(TimeColumns::Parts(columns))
    };
    let of_any_name = |fits: &dyn Fn(usize, &Form) -> bool| {
        (0..sample.names.len()).find_map(|c| form(c).filter(|form| fits(c, form)).map(|form| TimeColumns::One(c, form)))
    };
    let dates = || {
        let date = |c: usize| form_of_known(c).filter(Form::is_date);
        (0..sample.names.len()).find_map(|c| date(c).map(|form| TimeColumns::One(c, form)))
    };
    let epochs = || of_any_name(&|c, form| matches!(form, Form::Epoch { .. }) && sample.rows.len() > 1 && rises(c));
    let counts = || of_any_name(&|c, form| *form == Form::Count && counts_rows(sample, c));
    let found = known.or_else(parts).or_else(dates).or_else(epochs).or_else(counts).unwrap_or(TimeColumns::None);
    match found {
        TimeColumns::One(c, form) if form.is_date() => with_clock(sample, c).unwrap_or(TimeColumns::One(c, form)),
        found => found,
    }
}

/// A date without a time of day, joined with the column of times of day beside it.
fn with_clock(sample: &Sample<'_>, date: usize) -> Option<TimeColumns> {
    let clock = |c: usize| sample.present(c).next().is_some() && sample.present(c).all(is_clock);
    if sample.cells(date).any(has_clock) {
        return None;
    }
    let clock = (0..sample.names.len()).find(|&c| c != date && clock(c))?;
    joined(sample, &[date, clock])
}

/// Columns whose cells make up one text that is a time.
fn joined(sample: &Sample<'_>, columns: &[usize]) -> Option<TimeColumns> {
    let texts: Vec<String> = sample
        .rows
        .iter()
        .map(|row| columns.iter().filter_map(|&c| row.get(c)).map(String::as_str).collect::<Vec<_>>().join(" "))
        .collect();
    let form = form_of_most(texts.iter().map(String::as_str)).filter(Form::is_date)?;
    Some(TimeColumns::Joined(columns.to_vec(), form))
}

/// Whether the whole numbers of a column rise by one from row to row, as far as the sample shows.
fn counts_rows(sample: &Sample<'_>, column: usize) -> bool {
    /// With fewer rows that may be chance.
    const LEAST: usize = 32;
    let called_index = INDEX_NAMES.iter().any(|known| known.eq_ignore_ascii_case(&sample.names[column]));
    let numbers: Vec<i64> = sample.cells(column).filter_map(|cell| cell.parse().ok()).collect();
    !called_index && numbers.len() >= LEAST.max(sample.rows.len()) && numbers.windows(2).all(|w| w[1].checked_sub(w[0]) == Some(1))
}
