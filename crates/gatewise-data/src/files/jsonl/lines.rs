//! Columns as lines of JSON.

use serde_json::Value;

use crate::columns::Columns;
use crate::files::cells::{Cell, cells};

/// An object for each row; what is missing is null, times are texts in ISO form.
pub(in crate::files) fn lines(columns: &Columns) -> Vec<u8> {
    let mut out = Vec::new();
    let keys: Vec<String> = columns.iter().map(|(name, _)| Value::from(name).to_string()).collect();
    let mut all: Vec<_> = columns.iter().map(|(_, values)| (cells(values, 0..columns.rows()), values.clock())).collect();
    for _ in 0..columns.rows() {
        out.push(b'{');
        for (k, (key, (cells, clock))) in keys.iter().zip(&mut all).enumerate() {
            if k > 0 {
                out.push(b',');
            }
            let value = match cells.next().flatten() {
                None => Value::Null,
                Some(Cell::Bool(value)) => value.into(),
                Some(Cell::Whole(value)) => value.into(),
                Some(Cell::Number(value)) => value.into(),
                Some(Cell::Text(text)) => text.into(),
                Some(Cell::Time(time)) => clock.text(time).into(),
            };
            out.extend(format!("{key}:{value}").into_bytes());
        }
        out.extend(b"}\n");
    }
    out
}
