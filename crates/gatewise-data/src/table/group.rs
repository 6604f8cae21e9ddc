//! Rows by series, in order of time.

use super::clock_change::goes_back;
use super::numbering::Numbering;
use super::values::Values;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::grid::Column;
use crate::options::Combine;
use crate::time::{Time, TimeFormat};

/// One series before its gaps are known: rows of the table by rising time.
pub(super) struct Group<'a> {
    pub id: &'a str,
    pub rows: Vec<usize>,
    pub times: Vec<Time>,
}

impl Group<'_> {
    /// The group of all rows of a table without ids, where their times rise from row to row; its `rows` are left empty, as none is out of place.
    /// It takes the place of the times.
    pub fn whole(times: &mut Vec<Option<Time>>) -> Option<Self> {
        let rise = times.first()?.is_some() && times.is_sorted_by(|a, b| a < b);
        // `None` lies before every time.
        // Taken one by one, the times stay in the memory they are in, which a flattened list does not.
        rise.then(|| Group { id: "", rows: Vec::new(), times: std::mem::take(times).into_iter().map_while(|time| time).collect() })
    }

    /// Lists the rows, in a group of all of them.
    pub fn list_rows(&mut self) {
        self.rows = (0..self.times.len()).collect();
    }
}

/// What grouping needs to know of the table.
pub(super) struct Rows<'a> {
    pub times: &'a [Option<Time>],
    pub format: &'a TimeFormat,
    pub values: Values,
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

    /// Puts the rows' values, combined, into the first of them. Missing ones do not count, unless all are.
    pub fn combine(&mut self, rows: &[usize], way: Combine) {
        let [first, _, ..] = *rows else { return };
        for channel in 0..self.channels {
            let present = rows.iter().map(|row| self.values.cells[row * self.channels + channel]).filter(|value| !value.is_nan());
            let present: Vec<f64> = present.collect();
            let sum: f64 = present.iter().sum();
            let value = match (way, &present[..]) {
                (_, []) => f64::NAN,
                (Combine::First, [first, ..]) => *first,
                (Combine::Last, [.., last]) => *last,
                (Combine::Mean, values) => sum / values.len() as f64,
                (Combine::Sum, _) => sum,
            };
            self.values.cells[first * self.channels + channel] = value;
        }
    }

    pub fn same_values(&self, a: usize, b: usize) -> bool {
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
    let mut ids: Numbering<&'a str> = Numbering::new();
    // Row, number of its id, time.
    let mut found: Vec<(usize, u32, Time)> = Vec::with_capacity(rows.times.len());
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
        found.push((row, ids.number(key), *time));
    }
    let mut lengths = vec![0; ids.len()];
    found.iter().for_each(|(_, id, _)| lengths[*id as usize] += 1);
    let group = |(id, length): (&&'a str, usize)| Group { id, rows: Vec::with_capacity(length), times: Vec::with_capacity(length) };
    let mut groups: Vec<Group<'a>> = ids.values().iter().zip(lengths).map(group).collect();
    for (row, id, time) in found {
        let group = &mut groups[id as usize];
        group.rows.push(row);
        group.times.push(time);
    }
    for group in &mut groups {
        sort(group, rows, findings);
    }
    groups
}

fn sort(group: &mut Group<'_>, rows: &Rows<'_>, findings: &mut Findings) {
    let steps_back = |i: &usize| group.times[*i] < group.times[i - 1];
    let Some(at) = (1..group.times.len()).find(steps_back) else {
        return;
    };
    // An hour that stands twice steps back by less than that hour.
    let clock_goes_back = |i: usize| match (group.times[i - 1], group.times[i]) {
        (Time::Date(before), Time::Date(at)) => goes_back(at) && before.duration_since(at) < jiff::SignedDuration::from_hours(1),
        _ => false,
    };
    if (1..group.times.len()).filter(steps_back).all(clock_goes_back) {
        put_in_order(group);
        return;
    }
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
    put_in_order(group);
}

fn put_in_order(group: &mut Group<'_>) {
    let mut order: Vec<usize> = (0..group.times.len()).collect();
    order.sort_by_key(|i| group.times[*i]);
    group.rows = order.iter().map(|i| group.rows[*i]).collect();
    group.times = order.iter().map(|i| group.times[*i]).collect();
}
