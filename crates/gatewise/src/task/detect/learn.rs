//! Rows of a table through detectors that learn from them, with nothing said of any.

use gatewise_data::{BlockRow, ReadAhead, RowReader, Spans, read_ahead};

use super::error::DetectError;
use super::fleet::{Fleet, Reading};
use crate::error::{Error, Kind};

impl DetectError {
    /// As an error at a line of the table in `place`, with what to do about it.
    pub fn about(self, place: &str, line: u64) -> Error {
        let error = Error::data(format!("{place}:{line}: {self}"));
        match self {
            Self::Series { .. } => error.help(
                "⦃max-series⦄ watches more, each with about half a megabyte a column; ⦃id⦄ names other columns, ⦃id⦄ none takes all for one series",
            ),
            _ => error,
        }
    }
}

impl Fleet {
    /// Learns from every row that `reader` has, but those within `spans`; gives the time of the last one. `stop` is asked after each block
    /// of rows.
    ///
    /// # Errors
    /// Rows that cannot be read, and series more than are watched.
    pub fn learn(
        &mut self,
        reader: &mut RowReader,
        mut spans: Option<&mut Spans>,
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<Option<i64>, Error> {
        let (mut last, path) = (None, reader.path().to_owned());
        std::thread::scope(|scope| {
            let mut names: Vec<String> = Vec::new();
            for read in &read_ahead(scope, reader, false) {
                let block = match read {
                    ReadAhead::Rows(block, _) => block,
                    ReadAhead::Failed(error) => return Err(Error::from(error)),
                };
                names.extend(block.new_series.iter().cloned());
                for row in block.rows() {
                    let name = &names[row.series];
                    let series = self.series(name).map_err(|e| e.about(&path, row.line))?;
                    let states: Vec<Option<&str>> = row.states().collect();
                    let (ignored, known_hole) =
                        in_known_span(spans.as_deref_mut(), name, &row, self.rows_of(series), self.last_time(series));
                    let reading = Reading { time: row.time, values: row.values, states: &states, ignored, known_hole };
                    self.push(series, &reading).map_err(|e| Error::new(Kind::Io, e.to_string()))?;
                    last = row.time.map(|(seconds, _)| seconds);
                }
                if stop() {
                    break;
                }
            }
            Ok(last)
        })
    }
}

/// Whether a row, the `number`-th of its series from 0, and what is missing between it and the `last` one lie in a span of known maintenance.
pub fn in_known_span(spans: Option<&mut Spans>, series: &str, row: &BlockRow<'_>, number: u64, last: Option<(i64, u32)>) -> (bool, bool) {
    let Some(spans) = spans else { return (false, false) };
    let at = row.time.unwrap_or((number as i64 + 1, 0));
    let hole = row.time.zip(last).is_some_and(|(now, last)| spans.touches(series, last, now));
    (spans.take(series, at), hole)
}
