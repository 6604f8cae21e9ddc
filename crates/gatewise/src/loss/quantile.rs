//! Pinball loss (Koenker and Bassett 1978) and quantiles that do not cross.

use gatewise_kernels::Real;

use super::{LossError, Part};

pub(super) fn validate(levels: &[f64]) -> Result<(), LossError> {
    let inside = levels.iter().all(|level| *level > 0.0 && *level < 1.0);
    let ascending = levels.windows(2).all(|pair| pair[0] < pair[1]);
    if levels.is_empty() || !inside || !ascending { Err(LossError::Levels(levels.to_vec())) } else { Ok(()) }
}

/// Sum over a part of the mean over the levels q of max(q (y − p), (q − 1)(y − p)).
pub(super) fn pinball<F: Real>(part: Part<'_, F>, levels: &[f64]) -> f64 {
    let width = levels.len();
    let share = part.scale / F::from_f64(width as f64);
    let mut sum = 0.0;
    let values = part.output.chunks_exact(width).zip(part.target).zip(part.d_output.chunks_exact_mut(width));
    for ((output, &y), d_output) in values {
        for ((&p, &level), d) in output.iter().zip(levels).zip(d_output) {
            let (error, level) = (y - p, F::from_f64(level));
            let slope = if error >= F::ZERO { level } else { level - F::ONE };
            sum += (slope * error).to_f64();
            *d = -slope * share;
        }
    }
    sum / width as f64
}

/// Quantiles at `levels`, each within the `trained` ones. `raw`: (V, trained), `out`: (V, levels).
///
/// The raw values are sorted first, which never makes the loss larger (Chernozhukov, Fernández-Val and Galichon 2010).
pub(super) fn interpolate<F: Real>(raw: &[F], trained: &[f64], levels: &[f64], out: &mut [F]) {
    // As many as a forecast usually has stand on the stack, so that a warm forecast allocates nothing.
    const FEW: usize = 32;
    let (mut few_places, mut few) = ([(0, F::ZERO); FEW], [F::ZERO; FEW]);
    let (mut many_places, mut many) = (Vec::new(), Vec::new());
    let places = room(&mut few_places, &mut many_places, levels.len());
    let sorted = room(&mut few, &mut many, trained.len());
    places.iter_mut().zip(levels).for_each(|(at, &level)| *at = place(trained, level));
    for (raw, out) in raw.chunks_exact(trained.len()).zip(out.chunks_exact_mut(levels.len())) {
        sorted.copy_from_slice(raw);
        sorted.sort_unstable_by(|a, b| a.to_f64().total_cmp(&b.to_f64()));
        for (out, &(below, share)) in out.iter_mut().zip(&*places) {
            *out = if share == F::ZERO { sorted[below] } else { sorted[below] + share * (sorted[below + 1] - sorted[below]) };
        }
    }
}

/// Room for `count` values: in `few` where they fit, else in `many`.
fn room<'a, T: Copy + Default>(few: &'a mut [T], many: &'a mut Vec<T>, count: usize) -> &'a mut [T] {
    if count <= few.len() {
        return &mut few[..count];
    }
    many.resize(count, T::default());
    many
}

/// The trained level at or below `level`, and how far `level` lies towards the next.
fn place<F: Real>(trained: &[f64], level: f64) -> (usize, F) {
    let below = trained.partition_point(|&t| t <= level).saturating_sub(1);
    let share = trained.get(below + 1).map_or(0.0, |next| (level - trained[below]) / (next - trained[below]));
    (below, F::from_f64(share))
}
