//! Tables of what a network extracts: hidden states pooled over time, as CSV or as a NumPy array.

use std::io::{self, Write};

use gatewise::options::Pool;

/// A line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Whose features they are; with [`Pool::None`] the step stands behind, and what it read.
    pub names: Vec<String>,
    /// The features.
    pub values: Vec<f32>,
}

/// The rows of one sequence. `states`: (T, D·H) of a network with H = `hidden`; `what` says what a step read, from 1, where the columns have that.
pub fn pooled(
    pool: Pool,
    names: &[String],
    states: &[f32],
    steps: usize,
    hidden: usize,
    what: &dyn Fn(usize) -> Option<String>,
) -> Vec<Row> {
    let named = |step: Option<usize>| {
        let of_step = step.into_iter().flat_map(|step| std::iter::once(step.to_string()).chain(what(step)));
        names.iter().cloned().chain(of_step).collect()
    };
    pool.rows(states, steps, hidden).into_iter().map(|(step, values)| Row { names: named(step), values }).collect()
}

/// The columns in front of the features: `what` names what a step read, as "symbol" or "time".
pub fn columns<'a>(names: &[&'a str], pool: Pool, what: Option<&'a str>) -> Vec<&'a str> {
    let of_step = (pool == Pool::None).then(|| std::iter::once("step").chain(what));
    names.iter().copied().chain(of_step.into_iter().flatten()).collect()
}

/// What a table holds, in words.
pub fn told(rows: usize, width: usize) -> String {
    format!("{rows} rows of {width} features")
}

/// A table that is written row by row.
#[derive(Debug)]
pub enum Table<W: Write> {
    /// With names in front of the features, and a heading.
    Csv(Box<csv::Writer<W>>),
    /// Features alone.
    Npy(W),
}

impl<W: Write> Table<W> {
    /// Begins a table of `rows` rows with `names` in front of `width` features; an `array` has no names.
    ///
    /// # Errors
    /// What writing to `out` fails with.
    pub fn new(mut out: W, array: bool, names: &[&str], rows: usize, width: usize) -> io::Result<Self> {
        if array {
            out.write_all(&npy_header(rows, width))?;
            return Ok(Self::Npy(out));
        }
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(names.iter().map(|name| (*name).to_owned()).chain((0..width).map(|k| format!("h{k}"))))?;
        Ok(Self::Csv(Box::new(writer)))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// What writing fails with.
    pub fn row(&mut self, names: &[String], features: &[f32]) -> io::Result<()> {
        match self {
            Self::Csv(writer) => {
                writer.write_record(names.iter().cloned().chain(features.iter().map(f32::to_string))).map_err(of_the_sink)?;
            }
            Self::Npy(out) => features.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?,
        }
        Ok(())
    }

    /// Gives back what was written to.
    ///
    /// # Errors
    /// What writing the rest fails with.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Csv(writer) => writer.into_inner().map_err(csv::IntoInnerError::into_error),
            Self::Npy(mut out) => {
                out.flush()?;
                Ok(out)
            }
        }
    }
}

/// What the sink failed with: the kind of an error tells a reader that has gone away from a full disk.
fn of_the_sink(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// What stands in front of a NumPy array (rows, width) of little-endian `f32`, format 1.0 (NEP 1).
fn npy_header(rows: usize, width: usize) -> Vec<u8> {
    /// The header with its preamble is a multiple of this long.
    const ALIGNMENT: usize = 64;
    /// Magic, version and length of the header.
    const PREAMBLE: usize = 10;
    let dict = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
    let length = (PREAMBLE + dict.len() + 1).next_multiple_of(ALIGNMENT) - PREAMBLE;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{dict:<padded$}\n", padded = length - 1).bytes());
    bytes
}
