//! The likelihood of a form and its derivatives by forward sensitivities.
//!
//! With a multiplicative error, −2 log L = n log Σ(e/f)² + 2 Σ log f. With G the geometric mean of the forecasts f this is n log Σ r² of
//! residuals r = G e/f: a sum of squares for every form, so that Gauss–Newton steps apply.

use gatewise_kernels::vectorize;

use super::filter::{State, Weights};
use super::form::{Noise, Season};
use super::point::Places;
use super::region::is_admissible;
use crate::descend::Squares;

/// Rows whose derivatives are added to the normal equations at once.
const BLOCK: usize = 4;

/// Derivatives by parameters stand in whole vectors of so many, zeros behind the last, so that passes over them have no ends of their own.
const LANES: usize = 8;
type Lanes = [f64; LANES];

/// A whole vector, made before any of it is stored.
#[inline(always)]
fn lanes(of: impl Fn(usize) -> f64) -> Lanes {
    let mut lanes = [0.0; LANES];
    for (k, lane) in lanes.iter_mut().enumerate() {
        *lane = of(k);
    }
    lanes
}

/// Buffers of one form, used over and over.
pub(crate) struct Likelihood<'a> {
    y: &'a [f64],
    places: Places,
    state: State,
    level: Vec<Lanes>,
    slope: Vec<Lanes>,
    season: Vec<Lanes>,
    ahead: Vec<Lanes>,
    logs: Vec<Lanes>,
    rows: [Vec<Lanes>; BLOCK],
    upper: Vec<Lanes>,
    gradient: Vec<Lanes>,
    /// JᵀJ in full, without the zeros.
    normal: Vec<f64>,
}

impl<'a> Likelihood<'a> {
    pub fn new(y: &'a [f64], places: Places) -> Self {
        let (p, m) = (places.len, if places.season.is_some() { places.m } else { 0 });
        let state = State { level: 0.0, slope: 0.0, season: Vec::with_capacity(m), at: 0 };
        let wide = p.div_ceil(LANES);
        let zeros = |rows: usize| vec![[0.0; LANES]; wide * rows];
        Self {
            y,
            places,
            state,
            level: zeros(1),
            slope: zeros(1),
            season: zeros(m),
            ahead: zeros(1),
            logs: zeros(1),
            rows: std::array::from_fn(|_| zeros(1)),
            upper: zeros(p),
            gradient: zeros(1),
            normal: vec![0.0; p * p],
        }
    }

    fn join(&self, squares: f64, logs: f64) -> f64 {
        let n = self.y.len() as f64;
        // The floor is what rounding leaves of a perfect fit, where rows are of order one.
        let value = n * squares.max(n * 1e-26).ln() + 2.0 * logs;
        if value.is_finite() { value } else { f64::INFINITY }
    }

    fn begin(&mut self, x: &[f64]) {
        let Places { form, m, level, slope, season, len: p, .. } = self.places;
        for buffer in [&mut self.level, &mut self.slope, &mut self.season, &mut self.logs, &mut self.upper, &mut self.gradient] {
            buffer.fill([0.0; LANES]);
        }
        debug_assert_eq!(x.len(), p);
        let wide = p.next_multiple_of(LANES);
        self.level.as_flattened_mut()[level] = 1.0;
        if let Some(i) = slope {
            self.slope.as_flattened_mut()[i] = 1.0;
        }
        if let (Some(first), true) = (season, form.season != Season::None) {
            let season = self.season.as_flattened_mut();
            for i in 0..m - 1 {
                season[i * wide + first + i] = 1.0;
                season[(m - 1) * wide + first + i] = -1.0;
            }
        }
    }

    /// Adds the rows that are held to the upper triangle of JᵀJ, and to what stands left of it in whole vectors.
    #[inline(always)]
    fn add(&mut self) {
        let [a, b, c, d] = &self.rows;
        for (i, upper) in self.upper.chunks_exact_mut(a.len()).enumerate() {
            let (block, at) = (i / LANES, i % LANES);
            let (ai, bi, ci, di) = (a[block][at], b[block][at], c[block][at], d[block][at]);
            let columns = a[block..].iter().zip(&b[block..]).zip(&c[block..]).zip(&d[block..]);
            for (n, (((aj, bj), cj), dj)) in upper[block..].iter_mut().zip(columns) {
                *n = lanes(|k| n[k] + ((ai * aj[k] + bi * bj[k]) + (ci * cj[k] + di * dj[k])));
            }
        }
    }

    /// The value, and the derivatives of each row added to the normal equations.
    #[inline(always)]
    fn row_by_row(&mut self, x: &[f64]) -> f64 {
        let places = self.places;
        let (form, wide) = (places.form, places.len.div_ceil(LANES));
        let weights = places.weights(x);
        places.state_into(x, &mut self.state);
        self.begin(x);
        let multiplicative = form.noise == Noise::Multiplicative;
        let (mut squares, mut logs, mut held) = (0.0, 0.0, 0);
        for &y in self.y {
            let (at, slope) = (self.state.at, self.state.slope);
            let season = if form.season == Season::None { 0.0 } else { self.state.season[at] };
            let level = self.state.level + weights.phi * slope;
            let forecast = self.state.step(form, &weights, y);
            let mut error = y - forecast;
            if multiplicative && (forecast.is_nan() || forecast <= 1e-9) {
                return f64::INFINITY;
            }
            let row = &mut self.rows[held][..];
            // d forecast, into the row; d of the level ahead, aside.
            for ((ahead, l), b) in self.ahead.iter_mut().zip(&self.level).zip(&self.slope) {
                *ahead = lanes(|k| l[k] + weights.phi * b[k]);
            }
            if let Some(i) = places.phi {
                self.ahead.as_flattened_mut()[i] += slope;
            }
            let seasonal = if self.season.is_empty() { &mut [][..] } else { &mut self.season[at * wide..(at + 1) * wide] };
            let (of_level, of_season) = match form.season {
                Season::None => {
                    row.copy_from_slice(&self.ahead);
                    (error, 0.0)
                }
                Season::Additive => {
                    for ((f, q), s) in row.iter_mut().zip(&self.ahead).zip(&*seasonal) {
                        *f = lanes(|k| q[k] + s[k]);
                    }
                    (error, error)
                }
                Season::Multiplicative => {
                    for ((f, q), s) in row.iter_mut().zip(&self.ahead).zip(&*seasonal) {
                        *f = lanes(|k| q[k] * season + level * s[k]);
                    }
                    (error / season, error / level)
                }
            };
            // The states' derivatives move on.
            let Weights { alpha, beta, gamma, phi } = weights;
            match form.season {
                Season::Multiplicative => {
                    let (by_season, by_level) = (1.0 / season, gamma / level);
                    let states = self.level.iter_mut().zip(&mut self.slope).zip(seasonal.iter_mut());
                    for (((l, b), s), (f, q)) in states.zip(row.iter().zip(&self.ahead)) {
                        let of = lanes(|k| -(f[k] + of_level * s[k]) * by_season);
                        *s = lanes(|k| s[k] - by_level * (f[k] + of_season * q[k]));
                        *l = lanes(|k| q[k] + alpha * of[k]);
                        *b = lanes(|k| phi * b[k] + beta * of[k]);
                    }
                }
                _ => {
                    for ((l, b), (f, q)) in self.level.iter_mut().zip(&mut self.slope).zip(row.iter().zip(&self.ahead)) {
                        *l = lanes(|k| q[k] - alpha * f[k]);
                        *b = lanes(|k| phi * b[k] - beta * f[k]);
                    }
                    if form.season == Season::Additive {
                        for (s, f) in seasonal.iter_mut().zip(&*row) {
                            *s = lanes(|k| s[k] - gamma * f[k]);
                        }
                    }
                }
            }
            self.level.as_flattened_mut()[0] += of_level;
            let of_slope = self.slope.as_flattened_mut();
            if let Some(i) = places.beta {
                of_slope[0] += x[i] * of_level;
                of_slope[i] += alpha * of_level;
            }
            if let Some(i) = places.phi {
                of_slope[i] += slope;
            }
            if let Some(i) = places.gamma {
                let seasonal = seasonal.as_flattened_mut();
                seasonal[0] -= x[i] * of_season;
                seasonal[i] += (1.0 - alpha) * of_season;
            }
            // d residual: of e = y − f it is −f′, of e = y/f − 1 it is −f′ (1 + e)/f.
            if multiplicative {
                let inverse = 1.0 / forecast;
                error *= inverse;
                logs += forecast.ln();
                let factor = -(1.0 + error) * inverse;
                for (log, f) in self.logs.iter_mut().zip(row.iter_mut()) {
                    *log = lanes(|k| log[k] + f[k] * inverse);
                    *f = lanes(|k| f[k] * factor);
                }
            } else {
                row.as_flattened_mut().iter_mut().for_each(|f| *f = -*f);
            }
            for (g, r) in self.gradient.iter_mut().zip(&*row) {
                *g = lanes(|k| g[k] + r[k] * error);
            }
            squares += error * error;
            held += 1;
            if held == BLOCK {
                self.add();
                held = 0;
            }
        }
        self.rows[held..].iter_mut().for_each(|row| row.fill([0.0; LANES]));
        self.add();
        self.end(squares, logs)
    }

    fn end(&mut self, squares: f64, logs: f64) -> f64 {
        let (p, n) = (self.places.len, self.y.len() as f64);
        let (upper, gradient, logs_by) = (self.upper.as_flattened(), self.gradient.as_flattened_mut(), self.logs.as_flattened_mut());
        let wide = upper.len() / p;
        for i in 0..p {
            for j in i..p {
                self.normal[i * p + j] = upper[i * wide + j];
            }
        }
        if self.places.form.noise == Noise::Multiplicative {
            // r = G e with d log G = g: JᵀJ and the gradient of r, but for the factor G².
            logs_by.iter_mut().for_each(|log| *log /= n);
            let (v, g) = (&*gradient, &*logs_by);
            for i in 0..p {
                for j in i..p {
                    self.normal[i * p + j] += v[i] * g[j] + g[i] * v[j] + squares * g[i] * g[j];
                }
            }
            gradient.iter_mut().zip(g).for_each(|(v, g)| *v += squares * g);
        }
        for i in 0..p {
            for j in 0..i {
                self.normal[i * p + j] = self.normal[j * p + i];
            }
        }
        self.join(squares, logs)
    }
}

impl Squares for Likelihood<'_> {
    /// −2 log L but for constants; infinite where a multiplicative part leaves the positive numbers.
    fn value(&mut self, x: &[f64]) -> f64 {
        let Places { form, .. } = self.places;
        let weights = self.places.weights(x);
        self.places.state_into(x, &mut self.state);
        let multiplicative = form.noise == Noise::Multiplicative;
        let (mut squares, mut logs, mut product) = (0.0, 0.0, 1.0f64);
        for (t, &y) in self.y.iter().enumerate() {
            let forecast = self.state.step(form, &weights, y);
            let mut error = y - forecast;
            if multiplicative {
                if forecast.is_nan() || forecast <= 1e-9 {
                    return f64::INFINITY;
                }
                error /= forecast;
                product *= forecast;
                // One logarithm for eight rows.
                if t % 8 == 7 {
                    logs += product.ln();
                    product = 1.0;
                }
            }
            squares += error * error;
        }
        if form.season == Season::Multiplicative && !self.state.season.iter().all(|&s| s > 1e-9) {
            return f64::INFINITY;
        }
        self.join(squares, logs + product.ln())
    }

    fn derive(&mut self, x: &[f64]) -> f64 {
        vectorize!(self.row_by_row(x))
    }

    fn equations(&self) -> (&[f64], &[f64]) {
        (&self.normal, &self.gradient.as_flattened()[..self.places.len])
    }

    fn bounds(&self, i: usize) -> (f64, f64) {
        self.places.bounds(i)
    }

    fn allows(&self, x: &[f64]) -> bool {
        is_admissible(self.places.form, &self.places.weights(x), self.places.m)
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::Form;
    use super::*;

    #[test]
    fn gradients_match_differences() {
        let m = 4;
        let y: Vec<f64> =
            (0..40).map(|t| (1.0 + 0.02 * t as f64) * (1.0 + 0.2 * [1.0, -0.5, -1.0, 0.5][t % 4]) + 0.03 * ((t * t) % 7) as f64).collect();
        for form in Form::candidates(true, true) {
            let places = Places::of(form, m);
            let weights = Weights { alpha: 0.3, beta: 0.06, gamma: 0.2, phi: 0.9 };
            let whole = f64::from(form.season == Season::Multiplicative);
            let state = State { level: 1.1, slope: 0.01, season: [0.1, -0.2, 0.05, 0.05].map(|s| s + whole).to_vec(), at: 0 };
            let x = places.vector(&weights, &state);
            let mut likelihood = Likelihood::new(&y, places);
            let value = likelihood.derive(&x);
            assert!((value - likelihood.value(&x)).abs() < 1e-9 * value.abs(), "{}", form.label());
            let gradient = likelihood.equations().1.to_vec();
            // d(n log S) = 2 n (half gradient) / S, and S = exp((value − logs) / n): the ratio of all entries is one number.
            let mut ratios = Vec::new();
            for i in 0..x.len() {
                let mut shifted = |h: f64| {
                    let mut x = x.clone();
                    x[i] += h;
                    likelihood.value(&x)
                };
                let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                ratios.push(difference / gradient[i]);
            }
            for ratio in &ratios {
                assert!((ratio / ratios[0] - 1.0).abs() < 1e-4, "{} {ratios:?}", form.label());
            }
        }
    }
}
