//! Tables on standard output: aligned for people, CSV for files and programs.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};

use super::layout::{Live, Rows, lay_out};
use super::{colour, out_width};
use crate::console::visible;

/// Rows of a table that is shown whole.
const WHOLE: usize = 50;
/// Rows that are shown of a longer one, from its start and from its end.
const ENDS: usize = 20;
/// Bytes that are gathered before they are written.
const CHUNK: usize = 64 * 1024;

/// Takes a table as CSV and prints it in the form that its reader needs.
pub struct TableWriter {
    pending: Vec<u8>,
    to: To,
}

enum To {
    /// CSV as it comes; for a terminal without anything that it would obey.
    Csv { is_terminal: bool },
    /// The ends of a table, until all of it is there.
    Table(Ends),
    /// Each row at once.
    Live(Option<Live>),
}

/// First and last records of a table.
#[derive(Default)]
struct Ends {
    heading: Vec<u8>,
    first: Vec<Vec<u8>>,
    last: VecDeque<Vec<u8>>,
    count: u64,
}

impl TableWriter {
    /// As CSV.
    pub fn csv(is_terminal: bool) -> Self {
        Self { pending: Vec::new(), to: To::Csv { is_terminal } }
    }

    /// For people, when all rows are there.
    pub fn aligned() -> Self {
        Self { pending: Vec::new(), to: To::Table(Ends::default()) }
    }

    /// For people, row by row.
    pub fn live() -> Self {
        Self { pending: Vec::new(), to: To::Live(None) }
    }

    /// Writes out the whole records that have come.
    fn pass_on(&mut self) -> std::io::Result<()> {
        let end = match self.to {
            To::Csv { is_terminal: false } => self.pending.len(),
            _ => whole_records(&self.pending),
        };
        let rest = self.pending.split_off(end);
        let records = std::mem::replace(&mut self.pending, rest);
        match &mut self.to {
            To::Csv { is_terminal: false } => out(&records),
            To::Csv { is_terminal: true } => out(visible(&String::from_utf8_lossy(&records)).as_bytes()),
            To::Table(ends) => {
                split(&records).for_each(|record| ends.push(record));
                Ok(())
            }
            To::Live(live) => {
                for record in split(&records) {
                    let width = out_width();
                    let row = parsed(record);
                    match live {
                        Some(live) => out(live.line(&row, width).as_bytes())?,
                        None => {
                            let mut new = Live::new(&row, width);
                            out(new.missing().as_bytes())?;
                            let heading = new.line(&row, width);
                            print_heading(&heading)?;
                            *live = Some(new);
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// Prints what is left.
    ///
    /// # Errors
    /// What standard output fails with.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.pass_on()?;
        match self.to {
            To::Table(ends) => ends.print(),
            To::Csv { .. } | To::Live(_) => Ok(()),
        }
    }
}

impl Write for TableWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= CHUNK {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.pass_on()
    }
}

impl Ends {
    fn push(&mut self, record: &[u8]) {
        if self.heading.is_empty() {
            self.heading = record.to_vec();
            return;
        }
        self.count += 1;
        if self.first.len() < WHOLE {
            self.first.push(record.to_vec());
        }
        if self.last.len() == ENDS {
            self.last.pop_front();
        }
        self.last.push_back(record.to_vec());
    }

    fn rows(mut self) -> Rows {
        let (mut more, mut last) = (0, Vec::new());
        if self.count > WHOLE as u64 {
            self.first.truncate(ENDS);
            more = self.count - 2 * ENDS as u64;
            last = self.last.iter().map(|record| parsed(record)).collect();
        }
        Rows { heading: parsed(&self.heading), first: self.first.iter().map(|record| parsed(record)).collect(), more, last }
    }

    fn print(self) -> std::io::Result<()> {
        if self.heading.is_empty() {
            return Ok(());
        }
        let (heading, body) = lay_out(&self.rows(), out_width());
        print_heading(&heading)?;
        out(body.as_bytes())
    }
}

fn print_heading(heading: &str) -> std::io::Result<()> {
    match colour::on_out() {
        true => anstream::AutoStream::always(std::io::stdout()).write_all(format!("{}\n", colour::heading(heading.trim_end())).as_bytes()),
        false => out(heading.as_bytes()),
    }
}

/// Where the last whole record ends: a line end within quotes is a part of its cell.
fn whole_records(bytes: &[u8]) -> usize {
    split(bytes).map(<[u8]>::len).sum()
}

/// The whole records, each with its line end.
fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let mut quoted = false;
        let end = rest.iter().position(|&b| {
            quoted ^= b == b'"';
            b == b'\n' && !quoted
        })?;
        let (record, after) = rest.split_at(end + 1);
        rest = after;
        Some(record)
    })
}

/// The cells of a record.
fn parsed(record: &[u8]) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
    let mut cells = csv::ByteRecord::new();
    // Of a table that this program wrote.
    let _ = reader.read_byte_record(&mut cells);
    cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}

fn out(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

/// Whether a reader has gone away, as `head` does.
pub fn has_left(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

/// No fault where a reader has gone away.
pub fn unless_left(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(e) if has_left(&e) => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_at_line_ends_outside_of_quotes() {
        let bytes = b"a,b\n\"x\ny\",\"say \"\"no\"\"\"\nrest,";
        let records: Vec<&[u8]> = split(bytes).collect();
        assert_eq!(records, [&b"a,b\n"[..], b"\"x\ny\",\"say \"\"no\"\"\"\n"]);
        assert_eq!(whole_records(bytes), bytes.len() - 5);
        assert_eq!(parsed(records[1]), ["x\ny", "say \"no\""]);
    }

    #[test]
    fn a_long_table_is_shown_by_its_ends() {
        let ends = |count: usize| {
            let mut ends = Ends::default();
            ends.push(b"n\n");
            (1..=count).for_each(|n| ends.push(format!("{n}\n").as_bytes()));
            ends.rows()
        };
        let whole = ends(WHOLE);
        assert_eq!((whole.first.len(), whole.more, whole.last.len()), (WHOLE, 0, 0));
        let long = ends(520);
        assert_eq!((long.first.len(), long.more, long.last.len()), (ENDS, 480, ENDS));
        assert_eq!((&long.heading[0][..], &long.first[ENDS - 1][0][..], &long.last[0][0][..]), ("n", "20", "501"));
        let one_more = ends(WHOLE + 1);
        assert_eq!(one_more.first.len() as u64 + one_more.more + one_more.last.len() as u64, WHOLE as u64 + 1);
    }
}
