//! Rows read ahead on a thread of their own, a block at a time.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use gatewise_data::{DataError, Row, RowReader};

use super::table::cell;

/// Rows of a block.
const ROWS: usize = 1024;
/// Blocks read ahead.
const AHEAD: usize = 4;

/// Rows one after the other.
#[derive(Default)]
pub struct Block {
    /// The time and value cells of each row as they go into the table, each with a comma behind it.
    cells: Vec<u8>,
    rows: Vec<Mark>,
    /// (rows, C).
    values: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Mark {
    /// Where the row's cells end, and where those of the time end.
    end: usize,
    time_end: usize,
    seconds: Option<i64>,
    label: Option<bool>,
}

/// A row of a block.
#[derive(Clone, Copy)]
pub struct BlockRow<'a> {
    pub seconds: Option<i64>,
    pub label: Option<bool>,
    /// (C), NaN where missing.
    pub values: &'a [f64],
    /// The row's time and value cells, each with a comma behind it.
    pub cells: &'a [u8],
    time: &'a [u8],
}

impl BlockRow<'_> {
    /// The time as the table has it; empty without a time column.
    pub fn time(&self) -> String {
        String::from_utf8_lossy(self.time.strip_suffix(b",").unwrap_or(self.time)).replace(',', " ")
    }
}

impl Block {
    fn push(&mut self, row: &Row<'_>, delimiter: u8, time_columns: usize) {
        let mut time_end = self.cells.len();
        for (column, text) in row.cells().enumerate() {
            cell(&mut self.cells, text, delimiter);
            self.cells.push(b',');
            if column < time_columns {
                time_end = self.cells.len();
            }
        }
        self.values.extend_from_slice(row.values);
        self.rows.push(Mark { end: self.cells.len(), time_end, seconds: row.seconds, label: row.label });
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = BlockRow<'_>> {
        let channels = self.values.len() / self.rows.len().max(1);
        let mut start = 0;
        self.rows.iter().zip(self.values.chunks_exact(channels.max(1))).map(move |(mark, values)| {
            let (cells, time) = (&self.cells[start..mark.end], &self.cells[start..mark.time_end]);
            start = mark.end;
            BlockRow { seconds: mark.seconds, label: mark.label, values, cells, time }
        })
    }
}

/// What comes from the reading thread.
pub enum Read {
    /// Rows; whether no further one was at hand when they were sent.
    Rows(Block, bool),
    /// What ended the reading early.
    Failed(DataError),
}

/// Starts to read. With `live`, rows are sent as soon as no further one is at hand.
pub fn read_ahead<'scope>(scope: &'scope Scope<'scope, '_>, reader: &'scope mut RowReader, live: bool) -> Receiver<Read> {
    let (sender, receiver) = sync_channel(AHEAD);
    scope.spawn(move || send(reader, live, &sender));
    receiver
}

fn send(reader: &mut RowReader, live: bool, sender: &SyncSender<Read>) {
    let (delimiter, time_columns) = (b',', reader.time_columns().len());
    let mut block = Block::default();
    loop {
        let waits = live && !reader.ready();
        if block.rows.len() == ROWS || (waits && !block.rows.is_empty()) {
            // Nobody listens any more: the run was interrupted.
            if sender.send(Read::Rows(std::mem::take(&mut block), waits)).is_err() {
                return;
            }
        }
        match reader.next_row() {
            Ok(Some(row)) => block.push(&row, delimiter, time_columns),
            Ok(None) => {
                let _ = sender.send(Read::Rows(block, true));
                return;
            }
            Err(error) => {
                let _ = sender.send(Read::Rows(block, true)).and_then(|()| sender.send(Read::Failed(error)));
                return;
            }
        }
    }
}
