//! The likelihood of a form and its derivatives by forward sensitivities.
//!
//! With a multiplicative error, −2 log L = n log Σ(e/f)² + 2 Σ log f. With G the geometric mean of the forecasts f this is n log Σ r² of
//! residuals r = G e/f: a sum of squares for every form, so that Gauss–Newton steps apply.

use super::filter::{State, Weights};
use super::form::{Noise, Season};
use super::point::Places;
use super::region::is_admissible;
use crate::descend::Squares;

/// Rows whose derivatives are added to the normal equations at once.
const BLOCK: usize = 4;

/// Buffers of one form, used over and over.
pub(crate) struct Likelihood<'a> {
    y: &'a [f64],
    places: Places,
    state: State,
    level: Vec<f64>,
    slope: Vec<f64>,
    season: Vec<f64>,
    ahead: Vec<f64>,
    logs: Vec<f64>,
    rows: Vec<f64>,
    normal: Vec<f64>,
    gradient: Vec<f64>,
}

impl<'a> Likelihood<'a> {
    pub fn new(y: &'a [f64], places: Places) -> Self {
        let (p, m) = (places.len, if places.season.is_some() { places.m } else { 0 });
        let state = State { level: 0.0, slope: 0.0, season: Vec::with_capacity(m), at: 0 };
        let zeros = || vec![0.0; p];
        Self {
            y,
            places,
            state,
            level: zeros(),
            slope: zeros(),
            season: vec![0.0; p * m],
            ahead: zeros(),
            logs: zeros(),
            rows: vec![0.0; p * BLOCK],
            normal: vec![0.0; p * p],
            gradient: zeros(),
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
        for buffer in
            [&mut self.level, &mut self.slope, &mut self.season, &mut self.logs, &mut self.normal, &mut self.gradient, &mut self.rows]
        {
            buffer.fill(0.0);
        }
        debug_assert_eq!(x.len(), p);
        self.level[level] = 1.0;
        if let Some(i) = slope {
            self.slope[i] = 1.0;
        }
        if let (Some(first), true) = (season, form.season != Season::None) {
            for i in 0..m - 1 {
                self.season[i * p + first + i] = 1.0;
                self.season[(m - 1) * p + first + i] = -1.0;
            }
        }
    }

    /// Adds the rows that are held to the upper triangle of JᵀJ.
    fn add(&mut self) {
        let p = self.places.len;
        let (a, rest) = self.rows.split_at(p);
        let (b, rest) = rest.split_at(p);
        let (c, d) = rest.split_at(p);
        for i in 0..p {
            let (ai, bi, ci, di) = (a[i], b[i], c[i], d[i]);
            let normal = &mut self.normal[i * p + i..(i + 1) * p];
            let columns = a[i..].iter().zip(&b[i..]).zip(&c[i..]).zip(&d[i..p]);
            for (n, (((aj, bj), cj), dj)) in normal.iter_mut().zip(columns) {
                *n += (ai * aj + bi * bj) + (ci * cj + di * dj);
            }
        }
    }

    fn end(&mut self, squares: f64, logs: f64) -> f64 {
        let (p, n) = (self.places.len, self.y.len() as f64);
        if self.places.form.noise == Noise::Multiplicative {
            // r = G e with d log G = g: JᵀJ and the gradient of r, but for the factor G².
            self.logs.iter_mut().for_each(|log| *log /= n);
            let (v, g) = (&self.gradient, &self.logs);
            for i in 0..p {
                for j in i..p {
                    self.normal[i * p + j] += v[i] * g[j] + g[i] * v[j] + squares * g[i] * g[j];
                }
            }
            self.gradient.iter_mut().zip(&self.logs).for_each(|(v, g)| *v += squares * g);
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
        let places = self.places;
        let (form, p) = (places.form, places.len);
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
            let row = &mut self.rows[held * p..(held + 1) * p];
            // d forecast, into the row; d of the level ahead, aside.
            for ((ahead, l), b) in self.ahead.iter_mut().zip(&self.level).zip(&self.slope) {
                *ahead = l + weights.phi * b;
            }
            if let Some(i) = places.phi {
                self.ahead[i] += slope;
            }
            let seasonal: &mut [f64] = if self.season.is_empty() { &mut [] } else { &mut self.season[at * p..(at + 1) * p] };
            let (of_level, of_season) = match form.season {
                Season::None => {
                    row.copy_from_slice(&self.ahead);
                    (error, 0.0)
                }
                Season::Additive => {
                    for ((f, q), s) in row.iter_mut().zip(&self.ahead).zip(&*seasonal) {
                        *f = q + s;
                    }
                    (error, error)
                }
                Season::Multiplicative => {
                    for ((f, q), s) in row.iter_mut().zip(&self.ahead).zip(&*seasonal) {
                        *f = q * season + level * s;
                    }
                    (error / season, error / level)
                }
            };
            // The states' derivatives move on.
            let Weights { alpha, beta, gamma, phi } = weights;
            match form.season {
                Season::Multiplicative => {
                    let states = self.level.iter_mut().zip(&mut self.slope).zip(seasonal.iter_mut());
                    for (((l, b), s), (f, q)) in states.zip(row.iter().zip(&self.ahead)) {
                        let of = -(f + of_level * *s) / season;
                        *s -= gamma * (f + of_season * q) / level;
                        *l = q + alpha * of;
                        *b = phi * *b + beta * of;
                    }
                }
                _ => {
                    for ((l, b), (f, q)) in self.level.iter_mut().zip(&mut self.slope).zip(row.iter().zip(&self.ahead)) {
                        *l = q - alpha * f;
                        *b = phi * *b - beta * f;
                    }
                    if form.season == Season::Additive {
                        seasonal.iter_mut().zip(&*row).for_each(|(s, f)| *s -= gamma * f);
                    }
                }
            }
            self.level[0] += of_level;
            if let Some(i) = places.beta {
                self.slope[0] += x[i] * of_level;
                self.slope[i] += alpha * of_level;
            }
            if let Some(i) = places.phi {
                self.slope[i] += slope;
            }
            if let Some(i) = places.gamma {
                seasonal[0] -= x[i] * of_season;
                seasonal[i] += (1.0 - alpha) * of_season;
            }
            // d residual: of e = y − f it is −f′, of e = y/f − 1 it is −f′ (1 + e)/f.
            if multiplicative {
                let inverse = 1.0 / forecast;
                error *= inverse;
                logs += forecast.ln();
                self.logs.iter_mut().zip(&*row).for_each(|(log, f)| *log += f * inverse);
                let factor = -(1.0 + error) * inverse;
                row.iter_mut().for_each(|f| *f *= factor);
            } else {
                row.iter_mut().for_each(|f| *f = -*f);
            }
            self.gradient.iter_mut().zip(&*row).for_each(|(g, r)| *g += r * error);
            squares += error * error;
            held += 1;
            if held == BLOCK {
                self.add();
                held = 0;
            }
        }
        self.rows[held * p..].fill(0.0);
        self.add();
        self.end(squares, logs)
    }

    fn equations(&self) -> (&[f64], &[f64]) {
        (&self.normal, &self.gradient)
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
            let gradient = likelihood.gradient.clone();
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
