//! The inner loop: a tile of accumulators in registers, rows of A broadcast against packed rows of B. K counts slots of a
//! [`Product`] throughout.

use crate::simd::Simd;

use super::product::Product;

/// Widest tile in vectors.
pub(super) const WIDTH: usize = 4;

/// Rows of a tile from which on asking for what comes next costs nothing.
pub(super) const FEW: usize = 4;

/// Floats in a line of the cache.
pub(super) const LINE: usize = 16;

/// Accumulators of `R` rows.
pub(super) type Acc<V, const R: usize> = [[V; WIDTH]; R];

/// Packed columns of B, a vector wide each, K rows.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    /// Row 0 of the first.
    at: *const f32,
    /// Floats from one k to the next.
    row: usize,
    /// Floats from one column to the next.
    column: usize,
    /// Rows.
    pub(super) k: usize,
    /// What will be read after these.
    ahead: *const f32,
}

impl Columns {
    /// The columns of a forward panel that is `width` vectors wide.
    #[inline(always)]
    pub(super) fn new<S: Simd>(at: *const f32, width: usize, k: usize) -> Self {
        if S::ABREAST { Self::side_by_side::<S>(at, width, k) } else { Self { at, row: S::LANES, column: k * S::LANES, k, ahead: at } }
    }

    /// `width` columns whose rows lie one behind the other.
    #[inline(always)]
    pub(super) fn side_by_side<S: Simd>(at: *const f32, width: usize, k: usize) -> Self {
        Self { at, row: width * S::LANES, column: S::LANES, k, ahead: at }
    }

    /// The columns from the one at `slot` on.
    ///
    /// # Safety
    /// It exists.
    #[inline(always)]
    pub(super) unsafe fn from(self, slot: usize) -> Self {
        // SAFETY: the caller's.
        unsafe { Self { at: self.at.add(slot * self.column), ..self } }
    }

    /// The same, followed by what lies at `ahead`.
    #[inline(always)]
    pub(super) fn before(self, ahead: *const f32) -> Self {
        Self { ahead, ..self }
    }

    /// No row at all.
    #[inline(always)]
    pub(super) fn none(self) -> Self {
        Self { k: 0, ..self }
    }
}

/// `acc[r][first + v] += Σ_k a(r, k) · b(k, v)` for v below `width`.
///
/// With `PACKED`, a(r, k) lies at `a[k·R + r]`, else at `a[r·stride + k]`. With `AHEAD`, a line of what `b` says comes next is asked for with every k.
///
/// # Safety
/// `a` and `b` are valid for the elements named; `first + width` ≤ [`WIDTH`].
#[inline(always)]
#[allow(clippy::too_many_arguments, clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
pub(super) unsafe fn accumulate<S: Simd, P: Product, const R: usize, const PACKED: bool, const AHEAD: bool>(
    acc: &mut Acc<S::V, R>,
    first: usize,
    width: usize,
    a: *const f32,
    stride: usize,
    b: Columns,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut at = b.at;
        for kk in 0..b.k {
            if AHEAD {
                S::prefetch::<true>(b.ahead.wrapping_add(kk * LINE));
            }
            let mut w = [S::splat(0.0); WIDTH];
            for v in 0..width {
                w[v] = S::load(at.add(v * b.column));
            }
            for r in 0..R {
                let s = S::splat(if PACKED { *a.add(kk * R + r) } else { *a.add(r * stride + kk) });
                for v in 0..width {
                    acc[r][first + v] = P::add::<S>(s, w[v], acc[r][first + v]);
                }
            }
            at = at.add(b.row);
        }
    }
}

/// As [`accumulate`] for one row of A and `N` panels of B, `panel` floats apart: alone, one row and one panel are too few
/// chains to hide the latency of an addition.
///
/// # Safety
/// As [`accumulate`], for every panel.
#[inline(always)]
#[allow(clippy::too_many_arguments, clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
pub(super) unsafe fn accumulate_panels<S: Simd, P: Product, const N: usize>(
    acc: &mut Acc<S::V, N>,
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
            for p in 0..N {
                for v in 0..width {
                    acc[p][first + v] = P::add::<S>(s, S::load(b.add(p * panel + v * S::LANES)), acc[p][first + v]);
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
