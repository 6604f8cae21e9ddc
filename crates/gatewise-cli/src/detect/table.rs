//! Scores as a table: the input's time, id, value and state columns, then `score,threshold,is_anomaly,expected`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use gatewise::task::detect::Judged;
use gatewise_data::RowReader;

use super::blocks::BlockRow;
use crate::failure::Failure;
use crate::run_folder::{RunFolder, Stream};
use crate::talk::Talk;

/// Bytes that are gathered before they are written.
const CHUNK: usize = 64 * 1024;
/// Digits of a score behind the point.
const DIGITS: usize = 6;

/// Where the table goes.
pub struct Sinks {
    /// Files that appear when they are whole.
    files: Vec<Stream>,
    /// Files that grow while a live source is followed.
    live: Vec<BufWriter<File>>,
    /// Standard output: every row, or alarms alone while a live source is followed.
    stdout: bool,
    alarms_alone: bool,
    talk: Talk,
    buffer: Vec<u8>,
    alarms: Vec<u8>,
    delimiter: u8,
    /// Whether a column says which rows are known maintenance.
    marks_ignored: bool,
}

impl Sinks {
    pub fn new(output: Option<&Path>, folder: Option<&RunFolder>, follow: bool, talk: Talk) -> Result<Self, Failure> {
        let (mut files, mut live) = (Vec::new(), Vec::new());
        let own = folder.map(|folder| folder.file("scores.csv"));
        for path in own.as_deref().into_iter().chain(output) {
            if follow {
                let file = File::create(path).map_err(|e| Failure::io(format!("{}: {e}", path.display())))?;
                live.push(BufWriter::new(file));
            } else {
                files.push(Stream::create(path)?);
            }
        }
        let stdout = !talk.json() && (output.is_none() || follow);
        let (buffer, alarms) = (Vec::new(), Vec::new());
        Ok(Self { files, live, stdout, alarms_alone: follow, talk, buffer, alarms, delimiter: b',', marks_ignored: false })
    }

    /// A file or nothing.
    pub fn only(output: Option<&Path>) -> Result<Self, Failure> {
        let mut sinks = Self::new(output, None, false, Talk::new(Default::default()))?;
        sinks.stdout = false;
        Ok(sinks)
    }

    /// The heading.
    pub fn begin(&mut self, reader: &RowReader, marks_ignored: bool) -> anyhow::Result<()> {
        self.marks_ignored = marks_ignored;
        let channels = reader.channels();
        let time = if reader.time_columns().is_empty() { vec!["row"] } else { reader.time_columns() };
        for name in time.into_iter().chain(reader.id_columns()).chain(channels.iter().copied()).chain(reader.state_columns()) {
            cell(&mut self.buffer, name, self.delimiter);
            self.buffer.push(b',');
        }
        self.buffer.extend_from_slice(b"score,threshold,is_anomaly");
        for name in &channels {
            self.buffer.push(b',');
            let heading = if channels.len() == 1 { "expected".to_owned() } else { format!("expected_{name}") };
            cell(&mut self.buffer, &heading, self.delimiter);
        }
        if marks_ignored {
            self.buffer.extend_from_slice(b",ignored");
        }
        self.buffer.push(b'\n');
        if self.alarms_alone {
            self.alarms = self.buffer.clone();
            self.flush()?;
        }
        Ok(())
    }

    /// A row; `timed` says that it has a time of its own, else its number stands for it.
    pub fn row(&mut self, row: &BlockRow<'_>, timed: bool, scored: &Judged<'_>, ignored: bool) -> anyhow::Result<()> {
        let start = self.buffer.len();
        let out = &mut self.buffer;
        if !timed {
            write!(out, "{},", scored.row + 1)?;
        }
        out.extend_from_slice(row.cells);
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
        if self.alarms_alone && verdict.alarm {
            self.alarms.extend_from_slice(&self.buffer[start..]);
        }
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is gathered.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        for file in &mut self.files {
            file.write_all(&self.buffer)?;
        }
        for live in &mut self.live {
            live.write_all(&self.buffer)?;
            live.flush()?;
        }
        if self.stdout {
            let bytes = if self.alarms_alone { &self.alarms } else { &self.buffer };
            if !bytes.is_empty() {
                self.talk.print(&String::from_utf8_lossy(bytes))?;
            }
        }
        self.alarms.clear();
        self.buffer.clear();
        Ok(())
    }

    /// Puts files in their places.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        for file in self.files {
            file.finish()?;
        }
        Ok(())
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
