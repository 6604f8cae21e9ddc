//! A user's own events: a name, and the days from one to another.

use std::path::Path;

use jiff::civil::Date;

use crate::bytes;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind};
use crate::options::Event;
use crate::table::text_of;

/// Days of an event at most.
const MOST_DAYS: i32 = 3_660;

/// Reads events from a table with the columns `name`, `from` and, where an event takes several days, `to`; days as 2026-12-24.
///
/// # Errors
/// A file that cannot be read, one without these columns, and days that are none, with their line.
pub fn read_events(path: &Path) -> Result<Vec<Event>, DataError> {
    let name = bytes::name(path);
    let text = text_of(&name, bytes::read(path)?)?;
    let invalid = |finding: Finding| DataError::Invalid { path: name.clone(), finding: Box::new(finding), more: 0 };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| invalid(Finding::error(FindingKind::NotText, error.to_string())))?.clone();
    let column = |wanted: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(wanted));
    let (Some(called), Some(from)) = (column("name"), column("from")) else {
        let found = header.iter().collect::<Vec<_>>().join(", ");
        let finding = Finding::error(FindingKind::NoHeader, format!("events have the columns name, from and to; here are {found}")).line(1);
        return Err(invalid(finding.help("write: name,from,to")));
    };
    let to = column("to");
    let mut events = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| invalid(Finding::error(FindingKind::Ragged, error.to_string())))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let day = |column: usize| -> Result<Date, DataError> {
            cell(column).parse().map_err(|_| {
                let finding = Finding::error(FindingKind::NotATime, format!("\"{}\" is no day", cell(column))).column(&header[column]);
                invalid(finding.line(line).help("write days as 2026-12-24"))
            })
        };
        let first = day(from)?;
        let last = match to.filter(|to| !cell(*to).is_empty()) {
            Some(to) => day(to)?,
            None => first,
        };
        let length = (last - first).get_days();
        if cell(called).is_empty() || !(0..MOST_DAYS).contains(&length) {
            let what = match cell(called).is_empty() {
                true => "the event has no name".to_owned(),
                false if length < 0 => format!("the event ends on {last}, before it begins on {first}"),
                false => format!("the event takes {length} days; it may take {MOST_DAYS}"),
            };
            return Err(invalid(Finding::error(FindingKind::NotATime, what).line(line).help("write: name,from,to")));
        }
        events.push(Event { name: cell(called).to_owned(), from: first, to: last });
    }
    Ok(events)
}
