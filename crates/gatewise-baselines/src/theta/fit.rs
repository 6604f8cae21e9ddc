//! Least squares for the theta method.
//!
//! For a given α the forecasts are linear in the initial level and in the line's share 1 − 1/θ, whichever form: both are solved for, and α
//! alone is searched.

use super::{Kind, Line, Theta};
use crate::linear::{line, mean};
use crate::search::golden_section;
use crate::season::{Adjusted, Seasonal, decompose, decompose_strong, fixed, is_seasonal};

/// Bounds of the smoothing weight.
const ALPHA: (f64, f64) = (0.1, 0.99);
/// Weights tried before the search narrows around the best, by so many golden sections.
const GRID: usize = 12;
const SECTIONS: usize = 24;
/// Initial levels stay within so many standard deviations of the mean.
const REACH: f64 = 1e6;
/// First rows whose errors do not count, and the rows from which on they do not.
const SKIPPED: usize = 3;
const SHORT: usize = 8;

/// The form of least BIC, on the series without its seasons where they are strong, or where the test of the correlogram finds any.
///
/// `None` below four rows.
pub(crate) fn fit(y: &[f64], seasons: &[usize]) -> Option<Adjusted<Theta>> {
    if y.len() < 4 {
        return None;
    }
    let found: Vec<usize> = seasons.iter().copied().filter(|&m| is_seasonal(y, m)).collect();
    let seasonal = decompose_strong(y, seasons).or_else(|| match found[..] {
        [] => None,
        [m] => fixed(y, m),
        _ => decompose(y, &found),
    });
    Some(match seasonal {
        Some(Seasonal { rest, pattern, .. }) => Adjusted { inner: choose(&rest, &Kind::ALL).0, pattern: Some(pattern) },
        None => Adjusted { inner: choose(y, &Kind::ALL).0, pattern: None },
    })
}

/// Rows about their mean in standard deviations.
struct Rows {
    y: Vec<f64>,
    shift: f64,
    scale: f64,
}

impl Rows {
    fn of(y: &[f64]) -> Self {
        let shift = mean(y);
        let spread = (y.iter().map(|value| (value - shift) * (value - shift)).sum::<f64>() / y.len() as f64).sqrt();
        let scale = if spread > 0.0 { spread } else { 1.0 };
        Self { y: y.iter().map(|value| (value - shift) / scale).collect(), shift, scale }
    }
}

/// The best of some forms, and its sum of squares.
pub(super) fn choose(y: &[f64], kinds: &[Kind]) -> (Theta, f64) {
    let rows = Rows::of(y);
    // Too few rows for three parameters: the first row sets the level of the standard form.
    let short = y.len() < SHORT;
    let kinds = if short { &[Kind::Standard][..] } else { kinds };
    let mut best: Option<(f64, f64, Theta)> = None;
    let (mut still, mut running) = (Lines::default(), Lines::default());
    for &kind in kinds {
        let lines = if kind.is_dynamic() { &mut running } else { &mut still };
        lines.make(&rows.y, kind.is_dynamic());
        let problem = Problem { y: &rows.y, lines, kind, skipped: if short { 1 } else { SKIPPED } };
        let alpha = problem.search();
        let solution = problem.solve(alpha);
        let bic = y.len() as f64 * solution.squares.max(f64::MIN_POSITIVE).ln() + (y.len() as f64).ln() * problem.parameters() as f64;
        if best.as_ref().is_none_or(|(least, ..)| bic < *least) {
            best = Some((bic, solution.squares, problem.finish(alpha, solution, &rows)));
        }
    }
    let (_, squares, theta) = best.expect("a form was asked for");
    (theta, squares * rows.scale * rows.scale)
}

/// A form with its parameters given, in units of the data, and its sum of squares.
#[cfg(test)]
pub(super) fn with(y: &[f64], kind: Kind, alpha: f64, share: f64, level: f64) -> (Theta, f64) {
    let rows = Rows { y: y.to_vec(), shift: 0.0, scale: 1.0 };
    let mut lines = Lines::default();
    lines.make(y, kind.is_dynamic());
    let problem = Problem { y, lines: &lines, kind, skipped: SKIPPED };
    let sums = problem.sums(alpha);
    let squares = sums.squares(level, share);
    (problem.finish(alpha, Solution { level, share, squares }, &rows), squares)
}

/// The line before each row, and behind the last.
#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn make(&mut self, y: &[f64], dynamic: bool) {
        if !self.0.is_empty() {
            return;
        }
        if !dynamic {
            let (a, b) = line(y);
            self.0 = vec![Line { rows: y.len() as f64, mean: 0.0, a, b }; y.len() + 1];
            return;
        }
        // Before the second row the line is level; before the first it is the first row's.
        let mut running = Line::default();
        self.0.push(Line { a: y[0], ..Line::default() });
        for &value in y {
            running.push(value);
            self.0.push(running);
        }
    }
}

struct Problem<'a> {
    y: &'a [f64],
    lines: &'a Lines,
    kind: Kind,
    skipped: usize,
}

/// Initial level and share of the line for a given α, with the sum of squares.
#[derive(Clone, Copy)]
struct Solution {
    level: f64,
    share: f64,
    squares: f64,
}

/// Sums over the rows that count, of errors e = r − k level − x share.
#[derive(Default)]
struct Sums {
    kk: f64,
    kx: f64,
    xx: f64,
    kr: f64,
    xr: f64,
    rr: f64,
    /// r and x of the first row.
    first: (f64, f64),
}

impl Sums {
    fn squares(&self, level: f64, share: f64) -> f64 {
        let Sums { kk, kx, xx, kr, xr, rr, .. } = *self;
        let squares = rr - 2.0 * (kr * level + xr * share) + kk * level * level + 2.0 * kx * level * share + xx * share * share;
        squares.max(0.0)
    }
}

impl Problem<'_> {
    fn sums(&self, alpha: f64) -> Sums {
        let mut sums = Sums::default();
        let (mut level, mut k) = (0.0, 1.0);
        for (i, (&y, line)) in self.y.iter().zip(&self.lines.0).enumerate() {
            let x = line.a * k + line.b * (1.0 - k * (1.0 - alpha)) / alpha;
            let r = y - level;
            if i == 0 {
                sums.first = (r, x);
            }
            if i >= self.skipped {
                sums.kk += k * k;
                sums.kx += k * x;
                sums.xx += x * x;
                sums.kr += k * r;
                sums.xr += x * r;
                sums.rr += r * r;
            }
            level += alpha * r;
            k *= 1.0 - alpha;
        }
        sums
    }

    fn solve(&self, alpha: f64) -> Solution {
        let sums = self.sums(alpha);
        let Sums { kk, kx, xx, kr, xr, first, .. } = sums;
        let mut share = 0.5;
        if self.kind.is_optimised() {
            let inside = (kk * xr - kx * kr) / (kk * xx - kx * kx);
            share = if inside.is_finite() { inside.clamp(0.0, 1.0) } else { 0.5 };
        }
        let level = if self.skipped == 1 { first.0 - first.1 * share } else { (kr - kx * share) / kk };
        let level = if level.is_finite() { level.clamp(-REACH, REACH) } else { 0.0 };
        Solution { level, share, squares: sums.squares(level, share) }
    }

    /// The α of least squares.
    fn search(&self) -> f64 {
        let at = |i: usize| ALPHA.0 + (ALPHA.1 - ALPHA.0) * i as f64 / (GRID - 1) as f64;
        let squares = |alpha: f64| self.solve(alpha).squares;
        let mut best = (f64::INFINITY, 0);
        for i in 0..GRID {
            let found = squares(at(i));
            if found < best.0 {
                best = (found, i);
            }
        }
        golden_section(at(best.1.saturating_sub(1)), at((best.1 + 1).min(GRID - 1)), SECTIONS, squares).0
    }

    /// α, the initial level unless the first row sets it, and θ where it is fitted.
    fn parameters(&self) -> usize {
        1 + usize::from(self.skipped > 1) + usize::from(self.kind.is_optimised())
    }

    fn finish(&self, alpha: f64, solution: Solution, rows: &Rows) -> Theta {
        let n = self.y.len();
        let sigma = (solution.squares / (n - self.skipped).saturating_sub(self.parameters()).max(1) as f64).sqrt();
        let Solution { mut level, share, .. } = solution;
        let mut power = 1.0;
        for &y in self.y {
            level += alpha * (y - level);
            power *= 1.0 - alpha;
        }
        let Rows { shift, scale, .. } = *rows;
        Theta { kind: self.kind, shift, scale, alpha, share, power, level, line: self.lines.0[n], sigma }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::testing::Noise;

    #[test]
    fn rows_pushed_are_rows_filtered() {
        let y: Vec<f64> = Noise::new(8).walk(60);
        for kind in [Kind::Dynamic, Kind::DynamicOptimised] {
            let filtered = |y: &[f64]| with(y, kind, 0.4, 0.6, 0.5).0;
            let mut pushed = filtered(&y[..40]);
            y[40..].iter().for_each(|&value| pushed.push(value));
            let right = filtered(&y);
            let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
            assert!(near(pushed.level, right.level) && near(pushed.power, right.power), "{pushed:?} {right:?}");
            assert!(near(pushed.line.a, right.line.a) && near(pushed.line.b, right.line.b), "{pushed:?} {right:?}");
        }
        // The line of the other forms was fitted, and stays.
        let mut pushed = with(&y[..40], Kind::Standard, 0.4, 0.5, 0.5).0;
        let line = pushed.line;
        pushed.push(3.0);
        assert_eq!(pushed.line, line);
    }

    #[test]
    fn a_line_goes_on() {
        // The line counts half: the forecast rises by half of the slope, the level makes up for what lies behind.
        let y: Vec<f64> = (0..80).map(|t| 10.0 + 2.0 * t as f64).collect();
        let forecast = choose(&y, &[Kind::Standard]).0.forecast(3);
        assert!((forecast.mean[1] - forecast.mean[0] - 1.0).abs() < 0.05, "{:?}", forecast.mean);
        let forecast = choose(&y, &Kind::ALL).0.forecast(3);
        assert!((forecast.mean[2] - 174.0).abs() < 0.5, "{:?}", forecast.mean);
    }
}
