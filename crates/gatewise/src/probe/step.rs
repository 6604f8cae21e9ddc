//! One time step made linear: the Jacobian J = ∂(h, c)ₜ/∂(h, c)ₜ₋₁ as two products, J·v and Jᵀ·u.
//!
//! With the gates of the forward pass and u = W_hh v:
//!
//! - RNN:  Jv = slope · u, slope = 1 − h² or \[h > 0\]
//! - LSTM: v_c′ = f·v_c + c_{t−1}·f(1 − f)·u_f + g·i(1 − i)·u_i + i·(1 − g²)·u_g; v_h′ = tanh(c)·o(1 − o)·u_o + o·(1 − tanh²c)·v_c′
//! - GRU:  v_n = (1 − n²)·(U_n·r(1 − r)·u_r + r·u_n); v_h′ = (1 − z)·v_n + (h_{t−1} − n)·z(1 − z)·u_z + z·v, U_n = W_hn h_{t−1} + b_hn
//! - GRU, reset before: as GRU with v_n = (1 − n²)·W_hn(h_{t−1}·r(1 − r)·u_r + r·v)
//! - cells whose gates see the input alone: J is the share of the state that stays, unit by unit
//!
//! With zoneout, which keeps the share z of the state outside of training: (1 − z)·J + z.
//!
//! The transpose is the step of backpropagation through time.

use gatewise_kernels::reference::input_gated::gradients;
use gatewise_kernels::{Cell, Dims};

/// One step of one sequence, as the forward pass left it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) dims: Dims,
    /// Share of the state that stays what it was (zoneout).
    pub(crate) stays: f64,
    /// `weight_hh`: (G·H, H), or empty where the gates see the input alone.
    pub(crate) w_hh: &'a [f64],
    /// Activated gates in the order of the tape: (tape gates · H).
    pub(crate) gates: &'a [f64],
    /// LSTM: tanh(c_t), (H).
    pub(crate) tanh_c: &'a [f64],
    /// h_{t−1}: (H).
    pub(crate) h: &'a [f64],
    /// LSTM: c_{t−1}, (H).
    pub(crate) c: &'a [f64],
}

/// Space for the products of a step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    rows: Vec<f64>,
    state: Vec<f64>,
    stayed: Vec<f64>,
}

fn logistic_slope(s: f64) -> f64 {
    s * (1.0 - s)
}

fn tanh_slope(t: f64) -> f64 {
    1.0 - t * t
}

impl Step<'_> {
    fn gate(&self, k: usize, j: usize) -> f64 {
        self.gates[k * self.dims.hidden + j]
    }

    /// ∂h/∂a of the plain cell.
    fn slope(&self, j: usize) -> f64 {
        let h = self.gates[j];
        if self.dims.cell == Cell::RnnTanh { tanh_slope(h) } else { f64::from(u8::from(h > 0.0)) }
    }

    /// J·v in place. `v`: (h part; c part of the LSTM), each (H).
    pub(crate) fn push(&self, v: &mut [f64], work: &mut Work) {
        work.stayed.clear();
        work.stayed.extend(v.iter().map(|v| v * self.stays));
        self.push_through(v, work);
        v.iter_mut().zip(&work.stayed).for_each(|(v, stayed)| *v = (1.0 - self.stays) * *v + stayed);
    }

    /// The part of J·v that goes through the cell.
    fn push_through(&self, v: &mut [f64], work: &mut Work) {
        let hidden = self.dims.hidden;
        let (vh, vc) = v.split_at_mut(hidden);
        work.rows.resize(self.dims.gate_rows(), 0.0);
        let u = &mut work.rows;
        match self.dims.cell {
            Cell::RnnTanh | Cell::RnnRelu => {
                product(self.w_hh, vh, u);
                for j in 0..hidden {
                    vh[j] = self.slope(j) * u[j];
                }
            }
            Cell::Lstm => {
                product(self.w_hh, vh, u);
                for j in 0..hidden {
                    let [i, f, g, o] = [0, 1, 2, 3].map(|k| self.gate(k, j));
                    let [ui, uf, ug, uo] = [0, 1, 2, 3].map(|k| u[k * hidden + j]);
                    let tanh_c = self.tanh_c[j];
                    vc[j] = f * vc[j] + self.c[j] * logistic_slope(f) * uf + g * logistic_slope(i) * ui + i * tanh_slope(g) * ug;
                    vh[j] = tanh_c * logistic_slope(o) * uo + o * tanh_slope(tanh_c) * vc[j];
                }
            }
            Cell::Gru => {
                product(self.w_hh, vh, u);
                for j in 0..hidden {
                    let [n, r, z, u_n] = [0, 1, 2, 3].map(|k| self.gate(k, j));
                    let vn = tanh_slope(n) * (u_n * logistic_slope(r) * u[j] + r * u[2 * hidden + j]);
                    vh[j] = (1.0 - z) * vn + (self.h[j] - n) * logistic_slope(z) * u[hidden + j] + z * vh[j];
                }
            }
            Cell::GruResetBefore => {
                product(&self.w_hh[..2 * hidden * hidden], vh, &mut u[..2 * hidden]);
                work.state.resize(hidden, 0.0);
                for j in 0..hidden {
                    let r = self.gate(1, j);
                    work.state[j] = self.h[j] * logistic_slope(r) * u[j] + r * vh[j];
                }
                product(&self.w_hh[2 * hidden * hidden..], &work.state, &mut u[2 * hidden..]);
                for j in 0..hidden {
                    let (n, z) = (self.gate(0, j), self.gate(2, j));
                    let vn = tanh_slope(n) * u[2 * hidden + j];
                    vh[j] = (1.0 - z) * vn + (self.h[j] - n) * logistic_slope(z) * u[hidden + j] + z * vh[j];
                }
            }
            cell => {
                for (j, v) in vh.iter_mut().enumerate() {
                    *v = gradients(cell, |k| self.gate(k, j), self.h[j], *v).1;
                }
            }
        }
    }

    /// ∂L/∂c of the LSTM at this step, everything counted, from that of h and what came from the step behind.
    pub(crate) fn cell_gradient(&self, j: usize, dh: f64, dc: f64) -> f64 {
        dc + dh * self.gate(3, j) * tanh_slope(self.tanh_c[j])
    }

    /// Jᵀ·u in place. `u`: (h part; c part of the LSTM), each (H). `da`: (G·H) gets the gradient before the activations, of which W_ihᵀ·da is
    /// the gradient of the input.
    pub(crate) fn pull(&self, u: &mut [f64], da: &mut [f64], work: &mut Work) {
        work.stayed.clear();
        work.stayed.extend(u.iter().map(|u| u * self.stays));
        u.iter_mut().for_each(|u| *u *= 1.0 - self.stays);
        self.pull_through(u, da, work);
        u.iter_mut().zip(&work.stayed).for_each(|(u, stayed)| *u += stayed);
    }

    /// The part of Jᵀ·u that goes through the cell.
    fn pull_through(&self, u: &mut [f64], da: &mut [f64], work: &mut Work) {
        let hidden = self.dims.hidden;
        let (dh, dc) = u.split_at_mut(hidden);
        match self.dims.cell {
            Cell::RnnTanh | Cell::RnnRelu => {
                for j in 0..hidden {
                    da[j] = self.slope(j) * dh[j];
                }
                dh.fill(0.0);
                add_transposed(self.w_hh, da, dh);
            }
            Cell::Lstm => {
                for j in 0..hidden {
                    let [i, f, g, o] = [0, 1, 2, 3].map(|k| self.gate(k, j));
                    let total = self.cell_gradient(j, dh[j], dc[j]);
                    da[j] = total * g * logistic_slope(i);
                    da[hidden + j] = total * self.c[j] * logistic_slope(f);
                    da[2 * hidden + j] = total * i * tanh_slope(g);
                    da[3 * hidden + j] = dh[j] * self.tanh_c[j] * logistic_slope(o);
                    dc[j] = total * f;
                }
                dh.fill(0.0);
                add_transposed(self.w_hh, da, dh);
            }
            Cell::Gru => {
                work.rows.clear();
                work.rows.resize(self.dims.gate_rows(), 0.0);
                for j in 0..hidden {
                    let [n, r, z, u_n] = [0, 1, 2, 3].map(|k| self.gate(k, j));
                    let dn = dh[j] * (1.0 - z) * tanh_slope(n);
                    da[j] = dn * u_n * logistic_slope(r);
                    da[hidden + j] = dh[j] * (self.h[j] - n) * logistic_slope(z);
                    da[2 * hidden + j] = dn;
                    work.rows[2 * hidden + j] = dn * r;
                    dh[j] *= z;
                }
                work.rows[..2 * hidden].copy_from_slice(&da[..2 * hidden]);
                add_transposed(self.w_hh, &work.rows, dh);
            }
            Cell::GruResetBefore => {
                for j in 0..hidden {
                    let (n, z) = (self.gate(0, j), self.gate(2, j));
                    da[hidden + j] = dh[j] * (self.h[j] - n) * logistic_slope(z);
                    da[2 * hidden + j] = dh[j] * (1.0 - z) * tanh_slope(n);
                    dh[j] *= z;
                }
                work.state.clear();
                work.state.resize(hidden, 0.0);
                add_transposed(&self.w_hh[2 * hidden * hidden..], &da[2 * hidden..], &mut work.state);
                for j in 0..hidden {
                    let r = self.gate(1, j);
                    da[j] = work.state[j] * self.h[j] * logistic_slope(r);
                    dh[j] += work.state[j] * r;
                }
                add_transposed(&self.w_hh[..2 * hidden * hidden], &da[..2 * hidden], dh);
            }
            cell => {
                for (j, dh) in dh.iter_mut().enumerate() {
                    let (d, stays) = gradients(cell, |k| self.gate(k, j), self.h[j], *dh);
                    (0..cell.gates()).for_each(|k| da[k * hidden + j] = d[k]);
                    *dh = stays;
                }
            }
        }
    }
}

/// `out = w · v`, w: (out, v).
fn product(w: &[f64], v: &[f64], out: &mut [f64]) {
    for (row, out) in w.chunks_exact(v.len()).zip(out) {
        *out = row.iter().zip(v).map(|(w, v)| w * v).sum();
    }
}

/// `out += wᵀ · d`, w: (d, out).
pub(crate) fn add_transposed(w: &[f64], d: &[f64], out: &mut [f64]) {
    for (row, &d) in w.chunks_exact(out.len()).zip(d) {
        for (out, &w) in out.iter_mut().zip(row) {
            *out += w * d;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// ⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩, whatever the gates.
    #[test]
    fn the_two_products_are_transposes_of_each_other() {
        let hidden = 5;
        for cell in Cell::ALL {
            let dims = Dims { cell, input: 1, hidden };
            let mut rng = Rng::new(3, 0);
            let mut draw = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.uniform(0.9)).collect() };
            let (w_hh, h, c, tanh_c) = (draw(dims.recurrent_rows() * hidden), draw(hidden), draw(dims.memory()), draw(dims.memory()));
            let gates: Vec<f64> = draw(dims.tape_width());
            let step = Step { dims, stays: 0.3, w_hh: &w_hh, gates: &gates, tanh_c: &tanh_c, h: &h, c: &c };
            let (u, v) = (draw(hidden + dims.memory()), draw(hidden + dims.memory()));
            let (mut pulled, mut pushed, mut work) = (u.clone(), v.clone(), Work::default());
            step.pull(&mut pulled, &mut vec![0.0; dims.gate_rows()], &mut work);
            step.push(&mut pushed, &mut work);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let (left, right) = (dot(&u, &pushed), dot(&pulled, &v));
            assert!((left - right).abs() < 1e-12 * (1.0 + left.abs()), "{cell:?}: {left} and {right}");
        }
    }
}
