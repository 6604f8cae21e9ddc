//! One layer, backward through time.
//!
//! dh is the gradient of h_t from the layer above and from step t + 1. With the gates of [`super::forward`]:
//!
//! - RNN:  da = dh·(1 − h²) or dh·[h > 0]
//! - LSTM: dc += dh·o·(1 − tanh²c); di = dc·g·i(1 − i); df = dc·c_{t−1}·f(1 − f); dg = dc·i·(1 − g²);
//!   do = dh·tanh(c)·o(1 − o); dc_{t−1} = dc·f
//! - GRU:  dn = dh·(1 − z)(1 − n²); dz = dh·(h_{t−1} − n)·z(1 − z); dr = dn·u_n·r(1 − r); du_n = dn·r; dh_{t−1} += dh·z
//! - GRU, reset before: as GRU, with d(r·h) = W_hnᵀ dn; dr = d(r·h)·h_{t−1}·r(1 − r); dh_{t−1} += d(r·h)·r
//! - cells whose gates see the input alone: [`super::input_gated`]
//!
//! then dW_ih += da xᵀ, dW_hh += du h_{t−1}ᵀ, dx = W_ihᵀ da, dh_{t−1} += W_hhᵀ du. With [`crate::Precision::Bf16`] both factors
//! of every product are rounded first.

use crate::cell::Cell;
use crate::real::Real;
use crate::recurrent::BackwardArgs;

use super::input_gated;

/// Adds the weights' gradients, writes `dx` where asked, and turns `dh`, `dc` from the gradient of the last state into that of the first.
pub fn backward<F: Real>(args: BackwardArgs<'_, F>) {
    let BackwardArgs { dims, reverse, layout, packed, x, h0, c0, y, tape, dy, dh, dc, grads, mut dx, .. } = args;
    let (inputs, hidden, cell, rows) = (dims.input, dims.hidden, dims.cell, dims.gate_rows());
    let weights = packed.plain(dims);
    let factor = |value| packed.factor(value);
    let (mut da, mut du) = (vec![F::ZERO; rows], vec![F::ZERO; rows]);
    let (mut dh_previous, mut d_reset) = (vec![F::ZERO; hidden], vec![F::ZERO; hidden]);
    let time = layout.time();
    for step in (0..time).rev() {
        let t = if reverse { time - 1 - step } else { step };
        for b in 0..layout.active(t) {
            let row = layout.row(t, b);
            let previous = layout.previous(t, b, reverse);
            let h_previous = previous.map_or(&h0[b * hidden..][..hidden], |p| &y[p * hidden..][..hidden]);
            let gates = &tape.gates[row * dims.tape_width()..][..dims.tape_width()];
            let dh = &mut dh[b * hidden..][..hidden];
            for (dh, &dy) in dh.iter_mut().zip(&dy[row * hidden..][..hidden]) {
                *dh += dy;
            }
            dh_previous.fill(F::ZERO);
            match cell {
                Cell::RnnTanh | Cell::RnnRelu => {
                    for j in 0..hidden {
                        let h = gates[j];
                        let slope = match cell {
                            Cell::RnnTanh => F::ONE - h * h,
                            _ if h > F::ZERO => F::ONE,
                            _ => F::ZERO,
                        };
                        da[j] = dh[j] * slope;
                        du[j] = da[j];
                    }
                }
                Cell::Lstm => {
                    let dc = &mut dc[b * hidden..][..hidden];
                    let c_previous = previous.map_or(&c0[b * hidden..][..hidden], |p| &tape.c[p * hidden..][..hidden]);
                    for j in 0..hidden {
                        let [i, f, g, o] = [0, 1, 2, 3].map(|k| gates[k * hidden + j]);
                        let tanh_c = tape.tanh_c[row * hidden + j];
                        let dc_total = dc[j] + dh[j] * o * (F::ONE - tanh_c * tanh_c);
                        da[j] = dc_total * g * i * (F::ONE - i);
                        da[hidden + j] = dc_total * c_previous[j] * f * (F::ONE - f);
                        da[2 * hidden + j] = dc_total * i * (F::ONE - g * g);
                        da[3 * hidden + j] = dh[j] * tanh_c * o * (F::ONE - o);
                        dc[j] = dc_total * f;
                    }
                    du.copy_from_slice(&da);
                }
                Cell::Gru => {
                    for j in 0..hidden {
                        let [n, r, z, u_n] = [0, 1, 2, 3].map(|k| gates[k * hidden + j]);
                        let dn = dh[j] * (F::ONE - z) * (F::ONE - n * n);
                        da[j] = dn * u_n * r * (F::ONE - r);
                        da[hidden + j] = dh[j] * (h_previous[j] - n) * z * (F::ONE - z);
                        da[2 * hidden + j] = dn;
                        dh_previous[j] = dh[j] * z;
                        du[2 * hidden + j] = dn * r;
                    }
                    du[..2 * hidden].copy_from_slice(&da[..2 * hidden]);
                }
                Cell::GruResetBefore => {
                    for j in 0..hidden {
                        let (n, z) = (gates[j], gates[2 * hidden + j]);
                        da[hidden + j] = dh[j] * (h_previous[j] - n) * z * (F::ONE - z);
                        da[2 * hidden + j] = dh[j] * (F::ONE - z) * (F::ONE - n * n);
                        dh_previous[j] = dh[j] * z;
                    }
                    d_reset.fill(F::ZERO);
                    transposed_product(&weights.w_hh[2 * hidden * hidden..], &da[2 * hidden..], factor, &mut d_reset);
                    for j in 0..hidden {
                        let r = gates[hidden + j];
                        da[j] = d_reset[j] * h_previous[j] * r * (F::ONE - r);
                        dh_previous[j] += d_reset[j] * r;
                    }
                    du.copy_from_slice(&da);
                }
                _ => {
                    for j in 0..hidden {
                        let (d, stays) = input_gated::gradients(cell, |k| gates[k * hidden + j], h_previous[j], dh[j]);
                        for (k, d) in d.into_iter().enumerate().take(cell.gates()) {
                            da[k * hidden + j] = d;
                        }
                        dh_previous[j] = stays;
                    }
                }
            }
            add_outer(&da, &x[row * inputs..][..inputs], factor, grads.w_ih);
            if !cell.spec().recurrent {
                // No weight from the state.
            } else if cell == Cell::GruResetBefore {
                add_outer(&du[..2 * hidden], h_previous, factor, &mut grads.w_hh[..2 * hidden * hidden]);
                add_outer(&du[2 * hidden..], &gates[3 * hidden..], factor, &mut grads.w_hh[2 * hidden * hidden..]);
                transposed_product(&weights.w_hh[..2 * hidden * hidden], &du[..2 * hidden], factor, &mut dh_previous);
            } else {
                add_outer(&du, h_previous, factor, grads.w_hh);
                transposed_product(weights.w_hh, &du, factor, &mut dh_previous);
            }
            grads.b_ih.iter_mut().zip(&da).for_each(|(sum, d)| *sum += *d);
            grads.b_hh.iter_mut().zip(&du).for_each(|(sum, d)| *sum += *d);
            if let Some(dx) = &mut dx {
                let dx = &mut dx[row * inputs..][..inputs];
                dx.fill(F::ZERO);
                transposed_product(weights.w_ih, &da, factor, dx);
            }
            dh.copy_from_slice(&dh_previous);
        }
    }
}

/// `out += wᵀ · factor(d)`, w: (d, out).
fn transposed_product<F: Real>(w: &[F], d: &[F], factor: impl Fn(F) -> F, out: &mut [F]) {
    let n = out.len();
    for (r, d) in d.iter().map(|&d| factor(d)).enumerate() {
        for (out, &w) in out.iter_mut().zip(&w[r * n..][..n]) {
            *out += w * d;
        }
    }
}

/// `grad += factor(d) · factor(x)ᵀ`, grad: (d, x).
fn add_outer<F: Real>(d: &[F], x: &[F], factor: impl Fn(F) -> F, grad: &mut [F]) {
    for (r, d) in d.iter().map(|&d| factor(d)).enumerate() {
        for (grad, &x) in grad[r * x.len()..][..x.len()].iter_mut().zip(x) {
            *grad += d * factor(x);
        }
    }
}
