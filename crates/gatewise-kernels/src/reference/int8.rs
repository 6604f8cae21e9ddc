//! One layer with weights of eight bits, forward: the equations of [`super::forward()`], with products of whole numbers.

use crate::cell::Cell;
use crate::int8::{Int8Weights, Rows, state_limit};
use crate::real::Real;
use crate::recurrent::ForwardArgs;

use super::input_gated;

/// Runs the layer over every row of the layout and leaves the last state in `h`, `c`. Keeps no tape.
pub(crate) fn forward<F: Real>(args: ForwardArgs<'_, F>, weights: &Int8Weights) {
    let ForwardArgs { dims, reverse, layout, packed, x, h, c, y, .. } = args;
    let (inputs, hidden) = (dims.input, dims.hidden);
    let plain = packed.plain(dims);
    let mut pre = vec![F::ZERO; 2 * dims.gate_rows()];
    let time = layout.time();
    for step in 0..time {
        let t = if reverse { time - 1 - step } else { step };
        for b in 0..layout.active(t) {
            let row = layout.row(t, b);
            let h = &mut h[b * hidden..][..hidden];
            let (a, u) = pre.split_at_mut(dims.gate_rows());
            affine(&weights.x, plain.b_ih, &x[row * inputs..][..inputs], a);
            if dims.cell.spec().recurrent {
                affine(&weights.h, plain.b_hh, h, u);
            }
            for j in 0..hidden {
                let at = |k: usize| (a[k * hidden + j], u[k * hidden + j]);
                let sum = |k: usize| at(k).0 + at(k).1;
                h[j] = match dims.cell {
                    Cell::RnnTanh => sum(0).tanh(),
                    Cell::RnnRelu => sum(0).max(F::ZERO),
                    Cell::Lstm => {
                        let c = &mut c[b * hidden + j];
                        *c = sum(1).sigmoid() * *c + sum(0).sigmoid() * sum(2).tanh();
                        sum(3).sigmoid() * c.tanh()
                    }
                    Cell::Gru | Cell::GruResetBefore => {
                        let (r, z) = (sum(0).sigmoid(), sum(1).sigmoid());
                        let n = (at(2).0 + r * at(2).1).tanh();
                        n + z * (h[j] - n)
                    }
                    _ => input_gated::step(dims.cell, |k| a[k * hidden + j], h[j]).0,
                };
            }
            y[row * hidden..][..hidden].copy_from_slice(h);
        }
    }
}

/// `out = w · x + b` with w and x as whole numbers.
fn affine<F: Real>(w: &Rows, b: &[F], x: &[F], out: &mut [F]) {
    let (limit, k) = (state_limit(x.len()), x.len());
    let x: Vec<f32> = x.iter().map(|x| x.to_f64() as f32).collect();
    let largest = x.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let finite = x.iter().all(|x| x.is_finite());
    let scale = if finite { largest / limit } else { f32::NAN };
    let inverse = limit / largest;
    let inverse = if finite && inverse.is_finite() { inverse } else { 0.0 };
    let x: Vec<i32> = x.iter().map(|x| (x * inverse).round_ties_even() as i32).collect();
    for (r, out) in out.iter_mut().enumerate() {
        let sum: i32 = w.values[r * k..][..k].iter().zip(&x).map(|(&w, &x)| i32::from(w) * x).sum();
        *out = b[r] + F::from_f64(f64::from(sum) * f64::from(scale * w.scale[r]));
    }
}
