//! Least squares for the theta method.
//!
//! For a given α the forecasts are linear in the initial level and in the line's share 1 − 1/θ, whichever form: both are solved for, and α
//! alone is searched.

use super::{Kind, Line, Theta};
use crate::linear::{line, mean};
use crate::search::golden_section;
use crate::season::{Adjusted, Seasonal, decompose, fixed, is_seasonal};

/// Bounds of the smoothing weight.
const ALPHA: (f64, f64) = (0.1, 0.99);
/// Weights tried before the search narrows around the best, by so many golden sections.
const GRID: usize = 12;
const SECTIONS: usize = 24;
/// Initial levels stay within so many standard deviations of the mean.
const REACH: f64 = 1e3;
/// First rows whose errors do not count, and the rows from which on they do not.
const SKIPPED: usize = 3;
const SHORT: usize = 8;

/// The form of least squares, on the series without its seasons where a test finds any.
///
/// `None` below four rows.
pub(crate) fn fit(y: &[f64], seasons: &[usize]) -> Option<Adjusted<Theta>> {
    if y.len() < 4 {
        return None;
    }
    let found: Vec<usize> = seasons.iter().copied().filter(|&m| is_seasonal(y, m)).collect();
    let seasonal = match found[..] {
        [] => None,
        [m] => fixed(y, m),
        _ => decompose(y, &found),
    };
    Some(match seasonal {
        Some(Seasonal { rest, pattern, .. }) => Adjusted { inner: choose(&rest, &Kind::ALL), pattern: Some(pattern) },
        None => Adjusted { inner: choose(y, &Kind::ALL), pattern: None },
    })
}

/// The best of some forms.
pub(crate) fn choose(y: &[f64], kinds: &[Kind]) -> Theta {
    let shift = mean(y);
    let spread = (y.iter().map(|value| (value - shift) * (value - shift)).sum::<f64>() / y.len() as f64).sqrt();
    let scale = if spread > 0.0 { spread } else { 1.0 };
    let rows: Vec<f64> = y.iter().map(|value| (value - shift) / scale).collect();
    // Too few rows for three parameters: the first row sets the level of the standard form.
    let short = y.len() < SHORT;
    let kinds = if short { &[Kind::Standard][..] } else { kinds };
    let mut best: Option<(f64, Theta)> = None;
    let (mut fixed, mut running) = (Lines::default(), Lines::default());
    for &kind in kinds {
        let lines = if kind.is_dynamic() { &mut running } else { &mut fixed };
        lines.make(&rows, kind.is_dynamic());
        let problem = Problem { y: &rows, lines, kind, skipped: if short { 1 } else { SKIPPED } };
        let (alpha, squares) = problem.search();
        if best.as_ref().is_none_or(|(least, _)| squares < *least) {
            best = Some((squares, problem.finish(alpha, shift, scale)));
        }
    }
    best.expect("a form was asked for").1
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

impl Problem<'_> {
    /// With errors e = r − k level − x share, sums over the rows that count.
    fn solve(&self, alpha: f64) -> Solution {
        let mut level = 0.0;
        let mut k = 1.0;
        let (mut kk, mut kx, mut xx, mut kr, mut xr, mut rr) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let mut first = (0.0, 0.0);
        for (i, (&y, line)) in self.y.iter().zip(&self.lines.0).enumerate() {
            let x = line.a * k + line.b * (1.0 - k * (1.0 - alpha)) / alpha;
            let r = y - level;
            if i == 0 {
                first = (r, x);
            }
            if i >= self.skipped {
                kk += k * k;
                kx += k * x;
                xx += x * x;
                kr += k * r;
                xr += x * r;
                rr += r * r;
            }
            level += alpha * (y - level);
            k *= 1.0 - alpha;
        }
        let level_for = |share: f64| {
            if self.skipped == 1 {
                return first.0 - first.1 * share;
            }
            let level = (kr - kx * share) / kk;
            if level.is_finite() { level.clamp(-REACH, REACH) } else { 0.0 }
        };
        let squares = |level: f64, share: f64| {
            rr - 2.0 * (kr * level + xr * share) + kk * level * level + 2.0 * kx * level * share + xx * share * share
        };
        let mut share = 0.5;
        if self.kind.is_optimised() {
            let inside = (kk * xr - kx * kr) / (kk * xx - kx * kx);
            share = if inside.is_finite() { inside.clamp(0.0, 1.0) } else { 0.5 };
        }
        let level = level_for(share);
        Solution { level, share, squares: squares(level, share).max(0.0) }
    }

    /// The α of least squares, and these.
    fn search(&self) -> (f64, f64) {
        let at = |i: usize| ALPHA.0 + (ALPHA.1 - ALPHA.0) * i as f64 / (GRID - 1) as f64;
        let squares = |alpha: f64| self.solve(alpha).squares;
        let mut best = (f64::INFINITY, 0);
        for i in 0..GRID {
            let found = squares(at(i));
            if found < best.0 {
                best = (found, i);
            }
        }
        golden_section(at(best.1.saturating_sub(1)), at((best.1 + 1).min(GRID - 1)), SECTIONS, squares)
    }

    fn finish(&self, alpha: f64, shift: f64, scale: f64) -> Theta {
        let Solution { level, share, squares } = self.solve(alpha);
        let n = self.y.len();
        let parameters = if self.skipped == 1 { 1 } else { 2 + usize::from(self.kind.is_optimised()) };
        let sigma = (squares / (n - self.skipped).saturating_sub(parameters).max(1) as f64).sqrt();
        let mut fitted = Theta { kind: self.kind, shift, scale, alpha, share, power: 1.0, level, line: self.lines.0[n], sigma };
        for &y in self.y {
            fitted.level += alpha * (y - fitted.level);
            fitted.power *= 1.0 - alpha;
        }
        fitted
    }
}
