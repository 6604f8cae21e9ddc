//! Axes: the domain that holds the data and the round figures marked on it.

use crate::number::{fixed, scientific};

/// Values beyond this are drawn at it, so that a difference of two never overflows.
const LARGEST: f64 = 1e300;
/// Spans below this are drawn as if all values were equal.
const SMALLEST_SPAN: f64 = 1e-200;
/// Spans this small beside the values themselves are rounding, not data.
const RELATIVE_SPAN: f64 = 1e-12;
/// Series that come this near to zero, relative to their maximum, are drawn from zero.
const ZERO_BASE: f64 = 0.3;
/// What rounding may add to a whole number of steps.
const SLACK: f64 = 1e-6;
/// From this ratio of largest to smallest a logarithmic axis shows more.
const LOG_RATIO: f64 = 12.0;

/// A marked value of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where, in the units of the axis.
    pub at: f64,
    /// What is written.
    pub label: String,
}

/// A value axis.
#[derive(Debug, Clone)]
pub struct Scale {
    lo: f64,
    hi: f64,
    log: bool,
}

impl Scale {
    /// A linear axis over the finite `values`, widened to round figures.
    pub fn linear(values: impl IntoIterator<Item = f64>) -> Self {
        let (lo, hi) = bounds(values).unwrap_or((0.0, 1.0));
        let (mut lo, mut hi) = widen(lo, hi);
        if lo > 0.0 && lo < ZERO_BASE * hi {
            lo = 0.0;
        }
        if hi < 0.0 && hi > ZERO_BASE * lo {
            hi = 0.0;
        }
        let step = round_step((hi - lo) / 5.0);
        let padded = ((lo / step + SLACK).floor() * step, (hi / step - SLACK).ceil() * step);
        if padded.0 < padded.1 {
            (lo, hi) = padded;
        }
        Self { lo, hi, log: false }
    }

    /// A logarithmic axis where all finite `values` are positive and far apart, a linear one otherwise.
    pub fn log_where_useful(values: impl IntoIterator<Item = f64> + Clone) -> Self {
        match bounds(values.clone()) {
            Some((lo, hi)) if lo > 0.0 && hi / lo >= LOG_RATIO => Self { lo: round_down(lo), hi: round_up(hi), log: true },
            _ => Self::linear(values),
        }
    }

    /// Whether the axis is logarithmic.
    pub fn is_log(&self) -> bool {
        self.log
    }

    /// Where `value` lies, 0 at the low end and 1 at the high end; nothing where it cannot be drawn.
    pub fn fraction(&self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let place = if self.log {
            if value <= 0.0 {
                return None;
            }
            (value / self.lo).ln() / (self.hi / self.lo).ln()
        } else {
            (value.clamp(-LARGEST, LARGEST) - self.lo) / (self.hi - self.lo)
        };
        place.is_finite().then_some(place.clamp(-0.1, 1.1))
    }

    /// About `count` marks at round figures.
    pub fn ticks(&self, count: usize) -> Vec<Tick> {
        if self.log {
            return self.log_ticks(count);
        }
        let step = round_step((self.hi - self.lo) / count.max(1) as f64);
        let first = (self.lo / step - SLACK).ceil();
        let size = self.lo.abs().max(self.hi.abs());
        (0..=4 * count.max(1))
            .map(|i| (first + i as f64) * step)
            .take_while(|&at| at <= self.hi + SLACK * step)
            .map(|at| Tick { at, label: label_of(at, step, size) })
            .collect()
    }

    fn log_ticks(&self, count: usize) -> Vec<Tick> {
        let decades = (self.hi / self.lo).log10();
        // Marks a decade: the densest choice that the space allows.
        let choices: [&[f64]; 2] = [&[1.0, 2.0, 5.0], &[1.0, 3.0]];
        let fits = |within: &&[f64]| decades * within.len() as f64 <= count as f64 + 1.0;
        let within = choices.into_iter().find(fits).unwrap_or(&[1.0]);
        let stride = (decades / count.max(1) as f64).ceil().max(1.0) as i32;
        let (from, to) = (self.lo.log10().floor() as i32, self.hi.log10().ceil() as i32);
        (from..=to)
            .filter(|power| power.rem_euclid(stride) == 0)
            .flat_map(|power| within.iter().map(move |m| m * 10f64.powi(power)))
            .filter(|&at| at >= self.lo * 0.999 && at <= self.hi * 1.001)
            .map(|at| Tick { at, label: label_of(at, at, at) })
            .collect()
    }
}

/// Smallest and largest finite value.
pub fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).map(|v| v.clamp(-LARGEST, LARGEST)).fold(None, |seen, v| match seen {
        None => Some((v, v)),
        Some((lo, hi)) => Some((v.min(lo), v.max(hi))),
    })
}

/// Makes room around values that are equal, or equal but for rounding.
fn widen(lo: f64, hi: f64) -> (f64, f64) {
    let size = lo.abs().max(hi.abs());
    if hi - lo > (size * RELATIVE_SPAN).max(SMALLEST_SPAN) {
        return (lo, hi);
    }
    let room = if size < SMALLEST_SPAN { 1.0 } else { size * 0.1 };
    (lo - room, hi + room)
}

/// The 1, 2 or 5 times a power of ten at or above `raw`.
pub fn round_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|&step| step >= raw * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

fn round_down(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|m| m * power).find(|&v| v <= value).unwrap_or(value)
}

fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|&v| v >= value).unwrap_or(value)
}

/// Writes a tick so that neighbours `step` apart differ, in as few digits as that takes.
fn label_of(at: f64, step: f64, size: f64) -> String {
    if at == 0.0 {
        return "0".to_string();
    }
    if !(1e-3..1e12).contains(&size) {
        let places = (at.abs().log10().floor() - step.log10().floor()).clamp(0.0, 6.0);
        return scientific(at, places as usize);
    }
    for (unit, suffix) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] {
        let divisor = if suffix == "k" { 1e3 } else { unit };
        if size >= unit && step >= divisor / 10.0 {
            let places = usize::from(step < divisor);
            return format!("{}{suffix}", fixed(at / divisor, places));
        }
    }
    let places = (-step.log10().floor()).clamp(0.0, 6.0);
    fixed(at, places as usize)
}
