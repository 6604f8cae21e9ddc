//! How good a forecast is, measured as the literature does, with the baseline on the same rows.

use serde::{Deserialize, Serialize};

/// Errors of a forecast, each a mean over steps and windows of a series, then over series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Mean absolute error, in units of the data.
    pub mae: f64,
    /// Root of the mean squared error, in units of the data.
    pub rmse: f64,
    /// Symmetric mean absolute percentage error, 0 to 200, as in the M4 competition.
    pub smape: f64,
    /// Mean absolute percentage error; none where a true value is zero.
    pub mape: Option<f64>,
    /// Mean absolute error over that of the seasonal-naive forecast inside the rows before the forecast (Hyndman & Koehler 2006); none for constants.
    pub mase: Option<f64>,
}

/// Share of true values inside the interval between two quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Share the interval should hold.
    pub nominal: f64,
    /// Share it held.
    pub actual: f64,
}

/// Sums of errors, value by value.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    count: usize,
    absolute: f64,
    squared: f64,
    symmetric: f64,
    percentage: f64,
    zero_truth: bool,
}

impl Errors {
    /// Adds one forecast value.
    pub fn add(&mut self, truth: f64, forecast: f64) {
        let error = (truth - forecast).abs();
        self.count += 1;
        self.absolute += error;
        self.squared += error * error;
        let size = truth.abs() + forecast.abs();
        self.symmetric += if size > 0.0 { 200.0 * error / size } else { 0.0 };
        if truth == 0.0 {
            self.zero_truth = true;
        } else {
            self.percentage += 100.0 * error / truth.abs();
        }
    }

    /// The means; `naive` is the scale of MASE. `None` before the first value.
    pub fn metrics(&self, naive: Option<f64>) -> Option<Metrics> {
        let n = self.count as f64;
        (self.count > 0).then(|| Metrics {
            mae: self.absolute / n,
            rmse: (self.squared / n).sqrt(),
            smape: self.symmetric / n,
            mape: (!self.zero_truth).then_some(self.percentage / n),
            mase: naive.map(|scale| self.absolute / n / scale),
        })
    }
}

impl Metrics {
    /// The mean over series; MAPE only where every series has one, MASE over those that have one.
    pub fn mean<'a>(series: impl IntoIterator<Item = &'a Metrics>) -> Option<Metrics> {
        let all: Vec<&Metrics> = series.into_iter().collect();
        let mean = |value: &dyn Fn(&Metrics) -> Option<f64>| {
            let values: Vec<f64> = all.iter().filter_map(|m| value(m)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        Some(Metrics {
            mae: mean(&|m| Some(m.mae))?,
            rmse: mean(&|m| Some(m.rmse))?,
            smape: mean(&|m| Some(m.smape))?,
            mape: if all.iter().all(|m| m.mape.is_some()) { mean(&|m| m.mape) } else { None },
            mase: mean(&|m| m.mase),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_by_hand() {
        let mut errors = Errors::default();
        for (truth, forecast) in [(10.0, 8.0), (4.0, 8.0)] {
            errors.add(truth, forecast);
        }
        let metrics = errors.metrics(Some(1.5)).unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "got {a}, expected {b}");
        close(metrics.mae, 3.0);
        close(metrics.rmse, 10f64.sqrt());
        close(metrics.smape, (400.0 / 18.0 + 800.0 / 12.0) / 2.0);
        close(metrics.mape.unwrap(), 60.0);
        close(metrics.mase.unwrap(), 2.0);
    }

    #[test]
    fn zeros_have_no_percentage_error() {
        let mut errors = Errors::default();
        errors.add(0.0, 0.0);
        let metrics = errors.metrics(None).unwrap();
        assert_eq!((metrics.mae, metrics.smape, metrics.mape, metrics.mase), (0.0, 0.0, None, None));
        assert_eq!(Errors::default().metrics(None), None);
    }

    #[test]
    fn the_mean_leaves_out_series_without_a_scale() {
        let a = Metrics { mae: 1.0, mase: Some(2.0), mape: Some(1.0), ..Metrics::default() };
        let b = Metrics { mae: 3.0, ..Metrics::default() };
        let mean = Metrics::mean([&a, &b]).unwrap();
        assert_eq!((mean.mae, mean.mase, mean.mape), (2.0, Some(2.0), None));
    }
}
