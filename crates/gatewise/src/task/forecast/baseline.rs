//! The forecast every model has to beat: the value one season ago.

use super::table::Series;

/// Seasonal naive: the forecast of row `origin + h` is the value at the same place of the last full season before `origin`.
///
/// With fewer rows than a season, or a season of 1, it is the last value.
///
/// # Panics
/// If `origin` is zero: there is nothing to repeat.
pub fn seasonal_naive(series: &Series<'_>, channel: usize, season: usize, origin: usize, horizon: usize, out: &mut Vec<f64>) {
    assert!(origin > 0, "seasonal naive needs a row to repeat");
    let season = if season <= origin { season.max(1) } else { 1 };
    out.clear();
    let repeated: Vec<f64> = series.column(channel, origin - season, origin).collect();
    out.extend((0..horizon).map(|h| repeated[h % season]));
}

/// The scale of MASE: mean |y_t − y_{t−m}| over the first `end` rows (Hyndman & Koehler 2006); with no full season, m = 1.
///
/// `None` where it is zero or there are too few rows: a constant has no MASE.
pub fn naive_error(series: &Series<'_>, channel: usize, season: usize, end: usize) -> Option<f64> {
    let season = if season < end { season.max(1) } else { 1 };
    if end <= season {
        return None;
    }
    let known = |t: &usize| !series.has_missing() || !(series.is_missing(*t, channel) || series.is_missing(*t - season, channel));
    let (mut sum, mut count) = (0.0, 0.0);
    for t in (season..end).filter(known) {
        sum += (series.at(t, channel) - series.at(t - season, channel)).abs();
        count += 1.0;
    }
    let mean = sum / count;
    (mean.is_finite() && mean > 0.0).then_some(mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::forecast::Table;

    #[test]
    fn repeats_the_last_season() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let table = Table::new([("", &values[..])], 1, 1);
        let mut out = Vec::new();
        let cases: [(usize, usize, &[f64]); 3] = [(3, 6, &[4.0, 5.0, 6.0, 4.0, 5.0]), (1, 6, &[6.0; 5]), (12, 4, &[4.0; 5])];
        for (season, origin, expected) in cases {
            seasonal_naive(&table.series()[0], 0, season, origin, 5, &mut out);
            assert_eq!(out, expected, "season {season} origin {origin}");
        }
    }

    #[test]
    fn the_scale_of_mase() {
        let values = [1.0, 5.0, 2.0, 7.0];
        let table = Table::new([("", &values[..])], 1, 1);
        let series = &table.series()[0];
        assert_eq!(naive_error(series, 0, 2, 4), Some(1.5));
        assert_eq!(naive_error(series, 0, 9, 3), Some(3.5));
        assert_eq!(naive_error(series, 0, 1, 1), None);
        let flat = [2.0; 5];
        assert_eq!(naive_error(&Table::new([("", &flat[..])], 1, 1).series()[0], 0, 1, 5), None);
    }
}
