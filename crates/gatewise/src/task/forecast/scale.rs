//! Bringing windows to one scale, and forecasts back to the units of the data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::table::Table;

/// Where level and spread of a window come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalize {
    /// From the rows the window looks back on: one network serves series of any level, and a level that drifts.
    #[default]
    Window,
    /// From the training part of the series.
    Series,
    /// Values are used as they are.
    None,
}

/// z = (value − center) / spread, after an optional logarithm. What never moved has no spread, and is forecast as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Subtracted.
    pub center: f64,
    /// Divided by; 0 for a constant.
    pub spread: f64,
}

/// A window's spread is at least this share of its series' spread, so that a flat stretch does not blow up what follows it.
const LEAST_SHARE: f64 = 0.05;

/// Spread below this share of the level is rounding, not signal: a few of the last bits of numbers of double precision.
const NOISE_SHARE: f64 = 1e-14;

impl Scale {
    /// Leaves values as they are.
    pub const IDENTITY: Scale = Scale { center: 0.0, spread: 1.0 };

    /// Mean and standard deviation of `values`; for a constant, its level and 0.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let Some(first) = values.clone().next() else { return Self::IDENTITY };
        let (mut count, mut sum) = (0usize, 0.0);
        // Differences from the first value: a sum of large levels would lose what they differ by.
        for v in values.clone() {
            count += 1;
            sum += v - first;
        }
        let center = first + sum / count as f64;
        let variance = values.map(|v| (v - center) * (v - center)).sum::<f64>() / count as f64;
        Self::of_moments(center, variance)
    }

    /// A mean and the variance about it.
    pub(super) fn of_moments(center: f64, variance: f64) -> Self {
        let std = variance.sqrt();
        let moves = std.is_finite() && std > NOISE_SHARE * center.abs() && std > f64::MIN_POSITIVE;
        Self { center, spread: if moves { std } else { 0.0 } }
    }

    /// Into the scale of the network. What leaves a constant is measured by the size of its level.
    pub fn apply(&self, value: f64) -> f64 {
        self.applied()(value)
    }

    /// [`apply`](Self::apply) for many values.
    pub(super) fn applied(&self) -> impl Fn(f64) -> f64 + Copy + use<> {
        let center = self.center;
        let unit = match (self.spread, center.abs()) {
            (spread, _) if spread > 0.0 => spread,
            (_, level) if level > f64::MIN_POSITIVE => level,
            _ => 1.0,
        };
        // A product, for a division takes three times as long as the rest of a window's filling.
        let inverse = 1.0 / unit;
        move |value| (value - center) * inverse
    }

    /// Back to the units of the data; a constant whatever the network says of it.
    pub fn undo(&self, z: f64) -> f64 {
        z * self.spread + self.center
    }
}

/// Level and spread of every channel of every series, by the id of the series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scales(BTreeMap<String, Vec<Scale>>);

impl Scales {
    /// From the first `known(s)` rows of series s; `log` takes the logarithm of targets first.
    pub fn of(table: &Table<'_>, known: impl Fn(usize) -> usize, log: bool) -> Self {
        let scale = |s: usize| {
            let series = &table.series()[s];
            let end = known(s).min(series.len());
            let channel = |c: usize| {
                let values = series.column(c, 0, end);
                if log && c < table.targets() { Scale::of(values.map(f64::ln)) } else { Scale::of(values) }
            };
            (series.id.to_string(), (0..table.channels()).map(channel).collect())
        };
        Self((0..table.series().len()).map(scale).collect())
    }

    /// The scale of a channel, if the series is known.
    pub fn get(&self, id: &str, channel: usize) -> Option<Scale> {
        self.0.get(id)?.get(channel).copied()
    }

    /// The series it knows, by the alphabet.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Takes over the scales of `other` for the series it knows.
    pub fn overlay(&mut self, other: &Scales) {
        for (id, scales) in &mut self.0 {
            if let Some(known) = other.0.get(id).filter(|known| known.len() == scales.len()) {
                scales.clone_from(known);
            }
        }
    }
}

impl Normalize {
    /// The scale of one window: `series` is that of its series, `recent` the last rows it looks back on, `past` all of them.
    pub fn scale(self, series: Scale, recent: impl Iterator<Item = f64> + Clone, past: impl Iterator<Item = f64> + Clone) -> Scale {
        match self {
            Normalize::None => Scale::IDENTITY,
            Normalize::Series => series,
            Normalize::Window => {
                let window = Scale::of(past);
                let center = Scale::of(recent).center;
                Scale { center, spread: window.spread.max(LEAST_SHARE * series.spread) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_is_undone() {
        let scale = Scale::of([1.0, 5.0, 9.0].into_iter());
        for v in [-3.0, 0.0, 5.0, 1e6] {
            assert!((scale.undo(scale.apply(v)) - v).abs() <= 1e-12 * v.abs().max(1.0));
        }
    }

    #[test]
    fn constants_are_forecast_as_they_stand_and_what_leaves_them_is_finite() {
        for (values, center, jump) in [(vec![0.0; 4], 0.0, 3.0), (vec![8.0; 4], 8.0, 0.375), (vec![-2.0], -2.0, 1.5)] {
            let scale = Scale::of(values.iter().copied());
            assert_eq!((scale.undo(0.3), scale.apply(center), scale.apply(center + 3.0)), (center, 0.0, jump), "{values:?}");
        }
        assert_eq!(Scale::of(std::iter::empty()), Scale::IDENTITY);
    }

    #[test]
    fn a_flat_window_keeps_part_of_its_series_spread() {
        let series = Scale { center: 10.0, spread: 4.0 };
        let window = [10.0, 10.0, 10.001, 10.0];
        let scale = Normalize::Window.scale(series, window[2..].iter().copied(), window.iter().copied());
        assert_eq!(scale.spread, 0.2);
    }
}
