//! Days that are not like others, public holidays and a user's own events, as covariates that are known for ever.

mod events;
mod holidays;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use events::read_events;
use holidays::holidays_of;

use crate::dataset::{ANY_HOLIDAY, Dataset};
use crate::error::DataError;
use crate::frequency::{Frequency, NANOS_PER_SECOND};
use crate::options::ReadOptions;
use crate::time::Time;

/// The columns of the days before a holiday and behind one.
const BEFORE: &str = "day before a holiday";
const AFTER: &str = "day after a holiday";
/// Days that a holiday needs among the rows for a column of its own.
const LEAST_DAYS: usize = 2;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Days by what they are called.
type Days = BTreeMap<String, Vec<Date>>;

/// Puts columns for the holidays and events of `options` behind the known covariates of a table, for its rows and as many behind them as the other
/// known covariates have, or [`ReadOptions::ahead`].
///
/// A column is 1 in rows of the day, or counts the days of a longer step. Any public holiday, the day before and the day after one are columns; so is each
/// holiday with two days or more among the rows, and each event.
///
/// # Errors
/// Codes of no country or region, and rows that are counted and have no date.
pub(crate) fn add(dataset: &mut Dataset, options: &ReadOptions) -> Result<(), DataError> {
    let events = match &options.events_file {
        Some(path) => read_events(path)?,
        None => options.events.clone(),
    };
    if options.holidays.is_empty() && events.is_empty() {
        return Ok(());
    }
    if dataset.series.iter().any(|series| series.times.iter().any(|time| matches!(time, Time::Index(_)))) {
        let setting = if options.holidays.is_empty() { "⦃events⦄" } else { "⦃holidays⦄" };
        return Err(DataError::Usage {
            message: format!("{setting}: the rows are counted and have no dates"),
            help: format!("name the column of dates with ⦃time⦄, or leave {setting} out"),
        });
    }
    let mut days = Days::new();
    for code in &options.holidays {
        for (name, dates) in holidays_of(code)? {
            days.entry(ANY_HOLIDAY.to_owned()).or_default().extend(&dates);
            days.entry(name).or_default().extend(dates);
        }
    }
    if let Some(any) = days.get_mut(ANY_HOLIDAY) {
        any.sort_unstable();
        any.dedup();
        let any = any.clone();
        // Of several days in succession, what lies before the first and behind the last.
        let beside = |to: fn(Date) -> Option<Date>| -> Vec<Date> {
            any.iter().filter_map(|day| to(*day)).filter(|day| any.binary_search(day).is_err()).collect()
        };
        days.insert(BEFORE.to_owned(), beside(|day| day.yesterday().ok()));
        days.insert(AFTER.to_owned(), beside(|day| day.tomorrow().ok()));
    }
    for event in &events {
        days.entry(event.name.clone()).or_default().extend(event.days());
    }
    days.values_mut().for_each(|dates| dates.sort_unstable());
    let other = dataset.known.len();
    let steps: Vec<Vec<(Date, Date)>> = dataset
        .series
        .iter()
        .map(|series| {
            let ahead = if other > 0 { series.rows_ahead(other) } else { options.ahead };
            let last = series.times.last();
            let behind = (1..=ahead as i64).filter_map(|k| last.map(|last| dataset.frequency.next(last, k)));
            series.times.iter().copied().chain(behind).map(|time| span(dataset.frequency, time)).collect()
        })
        .collect();
    let names: Vec<String> = if options.calendar.is_empty() {
        let own = |name: &String| [ANY_HOLIDAY, BEFORE, AFTER].contains(&name.as_str()) || events.iter().any(|event| event.name == *name);
        let often = |dates: &[Date]| {
            let most = dataset.series.iter().zip(&steps).filter_map(|(series, steps)| {
                let rows = &steps[..series.len()];
                Some(count(dates, (rows.first()?.0, rows.last()?.1)))
            });
            most.max().unwrap_or(0) >= LEAST_DAYS
        };
        days.iter().filter(|(name, dates)| own(name) || often(dates)).map(|(name, _)| name.clone()).collect()
    } else {
        options.calendar.clone()
    };
    let columns: Vec<&[Date]> = names.iter().map(|name| days.get(name).map_or(&[][..], Vec::as_slice)).collect();
    for (series, steps) in dataset.series.iter_mut().zip(&steps) {
        let before = std::mem::take(&mut series.known);
        series.known.reserve(steps.len() * (other + columns.len()));
        for (row, step) in steps.iter().enumerate() {
            series.known.extend_from_slice(&before[row * other..][..other]);
            series.known.extend(columns.iter().map(|dates| count(dates, *step) as f64));
        }
    }
    dataset.known.extend(names.iter().cloned());
    (dataset.calendar, dataset.events) = (names, events);
    Ok(())
}

/// The first day of a row, and the first one behind it: a day, or all of a longer step.
fn span(frequency: Frequency, time: Time) -> (Date, Date) {
    let Time::Date(at) = time else { unreachable!("rows without dates were refused") };
    let from = at.date();
    let longer = match frequency {
        Frequency::Days(days) => days > 1,
        Frequency::Months { .. } | Frequency::BusinessMonths { .. } => true,
        Frequency::Clock(nanos) => nanos / NANOS_PER_SECOND > DAY,
        _ => false,
    };
    let next = match frequency.next(&time, 1) {
        Time::Date(next) if longer => next.date(),
        _ => from.tomorrow().unwrap_or(from),
    };
    (from, next)
}

/// How many of some days, in order, lie from a first one to before another.
fn count(dates: &[Date], (from, next): (Date, Date)) -> usize {
    dates.partition_point(|day| *day < next) - dates.partition_point(|day| *day < from)
}
