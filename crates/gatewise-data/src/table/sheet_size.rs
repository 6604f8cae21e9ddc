//! What a spreadsheet needs of memory, held against the limit before it is unpacked.

use std::io::{Cursor, Read};

use calamine::{Cell, Data, DataRef, Range, Reader, Sheets, XlsxError};
use gatewise_memory::product;
use zip::ZipArchive;

use crate::guard::{hold_share, share};

/// The most that a byte of a packed file becomes.
const DEFLATED: u64 = 1032;

/// Refuses a packed spreadsheet whose parts would not fit in memory. What a header says of its part is not believed: where the parts might be too
/// much, they are unpacked and counted. A file that is no archive is for its reader to judge.
pub(super) fn hold(bytes: &[u8]) -> Result<(), String> {
    let share = share();
    if (bytes.len() as u64).saturating_mul(DEFLATED) <= share {
        return Ok(());
    }
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return Ok(()) };
    let mut total = 0_u64;
    for at in 0..archive.len() {
        let Ok(part) = archive.by_index(at) else { continue };
        let mut part = part.take(share.saturating_add(1));
        // A part that breaks off is for its reader to judge, too.
        total = total.saturating_add(std::io::copy(&mut part, &mut std::io::sink()).unwrap_or(0));
        hold_share("what it unpacks to", u128::from(total))?;
    }
    Ok(())
}

/// The cells of a sheet. They become a whole rectangle, so where they lie is looked at first.
pub(super) fn range(book: &mut Sheets<Cursor<Vec<u8>>>, name: &str) -> Result<Range<Data>, String> {
    let Sheets::Xlsx(book) = book else { return book.worksheet_range(name).map_err(|e| e.to_string()) };
    let mut reader = match book.worksheet_cells_reader(name) {
        Ok(reader) => reader,
        // A sheet of charts.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(Range::default()),
        Err(e) => return Err(e.to_string()),
    };
    let (mut cells, mut first, mut last) = (Vec::new(), (u32::MAX, u32::MAX), (0, 0));
    while let Some(cell) = reader.next_cell().map_err(|e| e.to_string())? {
        if *cell.get_value() == DataRef::Empty {
            continue;
        }
        let (row, column) = cell.get_position();
        first = (first.0.min(row), first.1.min(column));
        last = (last.0.max(row), last.1.max(column));
        cells.push(Cell::new((row, column), Data::from(cell.get_value().clone())));
    }
    if !cells.is_empty() {
        let [rows, columns] = [last.0 - first.0, last.1 - first.1].map(|n| n as usize + 1);
        hold_share(&format!("a sheet of {rows} × {columns} cells"), product(&[rows, columns, size_of::<Data>()]))?;
    }
    Ok(Range::from_sparse(cells))
}
