//! exp, σ and tanh of a vector.
//!
//! eˣ = 2ⁿ·(1 + s) with n = round(x / ln 2), r = x − n·ln 2, s = r + r²·q(r); q is the minimax polynomial of
//! (eʳ − 1 − r) / r² on |r| ≤ ln 2 / 2, its error 3.1e-9 of eʳ. All three stay within 4 ULP, see the tests.

use super::Simd;

/// Coefficients of q, constant term first.
const Q: [f32; 5] = [0.499_999_93, 0.166_665_2, 0.041_668_39, 0.008_368_745, 0.001_381_454];
/// ln 2 in two parts, the first short enough that n·LN2_HI is exact.
const LN2_HI: f32 = 0.693_359_4;
const LN2_LO: f32 = -2.121_944_4e-4;
/// Above it the result would leave the range of f32, below −it the range of normal numbers.
const EXP_LIMIT: f32 = 87.33;
/// tanh is 1 to the last bit beyond it.
const TANH_LIMIT: f32 = 9.02;

/// 2ⁿ and s = eʳ − 1 of x.
#[inline(always)]
unsafe fn reduce<S: Simd>(x: S::V) -> (S::V, S::V) {
    // SAFETY: arithmetic on registers; the caller runs on a processor that has S.
    unsafe {
        let (n, power) = S::exponent(x);
        let r = S::fnma(n, S::splat(LN2_HI), x);
        let r = S::fnma(n, S::splat(LN2_LO), r);
        let q = S::fma(S::splat(Q[4]), r, S::splat(Q[3]));
        let q = S::fma(q, r, S::splat(Q[2]));
        let q = S::fma(q, r, S::splat(Q[1]));
        let q = S::fma(q, r, S::splat(Q[0]));
        (power, S::fma(S::mul(r, r), q, r))
    }
}

/// eˣ; x is first brought into ±87.33. At most 4 ULP.
#[inline(always)]
pub(crate) unsafe fn exp<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `reduce`.
    unsafe {
        // A NaN in the second operand passes through min and max.
        let x = S::min(S::splat(EXP_LIMIT), S::max(S::splat(-EXP_LIMIT), x));
        let (power, s) = reduce::<S>(x);
        S::fma(power, s, power)
    }
}

/// 1 / (1 + e⁻ˣ), in [0, 1]. At most 4 ULP for |x| ≤ 87.33.
#[inline(always)]
pub(crate) unsafe fn sigmoid<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `reduce`.
    unsafe {
        let one = S::splat(1.0);
        let e = exp::<S>(S::sub(S::splat(0.0), x));
        S::min(one, S::div(one, S::add(one, e)))
    }
}

/// Hyperbolic tangent through m = e^{2|x|} − 1: tanh|x| = m / (m + 2), never above 1. At most 4 ULP.
#[inline(always)]
pub(crate) unsafe fn tanh<S: Simd>(x: S::V) -> S::V {
    // SAFETY: as `reduce`.
    unsafe {
        let one = S::splat(1.0);
        let a = S::min(S::splat(TANH_LIMIT), S::abs(x));
        let (power, s) = reduce::<S>(S::add(a, a));
        let m = S::fma(power, s, S::sub(power, one));
        S::copysign(S::min(one, S::div(m, S::add(m, S::splat(2.0)))), x)
    }
}

#[cfg(all(test, target_arch = "x86_64", not(miri)))]
mod tests {
    use super::super::{Avx2, Avx512, Kernel};
    use super::*;
    use crate::cpu::Isa;

    struct Map<'a> {
        x: &'a [f32],
        y: &'a mut [f32],
        which: usize,
    }

    impl Kernel for Map<'_> {
        #[inline(always)]
        unsafe fn run<S: Simd>(self) {
            for (x, y) in self.x.chunks(S::LANES).zip(self.y.chunks_mut(S::LANES)) {
                // SAFETY: the mask covers what the chunk holds.
                unsafe {
                    let mask = S::mask(x.len());
                    let v = S::load_masked(x.as_ptr(), mask);
                    let v = match self.which {
                        0 => exp::<S>(v),
                        1 => sigmoid::<S>(v),
                        _ => tanh::<S>(v),
                    };
                    S::store_masked(y.as_mut_ptr(), mask, v);
                }
            }
        }
    }

    fn ulps(got: f32, expected: f64) -> f64 {
        let near = (expected as f32).abs().max(f32::MIN_POSITIVE);
        let ulp = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
        (f64::from(got) - expected).abs() / ulp
    }

    #[test]
    fn within_four_ulp_over_the_whole_range() {
        const BOUND: f64 = 4.0;
        let mut x: Vec<f32> = (-870_000..=870_000).map(|i| i as f32 * 1e-4).collect();
        x.extend((1..120).flat_map(|e| [2f32.powi(-e), -(2f32.powi(-e)) * 1.37]));
        type Exact = fn(f64) -> f64;
        let functions: [(&str, Exact); 3] = [("exp", f64::exp), ("sigmoid", |x| 1.0 / (1.0 + (-x).exp())), ("tanh", f64::tanh)];
        for isa in [Isa::Avx2, Isa::Avx512].into_iter().filter(|i| i.available()) {
            for (which, (name, exact)) in functions.iter().enumerate() {
                let mut y = vec![0.0; x.len()];
                let map = Map { x: &x, y: &mut y, which };
                // SAFETY: available.
                unsafe {
                    match isa {
                        Isa::Avx512 => Avx512::run(map),
                        _ => Avx2::run(map),
                    }
                }
                let (worst, at) = x
                    .iter()
                    .zip(&y)
                    .map(|(&x, &y)| (ulps(y, exact(f64::from(x))), x))
                    .fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a });
                assert!(worst <= BOUND, "{isa} {name}({at}): {worst:.2} ULP, at most {BOUND}");
                println!("{isa} {name}: {worst:.2} ULP at {at}");
            }
        }
    }

    #[test]
    fn saturates_and_keeps_the_sign() {
        let x = [-1e30f32, -100.0, -20.0, -0.0, 0.0, 20.0, 100.0, 1e30, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        for isa in [Isa::Avx2, Isa::Avx512].into_iter().filter(|i| i.available()) {
            for which in [1, 2] {
                let mut y = [9.0; 11];
                let map = Map { x: &x, y: &mut y, which };
                // SAFETY: available.
                unsafe {
                    match isa {
                        Isa::Avx512 => Avx512::run(map),
                        _ => Avx2::run(map),
                    }
                }
                assert!(y[10].is_nan(), "{isa} {which}: a NaN comes out as a NaN, not as {}", y[10]);
                for (&x, &y) in x[..10].iter().zip(&y) {
                    assert!(1.0 - y * y >= 0.0, "{isa} {which} {x} -> {y}");
                    assert!(which == 1 || y == 0.0 && x == 0.0 || y.signum() == x.signum(), "{isa} tanh({x}) = {y}");
                }
            }
        }
    }
}
