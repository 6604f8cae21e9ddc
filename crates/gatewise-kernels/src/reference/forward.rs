//! One layer over a sequence, forward.
//!
//! With a = W_ih x_t + b_ih and u = W_hh h_{t−1} + b_hh, gate by gate:
//!
//! - RNN:  h = tanh(a + u) or max(0, a + u)
//! - LSTM: i, f, o = σ(a + u); g = tanh(a + u); c = f·c_{t−1} + i·g; h = o·tanh(c)
//! - GRU:  r, z = σ(a + u); n = tanh(a_n + r·u_n); h = (1 − z)·n + z·h_{t−1}
//! - GRU, reset before: n = tanh(a_n + W_hn (r·h_{t−1}) + b_hn)
//! - cells whose gates see the input alone: [`super::input_gated`]
//!
//! With [`crate::Precision::Bf16`] both factors of every product are rounded first.

use crate::cell::Cell;
use crate::real::Real;
use crate::recurrent::{ForwardArgs, Tape};

use super::input_gated;

/// Runs the layer over every row of the layout and leaves the last state in `h`, `c`.
pub fn forward<F: Real>(args: ForwardArgs<'_, F>) {
    let ForwardArgs { dims, reverse, layout, packed, x, h, c, y, tape, .. } = args;
    let (inputs, hidden, cell) = (dims.input, dims.hidden, dims.cell);
    let weights = packed.plain(dims);
    let mut pre = vec![F::ZERO; 2 * dims.gate_rows()];
    let mut reset = vec![F::ZERO; hidden];
    let mut tape = tape;
    let time = layout.time();
    for step in 0..time {
        let t = if reverse { time - 1 - step } else { step };
        for b in 0..layout.active(t) {
            let row = layout.row(t, b);
            let x = &x[row * inputs..][..inputs];
            let h = &mut h[b * hidden..][..hidden];
            let (a, u) = pre.split_at_mut(dims.gate_rows());
            let factor = |value| packed.factor(value);
            affine(weights.w_ih, weights.b_ih, x, factor, a);
            if cell.spec().recurrent {
                affine(weights.w_hh, weights.b_hh, h, factor, u);
            }
            let record = |tape: &mut Option<&mut Tape<F>>, gate: usize, j: usize, value: F| {
                if let Some(tape) = tape {
                    tape.gates[row * dims.tape_width() + gate * hidden + j] = value;
                }
            };
            match cell {
                Cell::RnnTanh | Cell::RnnRelu => {
                    for j in 0..hidden {
                        let s = a[j] + u[j];
                        h[j] = if cell == Cell::RnnTanh { s.tanh() } else { s.max(F::ZERO) };
                        record(&mut tape, 0, j, h[j]);
                    }
                }
                Cell::Lstm => {
                    let c = &mut c[b * hidden..][..hidden];
                    for j in 0..hidden {
                        let gate = |k: usize| a[k * hidden + j] + u[k * hidden + j];
                        let (i, f, g, o) = (gate(0).sigmoid(), gate(1).sigmoid(), gate(2).tanh(), gate(3).sigmoid());
                        c[j] = f * c[j] + i * g;
                        let tanh_c = c[j].tanh();
                        h[j] = o * tanh_c;
                        for (k, value) in [i, f, g, o].into_iter().enumerate() {
                            record(&mut tape, k, j, value);
                        }
                        if let Some(tape) = &mut tape {
                            tape.c[row * hidden + j] = c[j];
                            tape.tanh_c[row * hidden + j] = tanh_c;
                        }
                    }
                }
                Cell::Gru => {
                    for j in 0..hidden {
                        let (r, z) = ((a[j] + u[j]).sigmoid(), (a[hidden + j] + u[hidden + j]).sigmoid());
                        let n = (a[2 * hidden + j] + r * u[2 * hidden + j]).tanh();
                        h[j] = n + z * (h[j] - n);
                        for (k, value) in [n, r, z, u[2 * hidden + j]].into_iter().enumerate() {
                            record(&mut tape, k, j, value);
                        }
                    }
                }
                Cell::GruResetBefore => {
                    for j in 0..hidden {
                        let r = (a[j] + u[j]).sigmoid();
                        reset[j] = r * h[j];
                        record(&mut tape, 1, j, r);
                        record(&mut tape, 3, j, reset[j]);
                    }
                    affine(&weights.w_hh[2 * hidden * hidden..], &weights.b_hh[2 * hidden..], &reset, factor, &mut u[2 * hidden..]);
                    for j in 0..hidden {
                        let z = (a[hidden + j] + u[hidden + j]).sigmoid();
                        let n = (a[2 * hidden + j] + u[2 * hidden + j]).tanh();
                        h[j] = n + z * (h[j] - n);
                        record(&mut tape, 0, j, n);
                        record(&mut tape, 2, j, z);
                    }
                }
                _ => {
                    for j in 0..hidden {
                        let (state, values) = input_gated::step(cell, |k| a[k * hidden + j], h[j]);
                        h[j] = state;
                        for (k, value) in values.into_iter().enumerate().take(cell.tape_gates()) {
                            record(&mut tape, k, j, value);
                        }
                    }
                }
            }
            y[row * hidden..][..hidden].copy_from_slice(h);
        }
    }
}

/// `out = w · factor(x) + b`, w: (out, x).
fn affine<F: Real>(w: &[F], b: &[F], x: &[F], factor: impl Fn(F) -> F, out: &mut [F]) {
    for (r, out) in out.iter_mut().enumerate() {
        let mut sum = b[r];
        for (&w, &x) in w[r * x.len()..][..x.len()].iter().zip(x) {
            sum += w * factor(x);
        }
        *out = sum;
    }
}
