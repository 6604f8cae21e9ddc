//! What foretells the next row, for whoever computes it elsewhere.

use super::config::DetectConfig;
use super::detector::Detector;
use crate::layer::recurrent::State;
use crate::model::Model;

/// The network of a detector as it stands, with all that its inputs and outputs need.
#[derive(Debug)]
pub struct Foretelling<'a> {
    /// The settings.
    pub config: &'a DetectConfig,
    /// The network.
    pub model: &'a Model<f32>,
    /// Its state behind the last row.
    pub state: &'a State<f32>,
    /// First value of each channel, from which others are measured; NaN where there was none: (C).
    pub origin: &'a [f64],
    /// Centre and spread of each channel, measured from there: (C).
    pub scale: Vec<(f32, f32)>,
    /// The last rows as the network reads them, oldest first, zero before the first row and the last known value where one is missing: (N, C).
    pub recent: Vec<f32>,
}

/// Rows that a change is seen by.
const CHANGE: usize = 2;

impl DetectConfig {
    /// Rows that the network looks back on.
    pub fn rows_read(&self) -> usize {
        self.seasons.iter().copied().fold(CHANGE, usize::max)
    }
}

impl Detector {
    /// What foretells the next row.
    pub fn foretelling(&self) -> Foretelling<'_> {
        let (config, net) = (self.config(), &self.net);
        let scale = (0..config.channels).map(|c| (net.scale(c).center, net.scale(c).spread)).collect();
        let (state, origin) = net.standing();
        Foretelling { config, model: net.model(), state, origin, scale, recent: net.recent(config.rows_read()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rows_stand_in_order_behind_zeros() {
        let config = DetectConfig { seasons: vec![4], effort: 0.0, ..DetectConfig::new(1) };
        let mut detector = Detector::new(&config).unwrap();
        assert_eq!(detector.foretelling().recent, [0.0; 4]);
        // Measured from the first value, which the network reads as zero.
        for value in [7.0, 8.0, f64::NAN] {
            detector.push(None, &[value]).unwrap();
        }
        let found = detector.foretelling();
        let (center, spread) = found.scale[0];
        let read = ((1.0 - center) / spread).asinh();
        assert_eq!(found.origin, [7.0]);
        assert_eq!((found.recent[0], found.recent[2]), (0.0, found.recent[3]));
        assert!((found.recent[2] - read).abs() < 1e-6, "{:?}, {read}", found.recent);
    }
}
