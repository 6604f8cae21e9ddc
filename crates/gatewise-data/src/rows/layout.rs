//! Which column of a stream is what.

use super::RowOptions;
use super::time::{Form, form_of, seconds_of, seconds_of_parts};
use crate::dataset::Guess;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::table::{NumberStyle, is_series_id};

/// Names under which a column is the time before any other.
const TIME_NAMES: [&str; 8] = ["timestamp", "datetime", "date_time", "date", "time", "ts", "ds", "t"];
/// Names of the columns of a time in parts, in the order in which they are joined.
const PART_NAMES: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
/// Names under which a column of zeros and ones says which rows are anomalies.
const LABEL_NAMES: [&str; 3] = ["is_anomaly", "anomaly", "label"];
/// Names of columns that only count the rows.
const INDEX_NAMES: [&str; 5] = ["no", "index", "idx", "", "unnamed: 0"];

/// Where a row's time comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TimeColumns {
    None,
    One(usize, Form),
    /// Year, month, day, hour, minute, second, as far as there are columns.
    Parts(Vec<usize>),
}

impl TimeColumns {
    /// The columns, in the order in which they are read.
    pub fn columns(&self) -> &[usize] {
        match self {
            Self::None => &[],
            Self::One(column, _) => std::slice::from_ref(column),
            Self::Parts(columns) => columns,
        }
    }

    /// The time of a row whose cells are `cell`; none where there is none, or it cannot be read.
    pub fn read<'a>(&self, cell: &dyn Fn(usize) -> Option<&'a str>) -> Option<i64> {
        match self {
            Self::None => None,
            Self::One(column, form) => seconds_of(cell(*column)?, *form),
            Self::Parts(columns) => {
                let mut parts = [0_i64, 1, 1, 0, 0, 0];
                for (part, &c) in parts.iter_mut().zip(columns) {
                    *part = cell(c)?.parse().ok()?;
                }
                seconds_of_parts(parts)
            }
        }
    }
}

/// Columns by role.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub names: Vec<String>,
    pub time: TimeColumns,
    pub values: Vec<usize>,
    pub label: Option<usize>,
}

/// Finds the roles from the header's names and the sample's rows.
pub(super) fn find(
    path: &str,
    names: Vec<String>,
    sample: &[Vec<String>],
    style: &NumberStyle,
    options: &RowOptions,
    guesses: &mut Vec<Guess>,
) -> Result<Layout, DataError> {
    let named = |name: &str| {
        names.iter().position(|n| n == name).ok_or_else(|| DataError::UnknownColumn {
            path: path.to_owned(),
            column: name.to_owned(),
            suggestion: nearest(name, &names),
            columns: names.clone(),
        })
    };
    let cells = |c: usize| sample.iter().filter_map(move |row| row.get(c)).map(String::as_str);
    let is_number = |c: usize| {
        let mut known = cells(c).filter(|cell| !style.is_missing(cell)).peekable();
        known.peek().is_some() && known.all(|cell| style.is_number(cell))
    };
    let mut guess = |what: &str, value: String, flag: &str| {
        guesses.push(Guess { what: what.to_owned(), value, flag: flag.to_owned() });
    };
    if options.values.is_empty()
        && let Some(id) = names.iter().find(|name| is_series_id(name))
    {
        return Err(DataError::Usage {
            message: format!("{path}: column \"{id}\" names the series of a long table, and one series is watched at a time"),
            help: "give the rows of one series; where all rows are one, name its columns with --target".to_owned(),
        });
    }
    let time = time_columns(path, &names, sample, options, &named)?;
    let of_time = time.columns().to_vec();
    if options.time.is_none() {
        let joined = of_time.iter().map(|&c| names[c].as_str()).collect::<Vec<_>>().join(",");
        guess("time", if joined.is_empty() { "rows counted".to_owned() } else { joined }, "--time");
    }
    let binary = |c: usize| is_number(c) && cells(c).filter(|cell| !cell.is_empty()).all(|cell| matches!(cell.parse(), Ok(0.0) | Ok(1.0)));
    let label = match &options.label {
        Some(name) => Some(named(name)?),
        None if options.values.is_empty() => {
            let found =
                LABEL_NAMES.iter().find_map(|known| names.iter().position(|n| n.eq_ignore_ascii_case(known))).filter(|&c| binary(c));
            if let Some(c) = found {
                guess("label", names[c].clone(), "--label");
            }
            found
        }
        None => None,
    };
    let values = if options.values.is_empty() {
        let spare =
            |c: &usize| !of_time.contains(c) && label != Some(*c) && !INDEX_NAMES.iter().any(|n| n.eq_ignore_ascii_case(&names[*c]));
        let numbers: Vec<usize> = (0..names.len()).filter(spare).filter(|&c| is_number(c)).collect();
        let listed = numbers.iter().map(|&c| names[c].as_str()).collect::<Vec<_>>().join(",");
        guess("values", listed, "--target");
        numbers
    } else {
        options.values.iter().map(|name| named(name)).collect::<Result<_, _>>()?
    };
    if values.is_empty() {
        let finding = Finding::error(FindingKind::NoNumbers, "no column of numbers to watch").help("name one with --target");
        return Err(DataError::Invalid { path: path.to_owned(), finding: Box::new(finding), more: 0 });
    }
    if let Some(&c) = values.iter().find(|c| of_time.contains(c)) {
        return Err(DataError::Usage {
            message: format!("column \"{}\" is the time and cannot be watched", names[c]),
            help: "name other columns with --target, or count rows with --time row".to_owned(),
        });
    }
    Ok(Layout { names, time, values, label })
}

fn time_columns(
    path: &str,
    names: &[String],
    sample: &[Vec<String>],
    options: &RowOptions,
    named: &dyn Fn(&str) -> Result<usize, DataError>,
) -> Result<TimeColumns, DataError> {
    let form = |c: usize| form_of(sample.iter().filter_map(|row| row.get(c)).map(String::as_str));
    match options.time.as_deref() {
        Some("row") => Ok(TimeColumns::None),
        Some(list) if list.contains(',') => Ok(TimeColumns::Parts(list.split(',').map(named).collect::<Result<_, _>>()?)),
        Some(name) => {
            let (column, hint) = match names.iter().position(|n| n == name) {
                Some(column) => (column, None),
                None => match name.rsplit_once(':') {
                    Some((name, hint)) => (named(name)?, Some(hint)),
                    None => (named(name)?, None),
                },
            };
            let form = match hint {
                Some("epoch" | "epoch-s") => Some(Form::Epoch { per_second: 1 }),
                Some("epoch-ms") => Some(Form::Epoch { per_second: 1000 }),
                Some("int") => Some(Form::Count),
                Some("dmy") => Some(Form::Date(crate::time::DateOrder::DayMonthYear)),
                Some("mdy") => Some(Form::Date(crate::time::DateOrder::MonthDayYear)),
                _ => form(column),
            };
            let Some(form) = form else {
                let finding = Finding::error(FindingKind::NotATime, "holds neither dates nor whole numbers")
                    .column(name)
                    .help("name the time column with --time, or count the rows with --time row");
                return Err(DataError::Invalid { path: path.to_owned(), finding: Box::new(finding), more: 0 });
            };
            Ok(TimeColumns::One(column, form))
        }
        None => {
            let known = TIME_NAMES.iter().find_map(|known| {
                let column = names.iter().position(|n| n.eq_ignore_ascii_case(known))?;
                Some(TimeColumns::One(column, form(column)?))
            });
            let parts = || {
                let columns: Vec<usize> =
                    PART_NAMES.iter().map_while(|part| names.iter().position(|n| n.eq_ignore_ascii_case(part))).collect();
                (columns.len() >= 3).then_some(TimeColumns::Parts(columns))
            };
            let dates = || {
                (0..names.len()).find_map(|c| match form(c) {
                    Some(form @ Form::Date(_)) => Some(TimeColumns::One(c, form)),
                    _ => None,
                })
            };
            Ok(known.or_else(parts).or_else(dates).unwrap_or(TimeColumns::None))
        }
    }
}

/// The name most like `wanted`, if one is near.
fn nearest(wanted: &str, names: &[String]) -> Option<String> {
    /// Jaro-Winkler similarity from which a suggestion helps more than it puzzles.
    const NEAR: f64 = 0.75;
    let scored = names.iter().map(|name| (strsim::jaro_winkler(wanted, name), name));
    scored.filter(|(score, _)| *score >= NEAR).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name.clone())
}
