//! Losses of the error e = p − y alone: squared, absolute, Huber's.

use gatewise_kernels::{Real, vectorize};

use super::Part;

/// Partial sums kept side by side: a fixed order of addition that still fills vector registers.
const LANES: usize = 8;

pub(super) fn mse<F: Real>(part: Part<'_, F>) -> f64 {
    let two = F::ONE + F::ONE;
    sum(part, |e| (e * e, two * e))
}

pub(super) fn mae<F: Real>(part: Part<'_, F>) -> f64 {
    // As PyTorch: no slope where the error is 0. Written so that a NaN stays one.
    sum(part, |e| (e.abs(), if e == F::ZERO { F::ZERO } else { e / e.abs() }))
}

pub(super) fn huber<F: Real>(part: Part<'_, F>, delta: f64) -> f64 {
    let (delta, up_to_half) = (F::from_f64(delta), F::from_f64(0.5));
    sum(part, |e| {
        if e.abs() > delta {
            (delta * (e.abs() - up_to_half * delta), if e > F::ZERO { delta } else { -delta })
        } else {
            (up_to_half * e * e, e)
        }
    })
}

/// Sum over a part; `term` gives the loss of an error and its slope.
#[inline(always)]
fn sum<F: Real>(part: Part<'_, F>, term: impl Fn(F) -> (F, F)) -> f64 {
    let Part { output, target, d_output, scale } = part;
    let mut lanes = [0.0; LANES];
    let (outputs, output_rest) = output.as_chunks::<LANES>();
    let (targets, target_rest) = target.as_chunks::<LANES>();
    let (d_outputs, d_rest) = d_output.as_chunks_mut::<LANES>();
    let add = |lane: &mut f64, p: F, y: F, d: &mut F| {
        let (loss, slope) = term(p - y);
        *lane += loss.to_f64();
        *d = slope * scale;
    };
    vectorize!({
        for ((p, y), d) in outputs.iter().zip(targets).zip(d_outputs) {
            for (((lane, &p), &y), d) in lanes.iter_mut().zip(p).zip(y).zip(d) {
                add(lane, p, y, d);
            }
        }
    });
    for (((lane, &p), &y), d) in lanes.iter_mut().zip(output_rest).zip(target_rest).zip(d_rest) {
        add(lane, p, y, d);
    }
    lanes.iter().sum()
}
