//! What each row of a season adds to the level.

/// Weight of a cycle against the one after it, where the season is averaged.
const OLDER: f64 = 0.85;

/// Mean deviations from a centred mean over a season, by row of it; empty where two cycles are not there.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(Vec<f64>);

impl Index {
    pub fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    /// Of row `t` of what the index was made of, which may lie before or beyond it.
    pub fn at(&self, t: isize) -> f64 {
        if self.0.is_empty() { 0.0 } else { self.0[t.rem_euclid(self.0.len() as isize) as usize] }
    }

    /// Root of the mean square.
    pub fn strength(&self) -> f64 {
        (self.0.iter().map(|v| v * v).sum::<f64>() / self.0.len().max(1) as f64).sqrt()
    }
}

/// The index of a series with season `m`, NaN where a value is missing; the newest cycles weigh most.
pub(super) fn index_of(units: &[f64], m: usize) -> Index {
    let n = units.len();
    if m < 2 || n < 2 * m {
        return Index::default();
    }
    // Sums up to each row, and how many values they are of.
    let mut before = Vec::with_capacity(n + 1);
    before.push((0.0, 0.0));
    let (mut sum, mut count) = (0.0, 0.0);
    for v in units {
        if v.is_finite() {
            sum += v;
            count += 1.0;
        }
        before.push((sum, count));
    }
    let between = |from: usize, to: usize| (before[to].0 - before[from].0, before[to].1 - before[from].1);
    let mut sums = vec![(0.0, 0.0); m];
    let half = m / 2;
    for (t, value) in units.iter().enumerate().take(n - half).skip(half) {
        let (mut sum, mut weight) = between(t - half, t + half + 1);
        if m.is_multiple_of(2) {
            // An even season has half of each end.
            let (inner, inner_weight) = between(t - half + 1, t + half);
            (sum, weight) = (0.5 * (sum + inner), 0.5 * (weight + inner_weight));
        }
        if value.is_finite() && 2.0 * weight >= m as f64 {
            let age = OLDER.powi(i32::try_from((n - 1 - t) / m).unwrap_or(i32::MAX));
            let (sum_of, weight_of) = &mut sums[t % m];
            *sum_of += age * (value - sum / weight);
            *weight_of += age;
        }
    }
    if sums.iter().any(|&(_, weight)| weight == 0.0) {
        return Index::default();
    }
    let mut index: Vec<f64> = sums.iter().map(|&(sum, weight)| sum / weight).collect();
    let mean = index.iter().sum::<f64>() / m as f64;
    index.iter_mut().for_each(|v| *v -= mean);
    Index(index)
}
