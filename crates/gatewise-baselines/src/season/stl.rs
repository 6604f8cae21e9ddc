//! Seasonal and trend decomposition by loess (Cleveland, Cleveland, McRae & Terpenning 1990).

use super::loess::Loess;

/// Passes before and after rows that stand out lose their weight.
const PASSES: usize = 2;
const ROBUST_PASSES: usize = 1;

/// Parts of a series; what they leave is the remainder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub season: Vec<f64>,
    pub trend: Vec<f64>,
}

/// Takes a series apart: a season of `m` rows that changes over `seasons` seasons, and a trend. Wants two seasons at least.
///
/// Rows far outside of the remainders' spread are held to be outliers and count less.
pub(crate) fn stl(y: &[f64], m: usize, seasons: usize) -> Parts {
    let n = y.len();
    let odd = |width: f64| (width.ceil() as usize) | 1;
    let season = Loess { width: seasons | 1, linear: false, jump: 1 };
    let trend = Loess::new(odd(1.5 * m as f64 / (1.0 - 1.5 / seasons as f64)), true);
    let low = Loess::new(odd(m as f64 + 1.0), true);
    let mut parts = Parts { season: vec![0.0; n], trend: vec![0.0; n] };
    let mut trust = Vec::new();
    let mut work = Work::default();
    for _ in 0..PASSES {
        work.pass(y, m, [season, low, trend], &trust, &mut parts);
    }
    weigh(y, &parts, &mut trust);
    for _ in 0..ROBUST_PASSES {
        work.pass(y, m, [season, low, trend], &trust, &mut parts);
    }
    parts
}

/// Bisquare weights of rows by their remainders; none where over half of them are nothing.
fn weigh(y: &[f64], parts: &Parts, trust: &mut Vec<f64>) {
    trust.clear();
    trust.extend(y.iter().zip(&parts.season).zip(&parts.trend).map(|((y, s), t)| (y - s - t).abs()));
    let mut sorted = trust.clone();
    let middle = sorted.len() / 2;
    let reach = 6.0 * *sorted.select_nth_unstable_by(middle, f64::total_cmp).1;
    if reach > 0.0 {
        trust.iter_mut().for_each(|r| {
            let u = (*r / reach).min(1.0);
            *r = (1.0 - u * u) * (1.0 - u * u);
        });
    } else {
        trust.clear();
    }
}

/// Buffers of a pass.
#[derive(Default)]
struct Work {
    rest: Vec<f64>,
    cycle: Vec<f64>,
    kept: Vec<f64>,
    smooth: Vec<f64>,
    /// Smoothed subseries, a season longer at both ends.
    long: Vec<f64>,
    low: Vec<f64>,
}

impl Work {
    /// One pass of the inner loop.
    fn pass(&mut self, y: &[f64], m: usize, [season, low, trend]: [Loess; 3], trust: &[f64], parts: &mut Parts) {
        let n = y.len();
        self.rest.clear();
        self.rest.extend(y.iter().zip(&parts.trend).map(|(y, t)| y - t));
        self.long.resize(n + 2 * m, 0.0);
        for place in 0..m {
            self.cycle.clear();
            self.cycle.extend(self.rest[place..].iter().step_by(m));
            self.kept.clear();
            if !trust.is_empty() {
                self.kept.extend(trust[place..].iter().step_by(m));
            }
            self.smooth.clear();
            season.smooth(&self.cycle, &self.kept, 1, &mut self.smooth);
            self.long[place..].iter_mut().step_by(m).zip(&self.smooth).for_each(|(long, value)| *long = *value);
        }
        // What the subseries hold of the trend: three moving averages, then loess.
        self.low.clear();
        self.low.extend_from_slice(&self.long);
        for width in [m, m, 3] {
            average(&mut self.low, width);
        }
        self.smooth.clear();
        low.smooth(&self.low, &[], 0, &mut self.smooth);
        for ((s, long), low) in parts.season.iter_mut().zip(&self.long[m..]).zip(&self.smooth) {
            *s = long - low;
        }
        self.rest.clear();
        self.rest.extend(y.iter().zip(&parts.season).map(|(y, s)| y - s));
        parts.trend.clear();
        trend.smooth(&self.rest, trust, 0, &mut parts.trend);
    }
}

/// Means over `width` rows, width − 1 rows fewer.
fn average(y: &mut Vec<f64>, width: usize) {
    let count = y.len() + 1 - width;
    let mut sum: f64 = y[..width].iter().sum();
    for i in 0..count {
        let first = y[i];
        y[i] = sum / width as f64;
        if i + 1 < count {
            sum += y[i + width] - first;
        }
    }
    y.truncate(count);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(n: usize, m: usize) -> Vec<f64> {
        (0..n).map(|t| 10.0 + 0.1 * t as f64 + 3.0 * (std::f64::consts::TAU * t as f64 / m as f64).sin()).collect()
    }

    #[test]
    fn moving_averages() {
        let mut y = vec![1.0, 2.0, 6.0, 4.0];
        average(&mut y, 3);
        assert_eq!(y, [3.0, 4.0]);
    }

    #[test]
    fn season_and_line_come_apart() {
        for (n, m) in [(60, 12), (500, 100), (25, 12)] {
            let parts = stl(&series(n, m), m, 11);
            for t in 0..n {
                assert!((parts.trend[t] - 10.0 - 0.1 * t as f64).abs() < 0.35, "{n} {t} {}", parts.trend[t]);
                assert!((parts.season[t] - 3.0 * (std::f64::consts::TAU * t as f64 / m as f64).sin()).abs() < 0.35, "{n} {t}");
            }
        }
    }

    #[test]
    fn an_outlier_does_not_come_again() {
        let mut y = series(72, 12);
        y.iter_mut().enumerate().for_each(|(t, y)| *y += 0.1 * (((t * 7919) % 13) as f64 - 6.0) / 6.0);
        y[66] += 50.0;
        let parts = stl(&y, 12, 11);
        let right = 3.0 * (std::f64::consts::TAU * 66.0 / 12.0).sin();
        assert!((parts.season[66] - right).abs() < 0.5, "{} {right}", parts.season[66]);
    }
}
