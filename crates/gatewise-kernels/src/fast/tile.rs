//! The inner loop: a tile of accumulators in registers, rows of A broadcast against packed rows of B.

use crate::simd::Simd;

/// Widest tile in vectors.
pub(super) const WIDTH: usize = 4;

/// Accumulators of `R` rows.
pub(super) type Acc<V, const R: usize> = [[V; WIDTH]; R];

/// `acc[r][first + v] += Σ_k a(r, k) · b(k, v)` for v below `width`; b is packed, `width` vectors a row.
///
/// With `PACKED`, a(r, k) lies at `a[k·R + r]`, else at `a[r·stride + k]`.
///
/// # Safety
/// `a` and `b` are valid for the elements named; `first + width` ≤ [`WIDTH`].
#[inline(always)]
#[allow(clippy::too_many_arguments, clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
pub(super) unsafe fn accumulate<S: Simd, const R: usize, const PACKED: bool>(
    acc: &mut Acc<S::V, R>,
    first: usize,
    width: usize,
    a: *const f32,
    stride: usize,
    k: usize,
    b: *const f32,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut b = b;
        for kk in 0..k {
            let mut w = [S::splat(0.0); WIDTH];
            for v in 0..width {
                w[v] = S::load(b.add(v * S::LANES));
            }
            for r in 0..R {
                let s = S::splat(if PACKED { *a.add(kk * R + r) } else { *a.add(r * stride + kk) });
                for v in 0..width {
                    acc[r][first + v] = S::fma(s, w[v], acc[r][first + v]);
                }
            }
            b = b.add(width * S::LANES);
        }
    }
}

/// As [`accumulate`] for one row of A and `P` panels of B, `panel` floats apart: alone, one row and one panel are too few
/// chains to hide the latency of an addition.
///
/// # Safety
/// As [`accumulate`], for every panel.
#[inline(always)]
#[allow(clippy::too_many_arguments, clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
pub(super) unsafe fn accumulate_panels<S: Simd, const P: usize>(
    acc: &mut Acc<S::V, P>,
    first: usize,
    width: usize,
    a: *const f32,
    k: usize,
    b: *const f32,
    panel: usize,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut b = b;
        for kk in 0..k {
            let s = S::splat(*a.add(kk));
            for p in 0..P {
                for v in 0..width {
                    acc[p][first + v] = S::fma(s, S::load(b.add(p * panel + v * S::LANES)), acc[p][first + v]);
                }
            }
            b = b.add(width * S::LANES);
        }
    }
}

/// Calls `$body` with the constant `$r` equal to `$rows`: `up to 6` for tiles four vectors wide, `up to 8` for others.
macro_rules! with_rows {
    (@ $rows:expr, $r:ident => $body:expr; $($n:literal)* ; $last:literal) => {
        match $rows {
            $($n => { const $r: usize = $n; $body })*
            _ => { const $r: usize = $last; $body }
        }
    };
    ($rows:expr, up to 6, $r:ident => $body:expr) => { with_rows!(@ $rows, $r => $body; 1 2 3 4 5; 6) };
    ($rows:expr, up to 8, $r:ident => $body:expr) => { with_rows!(@ $rows, $r => $body; 1 2 3 4 5 6 7; 8) };
}
pub(super) use with_rows;
