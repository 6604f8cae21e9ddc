//! Breaks of a slope, at a hazard that is the same in every row, so that a break after the last known row is as likely as before it.
//!
//! Three series in ten have them, with a hazard log-uniform between 1/100 and 1/10.

use super::Draws;

/// Series whose slope breaks.
const SHARE: f64 = 0.3;
/// Bounds of the hazard per row.
const HAZARD: (f64, f64) = (0.01, 0.1);

pub(super) struct Breaks {
    hazard: f64,
}

impl Breaks {
    pub fn draw(rng: &mut Draws) -> Self {
        Self { hazard: if rng.chance(SHARE) { rng.log_uniform(HAZARD.0, HAZARD.1) } else { 0.0 } }
    }

    /// Whether the slope breaks in this row.
    pub fn now(&self, rng: &mut Draws) -> bool {
        self.hazard > 0.0 && rng.chance(self.hazard)
    }
}
