//! Where the parts of each series end, and where the windows that judge begin.

use gatewise_data::Dataset;

use super::place::Place;
use crate::error::Error;
use crate::task::forecast::{Split, Table, held_back_origins, windows_of_each};

/// Horizons a series needs for its last one to be held back where a single window is: less would leave too little to learn from.
const HOLD_BACK_FROM: usize = 3;

/// What decides the ends.
#[derive(Debug)]
pub(super) struct Ends<'a> {
    dataset: &'a Dataset,
    valid: Option<Place>,
    test: Option<Place>,
    /// Held-back windows of each series at most.
    windows: usize,
}

/// The parts of every series.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// By series.
    pub splits: Vec<Split>,
    /// First rows of the windows by which forecasts are weighted and calibrated, by series.
    pub judged: Vec<Vec<usize>>,
    /// First rows of the windows of a test part that the user named, by series; none without one.
    pub test: Option<Vec<Vec<usize>>>,
}

impl<'a> Ends<'a> {
    pub(super) fn find(dataset: &'a Dataset, valid: Option<&str>, test: Option<&str>, windows: usize) -> Result<Self, Error> {
        let place = |flag, text: Option<&str>| text.map(|text| Place::parse(dataset, flag, text)).transpose();
        let ends = Self { dataset, valid: place("⦃valid-from⦄", valid)?, test: place("⦃test-from⦄", test)?, windows };
        ends.check(valid, test)?;
        Ok(ends)
    }

    fn check(&self, valid: Option<&str>, test: Option<&str>) -> Result<(), Error> {
        let series = || self.dataset.series.iter();
        for (flag, text, place) in [("⦃valid-from⦄", valid, self.valid), ("⦃test-from⦄", test, self.test)] {
            let (Some(text), Some(place)) = (text, place) else { continue };
            if series().all(|s| place.row(s) >= s.len()) {
                return Err(Error::usage(format!("{flag} {text} lies behind the last row of {}", self.dataset.path)));
            }
            if series().all(|s| place.row(s) == 0) {
                return Err(Error::usage(format!("{flag} {text} leaves no row of {} to train on", self.dataset.path)));
            }
        }
        if let (Some(valid), Some(test)) = (self.valid, self.test)
            && series().all(|s| valid.row(s) >= test.row(s))
        {
            return Err(Error::usage("⦃valid-from⦄ is not before ⦃test-from⦄").help("training comes first, then validation, then test"));
        }
        Ok(())
    }

    /// The parts of every series. A series too short for a window keeps no validation part.
    pub(super) fn parts(&self, table: &Table<'_>, horizon: usize, lookback: usize) -> Parts {
        let sequences = table.series().len() * table.targets();
        let most = windows_of_each(self.windows, sequences);
        let (mut splits, mut judged, mut tests) = (Vec::new(), Vec::new(), Vec::new());
        for (s, series) in self.dataset.series.iter().enumerate() {
            let len = table.series()[s].len();
            let test = self.test.map(|place| place.row(series));
            let held = match test {
                Some(_) => Vec::new(),
                None if self.windows == 1 && len < HOLD_BACK_FROM * horizon => Vec::new(),
                None => held_back_origins(len, horizon, most, None),
            };
            let held_from = test.or(held.first().copied()).unwrap_or(len);
            let split = Split::by_default(len, horizon, len - held_from, lookback + horizon, sequences);
            let split = match self.valid {
                Some(place) => Split { train_end: place.row(series).min(split.valid_end), ..split },
                None => split,
            };
            judged.push(match test {
                // Rows of the test part decide nothing: the validation part does.
                Some(test) => held_back_origins(test, horizon, most, Some(split.train_end)),
                None => held,
            });
            tests.push(test.map_or_else(Vec::new, |test| held_back_origins(len, horizon, most, Some(test))));
            splits.push(split);
        }
        Parts { splits, judged, test: self.test.map(|_| tests) }
    }

    /// Rows of the longest training part.
    pub(super) fn longest_training(&self, table: &Table<'_>, horizon: usize) -> usize {
        self.parts(table, horizon, 1).splits.iter().map(|s| s.train_end).max().unwrap_or(0)
    }
}
