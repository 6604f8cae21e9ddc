//! Where the held-back windows of a series begin.

/// Share of the rows that the held-back windows may cover.
const SHARE: f64 = 0.35;
/// Share of the rows before the first window where windows are cut off by the end of the series.
const SHORT_SHARE: f64 = 0.6;
/// Held-back windows over all series: more cost time and say nothing new.
const MOST_WINDOWS: usize = 2_000;

/// Most windows of each of `sequences` series and channels, where `wanted` are asked for.
pub fn windows_of_each(wanted: usize, sequences: usize) -> usize {
    wanted.min((MOST_WINDOWS / sequences.max(1)).max(1))
}

/// First rows of up to `most` held-back windows of a series of `len` rows, in order of time; none where nothing can be held back.
///
/// The last window ends with the series, and the first begins no earlier than a part of the rows allows. Where that part has no room for two
/// horizons, windows begin at rows so late that the series ends inside them: their first steps are known, and every step of the horizon
/// is known from those that begin early. `from` is the row before which nothing is held back, where the caller settles that.
pub fn held_back_origins(len: usize, horizon: usize, most: usize, from: Option<usize>) -> Vec<usize> {
    if most == 0 || len < 2 {
        return Vec::new();
    }
    let span = match from {
        Some(from) => len.saturating_sub(from),
        None => ((len as f64 * SHARE) as usize).min(horizon.saturating_mul(most)),
    };
    if from.is_some_and(|from| from == 0 || from >= len) {
        return Vec::new();
    }
    if span >= 2 * horizon || (span >= horizon && (most == 1 || from.is_some())) {
        let stride = ((span - horizon) / (most - 1).max(1)).max(1);
        let count = ((span - horizon) / stride + 1).min(most);
        let last = len - horizon;
        let first = from.unwrap_or(last - (count - 1) * stride);
        return (0..count).map(|k| first + k * stride).collect();
    }
    if from.is_some() || most == 1 {
        // One window, which the end may cut off.
        let first = from.unwrap_or_else(|| len.saturating_sub(horizon).max(len.div_ceil(2)));
        return vec![first];
    }
    let first = ((len as f64 * SHORT_SHARE).ceil() as usize).max(len.saturating_sub(2 * horizon)).clamp(1, len - 1);
    let stride = (len - first).div_ceil(most);
    (first..len).step_by(stride).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fit_the_rows() {
        // len, horizon, most, from → first, last, count
        type Case = ((usize, usize, usize, Option<usize>), (usize, usize, usize));
        let cases: [Case; 8] = [
            ((144, 12, 20, None), (94, 132, 20)),
            ((35_040, 96, 20, None), (33_120, 34_944, 20)),
            ((1000, 12, 20, None), (760, 988, 20)),
            ((24, 6, 20, None), (15, 23, 9)),
            ((4, 2, 20, None), (3, 3, 1)),
            ((144, 12, 20, Some(120)), (120, 132, 13)),
            ((144, 12, 20, Some(140)), (140, 140, 1)),
            ((144, 12, 1, None), (132, 132, 1)),
        ];
        for ((len, horizon, most, from), (first, last, count)) in cases {
            let origins = held_back_origins(len, horizon, most, from);
            let found = (origins[0], origins[origins.len() - 1], origins.len());
            assert_eq!(found, (first, last, count), "len {len} horizon {horizon} most {most} from {from:?}: {origins:?}");
        }
        assert!(held_back_origins(1, 3, 20, None).is_empty() && held_back_origins(50, 3, 0, None).is_empty());
        assert!(held_back_origins(50, 3, 20, Some(50)).is_empty());
    }

    #[test]
    fn no_window_begins_before_half_of_the_rows() {
        for len in 2..300 {
            for horizon in [1, 2, 6, 12, 48, 500] {
                let origins = held_back_origins(len, horizon, 20, None);
                assert!((1..=20).contains(&origins.len()) && origins.is_sorted(), "len {len} horizon {horizon}: {origins:?}");
                assert!(2 * origins[0] >= len && origins[origins.len() - 1] < len, "len {len} horizon {horizon}: {origins:?}");
            }
        }
    }

    #[test]
    fn many_series_share_a_budget() {
        assert_eq!((windows_of_each(20, 1), windows_of_each(20, 414), windows_of_each(20, 100_000)), (20, 4, 1));
    }
}
