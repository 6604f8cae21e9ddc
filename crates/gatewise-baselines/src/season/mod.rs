//! Seasons: taken apart from the rest of a series, and put back.

mod classical;

pub(crate) use classical::{classical, harmonic};

/// How a season meets the rest of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is added.
    Additive,
    /// It multiplies.
    Multiplicative,
}
