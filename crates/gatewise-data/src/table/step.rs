//! The frequency of a table: given, or inferred.

use super::Halt;
use super::group::{Group, Rows};
use super::snap::{Snapped, is_on_grid, snap};
use crate::choice::Choice;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Findings};
use crate::frequency::{Frequency, infer};
use crate::time::{Time, TimeFormat};

/// The step given by `--freq`, else the one most rows have.
///
/// Times that waver around the step are put onto it.
pub(super) fn settle(
    groups: &mut [Group<'_>],
    rows: &Rows<'_>,
    given: Option<&str>,
    guesses: &mut Vec<Choice>,
    findings: &mut Findings,
) -> Result<Frequency, Halt> {
    let times: Vec<&[Time]> = groups.iter().map(|group| group.times.as_slice()).collect();
    let inferred = infer(&times);
    let mut frequency = match given {
        Some(text) => fit_given(text, inferred, groups).map_err(Halt::Usage)?,
        None => inferred.ok_or_else(|| Halt::Invalid(no_step(groups)))?,
    };
    let step = match frequency {
        Frequency::Clock(nanos) => i128::from(nanos),
        Frequency::Days(days) => 86_400_000_000_000 * i128::from(days),
        _ => 0,
    };
    if step > 0
        && !is_on_grid(groups, frequency)
        && let Some(snapped) = snap(groups, if given.is_some() { step } else { 0 })
    {
        findings.push(note_snapped(&snapped, rows));
        frequency = snapped.frequency;
        snapped.into_groups(groups);
    }
    if *rows.format != TimeFormat::Row && given.is_none() {
        guesses.push(Choice { what: "frequency".to_owned(), value: frequency.to_string(), flag: "⦃freq⦄".to_owned() });
    }
    Ok(frequency)
}

fn note_snapped(snapped: &Snapped, rows: &Rows<'_>) -> Finding {
    let off = snapped.off as f64;
    let off = match snapped.off {
        0..1_000_000 => format!("{off} ns"),
        1_000_000..1_000_000_000 => format!("{:.3} ms", off / 1e6),
        _ => format!("{:.3} s", off / 1e9),
    };
    let message = format!("{} times lie up to {off} off a regular step ({}): they are put onto it", snapped.moved, snapped.frequency);
    let mut finding = Finding::note(FindingKind::Snapped, message).help("⦃freq⦄ sets another step, ⦃time⦄ row takes the rows as they come");
    finding.column = rows.time_name.map(str::to_owned);
    finding
}

fn no_step(groups: &[Group<'_>]) -> Finding {
    let longest = groups.iter().map(|group| group.times.len()).max().unwrap_or(0);
    match longest {
        0 => Finding::error(FindingKind::NoRows, "no row has a time")
            .help("name another time column with ⦃time⦄, or count the rows with ⦃time⦄ row"),
        1 => Finding::error(FindingKind::TooShort, "one row a series: the time from row to row cannot be told from it")
            .help("add rows; if the rows are one series, check ⦃id⦄"),
        _ => Finding::error(FindingKind::Irregular, "the times are too far apart for any step")
            .help("give the step, as ⦃freq⦄ D ⦃aggregate⦄ sum (or mean, last) does, or count the rows with ⦃time⦄ row"),
    }
}

/// The step given, with the day of the month as the data has it.
fn fit_given(text: &str, inferred: Option<Frequency>, groups: &[Group<'_>]) -> Result<Frequency, DataError> {
    let frequency: Frequency = text.parse().map_err(|error| DataError::Usage {
        message: format!("⦃freq⦄: {error}"),
        help: "leave ⦃freq⦄ out to have it found out".to_owned(),
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
        message: format!("⦃freq⦄ {text} steps over {wants}, and the times here are {has}"),
        help: match frequency.default_season() {
            1 => "leave ⦃freq⦄ out".to_owned(),
            season => format!("leave ⦃freq⦄ out; ⦃season⦄ {season} sets the season alone"),
        },
    })
}
