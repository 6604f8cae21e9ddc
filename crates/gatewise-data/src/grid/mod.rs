//! The cells of a table, with the line each row starts on.

mod cells;
mod column;
mod melt;
mod number;
mod write;
mod written;

use cells::Cells;
pub(crate) use column::{Column, Content, JOINT, Joined, content, counts_rows};
pub(crate) use melt::Melt;
pub(crate) use number::{Cell, CommaEvidence, NumberStyle, comma_evidence};
pub use write::write_cell;
pub(crate) use written::{Marks, grouped, parts_thousands, written};

use crate::finding::{Finding, FindingKind, Findings, Severity};

/// Which rows of the file are in the grid.
enum Rows {
    /// All of one width, but for some at the start and the end that are left out.
    Even { skip: usize, count: usize },
    /// First cell and number of each row in the file.
    Listed(Vec<(usize, usize)>),
}

/// Rows of cells, trimmed of white space around them; every row has at least `width` cells once the width is settled.
pub(crate) struct Grid {
    cells: Cells,
    rows: Rows,
    /// Width of every row of the file, where it is one.
    even_width: usize,
    /// Rows of the file and lines: a row behind the last entry is as many lines further down.
    lines: Vec<(usize, u64)>,
    /// Rows of the file with a blank line before them.
    blanks: Vec<usize>,
    /// Width of rows that have another than `even_width`, while the frame is looked for.
    widths: Vec<usize>,
    width: usize,
    /// A series a row, taken as a row a time and series.
    melt: Option<Melt>,
}

impl Grid {
    /// Splits the text, whose first line has the number `line`. Rows may still have any width.
    pub fn parse(text: String, delimiter: u8, line: u64) -> Self {
        let (mut lines, mut blanks, mut widths): (Vec<(usize, u64)>, _, Vec<usize>) = (Vec::new(), Vec::new(), Vec::new());
        let (mut count, mut even_width) = (0, 0);
        let mut listed: Option<Vec<(usize, usize)>> = None;
        let cells = Cells::split(text, delimiter, line, |row| {
            if lines.last().is_none_or(|(first, line)| line + (count - first) as u64 != row.line) {
                lines.push((count, row.line));
            }
            if row.blank_before {
                blanks.push(count);
            }
            if count == 0 {
                even_width = row.width;
            }
            if row.width != even_width && listed.is_none() {
                listed = Some((0..count).map(|row| (row * even_width, row)).collect());
                widths = vec![even_width; count];
            }
            if let Some(listed) = &mut listed {
                listed.push((row.first, count));
                widths.push(row.width);
            }
            count += 1;
        });
        let rows = listed.map_or(Rows::Even { skip: 0, count }, Rows::Listed);
        Grid { cells, rows, even_width, lines, blanks, widths, width: even_width, melt: None }
    }

    /// First cell and number in the file of a row.
    fn place(&self, row: usize) -> (usize, usize) {
        match &self.rows {
            Rows::Even { skip, .. } => ((row + skip) * self.even_width, row + skip),
            Rows::Listed(rows) => rows[row],
        }
    }

    fn rows_in_file(&self) -> usize {
        match &self.rows {
            Rows::Even { count, .. } => *count,
            Rows::Listed(rows) => rows.len(),
        }
    }

    /// Cells that a row has in the file.
    pub fn width_of(&self, row: usize) -> usize {
        self.widths.get(self.place(row).1).copied().unwrap_or(self.even_width)
    }

    /// A cell of a row that may be too short for it.
    pub fn cell_if(&self, row: usize, column: usize) -> &str {
        if column < self.width_of(row) { self.cells.get(self.place(row).0 + column) } else { "" }
    }

    /// The number of cells that most rows have.
    pub fn common_width(&self) -> usize {
        let mut counts = std::collections::HashMap::<usize, (usize, usize)>::new();
        for (row, width) in self.widths.iter().enumerate() {
            counts.entry(*width).or_insert((0, row)).0 += 1;
        }
        let common = counts.into_iter().max_by_key(|(_, (count, first))| (*count, usize::MAX - first));
        common.map_or(self.even_width, |(width, _)| width)
    }

    pub fn set_width(&mut self, width: usize) {
        self.width = width;
    }

    /// Leaves rows out at the start and the end.
    pub fn cut(&mut self, start: usize, end: usize) {
        match &mut self.rows {
            Rows::Even { skip, count } => {
                *skip += start;
                *count = end.saturating_sub(start);
            }
            Rows::Listed(rows) => {
                rows.truncate(end);
                rows.drain(..start.min(end));
            }
        }
    }

    /// Reports rows whose number of cells is not the common one, and leaves them out.
    pub fn drop_ragged(&mut self, findings: &mut Findings) {
        let Rows::Listed(rows) = &self.rows else { return };
        let fits = |row: usize| {
            let width = self.width_of(row);
            width >= self.width && (self.width..width).all(|column| self.cell_if(row, column).is_empty())
        };
        let kept: Vec<(usize, usize)> = (0..rows.len())
            .filter(|row| {
                let fits = fits(*row);
                if !fits {
                    findings.add(Severity::Error, FindingKind::Ragged, None, || self.ragged(*row));
                }
                fits
            })
            .map(|row| rows[row])
            .collect();
        self.rows = Rows::Listed(kept);
    }

    fn ragged(&self, row: usize) -> Finding {
        let width = self.width_of(row);
        let fields = if width == 1 { "field" } else { "fields" };
        let message = format!("{width} {fields} where the other rows have {}", self.width);
        let finding = Finding::error(FindingKind::Ragged, message).line(self.line(row));
        if (0..width).any(|column| self.cell_if(row, column).contains('\n')) {
            finding.help("a quote is opened in this row and closed on a later line, or never")
        } else if row == 0 && width + 1 == self.width {
            finding.help("give the header a name for every column")
        } else {
            finding.help("quote fields that hold the delimiter, and complete rows that were cut off")
        }
    }

    /// Warns of blank lines between rows.
    pub fn report_blanks(&self, findings: &mut Findings) {
        for row in 1..if self.blanks.is_empty() { 0 } else { self.rows_in_file() } {
            if self.blanks.binary_search(&self.place(row).1).is_ok() {
                findings.push(Finding::warning(FindingKind::BlankLine, "blank line before this row").line(self.line(row)));
            }
        }
    }

    /// Takes the columns of times apart: from here on a row is a time of a series.
    pub(crate) fn melt(&mut self, melt: Melt) {
        self.width = melt.width();
        self.melt = Some(melt);
    }

    /// Whether rows of the file became series, which the first column names.
    pub fn is_melted(&self) -> bool {
        self.melt.as_ref().is_some_and(Melt::names_series)
    }

    pub fn rows(&self) -> usize {
        self.rows_in_file() * self.melt.as_ref().map_or(1, Melt::times)
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn cell(&self, row: usize, column: usize) -> &str {
        match &self.melt {
            None => self.cells.get(self.place(row).0 + column),
            Some(melt) => {
                let (series, time) = (row / melt.times(), row % melt.times());
                melt.cell(series, time, column).unwrap_or_else(|column| self.cells.get(self.place(series).0 + column))
            }
        }
    }

    /// Line of the file the row starts on, from 1.
    pub fn line(&self, row: usize) -> u64 {
        let row = row / self.melt.as_ref().map_or(1, Melt::times);
        let row = self.place(row).1;
        let before = self.lines.partition_point(|(first, _)| *first <= row);
        let (first, line) = self.lines[before - 1];
        line + (row - first) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> (Vec<u64>, usize) {
        let mut findings = Findings::default();
        let grid = Grid::parse(text.to_owned(), b',', 1);
        grid.report_blanks(&mut findings);
        let blanks = findings.finish().len();
        ((0..grid.rows()).map(|row| grid.line(row)).collect(), blanks)
    }

    #[test]
    fn lines_stay_right() {
        for (text, expected, blanks) in [
            ("a,b\n1,2\n3,4\n", &[1, 2, 3][..], 0),
            ("a,b\r\n1,2\r\n3,4\r\n", &[1, 2, 3], 0),
            ("a,b\r1,2\r3,4", &[1, 2, 3], 0),
            ("a,b\n\n1,2\n3,4\n\n\n", &[1, 3, 4], 1),
            ("a,b\r\n\r\n1,2\r\n", &[1, 3], 1),
            ("\n\na,b\n1,2\n", &[3, 4], 0),
            ("a,b\n\"1\n1\",2\n3,4\n", &[1, 2, 4], 0),
            ("a,b\r\n\"1\r\n\r\n1\",2\r\n3,4\r\n", &[1, 2, 5], 0),
        ] {
            assert_eq!(lines(text), (expected.to_vec(), blanks), "{text:?}");
        }
    }

    #[test]
    fn quotes_are_undone() {
        let grid = Grid::parse("a,\"b,c\"\n\"say \"\"x\"\"\", \" d \"\n\"e\"f,g\"h\n,\n".to_owned(), b',', 1);
        let rows: Vec<[&str; 2]> = (0..grid.rows()).map(|row| [grid.cell(row, 0), grid.cell(row, 1)]).collect();
        assert_eq!(rows, [["a", "b,c"], ["say \"x\"", "d"], ["ef", "g\"h"], ["", ""]]);
    }
}
