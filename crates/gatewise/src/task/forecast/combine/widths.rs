//! Intervals that hold: how much wider or narrower the quantiles have to be for the truths of held-back windows to lie in them.
//!
//! Split conformal prediction over rolling windows (Stankevičiūtė et al. 2021; Xu & Xie 2021), with scores that are errors over the
//! width that the quantiles had. Where windows are few their spread says more than their ranks, so the factor moves from a Student
//! quantile of the spread to the empirical one as independent errors become many.

use serde::{Deserialize, Serialize};

use super::trial::Output;
use crate::loss::{normal_quantile, student_t_quantile};

/// Errors that the quantiles as they came count as.
const PRIOR_ERRORS: f64 = 4.0;
/// Spread of errors beyond that of the quantiles as they came, where nothing was measured: a model's own interval leaves out that the
/// model is wrong.
const PRIOR_SPREAD: f64 = 1.15;
/// Independent errors between which the factor goes from the spread to the ranks.
const RANKS: (f64, f64) = (30.0, 150.0);
/// Errors of a step for which its own spread counts half, against that of all steps.
const STEP_ERRORS: f64 = 12.0;
/// Error that counts at most, in deviations: where quantiles lie on the point a multiple of their distance says nothing.
const MOST_ERROR: f64 = 20.0;
/// Bounds of the factor of a level.
const FACTOR: (f64, f64) = (0.05, 20.0);
/// The largest for quantiles that are counted.
const MOST_COUNTED: f64 = 2.0;
/// Bounds of the factor of one step over that of all.
const STEP_SHARE: (f64, f64) = (0.5, 2.0);

/// Factors by which the distance of quantiles from the point is multiplied: that of a level times that of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Widths {
    /// By level; empty leaves quantiles as they are.
    levels: Vec<f64>,
    /// By step.
    steps: Vec<f64>,
}

/// A forecast of a held-back window beside the truth.
pub(super) struct Held<'a> {
    /// Not a number where it is missing.
    pub truth: &'a [f64],
    pub output: &'a Output,
}

impl Widths {
    /// Factors from held-back windows, `independent` of which do not overlap, for quantiles at `levels` over `horizon` steps.
    pub(super) fn of(held: &[Held<'_>], levels: &[f64], horizon: usize, independent: f64) -> Self {
        let z: Vec<f64> = levels.iter().map(|&level| normal_quantile(level)).collect();
        let errors = Errors::of(held, levels, &z, horizon);
        let effective = errors.effective(independent);
        let spread = errors.spread(effective);
        let steps = errors.steps(horizon);
        let degrees = (effective + PRIOR_ERRORS).max(2.5);
        let share_of_ranks = ((effective - RANKS.0) / (RANKS.1 - RANKS.0)).clamp(0.0, 1.0);
        let factor = |k: usize| {
            if z[k].abs() < 1e-9 {
                return 1.0;
            }
            let by_spread = spread * student_t_quantile(levels[k].max(1.0 - levels[k]), degrees) / z[k].abs();
            let inside = (2.0 * levels[k] - 1.0).abs();
            let factor = match errors.ranked(held, k, levels.len(), &steps, (inside * (1.0 + 1.0 / effective.max(1.0))).min(1.0)) {
                Some(by_rank) if share_of_ranks > 0.0 => (1.0 - share_of_ranks) * by_spread + share_of_ranks * by_rank,
                _ => by_spread,
            };
            factor.clamp(FACTOR.0, FACTOR.1)
        };
        Self { levels: (0..levels.len()).map(factor).collect(), steps }
    }

    /// The same, but narrower nowhere and hardly wider: for quantiles that are counted and not a multiple of a spread.
    pub(super) fn counted(mut self) -> Self {
        self.levels.iter_mut().for_each(|factor| *factor = factor.clamp(1.0, MOST_COUNTED));
        self.steps.iter_mut().for_each(|factor| *factor = 1.0);
        self
    }

    /// Quantiles moved away from the point, or towards it; in order where factors would let them cross.
    pub fn apply(&self, output: &mut Output) {
        let width = self.levels.len();
        if width == 0 || output.quantiles.len() != output.point.len() * width {
            return;
        }
        for (h, (point, quantiles)) in output.point.iter().zip(output.quantiles.chunks_exact_mut(width)).enumerate() {
            let step = self.step(h);
            for (quantile, factor) in quantiles.iter_mut().zip(&self.levels) {
                *quantile = point + (*quantile - point) * factor * step;
            }
            quantiles.sort_unstable_by(f64::total_cmp);
        }
    }

    /// The factor of step `h`; the last one serves those behind it.
    fn step(&self, h: usize) -> f64 {
        self.steps.get(h).or(self.steps.last()).copied().unwrap_or(1.0)
    }

    /// What the distance of each quantile from the point is multiplied by: (horizon, levels). None where quantiles stay as they are.
    pub fn factors(&self, horizon: usize, levels: usize) -> Option<Vec<f64>> {
        let of = |h: usize| self.levels.iter().map(move |factor| factor * self.step(h));
        (levels > 0 && self.levels.len() == levels).then(|| (0..horizon).flat_map(of).collect())
    }

    /// Whether a saved combination of `levels` can use them.
    pub fn fits(&self, levels: usize) -> bool {
        (self.levels.is_empty() || self.levels.len() == levels) && self.levels.iter().chain(&self.steps).all(|f| f.is_finite() && *f >= 0.0)
    }
}

/// Errors in units of the standard deviation that the quantiles speak of, by window.
struct Errors {
    windows: Vec<Vec<f64>>,
    by_step: Vec<(f64, f64)>,
}

impl Errors {
    fn of(held: &[Held<'_>], levels: &[f64], z: &[f64], horizon: usize) -> Self {
        let (mut windows, mut by_step) = (Vec::new(), vec![(0.0, 0.0); horizon]);
        for Held { truth, output } in held {
            let mut errors = Vec::new();
            for (h, truth) in truth.iter().enumerate().filter(|(_, truth)| !truth.is_nan()) {
                let (error, quantiles) = (truth - output.point[h], &output.quantiles[h * levels.len()..][..levels.len()]);
                // The mean over the levels on the side of the error.
                let side = |k: &usize| z[*k] != 0.0 && (z[*k] > 0.0) == (error > 0.0);
                let (sum, count) = (0..levels.len())
                    .filter(side)
                    .fold((0.0, 0.0), |(sum, count), k| (sum + (quantiles[k] - output.point[h]) / z[k], count + 1.0));
                let deviation = sum / count;
                if deviation > 0.0 {
                    let error = (error / deviation).clamp(-MOST_ERROR, MOST_ERROR);
                    errors.push(error);
                    by_step[h].0 += error * error;
                    by_step[h].1 += 1.0;
                }
            }
            if !errors.is_empty() {
                windows.push(errors);
            }
        }
        Self { windows, by_step }
    }

    /// Independent errors among all: `independent` windows, each as many as its errors are apart from each other.
    fn effective(&self, independent: f64) -> f64 {
        let count = self.windows.len() as f64;
        if count == 0.0 {
            return 0.0;
        }
        let length = self.windows.iter().map(Vec::len).sum::<usize>() as f64 / count;
        let square = self.square();
        let of_means = self.windows.iter().map(|w| (w.iter().sum::<f64>() / w.len() as f64).powi(2)).sum::<f64>() / count;
        let alike =
            if length > 1.0 && square > 0.0 { ((of_means / square - 1.0 / length) / (1.0 - 1.0 / length)).clamp(0.0, 1.0) } else { 1.0 };
        independent * length / (1.0 + (length - 1.0) * alike)
    }

    fn square(&self) -> f64 {
        let count = self.windows.iter().map(Vec::len).sum::<usize>() as f64;
        self.windows.iter().flatten().map(|e| e * e).sum::<f64>() / count.max(1.0)
    }

    /// Root of the mean square, with the prior.
    fn spread(&self, effective: f64) -> f64 {
        ((effective * self.square() + PRIOR_ERRORS * PRIOR_SPREAD * PRIOR_SPREAD) / (effective + PRIOR_ERRORS)).sqrt()
    }

    /// Spread of each step over that of all, each with that of its neighbours.
    fn steps(&self, horizon: usize) -> Vec<f64> {
        let all = self.square();
        if all <= 0.0 {
            return vec![1.0; horizon];
        }
        let reach = horizon / 12;
        let factor = |h: usize| {
            let near = &self.by_step[h.saturating_sub(reach)..(h + reach + 1).min(horizon)];
            let (sum, count) = near.iter().fold((0.0, 0.0), |(s, c), (sum, count)| (s + sum, c + count));
            ((sum + STEP_ERRORS * all) / (count + STEP_ERRORS) / all).sqrt().clamp(STEP_SHARE.0, STEP_SHARE.1)
        };
        (0..horizon).map(factor).collect()
    }

    /// The share `inside` of errors, as a multiple of the distance of quantile `k`, or of its mirror image, from the point.
    fn ranked(&self, held: &[Held<'_>], k: usize, width: usize, steps: &[f64], inside: f64) -> Option<f64> {
        let mut scores = Vec::new();
        for Held { truth, output } in held {
            for (h, truth) in truth.iter().enumerate().filter(|(_, truth)| !truth.is_nan()) {
                let error = truth - output.point[h];
                let quantiles = &output.quantiles[h * width..][..width];
                let upper = quantiles[k] > output.point[h];
                let distance = if (error > 0.0) == upper { quantiles[k] } else { quantiles[width - 1 - k] } - output.point[h];
                if distance != 0.0 {
                    scores.push(error.abs() / (distance.abs() * steps[h]));
                }
            }
        }
        let last = scores.len().checked_sub(1)?;
        let at = ((scores.len() as f64 * inside).ceil() as usize).saturating_sub(1).min(last);
        Some(*scores.select_nth_unstable_by(at, f64::total_cmp).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    const LEVELS: [f64; 5] = [0.025, 0.1, 0.5, 0.9, 0.975];

    fn output(deviation: f64, horizon: usize) -> Output {
        let quantiles = (0..horizon).flat_map(|_| LEVELS.map(|level| deviation * normal_quantile(level)));
        Output { point: vec![0.0; horizon], quantiles: quantiles.collect(), fitted_deviation: None }
    }

    /// Share of fresh errors inside the widest interval, after calibration on `windows` windows of errors with standard deviation 1.
    fn coverage(claimed: f64, windows: usize, horizon: usize) -> f64 {
        let mut rng = Rng::new(7, 0);
        let mut normal = || normal_quantile(rng.unit().clamp(1e-12, 1.0 - 1e-12));
        let truths: Vec<Vec<f64>> = (0..windows).map(|_| (0..horizon).map(|_| normal()).collect()).collect();
        let output = output(claimed, horizon);
        let held: Vec<Held<'_>> = truths.iter().map(|truth| Held { truth, output: &output }).collect();
        let widths = Widths::of(&held, &LEVELS, horizon, windows as f64);
        let mut calibrated = output.clone();
        widths.apply(&mut calibrated);
        let trials = 4000;
        let inside = (0..trials).filter(|_| (calibrated.quantiles[0]..=calibrated.quantiles[4]).contains(&normal())).count();
        inside as f64 / trials as f64
    }

    #[test]
    fn intervals_that_were_too_narrow_or_too_wide_hold() {
        for claimed in [0.1, 1.0, 5.0] {
            for (windows, horizon) in [(20, 1), (20, 12), (200, 12)] {
                let found = coverage(claimed, windows, horizon);
                // Few errors leave something of what was claimed.
                let most = if windows * horizon < 100 { 1.0 } else { 0.995 };
                assert!((0.92..=most).contains(&found), "claimed {claimed}, {windows} windows of {horizon}: {found}");
            }
        }
    }

    #[test]
    fn nothing_measured_widens_a_little_and_few_windows_more() {
        let output = output(1.0, 3);
        let none = Widths::of(&[], &LEVELS, 3, 0.0);
        let mut wide = output.clone();
        none.apply(&mut wide);
        assert!(wide.quantiles[4] > 1.2 * output.quantiles[4] && wide.quantiles[2] == 0.0, "{wide:?}");
    }

    #[test]
    fn errors_that_grow_with_the_step_make_intervals_that_do() {
        let mut rng = Rng::new(3, 0);
        let truths: Vec<Vec<f64>> = (0..200).map(|_| (1..=4).map(|h| f64::from(h) * (2.0 * rng.unit() - 1.0)).collect()).collect();
        let output = output(1.0, 4);
        let held: Vec<Held<'_>> = truths.iter().map(|truth| Held { truth, output: &output }).collect();
        let mut calibrated = output.clone();
        Widths::of(&held, &LEVELS, 4, 200.0).apply(&mut calibrated);
        let up_to_half: Vec<f64> = (0..4).map(|h| calibrated.quantiles[h * 5 + 4]).collect();
        assert!(up_to_half.is_sorted() && up_to_half[3] > 1.8 * up_to_half[0], "{up_to_half:?}");
    }
}
