//! One series and its regressors, brought to errors that are independent.

use nalgebra::{DMatrix, DVector};

/// Rounds of coefficients, autoregression of the errors, and weights of rows.
const ROUNDS: usize = 5;
/// Standard deviations from which on an error counts less (Huber 1964).
const HUBER: f64 = 1.5;
/// Lags of the errors beside those of the season.
const NEAR_LAGS: usize = 3;
/// Seasons that a series needs for its phases to be told apart.
const LEAST_SEASONS: usize = 2;
/// Rows left for each series beyond its coefficients.
const SPARE_ROWS: usize = 8;
/// Share of the diagonal that keeps a system solvable.
const RIDGE: f64 = 1e-8;
/// Standard deviations in a median absolute deviation of a normal distribution.
const NORMAL: f64 = 1.4826;

/// What a series says of the coefficients of its regressors.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// X′X of the whitened regressors over the variance of the errors: (K, K).
    pub(super) gram: DMatrix<f64>,
    /// X′y over the variance: (K).
    pub(super) moment: DVector<f64>,
    /// Logarithm of the likelihood of the series at its own coefficients.
    pub log_likelihood: f64,
}

/// The evidence of a series `y` (n) whose regressors are `x` (n, K), row after row. A line and the means of the phases of `season` (1: none) are taken off
/// both; the errors are an autoregression on near lags and those around the season, so both are filtered by it (Cochrane and Orcutt 1949); rows far off count less.
/// `None` of too few rows, or where a value is not finite.
///
/// # Panics
/// Unless `x` is as long as K columns of `y`.
pub fn evidence(y: &[f64], x: &[f64], columns: usize, season: usize) -> Option<Evidence> {
    let n = y.len();
    assert_eq!(x.len(), n * columns, "x is (n, K)");
    if y.iter().chain(x).any(|v| !v.is_finite()) {
        return None;
    }
    let season = if n >= LEAST_SEASONS * season { season } else { 1 };
    let lags = lags(n, season);
    let longest = lags.last().copied().unwrap_or(0);
    if n < longest + columns + SPARE_ROWS {
        return None;
    }
    let mut y = DVector::from_column_slice(y);
    let mut x = DMatrix::from_row_slice(n, columns, x);
    flatten(y.as_mut_slice(), season);
    for mut column in x.column_iter_mut() {
        flatten(column.as_mut_slice(), season);
    }
    let mut coefficients = solve(&(x.transpose() * &x), &(x.transpose() * &y))?;
    let mut weights = DVector::from_element(n - longest, 1.0);
    let mut found = None;
    for _ in 0..ROUNDS {
        let errors = &y - &x * &coefficients;
        let phi = autoregression(errors.as_slice(), &lags)?;
        let white_y = DVector::from_vec(filter(y.as_slice(), &lags, &phi, longest));
        let white: Vec<f64> = x.column_iter().flat_map(|column| filter(column.as_slice(), &lags, &phi, longest)).collect();
        let white_x = DMatrix::from_column_slice(n - longest, columns, &white);
        let weighted = DMatrix::from_fn(n - longest, columns, |row, column| weights[row] * white_x[(row, column)]);
        let (gram, moment) = (weighted.transpose() * &white_x, weighted.transpose() * &white_y);
        coefficients = solve(&gram, &moment)?;
        let errors = &white_y - &white_x * &coefficients;
        let rows: f64 = weights.sum();
        let spare = (rows - (columns + lags.len()) as f64).max(1.0);
        let variance = errors.iter().zip(&weights).map(|(e, w)| w * e * e).sum::<f64>() / spare;
        if !(variance.is_finite() && variance > 0.0) {
            return None;
        }
        found = Some(Evidence {
            gram: gram / variance,
            moment: moment / variance,
            log_likelihood: -0.5 * (n - longest) as f64 * variance.ln(),
        });
        let mut sizes: Vec<f64> = errors.iter().map(|e| e.abs()).collect();
        let middle = sizes.len() / 2;
        let far = HUBER * NORMAL * *sizes.select_nth_unstable_by(middle, f64::total_cmp).1;
        weights.iter_mut().zip(&errors).for_each(|(weight, e)| *weight = if e.abs() > far { far / e.abs() } else { 1.0 });
    }
    found
}

/// Lags of the errors: the near ones, and those around the season.
fn lags(n: usize, season: usize) -> Vec<usize> {
    let near = NEAR_LAGS.min(n / 10);
    let mut lags: Vec<usize> = (1..=near).collect();
    if season > NEAR_LAGS && n >= 4 * season {
        lags.extend([season - 1, season, season + 1].into_iter().filter(|lag| *lag > near));
    }
    lags
}

/// Takes off a line and the means of the phases of a season, each the least squares of what the other leaves.
fn flatten(values: &mut [f64], season: usize) {
    const ALTERNATIONS: usize = 2;
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let spread = n * (n * n - 1.0) / 12.0;
    for _ in 0..ALTERNATIONS {
        let mean = values.iter().sum::<f64>() / n;
        let rise = values.iter().enumerate().map(|(t, v)| (t as f64 - middle) * v).sum::<f64>() / spread.max(1.0);
        values.iter_mut().enumerate().for_each(|(t, v)| *v -= mean + rise * (t as f64 - middle));
        if season > 1 {
            for phase in 0..season {
                let count = values.iter().skip(phase).step_by(season).count().max(1) as f64;
                let mean = values.iter().skip(phase).step_by(season).sum::<f64>() / count;
                values.iter_mut().skip(phase).step_by(season).for_each(|v| *v -= mean);
            }
        }
    }
}

/// Coefficients of the errors' regression on their own lags.
fn autoregression(errors: &[f64], lags: &[usize]) -> Option<Vec<f64>> {
    let Some(&longest) = lags.last() else { return Some(Vec::new()) };
    let of = |lag: usize| &errors[longest - lag..errors.len() - lag];
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let gram = DMatrix::from_fn(lags.len(), lags.len(), |i, j| dot(of(lags[i]), of(lags[j])));
    let moment = DVector::from_fn(lags.len(), |i, _| dot(of(lags[i]), of(0)));
    Some(solve(&gram, &moment)?.iter().copied().collect())
}

/// The values less what the autoregression says of them, from row `longest` on.
fn filter(values: &[f64], lags: &[usize], phi: &[f64], longest: usize) -> Vec<f64> {
    (longest..values.len()).map(|t| values[t] - lags.iter().zip(phi).map(|(lag, phi)| phi * values[t - lag]).sum::<f64>()).collect()
}

/// The solution of a symmetric system; a regressor that never changes has none but zero.
pub(super) fn solve(gram: &DMatrix<f64>, moment: &DVector<f64>) -> Option<DVector<f64>> {
    let size = gram.diagonal().iter().fold(0.0f64, |most, v| most.max(*v));
    let mut gram = gram.clone();
    for k in 0..gram.nrows() {
        gram[(k, k)] += RIDGE * gram[(k, k)].max(size) + f64::MIN_POSITIVE;
    }
    gram.cholesky().map(|root| root.solve(moment))
}
