//! exp, σ and tanh of a vector.
//!
//! eˣ = 2ⁿ·2⁻ᵍ with n = round(x·log₂ e) and g = n − x·log₂ e; 2⁻ᵍ is the minimax polynomial on |g| ≤ ½ that is 1 at 0, its error
//! 9.2e-8. tanh x = x·p(x²) / q(x²), the minimax quotient on |x| ≤ 9.02, its error 2.1e-8. A division takes as long as six other
//! instructions, so two results share one: 1/a = b·(1/ab).

use super::Simd;

/// Coefficients of 2⁻ᵍ, that of g first.
#[allow(clippy::approx_constant, reason = "near ln 2, and not it")]
const POWER: [f32; 5] = [-0.693_147, 0.240_222_42, -0.055_507_34, 0.009_671_534, -0.001_326_47];
/// log₂ e and what its rounding leaves out.
const LOG2_E: f32 = std::f32::consts::LOG2_E;
const LOG2_E_REST: f32 = 1.925_963e-8;
/// ln 2 in two parts, the first so short that its product with a whole number below 2¹⁴ is exact.
const LN_2_SHORT: f32 = 0.693_359_4;
const LN_2_REST: f32 = -2.121_944_4e-4;
/// Above it eˣ would leave the range of f32, below −it the range of normal numbers.
const EXP_LIMIT: f32 = 87.33;
/// Two numbers up to e to it have a product in the range of f32.
const SIGMOID_LIMIT: f32 = 43.0;
/// Two powers of two up to it times the lower part of tanh have an inverse in the range of f32, and one of them times that and a state up to 1e18.
const POWER_LIMIT: f32 = 58.0;
/// Coefficients of the quotient's upper and lower part, constant terms first.
const UPPER: [f32; 5] = [1.0, 0.133_798_7, 0.003_494_216_4, 2.058_647_7e-5, 1.332_323_3e-8];
const LOWER: [f32; 5] = [1.0, 0.467_131_86, 0.025_871_765, 0.000_328_339_04, 7.763_72e-7];
/// tanh is 1 to the last bit beyond it.
const TANH_LIMIT: f32 = 9.02;

/// Horner's scheme: the fewest instructions, for many vectors that are under way.
const HORNER: bool = false;
/// Estrin's scheme: the fewest instructions one behind the other, for a vector that others wait for.
const ESTRIN: bool = true;

/// c₀ + c₁x + …, by the scheme named.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
unsafe fn polynomial<S: Simd, const SCHEME: bool>(c: &[f32; 5], x: S::V) -> S::V {
    // SAFETY: arithmetic on registers; the caller runs on a processor that has S.
    unsafe {
        if SCHEME == ESTRIN {
            let square = S::mul(x, x);
            let low = S::fma(S::splat(c[1]), x, S::splat(c[0]));
            let middle = S::fma(S::splat(c[3]), x, S::splat(c[2]));
            return S::fma(S::fma(S::splat(c[4]), square, middle), square, low);
        }
        let sum = S::fma(S::splat(c[4]), x, S::splat(c[3]));
        let sum = S::fma(sum, x, S::splat(c[2]));
        let sum = S::fma(sum, x, S::splat(c[1]));
        S::fma(sum, x, S::splat(c[0]))
    }
}

/// x brought into ± `limit`; a NaN, in the second operand, passes through.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
unsafe fn clamp<S: Simd>(x: S::V, limit: f32) -> S::V {
    // SAFETY: as `polynomial`.
    unsafe { S::min(S::splat(limit), S::max(S::splat(-limit), x)) }
}

/// n − x·log₂ e where a product is rounded before it is subtracted, which would leave nothing of the difference: (n·ln 2 − x)·log₂ e, ln 2
/// in two parts (Cody and Waite 1980).
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
unsafe fn rest_in_parts<S: Simd>(x: S::V, n: S::V) -> S::V {
    // SAFETY: as `polynomial`.
    unsafe {
        let rest = S::sub(S::mul(n, S::splat(LN_2_SHORT)), x);
        S::mul(S::fma(n, S::splat(LN_2_REST), rest), S::splat(LOG2_E))
    }
}

/// eˣ; x is first brought into ±87.33. At most 3 ULP.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
pub(crate) unsafe fn exp<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `polynomial`.
    unsafe {
        let x = clamp::<S>(x, EXP_LIMIT);
        let (n, handle) = S::nearest(x, LOG2_E);
        let g = if S::FUSED {
            let g = S::fnma(x, S::splat(LOG2_E), n);
            S::fnma(x, S::splat(LOG2_E_REST), g)
        } else {
            rest_in_parts::<S>(x, n)
        };
        S::scale(S::fma(polynomial::<S, HORNER>(&POWER, g), g, S::splat(1.0)), handle)
    }
}

/// 1 + e⁻ˣ, x brought into ±43.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
unsafe fn inverse_sigmoid<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `polynomial`.
    unsafe {
        let x = clamp::<S>(x, SIGMOID_LIMIT);
        let (n, handle) = S::nearest(x, -LOG2_E);
        let g = if S::FUSED { S::fma(x, S::splat(LOG2_E), n) } else { rest_in_parts::<S>(S::sub(S::splat(0.0), x), n) };
        let one = S::splat(1.0);
        S::add(one, S::scale(S::fma(polynomial::<S, HORNER>(&POWER, g), g, one), handle))
    }
}

/// 2ˣ in the fewest steps, x brought into ±58: with x = −a·log₂ e, 1 + 2ˣ is 1 / σ(a), up to 4e-18 of σ.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
pub(crate) unsafe fn power_of_two<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `polynomial`.
    unsafe {
        let x = clamp::<S>(x, POWER_LIMIT);
        let (n, handle) = S::nearest(x, 1.0);
        let g = S::sub(n, x);
        S::scale(S::fma(polynomial::<S, ESTRIN>(&POWER, g), g, S::splat(1.0)), handle)
    }
}

/// The upper and lower part of tanh x in the fewest steps.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
pub(crate) unsafe fn tanh_fraction<S: Simd>(x: S::V) -> (S::V, S::V) {
    // SAFETY: as `polynomial`.
    unsafe { quotient::<S, ESTRIN>(x) }
}

/// The upper and lower part of tanh x.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
unsafe fn quotient<S: Simd, const SCHEME: bool>(x: S::V) -> (S::V, S::V) {
    // SAFETY: as `polynomial`.
    unsafe {
        let x = clamp::<S>(x, TANH_LIMIT);
        let square = S::mul(x, x);
        (S::mul(x, polynomial::<S, SCHEME>(&UPPER, square)), polynomial::<S, SCHEME>(&LOWER, square))
    }
}

/// σ(a) and σ(b), in [0, 1]; σ(x) = 1 / (1 + e⁻ˣ). At most 7 ULP from −8 on, 2e-6 of the result from −43 on, within 3e-19 below.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
pub(crate) unsafe fn sigmoids<S: Simd>(a: S::V, b: S::V) -> (S::V, S::V) {
    // SAFETY: as `polynomial`.
    unsafe {
        let one = S::splat(1.0);
        let (a, b) = (inverse_sigmoid::<S>(a), inverse_sigmoid::<S>(b));
        let both = S::div(one, S::mul(a, b));
        (S::min(one, S::mul(both, b)), S::min(one, S::mul(both, a)))
    }
}

/// σ(a), as [`sigmoids`], and tanh b, as [`tanh`].
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
pub(crate) unsafe fn sigmoid_and_tanh<S: Simd>(a: S::V, b: S::V) -> (S::V, S::V) {
    // SAFETY: as `polynomial`.
    unsafe {
        let one = S::splat(1.0);
        let (a, (upper, lower)) = (inverse_sigmoid::<S>(a), quotient::<S, HORNER>(b));
        let both = S::div(one, S::mul(a, lower));
        (S::min(one, S::mul(both, lower)), clamp::<S>(S::mul(upper, S::mul(both, a)), 1.0))
    }
}

/// σ(a), as [`sigmoids`], and 1/b to within 4 ULP, for b from 1e-19 to 1e19.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
pub(crate) unsafe fn sigmoid_and_inverse<S: Simd>(a: S::V, b: S::V) -> (S::V, S::V) {
    // SAFETY: as `polynomial`.
    unsafe {
        let one = S::splat(1.0);
        let a = inverse_sigmoid::<S>(a);
        let both = S::div(one, S::mul(a, b));
        (S::min(one, S::mul(both, b)), S::mul(both, a))
    }
}

/// Hyperbolic tangent, in [−1, 1]. At most 7 ULP, 9 where [`Simd::FUSED`] is not.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
pub(crate) unsafe fn tanh<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `polynomial`.
    unsafe {
        let (upper, lower) = quotient::<S, HORNER>(x);
        clamp::<S>(S::div(upper, lower), 1.0)
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::super::{Kernel, Portable};
    use super::*;
    use crate::cpu::Isa;

    /// What is tested: a function, beside another of the pair in its other place.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Which {
        Exp,
        SigmoidFirst,
        SigmoidSecond,
        SigmoidOfTanh,
        TanhOfSigmoid,
        Tanh,
    }

    const ALL: [Which; 6] =
        [Which::Exp, Which::SigmoidFirst, Which::SigmoidSecond, Which::SigmoidOfTanh, Which::TanhOfSigmoid, Which::Tanh];

    impl Which {
        fn exact(self, x: f64) -> f64 {
            match self {
                Self::Exp => x.exp(),
                Self::Tanh | Self::TanhOfSigmoid => x.tanh(),
                _ => 1.0 / (1.0 + (-x).exp()),
            }
        }

        fn is_sigmoid(self) -> bool {
            !matches!(self, Self::Exp | Self::Tanh | Self::TanhOfSigmoid)
        }
    }

    struct Map<'a> {
        x: &'a [f32],
        /// What stands in the pair's other place.
        other: f32,
        y: &'a mut [f32],
        which: Which,
    }

    impl Kernel for Map<'_> {
        #[inline(always)]
        unsafe fn run<S: Simd>(self) {
            for (x, y) in self.x.chunks(S::LANES).zip(self.y.chunks_mut(S::LANES)) {
                // SAFETY: the mask covers what the chunk holds.
                unsafe {
                    let mask = S::mask(x.len());
                    let (v, other) = (S::load_masked(x.as_ptr(), mask), S::splat(self.other));
                    let v = match self.which {
                        Which::Exp => exp::<S>(v),
                        Which::SigmoidFirst => sigmoids::<S>(v, other).0,
                        Which::SigmoidSecond => sigmoids::<S>(other, v).1,
                        Which::SigmoidOfTanh => sigmoid_and_tanh::<S>(v, other).0,
                        Which::TanhOfSigmoid => sigmoid_and_tanh::<S>(other, v).1,
                        Which::Tanh => tanh::<S>(v),
                    };
                    S::store_masked(y.as_mut_ptr(), mask, v);
                }
            }
        }
    }

    fn map(isa: Isa, which: Which, x: &[f32], other: f32) -> Vec<f32> {
        let mut y = vec![9.0; x.len()];
        let map = Map { x, other, y: &mut y, which };
        // SAFETY: the callers pass what is available.
        unsafe {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => super::super::Avx512::run(map),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => super::super::Avx2::run(map),
                _ => Portable::run(map),
            }
        }
        y
    }

    fn each(mut test: impl FnMut(Isa, Which)) {
        for isa in crate::common::packed_isas() {
            ALL.into_iter().for_each(|which| test(isa, which));
        }
    }

    fn fused(isa: Isa) -> bool {
        isa != Isa::Portable || Portable::FUSED
    }

    fn ulps(got: f32, expected: f64) -> f64 {
        let near = (expected as f32).abs().max(f32::MIN_POSITIVE);
        let ulp = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
        (f64::from(got) - expected).abs() / ulp
    }

    #[test]
    fn within_a_few_ulp_over_the_whole_range() {
        let mut x: Vec<f32> = (-870_000..=870_000).step_by(if crate::common::fewer() { 37 } else { 1 }).map(|i| i as f32 * 1e-4).collect();
        x.extend((1..120).flat_map(|e| [2f32.powi(-e), -(2f32.powi(-e)) * 1.37]));
        each(|isa, which| {
            for other in [-50.0, -3.1, 0.0, 0.7, 12.0, 50.0] {
                let y = map(isa, which, &x, other);
                let worst = |inside: &dyn Fn(f32) -> bool, error: &dyn Fn(f32, f64) -> f64| {
                    let errors = x.iter().zip(&y).filter(|(x, _)| inside(**x)).map(|(&x, &y)| (error(y, which.exact(f64::from(x))), x));
                    errors.fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a })
                };
                let bound = match which {
                    Which::Exp => 3.0,
                    Which::Tanh | Which::TanhOfSigmoid if !fused(isa) => 9.0,
                    _ => 7.0,
                };
                let (ulp, at) = worst(&|x| !which.is_sigmoid() || x >= -8.0, &ulps);
                assert!(ulp <= bound, "{isa} {which:?}({at}) beside {other}: {ulp:.2} ULP, at most {bound}");
                println!("{isa} {which:?} beside {other}: {ulp:.2} ULP at {at}");
                if which.is_sigmoid() {
                    let (error, at) = worst(&|x| x < -43.0, &|y, exact| (f64::from(y) - exact).abs());
                    assert!(error <= 3e-19, "{isa} {which:?}({at}) beside {other}: off by {error:e}");
                    let (share, at) = worst(&|x| x.abs() <= 43.0, &|y, exact| (f64::from(y) / exact - 1.0).abs());
                    assert!(share <= 2e-6, "{isa} {which:?}({at}) beside {other}: off by {share:e} of it");
                }
            }
        });
    }

    #[test]
    fn saturates_and_keeps_the_sign() {
        let x = [
            -1e30f32,
            -100.0,
            -20.0,
            -0.0,
            0.0,
            20.0,
            100.0,
            1e30,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            f32::from_bits(0x7fc0_0001),
        ];
        each(|isa, which| {
            if which == Which::Exp {
                return;
            }
            for other in [-1e30, 0.3, 1e30] {
                let y = map(isa, which, &x, other);
                assert!(y[10..].iter().all(|y| y.is_nan()), "{isa} {which:?}: a NaN comes out as a NaN, not as {:?}", &y[10..]);
                for (&x, &y) in x[..10].iter().zip(&y) {
                    assert!(1.0 - y * y >= 0.0, "{isa} {which:?} {x} -> {y}");
                    assert!(which.is_sigmoid() || y == 0.0 && x == 0.0 || y.signum() == x.signum(), "{isa} tanh({x}) = {y}");
                    let near = if fused(isa) { f32::EPSILON } else { 2.0 * f32::EPSILON };
                    assert!(x < 20.0 || y >= 1.0 - near, "{isa} {which:?} {x} -> {y}");
                }
            }
        });
    }

    #[test]
    fn never_leaves_its_range() {
        // Every number from 1 to 64, of either sign.
        const STEP: usize = 1 << 16;
        for first in (1.0f32.to_bits()..64.0f32.to_bits()).step_by(if crate::common::fewer() { 37 * STEP } else { STEP }) {
            let x: Vec<f32> =
                (first..first + STEP as u32).step_by(7).flat_map(|bits| [f32::from_bits(bits), -f32::from_bits(bits)]).collect();
            each(|isa, which| {
                let least = if which.is_sigmoid() { 0.0 } else { -1.0 };
                let inside = |y: &f32| (least..=1.0).contains(y);
                assert!(which == Which::Exp || map(isa, which, &x, 0.7).iter().all(inside), "{isa} {which:?}");
            });
        }
    }
}
