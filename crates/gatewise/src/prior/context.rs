//! What the network is told of one series: its last values without their unit, what seasons say of each step, and the simplest forecasts.

use super::drafts::{DRAFTS, Drafts};
use super::quantiles::{Step, asinh};
use super::season::{Index, index_of};

/// Last rows of a series that become tokens.
pub(crate) const CONTEXT: usize = 192;

/// Rows of history that seasons are read from beyond the context: so many cycles.
const CYCLES: usize = 12;

/// Least scale as a share of the standard deviation.
const LEAST_SCALE: f64 = 0.02;

/// Distance from which on zero is just far away: how far says nothing of what comes.
const FAR: f64 = 100.0;

/// Rows before an origin that a forecast looks at, of a series with these seasons.
pub(crate) fn rows_read(season: usize, longer: usize) -> usize {
    CONTEXT.max(CYCLES * season).max(CONTEXT + longer)
}

/// A history: values in order of time, NaN where one is missing, and after how many rows it repeats (1: not).
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Values, the newest last.
    pub values: &'a [f64],
    /// Rows of the main season.
    pub season: usize,
    /// Rows of a longer season.
    pub longer: usize,
}

/// A history in the network's units: value = `last` + `scale` · units. Rows count from the first of the context; those before it are below 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    /// Rows of history that are looked at, NaN where missing: the context, and before it what seasons need.
    values: Vec<f64>,
    /// Season in rows, 1 where there is none or too little of it.
    pub season: usize,
    /// Longer season in rows, 1 where there is none.
    pub longer: usize,
    /// Rows of the context.
    pub rows: usize,
    /// Observed rows of the context.
    observed: usize,
    /// The last observed value.
    pub last: f64,
    /// Mean absolute difference a season apart.
    pub scale: f64,
    mean: f64,
    deviation: f64,
    /// What each row of the season adds, in units.
    index: Index,
    /// What the simplest methods forecast.
    drafts: Drafts,
}

/// What a history is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// No value at all.
    Empty,
    /// One value, over and over.
    Constant(f64),
    /// Something to forecast.
    Varied,
}

impl Context {
    /// Reads a history, in the storage it has.
    pub fn read(&mut self, history: &History<'_>) -> Reading {
        let all = history.values;
        let known = |v: &&f64| v.is_finite();
        let Some(&any) = all.iter().find(known) else { return Reading::Empty };
        let rows = all.len();
        self.season = if history.season > 1 && rows >= history.season + 2 { history.season } else { 1 };
        self.longer = if history.longer > self.season && rows >= history.longer + 2 { history.longer } else { 1 };
        let looked = rows_read(self.season, self.longer).min(rows);
        // A context without any value reaches back to the last one.
        let seen = &all[rows - looked..];
        let seen = if seen.iter().any(|v| v.is_finite()) { seen } else { all };
        self.values.clear();
        self.values.extend(seen.iter().map(|v| if v.is_finite() { *v } else { f64::NAN }));
        let (low, high) = self.values.iter().filter(known).fold((any, any), |(low, high), &v| (low.min(v), high.max(v)));
        self.last = self.values.iter().copied().rfind(|v| v.is_finite()).unwrap_or(any);
        if low == high {
            return Reading::Constant(self.last);
        }
        self.rows = self.values.len().min(CONTEXT);
        let start = self.values.len() - self.rows;
        // Sums are taken of shares of the largest value: squares of 1e300 have none.
        let unit = low.abs().max(high.abs());
        let context = || self.values[start..].iter().filter(known).map(|v| v / unit);
        self.observed = context().count();
        let count = self.observed.max(1) as f64;
        // What lies all before the context has its last value for a mean.
        let mean = if self.observed > 0 { context().sum::<f64>() / count } else { self.last / unit };
        let deviation = (context().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
        let range = high / unit - low / unit;
        let deviation = if deviation > 0.0 { deviation } else { range };
        let (sum, pairs) = (start.max(self.season)..self.values.len()).fold((0.0, 0.0), |(sum, pairs), t| {
            let d = self.values[t] / unit - self.values[t - self.season] / unit;
            if d.is_nan() { (sum, pairs) } else { (sum + d.abs(), pairs + 1.0) }
        });
        let scale = if pairs > 0.0 { sum / pairs } else { deviation };
        self.scale = (scale.max(LEAST_SCALE * deviation) * unit).min(f64::MAX);
        (self.mean, self.deviation) = (mean * unit, deviation * unit);
        let units: Vec<f64> = self.values.iter().map(|&v| self.units(v)).collect();
        self.index = index_of(&units, self.season);
        self.drafts = Drafts::of(&units, self.rows, &self.index, low, self);
        Reading::Varied
    }

    /// Whether the season's shape is known.
    fn has_index(&self) -> bool {
        self.index.is_known()
    }

    /// Rows before the context that are looked at.
    pub fn before(&self) -> usize {
        self.values.len() - self.rows
    }

    /// The value of a row.
    pub fn value(&self, t: isize) -> Option<f64> {
        let v = *self.values.get(usize::try_from(t + self.before() as isize).ok()?)?;
        v.is_finite().then_some(v)
    }

    /// The last known value of the phase of a row, at least `season` rows before it.
    pub fn seasonal(&self, t: isize, season: usize) -> Option<f64> {
        let step = season as isize;
        let mut t = t - step;
        let end = self.rows as isize;
        if t >= end {
            t -= (t - end + step) / step * step;
        }
        // A value that is missing is looked for a season earlier, twice.
        (0..3).find_map(|back| self.value(t - back * step))
    }

    /// What the season adds to a row, in units.
    pub fn share(&self, t: isize) -> f64 {
        self.index.at(t + self.before() as isize)
    }

    /// Distance from the last value in units of the scale.
    pub fn units(&self, value: f64) -> f64 {
        // Shares of the scale first: a difference of values beyond 1e308 is none.
        value / self.scale - self.last / self.scale
    }

    /// Distance from the mean in standard deviations.
    pub fn standard(&self, value: f64) -> f64 {
        value / self.deviation - self.mean / self.deviation
    }

    /// Value of a row without its season, as a distance from the last one's in units.
    pub fn deseasonalised(&self, t: isize) -> Option<f64> {
        self.value(t).map(|v| self.units(v) - self.share(t) - self.drafts.level())
    }

    /// Distance of a row without its season from the line through all of them, in units of the line's mean distance.
    pub fn off_line(&self, t: isize) -> Option<f64> {
        self.deseasonalised(t).map(|u| self.drafts.off_line(t, u))
    }

    /// What the simplest methods forecast of future step `k`, in units.
    pub fn drafts(&self, k: usize) -> [f64; DRAFTS] {
        let t = (self.rows + k) as isize;
        let seasonal = |season: usize| (season > 1).then(|| self.seasonal(t, season)).flatten().map(|v| self.units(v));
        self.drafts.at(k, self.share(t), seasonal(self.season), seasonal(self.longer))
    }

    /// What the quantiles of future step `k` are made around.
    pub fn step(&self, k: usize) -> Step {
        self.drafts.step(k, self.drafts(k))
    }

    /// What is said of the series as a whole: first what turns over with the series' sign.
    pub fn whole(&self) -> ([f64; 4], [f64; 10]) {
        let [mean, smooth] = self.drafts.levels();
        let log = |x: f64| x.ln().clamp(-6.0, 6.0) / 3.0;
        let zero = |x: f64| asinh(-x.clamp(-FAR, FAR)) / 3.0;
        let [level, drift, line, around_mean] = self.drafts.errors().map(log);
        (
            [zero(self.last / self.scale), zero(self.mean / self.deviation), asinh(mean), asinh(smooth)],
            [
                (self.season as f64).ln() / 3.0,
                log(self.scale / self.deviation),
                (self.observed.max(1) as f64).ln() / 3.0,
                f64::from(u8::from(self.has_index())),
                asinh(self.index.strength()) / 3.0,
                level,
                drift,
                line,
                around_mean,
                f64::from(u8::from(self.drafts.is_positive())),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[f64], season: usize) -> (Context, Reading) {
        let mut context = Context::default();
        let reading = context.read(&History { values, season, longer: 1 });
        (context, reading)
    }

    #[test]
    fn readings() {
        assert_eq!(read(&[], 1).1, Reading::Empty);
        assert_eq!(read(&[f64::NAN; 9], 4).1, Reading::Empty);
        assert_eq!(read(&[f64::NAN, 7.5, 7.5], 1).1, Reading::Constant(7.5));
        assert_eq!(read(&[1.0, 2.0], 12).1, Reading::Varied);
    }

    #[test]
    fn drafts_of_a_line_with_a_season() {
        let shape = [3.0, -1.0, -2.0, 0.0];
        let value = |t: usize| 100.0 + 0.5 * t as f64 + shape[t % 4];
        let values: Vec<f64> = (0..30).map(value).collect();
        let (context, _) = read(&values, 4);
        for k in 0..8 {
            let back = |z: f64| context.last + z * context.scale;
            let drafts = context.drafts(k).map(back);
            let expected = value(30 + k);
            assert!((drafts[0] - value(30 + k - 4 * (k / 4 + 1))).abs() < 1e-9, "seasonal naive");
            assert!((drafts[1] - (expected - 0.5 * (k + 1) as f64)).abs() < 1e-9, "level");
            for (name, draft) in [("drift", drafts[2]), ("line", drafts[3]), ("local line", drafts[4])] {
                assert!((draft - expected).abs() < 1e-9, "{name}, step {k}: {draft} and {expected}");
            }
            assert!((back(context.step(k).center) - expected).abs() < 1e-9, "what fits best is the centre");
        }
    }

    #[test]
    fn drafts_of_growth_by_ratios() {
        let ratio = [1.2, 0.9, 0.8, 1.1];
        let value = |t: usize| 50.0 * 1.02_f64.powi(t as i32) * ratio[t % 4];
        let values: Vec<f64> = (0..40).map(value).collect();
        let (context, _) = read(&values, 4);
        let draft = context.last + context.drafts(5)[8] * context.scale;
        assert!((draft / value(45) - 1.0).abs() < 1e-9, "{draft} and {}", value(45));
    }

    #[test]
    fn a_season_that_was_missing_is_taken_from_before() {
        let mut values: Vec<f64> = (0..12).map(|t| [10.0, 20.0, 30.0, 40.0][t % 4]).collect();
        values[9] = f64::NAN;
        let (context, _) = read(&values, 4);
        assert_eq!(context.seasonal(13, 4), Some(20.0));
    }

    #[test]
    fn units_do_not_matter() {
        let values: Vec<f64> = (0..40).map(|t| ((t * t) % 17) as f64 + 1.0).collect();
        let (one, _) = read(&values, 4);
        let all = |c: &Context| c.whole().0.into_iter().chain(c.whole().1).chain(c.drafts(5)).collect::<Vec<_>>();
        for factor in [1e-300, 1e-9, 1e12, 1e300] {
            let scaled: Vec<f64> = values.iter().map(|v| v * factor).collect();
            let (other, reading) = read(&scaled, 4);
            assert_eq!(reading, Reading::Varied);
            for (a, b) in all(&one).into_iter().zip(all(&other)) {
                assert!((a - b).abs() < 1e-9, "{factor:e}: {a} and {b}");
            }
        }
    }
}
