//! The functions that gates and layers may end in.

use gatewise_kernels::vectorize;

use super::op::{sigmoid, tanh};

/// A function of one number, with what it is scaled and moved by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    Sigmoid,
    Tanh,
    Relu,
    /// α x + β.
    Affine(f32, f32),
    /// x, or α x below 0.
    LeakyRelu(f32),
    /// x above α, else 0.
    ThresholdedRelu(f32),
    /// α tanh(β x).
    ScaledTanh(f32, f32),
    /// α x + β, from 0 to 1.
    HardSigmoid(f32, f32),
    /// x, or α (eˣ − 1) below 0.
    Elu(f32),
    /// x / (1 + |x|).
    Softsign,
    /// ln(1 + eˣ).
    Softplus,
}

use Activation::*;

impl Activation {
    /// The function of a name in whatever case, with its usual numbers.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let known = [
            ("sigmoid", Sigmoid),
            ("tanh", Tanh),
            ("relu", Relu),
            ("affine", Affine(1.0, 0.0)),
            ("leakyrelu", LeakyRelu(0.01)),
            ("thresholdedrelu", ThresholdedRelu(1.0)),
            ("scaledtanh", ScaledTanh(1.0, 1.0)),
            ("hardsigmoid", HardSigmoid(0.2, 0.5)),
            ("elu", Elu(1.0)),
            ("softsign", Softsign),
            ("softplus", Softplus),
        ];
        known.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, function)| function)
    }

    /// With other numbers, which those take that have them: the next of `alphas`, the next of `betas`.
    pub(crate) fn with(self, alphas: &mut impl Iterator<Item = f32>, betas: &mut impl Iterator<Item = f32>) -> Self {
        match self {
            Affine(a, b) => Affine(alphas.next().unwrap_or(a), betas.next().unwrap_or(b)),
            LeakyRelu(a) => LeakyRelu(alphas.next().unwrap_or(a)),
            ThresholdedRelu(a) => ThresholdedRelu(alphas.next().unwrap_or(a)),
            ScaledTanh(a, b) => ScaledTanh(alphas.next().unwrap_or(a), betas.next().unwrap_or(b)),
            HardSigmoid(a, b) => HardSigmoid(alphas.next().unwrap_or(a), betas.next().unwrap_or(b)),
            Elu(a) => Elu(alphas.next().unwrap_or(a)),
            Sigmoid | Tanh | Relu | Softsign | Softplus => self,
        }
    }

    /// Of a number in double precision.
    pub(crate) fn of(self, x: f64) -> f64 {
        let [a, b] = match self {
            Affine(a, b) | ScaledTanh(a, b) | HardSigmoid(a, b) => [a, b],
            LeakyRelu(a) | ThresholdedRelu(a) | Elu(a) => [a, 0.0],
            Sigmoid | Tanh | Relu | Softsign | Softplus => [0.0; 2],
        }
        .map(f64::from);
        match self {
            Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Tanh => x.tanh(),
            Relu => x.max(0.0),
            Affine(..) => a * x + b,
            LeakyRelu(_) => {
                if x < 0.0 {
                    a * x
                } else {
                    x
                }
            }
            ThresholdedRelu(_) => {
                if x > a {
                    x
                } else {
                    0.0
                }
            }
            ScaledTanh(..) => a * (b * x).tanh(),
            HardSigmoid(..) => (a * x + b).clamp(0.0, 1.0),
            Elu(_) => {
                if x < 0.0 {
                    a * x.exp_m1()
                } else {
                    x
                }
            }
            Softsign => x / (1.0 + x.abs()),
            Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        }
    }

    /// Of every number in place.
    pub(crate) fn apply(self, values: &mut [f32]) {
        /// Each number by a function, with vectors.
        macro_rules! each {
            ($f:expr) => {{
                let f = $f;
                vectorize!(values.iter_mut().for_each(|x| *x = f(*x)))
            }};
        }
        match self {
            Sigmoid => each!(sigmoid),
            Tanh => each!(tanh),
            Relu => each!(|x: f32| if x < 0.0 { 0.0 } else { x }),
            Affine(a, b) => each!(|x: f32| a * x + b),
            LeakyRelu(a) => each!(|x: f32| if x < 0.0 { a * x } else { x }),
            ThresholdedRelu(a) => each!(|x: f32| if x > a { x } else { 0.0 }),
            ScaledTanh(a, b) => each!(|x: f32| a * tanh(b * x)),
            HardSigmoid(a, b) => each!(|x: f32| (a * x + b).clamp(0.0, 1.0)),
            Elu(a) => values.iter_mut().filter(|x| **x < 0.0).for_each(|x| *x = a * x.exp_m1()),
            Softsign => each!(|x: f32| x / (1.0 + x.abs())),
            Softplus => values.iter_mut().for_each(|x| *x = x.max(0.0) + (-x.abs()).exp().ln_1p()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_functions() {
        let at = |function: Activation| {
            let mut x = [-2.0, 0.5, f32::NAN];
            function.apply(&mut x);
            assert!(x[2].is_nan() || matches!(function, ThresholdedRelu(_) | Softplus), "{function:?}");
            [x[0], x[1]]
        };
        let named = |name: &str| Activation::named(name).unwrap();
        for function in [
            Sigmoid,
            Tanh,
            Relu,
            Affine(2.0, 1.0),
            LeakyRelu(0.1),
            ThresholdedRelu(0.25),
            ScaledTanh(1.7, 0.6),
            HardSigmoid(0.2, 0.5),
            Elu(2.0),
            Softsign,
            Softplus,
        ] {
            let wide = [function.of(-2.0), function.of(0.5)];
            assert!(at(function).iter().zip(wide).all(|(x, wide)| (f64::from(*x) - wide).abs() < 1e-6), "{function:?}");
        }
        assert_eq!(at(named("Relu")), [0.0, 0.5]);
        assert_eq!(at(Affine(2.0, 1.0)), [-3.0, 2.0]);
        assert_eq!(at(named("LeakyRelu")), [-0.02, 0.5]);
        assert_eq!(at(named("thresholdedRELU")), [0.0, 0.0]);
        assert_eq!(at(ThresholdedRelu(0.25)), [0.0, 0.5]);
        assert_eq!(at(HardSigmoid(0.25, 0.5)), [0.0, 0.625]);
        assert_eq!(at(HardSigmoid(2.0, 0.5)), [0.0, 1.0]);
        assert_eq!(at(named("Softsign")), [-2.0 / 3.0, 0.5 / 1.5]);
        assert_eq!(Activation::named("gelu"), None);
        let close = |found: [f32; 2], exact: [f64; 2]| {
            assert!(found.iter().zip(exact).all(|(x, exact)| (f64::from(*x) - exact).abs() < 1e-6), "{found:?} for {exact:?}");
        };
        close(at(Sigmoid), [1.0 / (1.0 + 2.0_f64.exp()), 1.0 / (1.0 + (-0.5_f64).exp())]);
        close(at(Tanh), [(-2.0_f64).tanh(), 0.5_f64.tanh()]);
        close(at(ScaledTanh(1.7, 0.6)), [1.7 * (-1.2_f64).tanh(), 1.7 * 0.3_f64.tanh()]);
        close(at(Elu(2.0)), [2.0 * (-2.0_f64).exp_m1(), 0.5]);
        close(at(Softplus), [(-2.0_f64).exp().ln_1p(), 0.5_f64.exp().ln_1p()]);
    }

    #[test]
    fn numbers_are_taken_by_those_that_have_them() {
        let (mut alphas, mut betas) = ([0.3, 0.7].into_iter(), [0.4].into_iter());
        let taken = [Sigmoid, LeakyRelu(0.0), HardSigmoid(0.2, 0.5), Elu(1.0)].map(|f| f.with(&mut alphas, &mut betas));
        assert_eq!(taken, [Sigmoid, LeakyRelu(0.3), HardSigmoid(0.7, 0.4), Elu(1.0)]);
    }
}
