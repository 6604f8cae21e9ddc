//! One row a time: rows that share a time are combined, dropped or refused.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use super::Halt;
use super::clock_change::goes_back;
use super::group::{Group, Rows, series_prefix};
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::frequency::Frequency;
use crate::options::{Combine, ReadOptions};
use crate::time::Time;

/// Makes each group have one row a time, as the options say.
pub(super) fn settle(groups: &mut [Group<'_>], rows: &mut Rows<'_>, options: &ReadOptions, findings: &mut Findings) -> Result<(), Halt> {
    let way = match (options.aggregate, options.freq.as_deref()) {
        (Some(way), Some(freq)) => {
            aggregate(groups, freq, rows, findings)?;
            Some(way)
        }
        (Some(_), None) => {
            return Err(Halt::Usage(DataError::Usage {
                message: "⦃aggregate⦄ needs the step that rows are combined to".to_owned(),
                help: "give it, such as ⦃freq⦄ D".to_owned(),
            }));
        }
        (None, _) => options.duplicates,
    };
    for group in groups {
        match way {
            Some(way) => {
                let combined = merge(group, rows, way, |_| true);
                if combined > 0 && options.aggregate.is_none() {
                    let message = format!("{}{combined} rows share their time with another: combined ({way})", series_prefix(group.id));
                    note(message, rows, group.rows.first().copied(), findings);
                }
            }
            None => {
                clock_going_back(group, rows, findings);
                drop_copies(group, rows, findings);
            }
        }
    }
    if let (Some(way), Some(freq)) = (options.aggregate, options.freq.as_deref()) {
        note(format!("rows are combined to one a step of {freq} ({way})"), rows, None, findings);
    }
    Ok(())
}

fn note(message: String, rows: &Rows<'_>, row: Option<usize>, findings: &mut Findings) {
    let mut finding = Finding::note(FindingKind::Duplicate, message);
    finding.column = rows.time_name.map(str::to_owned);
    finding.line = row.map(|row| (rows.line)(row));
    findings.push(finding);
}

/// Puts each time to the start of its step.
fn aggregate(groups: &mut [Group<'_>], freq: &str, rows: &Rows<'_>, findings: &mut Findings) -> Result<(), Halt> {
    let usage = |message: String| Halt::Usage(DataError::Usage { message, help: "give a step such as h, D, W or M".to_owned() });
    let frequency: Frequency = freq.parse().map_err(|error| usage(format!("⦃freq⦄: {error}")))?;
    for group in groups {
        for time in &mut group.times {
            *time = frequency
                .start_of_step(time)
                .ok_or_else(|| usage(format!("⦃freq⦄ {freq} with ⦃aggregate⦄: these times cannot be put into such steps")))?;
        }
        // The step that the file ends in may have further rows to come.
        if let (Some(first), Some(last)) = (group.times.first().copied(), group.times.last().copied())
            && first != last
        {
            let count = |at: Time| group.times.iter().filter(|time| **time == at).count();
            let mut steps = group.times.clone();
            steps.dedup();
            let typical = group.times.len() / steps.len().max(1);
            if typical > 1 && count(last) * 2 < typical {
                let message = format!(
                    "{}the last step, {}, holds {} of some {typical} rows: it may be incomplete",
                    series_prefix(group.id),
                    rows.format.format(&last),
                    count(last)
                );
                let mut finding = Finding::warning(FindingKind::Duplicate, message);
                finding.line = group.rows.last().map(|row| (rows.line)(*row));
                findings.push(finding);
            }
        }
    }
    Ok(())
}

/// Combines the rows of each time for which `which` holds; gives how many rows went into others.
fn merge(group: &mut Group<'_>, rows: &mut Rows<'_>, way: Combine, which: impl Fn(&Time) -> bool) -> usize {
    let mut start = 0;
    let (mut kept_rows, mut kept_times) = (Vec::new(), Vec::new());
    while start < group.times.len() {
        let time = group.times[start];
        let end = start + group.times[start..].iter().take_while(|other| **other == time).count();
        if which(&time) {
            rows.combine(&group.rows[start..end], way);
            kept_rows.push(group.rows[start]);
            kept_times.push(time);
        } else {
            kept_rows.extend_from_slice(&group.rows[start..end]);
            kept_times.extend_from_slice(&group.times[start..end]);
        }
        start = end;
    }
    let combined = group.rows.len() - kept_rows.len();
    (group.rows, group.times) = (kept_rows, kept_times);
    combined
}

/// The hour that stands twice on the day clocks go back becomes the mean of both.
fn clock_going_back(group: &mut Group<'_>, rows: &mut Rows<'_>, findings: &mut Findings) {
    let mut days: BTreeMap<Date, Vec<DateTime>> = BTreeMap::new();
    for pair in group.times.windows(2).filter(|pair| pair[0] == pair[1]) {
        let Time::Date(at) = pair[0] else { return };
        days.entry(at.date()).or_default().push(at);
    }
    let within_an_hour = |times: &[DateTime]| match times {
        [first, .., last] => last.saturating_sub(1.hour()) < *first && times.windows(2).all(|pair| pair[0] != pair[1]),
        _ => true,
    };
    days.retain(|_, times| times.iter().all(|at| goes_back(*at)) && within_an_hour(times));
    if days.is_empty() {
        return;
    }
    let first = days.values().flatten().next().copied();
    let combined = merge(group, rows, Combine::Mean, |time| matches!(time, Time::Date(at) if days.contains_key(&at.date())));
    let at = first.map(|at| rows.format.format(&Time::Date(at))).unwrap_or_default();
    let message = format!(
        "{}{at} stands twice, as clocks go back that day: the mean of both is taken ({combined} row{} in all)",
        series_prefix(group.id),
        if combined == 1 { "" } else { "s" }
    );
    let row = group.times.iter().position(|time| first.map(Time::Date) == Some(*time)).map(|i| group.rows[i]);
    let mut finding = Finding::note(FindingKind::Duplicate, message).help("⦃duplicates⦄ first, last or sum takes another");
    finding.column = rows.time_name.map(str::to_owned);
    finding.line = row.map(|row| (rows.line)(row));
    findings.push(finding);
}

/// Keeps the first row of each time. A copy of it in every channel is a warning, else an error.
fn drop_copies(group: &mut Group<'_>, rows: &Rows<'_>, findings: &mut Findings) {
    let mut kept = 0;
    for i in 1..group.times.len() {
        if group.times[i] != group.times[kept] {
            kept += 1;
            group.times[kept] = group.times[i];
            group.rows[kept] = group.rows[i];
            continue;
        }
        let (first, second) = (group.rows[kept], group.rows[i]);
        let same = rows.same_values(first, second);
        let severity = if same { Severity::Warning } else { Severity::Error };
        findings.add(severity, FindingKind::Duplicate, rows.time_name, || duplicate(group, rows, kept, second, same));
    }
    let length = group.times.len().min(kept + 1);
    group.times.truncate(length);
    group.rows.truncate(length);
}

fn duplicate(group: &Group<'_>, rows: &Rows<'_>, kept: usize, second: usize, same: bool) -> Finding {
    let message = format!(
        "{}{} stands on line {} already{}",
        series_prefix(group.id),
        rows.format.format(&group.times[kept]),
        (rows.line)(group.rows[kept]),
        if same { " with the same values: dropped" } else { ", with other values" },
    );
    let severity = if same { Severity::Warning } else { Severity::Error };
    let mut finding = Finding::new(severity, FindingKind::Duplicate, message).line((rows.line)(second));
    finding.column = rows.time_name.map(str::to_owned);
    let dated = matches!(group.times[kept], Time::Date(_));
    let of_a_day = if dated { ", ⦃freq⦄ D ⦃aggregate⦄ sum those of a day" } else { "" };
    let combine = format!("⦃duplicates⦄ sum (or mean, first, last) combines such rows{of_a_day}");
    match (same, (rows.find_id)()) {
        (true, _) => finding,
        (false, Some(name)) if group.id.is_empty() => {
            finding.help(format!("if \"{name}\" tells several series apart: ⦃id⦄ {name}; else {combine}"))
        }
        _ => finding.help(format!("delete one of the rows; {combine}; ⦃time⦄ row takes the rows as they come")),
    }
}
