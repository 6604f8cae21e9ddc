//! Recurrent layers in every form of the operators, in plain loops around the kernels' products.

use gatewise_kernels::{Cpu, Layout, Mat, Scratch, matmul};

use super::form::{Form, Operator};
use super::weights::Direction;
use crate::import::activation::Activation;

/// Space of a call, kept for the next one.
#[derive(Debug, Default)]
pub(super) struct Space {
    /// Outputs, (N, H).
    pub(super) y: Vec<f32>,
    /// What the gates see of the input, (N, G·H).
    inputs: Vec<f32>,
    /// What the gates see of the state, (B, G·H).
    states: Vec<f32>,
    /// r ⊙ h of a GRU, tanh c of an LSTM: (B, H).
    aside: Vec<f32>,
    scratch: Scratch<f32>,
}

/// One direction of a node.
pub(super) struct Plain<'a> {
    pub(super) form: &'a Form,
    pub(super) reverse: bool,
    pub(super) activations: &'a [Activation],
    pub(super) weights: &'a Direction,
    /// Weights of the cell state in the gates i, o and f, (3·H).
    pub(super) peepholes: Option<&'a [f32]>,
}

/// The rows of a step.
struct Step<'a> {
    /// Gates before their activation, (B, G·H).
    gates: &'a mut [f32],
    /// (B, H).
    h: &'a mut [f32],
    /// (B, H) or empty.
    c: &'a mut [f32],
}

impl Plain<'_> {
    /// Over all rows of `x`, (N, I). h and c, (B, H), go from the first state to the last; outputs are then in the space.
    pub(super) fn forward(&self, cpu: &Cpu, layout: &Layout, x: &[f32], h: &mut [f32], c: &mut [f32], space: &mut Space) {
        let Direction { input, hidden, .. } = *self.weights;
        let width = self.form.cell().gates() * hidden;
        let rows = layout.rows();
        space.inputs.resize(rows * width, 0.0);
        space.y.resize(rows * hidden, 0.0);
        let mut inputs = std::mem::take(&mut space.inputs);
        // The sum begins with the biases that are added as they are.
        for row in inputs.chunks_exact_mut(width) {
            row.copy_from_slice(&self.weights.b_ih);
            let added = if self.form.reset_after { width - hidden } else { width };
            row[..added].iter_mut().zip(&self.weights.b_hh).for_each(|(x, b)| *x += b);
        }
        let right = Mat::transposed(&self.weights.w_ih, input, width);
        matmul(cpu, Mat::new(x, rows, input), right, true, &mut inputs, &mut space.scratch);
        let mut one = |t: usize| {
            let (first, active) = (layout.offset(t), layout.active(t));
            let gates = &mut inputs[first * width..][..active * width];
            let c = if c.is_empty() { &mut [][..] } else { &mut c[..active * hidden] };
            let step = Step { gates, h: &mut h[..active * hidden], c };
            self.step(cpu, step, space);
            space.y[first * hidden..][..active * hidden].copy_from_slice(&h[..active * hidden]);
        };
        if self.reverse {
            (0..layout.time()).rev().for_each(&mut one)
        } else {
            (0..layout.time()).for_each(&mut one)
        }
        space.inputs = inputs;
    }

    fn step(&self, cpu: &Cpu, step: Step<'_>, space: &mut Space) {
        let hidden = self.weights.hidden;
        let width = self.form.cell().gates() * hidden;
        let active = step.h.len() / hidden;
        if self.form.operator == Operator::Gru {
            return self.gru(cpu, step, space);
        }
        let right = Mat::transposed(&self.weights.w_hh, hidden, width);
        matmul(cpu, Mat::new(step.h, active, hidden), right, true, step.gates, &mut space.scratch);
        if self.form.operator == Operator::Lstm {
            return self.lstm(step, space);
        }
        self.activate(0, step.gates);
        step.h.copy_from_slice(step.gates);
    }

    /// The n-th activation, behind the clip.
    fn activate(&self, n: usize, values: &mut [f32]) {
        if let Some(clip) = self.form.clip {
            values.iter_mut().for_each(|x| *x = x.clamp(-clip, clip));
        }
        self.activations[n].apply(values);
    }

    /// Adds the cell state, weighted, to a gate: n counts i, o, f.
    fn peep(&self, n: usize, gate: &mut [f32], c: &[f32]) {
        if let Some(peepholes) = self.peepholes {
            let weights = &peepholes[n * gate.len()..];
            gate.iter_mut().zip(weights).zip(c).for_each(|((gate, p), c)| *gate += p * c);
        }
    }

    fn lstm(&self, step: Step<'_>, space: &mut Space) {
        let hidden = self.weights.hidden;
        space.aside.resize(hidden, 0.0);
        let rows = step.gates.chunks_exact_mut(4 * hidden).zip(step.h.chunks_exact_mut(hidden)).zip(step.c.chunks_exact_mut(hidden));
        for ((gates, h), c) in rows {
            let (i, rest) = gates.split_at_mut(hidden);
            let (f, rest) = rest.split_at_mut(hidden);
            let (g, o) = rest.split_at_mut(hidden);
            self.peep(0, i, c);
            self.activate(0, i);
            if self.form.input_forget {
                f.iter_mut().zip(&*i).for_each(|(f, i)| *f = 1.0 - i);
            } else {
                self.peep(2, f, c);
                self.activate(0, f);
            }
            self.activate(1, g);
            c.iter_mut().zip(f).zip(i).zip(g).for_each(|(((c, f), i), g)| *c = *f * *c + *i * *g);
            self.peep(1, o, c);
            self.activate(0, o);
            space.aside.copy_from_slice(c);
            self.activate(2, &mut space.aside);
            h.iter_mut().zip(o).zip(&space.aside).for_each(|((h, o), c)| *h = *o * c);
        }
    }

    fn gru(&self, cpu: &Cpu, step: Step<'_>, space: &mut Space) {
        let hidden = self.weights.hidden;
        let active = step.h.len() / hidden;
        space.states.resize(active * 3 * hidden, 0.0);
        let w_hh = &self.weights.w_hh;
        let (seen, of_n) = if self.form.reset_after { (3 * hidden, &[][..]) } else { (2 * hidden, &w_hh[2 * hidden * hidden..]) };
        let states = &mut space.states[..active * seen];
        // What a GRU that resets behind the product adds inside the reset.
        let start = if self.form.reset_after { &self.weights.b_hh[2 * hidden..] } else { &[] };
        for row in states.chunks_exact_mut(seen) {
            row[..2 * hidden].fill(0.0);
            row[2 * hidden..].copy_from_slice(start);
        }
        let right = Mat::transposed(&w_hh[..seen * hidden], hidden, seen);
        matmul(cpu, Mat::new(step.h, active, hidden), right, true, states, &mut space.scratch);
        space.aside.resize(active * hidden, 0.0);
        let rows = step.gates.chunks_exact_mut(3 * hidden).zip(states.chunks_exact(seen)).zip(step.h.chunks_exact(hidden));
        for (((gates, states), h), reset) in rows.zip(space.aside.chunks_exact_mut(hidden)) {
            let (rz, n) = gates.split_at_mut(2 * hidden);
            rz.iter_mut().zip(states).for_each(|(gate, state)| *gate += state);
            self.activate(0, rz);
            if self.form.reset_after {
                n.iter_mut().zip(&states[2 * hidden..]).zip(&*rz).for_each(|((n, state), r)| *n += r * state);
            }
            reset.iter_mut().zip(h).zip(&*rz).for_each(|((reset, h), r)| *reset = r * h);
        }
        if !self.form.reset_after {
            let products = &mut space.states[..active * hidden];
            let right = Mat::transposed(of_n, hidden, hidden);
            matmul(cpu, Mat::new(&space.aside, active, hidden), right, false, products, &mut space.scratch);
            for (gates, product) in step.gates.chunks_exact_mut(3 * hidden).zip(products.chunks_exact(hidden)) {
                gates[2 * hidden..].iter_mut().zip(product).for_each(|(n, product)| *n += product);
            }
        }
        for (gates, h) in step.gates.chunks_exact_mut(3 * hidden).zip(step.h.chunks_exact_mut(hidden)) {
            let (rz, n) = gates.split_at_mut(2 * hidden);
            self.activate(1, n);
            h.iter_mut().zip(&rz[hidden..]).zip(n).for_each(|((h, z), n)| *h = (1.0 - z) * *n + z * *h);
        }
    }
}
