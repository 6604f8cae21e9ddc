//! Autoregressions, with moving averages where they help, of a series that may be differenced and seasonally adjusted.

mod arma;
#[cfg(test)]
mod golden;
mod kpss;
mod regression;
mod select;
mod stationary;

use std::collections::VecDeque;

use crate::linear::mean;
use crate::model::{Forecast, Model};
use crate::season::{Adjusted, Seasonal, decompose_strong};
use arma::Arma;
use kpss::{difference, differences};

/// A fitted autoregression. Rows are taken as (y − shift) / scale.
#[derive(Clone, Debug)]
pub(crate) struct Ar {
    shift: f64,
    scale: f64,
    arma: Arma,
    /// The last row, then its last difference: one for each time the series is differenced.
    last: Vec<f64>,
    /// The last rows after all differences, and their errors, latest first.
    recent: VecDeque<f64>,
    errors: VecDeque<f64>,
}

/// An autoregression with its differences by the KPSS test and its order by AICc.
///
/// A strong season is taken out before; a weaker one may enter as a lag. `None` below four rows.
pub(crate) fn fit(y: &[f64], seasons: &[usize]) -> Option<Adjusted<Ar>> {
    if y.len() < 4 {
        return None;
    }
    if let Some(Seasonal { rest, pattern, .. }) = decompose_strong(y, seasons) {
        return Some(Adjusted { inner: Ar::fit(&rest, None), pattern: Some(pattern) });
    }
    Some(Adjusted { inner: Ar::fit(y, seasons.first().copied()), pattern: None })
}

impl Ar {
    fn fit(y: &[f64], season: Option<usize>) -> Self {
        let d = differences(y);
        Self::of(y, d, |w| {
            let must = [Some(true), None, Some(false)][d];
            select::fit(w, season, must)
        })
    }

    /// Rows differenced `d` times, and the model that is made of them.
    fn of(y: &[f64], d: usize, model: impl Fn(&[f64]) -> Arma) -> Self {
        let shift = mean(y);
        let spread = (y.iter().map(|value| (value - shift) * (value - shift)).sum::<f64>() / y.len() as f64).sqrt();
        let scale = if spread > 0.0 { spread } else { 1.0 };
        let mut w: Vec<f64> = y.iter().map(|value| (value - shift) / scale).collect();
        let mut last = Vec::with_capacity(d);
        for _ in 0..d {
            last.push(w[w.len() - 1]);
            difference(&mut w);
        }
        let arma = model(&w);
        let p = arma.phi.len();
        let recent = w[..p].iter().rev().copied().collect();
        let errors = arma.before.iter().copied().collect();
        let mut fitted = Self { shift, scale, arma, last, recent, errors };
        w[p..].iter().for_each(|&value| fitted.take(value));
        fitted
    }

    /// The next row after all differences.
    fn next(&self) -> f64 {
        let Arma { phi, theta, mean, .. } = &self.arma;
        let rows: f64 = phi.iter().zip(&self.recent).map(|(phi, w)| phi * (w - mean)).sum();
        mean + rows + theta.iter().zip(&self.errors).map(|(theta, e)| theta * e).sum::<f64>()
    }

    /// A further row after all differences.
    fn take(&mut self, w: f64) {
        let error = w - self.next();
        for (kept, value) in [(&mut self.recent, w), (&mut self.errors, error)] {
            if kept.pop_back().is_some() {
                kept.push_front(value);
            }
        }
    }

    /// The same, with the row in the units of the states.
    fn step(&mut self, w: f64) -> f64 {
        self.take(w);
        let mut value = w;
        for last in self.last.iter_mut().rev() {
            *last += value;
            value = *last;
        }
        value
    }
}

impl Model for Ar {
    fn forecast(&self, horizon: usize) -> Forecast {
        let mut ahead = self.clone();
        // Rows are linear in the errors: their response to one is the path behind rows of nothing.
        let mut response = self.clone();
        response.arma.mean = 0.0;
        response.last.fill(0.0);
        response.recent.iter_mut().chain(&mut response.errors).for_each(|w| *w = 0.0);
        let (mut mean, mut sd) = (Vec::with_capacity(horizon), Vec::with_capacity(horizon));
        let mut variance = 0.0;
        for h in 0..horizon {
            let next = ahead.next();
            mean.push(self.shift + self.scale * ahead.step(next));
            let answer = if h == 0 { 1.0 } else { response.next() };
            variance += response.step(answer).powi(2);
            sd.push(self.scale * (self.arma.sigma2 * variance).sqrt());
        }
        Forecast { mean, sd }
    }

    fn push(&mut self, y: f64) {
        let mut value = (y - self.shift) / self.scale;
        for last in &mut self.last {
            let step = value - *last;
            *last = value;
            value = step;
        }
        self.take(value);
    }

    fn label(&self) -> String {
        let Arma { phi, theta, has_mean, .. } = &self.arma;
        // A lag that stands apart is that of the season.
        let apart = phi.len() >= 2 && phi[phi.len() - 2] == 0.0;
        let p = if apart { phi[..phi.len() - 1].iter().rposition(|phi| *phi != 0.0).map_or(0, |i| i + 1) } else { phi.len() };
        let mut label = if theta.is_empty() { format!("AR({p})") } else { format!("ARMA({p},{})", theta.len()) };
        if apart {
            label += &format!(" and lag {}", phi.len());
        }
        match self.last.len() {
            0 => {}
            1 if *has_mean => label += ", differenced once, with drift",
            1 => label += ", differenced once",
            _ => label += ", differenced twice",
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Noise;

    #[test]
    fn a_random_walk_is_its_last_value() {
        let y = Noise::new(11).walk(300);
        let fitted = fit(&y, &[]).unwrap();
        assert_eq!(fitted.label(), "AR(0), differenced once");
        let forecast = fitted.forecast(9);
        assert!((forecast.mean[8] - y[299]).abs() < 1e-9);
        assert!((forecast.sd[8] - 3.0 * forecast.sd[0]).abs() < 1e-9);
    }

    #[test]
    fn a_drift_is_found() {
        let y: Vec<f64> = Noise::new(12).walk(400).iter().enumerate().map(|(t, w)| w + 0.5 * t as f64).collect();
        let fitted = fit(&y, &[]).unwrap();
        assert_eq!(fitted.label(), "AR(0), differenced once, with drift");
        let forecast = fitted.forecast(10);
        assert!((forecast.mean[9] - y[399] - 5.0).abs() < 1.0, "{:?}", forecast.mean);
    }

    #[test]
    fn forecasts_go_on_by_the_recursion() {
        let arma = Arma { phi: vec![0.5], theta: vec![], before: vec![], mean: 2.0, has_mean: true, sigma2: 1.0 };
        let ar = Ar { shift: 0.0, scale: 1.0, arma, last: vec![10.0], recent: VecDeque::from([4.0]), errors: VecDeque::new() };
        let forecast = ar.forecast(2);
        // Steps 3 and 2.5 on from 10; responses 1 and 1.5.
        assert_eq!(forecast.mean, [13.0, 15.5]);
        assert_eq!(forecast.sd, [1.0, (1.0f64 + 2.25).sqrt()]);
    }

    #[test]
    fn rows_pushed_are_rows_filtered() {
        let y = Noise::new(9).walk(80);
        for d in 0..3 {
            let arma = Arma { phi: vec![0.4, 0.3], theta: vec![-0.5], before: vec![0.2], mean: 0.1, has_mean: true, sigma2: 1.0 };
            let mut pushed = Ar::of(&y[..50], d, |_| arma.clone());
            // Units stay those of the first rows.
            let mut right: Vec<f64> = y.iter().map(|value| (value - pushed.shift) / pushed.scale).collect();
            y[50..].iter().for_each(|&value| pushed.push(value));
            let mut last = Vec::new();
            for _ in 0..d {
                last.push(right[right.len() - 1]);
                difference(&mut right);
            }
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(pushed.last.iter().zip(&last).all(|(a, b)| near(*a, *b)), "{pushed:?} {last:?}");
            assert!(near(pushed.recent[0], right[right.len() - 1]) && near(pushed.recent[1], right[right.len() - 2]), "{pushed:?}");
        }
    }
}
