//! The frequency of a table: given, or inferred.

use super::Halt;
use super::group::Group;
use crate::dataset::Guess;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::frequency::{Frequency, infer};
use crate::time::{Time, TimeFormat};

/// The step given by `--freq`, else the one most rows have.
pub(super) fn settle(groups: &[Group<'_>], format: &TimeFormat, given: Option<&str>, guesses: &mut Vec<Guess>) -> Result<Frequency, Halt> {
    let times: Vec<&[Time]> = groups.iter().map(|group| group.times.as_slice()).collect();
    let inferred = infer(&times);
    if let Some(text) = given {
        return fit_given(text, inferred, groups).map_err(Halt::Usage);
    }
    let frequency = inferred.ok_or_else(|| Halt::Invalid(no_step(groups)))?;
    if *format != TimeFormat::Row {
        guesses.push(Guess { what: "frequency".to_owned(), value: frequency.to_string(), flag: "--freq".to_owned() });
    }
    Ok(frequency)
}

fn no_step(groups: &[Group<'_>]) -> Finding {
    let longest = groups.iter().map(|group| group.times.len()).max().unwrap_or(0);
    match longest {
        0 => Finding::error(FindingKind::NoRows, "no row has a time")
            .help("name another time column with --time, or count the rows with --time row"),
        1 => Finding::error(FindingKind::TooShort, "one row a series: the time from row to row cannot be told from it")
            .help("add rows; if the rows are one series, check --id"),
        _ => Finding::error(FindingKind::Irregular, "the times are too far apart for any step")
            .help("check the first and the last times, or count the rows with --time row"),
    }
}

/// The step given, with the day of the month as the data has it.
fn fit_given(text: &str, inferred: Option<Frequency>, groups: &[Group<'_>]) -> Result<Frequency, DataError> {
    let frequency: Frequency = text.parse().map_err(|error| DataError::Usage {
        message: format!("--freq: {error}"),
        help: "leave --freq out to have it found out".to_owned(),
    })?;
    let first = groups.iter().flat_map(|group| group.times.first()).next();
    let fits = match (frequency, first) {
        (Frequency::Steps(_), Some(Time::Date(_))) => Err(("whole numbers", "dates")),
        (Frequency::Steps(_), _) => Ok(frequency),
        (_, Some(Time::Index(_))) => Err(("dates", "whole numbers")),
        (Frequency::Months { count, .. }, _) => Ok(match inferred {
            Some(Frequency::Months { day, .. }) => Frequency::Months { count, day },
            _ => frequency,
        }),
        _ => Ok(frequency),
    };
    fits.map_err(|(wants, has)| DataError::Usage {
        message: format!("--freq {text} steps over {wants}, and the times here are {has}"),
        help: match frequency.default_season() {
            1 => "leave --freq out".to_owned(),
            season => format!("leave --freq out; --season {season} sets the season alone"),
        },
    })
}
