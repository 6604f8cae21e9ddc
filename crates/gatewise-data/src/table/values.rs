//! Reads the channels of a table as numbers.

use std::collections::HashSet;

use super::column::{Column, Content, content};
use super::forms::{Form, Hint, Reading};
use super::number::Cell;
use crate::finding::{Finding, FindingKind, Findings, Severity};
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
    values
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
        let severity = if impute == Impute::Refuse || text || bad.holds { Severity::Error } else { Severity::Warning };
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
            finding.help(format!("write it as the other cells of \"{}\" are written; --na \"{cell}\" would lose its value", column.name))
        } else if severity == Severity::Error {
            finding.help(format!("--na \"{cell}\", or --impute linear"))
        } else {
            finding.help("it is filled in as a missing value")
        }
    });
}
