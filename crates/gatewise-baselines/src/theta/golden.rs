//! The four forms held against statsforecast.

use super::fit::{choose, with};
use super::{Kind, Theta};
use crate::golden::{Series, ThetaForm, apart, series};
use crate::model::Model;
use crate::season::{Adjusted, fixed, is_seasonal};

fn each(mut check: impl FnMut(&Series, &ThetaForm, Kind)) {
    for series in series() {
        for right in &series.theta {
            let kind = match right.form.as_str() {
                "STM" => Kind::Standard,
                "OTM" => Kind::Optimised,
                "DSTM" => Kind::Dynamic,
                _ => Kind::DynamicOptimised,
            };
            check(&series, right, kind);
        }
    }
}

/// A form on the series without its season, where the test finds one.
fn adjusted(series: &Series, fit: impl Fn(&[f64]) -> (Theta, f64)) -> (Adjusted<Theta>, f64) {
    if is_seasonal(&series.y, series.m) {
        let seasonal = fixed(&series.y, series.m).unwrap();
        let (inner, squares) = fit(&seasonal.rest);
        (Adjusted { inner, pattern: Some(seasonal.pattern) }, squares)
    } else {
        let (inner, squares) = fit(&series.y);
        (Adjusted { inner, pattern: None }, squares)
    }
}

#[test]
fn seasons_are_found_in_the_same_series() {
    each(|series, right, _| assert_eq!(series.m >= 4 && is_seasonal(&series.y, series.m), right.seasonal, "{}", series.name));
}

#[test]
fn parameters_held_fixed_give_the_same_errors_and_forecasts() {
    each(|series, right, kind| {
        let case = format!("{} of {}", right.form, series.name);
        let (theta, squares) = adjusted(series, |y| with(y, kind, right.alpha, 1.0 - 1.0 / right.theta, right.level));
        assert!((squares / right.squares - 1.0).abs() < 1e-6, "{case}: {squares} is not {}", right.squares);
        let mean = theta.forecast(right.mean.len()).mean;
        assert!(apart(&mean, &right.mean) < 1e-5 * series.spread(), "{case}: {mean:?} {:?}", right.mean);
    });
}

#[test]
fn squares_are_the_least_and_forecasts_agree_where_they_do() {
    let mut same = 0;
    each(|series, right, kind| {
        let case = format!("{} of {}", right.form, series.name);
        let (theta, squares) = adjusted(series, |y| choose(y, &[kind]));
        assert!(squares <= right.squares * (1.0 + 1e-4), "{case}: {squares} is not {}", right.squares);
        if (squares / right.squares - 1.0).abs() < 1e-5 {
            let mean = theta.forecast(right.mean.len()).mean;
            let distance = apart(&mean, &right.mean) / series.spread();
            // Initial level and θ may stand for each other.
            let bound = if kind.is_optimised() { 5e-2 } else { 2e-3 };
            assert!(distance < bound, "{case}: {distance}, {mean:?} {:?}", right.mean);
            same += 1;
        }
    });
    assert!(same >= 20, "{same}");
}
