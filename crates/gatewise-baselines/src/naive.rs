//! Methods of a single pass: mean, last value, drift, seasonal naive (Hyndman & Athanasopoulos 2021, chapter 5.2).
//!
//! Their variances move on with the rows, so rows added later give what a fit to all rows gives.

use crate::model::{Forecast, Model};

/// The mean of all rows; its error adds the uncertainty of the mean, σ √(1 + 1/n).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    count: f64,
    mean: f64,
    /// Σ (y − mean)², kept by Welford's updates, which hold at any level.
    squares: f64,
}

impl Mean {
    pub fn fit(y: &[f64]) -> Self {
        let mut model = Self::default();
        y.iter().for_each(|&value| model.push(value));
        model
    }

    /// The standard deviation of the rows, zero for a single one.
    pub fn spread(&self) -> f64 {
        if self.count < 2.0 { 0.0 } else { (self.squares / (self.count - 1.0)).sqrt() }
    }
}

impl Model for Mean {
    fn forecast(&self, horizon: usize) -> Forecast {
        let sd = self.spread() * (1.0 + 1.0 / self.count.max(1.0)).sqrt();
        Forecast { mean: vec![self.mean; horizon], sd: vec![sd; horizon] }
    }

    fn push(&mut self, y: f64) {
        self.count += 1.0;
        let before = y - self.mean;
        self.mean += before / self.count;
        self.squares += before * (y - self.mean);
    }

    fn label(&self) -> String {
        "mean".into()
    }
}

/// A random walk: σ √h with the mean square of the steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastValue {
    last: f64,
    steps: f64,
    squares: f64,
}

impl LastValue {
    pub fn fit(y: &[f64]) -> Self {
        let mut model = Self { last: y[0], steps: 0.0, squares: 0.0 };
        y[1..].iter().for_each(|&value| model.push(value));
        model
    }
}

impl Model for LastValue {
    fn forecast(&self, horizon: usize) -> Forecast {
        let variance = self.squares / self.steps.max(1.0);
        Forecast { mean: vec![self.last; horizon], sd: (1..=horizon).map(|h| (variance * h as f64).sqrt()).collect() }
    }

    fn push(&mut self, y: f64) {
        self.squares += (y - self.last) * (y - self.last);
        self.steps += 1.0;
        self.last = y;
    }

    fn label(&self) -> String {
        "last value".into()
    }
}

/// A random walk with drift: σ √(h (1 + h/(n − 1))), with the variance of the steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drift {
    last: f64,
    steps: Mean,
}

impl Drift {
    /// `None` below three rows: a single step says nothing of its own error.
    pub fn fit(y: &[f64]) -> Option<Self> {
        if y.len() < 3 {
            return None;
        }
        let mut model = Self { last: y[0], steps: Mean::default() };
        y[1..].iter().for_each(|&value| model.push(value));
        Some(model)
    }
}

impl Model for Drift {
    fn forecast(&self, horizon: usize) -> Forecast {
        let (slope, sigma, count) = (self.steps.mean, self.steps.spread(), self.steps.count);
        let steps = || (1..=horizon).map(|h| h as f64);
        Forecast {
            mean: steps().map(|h| self.last + slope * h).collect(),
            sd: steps().map(|h| sigma * (h * (1.0 + h / count)).sqrt()).collect(),
        }
    }

    fn push(&mut self, y: f64) {
        self.steps.push(y - self.last);
        self.last = y;
    }

    fn label(&self) -> String {
        "drift".into()
    }
}

/// The last season again: σ √(k + 1) in the season k behind the rows, with the mean square of the steps from season to season.
#[derive(Clone, Debug)]
pub(crate) struct SeasonalNaive {
    /// The last season; the oldest of its rows stands at `oldest`.
    season: Vec<f64>,
    oldest: usize,
    steps: f64,
    squares: f64,
}

impl SeasonalNaive {
    /// The longest season that fits at least twice, else the shortest of which at least one row comes again.
    pub fn fit(y: &[f64], seasons: &[usize]) -> Option<Self> {
        let twice = seasons.iter().copied().filter(|&m| m >= 2 && 2 * m <= y.len()).max();
        let once = || seasons.iter().copied().filter(|&m| m >= 2 && m < y.len()).min();
        let m = twice.or_else(once)?;
        let mut model = Self { season: y[..m].to_vec(), oldest: 0, steps: 0.0, squares: 0.0 };
        y[m..].iter().for_each(|&value| model.push(value));
        Some(model)
    }
}

impl Model for SeasonalNaive {
    fn forecast(&self, horizon: usize) -> Forecast {
        let m = self.season.len();
        let variance = self.squares / self.steps.max(1.0);
        Forecast {
            mean: (0..horizon).map(|h| self.season[(self.oldest + h) % m]).collect(),
            sd: (0..horizon).map(|h| (variance * (h / m + 1) as f64).sqrt()).collect(),
        }
    }

    fn push(&mut self, y: f64) {
        let place = &mut self.season[self.oldest];
        self.squares += (y - *place) * (y - *place);
        self.steps += 1.0;
        *place = y;
        self.oldest = (self.oldest + 1) % self.season.len();
    }

    fn label(&self) -> String {
        format!("seasonal naive, season of {}", self.season.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], right: &[f64]) {
        assert_eq!(found.len(), right.len());
        for (f, r) in found.iter().zip(right) {
            assert!((f - r).abs() <= 1e-12 * r.abs().max(1.0), "{found:?} is not {right:?}");
        }
    }

    #[test]
    fn mean_of_four_rows() {
        let forecast = Mean::fit(&[1.0, 2.0, 3.0, 6.0]).forecast(2);
        close(&forecast.mean, &[3.0, 3.0]);
        // Σ (y − 3)² = 14, σ² = 14/3, times 1 + 1/4.
        close(&forecast.sd, &[(14.0f64 / 3.0 * 1.25).sqrt(); 2]);
    }

    #[test]
    fn last_value_widens_with_the_root() {
        let forecast = LastValue::fit(&[1.0, 2.0, 0.0, 3.0]).forecast(4);
        close(&forecast.mean, &[3.0; 4]);
        let sigma = (14.0f64 / 3.0).sqrt();
        close(&forecast.sd, &[sigma, sigma * 2.0f64.sqrt(), sigma * 3.0f64.sqrt(), sigma * 2.0]);
    }

    #[test]
    fn drift_goes_through_first_and_last_row() {
        let forecast = Drift::fit(&[1.0, 4.0, 5.0, 7.0]).unwrap().forecast(2);
        close(&forecast.mean, &[9.0, 11.0]);
        // Steps 3, 1, 2: variance 1.
        close(&forecast.sd, &[(4.0f64 / 3.0).sqrt(), (2.0 * (1.0 + 2.0 / 3.0f64)).sqrt()]);
        assert!(Drift::fit(&[1.0, 2.0]).is_none());
    }

    #[test]
    fn seasonal_naive_repeats_the_longest_season_that_fits_twice() {
        let y = [1.0, 2.0, 3.0, 4.0, 2.0, 2.0, 4.0, 4.0];
        let model = SeasonalNaive::fit(&y, &[2, 4, 5]).unwrap();
        let forecast = model.forecast(5);
        close(&forecast.mean, &[2.0, 2.0, 4.0, 4.0, 2.0]);
        let sigma = 0.5f64.sqrt();
        close(&forecast.sd, &[sigma, sigma, sigma, sigma, 1.0]);
        assert!(SeasonalNaive::fit(&y, &[]).is_none());
        assert!(SeasonalNaive::fit(&y, &[8]).is_none());
        assert_eq!(SeasonalNaive::fit(&y[..5], &[4]).unwrap().forecast(1).mean, [2.0]);
    }
}
