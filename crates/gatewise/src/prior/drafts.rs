//! The simplest forecasts of a series: what the network mixes and moves.
//!
//! In units of the series' scale from its last value, each with the season added: the seasonal-naive forecast, the last level, drift, a line through
//! all rows, one through the last, the mean, an exponentially smoothed level; by ratios the last level and drift; and the value a longer season before.
//! The one that fits the rows best is the centre that quantiles are measured from, its mean error their unit.

use super::context::Context;
use super::quantiles::Step;
use super::season::{Index, index_of};

/// Number of drafts.
pub(super) const DRAFTS: usize = 10;

/// Weight of the newest value in the smoothed level.
const SMOOTHED: f64 = 0.3;

/// Rows of the line through the last: a third of all, within these.
const LOCAL: (usize, usize) = (6, 24);

/// Least mean error of the best draft, in units: a fit without an error is luck.
const LEAST_ERROR: f64 = 0.01;

/// Largest growth by ratios over a horizon, as a logarithm.
const MOST_GROWTH: f64 = 1.5;

/// Farthest a draft may lie from the centre, in its steps' deviations.
const FARTHEST: f64 = 1e3;

/// y = at + slope · t.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    at: f64,
    slope: f64,
}

impl Line {
    /// Least squares over points.
    fn through(points: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let (mut n, mut sum_t, mut sum_u) = (0.0, 0.0, 0.0);
        for (t, u) in points.clone() {
            n += 1.0;
            sum_t += t;
            sum_u += u;
        }
        if n == 0.0 {
            return Self::default();
        }
        let (mean_t, mean_u) = (sum_t / n, sum_u / n);
        let (mut tt, mut tu) = (0.0, 0.0);
        for (t, u) in points {
            tt += (t - mean_t) * (t - mean_t);
            tu += (t - mean_t) * (u - mean_u);
        }
        let slope = if tt > 0.0 { tu / tt } else { 0.0 };
        Self { at: mean_u - slope * mean_t, slope }
    }

    fn value(&self, t: f64) -> f64 {
        self.at + self.slope * t
    }
}

/// Growth by ratios, of a series above zero: logarithms without their season.
#[derive(Clone, Debug, Default)]
struct Ratios {
    index: Index,
    /// The last without its season.
    level: f64,
    drift: f64,
    /// Rows before the future, of what the index was made of.
    rows: usize,
}

/// What the drafts of every step are computed from.
#[derive(Clone, Debug, Default)]
pub(super) struct Drafts {
    /// Rows of the context.
    rows: usize,
    /// Last value without its season, in units from the last value.
    level: f64,
    drift: f64,
    line: Line,
    local: Line,
    mean: f64,
    smooth: f64,
    ratios: Option<Ratios>,
    /// Value of zero, and what a ratio of 1 is multiplied with: the unit of logarithms.
    zero: f64,
    has_season: bool,
    /// Mean errors over the rows: of the last level, drift, the line, the mean.
    errors: [f64; 4],
}

impl Drafts {
    /// Of `units`, whose last `rows` are the context and whose smallest value is `low`.
    pub fn of(units: &[f64], rows: usize, index: &Index, low: f64, context: &Context) -> Self {
        let start = units.len() - rows;
        let last = units.iter().rposition(|v| v.is_finite()).unwrap_or(0);
        let level = -index.at(last as isize);
        let points: Vec<(f64, f64)> = (start..units.len())
            .filter(|&t| units[t].is_finite())
            .map(|t| ((t - start) as f64, units[t] - index.at(t as isize) - level))
            .collect();
        let count = points.len().max(1) as f64;
        let line = Line::through(points.iter().copied());
        let local_rows = (rows / 3).clamp(LOCAL.0, LOCAL.1);
        let local = Line::through(points[points.len().saturating_sub(local_rows)..].iter().copied());
        let mean = points.iter().map(|p| p.1).sum::<f64>() / count;
        let smooth = points.iter().fold(points.first().map_or(0.0, |p| p.1), |s, p| s + SMOOTHED * (p.1 - s));
        let span = |points: &[(f64, f64)]| match points {
            [first, .., last] => (last.1 - first.1) / (last.0 - first.0),
            _ => 0.0,
        };
        let drift = span(&points);
        let pairs = points.len().saturating_sub(1).max(1) as f64;
        let change = |of: f64| points.windows(2).map(|w| (w[1].1 - w[0].1 - of * (w[1].0 - w[0].0)).abs()).sum::<f64>() / pairs;
        // What a fit of p numbers leaves is smaller than what it will miss.
        let off = |p: f64, at: &dyn Fn(f64) -> f64| {
            points.iter().map(|&(t, u)| (u - at(t)).abs()).sum::<f64>() / count * (count / (count - p).max(0.5)).sqrt()
        };
        let errors =
            [change(0.0), change(drift) * (pairs / (pairs - 1.0).max(0.5)).sqrt(), off(2.0, &|t| line.value(t)), off(1.0, &|_| mean)];
        let ratios = (low > 0.0).then(|| {
            let logs: Vec<f64> = units.iter().map(|&u| ((context.last + u * context.scale) / context.scale).ln()).collect();
            let index = index_of(&logs, context.season);
            let of: Vec<(f64, f64)> = (start..logs.len())
                .filter(|&t| logs[t].is_finite())
                .map(|t| ((t - start) as f64, logs[t] - index.at(t as isize)))
                .collect();
            Ratios { level: of.last().map_or(0.0, |p| p.1), drift: span(&of), rows: units.len(), index }
        });
        let zero = -context.last / context.scale;
        Self {
            rows,
            level,
            drift,
            line,
            local,
            mean,
            smooth,
            ratios,
            zero,
            has_season: index.is_known(),
            errors: errors.map(|e| e.max(LEAST_ERROR)),
        }
    }

    pub fn level(&self) -> f64 {
        self.level
    }

    pub fn errors(&self) -> [f64; 4] {
        self.errors
    }

    /// Mean and smoothed level, from the last.
    pub fn levels(&self) -> [f64; 2] {
        [self.mean, self.smooth]
    }

    pub fn is_positive(&self) -> bool {
        self.ratios.is_some()
    }

    /// Distance of what row `t` has without its season from the line, in the line's mean distances.
    pub fn off_line(&self, t: isize, u: f64) -> f64 {
        (u - self.line.value(t as f64)) / self.errors[2]
    }

    /// All drafts of step `k`; `share` is what the season adds, `seasonal` and `longer` are the values a season and a longer one before.
    pub fn at(&self, k: usize, share: f64, seasonal: Option<f64>, longer: Option<f64>) -> [f64; DRAFTS] {
        let steps = (k + 1) as f64;
        let t = (self.rows + k) as f64;
        let season = if self.has_season { self.level + share } else { 0.0 };
        let level = if self.has_season { season } else { seasonal.unwrap_or(0.0) };
        let drift = level + self.drift * steps;
        let by_ratio = |growth: f64| {
            self.ratios.as_ref().map(|r| {
                let share = if r.index.is_known() { r.index.at((r.rows + k) as isize) } else { 0.0 };
                (r.level + share + growth.clamp(-MOST_GROWTH, MOST_GROWTH)).exp() + self.zero
            })
        };
        // Without a season's shape a ratio would forget the season.
        let ratio = |growth: f64, plain: f64| if self.has_season || seasonal.is_none() { by_ratio(growth).unwrap_or(plain) } else { plain };
        let seasonal = seasonal.unwrap_or(level);
        [
            seasonal,
            level,
            drift,
            season + self.line.value(t),
            season + self.local.value(t),
            season + self.mean,
            season + self.smooth,
            ratio(0.0, level),
            ratio(self.ratios.as_ref().map_or(0.0, |r| r.drift) * steps, drift),
            longer.unwrap_or(seasonal),
        ]
    }

    /// What the quantiles of step `k` are made around: the draft that fits best, in units of its error and the root of the steps.
    pub fn step(&self, k: usize, drafts: [f64; DRAFTS]) -> Step {
        let fits = [(1, self.errors[0]), (2, self.errors[1]), (3, self.errors[2]), (5, self.errors[3])];
        let best = fits.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(fits[0]);
        // The value a season before has an error of 1: that is the unit.
        let (center, error) = if best.1 > 1.0 { (drafts[0], 1.0) } else { (drafts[best.0], best.1) };
        let unit = error * ((k + 1) as f64).sqrt();
        Step { center, unit, drafts: drafts.map(|d| ((d - center) / unit).clamp(-FARTHEST, FARTHEST)) }
    }
}
