//! The recursion that all forms share.
//!
//! In error correction form the states move by the same equations whether the error is additive or multiplicative
//! (Hyndman et al. 2008, tables 2.2 and 2.3): only the likelihood tells the two apart.

use super::form::{Form, Season};

/// Smoothing weights: of the level, the slope, the season, and the damping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    pub alpha: f64,
    pub beta: f64,
    pub gamma: f64,
    pub phi: f64,
}

/// Level, slope, and the season as a ring of which `at` comes next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub level: f64,
    pub slope: f64,
    pub season: Vec<f64>,
    pub at: usize,
}

impl State {
    /// Level and seasonal state for `h` steps ahead, h ≥ 1; `damping` is φ + … + φ^h.
    pub fn ahead(&self, form: Form, h: usize, damping: f64) -> f64 {
        let level = self.level + damping * self.slope;
        match form.season {
            Season::None => level,
            Season::Additive => level + self.seasonal(h),
            Season::Multiplicative => level * self.seasonal(h),
        }
    }

    /// The seasonal state that comes `h` steps ahead.
    pub fn seasonal(&self, h: usize) -> f64 {
        self.season[(self.at + h - 1) % self.season.len()]
    }

    /// Takes a row and gives the forecast that stood for it.
    #[inline(always)]
    pub fn step(&mut self, form: Form, weights: &Weights, y: f64) -> f64 {
        let level = self.level + weights.phi * self.slope;
        let (forecast, of_level) = match form.season {
            Season::None => (level, y - level),
            Season::Additive => {
                let season = &mut self.season[self.at];
                let forecast = level + *season;
                *season += weights.gamma * (y - forecast);
                (forecast, y - forecast)
            }
            Season::Multiplicative => {
                let season = &mut self.season[self.at];
                let forecast = level * *season;
                let of_level = (y - forecast) / apart(*season);
                *season += weights.gamma * (y - forecast) / apart(level);
                (forecast, of_level)
            }
        };
        self.level = level + weights.alpha * of_level;
        self.slope = weights.phi * self.slope + weights.beta * of_level;
        if form.season != Season::None {
            self.at = if self.at + 1 == self.season.len() { 0 } else { self.at + 1 };
        }
        forecast
    }

    /// Brings states back within bounds that no fitted series reaches.
    pub fn bound(&mut self) {
        for state in [&mut self.level, &mut self.slope].into_iter().chain(&mut self.season) {
            *state = state.clamp(-LARGEST, LARGEST);
        }
    }
}

/// States stay within this: rows that follow may be of another size altogether, and products of states must stay numbers.
const LARGEST: f64 = 1e60;

/// A divisor kept away from zero. Fitted forms never come near it; rows that follow may be of another kind.
fn apart(value: f64) -> f64 {
    if value.abs() < 1e-9 { 1e-9f64.copysign(value) } else { value }
}

/// φ + φ² + … + φ^h for h = 1..=horizon.
pub(crate) fn dampings(phi: f64, horizon: usize) -> impl Iterator<Item = f64> {
    let (mut power, mut sum) = (1.0, 0.0);
    (0..horizon).map(move |_| {
        power *= phi;
        sum += power;
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::super::form::{Noise, Trend};
    use super::*;

    #[test]
    fn a_step_of_holt_winters_by_hand() {
        let form = Form { noise: Noise::Additive, trend: Trend::Additive, season: Season::Multiplicative };
        let weights = Weights { alpha: 0.5, beta: 0.25, gamma: 0.1, phi: 1.0 };
        let mut state = State { level: 9.0, slope: 1.0, season: vec![2.0, 0.5], at: 0 };
        assert_eq!(state.step(form, &weights, 24.0), 20.0);
        // The row is 4 above: the level 2 above 10 by half, the season 0.4 above 2 by a tenth.
        assert_eq!((state.level, state.slope, state.at), (11.0, 1.5, 1));
        assert!((state.season[0] - 2.04).abs() < 1e-12);
        assert_eq!(state.ahead(form, 1, 1.0), 6.25);
    }

    #[test]
    fn damping_sums() {
        assert_eq!(dampings(0.5, 3).collect::<Vec<_>>(), [0.5, 0.75, 0.875]);
    }
}
