//! Scores as a table: the input's time, id, value and state columns, then `score,threshold,is_anomaly,expected`.

use std::io::Write;

use gatewise::task::detect::Judged;
use gatewise_data::RowReader;

/// Digits of a score behind the point.
const DIGITS: usize = 6;

/// The form of the table.
#[derive(Debug, Clone, Copy)]
pub struct ScoreTable {
    /// Between cells.
    pub delimiter: u8,
    /// Whether a column says which rows are known maintenance.
    pub marks_ignored: bool,
}

impl ScoreTable {
    /// Appends the heading.
    pub fn heading(&self, out: &mut Vec<u8>, reader: &RowReader) {
        let channels = reader.channels();
        let time = if reader.time_columns().is_empty() { vec!["row"] } else { reader.time_columns() };
        for name in time.into_iter().chain(reader.id_columns()).chain(channels.iter().copied()).chain(reader.state_columns()) {
            cell(out, name, self.delimiter);
            out.push(b',');
        }
        out.extend_from_slice(b"score,threshold,is_anomaly");
        for name in &channels {
            out.push(b',');
            let heading = if channels.len() == 1 { "expected".to_owned() } else { format!("expected_{name}") };
            cell(out, &heading, self.delimiter);
        }
        if self.marks_ignored {
            out.extend_from_slice(b",ignored");
        }
        out.push(b'\n');
    }

    /// Appends a row. `cells` are those of the input, each with a comma behind it; `timed` says that the time is among them, else the row's
    /// number stands for it.
    pub fn row(&self, out: &mut Vec<u8>, cells: &[u8], timed: bool, scored: &Judged<'_>, ignored: bool) {
        if !timed {
            // Writing into memory cannot fail.
            let _ = write!(out, "{},", scored.row + 1);
        }
        out.extend_from_slice(cells);
        let verdict = &scored.verdict;
        fixed(out, verdict.score);
        out.push(b',');
        fixed(out, verdict.threshold);
        out.extend_from_slice(if verdict.anomaly { b",1" } else { b",0" });
        for &expected in scored.expected {
            out.push(b',');
            short(out, expected);
        }
        if self.marks_ignored {
            out.extend_from_slice(if ignored { b",1" } else { b",0" });
        }
        out.push(b'\n');
    }
}

/// A cell, quoted where it has to be.
pub fn cell(out: &mut Vec<u8>, text: &str, delimiter: u8) {
    let special = |b: u8| b == delimiter || b == b'"' || b == b'\n' || b == b'\r';
    if !text.bytes().any(special) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// A number from 0 to 1 with [`DIGITS`] digits behind the point.
fn fixed(out: &mut Vec<u8>, value: f64) {
    const UNIT: u64 = 10_u64.pow(DIGITS as u32);
    let mut digits = (value.clamp(0.0, 1.0) * UNIT as f64).round() as u64;
    let mut text = [b'0'; DIGITS + 2];
    text[1] = b'.';
    text[0] += (digits / UNIT) as u8;
    digits %= UNIT;
    for place in text[2..].iter_mut().rev() {
        *place += (digits % 10) as u8;
        digits /= 10;
    }
    out.extend_from_slice(&text);
}

/// As many digits as the network's own precision holds.
fn short(out: &mut Vec<u8>, value: f64) {
    let single = value as f32;
    // Writing into memory cannot fail.
    let _ = if single.is_finite() { write!(out, "{single}") } else { write!(out, "{value}") };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_cells() {
        for (value, expected) in
            [(0.0, "0.000000"), (1.0, "1.000000"), (0.484_25, "0.484250"), (0.999_999_7, "1.000000"), (1e-6, "0.000001")]
        {
            let mut out = Vec::new();
            fixed(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
        for (text, expected) in [("a", "a"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\"")] {
            let mut out = Vec::new();
            cell(&mut out, text, b',');
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
