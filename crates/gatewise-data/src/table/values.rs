//! Reads the channels of a table as numbers.

use std::collections::HashSet;

use super::forms::{Form, Hint, Reading};
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::grid::Cell;
use crate::grid::{Column, Content, content};
use crate::options::Impute;

/// The cells of the channels: (rows, channels), row-major, NaN where there is no number.
pub(super) struct Values {
    pub cells: Vec<f64>,
    /// Cells that are NaN and have been reported, as opposed to missing ones.
    pub reported: HashSet<usize>,
}

/// Rows read of one column after the other, while their text is near.
const BLOCK_ROWS: usize = 256;

/// Reads the columns. A cell that is no number is an error, or, where values are to be imputed and none is there, a warning and one of them.
pub(super) fn read(columns: &[Column<'_>], hint: Hint, impute: Impute, findings: &mut Findings) -> Values {
    let rows = columns.first().map_or(0, Column::rows);
    let width = columns.len();
    let mut values = Values { cells: vec![f64::NAN; rows * width], reported: HashSet::new() };
    let mut odd = vec![false; width];
    let points_are_open = hint.doubts_points();
    for start in (0..rows).step_by(BLOCK_ROWS) {
        for (channel, column) in columns.iter().enumerate().filter(|(channel, _)| !odd[*channel]).collect::<Vec<_>>() {
            for row in start..rows.min(start + BLOCK_ROWS) {
                let cell = column.cell(row);
                match column.style().read_plain(cell) {
                    Some(Cell::Number(_)) if points_are_open && cell.contains('.') => odd[channel] = true,
                    Some(Cell::Number(number)) => values.cells[row * width + channel] = number,
                    Some(_) => {}
                    None => odd[channel] = true,
                }
            }
        }
    }
    let mut forms = Forms::default();
    for (channel, column) in columns.iter().enumerate().filter(|(channel, _)| odd[*channel]) {
        read_odd(column, channel, width, hint, impute, &mut values, &mut forms, findings);
    }
    forms.report(findings);
    let mut spreads = vec![Spread::default(); width];
    for row in values.cells.chunks_exact(width.max(1)) {
        spreads.iter_mut().zip(row).for_each(|(spread, cell)| spread.add(*cell));
    }
    for ((channel, column), spread) in columns.iter().enumerate().zip(spreads) {
        let cells = || values.cells.iter().skip(channel).step_by(width).copied();
        if let Some((value, count)) = stand_in(spread, cells) {
            let row = cells().position(|cell| cell == value).unwrap_or(0);
            let message = format!("{value} stands {count} times, far from every other value: does it mean that a value is missing?");
            let finding = Finding::warning(FindingKind::Missing, message).column(column.name).line(column.line(row));
            findings.push(finding.help(format!("⦃na⦄={value} takes it as missing")));
        }
    }
    values
}

/// The least and the greatest of some values, and how many there are; NaN is none.
#[derive(Clone, Copy)]
struct Spread {
    least: f64,
    most: f64,
    count: usize,
}

impl Default for Spread {
    fn default() -> Self {
        Spread { least: f64::INFINITY, most: f64::NEG_INFINITY, count: 0 }
    }
}

impl Spread {
    fn add(&mut self, value: f64) {
        // Comparisons with NaN are false.
        if value < self.least {
            self.least = value;
        }
        if value > self.most {
            self.most = value;
        }
        self.count += usize::from(!value.is_nan());
    }
}

/// A whole number such as -200 or 9999 that programs write where they have no value, and how often it stands: it comes again and lies farther from the
/// rest than they lie from each other.
fn stand_in<I: Iterator<Item = f64>>(spread: Spread, cells: impl Fn() -> I) -> Option<(f64, usize)> {
    let known = || cells().filter(|cell| !cell.is_nan());
    let Spread { least, most, count: all } = spread;
    [least, most].into_iter().find_map(|value| {
        let nines = value.abs() >= 99.0 && value.abs().to_string().bytes().all(|digit| digit == b'9');
        if !(value.fract() == 0.0 && value.abs() >= 9.0) {
            return None;
        }
        let count = known().filter(|cell| *cell == value).count();
        let others = || known().filter(|cell| *cell != value);
        let (low, high) = others().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), cell| (low.min(cell), high.max(cell)));
        let gap = if value == least { low - value } else { value - high };
        (count >= if nines { 1 } else { 3 } && 2 * count < all && high > low && gap > high - low).then_some((value, count))
    })
}

/// Which columns have the comma as what.
#[derive(Default)]
struct Forms {
    comma: Option<u64>,
    thousands: Option<u64>,
}

impl Forms {
    fn report(&self, findings: &mut Findings) {
        let kind = FindingKind::NumberFormat;
        if self.comma.is_some() {
            findings.push(Finding::note(kind, "the comma is read as the decimal mark"));
        }
        if let Some(line) = self.thousands {
            findings.push(Finding::note(kind, "commas in numbers are read as marks between thousands").line(line));
        }
    }
}

/// Reads a column whose cells are not all plain numbers.
#[allow(clippy::too_many_arguments)] // What `read` has at hand; each is used once.
fn read_odd(
    column: &Column<'_>,
    channel: usize,
    width: usize,
    hint: Hint,
    impute: Impute,
    values: &mut Values,
    forms: &mut Forms,
    findings: &mut Findings,
) {
    let text = content(*column) == Content::Text;
    let form = Form::settle(column, hint);
    if text {
        report_text(column, findings);
    } else {
        form.report(column, findings);
        let with_comma = || column.present().find(|(_, cell)| cell.contains(',')).map(|(row, _)| column.line(row));
        if form.says_comma {
            forms.comma = forms.comma.or_else(with_comma);
        } else if form.says_thousands {
            forms.thousands = forms.thousands.or_else(with_comma);
        }
    }
    for row in 0..column.rows() {
        let index = row * width + channel;
        values.cells[index] = f64::NAN;
        let cell = column.cell(row);
        let bad = match form.read(cell) {
            Reading::Cell(Cell::Number(number)) => {
                values.cells[index] = number;
                continue;
            }
            Reading::Cell(Cell::Missing) => continue,
            Reading::Cell(Cell::Infinite) => Bad { what: "is not a finite number".to_owned(), kind: FindingKind::NotFinite, holds: false },
            Reading::Cell(_) => {
                let holds = cell.bytes().any(|b| b.is_ascii_digit());
                Bad { what: "is not a number".to_owned(), kind: FindingKind::NotANumber, holds }
            }
            Reading::OtherCurrency(known) => {
                Bad { what: format!("is not in the currency of the other cells ({known})"), kind: FindingKind::NotANumber, holds: true }
            }
            Reading::NoPercent => {
                let what = if cell.contains('%') {
                    "is a percentage, the other cells are not"
                } else {
                    "is no percentage, as the other cells are"
                };
                Bad { what: what.to_owned(), kind: FindingKind::NotANumber, holds: true }
            }
        };
        let severity = if impute.is_open() || text || bad.holds { Severity::Error } else { Severity::Warning };
        if severity == Severity::Error {
            values.reported.insert(index);
        }
        if !text {
            report(column, row, &bad, severity, findings);
        }
    }
}

/// Why a cell is not read.
struct Bad {
    what: String,
    kind: FindingKind,
    /// A value stands in it: nothing may be put in its place.
    holds: bool,
}

/// One finding for a column that was asked for and holds text throughout.
fn report_text(column: &Column<'_>, findings: &mut Findings) {
    let first = column.present().find(|(row, _)| !column.is_number(*row));
    if let Some((row, cell)) = first {
        let message = format!("\"{cell}\" is not a number, nor are most cells of the column");
        findings.push(
            Finding::error(FindingKind::NotANumber, message)
                .column(column.name)
                .line(column.line(row))
                .help("name a column of numbers, or write the text as numbers"),
        );
    }
}

fn report(column: &Column<'_>, row: usize, bad: &Bad, severity: Severity, findings: &mut Findings) {
    let cell = column.cell(row);
    findings.add(severity, bad.kind, Some(column.name), || {
        let message = format!("\"{cell}\" {}", bad.what);
        let finding = Finding::new(severity, bad.kind, message).column(column.name).line(column.line(row));
        if bad.holds {
            finding.help(format!("write it as the other cells of \"{}\" are written; ⦃na⦄ \"{cell}\" would lose its value", column.name))
        } else if severity == Severity::Error {
            finding.help(format!("⦃na⦄ \"{cell}\", or ⦃impute⦄ linear"))
        } else {
            finding.help("it is filled in as a missing value")
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{Spread, stand_in};

    #[test]
    fn numbers_that_mean_nothing_are_told_from_values() {
        let of = |cells: &[f64]| {
            let mut spread = Spread::default();
            cells.iter().for_each(|cell| spread.add(*cell));
            stand_in(spread, || cells.iter().copied())
        };
        assert_eq!(of(&[2.6, -200.0, 2.0, 2.2, -200.0, 1.6, -200.0, f64::NAN]), Some((-200.0, 3)));
        assert_eq!(of(&[12.5, 13.0, 9999.0, 14.0, 13.5]), Some((9999.0, 1)));
        assert_eq!(of(&[0.0, 100.0, 0.0, 101.0, 0.0, 102.0, 103.0]), None, "no sales are a value");
        assert_eq!(of(&[10.0, 12.0, 60.0, 11.0, 13.0, 60.0, 12.0]), None, "two peaks");
        assert_eq!(of(&[5.0; 8]), None);
        assert_eq!(of(&[f64::NAN; 3]), None);
    }
}
