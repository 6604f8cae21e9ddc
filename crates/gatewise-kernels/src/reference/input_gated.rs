//! Cells whose gates see the input alone (Feng et al. 2024): h = k·h_{t−1} + (1 − k)·h̃, with the share k that stays and the candidate h̃
//! both made of a = W_ih x_t + b_ih.
//!
//! - minGRU: k = 1 − z = σ(−a_z); h̃ = g(a_h)
//! - minLSTM: k = f / (f + i), f = σ(a_f), i = σ(a_i); h̃ = g(a_h)
//!
//! with g(x) = x + ½ for x ≥ 0, else σ(x): candidates above zero, as a scan over logarithms needs them. The state may begin
//! anywhere, and begins at zero.

use crate::cell::Cell;
use crate::real::Real;

/// Most vectors on the tape of such a cell.
pub const MOST: usize = 4;

/// h and the tape of one unit, from what its gates are made of.
pub fn step<F: Real>(cell: Cell, a: impl Fn(usize) -> F, previous: F) -> (F, [F; MOST]) {
    let (kept, candidate, tape) = match cell {
        Cell::MinGru => {
            let (kept, candidate) = ((-a(0)).sigmoid(), positive(a(1)));
            (kept, candidate, [kept, candidate, F::ZERO, F::ZERO])
        }
        Cell::MinLstm => {
            // σ(ln f − ln i): both gates may be too small for a quotient.
            let kept = ((-a(1)).softplus() - (-a(0)).softplus()).sigmoid();
            let candidate = positive(a(2));
            (kept, candidate, [a(0).sigmoid(), a(1).sigmoid(), candidate, kept])
        }
        _ => unreachable!("the gates of {cell:?} see the state"),
    };
    (candidate + kept * (previous - candidate), tape)
}

/// The gradients before the activations, gate by gate, and the part of dh that goes to h_{t−1}; dh is the gradient of h.
pub fn gradients<F: Real>(cell: Cell, tape: impl Fn(usize) -> F, previous: F, dh: F) -> ([F; MOST], F) {
    match cell {
        Cell::MinGru => {
            let (kept, candidate) = (tape(0), tape(1));
            let da_z = dh * (candidate - previous) * kept * (F::ONE - kept);
            let da_h = dh * (F::ONE - kept) * positive_slope(candidate);
            ([da_z, da_h, F::ZERO, F::ZERO], dh * kept)
        }
        Cell::MinLstm => {
            let (f, i, candidate, kept) = (tape(0), tape(1), tape(2), tape(3));
            let d_kept = dh * (previous - candidate) * kept * (F::ONE - kept);
            let da_h = dh * (F::ONE - kept) * positive_slope(candidate);
            ([d_kept * (F::ONE - f), -d_kept * (F::ONE - i), da_h, F::ZERO], dh * kept)
        }
        _ => unreachable!("the gates of {cell:?} see the state"),
    }
}

/// x + ½ for x ≥ 0, else σ(x): above zero everywhere, and continuous.
fn positive<F: Real>(x: F) -> F {
    if x < F::ZERO { x.sigmoid() } else { x + F::from_f64(0.5) }
}

/// The slope of [`positive`] where it is `value`.
fn positive_slope<F: Real>(value: F) -> F {
    if value < F::from_f64(0.5) { value * (F::ONE - value) } else { F::ONE }
}
