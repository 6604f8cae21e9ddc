//! What an OpenDocument sheet asks for, looked at before it is read: its reader waits for ever for an end that does not come, and believes every
//! count of repeated cells.

use std::io::{BufRead, BufReader, Cursor};

use calamine::Data;
use gatewise_memory::product;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use crate::guard::hold_share;

/// The part with the sheets.
const CONTENT: &str = "content.xml";

/// Bytes of a cell while it is read: its value and its formula.
const CELL: usize = size_of::<Data>() + size_of::<String>();

/// Refuses a file whose sheets are no whole XML, or would not fit in memory. One without such sheets is for its reader to judge.
pub(super) fn hold(bytes: &[u8]) -> Result<(), String> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return Ok(()) };
    let Ok(part) = archive.by_name(CONTENT) else { return Ok(()) };
    Scan::default().read(Reader::from_reader(BufReader::new(part)))
}

/// Places of a sheet so far.
#[derive(Default)]
struct Scan {
    /// Columns of the row at hand up to its last cell with something in it, and those behind.
    width: u64,
    behind: u64,
    row_repeats: u64,
    /// Rows from the first with something in it to the last, and those behind.
    rows: u64,
    rows_behind: u64,
    widest: u64,
    /// Cells of rows before they are repeated, and letters that are spelled by their number.
    cells: u64,
    spaces: u64,
}

impl Scan {
    fn read(mut self, mut reader: Reader<impl BufRead>) -> Result<(), String> {
        let damaged = |e: &dyn std::fmt::Display| format!("its {CONTENT} is damaged: {e}");
        let (mut buffer, mut depth) = (Vec::new(), 0_u64);
        loop {
            match reader.read_event_into(&mut buffer).map_err(|e| damaged(&e))? {
                Event::Start(element) => {
                    depth += 1;
                    self.open(&element, &reader)?;
                }
                Event::Empty(element) => {
                    self.open(&element, &reader)?;
                    self.close(element.name().as_ref())?;
                }
                Event::End(element) => {
                    depth = depth.saturating_sub(1);
                    self.close(element.name().as_ref())?;
                }
                Event::Eof if depth > 0 => return Err(damaged(&"it is cut off")),
                Event::Eof => return Ok(()),
                _ => {}
            }
            buffer.clear();
        }
    }

    fn open<R>(&mut self, element: &BytesStart<'_>, reader: &Reader<R>) -> Result<(), String> {
        let value = |name: &str| {
            let attribute = element.attributes().flatten().find(|a| a.key.as_ref() == name.as_bytes())?;
            Some(attribute.decode_and_unescape_value(reader.decoder()).ok()?.into_owned())
        };
        // What is no number is refused by the reader.
        let count = |name| value(name).and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(1);
        match element.name().as_ref() {
            b"table:table" => (self.rows, self.rows_behind, self.widest) = (0, 0, 0),
            b"table:table-row" => {
                (self.width, self.behind) = (0, 0);
                self.row_repeats = count("table:number-rows-repeated");
            }
            b"table:table-cell" | b"table:covered-table-cell" => {
                self.behind = self.behind.saturating_add(count("table:number-columns-repeated"));
                let holds = |key: &[u8]| key.starts_with(b"office:") || key == b"table:formula";
                if element.attributes().flatten().any(|a| holds(a.key.as_ref())) {
                    self.width = self.width.saturating_add(std::mem::take(&mut self.behind));
                }
                self.hold(1, self.width)?;
            }
            b"text:s" => {
                self.spaces = self.spaces.saturating_add(count("text:c"));
                hold_share(&format!("a sheet with {} spaces", self.spaces), u128::from(self.spaces))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) -> Result<(), String> {
        if name != b"table:table-row" {
            return Ok(());
        }
        if self.width == 0 {
            // Empty rows before the first with something in it become nothing.
            self.rows_behind = if self.rows == 0 { 0 } else { self.rows_behind.saturating_add(self.row_repeats) };
            return Ok(());
        }
        self.cells = self.cells.saturating_add(self.width);
        self.rows = self.rows.saturating_add(std::mem::take(&mut self.rows_behind)).saturating_add(self.row_repeats);
        self.widest = self.widest.max(self.width);
        self.hold(self.rows, self.widest)?;
        self.hold(1, self.cells)
    }

    fn hold(&self, rows: u64, columns: u64) -> Result<(), String> {
        let sizes = [rows, columns].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        hold_share(&format!("a sheet of {rows} × {columns} cells"), product(&[sizes[0], sizes[1], CELL]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(rows: &str) -> Result<(), String> {
        Scan::default().read(Reader::from_reader(format!("<d><table:table>{rows}</table:table></d>").as_bytes()))
    }

    #[test]
    fn usual_sheets_pass_with_all_the_emptiness_behind_them() {
        let cell = r#"<table:table-cell office:value-type="float" office:value="1"/>"#;
        let empty = r#"<table:table-cell table:number-columns-repeated="16384"/>"#;
        let rows = format!("<table:table-row>{cell}{cell}{empty}</table:table-row>");
        assert_eq!(held(&format!(r#"{rows}<table:table-row table:number-rows-repeated="1048576">{empty}</table:table-row>"#)), Ok(()));
    }

    #[test]
    fn what_is_cut_off_or_asks_for_too_much_is_refused() {
        for (rows, reason) in [
            ("<table:table-row>", "damaged"),
            ("<office:annotation>", "damaged"),
            ("</d>", "damaged"),
            (
                r#"<table:table-row table:number-rows-repeated="99999999999999"><table:table-cell office:value="1"/></table:table-row>"#,
                "cells",
            ),
            (
                r#"<table:table-row><table:table-cell table:number-columns-repeated="99999999999999" office:value="1"/></table:table-row>"#,
                "cells",
            ),
            (
                r#"<table:table-row><table:table-cell table:number-columns-repeated="99999999999999"/><table:table-cell table:formula="1"/></table:table-row>"#,
                "cells",
            ),
            (r#"<text:s text:c="99999999999999"/>"#, "spaces"),
        ] {
            let refused = held(rows).unwrap_err();
            assert!(refused.contains(reason), "{rows}: {refused}");
        }
        let cut = Scan::default().read(Reader::from_reader(&b"<d><table:table>"[..]));
        assert!(cut.unwrap_err().contains("cut off"));
    }
}
