//! Autoregressive moving averages by conditional least squares.

use gatewise_kernels::vectorize;

use super::stationary::is_stationary;
use crate::descend::{Patience, Squares, descend};
use crate::linear::mean;

/// Coefficients of rows about a mean: w_t − μ = Σ φ_i (w_{t−i} − μ) + e_t + Σ θ_j e_{t−j}.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arma {
    /// φ_1, φ_2, …; zero where a lag is left out.
    pub phi: Vec<f64>,
    pub theta: Vec<f64>,
    /// Errors before the first row that has all of its lags, latest first.
    pub before: Vec<f64>,
    pub mean: f64,
    /// Whether the mean was fitted; else it is zero.
    pub has_mean: bool,
    /// Variance of the errors.
    pub sigma2: f64,
}

/// Numbers of lags of rows and errors, and whether the mean is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub p: usize,
    pub q: usize,
    pub has_mean: bool,
}

/// Most lags of rows and of errors.
pub(crate) const MOST_ROWS: usize = 2;
pub(crate) const MOST_ERRORS: usize = 2;
/// Places of all parameters that an order can have, in one vector: lags of rows, lags of errors, the mean, the errors before the first row.
const MEAN: usize = MOST_ROWS + MOST_ERRORS;
const BEFORE: usize = MEAN + 1;
const LANES: usize = (BEFORE + MOST_ERRORS).next_multiple_of(8);
/// A few steps to compare orders by, and more for the one that is taken.
pub(crate) const QUICK: Patience = Patience { steps: 8, gain: 0.05 };
pub(crate) const THOROUGH: Patience = Patience { steps: 40, gain: 1e-6 };
/// Bounds of coefficients: an autoregression of two lags has none beyond.
const COEFFICIENT: f64 = 2.0;

/// Conditional least squares of an order, over the errors from row `start` on. The errors before the first row are parameters too, so that
/// a moving average near a unit root does not start from a wrong one.
struct Conditional<'a> {
    w: &'a [f64],
    order: Order,
    start: usize,
    normal: Vec<f64>,
    gradient: Vec<f64>,
}

impl Conditional<'_> {
    /// φ, θ, perhaps μ, errors before the first.
    fn len(&self) -> usize {
        self.order.p + 2 * self.order.q + usize::from(self.order.has_mean)
    }

    fn mean(&self, x: &[f64]) -> f64 {
        if self.order.has_mean { x[self.order.p + self.order.q] } else { 0.0 }
    }

    fn errors(&self, x: &[f64]) -> Errors {
        let Order { p, q, .. } = self.order;
        let mean = self.mean(x);
        let mut rows = [0.0; MOST_ROWS];
        rows.iter_mut().zip(self.w[..p].iter().rev()).for_each(|(row, w)| *row = w - mean);
        Errors { phi: filled(&x[..p]), theta: filled(&x[p..p + q]), mean, rows, before: filled(&x[x.len() - q..]) }
    }

    /// The value, and the derivatives of each row added to the normal equations.
    #[inline(always)]
    fn row_by_row(&mut self, x: &[f64]) -> f64 {
        let Order { p, q, has_mean } = self.order;
        let (mut normal, mut gradient) = ([[0.0; LANES]; LANES], [0.0; LANES]);
        // Derivatives of the last errors, latest first.
        let mut before = [[0.0; LANES]; MOST_ERRORS];
        before.iter_mut().enumerate().for_each(|(j, before)| before[BEFORE + j] = 1.0);
        let mut squares = 0.0;
        let of_mean = x[..p].iter().sum::<f64>() - 1.0;
        let mut errors = self.errors(x);
        for t in p..self.w.len() {
            let (rows, last) = (errors.rows, errors.before);
            let mut row = [-rows[0], -rows[1], -last[0], -last[1], of_mean, 0.0, 0.0, 0.0];
            for (theta, before) in errors.theta.iter().zip(&before) {
                for k in 0..LANES {
                    row[k] -= theta * before[k];
                }
            }
            let error = errors.next(self.w[t]);
            if t >= self.start {
                for (normal, of_row) in normal.iter_mut().zip(row) {
                    for k in 0..LANES {
                        normal[k] += of_row * row[k];
                    }
                }
                for k in 0..LANES {
                    gradient[k] += row[k] * error;
                }
                squares += error * error;
            }
            before = shifted(before, row);
        }
        let lanes = [0..p, MOST_ROWS..MOST_ROWS + q, MEAN..MEAN + usize::from(has_mean), BEFORE..BEFORE + q];
        let lanes = || lanes.clone().into_iter().flatten();
        self.normal.clear();
        self.normal.extend(lanes().flat_map(|i| lanes().map(move |j| (i, j))).map(|(i, j)| normal[i][j]));
        self.gradient.clear();
        self.gradient.extend(lanes().map(|i| gradient[i]));
        self.join(squares)
    }

    fn join(&self, squares: f64) -> f64 {
        let n = (self.w.len() - self.start) as f64;
        let value = n * squares.max(n * 1e-26).ln();
        if value.is_finite() { value } else { f64::INFINITY }
    }
}

/// The errors of row after row, with the rows and errors before, latest first; zero where the order has none.
struct Errors {
    phi: [f64; MOST_ROWS],
    theta: [f64; MOST_ERRORS],
    mean: f64,
    /// About the mean.
    rows: [f64; MOST_ROWS],
    before: [f64; MOST_ERRORS],
}

impl Errors {
    #[inline(always)]
    fn next(&mut self, w: f64) -> f64 {
        let row = w - self.mean;
        let of_rows: f64 = self.phi.iter().zip(&self.rows).map(|(phi, row)| phi * row).sum();
        let of_errors: f64 = self.theta.iter().zip(&self.before).map(|(theta, e)| theta * e).sum();
        let error = row - of_rows - of_errors;
        self.rows = shifted(self.rows, row);
        self.before = shifted(self.before, error);
        error
    }
}

/// A slice at the beginning of an array of zeros.
fn filled<const N: usize>(slice: &[f64]) -> [f64; N] {
    let mut array = [0.0; N];
    array[..slice.len()].copy_from_slice(slice);
    array
}

/// An array with another first element, the others one place on.
#[inline(always)]
fn shifted<T: Copy, const N: usize>(mut array: [T; N], first: T) -> [T; N] {
    array.copy_within(..N - 1, 1);
    array[0] = first;
    array
}

impl Squares for Conditional<'_> {
    fn value(&mut self, x: &[f64]) -> f64 {
        let mut errors = self.errors(x);
        let mut squares = 0.0;
        for t in self.order.p..self.w.len() {
            let error = errors.next(self.w[t]);
            if t >= self.start {
                squares += error * error;
            }
        }
        self.join(squares)
    }

    fn derive(&mut self, x: &[f64]) -> f64 {
        vectorize!(self.row_by_row(x))
    }

    fn equations(&self) -> (&[f64], &[f64]) {
        (&self.normal, &self.gradient)
    }

    fn bounds(&self, i: usize) -> (f64, f64) {
        if i < self.order.p + self.order.q { (-COEFFICIENT, COEFFICIENT) } else { (f64::NEG_INFINITY, f64::INFINITY) }
    }

    fn allows(&self, x: &[f64]) -> bool {
        let Order { p, q, .. } = self.order;
        let theta: Vec<f64> = x[p..p + q].iter().map(|theta| -theta).collect();
        is_stationary(&x[..p]) && is_stationary(&theta)
    }
}

/// An order with lags of errors, fitted to rows; with n log Σ e² of the errors from row `start` on.
///
/// `None` where no start leads anywhere.
pub(crate) fn fit(w: &[f64], order: Order, start: usize, patience: Patience) -> Option<(Arma, f64)> {
    let Order { p, q, has_mean } = order;
    debug_assert!((1..=MOST_ERRORS).contains(&q) && start >= p);
    let mut squares = Conditional { w, order, start, normal: Vec::new(), gradient: Vec::new() };
    let middle = mean(w);
    let mut best = (f64::INFINITY, Vec::new());
    let phis: &[f64] = if p > 0 { &[0.0, 0.5, 0.9] } else { &[0.0] };
    for (phi, theta) in phis.iter().flat_map(|phi| [-0.7, 0.1, 0.6].map(|theta| (phi, theta))) {
        let mut x = vec![0.0; squares.len()];
        if p > 0 {
            x[0] = *phi;
        }
        x[p] = theta;
        if has_mean {
            x[p + q] = middle;
        }
        let value = squares.value(&x);
        if value < best.0 {
            best = (value, x);
        }
    }
    let (value, mut x) = best;
    if value == f64::INFINITY {
        return None;
    }
    let value = descend(&mut squares, &mut x, patience);
    let count = w.len() - start;
    let sigma2 = (value / count as f64).exp() / count.saturating_sub(squares.len()).max(1) as f64;
    let (theta, before) = (x[p..p + q].to_vec(), x[x.len() - q..].to_vec());
    Some((Arma { phi: x[..p].to_vec(), theta, before, mean: squares.mean(&x), has_mean, sigma2 }, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Noise;

    fn series(phi: f64, theta: f64, n: usize) -> Vec<f64> {
        let mut noise = Noise::new(17);
        let (mut w, mut e) = (0.0, 0.0);
        (0..n)
            .map(|_| {
                let next = noise.normal();
                w = phi * w + next + theta * e;
                e = next;
                5.0 + w
            })
            .collect()
    }

    #[test]
    fn derivatives_match_differences() {
        let w = series(0.5, -0.4, 40);
        let order = Order { p: 2, q: 2, has_mean: true };
        let mut squares = Conditional { w: &w, order, start: 4, normal: Vec::new(), gradient: Vec::new() };
        let x = [0.4, 0.1, -0.3, 0.2, 4.8, 0.3, -0.2];
        let of_squares = |value: f64| (value / 36.0).exp();
        squares.derive(&x);
        let gradient = squares.gradient.clone();
        for i in 0..x.len() {
            let mut shifted = |h: f64| {
                let mut x = x;
                x[i] += h;
                of_squares(squares.value(&x))
            };
            let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
            assert!((difference - 2.0 * gradient[i]).abs() < 1e-4 * gradient[i].abs().max(1.0), "{i}: {difference} {}", gradient[i]);
        }
    }

    #[test]
    fn finds_coefficients() {
        let (found, _) = fit(&series(0.8, -0.4, 3000), Order { p: 1, q: 1, has_mean: true }, 1, THOROUGH).unwrap();
        assert!((found.phi[0] - 0.8).abs() < 0.05 && (found.theta[0] + 0.4).abs() < 0.06, "{found:?}");
        assert!((found.mean - 5.0).abs() < 0.3 && (found.sigma2 - 1.0).abs() < 0.08, "{found:?}");
    }
}
