//! Zoneout (Krueger 2016): each value of the state keeps what it was, with probability z in training and by the share z outside of it.
//!
//! - training: h_t = m_t·h_{t−1} + (1 − m_t)·ĥ_t with ĥ_t what the cell says and m_t drawn anew for each value and step, 1 with probability z
//! - else: h_t = z·h_{t−1} + (1 − z)·ĥ_t, the mean of that
//!
//! c_t of the LSTM likewise with a draw of its own; ĥ_t is made from the cell's own ĉ_t. The state changes between two steps, so the cell runs step
//! by step: slower than the fused loop.

use gatewise_kernels::{Cpu, Layout, Real, Record, Recurrent, WeightGrads};

use crate::layer::dropout::Dropout;
use crate::rng::Rng;

/// The states of one cell, some of whose values stay.
#[derive(Clone, Debug)]
pub struct Zoneout<F> {
    share: f64,
    /// Each step's forward, for its backward.
    steps: Vec<Record<F>>,
    /// All steps as one forward would have left them, but for the states that stayed.
    whole: Record<F>,
    one: Layout,
    /// m of h and of c, (N, H) each.
    stays_h: Vec<F>,
    stays_c: Vec<F>,
    draw: Dropout<F>,
    before: Vec<F>,
    d_step: Vec<F>,
}

impl<F: Real> Zoneout<F> {
    /// States whose values stay with probability `share`.
    pub fn new(share: f64) -> Self {
        Self {
            share,
            steps: Vec::new(),
            whole: Record::default(),
            one: Layout::default(),
            stays_h: Vec::new(),
            stays_c: Vec::new(),
            // Drops 1 − z, so that what it keeps is what stays.
            draw: Dropout::new(1.0 - share.max(f64::EPSILON)),
            before: Vec::new(),
            d_step: Vec::new(),
        }
    }

    /// As [`Recurrent::forward`], whose outputs and tape are then those of `cell`; draws from `noise`, and takes the mean without it.
    #[allow(clippy::too_many_arguments, reason = "one slice for each block")]
    pub fn forward(
        &mut self,
        cpu: &Cpu,
        cell: &mut Recurrent<F>,
        reverse: bool,
        layout: &Layout,
        x: &[F],
        h: &mut [F],
        c: &mut [F],
        keep: bool,
        noise: Option<&mut Rng>,
    ) {
        let (dims, rows) = (cell.dims(), layout.rows());
        let (hidden, memory) = (dims.hidden, dims.memory());
        self.set_masks(cpu, rows * hidden, rows * memory, noise);
        self.whole.y.resize(rows * hidden);
        if keep {
            self.steps.resize(layout.time().max(self.steps.len()), Record::default());
            self.whole.tape.gates.resize(rows * dims.tape_width());
            self.whole.tape.c.resize(rows * memory);
            self.whole.tape.tanh_c.resize(rows * memory);
        }
        for k in 0..layout.time() {
            let t = if reverse { layout.time() - 1 - k } else { k };
            let (active, from) = (layout.active(t), layout.offset(t));
            self.one.set_full(active, 1);
            let (h, c) = (&mut h[..active * hidden], &mut c[..active * memory]);
            self.before.clear();
            self.before.extend_from_slice(h);
            self.before.extend_from_slice(c);
            if keep {
                cell.exchange(&mut self.steps[t]);
            }
            cell.forward(cpu, &self.one, &x[from * dims.input..][..active * dims.input], h, c, keep);
            if keep {
                cell.exchange(&mut self.steps[t]);
                let (tape, step) = (&mut self.whole.tape, &self.steps[t].tape);
                tape.gates[from * dims.tape_width()..][..step.gates.len()].copy_from_slice(&step.gates);
                tape.tanh_c[from * memory..][..step.tanh_c.len()].copy_from_slice(&step.tanh_c);
            }
            let (h_before, c_before) = self.before.split_at(h.len());
            stay(h, h_before, &self.stays_h[from * hidden..]);
            stay(c, c_before, &self.stays_c[from * memory..]);
            self.whole.y[from * hidden..][..h.len()].copy_from_slice(h);
            if keep {
                self.whole.tape.c[from * memory..][..c.len()].copy_from_slice(c);
            }
        }
        cell.exchange(&mut self.whole);
    }

    fn set_masks(&mut self, cpu: &Cpu, h: usize, c: usize, noise: Option<&mut Rng>) {
        let mean = F::from_f64(self.share);
        for (mask, len) in [(&mut self.stays_h, h), (&mut self.stays_c, c)] {
            mask.clear();
            mask.resize(len, mean);
        }
        if let Some(rng) = noise {
            for mask in [&mut self.stays_h, &mut self.stays_c] {
                self.draw.forward(cpu, mask, rng);
                mask.iter_mut().zip(self.draw.output()).for_each(|(m, &kept)| *m = if kept == F::ZERO { F::ZERO } else { F::ONE });
            }
        }
    }

    /// As [`Recurrent::backward`], of the last forward.
    #[allow(clippy::too_many_arguments, reason = "one slice for each gradient")]
    pub fn backward(
        &mut self,
        cpu: &Cpu,
        cell: &mut Recurrent<F>,
        reverse: bool,
        layout: &Layout,
        x: &[F],
        dy: &[F],
        dh: &mut [F],
        dc: &mut [F],
        grads: WeightGrads<'_, F>,
        mut dx: Option<&mut [F]>,
    ) {
        let dims = cell.dims();
        let (input, hidden, memory) = (dims.input, dims.hidden, dims.memory());
        let WeightGrads { w_ih, w_hh, b_ih, b_hh } = grads;
        for k in 0..layout.time() {
            let t = if reverse { k } else { layout.time() - 1 - k };
            let (active, from) = (layout.active(t), layout.offset(t));
            self.one.set_full(active, 1);
            let (dh, dc) = (&mut dh[..active * hidden], &mut dc[..active * memory]);
            dh.iter_mut().zip(&dy[from * hidden..]).for_each(|(d, &dy)| *d += dy);
            // What goes past the cell, straight to the state before.
            self.before.clear();
            self.before.resize(dh.len() + dc.len(), F::ZERO);
            let (h_past, c_past) = self.before.split_at_mut(dh.len());
            part(dh, h_past, &self.stays_h[from * hidden..]);
            part(dc, c_past, &self.stays_c[from * memory..]);
            self.d_step.clear();
            self.d_step.resize(dh.len(), F::ZERO);
            let d_input = dx.as_deref_mut().map(|dx| &mut dx[from * input..][..active * input]);
            let grads = WeightGrads { w_ih: &mut *w_ih, w_hh: &mut *w_hh, b_ih: &mut *b_ih, b_hh: &mut *b_hh };
            cell.exchange(&mut self.steps[t]);
            cell.backward(cpu, &self.one, &x[from * input..][..active * input], &self.d_step, dh, dc, grads, d_input);
            cell.exchange(&mut self.steps[t]);
            dh.iter_mut().zip(&*h_past).for_each(|(d, &past)| *d += past);
            dc.iter_mut().zip(&*c_past).for_each(|(d, &past)| *d += past);
        }
    }
}

/// `state` = m·before + (1 − m)·state.
fn stay<F: Real>(state: &mut [F], before: &[F], stays: &[F]) {
    for ((state, &before), &m) in state.iter_mut().zip(before).zip(stays) {
        *state = m * before + (F::ONE - m) * *state;
    }
}

/// The gradient of a state, m of which goes past the cell and 1 − m into it.
fn part<F: Real>(d: &mut [F], past: &mut [F], stays: &[F]) {
    for ((d, past), &m) in d.iter_mut().zip(past).zip(stays) {
        *past = m * *d;
        *d = (F::ONE - m) * *d;
    }
}
