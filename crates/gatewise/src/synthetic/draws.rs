//! Random draws that are the same to the last bit on every machine: words of [`Rng`], functions of `libm`, and operations that IEEE 754 rounds
//! exactly. The functions of `std` may differ between systems.

use crate::rng::Rng;

/// Mean from which on counts are drawn by transformed rejection.
const LARGE_MEAN: f64 = 10.0;

/// A seeded source of draws.
#[derive(Clone, Debug)]
pub struct Draws {
    rng: Rng,
    /// The second normal of a pair.
    spare: Option<f64>,
}

impl Draws {
    /// Stream `stream` of a seed; streams of one seed are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { rng: Rng::new(seed, stream), spare: None }
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.rng.unit()
    }

    /// Uniform in [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Between two positive numbers, uniform in the logarithm.
    pub fn log_uniform(&mut self, low: f64, high: f64) -> f64 {
        libm::exp(self.uniform(libm::log(low), libm::log(high)))
    }

    /// Uniform in 0 .. n.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        self.rng.below(n)
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of the values, in proportion to its weight.
    ///
    /// # Panics
    /// If there are none.
    pub fn pick<T: Copy>(&mut self, table: &[(T, f64)]) -> T {
        let mut left = self.unit() * table.iter().map(|&(_, weight)| weight).sum::<f64>();
        for &(value, weight) in table {
            left -= weight;
            if left < 0.0 {
                return value;
            }
        }
        table.last().expect("a table to pick from has entries").0
    }

    /// Standard normal (Marsaglia and Bray 1964, the polar method, in pairs).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Gamma with mean and variance `shape` (Marsaglia and Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            // 1 − u is in (0, 1], where the logarithm is finite.
            let power = libm::exp(libm::log(1.0 - self.unit()) / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = 1.0 - self.unit();
            if u < 1.0 - 0.0331 * (x * x) * (x * x) || libm::log(u) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
                return d * v;
            }
        }
    }

    /// Beta, as a share of two gammas.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        if x + y > 0.0 { x / (x + y) } else { 0.5 }
    }

    /// Student's t.
    pub fn student_t(&mut self, df: f64) -> f64 {
        let z = self.normal();
        z * (0.5 * df / self.gamma(0.5 * df).max(f64::MIN_POSITIVE)).sqrt()
    }

    /// Poisson count: products of uniforms (Knuth 1969) for small means, transformed rejection (Hörmann 1993) for others.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean < LARGE_MEAN {
            let (least, mut product, mut count) = (libm::exp(-mean), self.unit(), 0.0);
            while product > least {
                product *= self.unit();
                count += 1.0;
            }
            return count;
        }
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = 0.02483 * b - 0.059;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let quick = 0.9277 - 3.6224 / (b - 2.0);
        let log_mean = libm::log(mean);
        loop {
            let (u, v) = (self.unit() - 0.5, self.unit());
            let tail = 0.5 - u.abs();
            let count = ((2.0 * a / tail + b) * u + mean + 0.43).floor();
            if tail >= 0.07 && v <= quick {
                return count;
            }
            if count < 0.0 || (tail < 0.013 && v > tail) {
                continue;
            }
            if libm::log(v * inverse_alpha / (a / (tail * tail) + b)) <= count * log_mean - mean - libm::lgamma(count + 1.0) {
                return count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of draws.
    fn moments(mut draw: impl FnMut(&mut Draws) -> f64) -> (f64, f64) {
        let (mut rng, n) = (Draws::new(5, 0), 40_000);
        let values: Vec<f64> = (0..n).map(|_| draw(&mut rng)).collect();
        let mean = values.iter().sum::<f64>() / f64::from(n);
        (mean, values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / f64::from(n))
    }

    #[test]
    fn draws_have_their_moments() {
        let near = |(mean, variance): (f64, f64), m: f64, v: f64| {
            // Six standard errors of the mean, and a twelfth of the variance.
            assert!((mean - m).abs() < 6.0 * (v / 40_000.0).sqrt(), "mean {mean}, not {m}");
            assert!((variance / v - 1.0).abs() < 0.085, "variance {variance}, not {v}");
        };
        near(moments(|rng| rng.uniform(-1.0, 3.0)), 1.0, 16.0 / 12.0);
        near(moments(Draws::normal), 0.0, 1.0);
        near(moments(|rng| rng.gamma(0.4)), 0.4, 0.4);
        near(moments(|rng| rng.gamma(7.0)), 7.0, 7.0);
        near(moments(|rng| rng.beta(1.2, 1.5)), 1.2 / 2.7, 1.2 * 1.5 / (2.7 * 2.7 * 3.7));
        near(moments(|rng| rng.student_t(9.0)), 0.0, 9.0 / 7.0);
        for mean in [0.3, 4.0, 10.0, 33.0, 500.0] {
            near(moments(|rng| rng.poisson(mean)), mean, mean);
        }
        near(moments(|rng| rng.pick(&[(0.0, 3.0), (2.0, 1.0)])), 0.5, 0.75);
    }

    #[test]
    fn a_log_uniform_draw_has_its_median_in_the_geometric_middle() {
        let mut rng = Draws::new(6, 0);
        let below = (0..10_000).filter(|_| rng.log_uniform(0.01, 1.0) < 0.1).count();
        assert!((4_700..5_300).contains(&below), "{below}");
    }
}
