//! The frequency of times that are already sorted and free of duplicates.

use std::collections::HashMap;

use jiff::civil::DateTime;

use super::learn::{learn, may_close};
use super::{Frequency, NANOS_PER_SECOND, at_business_day, is_business_edge, is_month_end, is_weekend, month_index};
use crate::time::{Time, nanos_apart};

const NANOS_PER_DAY: i128 = 86_400 * NANOS_PER_SECOND as i128;

/// The shortest month.
const MONTH_AT_LEAST: i128 = 28 * NANOS_PER_DAY;

/// A step that fits every distance is taken over the commonest one if this share of the rows has it.
const FITTING_SHARE: f64 = 0.1;

/// The step most rows have. Each item: the times of one series, rising strictly. `None` without
/// two times in a series, or where most distances differ from one another.
pub(crate) fn infer(series: &[&[Time]]) -> Option<Frequency> {
    let first = series.iter().flat_map(|times| times.first()).next()?;
    match first {
        Time::Index(_) => {
            let step = common_step(series, |a, b| match (a, b) {
                (Time::Index(a), Time::Index(b)) => Some(i128::from(*b) - i128::from(*a)),
                _ => None,
            })?;
            i64::try_from(step).ok().map(Frequency::Steps)
        }
        Time::Date(_) => months(series).or_else(|| business_months(series)).or_else(|| days_or_clock(series)),
    }
}

/// The commonest distance; a smaller one that all others are multiples of, where it is not rare.
fn common_step(series: &[&[Time]], distance: impl Fn(&Time, &Time) -> Option<i128>) -> Option<i128> {
    let mut counts: HashMap<i128, usize> = HashMap::new();
    let mut total = 0_usize;
    for times in series {
        // Runs of one distance are counted before the map is asked.
        let mut run = (0, 0);
        for pair in times.windows(2) {
            let step = distance(&pair[0], &pair[1])?;
            if step == run.0 {
                run.1 += 1;
            } else {
                *counts.entry(run.0).or_default() += run.1;
                run = (step, 1);
            }
        }
        *counts.entry(run.0).or_default() += run.1;
        total += times.len().saturating_sub(1);
    }
    counts.retain(|_, count| *count > 0);
    let (&common, _) = counts.iter().max_by_key(|(step, count)| (**count, std::cmp::Reverse(**step)))?;
    let (&least, &least_count) = counts.iter().min()?;
    let fits_all = |step: i128| counts.keys().all(|other| other % step == 0);
    let often = least_count as f64 >= FITTING_SHARE * total as f64;
    Some(if !fits_all(common) && fits_all(least) && often { least } else { common })
}

fn nanos_between(a: &Time, b: &Time) -> Option<i128> {
    match (a, b) {
        (Time::Date(a), Time::Date(b)) => Some(nanos_apart(*a, *b)),
        _ => None,
    }
}

fn dates<'a>(series: &'a [&[Time]]) -> impl Iterator<Item = DateTime> + 'a {
    series.iter().flat_map(|times| times.iter()).filter_map(|time| match time {
        Time::Date(at) => Some(*at),
        Time::Index(_) => None,
    })
}

/// Months apart, on the same day or on the last days that months have.
fn months(series: &[&[Time]]) -> Option<Frequency> {
    let long =
        |times: &&[Time]| times.windows(2).all(|pair| nanos_between(&pair[0], &pair[1]).is_some_and(|apart| apart >= MONTH_AT_LEAST));
    if !series.iter().all(long) {
        return None;
    }
    let clock = dates(series).next()?.time();
    let anchor = dates(series).map(|at| at.day()).max()?;
    let on_anchor = |at: DateTime| at.time() == clock && at.day() == anchor.min(at.days_in_month());
    let at_end = dates(series).all(is_month_end);
    if !at_end && !dates(series).all(on_anchor) {
        return None;
    }
    let count = common_step(series, |a, b| match (a, b) {
        (Time::Date(a), Time::Date(b)) => Some(i128::from(month_index(*b) - month_index(*a))),
        _ => None,
    })?;
    let day = match at_end {
        true => Some(31),
        false => (anchor > 28).then_some(anchor),
    };
    Some(Frequency::Months { count: i64::try_from(count).ok()?, day })
}

/// Months apart, on the last or the first days on which there was work: some fall on a holiday.
fn business_months(series: &[&[Time]]) -> Option<Frequency> {
    /// Share of the rows that lie on the weekday itself, and rows at least.
    const EXACT: f64 = 0.8;
    const LEAST: usize = 4;
    let last = [true, false].into_iter().find(|last| {
        let exact = || dates(series).filter(|at| *at == at_business_day(*at, *last)).count();
        dates(series).all(|at| is_business_edge(at, *last)) && exact() as f64 >= EXACT * dates(series).count() as f64
    })?;
    let months = |a: &Time, b: &Time| match (a, b) {
        (Time::Date(a), Time::Date(b)) => Some(i128::from(month_index(*b) - month_index(*a))),
        _ => None,
    };
    let apart = series.iter().all(|times| times.windows(2).all(|pair| months(&pair[0], &pair[1]).is_some_and(|apart| apart > 0)));
    (dates(series).count() >= LEAST && apart).then_some(())?;
    let count = common_step(series, months)?;
    Some(Frequency::BusinessMonths { count: i64::try_from(count).ok()?, last })
}

fn days_or_clock(series: &[&[Time]]) -> Option<Frequency> {
    let step = common_step(series, nanos_between)?;
    let learned = || {
        let ends = series.iter().filter_map(|times| Some((times.first()?, times.last()?)));
        let spans: Vec<i128> = ends.filter_map(|(first, last)| nanos_between(first, last)).collect();
        may_close(series.iter().map(|times| times.len()).sum(), &spans, step).then_some(())?;
        let civil: Vec<Vec<DateTime>> = series.iter().map(|times| dates(&[times]).collect()).collect();
        learn(&civil, step).map(Frequency::Sessions)
    };
    if step % NANOS_PER_DAY != 0 {
        return learned().or_else(|| i64::try_from(step).ok().map(Frequency::Clock));
    }
    let days = i64::try_from(step / NANOS_PER_DAY).ok()?;
    let weekend_skipped = || {
        series
            .iter()
            .flat_map(|times| times.windows(2))
            .any(|pair| nanos_between(&pair[0], &pair[1]).is_some_and(|apart| apart >= 3 * NANOS_PER_DAY))
    };
    if days == 1 && weekend_skipped() && !dates(series).any(is_weekend) {
        return Some(Frequency::BusinessDays);
    }
    Some(if days == 1 { learned() } else { None }.unwrap_or(Frequency::Days(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer_dates(texts: &[&str]) -> Option<String> {
        let times: Vec<Time> = texts.iter().map(|t| Time::Date(t.parse().unwrap())).collect();
        infer(&[&times]).map(|frequency| frequency.code())
    }

    #[test]
    fn dates_on_the_calendar_and_off_it() {
        for (times, code) in [
            (&["1949-01-01", "1949-02-01", "1949-03-01"][..], "M"),
            (&["2020-01-31", "2020-02-29", "2020-03-31"], "ME"),
            (&["2021-02-28", "2021-04-30", "2021-06-30"], "2ME"),
            (&["2020-01-30", "2020-02-29", "2020-03-30"], "M@30"),
            (&["2020-01-01", "2020-04-01", "2020-10-01", "2021-01-01"], "Q"),
            (&["2019-12-31", "2020-03-31", "2020-06-30"], "3ME"),
            (&["2019-01-01", "2020-01-01", "2021-01-01"], "Y"),
            (&["2020-01-06", "2020-01-13", "2020-01-20"], "W"),
            (&["2020-01-06", "2020-02-03", "2020-03-02"], "4W"),
            (&["2020-01-01", "2020-01-02", "2020-01-04"], "D"),
            (&["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"], "B"),
            (&["2020-01-01 00:00", "2020-01-01 00:15", "2020-01-01 00:30"], "15min"),
            (&["2024-03-31 00:00", "2024-03-31 01:00", "2024-03-31 02:00"], "h"),
            // Two in three rows are missing, yet the hour is the step.
            (&["2020-01-01 00:00", "2020-01-01 02:00", "2020-01-01 04:00", "2020-01-01 05:00"], "h"),
            (&["2015-02-27", "2015-03-31", "2015-04-30", "2015-05-29", "2015-06-30"], "BME"),
            // Good Friday of 2018 was the 30th of March.
            (&["2018-01-31", "2018-02-28", "2018-03-29", "2018-04-30", "2018-05-31", "2018-06-29"], "BME"),
            (&["2018-01-01", "2018-02-01", "2018-03-01", "2018-04-02", "2018-05-01"], "BMS"),
            (&["2020-01-01 00:00:00.000", "2020-01-01 00:00:00.010"], "10ms"),
        ] {
            assert_eq!(infer_dates(times).as_deref(), Some(code), "{times:?}");
        }
        assert_eq!(infer_dates(&["2020-01-01"]), None);
    }

    #[test]
    fn whole_numbers_over_many_series() {
        let index = |numbers: &[i64]| numbers.iter().map(|n| Time::Index(*n)).collect::<Vec<_>>();
        let (a, b) = (index(&[0, 10, 20]), index(&[5, 15, 35]));
        assert_eq!(infer(&[&a, &b]), Some(Frequency::Steps(10)));
        let far = index(&[i64::MIN, i64::MAX]);
        assert_eq!(infer(&[&far]), None);
    }
}
