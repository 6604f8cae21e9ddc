//! The theta method in state space form (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016).
//!
//! A series is the mean of its line and of a series whose curvature is that of the data times θ. The former goes on straight, the latter
//! is smoothed exponentially. θ is 2 in the standard form and fitted in the optimised one; the line is that of all rows, or in the dynamic
//! forms that of the rows seen so far.

mod fit;
#[cfg(test)]
mod golden;

pub(crate) use fit::fit;

use crate::model::{Forecast, Model};

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Standard,
    Optimised,
    Dynamic,
    DynamicOptimised,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Standard, Kind::Optimised, Kind::Dynamic, Kind::DynamicOptimised];

    /// Whether θ is fitted.
    fn is_optimised(self) -> bool {
        matches!(self, Kind::Optimised | Kind::DynamicOptimised)
    }

    /// Whether the line follows the rows.
    fn is_dynamic(self) -> bool {
        matches!(self, Kind::Dynamic | Kind::DynamicOptimised)
    }
}

/// The line of the rows seen so far: A + B t at row t = 1, 2, …
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Line {
    pub rows: f64,
    mean: f64,
    pub a: f64,
    pub b: f64,
}

impl Line {
    /// The line with a further row.
    fn push(&mut self, y: f64) {
        let before = self.mean;
        self.rows += 1.0;
        let t = self.rows;
        self.mean += (y - before) / t;
        if t > 1.0 {
            self.b = ((t - 2.0) * self.b + 6.0 * (y - before) / t) / (t + 1.0);
        }
        self.a = self.mean - self.b * (t + 1.0) / 2.0;
    }
}

/// A fitted theta method. Rows are taken as (y − shift) / scale.
#[derive(Clone, Debug)]
pub(crate) struct Theta {
    kind: Kind,
    shift: f64,
    scale: f64,
    alpha: f64,
    /// 1 − 1/θ: the share of the line.
    share: f64,
    /// (1 − α)^rows.
    power: f64,
    level: f64,
    line: Line,
    /// Standard deviation of the one-step errors.
    sigma: f64,
}

impl Theta {
    /// The forecast of the next row.
    fn next(&self) -> f64 {
        self.level + self.share * (self.line.a * self.power + self.line.b * (1.0 - self.power * (1.0 - self.alpha)) / self.alpha)
    }

    /// A further row, in the units of the states.
    fn step(&mut self, y: f64) {
        self.level = self.alpha * y + (1.0 - self.alpha) * self.level;
        self.power *= 1.0 - self.alpha;
        if self.kind.is_dynamic() {
            self.line.push(y);
        }
    }
}

impl Model for Theta {
    fn forecast(&self, horizon: usize) -> Forecast {
        let mut ahead = self.clone();
        // The states are linear in the rows: the response to an error is the path of a row of one after rows of nothing.
        let nothing = Line { rows: self.line.rows, ..Line::default() };
        let line = if self.kind.is_dynamic() { nothing } else { Line::default() };
        let mut response = Theta { level: 0.0, line, ..self.clone() };
        let (mut mean, mut sd) = (Vec::with_capacity(horizon), Vec::with_capacity(horizon));
        let mut variance = 1.0;
        for h in 0..horizon {
            let next = ahead.next();
            mean.push(self.shift + self.scale * next);
            sd.push(self.scale * self.sigma * f64::sqrt(variance));
            ahead.step(next);
            let answer = if h == 0 { 1.0 } else { response.next() };
            response.step(answer);
            variance += response.next().powi(2);
        }
        Forecast { mean, sd }
    }

    fn push(&mut self, y: f64) {
        self.step((y - self.shift) / self.scale);
    }

    fn label(&self) -> String {
        match self.kind {
            Kind::Standard => "theta",
            Kind::Optimised => "theta, optimised",
            Kind::Dynamic => "theta, dynamic",
            Kind::DynamicOptimised => "theta, dynamic and optimised",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_line_is_that_of_least_squares() {
        let y = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let mut line = Line::default();
        for (i, &value) in y.iter().enumerate() {
            line.push(value);
            if i > 0 {
                let (a, b) = crate::linear::line(&y[..=i]);
                assert!((line.a - a).abs() < 1e-9 && (line.b - b).abs() < 1e-9, "{line:?} is not {a} + {b} t");
            }
        }
    }
}
