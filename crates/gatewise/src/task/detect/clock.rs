//! What the time of a row says: the hour of the day and the day of the week, as points on circles.

use std::f32::consts::TAU;

/// Features that a time gives: sine and cosine of the time of day and of the time of week.
pub const CLOCK_FEATURES: usize = 4;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// Features of a time in seconds since 1970 (civil time, without a zone).
pub fn clock_features(seconds: i64) -> [f32; CLOCK_FEATURES] {
    let turn = |period: i64| (TAU * (seconds.rem_euclid(period) as f32 / period as f32)).sin_cos();
    let ((day_sin, day_cos), (week_sin, week_cos)) = (turn(DAY), turn(WEEK));
    [day_sin, day_cos, week_sin, week_cos]
}

/// Rows after which a season of calendar time comes round: a day and a week, where a whole number of rows of `step` seconds makes
/// one; at most `most` rows.
pub fn seasons(step: i64, most: usize) -> Vec<usize> {
    /// Below this a season is in the network's own reach.
    const LEAST_SEASON: i64 = 4;
    [DAY, WEEK]
        .into_iter()
        .filter(|period| step > 0 && period % step == 0)
        .map(|period| period / step)
        .filter(|rows| (LEAST_SEASON..=most as i64).contains(rows))
        .map(|rows| rows as usize)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_week_come_round() {
        assert_eq!(seasons(300, 4096), [288, 2016]);
        assert_eq!(seasons(3600, 4096), [24, 168]);
        assert_eq!(seasons(DAY, 4096), [7]);
        assert_eq!(seasons(60, 4096), [1440]);
        assert!(seasons(0, 4096).is_empty() && seasons(7, 4096).is_empty());
        let (now, later) = (clock_features(1_700_000_000), clock_features(1_700_000_000 + WEEK));
        assert_eq!(now, later);
        assert_ne!(now, clock_features(1_700_000_000 + DAY));
    }
}
