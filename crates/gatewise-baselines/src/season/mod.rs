//! Seasons: taken apart from the rest of a series, and put back.

mod adjust;
mod classical;
mod loess;
mod pattern;
mod stl;

pub(crate) use adjust::{Seasonal, decompose, decompose_strong, fixed, is_seasonal};
pub(crate) use classical::{classical, harmonic};
pub(crate) use pattern::Adjusted;

/// How a season meets the rest of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is added.
    Additive,
    /// It multiplies.
    Multiplicative,
}
