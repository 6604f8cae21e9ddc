//! Autoregressions and unit root tests held against statsforecast.

use super::kpss::differences;
use super::regression;
use crate::golden::{apart, series};

#[test]
fn as_many_differences() {
    for series in series() {
        assert_eq!(differences(&series.y), series.differences, "{}", series.name);
    }
}

#[test]
fn fixed_orders_have_the_coefficients_of_conditional_least_squares() {
    let mut checked = 0;
    // With a unit root the mean is anywhere, and optimisers end apart.
    for series in series().iter().filter(|series| series.differences == 0) {
        for right in &series.ar {
            let lags: Vec<usize> = (1..=right.phi.len()).collect();
            let found = regression::fixed(&series.y, true, &lags);
            let far = apart(&found.phi, &right.phi);
            assert!(far < 2e-3, "{:?} is not {:?}, {}", found.phi, right.phi, series.name);
            assert!((found.mean - right.mean).abs() < 2e-3 * series.spread(), "{} is not {}, {}", found.mean, right.mean, series.name);
            checked += 1;
        }
    }
    assert!(checked >= 9, "{checked}");
}
