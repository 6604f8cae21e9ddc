//! Forecasts further ahead than the network's patches reach: behind the last step of these, of the means of stretches of rows.
//!
//! Stretches are whole seasons where a season is short beside the horizon, else parts of one. Their quantiles are read between the middles of
//! stretches; what the season adds within a stretch is put back, and so is the spread of single rows around it. Too few rows for stretches leave
//! the farthest steps as they are, wider by the root of how much farther they are.

use super::context::History;
use super::quantiles::{LEVELS, MEDIAN};

/// Stretches that a history has to hold.
const LEAST_STRETCHES: usize = 8;

/// A history in stretches.
struct Thinned {
    /// Mean of each, the last ending with the last row.
    means: Vec<f64>,
    /// Rows of a stretch.
    rows: usize,
    /// Stretches of a season, and of a longer one.
    season: usize,
    longer: usize,
    /// Mean distance from the stretch by row of it (and of the season, where a stretch is a part of one), counted from the first row of the future.
    shape: Vec<f64>,
    /// Standard deviation of rows around mean and shape.
    deviation: f64,
}

impl Thinned {
    /// Stretches of at least `least` rows; none where the history has too few of them.
    fn of(history: &History<'_>, least: usize) -> Option<Self> {
        let (values, season) = (history.values, history.season.max(1));
        let rows = if season > 1 && season <= least {
            season * least.div_ceil(season)
        } else {
            (least..=season).find(|&rows| season.is_multiple_of(rows)).unwrap_or(least)
        };
        let count = values.len() / rows;
        if count < LEAST_STRETCHES {
            return None;
        }
        let values = &values[values.len() - count * rows..];
        let mean = |part: &[f64]| {
            let (sum, known) = part.iter().filter(|v| v.is_finite()).fold((0.0, 0.0), |(sum, n), v| (sum + v / part.len() as f64, n + 1.0));
            if known > 0.0 { sum * part.len() as f64 / known } else { f64::NAN }
        };
        let means: Vec<f64> = values.chunks_exact(rows).map(mean).collect();
        let period = rows.max(season);
        let mut shape = vec![(0.0, 0.0); period];
        // Rows are counted back from the end, so that the future begins with row 0 of the shape.
        let place = |t: usize| (period - (values.len() - t) % period) % period;
        for (t, v) in values.iter().enumerate() {
            let distance = v - means[t / rows];
            if distance.is_finite() {
                let (sum, count) = &mut shape[place(t)];
                *sum += distance;
                *count += 1.0;
            }
        }
        let is_seasonal = season > 1 && season <= values.len() / 2;
        let shape: Vec<f64> = shape.iter().map(|&(sum, n)| if is_seasonal && n > 0.0 { sum / n } else { 0.0 }).collect();
        let (sum, count) = values.iter().enumerate().fold((0.0, 0.0), |(sum, count), (t, v)| {
            let d = v - means[t / rows] - shape[place(t)];
            if d.is_finite() { (sum + d.abs(), count + 1.0) } else { (sum, count) }
        });
        // Of a normal distribution the mean distance is √(2/π) deviations; its square would overflow sooner.
        let deviation = if count > 0.0 { sum / count * (std::f64::consts::PI / 2.0).sqrt() } else { 0.0 };
        let stretches = |season: usize| if season > rows && season.is_multiple_of(rows) { season / rows } else { 1 };
        let (season, longer) = (stretches(season), stretches(history.longer));
        Some(Self { means, rows, season, longer, shape, deviation })
    }

    /// Rows from the quantiles of stretches.
    fn spread(&self, stretches: &[f64], horizon: usize, z: &[f64; LEVELS.len()]) -> Vec<f64> {
        let width = LEVELS.len();
        let last = stretches.len() / width - 1;
        let mut out = Vec::with_capacity(horizon * width);
        for k in 0..horizon {
            let middle = (k as f64 + 0.5) / self.rows as f64 - 0.5;
            let at = (middle.max(0.0) as usize).min(last);
            let share = if middle < 0.0 || at == last || self.season > 1 { 0.0 } else { middle - at as f64 };
            let at = if self.season > 1 { (k / self.rows).min(last) } else { at };
            let value = |level: usize| {
                let here = stretches[at * width + level];
                let next = stretches[(at + 1).min(last) * width + level];
                here * (1.0 - share) + next * share
            };
            let (median, shape) = (value(MEDIAN), self.shape[k % self.shape.len()]);
            out.extend((0..width).map(|level| {
                let off = (value(level) - median).hypot(z[level] * self.deviation);
                median + shape + off.copysign(z[level])
            }));
        }
        out
    }
}

/// Forecasts `horizon` steps with calls of `near` that ask for at most `most`.
pub(super) fn forecast(
    histories: &[History<'_>],
    horizon: usize,
    most: usize,
    mut near: impl FnMut(&[History<'_>], usize) -> Vec<Vec<f64>>,
) -> Vec<Vec<f64>> {
    let z = LEVELS.map(crate::loss::normal_quantile);
    let least = horizon.div_ceil(most);
    let thinned: Vec<Option<Thinned>> = histories.iter().map(|history| Thinned::of(history, least)).collect();
    let plain = near(histories, most);
    let mut found: Vec<Vec<f64>> = Vec::with_capacity(histories.len());
    for ((history, thinned), plain) in histories.iter().zip(&thinned).zip(plain) {
        found.push(match thinned {
            Some(thinned) => {
                let means = History { values: &thinned.means, season: thinned.season, longer: thinned.longer };
                let stretches = near(&[means], horizon.div_ceil(thinned.rows)).pop().unwrap_or_default();
                // What is near is not forecast better by what is far.
                let far = thinned.spread(&stretches, horizon, &z);
                plain.iter().chain(&far[plain.len()..]).copied().collect()
            }
            None => longer(&plain, horizon, history.season),
        });
        // Values at the end of what is a number have differences beyond it.
        found.last_mut().into_iter().flatten().for_each(|v| *v = v.clamp(-f64::MAX, f64::MAX));
    }
    found
}

/// Goes on beyond the last step: the last season, or step, again, wider with the root of the distance.
fn longer(found: &[f64], horizon: usize, season: usize) -> Vec<f64> {
    let width = LEVELS.len();
    let steps = found.len() / width;
    let mut out = found.to_vec();
    let back = if season <= steps { season.max(1) } else { 1 };
    for k in steps..horizon {
        let from = steps - back + (k - steps) % back;
        let factor = ((k + 1) as f64 / (from + 1) as f64).sqrt();
        let q = &found[from * width..][..width];
        out.extend(q.iter().map(|v| q[MEDIAN] + factor * (v - q[MEDIAN])));
    }
    out
}
