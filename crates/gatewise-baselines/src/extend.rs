//! Rows added later move the states as if they had been there, with the parameters of the fit.

use crate::testing::Noise;
use crate::{Fitted, Forecast, Method, fit};

/// Monthly rows with a trend and noise, and demand between zeros.
fn rows(method: Method, n: usize) -> Vec<f64> {
    let mut noise = Noise::new(21);
    (0..n)
        .map(|t| match method {
            Method::Croston | Method::Tsb => (noise.normal() * 4.0).round().max(0.0),
            _ => 50.0 + 0.2 * t as f64 + 5.0 * (std::f64::consts::TAU * t as f64 / 12.0).sin() + noise.normal(),
        })
        .collect()
}

fn fitted(method: Method, y: &[f64]) -> Fitted {
    fit(method, y, &[12]).unwrap()
}

fn close(a: &Forecast, b: &Forecast) -> bool {
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs().max(1.0));
    near(&a.mean, &b.mean) && near(&a.sd, &b.sd)
}

#[test]
fn cheap_methods_are_fitted_anew_by_it() {
    for method in Method::ALL.into_iter().filter(|method| method.is_cheap()) {
        let y = rows(method, 90);
        let mut extended = fitted(method, &y[..60]);
        extended.extend(&y[60..]);
        assert!(close(&extended.forecast(15), &fitted(method, &y).forecast(15)), "{method:?}");
    }
}

#[test]
fn all_at_once_or_row_by_row() {
    for method in Method::ALL {
        let y = rows(method, 90);
        let (mut once, mut single) = (fitted(method, &y[..60]), fitted(method, &y[..60]));
        let before = once.forecast(15);
        once.extend(&y[60..]);
        y[60..].iter().for_each(|value| single.extend(&[*value]));
        assert_eq!(once.forecast(15), single.forecast(15), "{method:?}");
        assert_ne!(once.forecast(15).mean, before.mean, "{method:?}");
        assert_eq!(once.label(), fitted(method, &y[..60]).label());
    }
}

#[test]
fn the_same_call_gives_the_same_bits() {
    for method in Method::ALL {
        let y = rows(method, 77);
        let (a, b) = (fitted(method, &y), fitted(method, &y));
        assert_eq!(a.forecast(20), b.forecast(20), "{method:?}");
        assert_eq!(a.label(), b.label());
    }
}
