//! A network as the probes see it: text, an event, a page.

mod page;
mod text;

use gatewise::probe::{Gates, Inspection};
use gatewise_data::Frequency;
use serde_json::{Value, json};

pub use page::page;
pub use text::text;

/// What a step of a network is to the user.
#[derive(Debug, Clone, Copy)]
pub struct Unit {
    /// "hours", "symbols".
    pub name: &'static str,
    /// Units of a step.
    pub per_step: f64,
}

impl Unit {
    /// A symbol of a text.
    pub const SYMBOLS: Self = Self { name: "symbols", per_step: 1.0 };

    /// The time from row to row, times the `segment` rows of a step.
    pub fn of_rows(frequency: Frequency, segment: usize) -> Self {
        const CLOCK: [(&str, i64); 3] = [("hours", 3_600_000_000_000), ("minutes", 60_000_000_000), ("seconds", 1_000_000_000)];
        let (name, each) = match frequency {
            Frequency::Clock(nanos) => {
                let (name, unit) = CLOCK.into_iter().find(|(_, unit)| nanos % unit == 0).unwrap_or(CLOCK[2]);
                (name, nanos as f64 / unit as f64)
            }
            Frequency::Days(days) => ("days", days as f64),
            Frequency::BusinessDays => ("business days", 1.0),
            Frequency::Months { count, .. } if count % 12 == 0 => ("years", (count / 12) as f64),
            Frequency::Months { count, .. } => ("months", count as f64),
            _ => ("rows", 1.0),
        };
        Self { name, per_step: each * segment as f64 }
    }
}

/// An inspected network.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// Its name among others.
    pub name: String,
    /// What its steps are.
    pub unit: Unit,
    /// What the probes found.
    pub inspection: Inspection,
}

impl Inspected {
    fn span(&self, steps: f64) -> String {
        let Unit { name, per_step } = self.unit;
        let units = steps * per_step;
        if units < 10.0 { format!("{units:.1} {name}") } else { format!("{units:.0} {name}") }
    }

    /// "remembers about 31 hours", by the units with a gate that keeps the state.
    fn memory(&self, gates: &Gates) -> Option<String> {
        let tau = gates.time_constants.as_ref()?;
        Some(format!("remembers about {} (median unit), {} (longest)", self.span(tau.spread.median), self.span(tau.longest)))
    }

    /// As an event.
    pub fn event(&self) -> Value {
        let Unit { name, per_step } = self.unit;
        json!({"event": "inspection", "net": self.name, "unit": name, "units_per_step": per_step, "inspection": self.inspection})
    }
}

fn place(layer: usize, reverse: bool) -> String {
    format!("layer {}{}", layer + 1, if reverse { ", reverse" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_in_the_units_of_the_data() {
        for (frequency, segment, name, per_step) in [
            ("h", 1, "hours", 1.0),
            ("15min", 4, "minutes", 60.0),
            ("W", 1, "days", 7.0),
            ("M", 12, "months", 12.0),
            ("Y", 1, "years", 1.0),
            ("10", 2, "rows", 2.0),
        ] {
            let unit = Unit::of_rows(frequency.parse().unwrap(), segment);
            assert_eq!((unit.name, unit.per_step), (name, per_step), "{frequency}");
        }
    }
}
