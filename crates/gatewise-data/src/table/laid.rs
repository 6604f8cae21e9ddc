//! A series on its grid, with holes.

use std::ops::Range;

use super::group::{Group, Rows};
use crate::dataset::Series;
use crate::frequency::Frequency;

/// Which row of the table each row of a series is.
pub(super) enum Source {
    /// Rows that stand together, from this one on.
    From(usize),
    /// Row by row, none where a row is missing.
    Listed(Vec<Option<usize>>),
}

/// A series with holes.
pub(super) struct Laid {
    pub series: Series,
    pub source: Source,
    /// First row of the table with a time in the series, kept or not.
    pub first: Option<usize>,
}

impl Laid {
    /// Takes times and values of a group of all rows, where no row is missing; else lists its rows.
    pub fn take(groups: &mut [Group<'_>], rows: &mut Rows<'_>, frequency: Frequency) -> Option<Self> {
        let [group] = groups else { return None };
        if !group.times.windows(2).all(|pair| frequency.steps_between(&pair[0], &pair[1]) == Some(1)) {
            group.list_rows();
            return None;
        }
        let (times, values) = (std::mem::take(&mut group.times), std::mem::take(&mut rows.values.cells));
        let series = Series { id: group.id.to_owned(), times, values, known: Vec::new(), imputed: Vec::new(), missing: Vec::new() };
        Some(Laid { series, source: Source::From(0), first: Some(0) })
    }

    /// The row of the table that a row of the series is.
    pub fn source(&self, row: usize) -> Option<usize> {
        match &self.source {
            Source::From(first) => Some(first + row),
            Source::Listed(rows) => rows[row],
        }
    }

    /// The first row of the table that is in the series.
    pub fn first_source(&self) -> Option<usize> {
        match &self.source {
            Source::From(first) => (!self.series.is_empty()).then_some(*first),
            Source::Listed(rows) => rows.iter().flatten().next().copied(),
        }
    }

    /// Leaves a part of the rows, `width` values each.
    pub fn keep(&mut self, part: Range<usize>, width: usize) {
        keep(&mut self.series.times, part.clone());
        keep(&mut self.series.values, part.start * width..part.end * width);
        match &mut self.source {
            Source::From(first) => *first += part.start,
            Source::Listed(rows) => keep(rows, part),
        }
    }
}

/// Leaves a part of a list, in its place.
fn keep<T>(list: &mut Vec<T>, part: Range<usize>) {
    list.truncate(part.end);
    list.drain(..part.start);
}
