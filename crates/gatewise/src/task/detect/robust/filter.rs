//! One-step forecasts of the simplest kind: around a level, or from the last value, with odd rows kept out of both.

use serde::{Deserialize, Serialize};

/// Errors in units of σ from which a row is odd, and most that one row moves what follows.
const ODD: f64 = 4.0;
const MOST_STEP: f64 = 3.0;
/// Gain of a level that is that of all rows.
pub(super) const SLOW: f64 = 1.0 / 256.0;
/// Odd rows on one side in sequence after which the level is theirs, at a slow gain.
const PATIENCE: f64 = 24.0;

/// A forecast: level + φ · (last − level), the level moving by a gain times its error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    /// φ, 0 to below 1.
    pub ar: f64,
    /// Share of a row's distance from the level that moves the level: 1 for a random walk.
    pub gain: f64,
}

impl Model {
    /// Those that are tried: the level of all, moving levels, the last value; values that fall back to a level.
    pub const ALL: [Self; 15] = [
        Self { ar: 0.0, gain: SLOW },
        Self { ar: 0.0, gain: 0.05 },
        Self { ar: 0.0, gain: 0.1 },
        Self { ar: 0.0, gain: 0.2 },
        Self { ar: 0.0, gain: 0.4 },
        Self { ar: 0.0, gain: 0.6 },
        Self { ar: 0.0, gain: 0.8 },
        Self { ar: 0.0, gain: 1.0 },
        Self { ar: 0.3, gain: SLOW },
        Self { ar: 0.5, gain: SLOW },
        Self { ar: 0.7, gain: SLOW },
        Self { ar: 0.8, gain: SLOW },
        Self { ar: 0.9, gain: SLOW },
        Self { ar: 0.95, gain: SLOW },
        Self { ar: 0.98, gain: SLOW },
    ];

    /// Whether the forecast is the level of all rows.
    pub fn is_level(self) -> bool {
        self.ar == 0.0 && self.gain <= SLOW
    }
}

/// Where a forecast stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    pub level: f64,
    last: f64,
    /// Rows behind the level.
    rows: u32,
    /// Rows far off the level in sequence, negative below it, and their sum.
    streak: i32,
    sum: f64,
    /// Side of the last row where it was odd.
    odd: i8,
}

impl Filter {
    /// The error of the forecast of a value `gap` rows after the one before, as one of a single row; `None` for the first. `usual`: the middle and the
    /// scale of errors.
    pub fn push(&mut self, model: Model, usual: (f64, f64), value: f64, gap: f64) -> Option<f64> {
        if self.rows == 0 {
            *self = Self { level: value, last: value, rows: 1, ..Self::default() };
            return None;
        }
        let (bias, sigma) = usual;
        let (fixed, known) = (1.0 - model.ar * model.ar, f64::from(self.rows));
        let decay = if gap == 1.0 { model.ar } else { model.ar.powf(gap) };
        let forecast = self.level + decay * (self.last - self.level);
        let growth = if model.ar > 0.0 { (1.0 - decay * decay) / fixed } else { 1.0 + (gap - 1.0) * model.gain * model.gain };
        let young = if model.gain < 0.5 { (1.0 - decay).powi(2) / (known * fixed) } else { 0.0 };
        let factor = (growth + young).sqrt();
        let error = (value - forecast) / factor;

        let off = error - bias;
        let side = if off.abs() <= ODD * sigma {
            0
        } else if off > 0.0 {
            1
        } else {
            -1
        };
        let held = forecast + factor * (bias + off.clamp(-MOST_STEP * sigma, MOST_STEP * sigma));
        self.last = if side != 0 && side != self.odd { held } else { value };
        self.odd = side;

        let spread = sigma / fixed.sqrt();
        let deviation = value - self.level - bias;
        if deviation.abs() <= ODD * spread {
            (self.streak, self.sum) = (0, 0.0);
        } else if f64::from(self.streak) * deviation > 0.0 {
            (self.streak, self.sum) = (self.streak.saturating_add(self.streak.signum()), self.sum + value);
        } else {
            (self.streak, self.sum) = (if deviation > 0.0 { 1 } else { -1 }, value);
        }
        let long = f64::from(self.streak.abs());
        let patience = (2.0 / model.gain).clamp(2.0, PATIENCE) / (1.0 - model.ar);
        if long >= patience.min(known.max(4.0)) {
            self.level = if model.gain >= 0.5 { value } else { self.sum / long };
            (self.last, self.rows, self.streak, self.sum) = (value, long as u32, 0, 0.0);
        } else {
            let most = MOST_STEP * spread;
            self.level += model.gain.max(1.0 / (known + 1.0)) * (bias + deviation.clamp(-most, most));
            self.rows = self.rows.saturating_add(1);
        }
        Some(error)
    }

    /// Takes a value for the level: what came before is over.
    pub fn settle(&mut self, value: f64) {
        *self = Self { level: value, last: value, rows: 1, ..Self::default() };
    }

    /// Whether a saved one can be gone on from.
    pub fn is_sound(&self) -> bool {
        [self.level, self.last, self.sum].iter().all(|v| v.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(model: Model, values: &[f64]) -> Vec<f64> {
        let mut filter = Filter::default();
        values.iter().filter_map(|value| filter.push(model, (0.0, 1.0), *value, 1.0)).collect()
    }

    #[test]
    fn a_spike_is_one_odd_row_and_a_shift_two_where_the_last_value_is_the_forecast() {
        let walk = Model { ar: 0.0, gain: 1.0 };
        let odd = |values: &[f64]| errors(walk, values).iter().filter(|e| e.abs() > 10.0).count();
        assert_eq!(odd(&[0.0, 0.0, 30.0, 0.0, 0.0, 0.0]), 1);
        assert_eq!(odd(&[0.0, 0.0, 30.0, 30.0, 30.0, 30.0]), 2);
    }

    #[test]
    fn a_level_holds_against_spikes_and_follows_a_shift() {
        let level = Model { ar: 0.0, gain: SLOW };
        let mut values: Vec<f64> = (0..100).map(|row| f64::from(row % 3) - 1.0).collect();
        let plain = errors(level, &values);
        values[50..55].fill(100.0);
        let spiked = errors(level, &values);
        assert!((plain[98] - spiked[98]).abs() < 1.0);
        values[50..].iter_mut().for_each(|v| *v = 20.0);
        let shifted = errors(level, &values);
        assert!(shifted[60] > 10.0 && shifted[98].abs() < 1.0, "{shifted:?}");
    }

    #[test]
    fn a_line_is_followed_by_its_usual_step() {
        let mut filter = Filter::default();
        let walk = Model { ar: 0.0, gain: 1.0 };
        let errors: Vec<f64> = (0..100).filter_map(|row| filter.push(walk, (1.0, 1e-3), f64::from(row), 1.0)).collect();
        assert!(errors.iter().all(|e| (e - 1.0).abs() < 1e-9), "{errors:?}");
    }

    #[test]
    fn after_a_gap_more_is_expected() {
        let walk = Model { ar: 0.0, gain: 1.0 };
        let mut filter = Filter::default();
        filter.push(walk, (0.0, 1.0), 0.0, 1.0);
        assert!((filter.push(walk, (0.0, 1.0), 10.0, 100.0).unwrap() - 1.0).abs() < 1e-9);
    }
}
