//! Scores as a table: the input's time, id, value and state columns, then `score,threshold,is_anomaly,expected`.

use std::io::Write;

use gatewise::task::detect::Judged;
use gatewise_data::{RowReader, write_cell};

use crate::number::{fraction, single};

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
            write_cell(out, name, self.delimiter);
            out.push(b',');
        }
        out.extend_from_slice(b"score,threshold,is_anomaly");
        for name in &channels {
            out.push(b',');
            let heading = if channels.len() == 1 { "expected".to_owned() } else { format!("expected_{name}") };
            write_cell(out, &heading, self.delimiter);
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
        fraction(out, verdict.score);
        out.push(b',');
        fraction(out, verdict.threshold);
        out.extend_from_slice(if verdict.anomaly { b",1" } else { b",0" });
        for &expected in scored.expected {
            out.push(b',');
            single(out, expected);
        }
        if self.marks_ignored {
            out.extend_from_slice(if ignored { b",1" } else { b",0" });
        }
        out.push(b'\n');
    }
}
