//! What the cells of a column hold.

use std::path::Path;

use super::columns::Cells;
use super::error::ItemError;
use crate::grid::Cell;

/// Rows that tell what a column holds.
pub(super) const LOOKED_AT: usize = 200;

impl Cells {
    /// Whether a column holds numbers, as far as is looked: most of its cells that are not missing are some. What is none among them is an
    /// error of its row and no sign of a column of texts; where all are missing, it is filled up with what is missing in shorter sequences.
    pub fn is_numeric(&self, column: usize) -> bool {
        let cells = self.rows.iter().map(|(_, row)| self.style.read(&row[column])).filter(|cell| *cell != Cell::Missing);
        let (mut numbers, mut others) = (0, 0);
        for cell in cells.take(LOOKED_AT) {
            *if cell == Cell::Text { &mut others } else { &mut numbers } += 1;
        }
        others == 0 || numbers > others
    }

    /// Whether a column holds nothing at all.
    pub fn is_empty(&self, column: usize) -> bool {
        self.rows.iter().all(|(_, row)| self.style.is_missing(&row[column]))
    }

    /// Whether a column holds sequences of numbers in one cell, as `1 2 3` or `[1.5, 2]`.
    pub fn is_sequence(&self, column: usize) -> bool {
        let rows = || self.rows.iter().take(LOOKED_AT).map(|(_, row)| &row[column]);
        rows().all(|cell| sequence(cell).is_some()) && rows().any(|cell| sequence(cell).is_some_and(|s| s.len() > 1))
    }

    /// Whether a column names files: most of those looked at are there.
    pub fn is_path(&self, column: usize, folder: &Path) -> bool {
        let looked = self.rows.len().min(LOOKED_AT);
        let there = self.rows.iter().take(LOOKED_AT).filter(|(_, row)| {
            let path = Path::new(&row[column]);
            path.extension().is_some() && folder.join(path).exists()
        });
        2 * there.count() > looked
    }

    /// A cell as a number, NaN where it is missing.
    pub fn number(&self, line: u64, row: &csv::StringRecord, column: usize) -> Result<f64, ItemError> {
        match self.style.read(&row[column]) {
            Cell::Number(value) if (value as f32).is_finite() => Ok(value),
            Cell::Missing => Ok(f64::NAN),
            _ => {
                Err(ItemError::invalid(&self.path, line, format!("column \"{}\": {:?} is not a number", self.names[column], &row[column]))
                    .remedy("⦃na⦄ TEXT for a mark of what is missing; ⦃label-column⦄ if this is the label"))
            }
        }
    }
}

/// The numbers of a cell: parted by spaces, commas or semicolons, in brackets or bare.
pub(super) fn sequence(cell: &str) -> Option<Vec<f64>> {
    let bare = cell.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
    let numbers: Option<Vec<f64>> = bare
        .split([' ', ',', ';'])
        .filter(|part| !part.is_empty())
        .map(|part| {
            if part == "?" || part.eq_ignore_ascii_case("nan") {
                Some(f64::NAN)
            } else {
                part.parse().ok().filter(|v: &f64| (*v as f32).is_finite())
            }
        })
        .collect();
    numbers.filter(|numbers| !numbers.is_empty())
}
