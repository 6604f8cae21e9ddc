//! Learning-rate schedules: the rate of a step as a function of where training stands.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::plateau::Plateau;
use super::{OptimError, setting};

/// Where training stands. Steps count from 0 and over all epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The step about to be taken.
    pub step: u64,
    /// Steps of the whole training as planned.
    pub total: u64,
    /// Steps of one epoch.
    pub per_epoch: u64,
}

/// A schedule. Rates and lengths are shares of the base rate and of the whole training, so that a change of either keeps the shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// The base rate throughout.
    #[default]
    Constant,
    /// Times `factor` after every `every` epochs (PyTorch's `StepLR`).
    Step {
        /// Epochs between cuts.
        every: u64,
        /// What a cut multiplies by.
        factor: f64,
    },
    /// A straight rise over the first steps, then half a cosine down to the floor (Loshchilov and Hutter 2017).
    Cosine {
        /// Share of all steps that rise, rounded to whole steps.
        #[serde(default)]
        warmup: f64,
        /// Lowest rate, as a share of the base rate.
        #[serde(default)]
        floor: f64,
    },
    /// Up and down again along cosines, the base rate at the top (Smith and Topin 2018; PyTorch's `OneCycleLR`).
    OneCycle {
        /// Share of all steps that rise.
        #[serde(default = "rise")]
        rise: f64,
        /// Base rate over first rate.
        #[serde(default = "div_factor")]
        div_factor: f64,
        /// First rate over last rate.
        #[serde(default = "final_div_factor")]
        final_div_factor: f64,
    },
    /// A cut whenever the validation loss has stopped falling (PyTorch's `ReduceLROnPlateau`, relative threshold).
    ReduceOnPlateau {
        /// What a cut multiplies by.
        #[serde(default = "plateau_factor")]
        factor: f64,
        /// Epochs without improvement that are let pass before a cut.
        #[serde(default = "patience")]
        patience: u64,
        /// Relative fall that counts as an improvement.
        #[serde(default = "threshold")]
        threshold: f64,
        /// Epochs after a cut that are not counted.
        #[serde(default)]
        cooldown: u64,
        /// Lowest rate, as a share of the base rate.
        #[serde(default)]
        floor: f64,
    },
}

fn rise() -> f64 {
    0.3
}
fn div_factor() -> f64 {
    25.0
}
fn final_div_factor() -> f64 {
    1e4
}
fn plateau_factor() -> f64 {
    0.5
}
fn patience() -> u64 {
    5
}
fn threshold() -> f64 {
    1e-4
}

impl Schedule {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting outside its range.
    pub fn validate(&self) -> Result<(), OptimError> {
        let share = |name, value: f64| setting(name, value, (0.0..=1.0).contains(&value), "between 0 and 1");
        let ratio = |name, value: f64| setting(name, value, value.is_finite() && value >= 1.0, "1 or above");
        let cut = |value: f64| setting("factor", value, value > 0.0 && value <= 1.0, "above 0 and at most 1");
        match *self {
            Self::Constant => Ok(()),
            Self::Step { every, factor } => {
                setting("every", every as f64, every > 0, "1 or above")?;
                cut(factor)
            }
            Self::Cosine { warmup, floor } => {
                share("warmup", warmup)?;
                share("floor", floor)
            }
            Self::OneCycle { rise, div_factor, final_div_factor } => {
                share("rise", rise)?;
                ratio("div_factor", div_factor)?;
                ratio("final_div_factor", final_div_factor)
            }
            Self::ReduceOnPlateau { factor, threshold, floor, .. } => {
                cut(factor)?;
                setting("threshold", threshold, (0.0..1.0).contains(&threshold), "at least 0 and below 1")?;
                share("floor", floor)
            }
        }
    }

    /// The rate at `clock`; past the planned end the last rate stays. A plateau's cuts are not in it, they are [`Scheduler`]'s.
    pub fn lr(&self, base: f64, clock: Clock) -> f64 {
        let total = clock.total.max(1);
        let step = clock.step.min(total - 1) as f64;
        match *self {
            Self::Constant | Self::ReduceOnPlateau { .. } => base,
            Self::Step { every, factor } => {
                let cuts = clock.step / clock.per_epoch.max(1) / every.max(1);
                base * factor.powi(i32::try_from(cuts).unwrap_or(i32::MAX))
            }
            Self::Cosine { warmup, floor } => {
                let rising = (warmup * total as f64).round();
                if step < rising {
                    return base * (step + 1.0) / rising;
                }
                cosine(base, floor * base, (step - rising) / (total as f64 - rising))
            }
            Self::OneCycle { rise, div_factor, final_div_factor } => {
                let first = base / div_factor;
                let (top, end) = ((rise * total as f64 - 1.0).max(0.0), total as f64 - 1.0);
                if step < top {
                    cosine(first, base, step / top)
                } else {
                    cosine(base, first / final_div_factor, (step - top) / (end - top).max(1.0))
                }
            }
        }
    }
}

/// From `from` at 0 to `to` at 1 along half a cosine.
fn cosine(from: f64, to: f64, progress: f64) -> f64 {
    to + (from - to) / 2.0 * (1.0 + (PI * progress).cos())
}

/// A schedule with the base rate it starts from and, for a plateau, what it has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scheduler {
    schedule: Schedule,
    base: f64,
    plateau: Plateau,
}

impl Scheduler {
    /// A schedule at its start.
    pub fn new(schedule: Schedule, base: f64) -> Self {
        Self { schedule, base, plateau: Plateau::default() }
    }

    /// The rate of the step at `clock`.
    pub fn lr(&self, clock: Clock) -> f64 {
        self.schedule.lr(self.base, clock) * self.plateau.factor()
    }

    /// Tells the validation loss of an epoch, once after each. `true` if the rate falls for it.
    pub fn observe(&mut self, loss: f64) -> bool {
        match self.schedule {
            Schedule::ReduceOnPlateau { factor, patience, threshold, cooldown, floor } => {
                self.plateau.observe(loss, factor, patience, threshold, cooldown, floor)
            }
            _ => false,
        }
    }
}
