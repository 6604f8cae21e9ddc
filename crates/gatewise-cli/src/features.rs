//! Tables of what a network extracts: hidden states pooled over time, as CSV or as a NumPy array.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::args::{FeaturesArgs, Pool};
use crate::failure::Failure;
use crate::run_folder::deliver;
use crate::talk::Talk;

/// A line of the table.
pub struct Row {
    /// Whose features they are; with [`Pool::None`] the step stands behind.
    pub names: Vec<String>,
    pub values: Vec<f32>,
}

/// The rows of one sequence. `states`: (T, D·H) of a network with H = `hidden`.
pub fn pooled(pool: Pool, names: &[String], states: &[f32], steps: usize, hidden: usize) -> Vec<Row> {
    let width = (states.len() / steps.max(1)).max(1);
    let row = |names: Vec<String>, values: Vec<f32>| Row { names, values };
    let mut states = states.chunks_exact(width);
    match pool {
        // The second direction ends at the first step.
        Pool::Last => {
            let first = states.clone().next();
            let ends = states.next_back().zip(first);
            ends.map(|(last, first)| row(names.to_vec(), [&last[..hidden], &first[hidden..]].concat())).into_iter().collect()
        }
        Pool::None => states.enumerate().map(|(t, state)| row([names, &[(t + 1).to_string()]].concat(), state.to_vec())).collect(),
        Pool::Mean => {
            let mut mean = vec![0.0_f32; width];
            for state in states {
                mean.iter_mut().zip(state).for_each(|(m, s)| *m += s / steps as f32);
            }
            vec![row(names.to_vec(), mean)]
        }
    }
}

/// The columns in front of the features.
pub fn columns<'a>(names: &[&'a str], pool: Pool) -> Vec<&'a str> {
    names.iter().copied().chain((pool == Pool::None).then_some("step")).collect()
}

/// Whether the table becomes an array, by the name of its file.
fn is_npy(output: Option<&Path>) -> bool {
    output.and_then(Path::extension).is_some_and(|extension| extension == "npy")
}

/// Refuses a table on a standard output that carries events.
pub fn check(args: &FeaturesArgs, talk: Talk) -> Result<(), Failure> {
    if talk.json() && args.given.output.is_none() {
        return Err(Failure::usage("features are a table, not events").help("leave --json out, or write to a file with -o"));
    }
    Ok(())
}

/// Writes a table that is held whole where the user wants it.
pub fn write(names: &[&str], rows: &[Row], args: &FeaturesArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let width = rows.first().map_or(0, |row| row.values.len());
    let mut table = Table::new(Vec::new(), args, &columns(names, args.pool), rows.len(), width)?;
    for row in rows {
        table.row(&row.names, &row.values)?;
    }
    let bytes = table.finish()?;
    deliver(bytes, args.given.output.as_deref(), &told(rows.len(), width), talk)?;
    Ok(ExitCode::SUCCESS)
}

/// What a table holds, as people are told.
pub fn told(rows: usize, width: usize) -> String {
    format!("{rows} rows of {width} features")
}

/// A table that is written row by row.
pub enum Table<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Npy(W),
}

impl<W: Write> Table<W> {
    /// Begins a table of `rows` rows with `names` in front of `width` features; an array has no names.
    pub fn new(mut out: W, args: &FeaturesArgs, names: &[&str], rows: usize, width: usize) -> anyhow::Result<Self> {
        if is_npy(args.given.output.as_deref()) {
            out.write_all(&npy_header(rows, width))?;
            return Ok(Self::Npy(out));
        }
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(names.iter().map(|name| (*name).to_owned()).chain((0..width).map(|k| format!("h{k}"))))?;
        Ok(Self::Csv(Box::new(writer)))
    }

    pub fn row(&mut self, names: &[String], features: &[f32]) -> anyhow::Result<()> {
        match self {
            Self::Csv(writer) => writer.write_record(names.iter().cloned().chain(features.iter().map(f32::to_string)))?,
            Self::Npy(out) => features.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?,
        }
        Ok(())
    }

    /// Gives back what was written to.
    pub fn finish(self) -> anyhow::Result<W> {
        match self {
            Self::Csv(writer) => writer.into_inner().map_err(|e| anyhow::anyhow!("{}", e.error())),
            Self::Npy(mut out) => {
                out.flush()?;
                Ok(out)
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_become_rows() {
        // Two steps of two directions with one unit each.
        let (states, name) = ([1.0, 2.0, 3.0, 6.0], ["a".to_owned()]);
        let rows = |pool| pooled(pool, &name, &states, 2, 1).into_iter().map(|row| (row.names.join(","), row.values)).collect::<Vec<_>>();
        assert_eq!(rows(Pool::Last), [("a".to_owned(), vec![3.0, 2.0])]);
        assert_eq!(rows(Pool::Mean), [("a".to_owned(), vec![2.0, 4.0])]);
        assert_eq!(rows(Pool::None), [("a,1".to_owned(), vec![1.0, 2.0]), ("a,2".to_owned(), vec![3.0, 6.0])]);
        assert!(pooled(Pool::Last, &name, &[], 0, 1).is_empty());
    }
}
