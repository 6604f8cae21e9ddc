//! Golden series: what statsforecast makes of them, written by `benches/accuracy/baselines_golden.py`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Method, fit};

/// A series with fixed forms fitted to it.
#[derive(Deserialize)]
pub(crate) struct Series {
    pub name: String,
    pub m: usize,
    pub y: Vec<f64>,
    /// The rows that follow.
    pub truth: Vec<f64>,
    pub simple: BTreeMap<String, Simple>,
    pub ets: Vec<EtsForm>,
    pub theta: Vec<ThetaForm>,
    pub ar: Vec<ArForm>,
    /// KPSS differences.
    pub differences: usize,
    /// Forecasts of AutoETS, AutoTheta, AutoARIMA.
    pub automatic: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
pub(crate) struct Simple {
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
}

#[derive(Deserialize)]
pub(crate) struct EtsForm {
    pub form: String,
    /// α, β, γ, φ.
    pub weights: [f64; 4],
    /// Level, slope, seasonal states with the one of the first row last.
    pub states: Vec<f64>,
    /// −2 log L without constants.
    pub likelihood: f64,
    pub aicc: f64,
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
}

#[derive(Deserialize)]
pub(crate) struct ThetaForm {
    pub form: String,
    pub seasonal: bool,
    pub alpha: f64,
    pub theta: f64,
    pub level: f64,
    pub squares: f64,
    pub mean: Vec<f64>,
}

#[derive(Deserialize)]
pub(crate) struct ArForm {
    pub phi: Vec<f64>,
    pub mean: f64,
}

/// Intermittent demand with the forecasts of one step.
#[derive(Deserialize)]
pub(crate) struct Demand {
    pub y: Vec<f64>,
    pub classic: f64,
    pub optimised: f64,
    pub tsb: f64,
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn series() -> Vec<Series> {
    read("series.json")
}

pub(crate) fn demand() -> Vec<Demand> {
    read("demand.json")
}

impl Series {
    pub fn seasons(&self) -> Vec<usize> {
        if self.m > 1 { vec![self.m] } else { Vec::new() }
    }

    /// Standard deviation of the rows: what forecasts are compared in.
    pub fn spread(&self) -> f64 {
        let mean = crate::linear::mean(&self.y);
        (self.y.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / self.y.len() as f64).sqrt()
    }
}

/// Largest difference of two forecasts.
pub(crate) fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |largest, (a, b)| largest.max((a - b).abs()))
}

/// Largest difference of two positive values in parts of the second.
pub(crate) fn ratio_apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |largest, (a, b)| largest.max((a / b - 1.0).abs()))
}

#[test]
fn simple_methods_are_those_of_statsforecast() {
    for series in series() {
        for (name, right) in &series.simple {
            let method = Method::ALL.into_iter().find(|method| method.name() == name).unwrap();
            let found = fit(method, &series.y, &series.seasons()).unwrap().forecast(right.mean.len());
            assert!(apart(&found.mean, &right.mean) < 1e-6 * series.spread(), "{name} of {}", series.name);
            // statsforecast takes no degree of freedom for the drift.
            let n = series.y.len() as f64;
            let factor = if method == Method::Drift { ((n - 1.0) / (n - 2.0)).sqrt() } else { 1.0 };
            let sd: Vec<f64> = right.sd.iter().map(|sd| sd * factor).collect();
            assert!(ratio_apart(&found.sd, &sd) < 1e-5, "{name} of {}: {:?} {sd:?}", series.name, found.sd);
        }
    }
}

/// Sums of mean absolute errors, each in units of the mean step from row to row, of ours and of statsforecast's automatic choice.
fn errors(method: Method, theirs: &str) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for series in series() {
        let found = fit(method, &series.y, &series.seasons()).unwrap();
        let steps: f64 = series.y.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / (series.y.len() - 1) as f64;
        let error = |mean: &[f64]| -> f64 {
            mean.iter().zip(&series.truth).map(|(mean, truth)| (mean - truth).abs()).sum::<f64>() / series.truth.len() as f64 / steps
        };
        let (ours, other) = (error(&found.forecast(series.truth.len()).mean), error(&series.automatic[theirs]));
        println!("{:24} {ours:7.3} {other:7.3}  {}", series.name, found.label());
        sums = (sums.0 + ours, sums.1 + other);
    }
    println!("{method:?} {:.3}, {theirs} {:.3}, ratio {:.3}", sums.0, sums.1, sums.0 / sums.1);
    sums
}

#[test]
fn choices_are_no_worse_than_automatic_ones() {
    for (method, theirs) in [(Method::Ets, "ets"), (Method::Theta, "theta"), (Method::Ar, "arima")] {
        let (ours, other) = errors(method, theirs);
        assert!(ours <= 1.03 * other, "{method:?}: {ours} against {other}");
    }
}
