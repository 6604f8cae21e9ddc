//! eˣ over a slice, see [`crate::exp_below`].

use crate::simd::{Kernel, Simd, math};

/// Smaller results become zero: as probabilities they are none, and products of them would be subnormal.
const TINY: f32 = 1e-25;

struct ExpBelow<'a> {
    x: &'a [f32],
    top: f32,
    out: &'a mut [f32],
}

impl Kernel for ExpBelow<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for (x, out) in self.x.chunks(S::LANES).zip(self.out.chunks_mut(S::LANES)) {
            // SAFETY: the mask covers what the chunk holds.
            unsafe {
                let mask = S::mask(x.len());
                let below = S::sub(S::load_masked(x.as_ptr(), mask), S::splat(self.top));
                S::store_masked(out.as_mut_ptr(), mask, S::flush_below(math::exp::<S>(below), S::splat(TINY)));
            }
        }
    }
}

/// `out` = e^(x − top); the lengths agree and `S` is available.
pub(crate) fn exp_below<S: Simd>(x: &[f32], top: f32, out: &mut [f32]) {
    // SAFETY: the caller's.
    unsafe { S::run(ExpBelow { x, top, out }) }
}
