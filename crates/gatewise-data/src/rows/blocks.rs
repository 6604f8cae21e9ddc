//! Rows read ahead on a thread of their own, a block at a time.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use super::{Row, RowReader};
use crate::error::DataError;
use crate::grid::write_cell;

/// Rows of a block.
const ROWS: usize = 1024;
/// Blocks read ahead.
const AHEAD: usize = 4;

/// Rows one after the other.
#[derive(Debug, Default)]
pub struct Block {
    /// The cells of each row as they go into the table, each with a comma behind it.
    cells: Vec<u8>,
    rows: Vec<Mark>,
    /// (rows, C).
    values: Vec<f64>,
    /// The states of each row as they are, and where each lies; none where missing.
    states: String,
    state_places: Vec<Option<Range<usize>>>,
    /// Names of series that no block before held, in the order of their numbers.
    pub new_series: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Where the row's cells end, and where those of the time end.
    end: usize,
    time_end: usize,
    line: u64,
    series: usize,
    time: Option<(i64, u32)>,
    label: Option<u8>,
}

/// A row of a block.
#[derive(Clone, Copy, Debug)]
pub struct BlockRow<'a> {
    /// Line of the file.
    pub line: u64,
    /// Number of its series.
    pub series: usize,
    /// Seconds and nanoseconds of its time; none without a time column.
    pub time: Option<(i64, u32)>,
    /// Number of its label among the words of the label column; none without one, or where it is missing.
    pub label: Option<u8>,
    /// (C), NaN where missing.
    pub values: &'a [f64],
    /// The row's time, id, value and state cells, each with a comma behind it.
    pub cells: &'a [u8],
    time_cells: &'a [u8],
    states: &'a str,
    state_places: &'a [Option<Range<usize>>],
}

impl<'a> BlockRow<'a> {
    /// The time as the table has it; empty without a time column.
    pub fn time_text(&self) -> String {
        String::from_utf8_lossy(self.time_cells.strip_suffix(b",").unwrap_or(self.time_cells)).replace(',', " ")
    }

    /// (S), none where missing.
    pub fn states(&self) -> impl Iterator<Item = Option<&'a str>> {
        let text = self.states;
        self.state_places.iter().map(move |place| Some(&text[place.clone()?]))
    }
}

impl Block {
    fn push(&mut self, row: &Row<'_>, delimiter: u8, time_columns: usize) {
        let mut time_end = self.cells.len();
        for (column, text) in row.cells().enumerate() {
            write_cell(&mut self.cells, text, delimiter);
            self.cells.push(b',');
            if column < time_columns {
                time_end = self.cells.len();
            }
        }
        self.values.extend_from_slice(row.values);
        for state in row.states() {
            let start = self.states.len();
            self.state_places.push(state.map(|state| {
                self.states.push_str(state);
                start..self.states.len()
            }));
        }
        let (line, series, label) = (row.line, row.series, row.label);
        let time = row.seconds.map(|seconds| (seconds, row.nanos));
        self.rows.push(Mark { end: self.cells.len(), time_end, line, series, time, label });
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = BlockRow<'_>> {
        let per_row = |all: usize| all / self.rows.len().max(1);
        let (channels, states) = (per_row(self.values.len()), per_row(self.state_places.len()));
        let mut start = 0;
        self.rows.iter().enumerate().map(move |(i, mark)| {
            let (cells, time_cells) = (&self.cells[start..mark.end], &self.cells[start..mark.time_end.max(start)]);
            start = mark.end;
            let Mark { line, series, time, label, .. } = *mark;
            let values = &self.values[i * channels..][..channels];
            let state_places = &self.state_places[i * states..][..states];
            BlockRow { line, series, time, label, values, cells, time_cells, states: &self.states, state_places }
        })
    }
}

/// What comes from the reading thread.
#[derive(Debug)]
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
    let (mut block, mut series) = (Block::default(), 0);
    loop {
        let waits = live && !reader.ready();
        if block.rows.len() == ROWS || (waits && !block.rows.is_empty()) {
            // Nobody listens any more: the run was interrupted.
            if sender.send(Read::Rows(std::mem::take(&mut block), waits)).is_err() {
                return;
            }
        }
        match reader.next_row() {
            Ok(Some(row)) => {
                if row.series == series {
                    block.new_series.push(row.id.to_owned());
                    series += 1;
                }
                block.push(&row, delimiter, time_columns);
            }
            Ok(None) => {
                let _ = sender.send(Read::Rows(block, true));
                return;
            }
            Err(error) => {
                if sender.send(Read::Rows(block, true)).is_ok() {
                    let _ = sender.send(Read::Failed(error));
                }
                return;
            }
        }
    }
}
