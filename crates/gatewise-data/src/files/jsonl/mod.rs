//! Lines of JSON, an object a row.

mod cell;
mod converter;
mod lines;

use std::collections::HashMap;

use super::{Typed, hold};
use crate::columns::{Columns, Values};
use crate::finding::{Finding, FindingKind};
use cell::{Cell, object, twice};
pub(crate) use converter::Converter;
pub(super) use lines::lines;

/// Bytes of memory for a cell while rows are gathered.
const BYTES: usize = size_of::<(usize, Cell)>();

/// A key with the rows that have it, rising.
struct Key {
    name: String,
    cells: Vec<(usize, Cell)>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Typed, Finding> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() as u64;
        Finding::error(FindingKind::NotText, "holds bytes that are no UTF-8").line(line).help("write JSON in UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut keys, mut known): (Vec<Key>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
    let (mut rows, mut cells) = (0, 0_usize);
    for (line, text) in (1_u64..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        for (name, cell) in object(text, line)? {
            let key = *known.entry(name).or_insert_with_key(|name| {
                keys.push(Key { name: name.clone(), cells: Vec::new() });
                keys.len() - 1
            });
            cells += 1;
            let cells = &mut keys[key].cells;
            if cells.last().is_some_and(|(row, _)| *row == rows) {
                return Err(twice(&keys[key].name, line));
            }
            cells.push((rows, cell));
        }
        rows += 1;
        if rows.is_multiple_of(1 << 12) {
            hold(format_args!("{rows} lines of JSON"), cells as u128 * BYTES as u128)?;
        }
    }
    let needed = gatewise_memory::product(&[rows, keys.len(), size_of::<String>()]);
    hold(format_args!("a table of {rows} rows × {} keys", keys.len()), needed)?;
    let mut columns = Columns::new();
    for Key { name, cells } in keys {
        columns = columns.with(name, values(cells, rows));
    }
    Ok(Typed { columns, unheaded: true, ..Typed::default() })
}

/// A column of one type where its cells have one, else of texts.
fn values(cells: Vec<(usize, Cell)>, rows: usize) -> Values {
    let all = |of: fn(&Cell) -> bool| cells.iter().all(|(_, cell)| of(cell));
    let any = |of: fn(&Cell) -> bool| cells.iter().any(|(_, cell)| of(cell));
    if any(|cell| matches!(cell, Cell::Bool(_))) && all(|cell| matches!(cell, Cell::Bool(_) | Cell::Null)) {
        let mut out = vec![None; rows];
        cells.into_iter().for_each(|(row, cell)| out[row] = if let Cell::Bool(value) = cell { Some(value) } else { None });
        return Values::Booleans(out);
    }
    if any(|cell| matches!(cell, Cell::Whole(_))) && all(|cell| matches!(cell, Cell::Whole(_) | Cell::Null)) {
        let mut out = vec![None; rows];
        cells.into_iter().for_each(|(row, cell)| out[row] = if let Cell::Whole(value) = cell { Some(value) } else { None });
        return Values::Integers(out);
    }
    if all(|cell| matches!(cell, Cell::Whole(_) | Cell::Number(_) | Cell::Null)) {
        let mut out = vec![f64::NAN; rows];
        for (row, cell) in cells {
            out[row] = match cell {
                Cell::Whole(value) => value as f64,
                Cell::Number(value) => value,
                _ => f64::NAN,
            };
        }
        return Values::Numbers(out);
    }
    let mut out = vec![String::new(); rows];
    cells.into_iter().for_each(|(row, cell)| out[row] = cell.text());
    Values::Texts(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<(String, Values)> {
        read(text.as_bytes()).unwrap().columns.iter().map(|(name, values)| (name.to_owned(), values.clone())).collect()
    }

    #[test]
    fn keys_become_columns_of_their_types_in_the_order_they_come() {
        let text = "{\"z\": 9007199254740993, \"a\": 1}\n\n{\"a\": 2.5, \"b\": true, \"z\": null}\r\n{\"t\": \"x\"}\n{\"t\": 3}";
        let expected = [
            ("z", Values::Integers(vec![Some(9_007_199_254_740_993), None, None, None])),
            ("b", Values::Booleans(vec![None, Some(true), None, None])),
            ("t", Values::Texts(["", "", "x", "3"].map(str::to_owned).to_vec())),
        ];
        let found = columns(text);
        assert_eq!(found.iter().map(|(name, _)| &name[..]).collect::<Vec<_>>(), ["z", "a", "b", "t"]);
        for (name, values) in expected {
            assert_eq!(found.iter().find(|(found, _)| found == name).unwrap().1, values, "{name}");
        }
        let Values::Numbers(numbers) = &found[1].1 else { panic!("{found:?}") };
        assert!(numbers[..2] == [1.0, 2.5] && numbers[2..].iter().all(|v| v.is_nan()));
    }

    #[test]
    fn lines_that_are_no_objects_are_refused_with_their_place() {
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
        for (text, line, column, message) in [
            ("{\"a\": 1}\n[1]", 2, None, "no JSON object"),
            ("{\"a\": 1}\n{\"a\": 1", 2, None, "no whole JSON object"),
            ("{\"a\": 1}\n\n{\"a\": {\"b\": 1}}", 3, Some("a"), "an object"),
            ("{\"a\": [1]}", 1, Some("a"), "an array"),
            ("{\"a\": 1, \"a\": 2}", 1, Some("a"), "twice"),
            ("{\n\"a\": 1\n}", 1, None, "no whole JSON object"),
            ("{\"a\": 1} {\"a\": 2}", 1, None, "more than one"),
            (&deep, 1, Some("a"), "an array"),
        ] {
            let finding = read(text.as_bytes()).unwrap_err();
            let place = (finding.line, finding.column.as_deref());
            assert_eq!(place, (Some(line), column), "{}", finding.message);
            assert!(finding.message.contains(message) && finding.help.is_some(), "{} lacks {message}", finding.message);
        }
        assert_eq!(read(b"{\"a\": 1}\n{\"a\": \"\xff\"}").unwrap_err().line, Some(2));
    }
}
