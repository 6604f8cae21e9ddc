//! What comes round: which number of rows, and the usual course within them.

use super::spread::quantile;

/// Rows that a season is looked for in, and the longest that is found.
const SEARCHED: usize = 4096;
const LONGEST: usize = 1100;
/// Shortest season, pairs of rows that one is told from, and the least correlation.
const SHORTEST: usize = 3;
const PAIRS: usize = 24;
const LEAST: f64 = 0.2;
/// Share of the highest correlation from which a shorter season is one too, and from which it is the same come round more often.
const SHORTER: f64 = 0.6;
const ALIKE: f64 = 0.95;
/// Width of what is not taken for an outlier, in robust deviations.
const WIDE: f64 = 4.0;
/// Rows of a phase up to which each is held against the others exactly.
const FEW: usize = 5;

/// Rows after which values come round, by the peaks of their autocorrelation: the highest, and a shorter one that is nearly as high.
pub(super) fn find(values: &[f64]) -> Vec<usize> {
    let values = &values[values.len().saturating_sub(SEARCHED)..];
    let trend = moving_mean(values, (values.len() / 3).clamp(1, 2 * LONGEST));
    let mut rest: Vec<f32> = values.iter().zip(&trend).map(|(v, t)| (v - t) as f32).map(|v| if v.is_nan() { 0.0 } else { v }).collect();
    let mut sorted: Vec<f64> = rest.iter().map(|v| f64::from(v.abs())).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let most = (WIDE * quantile(&sorted, 0.5) / 0.6745).max(quantile(&sorted, 0.9)) as f32;
    rest.iter_mut().for_each(|v| *v = v.clamp(-most, most));
    let last = (rest.len() * 11 / 20).min(rest.len().saturating_sub(PAIRS)).min(LONGEST + 1);
    let mean_square = dot(&rest, &rest) / rest.len().max(1) as f64;
    if last <= SHORTEST || mean_square <= 0.0 {
        return Vec::new();
    }
    let correlation: Vec<f64> =
        (0..=last).map(|lag| dot(&rest[lag..], &rest[..rest.len() - lag]) / ((rest.len() - lag) as f64 * mean_square)).collect();
    let least = |lag: usize| LEAST.max(2.5 / ((rest.len() - lag) as f64).sqrt());
    let peaks: Vec<usize> = (SHORTEST..last)
        .filter(|&l| correlation[l] >= correlation[l - 1] && correlation[l] > correlation[l + 1] && correlation[l] > least(l))
        .collect();
    let highest = peaks.iter().map(|&lag| correlation[lag]).fold(0.0, f64::max);
    let above = |share: f64| peaks.iter().copied().find(|&lag| correlation[lag] > share * highest);
    let mut found: Vec<usize> = [SHORTER, ALIKE].into_iter().filter_map(above).collect();
    found.dedup();
    found
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f32; 16];
    let (a, b) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().map(|s| f64::from(*s)).sum::<f64>() + f64::from(rest)
}

/// The mean of `window` rows around each row, the outermost ones held to the edges; outliers count as the edge of what is usual.
pub(super) fn moving_mean(values: &[f64], window: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, middle, high) = (quantile(&sorted, 0.05), quantile(&sorted, 0.5), quantile(&sorted, 0.95));
    let (low, high) = (middle - 2.0 * (middle - low), middle + 2.0 * (high - middle));
    let window = window.clamp(1, values.len().max(1));
    let mut sums = Vec::with_capacity(values.len() + 1);
    let (mut sum, mut count) = (0.0, 0_u32);
    sums.push((sum, count));
    for value in values {
        if !value.is_nan() {
            (sum, count) = (sum + value.clamp(low, high) - middle, count + 1);
        }
        sums.push((sum, count));
    }
    let last = values.len() - window.min(values.len());
    let at = |row: usize| {
        let first = row.saturating_sub(window / 2).min(last);
        let ((s0, c0), (s1, c1)) = (sums[first], sums[first + window]);
        middle + if c1 > c0 { (s1 - s0) / f64::from(c1 - c0) } else { 0.0 }
    };
    (0..values.len()).map(at).collect()
}

/// The usual course within a season: by phase, NaN where none was seen; and what is left of each value without it, the course taken from the
/// other rows of its phase, NaN where there is none. `None` where fewer than half the phases were seen twice.
pub(super) fn profile(values: &[f64], phases: &[u32], season: usize) -> Option<(Vec<f32>, Vec<f64>)> {
    let trend = moving_mean(values, season);
    let mut rows: Vec<(u32, f64, u32)> =
        (0..values.len()).filter(|&i| !values[i].is_nan()).map(|i| (phases[i], values[i] - trend[i], i as u32)).collect();
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut course, mut rest, mut twice) = (vec![f32::NAN; season], vec![f64::NAN; values.len()], 0);
    let mut others = Vec::new();
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        let usual = middle_mean(group.iter().map(|r| r.1), group.len());
        course[group[0].0 as usize] = usual as f32;
        if group.len() < 2 {
            continue;
        }
        twice += 1;
        for (at, &(_, value, row)) in group.iter().enumerate() {
            let other = if group.len() <= FEW {
                others.clear();
                others.extend(group.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, r)| r.1));
                middle_mean(others.iter().copied(), others.len())
            } else {
                usual - (value - usual) / (group.len() - 1) as f64
            };
            rest[row as usize] = values[row as usize] - other;
        }
    }
    (2 * twice >= season).then_some((course, rest))
}

/// The mean of the middle half of sorted numbers.
fn middle_mean(sorted: impl Iterator<Item = f64>, count: usize) -> f64 {
    let cut = if count == 3 { 1 } else { count / 4 };
    sorted.skip(cut).take(count - 2 * cut).sum::<f64>() / (count - 2 * cut) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn daily(rows: usize) -> Vec<f64> {
        let mut rng = Rng::new(1, 0);
        let weekend = |row: usize| if row / 24 % 7 >= 5 { 0.3 } else { 1.0 };
        (0..rows).map(|row| 6.0 * weekend(row) * (std::f64::consts::TAU * row as f64 / 24.0).sin() + rng.normal()).collect()
    }

    #[test]
    fn seasons_are_found_and_noise_and_walks_have_none_of_use() {
        assert_eq!(find(&daily(1000)), [24, 168]);
        assert_eq!(find(&daily(310)), [24, 168]);
        let mut rng = Rng::new(2, 0);
        let noise: Vec<f64> = (0..1000).map(|_| rng.normal()).collect();
        assert!(find(&noise).is_empty());
        assert!(find(&[1.0; 500]).is_empty() && find(&[]).is_empty() && find(&[f64::NAN; 200]).is_empty());
    }

    #[test]
    fn what_is_left_of_a_season_is_its_noise() {
        let mut values = daily(168 * 6);
        values[500] += 100.0;
        let phases: Vec<u32> = (0..values.len() as u32).map(|row| row % 168).collect();
        let (course, rest) = profile(&values, &phases, 168).unwrap();
        assert!(course.iter().all(|v| v.is_finite()) && rest[500] > 90.0);
        let mut left: Vec<f64> = rest.iter().map(|v| v.abs()).collect();
        left.sort_unstable_by(f64::total_cmp);
        let deviation = quantile(&left, 0.5) / 0.6745;
        assert!((0.95..1.35).contains(&deviation), "{deviation}");
        assert!(profile(&values[..200], &phases[..200], 168).is_none());
    }
}
