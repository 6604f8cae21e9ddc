//! Held-back windows with the truth and with what every candidate says of them.

/// A forecast of one channel over a horizon, in units of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Best single values, by step.
    pub point: Vec<f64>,
    /// Values at the levels: (steps, levels).
    pub quantiles: Vec<f64>,
    /// Standard deviation of the errors of one step on the rows that the candidate was fitted to, on the scale of the fit; none where it has no such
    /// errors.
    pub fitted_deviation: Option<f64>,
}

impl Output {
    pub(in crate::task::forecast) fn is_finite(&self) -> bool {
        self.point.iter().chain(&self.quantiles).all(|v| v.is_finite())
    }
}

/// One held-back window of one channel.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Which series.
    pub series: usize,
    /// Which target.
    pub channel: usize,
    /// First row forecast.
    pub origin: usize,
    /// What a mean absolute error is divided by, so that errors of all series and channels compare; 0 for a constant.
    pub scale: f64,
    /// The rows from the origin on, at most a horizon; not a number where a value is missing.
    pub truth: Vec<f64>,
    /// By candidate; none where it does not apply.
    pub outputs: Vec<Option<Output>>,
}

/// Means over trials by step, for one candidate.
#[derive(Clone, Debug, Default)]
pub(super) struct ByStep {
    sums: Vec<f64>,
    counts: Vec<f64>,
}

impl ByStep {
    /// Adds the loss of each step; one that is not a number counts for nothing.
    pub fn add(&mut self, losses: &[f64]) {
        if self.sums.len() < losses.len() {
            self.sums.resize(losses.len(), 0.0);
            self.counts.resize(losses.len(), 0.0);
        }
        for ((sum, count), loss) in self.sums.iter_mut().zip(&mut self.counts).zip(losses).filter(|(_, loss)| !loss.is_nan()) {
            *sum += loss;
            *count += 1.0;
        }
    }

    /// Adds what other trials lost.
    pub fn add_all(&mut self, other: &Self) {
        if self.sums.len() < other.sums.len() {
            self.sums.resize(other.sums.len(), 0.0);
            self.counts.resize(other.sums.len(), 0.0);
        }
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, other)| *count += other);
    }

    /// The mean of each step; not a number where it has none.
    pub fn each(&self) -> impl Iterator<Item = f64> + '_ {
        self.sums.iter().zip(&self.counts).map(|(sum, count)| sum / count)
    }

    /// The mean of every step that has one.
    pub fn means(&self) -> impl Iterator<Item = f64> + '_ {
        self.sums.iter().zip(&self.counts).filter(|(_, count)| **count > 0.0).map(|(sum, count)| sum / count)
    }

    /// Mean over steps of the means.
    pub fn mean(&self) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0.0);
        for mean in self.means() {
            sum += mean;
            count += 1.0;
        }
        (count > 0.0).then(|| sum / count)
    }
}
