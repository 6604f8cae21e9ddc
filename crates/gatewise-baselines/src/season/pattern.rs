//! Seasons that repeat, around a method that knows none.

use super::Kind;
use crate::fitted::{Forecast, Model};

/// One or several seasons behind the rows a method was fitted to; they repeat for ever.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub kind: Kind,
    /// Each season's last cycle, of which place 0 came next when it was fitted.
    pub cycles: Vec<Vec<f64>>,
    /// Rows pushed since.
    pub rows: usize,
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
            Kind::Multiplicative => y / season,
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
                match pattern.kind {
                    Kind::Additive => *mean += season,
                    Kind::Multiplicative => {
                        *mean *= season;
                        *sd *= season;
                    }
                }
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
