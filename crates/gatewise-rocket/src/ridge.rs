//! Classes regressed on many features at once.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Penalties tried: ten from 10⁻³ to 10³, evenly by their logarithm.
pub const ALPHAS: [f64; 10] = {
    const STEP: f64 = 4.641_588_833_612_779; // 10^(2/3)
    [1e-3, 1e-3 * STEP, 1e-3 * STEP * STEP, 1e-1, 1e-1 * STEP, 1e-1 * STEP * STEP, 1e1, 1e1 * STEP, 1e1 * STEP * STEP, 1e3]
};

/// Eigenvalues below this share of the largest count as zero.
const LEAST: f64 = 1e-13;

/// Scores of classes, linear in the features.
#[derive(Clone, Debug, PartialEq)]
pub struct Ridge {
    classes: usize,
    /// (K, F).
    weights: Vec<f32>,
    /// (K).
    intercepts: Vec<f32>,
}

/// A ridge with what its fit has shown.
#[derive(Clone, Debug, PartialEq)]
pub struct RidgeFit {
    /// The scores.
    pub ridge: Ridge,
    /// The penalty of least leave-one-out error.
    pub alpha: f64,
    /// The score of each class for each row by the ridge without that row: (N, K).
    pub left_out: Vec<f64>,
    /// Mean square of what these miss the targets of −1 and 1 by.
    pub error: f64,
}

impl Ridge {
    /// Puts both together: `weights` (K, F), `intercepts` (K); none where they do not fit.
    pub fn new(weights: Vec<f32>, intercepts: Vec<f32>) -> Option<Self> {
        let classes = intercepts.len();
        let fits = classes > 0 && weights.len().is_multiple_of(classes) && weights.iter().chain(&intercepts).all(|w| w.is_finite());
        fits.then_some(Self { classes, weights, intercepts })
    }

    /// (K, F).
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// (K).
    pub fn intercepts(&self) -> &[f32] {
        &self.intercepts
    }

    /// The score of each class: (K).
    pub fn scores(&self, features: &[f32]) -> Vec<f64> {
        let width = self.weights.len() / self.classes;
        let dot = |row: &[f32]| -> f64 { row.iter().zip(features).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum() };
        self.weights.chunks_exact(width).zip(&self.intercepts).map(|(row, b)| dot(row) + f64::from(*b)).collect()
    }

    /// Regresses targets of 1 for a row's own class and −1 for the others on features that are divided by their standard deviations. The
    /// penalty is that of [`ALPHAS`] with the least weighted mean square of leave-one-out errors, over all classes.
    ///
    /// `features`: (N, F), row-major; `truth`: (N), below `classes`; `weight`: above 0, by class. The smaller of N and F is what an
    /// eigenvalue problem is solved over: its cube is the time.
    ///
    /// # Panics
    /// If there is no row, or sizes do not fit.
    pub fn fit(features: &[f32], truth: &[usize], classes: usize, weight: &[f64]) -> RidgeFit {
        let rows = truth.len();
        let width = features.len() / rows;
        let share: Vec<f64> = truth.iter().map(|&class| weight[class]).collect();
        let total: f64 = share.iter().sum();
        let (mean, scale) = moments(features, &share, width);
        let root = DVector::from_iterator(rows, share.iter().map(|s| s.sqrt()));
        let x = DMatrix::from_fn(rows, width, |i, j| root[i] * (f64::from(features[i * width + j]) - mean[j]) / scale[j]);
        let target = |i: usize, k: usize| if truth[i] == k { 1.0 } else { -1.0 };
        let level: Vec<f64> = (0..classes).map(|k| (0..rows).map(|i| share[i] * target(i, k)).sum::<f64>() / total).collect();
        let y = DMatrix::from_fn(rows, classes, |i, k| root[i] * (target(i, k) - level[k]));
        let solved = Solved::new(&x, &y);
        let (mut best, mut left_out) = ((f64::INFINITY, ALPHAS[0]), DMatrix::zeros(0, 0));
        for alpha in ALPHAS {
            let missed = solved.missed(&y, alpha, |i| share[i] / total);
            let error = missed.iter().map(|e| e * e).sum::<f64>() / (rows * classes) as f64;
            if error < best.0 {
                (best, left_out) = ((error, alpha), missed);
            }
        }
        let slopes = solved.slopes(&x, best.1);
        let weights = (0..classes).flat_map(|k| (0..width).map(move |j| (j, k))).map(|(j, k)| (slopes[(j, k)] / scale[j]) as f32).collect();
        let intercepts = (0..classes).map(|k| level[k] - (0..width).map(|j| slopes[(j, k)] / scale[j] * mean[j]).sum::<f64>());
        let ridge = Self { classes, weights, intercepts: intercepts.map(|b| b as f32).collect() };
        let mut scores = Vec::with_capacity(rows * classes);
        (0..rows).for_each(|i| scores.extend((0..classes).map(|k| target(i, k) - left_out[(i, k)] / root[i])));
        let error = left_out.iter().map(|e| e * e).sum::<f64>() / (total * classes as f64);
        RidgeFit { ridge, alpha: best.1, left_out: scores, error }
    }
}

/// Weighted mean, and standard deviation over all rows alike; 1 where a feature never changes.
fn moments(features: &[f32], share: &[f64], width: usize) -> (Vec<f64>, Vec<f64>) {
    let rows = share.len() as f64;
    let total: f64 = share.iter().sum();
    let (mut plain, mut mean, mut square) = (vec![0.0; width], vec![0.0; width], vec![0.0; width]);
    for (row, share) in features.chunks_exact(width).zip(share) {
        for (j, &value) in row.iter().enumerate() {
            plain[j] += f64::from(value) / rows;
            mean[j] += f64::from(value) * share / total;
        }
    }
    for row in features.chunks_exact(width) {
        for (j, &value) in row.iter().enumerate() {
            square[j] += (f64::from(value) - plain[j]).powi(2) / rows;
        }
    }
    let scale = square.iter().map(|s| if s.sqrt() > 1e-9 { s.sqrt() } else { 1.0 }).collect();
    (mean, scale)
}

/// X Xᵀ = U Λ Uᵀ without its zeros.
struct Solved {
    /// (N, R).
    u: DMatrix<f64>,
    values: DVector<f64>,
    /// Uᵀ Y: (R, K).
    along: DMatrix<f64>,
}

impl Solved {
    fn new(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Self {
        let (rows, width) = x.shape();
        let dual = rows <= width;
        let eigen = SymmetricEigen::new(if dual { x * x.transpose() } else { x.transpose() * x });
        let most = eigen.eigenvalues.max();
        let kept: Vec<usize> = (0..eigen.eigenvalues.len()).filter(|&k| eigen.eigenvalues[k] > LEAST * most).collect();
        let values = DVector::from_iterator(kept.len(), kept.iter().map(|&k| eigen.eigenvalues[k]));
        let vectors = eigen.eigenvectors.select_columns(&kept);
        let u = if dual {
            vectors
        } else {
            let mut u = x * vectors;
            u.column_iter_mut().zip(&values).for_each(|(mut column, value)| column /= value.sqrt());
            u
        };
        let along = u.transpose() * y;
        Self { u, values, along }
    }

    /// What the fit without a row misses it by, times the root of its weight: (N, K). `level(i)` is the part of row i in its own mean.
    fn missed(&self, y: &DMatrix<f64>, alpha: f64, level: impl Fn(usize) -> f64) -> DMatrix<f64> {
        let kept = self.values.map(|v| v / (v + alpha));
        let mut along = self.along.clone();
        along.row_iter_mut().zip(&kept).for_each(|(mut row, kept)| row *= *kept);
        let mut missed = y - &self.u * along;
        for i in 0..missed.nrows() {
            let own: f64 = self.u.row(i).iter().zip(&kept).map(|(u, kept)| u * u * kept).sum::<f64>() + level(i);
            missed.row_mut(i).scale_mut(1.0 / (1.0 - own).max(f64::EPSILON));
        }
        missed
    }

    /// (F, K): Xᵀ U (Λ + α)⁻¹ Uᵀ Y.
    fn slopes(&self, x: &DMatrix<f64>, alpha: f64) -> DMatrix<f64> {
        let mut along = self.along.clone();
        along.row_iter_mut().zip(&self.values).for_each(|(mut row, value)| row /= *value + alpha);
        x.tr_mul(&(&self.u * along))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of two features that are told apart by the first, and noise.
    fn data(rows: usize, width: usize) -> (Vec<f32>, Vec<usize>) {
        let truth: Vec<usize> = (0..rows).map(|i| i * 7 % 3).collect();
        let noise = |k: usize| ((k * 7919 + 13) % 101) as f32 / 101.0;
        let features = (0..rows * width).map(|at| noise(at) + if at % width == truth[at / width] { 0.8 } else { 0.0 }).collect();
        (features, truth)
    }

    /// Rows more than features and fewer: both ways to solve.
    #[test]
    fn errors_of_left_out_rows_are_those_of_a_fit_without_them() {
        for (rows, width) in [(30, 4), (12, 40)] {
            let (features, truth) = data(rows, width);
            let weight = [1.0, 2.5, 0.5];
            let fit = Ridge::fit(&features, &truth, 3, &weight);
            let scale = moments(&features, &vec![1.0; rows], width).1;
            for out in [0, 5, 11] {
                // The ridge without a row, by its normal equations with an intercept that is not penalised; scales as with it.
                let kept: Vec<usize> = (0..rows).filter(|&i| i != out).collect();
                let value = |i: usize, j: usize| if j == width { 1.0 } else { f64::from(features[i * width + j]) / scale[j] };
                let mut gram = DMatrix::from_fn(width + 1, width + 1, |a, b| {
                    kept.iter().map(|&i| weight[truth[i]] * value(i, a) * value(i, b)).sum::<f64>()
                });
                (0..width).for_each(|j| gram[(j, j)] += fit.alpha);
                let right = DMatrix::from_fn(width + 1, 3, |a, k| {
                    kept.iter().map(|&i| weight[truth[i]] * value(i, a) * if truth[i] == k { 1.0 } else { -1.0 }).sum::<f64>()
                });
                let solved = gram.lu().solve(&right).unwrap();
                for k in 0..3 {
                    let want: f64 = (0..=width).map(|j| value(out, j) * solved[(j, k)]).sum();
                    assert!((fit.left_out[out * 3 + k] - want).abs() < 1e-6, "{rows}×{width}: {want} {}", fit.left_out[out * 3 + k]);
                }
            }
        }
    }

    #[test]
    fn scores_follow_the_classes() {
        let (features, truth) = data(60, 5);
        let fit = Ridge::fit(&features, &truth, 3, &[1.0; 3]);
        let right = |scores: &[f64], class: usize| (0..3).all(|k| scores[k] <= scores[class]);
        let hit = truth.iter().enumerate().filter(|&(i, &class)| right(&fit.ridge.scores(&features[i * 5..][..5]), class)).count();
        assert!(hit > 50, "{hit}");
        assert!(ALPHAS.contains(&fit.alpha) && fit.error > 0.0);
        let back = Ridge::new(fit.ridge.weights().to_vec(), fit.ridge.intercepts().to_vec());
        assert_eq!(back.as_ref(), Some(&fit.ridge));
        assert_eq!(Ridge::new(vec![0.0; 5], vec![0.0; 2]), None);
    }

    #[test]
    fn a_feature_that_never_changes_and_a_single_row_do_no_harm() {
        let (mut features, truth) = data(20, 4);
        features.iter_mut().skip(3).step_by(4).for_each(|v| *v = 0.25);
        let fit = Ridge::fit(&features, &truth, 3, &[1.0; 3]);
        assert!(fit.ridge.scores(&features[..4]).iter().all(|s| s.is_finite()));
        let one = Ridge::fit(&[0.1, 0.2], &[1], 2, &[1.0; 2]);
        assert!(one.ridge.scores(&[0.5, 0.5]).iter().all(|s| s.is_finite()));
    }

    #[test]
    fn penalties_are_even_by_logarithm() {
        for pair in ALPHAS.windows(2) {
            assert!(((pair[1] / pair[0]).log10() - 2.0 / 3.0).abs() < 1e-12);
        }
    }
}
