//! Seasons that repeat, around a method that knows none.

use super::Kind;
use crate::model::{Forecast, Model};

/// One or several seasons behind the rows a method was fitted to; they repeat for ever.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub kind: Kind,
    /// Each season's last cycle, of which place 0 came next when it was fitted.
    pub cycles: Vec<Vec<f64>>,
    /// Rows pushed since.
    pub rows: usize,
    pub doubt: Doubt,
}

/// What a season that was estimated adds to the errors of a forecast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubt {
    /// By how much errors of the rows behind are larger in variance than they look: the season was fitted to them.
    pub understated: f64,
    /// Variance of the season itself, in shares of the forecast where it multiplies.
    pub season: f64,
}

impl Doubt {
    /// By how much a variance around means of so many rows each is less than around the truth.
    pub fn understated(rows: f64) -> f64 {
        1.0 / (1.0 - 1.0 / rows.max(1.5))
    }

    /// From the variance that is left around seasons which each rest on so many rows: on `behind` where they lie among the rows, on `ahead`
    /// at their end.
    pub fn of(remainder: f64, behind: f64, ahead: f64) -> Self {
        let understated = Self::understated(behind);
        Self { understated, season: remainder * understated / ahead.max(1.0) }
    }
}

impl Pattern {
    /// The seasons `h` rows on, h from 0.
    fn ahead(&self, h: usize) -> f64 {
        let parts = self.cycles.iter().map(|cycle| cycle[(self.rows + h) % cycle.len()]);
        match self.kind {
            Kind::Additive => parts.sum(),
            Kind::Multiplicative => parts.product(),
        }
    }

    /// A further row without its seasons.
    fn take(&mut self, y: f64) -> f64 {
        let season = self.ahead(0);
        self.rows += 1;
        match self.kind {
            Kind::Additive => y - season,
            // Rows that follow may be of another size, factors small: what comes of them must bear to be squared.
            Kind::Multiplicative => (y / season).clamp(-1e150, 1e150),
        }
    }
}

/// A method on rows without their seasons.
#[derive(Clone, Debug)]
pub(crate) struct Adjusted<M> {
    pub pattern: Option<Pattern>,
    pub inner: M,
}

impl<M: Model> Model for Adjusted<M> {
    fn forecast(&self, horizon: usize) -> Forecast {
        let Forecast { mut mean, mut sd } = self.inner.forecast(horizon);
        if let Some(pattern) = &self.pattern {
            for (h, (mean, sd)) in mean.iter_mut().zip(&mut sd).enumerate() {
                let season = pattern.ahead(h);
                let factor = if pattern.kind == Kind::Additive { 1.0 } else { season };
                let of_season = pattern.doubt.season * if pattern.kind == Kind::Additive { 1.0 } else { *mean * *mean };
                *sd = factor * (pattern.doubt.understated * *sd * *sd + of_season).sqrt();
                *mean = if pattern.kind == Kind::Additive { *mean + season } else { *mean * season };
            }
        }
        Forecast { mean, sd }
    }

    fn push(&mut self, y: f64) {
        let y = self.pattern.as_mut().map_or(y, |pattern| pattern.take(y));
        self.inner.push(y);
    }

    fn label(&self) -> String {
        let mut label = self.inner.label();
        if let Some(pattern) = &self.pattern {
            let seasons: Vec<String> = pattern.cycles.iter().map(|cycle| cycle.len().to_string()).collect();
            label += &format!(", seasonally adjusted ({})", seasons.join(" and "));
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forecasts one with a spread of two, and keeps the last row.
    #[derive(Clone, Debug)]
    struct Plain(f64);

    impl Model for Plain {
        fn forecast(&self, horizon: usize) -> Forecast {
            Forecast { mean: vec![1.0; horizon], sd: vec![2.0; horizon] }
        }

        fn push(&mut self, y: f64) {
            self.0 = y;
        }

        fn label(&self) -> String {
            "plain".into()
        }
    }

    #[test]
    fn seasons_come_back_in_turn_and_widen() {
        let doubt = Doubt { understated: 2.0, season: 1.0 };
        let pattern = |kind| Pattern { kind, cycles: vec![vec![3.0, 5.0], vec![1.0, 1.0, 2.0]], rows: 0, doubt };
        let mut sum = Adjusted { pattern: Some(pattern(Kind::Additive)), inner: Plain(0.0) };
        assert_eq!(sum.forecast(4).mean, [5.0, 7.0, 6.0, 7.0]);
        assert_eq!(sum.forecast(1).sd, [3.0]);
        sum.push(10.0);
        assert_eq!((sum.inner.0, sum.forecast(2).mean), (6.0, vec![7.0, 6.0]));
        let mut product = Adjusted { pattern: Some(pattern(Kind::Multiplicative)), inner: Plain(0.0) };
        assert_eq!(product.forecast(3).mean, [3.0, 5.0, 6.0]);
        assert_eq!(product.forecast(1).sd, [9.0]);
        product.push(12.0);
        assert_eq!(product.inner.0, 4.0);
        assert_eq!(product.label(), "plain, seasonally adjusted (2 and 3)");
    }
}
