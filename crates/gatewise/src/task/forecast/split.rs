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

/// Validation takes at most this many horizons: more costs time and decides nothing better.
const MAX_VALID_HORIZONS: usize = 10;

impl Split {
    /// Splits `len` rows: the last `test` are held back, and before them up to [`VALID_SHARE`], but at least one horizon, is for validation.
    ///
    /// A series too short to keep `least` rows for training gives up its validation part.
    pub fn by_default(len: usize, horizon: usize, test: usize, least: usize) -> Self {
        let valid_end = len.saturating_sub(test);
        let share = (valid_end as f64 * VALID_SHARE) as usize;
        let valid = share.clamp(horizon, horizon.saturating_mul(MAX_VALID_HORIZONS));
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
            // len, horizon, test, least → train_end, valid_end
            ((144, 12, 12, 36), (113, 132)),
            ((1000, 10, 0, 30), (900, 1000)),
            ((60, 12, 12, 36), (36, 48)),
            ((50, 12, 12, 36), (38, 38)),
            ((5, 12, 12, 36), (0, 0)),
        ];
        for ((len, horizon, test, least), (train_end, valid_end)) in cases {
            let split = Split::by_default(len, horizon, test, least);
            assert_eq!(split, Split { train_end, valid_end, end: len }, "len {len} horizon {horizon} test {test}");
        }
    }
}
