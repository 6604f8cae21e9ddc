//! Penalties on the outputs of the last recurrent layer (Merity, McCann and Socher 2017).
//!
//! Activation regularisation adds α · mean y² of the dropped outputs to the loss, temporal activation regularisation
//! β · mean (y_t − y_{t+1})² of the outputs as they are: small states, and such that change slowly, generalise better.

use gatewise_kernels::{Layout, Real, vectorize};

use crate::sum::sum;

/// Partial sums of the penalties.
const LANES: usize = 16;

/// α · mean y², its gradient added to `dy`. `y`, `dy`: (N, H).
pub fn mean_square<F: Real>(weight: f64, y: &[F], dy: &mut [F]) -> f64 {
    assert_eq!(y.len(), dy.len(), "a gradient for every output");
    let share = weight / y.len().max(1) as f64;
    let scale = F::from_f64(2.0 * share);
    vectorize!(dy.iter_mut().zip(y).for_each(|(dy, &y)| *dy += scale * y));
    share * sum::<F, LANES>(y, y, |y, _| y * y)
}

/// β · mean (y_t − y_{t+1})² over the steps that have a next one, its gradient added to `dy`. `y`, `dy`: (N, H) in the layout's order.
pub fn mean_squared_change<F: Real>(weight: f64, layout: &Layout, y: &[F], dy: &mut [F]) -> f64 {
    assert_eq!(y.len(), dy.len(), "a gradient for every output");
    let width = y.len() / layout.rows().max(1);
    let pairs = layout.rows() - layout.batch();
    let share = weight / (pairs * width).max(1) as f64;
    let scale = F::from_f64(2.0 * share);
    let mut total = 0.0;
    for t in 1..layout.time() {
        // Sequences that are as long as that stand first in both steps.
        let (before, now, len) = (layout.offset(t - 1) * width, layout.offset(t) * width, layout.active(t) * width);
        let (d_before, d_now) = dy.split_at_mut(now);
        let (earlier, later) = (&y[before..][..len], &y[now..][..len]);
        vectorize!({
            for (((d_before, d_now), &before), &now) in d_before[before..].iter_mut().zip(&mut d_now[..len]).zip(earlier).zip(later) {
                let step = scale * (now - before);
                *d_now += step;
                *d_before -= step;
            }
        });
        total += sum::<F, LANES>(later, earlier, |now, before| (now - before) * (now - before));
    }
    share * total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_means_are_those_of_the_formulas() {
        let layout = Layout::ragged(&[3, 2]);
        // Width 1: steps (1, 2), (3, 5), (7).
        let (y, mut dy) = ([1.0, 2.0, 3.0, 5.0, 7.0_f64], [0.0; 5]);
        assert!((mean_square(0.5, &y, &mut dy) - 0.5 * 88.0 / 5.0).abs() < 1e-12);
        assert!((dy[4] - 0.5 * 2.0 * 7.0 / 5.0).abs() < 1e-12, "{dy:?}");
        dy.fill(0.0);
        // Changes 2 and 3, then 4.
        assert!((mean_squared_change(3.0, &layout, &y, &mut dy) - 3.0 * 29.0 / 3.0).abs() < 1e-12);
        assert_eq!(dy, [-4.0, -6.0, 4.0 - 8.0, 6.0, 8.0]);
    }
}
