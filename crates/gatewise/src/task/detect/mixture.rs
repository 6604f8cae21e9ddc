//! The predictive distribution of a value: a mixture of logistic distributions, cheap in its density, its tails and its gradient.
//!
//! The network gives [`WIDTH`] raw numbers for each channel: a logit, a shift and a raw scale for each of [`COMPONENTS`] components.
//! Component k has weight wₖ = softmax(logit)ₖ, location mₖ = anchorₖ + shiftₖ and scale sₖ = softplus(rawₖ) + `SCALE_FLOOR`. The
//! anchors are values that the future often repeats, the last one and the one a season ago, so that a network that knows nothing yet is
//! a persistence forecast.

use std::array::from_fn;

use gatewise_kernels::Real;

/// Components of the mixture.
pub const COMPONENTS: usize = 3;
/// Raw numbers of a channel: logits, shifts, raw scales.
pub const WIDTH: usize = 3 * COMPONENTS;
/// Lowest scale in units of the channel's spread: a likelihood has no bound where the scale goes to 0, and sensors round.
pub const SCALE_FLOOR: f64 = 0.02;

/// A mixture of logistic distributions, in scaled units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture<F> {
    /// Weights; their sum is 1.
    pub weight: [F; COMPONENTS],
    /// Locations.
    pub location: [F; COMPONENTS],
    /// Scales, above `SCALE_FLOOR`.
    pub scale: [F; COMPONENTS],
}

impl<F: Real> Mixture<F> {
    /// From the raw numbers of a channel, `WIDTH` of them, and its anchors.
    pub fn new(raw: &[F], anchor: &[F; COMPONENTS]) -> Self {
        let highest = raw[..COMPONENTS].iter().fold(raw[0], |a, &b| a.max(b));
        let odds: [F; COMPONENTS] = from_fn(|k| (raw[k] - highest).exp());
        let total = odds.iter().copied().sum::<F>();
        Self {
            weight: odds.map(|o| o / total),
            location: from_fn(|k| anchor[k] + raw[COMPONENTS + k]),
            scale: from_fn(|k| raw[2 * COMPONENTS + k].softplus() + F::from_f64(SCALE_FLOOR)),
        }
    }

    /// The mean.
    pub fn mean(&self) -> F {
        self.weight.iter().zip(&self.location).map(|(&w, &m)| w * m).sum()
    }

    /// Location of the heaviest component: what is expected, where a mean could lie between two modes.
    pub fn mode(&self) -> F {
        let heaviest = (1..COMPONENTS).fold(0, |best, k| if self.weight[k] > self.weight[best] { k } else { best });
        self.location[heaviest]
    }

    /// Probability of a value at most `x`.
    pub fn cdf(&self, x: F) -> F {
        (0..COMPONENTS).map(|k| self.weight[k] * ((x - self.location[k]) / self.scale[k]).sigmoid()).sum()
    }

    /// Probability that a value lies as far from the centre of its own component as `x` does from that component's: small in both
    /// tails, and also in a gap between two modes. At least the smallest positive number.
    pub fn tail(&self, x: F) -> F {
        let two = F::from_f64(2.0);
        let sum: F = (0..COMPONENTS).map(|k| self.weight[k] * two * (-((x - self.location[k]) / self.scale[k]).abs()).sigmoid()).sum();
        sum.max(F::from_f64(f64::from(f32::MIN_POSITIVE)))
    }

    /// Negative logarithm of the density at `x`, and its gradient by the raw numbers into `d` times `share`.
    ///
    /// ln p = logsumexp(ln wₖ + ln f((x − mₖ)/sₖ) − ln sₖ), f the logistic density; rₖ, the responsibility, is component k's share of p.
    pub fn nll_and_grad(&self, raw: &[F], x: F, share: F, d: &mut [F]) -> f64 {
        let two = F::from_f64(2.0);
        let z: [F; COMPONENTS] = from_fn(|k| (x - self.location[k]) / self.scale[k]);
        let log: [F; COMPONENTS] = from_fn(|k| {
            let a = z[k].abs();
            self.weight[k].max(F::from_f64(f64::from(f32::MIN_POSITIVE))).ln() - a - two * (-a).exp().ln_1p() - self.scale[k].ln()
        });
        let highest = log.iter().fold(log[0], |a, &b| a.max(b));
        let mass: [F; COMPONENTS] = from_fn(|k| (log[k] - highest).exp());
        let total = mass.iter().copied().sum::<F>();
        for k in 0..COMPONENTS {
            let r = mass[k] / total;
            // d ln f / dz = −tanh(z / 2).
            let slope = (z[k] / two).tanh();
            d[k] = share * (self.weight[k] - r);
            d[COMPONENTS + k] = -share * r * slope / self.scale[k];
            d[2 * COMPONENTS + k] = share * r * (F::ONE - z[k] * slope) / self.scale[k] * raw[2 * COMPONENTS + k].sigmoid();
        }
        -(highest + total.ln()).to_f64()
    }

    /// The value below which a share `level` of the distribution lies, by bisection; for bands in a report, not for the path of a row.
    pub fn quantile(&self, level: F) -> F {
        /// Scales from the outermost locations within which every level of a band lies.
        const REACH: f64 = 40.0;
        /// Halvings: the reach divided by 2⁴⁰ is below the precision of f32.
        const HALVINGS: usize = 40;
        let reach = |k: usize| F::from_f64(REACH) * self.scale[k];
        let mut low = (0..COMPONENTS).map(|k| self.location[k] - reach(k)).fold(self.location[0], F::min);
        let mut high = (0..COMPONENTS).map(|k| self.location[k] + reach(k)).fold(self.location[0], F::max);
        for _ in 0..HALVINGS {
            let middle = (low + high) / F::from_f64(2.0);
            if self.cdf(middle) < level { low = middle } else { high = middle }
        }
        (low + high) / F::from_f64(2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: [f64; WIDTH] = [0.3, -0.8, 1.1, 0.2, -0.5, 0.7, -1.0, 0.4, -2.0];
    const ANCHOR: [f64; COMPONENTS] = [0.5, -1.0, 0.0];

    #[test]
    fn gradient_is_that_of_finite_differences() {
        const STEP: f64 = 1e-6;
        for x in [-3.0, -0.4, 0.7, 0.71, 5.0] {
            let nll = |raw: &[f64; WIDTH]| Mixture::new(raw, &ANCHOR).nll_and_grad(raw, x, 1.0, &mut [0.0; WIDTH]);
            let mut d = [0.0; WIDTH];
            Mixture::new(&RAW, &ANCHOR).nll_and_grad(&RAW, x, 1.0, &mut d);
            for i in 0..WIDTH {
                let (mut up, mut down) = (RAW, RAW);
                up[i] += STEP;
                down[i] -= STEP;
                let expected = (nll(&up) - nll(&down)) / (2.0 * STEP);
                assert!((d[i] - expected).abs() < 1e-7 * (1.0 + expected.abs()), "x {x}, raw {i}: got {}, expected {expected}", d[i]);
            }
        }
    }

    #[test]
    fn density_integrates_to_the_distribution() {
        let mixture = Mixture::new(&RAW, &ANCHOR);
        const STEP: f64 = 1e-3;
        let density = |x: f64| (-mixture.nll_and_grad(&RAW, x, 1.0, &mut [0.0; WIDTH])).exp();
        let (low, high) = (-2.0, 1.5);
        let steps = ((high - low) / STEP) as usize;
        let area: f64 = (0..steps).map(|i| STEP * density(low + (i as f64 + 0.5) * STEP)).sum();
        let expected = mixture.cdf(high) - mixture.cdf(low);
        assert!((area - expected).abs() < 1e-5, "got {area}, expected {expected}");
    }

    #[test]
    fn quantiles_invert_the_distribution() {
        let mixture = Mixture::new(&RAW, &ANCHOR);
        for level in [0.005, 0.1, 0.5, 0.995] {
            let found = mixture.cdf(mixture.quantile(level));
            assert!((found - level).abs() < 1e-9, "level {level}: got {found}");
        }
    }

    #[test]
    fn a_gap_between_modes_is_as_improbable_as_a_tail() {
        let mixture = Mixture { weight: [0.5, 0.5, 0.0], location: [-10.0, 10.0, 0.0], scale: [0.5; 3] };
        assert!(mixture.tail(10.0_f64) > 0.49);
        assert!(mixture.tail(0.0) < 1e-8, "{}", mixture.tail(0.0));
        assert!(mixture.tail(1e30) > 0.0);
    }
}
