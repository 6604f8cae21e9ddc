//! Where the parts of each series end.

use gatewise::task::forecast::{Split, Table};
use gatewise_data::Dataset;

use crate::data::Place;
use crate::failure::Failure;

/// Horizons a series needs for its last one to be held back: less would leave too little to learn from.
const HOLD_BACK_FROM: usize = 3;

/// What decides the ends.
#[derive(Debug)]
pub struct Ends<'a> {
    dataset: &'a Dataset,
    valid: Option<Place>,
    test: Option<Place>,
    /// Rows held back where `test` does not say.
    hold_back: Option<usize>,
}

impl<'a> Ends<'a> {
    pub fn find(dataset: &'a Dataset, valid: Option<&str>, test: Option<&str>, hold_back: Option<usize>) -> Result<Self, Failure> {
        let place = |flag, text: Option<&str>| text.map(|text| Place::parse(dataset, flag, text)).transpose();
        let ends = Self { dataset, valid: place("--valid-from", valid)?, test: place("--test-from", test)?, hold_back };
        ends.check(valid, test)?;
        Ok(ends)
    }

    fn check(&self, valid: Option<&str>, test: Option<&str>) -> Result<(), Failure> {
        let series = || self.dataset.series.iter();
        for (flag, text, place) in [("--valid-from", valid, self.valid), ("--test-from", test, self.test)] {
            let (Some(text), Some(place)) = (text, place) else { continue };
            if series().all(|s| place.row(s) >= s.len()) {
                return Err(Failure::usage(format!("{flag} {text} lies behind the last row of {}", self.dataset.path)));
            }
            if series().all(|s| place.row(s) == 0) {
                return Err(Failure::usage(format!("{flag} {text} leaves no row of {} to train on", self.dataset.path)));
            }
        }
        if let (Some(valid), Some(test)) = (self.valid, self.test)
            && series().all(|s| valid.row(s) >= test.row(s))
        {
            return Err(Failure::usage("--valid-from is not before --test-from").help("training comes first, then validation, then test"));
        }
        Ok(())
    }

    /// The parts of every series. A series too short for a window keeps no validation part.
    pub fn splits(&self, table: &Table<'_>, horizon: usize, lookback: usize) -> Vec<Split> {
        let sequences = table.series().len() * table.targets();
        let split = |(s, series): (usize, &gatewise_data::Series)| {
            let len = table.series()[s].len();
            let test = match (self.test, self.hold_back) {
                (Some(place), _) => len - place.row(series),
                (None, Some(rows)) if len >= HOLD_BACK_FROM * horizon => rows,
                _ => 0,
            };
            let split = Split::by_default(len, horizon, test, lookback + horizon, sequences);
            match self.valid {
                Some(place) => Split { train_end: place.row(series).min(split.valid_end), ..split },
                None => split,
            }
        };
        self.dataset.series.iter().enumerate().map(split).collect()
    }

    /// Rows of the longest training part.
    pub fn longest_training(&self, table: &Table<'_>, horizon: usize) -> usize {
        self.splits(table, horizon, 1).iter().map(|s| s.train_end).max().unwrap_or(0)
    }
}
