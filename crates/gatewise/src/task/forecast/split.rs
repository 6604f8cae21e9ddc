//! Which rows are learned from, which decide when to stop, and which are held back.

/// The parts of one series, in order of time. A window belongs to the part that all rows it forecasts lie in;
/// the rows it looks back on may reach into the part before, as they would in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows before this one are forecast in training.
    pub train_end: usize,
    /// Rows from `train_end` to before this one are forecast to decide when to stop.
    pub valid_end: usize,
    /// Rows from `valid_end` to before this one are held back: no window forecasts them before the final score.
    pub end: usize,
}

/// Share of a series that validation takes where the user does not say.
const VALID_SHARE: f64 = 0.15;

/// Windows in all that validation takes at most: more cost time and decide nothing better.
const VALID_WINDOWS: usize = 20_000;

/// Horizons of each series that validation takes where it may, however many series there are.
const VALID_HORIZONS: usize = 3;

impl Split {
    /// Splits the `len` rows of one of `sequences` series and channels: the last `test` are held back, and before them up to
    /// `VALID_SHARE`, but at least one horizon, is for validation.
    ///
    /// A series too short to keep `least` rows for training gives up its validation part.
    pub fn by_default(len: usize, horizon: usize, test: usize, least: usize, sequences: usize) -> Self {
        let valid_end = len.saturating_sub(test);
        let share = (valid_end as f64 * VALID_SHARE) as usize;
        let most = horizon.saturating_mul(VALID_HORIZONS).max(VALID_WINDOWS / sequences.max(1));
        let valid = share.min(most).max(horizon);
        let train_end = if valid_end >= valid + least {
            valid_end - valid
        } else if valid_end >= horizon + least {
            valid_end - horizon
        } else {
            valid_end
        };
        Self { train_end, valid_end, end: len }
    }

    /// Everything is for training: the last fit before the forecast beyond the end.
    pub fn all_training(len: usize) -> Self {
        Self { train_end: len, valid_end: len, end: len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_shrink_for_short_series() {
        let cases = [
            // len, horizon, test, least, sequences → train_end, valid_end
            ((144, 12, 12, 36, 1), (113, 132)),
            ((1000, 10, 0, 30, 1), (850, 1000)),
            ((1000, 10, 0, 30, 10_000), (970, 1000)),
            ((60, 12, 12, 36, 1), (36, 48)),
            ((50, 12, 12, 36, 1), (38, 38)),
            ((5, 12, 12, 36, 1), (0, 0)),
        ];
        for ((len, horizon, test, least, sequences), (train_end, valid_end)) in cases {
            let split = Split::by_default(len, horizon, test, least, sequences);
            assert_eq!(split, Split { train_end, valid_end, end: len }, "len {len} horizon {horizon} test {test}");
        }
    }
}
