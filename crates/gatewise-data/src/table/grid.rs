//! The cells of a table, with the line each row starts on.

use std::collections::HashMap;

use crate::finding::{Finding, FindingKind, Findings, Severity};

/// Rows of cells, trimmed of white space around them; every row has `width` cells.
#[derive(Default)]
pub(crate) struct Grid {
    text: String,
    /// End of each cell in `text`; a cell starts where the one before ends.
    ends: Vec<usize>,
    /// First cell of each row.
    first_cell: Vec<usize>,
    lines: Vec<u64>,
    width: usize,
}

impl Grid {
    /// Splits the text. Rows whose number of cells is not the common one are reported and left out,
    /// and so are blank lines between rows.
    pub fn parse(text: &str, delimiter: u8, findings: &mut Findings) -> Result<Self, Finding> {
        let mut grid = Grid { text: String::with_capacity(text.len()), ..Grid::default() };
        let mut lines = Lines::new(text);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        loop {
            let before = reader.position().byte() as usize;
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                // The text is UTF-8 and rows may have any length: nothing is left to go wrong.
                Err(error) => return Err(Finding::error(FindingKind::NotText, error.to_string())),
            }
            let (line, blank) = lines.start_of_row(before);
            if blank && !grid.lines.is_empty() {
                findings.push(Finding::warning(FindingKind::BlankLine, "blank line before this row").line(line));
            }
            grid.first_cell.push(grid.ends.len());
            grid.lines.push(line);
            for cell in &record {
                grid.text.push_str(bare(cell));
                grid.ends.push(grid.text.len());
            }
        }
        grid.settle_width(findings);
        grid.drop_blank_rows_at_end();
        Ok(grid)
    }

    /// A table of one column, with the line of each cell.
    pub fn of_column(cells: impl Iterator<Item = (u64, String)>) -> Self {
        let mut grid = Grid { width: 1, ..Grid::default() };
        for (line, cell) in cells {
            grid.first_cell.push(grid.ends.len());
            grid.lines.push(line);
            grid.text.push_str(&cell);
            grid.ends.push(grid.text.len());
        }
        grid
    }

    /// Makes the commonest number of cells the width, and leaves out the rows that have another.
    fn settle_width(&mut self, findings: &mut Findings) {
        let rows = self.first_cell.len();
        let widths: Vec<usize> = (0..rows)
            .map(|row| {
                let end = self.first_cell.get(row + 1).copied();
                end.unwrap_or(self.ends.len()) - self.first_cell[row]
            })
            .collect();
        let mut counts: HashMap<usize, (usize, usize)> = HashMap::new();
        for (row, width) in widths.iter().enumerate() {
            counts.entry(*width).or_insert((0, row)).0 += 1;
        }
        let common = counts.into_iter().max_by_key(|(_, (count, first))| (*count, usize::MAX - first));
        self.width = common.map_or(0, |(width, _)| width);
        for (row, &width) in widths.iter().enumerate() {
            if width != self.width && !self.only_empty_cells_over(row, width) {
                findings.add(Severity::Error, FindingKind::Ragged, None, || self.ragged(row, width));
            }
        }
        let fits = |row: usize| widths[row] == self.width || self.only_empty_cells_over(row, widths[row]);
        let kept: Vec<usize> = (0..rows).filter(|row| fits(*row)).collect();
        if kept.len() < rows {
            self.first_cell = kept.iter().map(|row| self.first_cell[*row]).collect();
            self.lines = kept.iter().map(|row| self.lines[*row]).collect();
        }
    }

    /// Longer than the others by delimiters alone.
    fn only_empty_cells_over(&self, row: usize, width: usize) -> bool {
        width > self.width && (self.width..width).all(|column| self.cell(row, column).is_empty())
    }

    fn ragged(&self, row: usize, width: usize) -> Finding {
        let fields = if width == 1 { "field" } else { "fields" };
        let finding =
            Finding::error(FindingKind::Ragged, format!("{width} {fields} where the other rows have {}", self.width)).line(self.lines[row]);
        if (0..width).any(|column| self.cell(row, column).contains('\n')) {
            finding.help("a quote is opened in this row and closed on a later line, or never")
        } else if row == 0 && width == 1 {
            finding.help("delete the lines above the header")
        } else if row == 0 {
            finding.help("give the header a name for every column")
        } else {
            finding.help("quote fields that hold the delimiter, and complete rows that were cut off")
        }
    }

    fn drop_blank_rows_at_end(&mut self) {
        while let Some(row) = self.first_cell.len().checked_sub(1) {
            if (0..self.width).any(|column| !self.cell(row, column).is_empty()) {
                break;
            }
            self.first_cell.pop();
            self.lines.pop();
        }
    }

    /// Takes the first row off, as a header.
    pub fn take_first_row(&mut self) -> Vec<String> {
        let cells = (0..self.width).map(|column| self.cell(0, column).to_owned()).collect();
        self.first_cell.remove(0);
        self.lines.remove(0);
        cells
    }

    pub fn rows(&self) -> usize {
        self.first_cell.len()
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn cell(&self, row: usize, column: usize) -> &str {
        let index = self.first_cell[row] + column;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    /// Line of the file the row starts on, from 1.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }
}

/// Without the white space around it, and the quotes that white space kept from being read as such.
fn bare(cell: &str) -> &str {
    let trimmed = cell.trim();
    let quoted = trimmed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(inner) if trimmed.len() < cell.len() => inner.trim(),
        _ => trimmed,
    }
}

/// Counts lines up to rising offsets, quoted line breaks included. Lines end in LF, CRLF or CR.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        Lines { bytes, at: 0, line: 1 }
    }

    /// Line of the first row at or after `offset`, and whether blank lines stand before it.
    pub fn start_of_row(&mut self, offset: usize) -> (u64, bool) {
        let break_at = |at: usize| matches!(self.bytes.get(at), Some(b'\n' | b'\r'));
        let mut start = offset;
        while break_at(start) {
            start += 1;
        }
        // Up to `offset` a row has ended, its CR read and perhaps its LF not.
        let ended = offset.saturating_sub(usize::from(offset > 0 && break_at(offset - 1)));
        self.advance(ended);
        let line_of_end = self.line;
        self.advance(start);
        (self.line, self.line > line_of_end + 1)
    }

    fn advance(&mut self, to: usize) {
        let to = to.min(self.bytes.len()).max(self.at);
        for at in self.at..to {
            let ends = match self.bytes[at] {
                b'\n' => true,
                b'\r' => self.bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
        }
        self.at = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> (Vec<u64>, usize) {
        let mut findings = Findings::default();
        let grid = Grid::parse(text, b',', &mut findings).unwrap();
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
            ("a,b\n1,2\n,\n,\n", &[1, 2], 0),
        ] {
            assert_eq!(lines(text), (expected.to_vec(), blanks), "{text:?}");
        }
    }
}
