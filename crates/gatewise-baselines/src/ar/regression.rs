//! Autoregressions by conditional least squares, their order by AICc.

use crate::linear::{mean, solve};

/// An autoregression of rows about a mean: w_t − μ = Σ φ_j (w_{t−j} − μ) + e_t.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Regression {
    /// φ_1, φ_2, …; zero where a lag is left out.
    pub phi: Vec<f64>,
    pub mean: f64,
    /// Whether the mean was fitted; else it is zero.
    pub has_mean: bool,
    /// Variance of the errors.
    pub sigma2: f64,
}

/// Sums of products of rows and their lags, over the same rows for every order.
struct Products {
    /// Lags that may enter.
    lags: Vec<usize>,
    /// By regressor 1, w_{t−lag}, …: products with each other and with w_t.
    normal: Vec<f64>,
    right: Vec<f64>,
    squares: f64,
    count: usize,
}

impl Products {
    fn of(w: &[f64], lags: Vec<usize>, start: usize) -> Self {
        let k = lags.len() + 1;
        let (mut normal, mut right, mut squares) = (vec![0.0; k * k], vec![0.0; k], 0.0);
        let mut row = vec![1.0; k];
        for t in start..w.len() {
            row[1..].iter_mut().zip(&lags).for_each(|(x, lag)| *x = w[t - lag]);
            for i in 0..k {
                for j in 0..=i {
                    normal[i * k + j] += row[i] * row[j];
                }
                right[i] += row[i] * w[t];
            }
            squares += w[t] * w[t];
        }
        Self { lags, normal, right, squares, count: w.len() - start }
    }

    /// Coefficients of some regressors (0 is the constant) and the sum of squares they leave.
    fn solve(&self, regressors: &[usize]) -> Option<(Vec<f64>, f64)> {
        let (k, all) = (regressors.len(), self.lags.len() + 1);
        let mut system = vec![0.0; k * k];
        for (a, &i) in regressors.iter().enumerate() {
            for (b, &j) in regressors[..=a].iter().enumerate() {
                system[a * k + b] = self.normal[i.max(j) * all + i.min(j)];
            }
        }
        let right: Vec<f64> = regressors.iter().map(|&i| self.right[i]).collect();
        let mut found = right.clone();
        solve(&mut system, &mut found).then(|| {
            let explained: f64 = found.iter().zip(&right).map(|(x, r)| x * r).sum();
            let rest = (self.squares - explained).max(0.0);
            (found, rest)
        })
    }
}

/// The autoregression of least AICc, of lags 1..=p up to `most` and perhaps the lag of a season.
///
/// `must` says whether the mean is fitted; where it does not, AICc does.
pub(crate) fn fit(w: &[f64], most: usize, season: Option<usize>, must: Option<bool>) -> Regression {
    // About the mean, so that high levels lose no digits.
    let middle = mean(w);
    let rows: Vec<f64> = w.iter().map(|value| value - middle).collect();
    let shift = -middle;
    let means: &[bool] = match must {
        Some(true) => &[true],
        Some(false) => &[false],
        None => &[false, true],
    };
    // A lag of a season is tried where half of the rows remain.
    let season = season.filter(|&m| m > 1 && 2 * m <= rows.len());
    let start = most.max(season.unwrap_or(0));
    let mut best: Option<(f64, bool, Vec<usize>)> = None;
    for &has_mean in means {
        let base: Vec<f64> = if has_mean { rows.clone() } else { w.to_vec() };
        let mut lags: Vec<usize> = (1..=most).collect();
        lags.extend(season.filter(|&m| m > most));
        let products = Products::of(&base, lags, start);
        for p in 0..=most {
            for seasonal in [None, season.filter(|&m| m > p)] {
                let lags: Vec<usize> = (1..=p).chain(seasonal).collect();
                if seasonal.is_none() && season.is_some_and(|m| m > p) && lags.len() != p {
                    continue;
                }
                let aicc = score(&products, has_mean, &lags);
                if best.as_ref().is_none_or(|(least, ..)| aicc < *least) {
                    best = Some((aicc, has_mean, lags));
                }
            }
        }
    }
    let (_, has_mean, lags) = best.expect("order zero is always tried");
    let base = if has_mean { &rows } else { w };
    let mut fitted = fixed(base, has_mean, &lags);
    if has_mean {
        fitted.mean -= shift;
    }
    fitted
}

/// The regressors of some lags.
fn regressors(lags: &[usize], all: &[usize], has_mean: bool) -> Vec<usize> {
    let constant = has_mean.then_some(0);
    constant.into_iter().chain(lags.iter().filter_map(|lag| all.iter().position(|other| other == lag).map(|i| i + 1))).collect()
}

fn score(products: &Products, has_mean: bool, lags: &[usize]) -> f64 {
    let regressors = regressors(lags, &products.lags, has_mean);
    let (n, k) = (products.count as f64, regressors.len() as f64 + 1.0);
    if n - k - 1.0 <= 0.0 {
        return f64::INFINITY;
    }
    let Some((found, squares)) = products.solve(&regressors) else { return f64::INFINITY };
    let mut phi = vec![0.0; lags.last().copied().unwrap_or(0)];
    lags.iter().zip(&found[usize::from(has_mean)..]).for_each(|(lag, value)| phi[lag - 1] = *value);
    if !is_stationary(&phi) {
        return f64::INFINITY;
    }
    n * f64::max(squares / n, 1e-26 * products.squares / n).max(f64::MIN_POSITIVE).ln() + 2.0 * k * n / (n - k - 1.0)
}

/// Some lags fitted to all rows that have them, made stationary where they are not.
pub(crate) fn fixed(w: &[f64], has_mean: bool, lags: &[usize]) -> Regression {
    let start = lags.last().copied().unwrap_or(0);
    let products = Products::of(w, lags.to_vec(), start);
    let mut phi = vec![0.0; start];
    let mut constant = 0.0;
    if let Some((found, _)) = products.solve(&regressors(lags, lags, has_mean)) {
        let skipped = usize::from(has_mean);
        constant = if has_mean { found[0] } else { 0.0 };
        lags.iter().zip(&found[skipped..]).for_each(|(lag, value)| phi[lag - 1] = *value);
    }
    let rest = 1.0 - phi.iter().sum::<f64>();
    let mut mean = constant / rest;
    if !is_stationary(&phi) {
        while !is_stationary(&phi) {
            let mut power = 1.0;
            phi.iter_mut().for_each(|phi| {
                power *= SHRINK;
                *phi *= power;
            });
        }
        // The constant belonged to the other coefficients.
        mean = if has_mean { crate::linear::mean(w) } else { 0.0 };
    }
    let errors = (start..w.len()).map(|t| {
        let foretold: f64 = phi.iter().enumerate().map(|(j, phi)| phi * (w[t - 1 - j] - mean)).sum();
        w[t] - mean - foretold
    });
    let squares: f64 = errors.map(|e| e * e).sum();
    let free = (w.len() - start).saturating_sub(lags.len() + usize::from(has_mean)).max(1);
    Regression { phi, mean, has_mean, sigma2: squares / free as f64 }
}

/// Roots move towards the origin by this until all lie inside.
const SHRINK: f64 = 0.99;

/// Roots of the characteristic polynomial lie outside of a circle of this radius: closer to 1, forecasts run on a unit root that the
/// differences should have taken.
const RADIUS: f64 = 1.01;

/// Whether rows return to their mean: with roots brought in by [`RADIUS`], all partial autocorrelations lie inside of ±1 (Levinson's
/// recursion backwards).
pub(crate) fn is_stationary(phi: &[f64]) -> bool {
    let mut power = 1.0;
    let mut a: Vec<f64> = phi
        .iter()
        .map(|phi| {
            power *= RADIUS;
            phi * power
        })
        .collect();
    while let Some(k) = a.pop() {
        if k.is_nan() || k.abs() >= 1.0 {
            return false;
        }
        let scale = 1.0 - k * k;
        let before = a.clone();
        let n = a.len();
        for (i, value) in a.iter_mut().enumerate() {
            *value = (before[i] + k * before[n - 1 - i]) / scale;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Noise;

    fn series(phi: &[f64], mean: f64, n: usize, seed: u64) -> Vec<f64> {
        let mut noise = Noise::new(seed);
        let mut w: Vec<f64> = vec![mean; phi.len()];
        for _ in 0..n + 100 {
            let next: f64 = phi.iter().enumerate().map(|(j, phi)| phi * (w[w.len() - 1 - j] - mean)).sum();
            w.push(mean + next + noise.normal());
        }
        w.split_off(phi.len() + 100)
    }

    #[test]
    fn finds_order_and_coefficients() {
        let fitted = fit(&series(&[1.2, -0.5], 30.0, 2000, 7), 10, None, Some(true));
        assert!((fitted.phi[0] - 1.2).abs() < 0.06 && (fitted.phi[1] + 0.5).abs() < 0.06, "{fitted:?}");
        assert!((fitted.mean - 30.0).abs() < 0.3 && (fitted.sigma2 - 1.0).abs() < 0.08, "{fitted:?}");
    }

    #[test]
    fn finds_the_lag_of_a_season() {
        let mut phi = vec![0.0; 12];
        (phi[0], phi[11]) = (0.4, 0.5);
        let fitted = fit(&series(&phi, 0.0, 600, 5), 6, Some(12), Some(true));
        assert_eq!(fitted.phi.len(), 12);
        assert!((fitted.phi[11] - 0.5).abs() < 0.1, "{fitted:?}");
    }

    #[test]
    fn stationarity() {
        assert!(is_stationary(&[]) && is_stationary(&[0.9]) && is_stationary(&[1.2, -0.5]));
        assert!(!is_stationary(&[1.0]) && !is_stationary(&[0.5, 0.6]) && !is_stationary(&[0.0, 0.0, 1.1]));
        // An explosive series gives coefficients that are not.
        let explosive: Vec<f64> = (0..40).map(|t| 1.3f64.powi(t) * (1.0 + 0.001 * ((t * t) % 5) as f64)).collect();
        let fitted = fit(&explosive, 3, None, Some(true));
        assert!(is_stationary(&fitted.phi) && fitted.sigma2.is_finite(), "{fitted:?}");
    }
}
