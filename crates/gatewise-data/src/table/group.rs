//! Rows by series, in order of time, one row a time.

use std::collections::HashMap;

use super::column::Column;
use super::values::Values;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::time::{Time, TimeFormat};

/// One series before its gaps are known: rows of the table by rising time.
pub(super) struct Group<'a> {
    pub id: &'a str,
    pub rows: Vec<usize>,
    pub times: Vec<Time>,
}

/// What grouping needs to know of the table.
pub(super) struct Rows<'a> {
    pub times: &'a [Option<Time>],
    pub format: &'a TimeFormat,
    pub values: &'a Values,
    pub channels: usize,
    /// Line of each row of the file.
    pub line: &'a dyn Fn(usize) -> u64,
    /// Time column, for messages.
    pub time_name: Option<&'a str>,
    /// Looks for a column that tells rows of one time apart.
    pub find_id: &'a dyn Fn() -> Option<String>,
}

impl Rows<'_> {
    fn values(&self, row: usize) -> &[f64] {
        &self.values.cells[row * self.channels..][..self.channels]
    }

    fn same_values(&self, a: usize, b: usize) -> bool {
        let mut pairs = self.values(a).iter().zip(self.values(b));
        pairs.all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    }
}

/// `series "H1": ` in a long table, nothing in a wide one.
pub(super) fn series_prefix(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("series \"{id}\": ") }
}

/// Groups the rows that have a time by id, in the order the ids first appear.
pub(super) fn by_series<'a>(rows: &Rows<'_>, id: Option<Column<'a>>, findings: &mut Findings) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut index_of: HashMap<&'a str, usize> = HashMap::new();
    for (row, time) in rows.times.iter().enumerate() {
        let Some(time) = time else { continue };
        let key = match id {
            // Words that mean "missing" among numbers may be ids: NA is Namibia.
            Some(column) if column.cell(row).is_empty() => {
                let kind = FindingKind::Missing;
                findings.add(Severity::Error, kind, Some(column.name), || {
                    Finding::error(kind, "the id of the series is missing")
                        .column(column.name)
                        .line(column.line(row))
                        .help("fill in the cell or delete the row")
                });
                continue;
            }
            Some(column) => column.cell(row),
            None => "",
        };
        // Rows of a series mostly stand together.
        let last = groups.len().wrapping_sub(1);
        let index = match groups.last() {
            Some(group) if group.id == key => last,
            _ => *index_of.entry(key).or_insert_with(|| {
                groups.push(Group { id: key, rows: Vec::new(), times: Vec::new() });
                groups.len() - 1
            }),
        };
        groups[index].rows.push(row);
        groups[index].times.push(*time);
    }
    for group in &mut groups {
        sort(group, rows, findings);
        drop_duplicates(group, rows, findings);
    }
    groups
}

fn sort(group: &mut Group<'_>, rows: &Rows<'_>, findings: &mut Findings) {
    let Some(at) = (1..group.times.len()).find(|i| group.times[*i] < group.times[i - 1]) else {
        return;
    };
    findings.add(Severity::Warning, FindingKind::Unsorted, rows.time_name, || {
        let finding = Finding::warning(
            FindingKind::Unsorted,
            format!(
                "{}{} comes after {}: rows are put in order of time",
                series_prefix(group.id),
                rows.format.format(&group.times[at]),
                rows.format.format(&group.times[at - 1]),
            ),
        )
        .line((rows.line)(group.rows[at]));
        match rows.time_name {
            Some(name) => finding.column(name),
            None => finding,
        }
    });
    let mut order: Vec<usize> = (0..group.times.len()).collect();
    order.sort_by_key(|i| group.times[*i]);
    group.rows = order.iter().map(|i| group.rows[*i]).collect();
    group.times = order.iter().map(|i| group.times[*i]).collect();
}

/// Keeps the first row of each time. A copy of it in every channel is a warning, else an error.
fn drop_duplicates(group: &mut Group<'_>, rows: &Rows<'_>, findings: &mut Findings) {
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
    match (same, (rows.find_id)()) {
        (true, _) => finding,
        (false, Some(name)) if group.id.is_empty() => finding.help(format!("if \"{name}\" tells several series apart: --id {name}")),
        _ => finding.help("delete one of the rows, or take the rows as they come: --time row"),
    }
}
