//! Reads the channels of a table as numbers.

use std::collections::HashSet;

use super::column::{Column, Content, content};
use super::grid::Grid;
use super::number::{Cell, CommaEvidence, comma_evidence};
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::options::Impute;

/// The cells of the channels: (rows, channels), row-major, NaN where there is no number.
pub(super) struct Values {
    pub cells: Vec<f64>,
    /// Cells that are NaN and have been reported, as opposed to missing ones.
    pub reported: HashSet<usize>,
}

/// Reads the columns. A cell that is no number is an error, or, where values are to be imputed, a
/// warning and one of them.
pub(super) fn read(columns: &[Column<'_>], impute: Impute, findings: &mut Findings) -> Values {
    let rows = columns.first().map_or(0, Column::rows);
    let width = columns.len();
    let mut values = Values { cells: vec![f64::NAN; rows * width], reported: HashSet::new() };
    for (channel, column) in columns.iter().enumerate() {
        // Whether the column is text as a whole is asked at its first cell that is no number: most columns have none.
        let mut text = None;
        for row in 0..rows {
            let index = row * width + channel;
            match column.read(row) {
                Cell::Number(number) => values.cells[index] = number,
                Cell::Missing => {}
                bad => {
                    let text = *text.get_or_insert_with(|| {
                        let text = content(*column) == Content::Text;
                        if text {
                            report_text(column, findings);
                        }
                        text
                    });
                    let severity = if impute == Impute::Refuse || text { Severity::Error } else { Severity::Warning };
                    if severity == Severity::Error {
                        values.reported.insert(index);
                    }
                    if !text {
                        report(column, row, bad, severity, findings);
                    }
                }
            }
        }
    }
    values
}

/// One finding for a column that was asked for and holds text throughout.
fn report_text(column: &Column<'_>, findings: &mut Findings) {
    let first = column.present().find(|(row, _)| column.read(*row) == Cell::Text);
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

fn report(column: &Column<'_>, row: usize, bad: Cell, severity: Severity, findings: &mut Findings) {
    let cell = column.cell(row);
    let (kind, what) = match bad {
        Cell::Infinite => (FindingKind::NotFinite, "is not a finite number"),
        _ => (FindingKind::NotANumber, "is not a number"),
    };
    findings.add(severity, kind, Some(column.name), || {
        let finding = Finding::new(severity, kind, format!("\"{cell}\" {what}")).column(column.name).line(column.line(row));
        if severity == Severity::Error {
            finding.help(format!("--na \"{cell}\", or --impute linear"))
        } else {
            finding.help("it is filled in as a missing value")
        }
    });
}

/// Rows of each column looked at for decimal commas.
const DECIMAL_SAMPLE: usize = 1_000;

/// True where the comma is the decimal mark, as found over the whole table.
pub(super) fn has_decimal_comma(grid: &Grid, delimiter: u8, findings: &mut Findings) -> bool {
    let (mut decimal, mut thousands, mut either) = (0_usize, 0_usize, None);
    let stride = grid.rows().div_ceil(DECIMAL_SAMPLE).max(1);
    for row in (0..grid.rows()).step_by(stride) {
        for column in 0..grid.width() {
            match comma_evidence(grid.cell(row, column)) {
                CommaEvidence::Decimal => decimal += 1,
                CommaEvidence::Thousands => thousands += 1,
                CommaEvidence::Either => either = either.or(Some(row)),
                CommaEvidence::Silent => {}
            }
        }
    }
    // Where commas part the fields, a number with a decimal comma would have to be quoted.
    let decimal_comma = if decimal == thousands { either.is_some() && delimiter != b',' } else { decimal > thousands };
    let kind = FindingKind::NumberFormat;
    if decimal_comma {
        findings.push(Finding::note(kind, "the comma is read as the decimal mark"));
    } else if thousands > 0 || either.is_some() {
        let note = Finding::note(kind, "commas in numbers are read as marks between thousands");
        findings.push(match either {
            Some(row) => note.line(grid.line(row)),
            None => note,
        });
    }
    decimal_comma
}
