//! The order of least AICc.

use super::arma::{self, Arma, MOST_ERRORS, MOST_ROWS, Order, QUICK, THOROUGH};
use super::regression::{aicc, choose, fixed};
use crate::linear::mean;

/// Lags at most, and rows for each.
const LAGS: usize = 10;
const ROWS_A_LAG: usize = 4;
/// Rows that orders are compared on, the last ones; the one that is taken learns from all.
const ROWS_COMPARED: usize = 4000;
/// Rows from which on errors have lags.
const ROWS_FOR_ERRORS: usize = 16;

/// The model of least AICc: an autoregression of up to ten lags, perhaps with that of a season, or one of up to two with a moving average
/// of up to two.
///
/// `must` says whether the mean is fitted; where it does not, AICc does.
pub(crate) fn fit(w: &[f64], season: Option<usize>, must: Option<bool>) -> Arma {
    let most = LAGS.min(w.len() / ROWS_A_LAG);
    // A lag of a season is tried where half of the rows remain.
    let season = season.filter(|&m| m > 1 && 2 * m <= w.len());
    let start = most.max(season.unwrap_or(0));
    let means: &[bool] = match must {
        Some(true) => &[true],
        Some(false) => &[false],
        None => &[false, true],
    };
    // About the mean, so that high levels lose no digits.
    let middle = mean(w);
    let about: Vec<f64> = w.iter().map(|value| value - middle).collect();
    let rows = |has_mean: bool| if has_mean { &about[..] } else { w };
    let compared = w.len().min(ROWS_COMPARED.max(4 * start));
    let last = |has_mean: bool| &rows(has_mean)[w.len() - compared..];
    let mut best: Option<(f64, Arma, Option<Order>)> = None;
    for &has_mean in means {
        let choice = choose(last(has_mean), has_mean, most, season, start);
        if best.as_ref().is_none_or(|(least, ..)| choice.aicc < *least) {
            best = Some((choice.aicc, fixed(rows(has_mean), has_mean, &choice.lags), None));
        }
    }
    for &has_mean in means.iter().filter(|_| w.len() >= ROWS_FOR_ERRORS) {
        for (p, q) in (0..=MOST_ROWS).flat_map(|p| (1..=MOST_ERRORS).map(move |q| (p, q))) {
            let order = Order { p, q, has_mean };
            let Some((found, value)) = arma::fit(last(has_mean), order, start.max(p), QUICK) else { continue };
            // Errors before the first row count as parameters: near a unit root they tell for long.
            let found_aicc = aicc(value, compared - start.max(p), p + 2 * q + usize::from(has_mean));
            if best.as_ref().is_none_or(|(least, ..)| found_aicc < *least) {
                best = Some((found_aicc, found, Some(order)));
            }
        }
    }
    let (_, mut arma, order) = best.expect("order zero is always tried");
    // Once chosen, it learns from all rows.
    if let Some((whole, _)) = order.and_then(|order| arma::fit(rows(order.has_mean), order, order.p, THOROUGH)) {
        arma = whole;
    }
    if arma.has_mean {
        arma.mean += middle;
    }
    arma
}
