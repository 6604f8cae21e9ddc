//! Quantiles that cannot cross, and their loss.
//!
//! A future step has a centre c and a unit u, which the history settles (the draft that fits it best, its mean error times the root of the steps), and
//! [`DRAFTS`] simple forecasts d as distances from c in units of u. Of the raw outputs the first are scores of the drafts, the others stand for the
//! levels: the median is Σ softmax(scores) · d + 2 o, and each further level an increment softplus(o − 1) away from its neighbour. The loss is the
//! pinball loss between asinh of truth and quantile: quantiles commute with a monotone map, so it stays proper, and a series that explodes cannot drown
//! the others.

use gatewise_kernels::Real;

use super::drafts::DRAFTS;
use crate::loss::normal_quantile;

/// Levels of the quantiles.
pub const LEVELS: [f64; 13] = [0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975];

/// Where the median stands in [`LEVELS`].
pub(crate) const MEDIAN: usize = LEVELS.len() / 2;

/// Raw outputs of a step: a score for each draft, then one for each level.
pub(super) const OUTPUTS: usize = DRAFTS + LEVELS.len();

/// Output of the increments at which softplus is about a third.
const NARROW: f64 = 1.0;

/// Units that the median moves for an output of 1.
const MOVE: f64 = 2.0;

/// Largest distance of a truth from the centre, in units.
const FARTHEST: f64 = 200.0;

/// Quantiles at other levels, from those at [`LEVELS`]: straight between them, and on beyond them, over the quantiles of the normal distribution.
/// `found`: (steps, LEVELS); the result: (steps, levels).
pub(crate) fn at_levels(found: &[f64], levels: &[f64]) -> Vec<f64> {
    let z = LEVELS.map(normal_quantile);
    let places: Vec<(usize, f64)> = levels
        .iter()
        .map(|&level| {
            let z_of = normal_quantile(level);
            let above = LEVELS.partition_point(|&l| l < level).clamp(1, LEVELS.len() - 1);
            (above, (z_of - z[above - 1]) / (z[above] - z[above - 1]))
        })
        .collect();
    let steps = found.chunks_exact(LEVELS.len());
    steps.flat_map(|q| places.iter().map(|&(above, share)| (1.0 - share) * q[above - 1] + share * q[above])).collect()
}

/// asinh, for distances that f64 can square.
pub(super) fn asinh(x: f64) -> f64 {
    let a = x.abs().min(1e100);
    (a + (a * a + 1.0).sqrt()).ln().copysign(x)
}

/// What the quantiles of a future step are made around.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Centre, as a distance from the last value in units of the scale.
    pub center: f64,
    /// Unit, in units of the scale.
    pub unit: f64,
    /// Distances of the drafts from the centre.
    pub drafts: [f64; DRAFTS],
}

impl Step {
    /// Of the series turned over.
    pub fn signed(mut self, sign: f64) -> Self {
        self.center *= sign;
        self.drafts.iter_mut().for_each(|d| *d *= sign);
        self
    }
}

/// Shares of the drafts.
fn shares<F: Real>(raw: &[F]) -> [f64; DRAFTS] {
    let top = raw[..DRAFTS].iter().map(|r| r.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    let mut shares = [0.0; DRAFTS];
    let mut sum = 0.0;
    for (share, raw) in shares.iter_mut().zip(raw) {
        *share = (raw.to_f64() - top).exp();
        sum += *share;
    }
    shares.map(|share| share / sum)
}

/// Quantiles of a step from its raw outputs, as distances from its centre in its units, in ascending order.
pub(super) fn quantiles<F: Real>(raw: &[F], step: &Step) -> [f64; LEVELS.len()] {
    let increment = |level: usize| <f64 as Real>::softplus(raw[DRAFTS + level].to_f64() - NARROW);
    let mixed: f64 = shares(raw).iter().zip(&step.drafts).map(|(share, draft)| share * draft).sum();
    let mut q = [0.0; LEVELS.len()];
    q[MEDIAN] = mixed + MOVE * raw[DRAFTS + MEDIAN].to_f64();
    for level in MEDIAN + 1..LEVELS.len() {
        q[level] = q[level - 1] + increment(level);
    }
    for level in (0..MEDIAN).rev() {
        q[level] = q[level + 1] - increment(level);
    }
    q
}

/// Loss of a step whose truth lies `truth` units from the centre, twice the mean pinball over the levels, times `weight`; writes the gradient of the raw
/// outputs.
pub(super) fn loss<F: Real>(raw: &[F], step: &Step, truth: f64, weight: f64, d_raw: &mut [F]) -> f64 {
    let q = quantiles(raw, step);
    let target = asinh(truth.clamp(-FARTHEST, FARTHEST));
    let factor = 2.0 * weight / LEVELS.len() as f64;
    let mut sum = 0.0;
    let mut d = [0.0; LEVELS.len()];
    for ((&q, &level), d) in q.iter().zip(&LEVELS).zip(&mut d) {
        let error = target - asinh(q);
        let slope = if error >= 0.0 { level } else { level - 1.0 };
        sum += slope * error;
        *d = -factor * slope / (q * q + 1.0).sqrt();
    }
    let all: f64 = d.iter().sum();
    let shares = shares(raw);
    let mixed: f64 = shares.iter().zip(&step.drafts).map(|(share, draft)| share * draft).sum();
    for ((d_raw, share), draft) in d_raw.iter_mut().zip(shares).zip(step.drafts) {
        *d_raw = F::from_f64(all * share * (draft - mixed));
    }
    d_raw[DRAFTS + MEDIAN] = F::from_f64(MOVE * all);
    let slope = |level: usize| <f64 as Real>::sigmoid(raw[DRAFTS + level].to_f64() - NARROW);
    let mut beyond = 0.0;
    for level in (MEDIAN + 1..LEVELS.len()).rev() {
        beyond += d[level];
        d_raw[DRAFTS + level] = F::from_f64(beyond * slope(level));
    }
    beyond = 0.0;
    for level in 0..MEDIAN {
        beyond += d[level];
        d_raw[DRAFTS + level] = F::from_f64(-beyond * slope(level));
    }
    factor * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Step {
        Step { center: 0.3, unit: 2.0, drafts: std::array::from_fn(|k| (k as f64 * 0.9).cos()) }
    }

    #[test]
    fn quantiles_do_not_cross_and_other_levels_lie_between() {
        let raw: Vec<f64> = (0..OUTPUTS).map(|k| ((k * 7) % 5) as f64 - 2.0).collect();
        let q = quantiles(&raw, &step());
        assert!(q.windows(2).all(|w| w[0] < w[1]), "{q:?}");
        assert_eq!(at_levels(&q, &LEVELS), q);
        let other = at_levels(&q, &[0.01, 0.025, 0.15, 0.5, 0.99]);
        assert!(other[0] < q[0] && other[1] == q[0] && q[2] < other[2] && other[2] < q[3] && other[3] == q[MEDIAN] && other[4] > q[12]);
    }

    #[test]
    fn the_gradient_of_the_loss() {
        let (step_of, weight) = (step(), 0.3);
        let raw: Vec<f64> = (0..OUTPUTS).map(|k| (k as f64 * 1.7).sin()).collect();
        for truth in [-3.0, 0.1, 0.9, 12.0] {
            let mut d = vec![0.0; OUTPUTS];
            loss(&raw, &step_of, truth, weight, &mut d);
            for k in 0..OUTPUTS {
                let at = |step: f64| {
                    let mut moved = raw.clone();
                    moved[k] += step;
                    loss(&moved, &step_of, truth, weight, &mut [0.0; OUTPUTS])
                };
                let expected = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((d[k] - expected).abs() < 1e-7, "truth {truth}, output {k}: {} and {expected}", d[k]);
            }
        }
    }
}
