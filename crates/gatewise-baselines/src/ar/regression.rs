//! Autoregressions by conditional least squares, their order by AICc.

use super::arma::Arma;
use super::stationary::is_stationary;
use crate::linear::solve;

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

/// Which autoregressions AICc chooses from.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub lags: Vec<usize>,
    pub aicc: f64,
}

/// The lags of least AICc: 1..=p up to `most`, and perhaps that of a season, judged by the errors from row `start` on.
pub(crate) fn choose(w: &[f64], has_mean: bool, most: usize, season: Option<usize>, start: usize) -> Choice {
    let all: Vec<usize> = (1..=most).chain(season.filter(|&m| m > most)).collect();
    let products = Products::of(w, all, start);
    let mut best = Choice { lags: Vec::new(), aicc: f64::INFINITY };
    for p in 0..=most {
        let alone: Vec<usize> = (1..=p).collect();
        let with_season = season.filter(|&m| m > p).map(|m| alone.iter().copied().chain([m]).collect::<Vec<usize>>());
        for lags in [Some(alone.clone()), with_season].into_iter().flatten() {
            let aicc = score(&products, has_mean, &lags);
            if aicc < best.aicc {
                best = Choice { lags, aicc };
            }
        }
    }
    best
}

/// AICc of n log Σ e² over `n` rows with `parameters` fitted, the variance aside.
pub(crate) fn aicc(value: f64, n: usize, parameters: usize) -> f64 {
    let (n, k) = (n as f64, parameters as f64 + 1.0);
    if n - k - 1.0 <= 0.0 { f64::INFINITY } else { value + 2.0 * k * n / (n - k - 1.0) }
}

/// The regressors of some lags.
fn regressors(lags: &[usize], all: &[usize], has_mean: bool) -> Vec<usize> {
    let constant = has_mean.then_some(0);
    constant.into_iter().chain(lags.iter().filter_map(|lag| all.iter().position(|other| other == lag).map(|i| i + 1))).collect()
}

fn score(products: &Products, has_mean: bool, lags: &[usize]) -> f64 {
    let regressors = regressors(lags, &products.lags, has_mean);
    let Some((found, squares)) = products.solve(&regressors) else { return f64::INFINITY };
    let mut phi = vec![0.0; lags.last().copied().unwrap_or(0)];
    lags.iter().zip(&found[usize::from(has_mean)..]).for_each(|(lag, value)| phi[lag - 1] = *value);
    if !is_stationary(&phi) {
        return f64::INFINITY;
    }
    let n = products.count as f64;
    let least = f64::max(n * 1e-26, 1e-26 * products.squares);
    aicc(n * squares.max(least).ln(), products.count, regressors.len())
}

/// Some lags fitted to all rows that have them, made stationary where they are not.
pub(crate) fn fixed(w: &[f64], has_mean: bool, lags: &[usize]) -> Arma {
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
    Arma { phi, theta: Vec::new(), before: Vec::new(), mean, has_mean, sigma2: squares / free as f64 }
}

/// Roots move towards the origin by this until all lie inside.
const SHRINK: f64 = 0.99;

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

    fn fit(w: &[f64], most: usize, season: Option<usize>) -> Arma {
        let lags = choose(w, true, most, season, most.max(season.unwrap_or(0))).lags;
        fixed(w, true, &lags)
    }

    #[test]
    fn finds_order_and_coefficients() {
        let fitted = fit(&series(&[1.2, -0.5], 30.0, 2000, 7), 10, None);
        assert!((fitted.phi[0] - 1.2).abs() < 0.06 && (fitted.phi[1] + 0.5).abs() < 0.06, "{fitted:?}");
        assert!((fitted.mean - 30.0).abs() < 0.3 && (fitted.sigma2 - 1.0).abs() < 0.08, "{fitted:?}");
    }

    #[test]
    fn finds_the_lag_of_a_season() {
        let mut phi = vec![0.0; 12];
        (phi[0], phi[11]) = (0.4, 0.5);
        let fitted = fit(&series(&phi, 0.0, 600, 5), 6, Some(12));
        assert_eq!(fitted.phi.len(), 12);
        assert!((fitted.phi[11] - 0.5).abs() < 0.1, "{fitted:?}");
    }

    #[test]
    fn explosions_are_made_stationary() {
        let explosive: Vec<f64> = (0..40).map(|t| 1.3f64.powi(t) * (1.0 + 0.001 * ((t * t) % 5) as f64)).collect();
        let fitted = fixed(&explosive, true, &[1, 2]);
        assert!(is_stationary(&fitted.phi) && fitted.sigma2.is_finite(), "{fitted:?}");
    }
}
