//! Spans of time, of which the start is the time of a row: `2024-01-01 - 2024-01-07`.

use super::detect::{Kind, kind_of};

/// What stands between start and end.
const JOINTS: [&str; 10] = [" - ", " – ", " — ", " ~ ", " to ", "~", "–", "..", "/", " / "];

/// The joint that all but a few of the cells have, where both sides are dates.
pub(super) fn joint_of(cells: &[&str]) -> Option<&'static str> {
    /// Share of the cells that are spans.
    const MOST: f64 = 0.9;
    JOINTS.into_iter().find(|joint| {
        let halves: Vec<(&str, &str)> = cells.iter().filter_map(|cell| split(cell, joint)).collect();
        let dates = |up_to_half: fn(&(&'_ str, &'_ str)) -> bool| halves.iter().all(up_to_half);
        !halves.is_empty()
            && halves.len() as f64 >= MOST * cells.len() as f64
            && dates(|(start, _)| is_date(start))
            && dates(|(_, end)| is_date(end))
    })
}

fn is_date(text: &str) -> bool {
    kind_of("", std::iter::once(text)) == Kind::Date
}

/// Start and end of a span.
pub(super) fn split<'a>(cell: &'a str, joint: &str) -> Option<(&'a str, &'a str)> {
    let (start, end) = cell.split_once(joint)?;
    let (start, end) = (start.trim(), end.trim());
    (!start.is_empty() && !end.is_empty()).then_some((start, end))
}
