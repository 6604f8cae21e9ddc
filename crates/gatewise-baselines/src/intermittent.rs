//! Methods for intermittent demand: rows of zero between demands.

use crate::model::{Forecast, Model};
use crate::search::golden_section;

/// Mean interval between demands from which on demand is intermittent (Syntetos, Boylan & Croston 2005).
const INTERVAL: f64 = 1.32;
/// Demands at least.
const DEMANDS: usize = 2;
/// Bounds of Croston's smoothing weights.
const CROSTON: (f64, f64) = (0.1, 0.3);
/// Bounds of the weights of Teunter, Syntetos and Babai's method, and the weights tried before the search narrows.
const TSB: (f64, f64) = (0.01, 0.5);
const GRID: [f64; 6] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.45];
/// Golden sections of a search.
const SECTIONS: usize = 20;
/// Rounds over both weights.
const ROUNDS: usize = 3;

/// Whether rows are not negative, with zeros often enough between them.
fn is_intermittent(y: &[f64]) -> bool {
    let demands = y.iter().filter(|&&value| value > 0.0).count();
    y.iter().all(|&value| value >= 0.0) && demands >= DEMANDS && y.len() as f64 >= INTERVAL * demands as f64
}

/// Root mean square of the errors of one step, `fitted` parameters aside.
fn deviation(errors: impl Iterator<Item = f64>, fitted: usize) -> f64 {
    let (squares, count) = errors.fold((0.0, 0usize), |(squares, count), e| (squares + e * e, count + 1));
    (squares / count.saturating_sub(fitted).max(1) as f64).sqrt()
}

/// Croston's method (1972): sizes and intervals of demands smoothed apart, each with the weight of least squares between 0.1 and 0.3.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Croston {
    size: f64,
    interval: f64,
    size_weight: f64,
    interval_weight: f64,
    /// Rows since the last demand.
    since: f64,
    demands: usize,
    sigma: f64,
}

impl Croston {
    pub fn fit(y: &[f64]) -> Option<Self> {
        if !is_intermittent(y) {
            return None;
        }
        let (mut sizes, mut intervals, mut since) = (Vec::new(), Vec::new(), 0.0);
        for &value in y {
            since += 1.0;
            if value > 0.0 {
                sizes.push(value);
                intervals.push(since);
                since = 0.0;
            }
        }
        let weight = |values: &[f64]| {
            let squares = |weight: f64| {
                let mut level = values[0];
                values[1..].iter().fold(0.0, |sum, value| {
                    let error = value - level;
                    level += weight * error;
                    sum + error * error
                })
            };
            golden_section(CROSTON.0, CROSTON.1, SECTIONS, squares).0
        };
        Some(Self::with_weights(y, weight(&sizes), weight(&intervals)))
    }

    /// Goes over rows with given weights. Errors count from the second demand on.
    pub fn with_weights(y: &[f64], size_weight: f64, interval_weight: f64) -> Self {
        let mut model = Self { size: 0.0, interval: 1.0, size_weight, interval_weight, since: 0.0, demands: 0, sigma: 0.0 };
        let mut errors = Vec::with_capacity(y.len());
        for &value in y {
            if model.demands > 0 {
                errors.push(value - model.rate());
            }
            model.push(value);
        }
        model.sigma = deviation(errors.into_iter(), 2);
        model
    }

    fn rate(&self) -> f64 {
        self.size / self.interval
    }
}

impl Model for Croston {
    fn forecast(&self, horizon: usize) -> Forecast {
        Forecast { mean: vec![self.rate(); horizon], sd: vec![self.sigma; horizon] }
    }

    fn push(&mut self, y: f64) {
        self.since += 1.0;
        if y > 0.0 {
            if self.demands == 0 {
                (self.size, self.interval) = (y, self.since);
            } else {
                self.size += self.size_weight * (y - self.size);
                self.interval += self.interval_weight * (self.since - self.interval);
            }
            self.demands += 1;
            self.since = 0.0;
        }
    }

    fn label(&self) -> String {
        "Croston".into()
    }
}

/// Teunter, Syntetos and Babai's method (2011): the chance of a demand moves with every row, so that demand may die out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tsb {
    size: f64,
    chance: f64,
    size_weight: f64,
    chance_weight: f64,
    demands: usize,
    sigma: f64,
}

impl Tsb {
    /// Weights of least squares of the one-step errors; the chance starts at the share of rows with demand.
    pub fn fit(y: &[f64]) -> Option<Self> {
        if !is_intermittent(y) {
            return None;
        }
        let chance = y.iter().filter(|&&value| value > 0.0).count() as f64 / y.len() as f64;
        let squares = |size: f64, of_chance: f64| Self::with_weights(y, size, of_chance, chance).sigma;
        let pairs = GRID.iter().flat_map(|&size| GRID.iter().map(move |&chance| (size, chance)));
        let least = |a: &(f64, f64), b: &(f64, f64)| squares(a.0, a.1).total_cmp(&squares(b.0, b.1));
        let (mut size_weight, mut chance_weight) = pairs.min_by(least)?;
        for _ in 0..ROUNDS {
            chance_weight = golden_section(TSB.0, TSB.1, SECTIONS, |weight| squares(size_weight, weight)).0;
            size_weight = golden_section(TSB.0, TSB.1, SECTIONS, |weight| squares(weight, chance_weight)).0;
        }
        Some(Self::with_weights(y, size_weight, chance_weight, chance))
    }

    /// Goes over rows with given weights and a chance to start from. Errors count from the second row on.
    pub fn with_weights(y: &[f64], size_weight: f64, chance_weight: f64, chance: f64) -> Self {
        // Before the first demand its size is taken for known.
        let size = y.iter().copied().find(|&value| value > 0.0).unwrap_or(0.0);
        let mut model = Self { size, chance, size_weight, chance_weight, demands: 0, sigma: 0.0 };
        let errors = y.iter().map(|&value| {
            let error = value - model.chance * model.size;
            model.push(value);
            error
        });
        let sigma = deviation(errors.skip(1), 2);
        Self { sigma, ..model }
    }
}

impl Model for Tsb {
    fn forecast(&self, horizon: usize) -> Forecast {
        Forecast { mean: vec![self.chance * self.size; horizon], sd: vec![self.sigma; horizon] }
    }

    fn push(&mut self, y: f64) {
        let demand = f64::from(u8::from(y > 0.0));
        self.chance += self.chance_weight * (demand - self.chance);
        if y > 0.0 {
            if self.demands > 0 {
                self.size += self.size_weight * (y - self.size);
            }
            self.demands += 1;
        }
    }

    fn label(&self) -> String {
        "TSB".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn croston_by_hand() {
        // Demands 4 after 2 rows and 8 after 3: size 4 + 0.5·4, interval 2 + 0.25·1.
        let model = Croston::with_weights(&[0.0, 4.0, 0.0, 0.0, 8.0, 0.0], 0.5, 0.25);
        assert_eq!(model.forecast(2).mean, [6.0 / 2.25; 2]);
    }

    #[test]
    fn tsb_by_hand() {
        // Chance 0.5 → 0.25 → 0.625 → 0.3125 → 0.65625; size 4 → 6.
        let model = Tsb::with_weights(&[0.0, 4.0, 0.0, 8.0], 0.5, 0.5, 0.5);
        assert_eq!(model.forecast(1).mean, [0.65625 * 6.0]);
    }

    #[test]
    fn weights_of_statsforecast_give_its_forecasts() {
        for demand in crate::golden::demand() {
            let y = &demand.y;
            let close = |found: f64, right: f64| assert!((found / right - 1.0).abs() < 1e-5, "{found} is not {right}: {y:?}");
            close(Croston::with_weights(y, 0.1, 0.1).rate(), demand.classic);
            close(Croston::fit(y).unwrap().rate(), demand.optimised);
            // The chance starts at 1 or 0 there, as the first row has it.
            let chance = f64::from(u8::from(y[0] > 0.0));
            close(Tsb::with_weights(y, 0.2, 0.1, chance).forecast(1).mean[0], demand.tsb);
        }
    }

    #[test]
    fn only_intermittent_demand() {
        let demand = [0.0, 3.0, 0.0, 0.0, 5.0, 0.0, 0.0, 2.0];
        assert!(Croston::fit(&demand).is_some() && Tsb::fit(&demand).is_some());
        for other in [&[1.0, 2.0, 3.0, 4.0][..], &[0.0, 0.0, 3.0], &[0.0, -1.0, 0.0, 2.0, 0.0, 3.0]] {
            assert!(Croston::fit(other).is_none() && Tsb::fit(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn tsb_forgets_demand_that_died_out() {
        let mut y: Vec<f64> = (0..60).map(|t| if t % 3 == 0 { 6.0 } else { 0.0 }).collect();
        y.extend([0.0; 60]);
        let (croston, tsb) = (Croston::fit(&y).unwrap(), Tsb::fit(&y).unwrap());
        assert!(croston.forecast(1).mean[0] > 1.5 && tsb.forecast(1).mean[0] < 0.2, "{croston:?} {tsb:?}");
    }
}
