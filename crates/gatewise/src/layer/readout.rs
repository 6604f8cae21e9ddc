//! Readout: from the outputs of the recurrent stack to the rows that the head reads.
//!
//! Attention (Raffel and Ellis 2015): aₜ = softmax over a sequence's steps of w · yₜ, and the row is Σₜ aₜ yₜ.

use gatewise_kernels::{Layout, Real, vectorize};

use super::config::Readout;
use crate::params::{Params, View};

/// Picks, averages or weighs the stack's outputs.
#[derive(Clone, Debug)]
pub struct Pooling<F> {
    readout: Readout,
    directions: usize,
    /// Weights (D·H) of the scores of attention.
    attention: Option<View>,
    rows: Vec<F>,
    /// Of each row and unit the step with the largest output: (B, D·H).
    largest: Vec<u32>,
    /// Share of each step in its sequence's row: (N).
    shares: Vec<F>,
    /// Work of backward: the gradient by each share, (N).
    d_shares: Vec<F>,
    /// The gradient by the stack's outputs, (N, D·H): zero but for what the last backward wrote.
    dy: Vec<F>,
    /// Where the last rows lie in it that [`Part::Last`] wrote.
    written: Vec<usize>,
}

/// One way to make a row; a readout is one or more, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Last,
    Mean,
    Max,
    Attention,
}

impl Readout {
    /// Its parts; none at each step.
    fn parts(self) -> &'static [Part] {
        match self {
            Self::EachStep => &[],
            Self::Last => &[Part::Last],
            Self::Mean => &[Part::Mean],
            Self::Max => &[Part::Max],
            Self::Attention => &[Part::Attention],
            Self::Concat => &[Part::Last, Part::Mean, Part::Max],
        }
    }

    /// Width of a row for one value of the stack's output.
    pub fn factor(self) -> usize {
        self.parts().len().max(1)
    }
}

impl<F: Real> Pooling<F> {
    /// A readout over `directions` directions of `width / directions` units. Attention adds `attention.weight` (D·H), zero: the mean.
    pub fn new(params: &mut Params<F>, readout: Readout, directions: usize, width: usize) -> Self {
        let attention = (readout == Readout::Attention).then(|| params.add("attention.weight", &[width]));
        let (rows, largest, shares, d_shares) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { readout, directions, attention, rows, largest, shares, d_shares, dy: Vec::new(), written: Vec::new() }
    }

    /// Rows R that the head reads: B, or N at each step.
    pub fn count(&self, layout: &Layout) -> usize {
        if self.readout == Readout::EachStep { layout.rows() } else { layout.batch() }
    }

    /// `y`: (N, D·H) becomes (R, P·D·H) with P parts. A readout at each step takes `y` as it is.
    pub fn forward(&mut self, values: &[F], layout: &Layout, y: &[F]) {
        if self.readout == Readout::EachStep {
            return;
        }
        let width = y.len() / layout.rows().max(1);
        let parts = self.readout.parts();
        self.rows.resize(layout.batch() * parts.len() * width, F::ZERO);
        for (p, part) in parts.iter().enumerate() {
            match part {
                Part::Last => self.last(layout, y, p),
                Part::Mean => self.mean(layout, y, p),
                Part::Max => self.max(layout, y, p),
                Part::Attention => self.attend(values, layout, y, p),
            }
        }
    }

    /// Part p of the row of sequence b.
    fn row(&mut self, width: usize, b: usize, p: usize) -> &mut [F] {
        let parts = self.readout.factor();
        &mut self.rows[(b * parts + p) * width..][..width]
    }

    fn last(&mut self, layout: &Layout, y: &[F], p: usize) {
        let width = y.len() / layout.rows();
        let hidden = width / self.directions;
        for b in 0..layout.batch() {
            for d in 0..self.directions {
                let from = last_row(layout, b, d) * width + d * hidden;
                self.row(width, b, p)[d * hidden..][..hidden].copy_from_slice(&y[from..][..hidden]);
            }
        }
    }

    fn mean(&mut self, layout: &Layout, y: &[F], p: usize) {
        let width = y.len() / layout.rows();
        for b in 0..layout.batch() {
            let row = self.row(width, b, p);
            row.fill(F::ZERO);
            for t in 0..layout.length(b) {
                add(row, &y[layout.row(t, b) * width..][..width], F::ONE);
            }
            let scale = F::ONE / F::from_f64(layout.length(b) as f64);
            row.iter_mut().for_each(|sum| *sum *= scale);
        }
    }

    fn max(&mut self, layout: &Layout, y: &[F], p: usize) {
        let width = y.len() / layout.rows();
        let mut largest = std::mem::take(&mut self.largest);
        largest.clear();
        largest.resize(layout.batch() * width, 0);
        for (b, largest) in largest.chunks_exact_mut(width).enumerate() {
            let row = self.row(width, b, p);
            row.copy_from_slice(&y[layout.row(0, b) * width..][..width]);
            vectorize!(for t in 1..layout.length(b) {
                let step = &y[layout.row(t, b) * width..][..width];
                for ((top, at), &y) in row.iter_mut().zip(largest.iter_mut()).zip(step) {
                    // Without a branch: which step is the largest cannot be foreseen.
                    let larger = y > *top;
                    *top = if larger { y } else { *top };
                    *at = if larger { t as u32 } else { *at };
                }
            });
        }
        self.largest = largest;
    }

    fn attend(&mut self, values: &[F], layout: &Layout, y: &[F], p: usize) {
        let width = y.len() / layout.rows();
        let weight = self.attention.expect("attention has weights").of(values);
        let mut shares = std::mem::take(&mut self.shares);
        shares.clear();
        shares.extend(y.chunks_exact(width).map(|y| dot(weight, y)));
        for b in 0..layout.batch() {
            let steps = 0..layout.length(b);
            // A NaN is lost in the maximum and comes back through the exponential.
            let top = steps.clone().map(|t| shares[layout.row(t, b)]).fold(F::from_f64(f64::NEG_INFINITY), F::max);
            let mut total = F::ZERO;
            for t in steps.clone() {
                let share = &mut shares[layout.row(t, b)];
                *share = F::from_f64((*share - top).to_f64().exp());
                total += *share;
            }
            let row = self.row(width, b, p);
            row.fill(F::ZERO);
            for t in steps {
                let at = layout.row(t, b);
                shares[at] /= total;
                add(row, &y[at * width..][..width], shares[at]);
            }
        }
        self.shares = shares;
    }

    /// What the last forward gave: (R, P·D·H). `y` is that of the last forward.
    pub fn output<'a>(&'a self, y: &'a [F]) -> &'a [F] {
        if self.readout == Readout::EachStep { y } else { &self.rows }
    }

    /// Share of each step in its sequence's row, (N) in the layout's order; empty without attention.
    pub fn shares(&self) -> &[F] {
        &self.shares
    }

    /// `d`: (R, P·D·H) becomes dy: (N, D·H). `y` is that of the last forward. Adds the gradient of the attention's weights.
    pub fn backward<'a>(&'a mut self, values: &[F], grads: &mut [F], layout: &Layout, y: &[F], d: &'a [F]) -> &'a [F] {
        if self.readout == Readout::EachStep {
            return d;
        }
        let width = y.len() / layout.rows().max(1);
        let parts = self.readout.parts();
        let mut dy = self.zero_dy(y.len(), width / self.directions);
        for (b, d_row) in d.chunks_exact(parts.len() * width).enumerate() {
            for (part, d) in parts.iter().zip(d_row.chunks_exact(width)) {
                match part {
                    Part::Last => self.d_last(layout, b, d, &mut dy),
                    Part::Mean => {
                        let scale = F::ONE / F::from_f64(layout.length(b) as f64);
                        for t in 0..layout.length(b) {
                            add(&mut dy[layout.row(t, b) * width..][..width], d, scale);
                        }
                    }
                    Part::Max => {
                        for (unit, (&t, &d)) in self.largest[b * width..][..width].iter().zip(d).enumerate() {
                            dy[layout.row(t as usize, b) * width + unit] += d;
                        }
                    }
                    Part::Attention => self.d_attend(values, grads, layout, y, b, d, &mut dy),
                }
            }
        }
        self.dy = dy;
        &self.dy
    }

    /// The gradient by `len` outputs, all zero. Where only last rows were written, only those are cleared: the whole is as large as
    /// all outputs of the stack, and writing it takes longer than the readout.
    fn zero_dy(&mut self, len: usize, hidden: usize) -> Vec<F> {
        let mut dy = std::mem::take(&mut self.dy);
        if self.readout == Readout::Last && dy.len() == len {
            for &at in &self.written {
                dy[at..][..hidden].fill(F::ZERO);
            }
        } else {
            dy.clear();
            dy.resize(len, F::ZERO);
        }
        self.written.clear();
        dy
    }

    fn d_last(&mut self, layout: &Layout, b: usize, d: &[F], dy: &mut [F]) {
        let (width, hidden) = (d.len(), d.len() / self.directions);
        for (k, part) in d.chunks_exact(hidden).enumerate() {
            let at = last_row(layout, b, k) * width + k * hidden;
            add(&mut dy[at..][..hidden], part, F::ONE);
            self.written.push(at);
        }
    }

    /// With gₜ = d · yₜ: dyₜ = aₜ d + aₜ (gₜ − Σ a g) w, and dw = Σₜ aₜ (gₜ − Σ a g) yₜ.
    #[expect(clippy::too_many_arguments, reason = "the blocks of one backward")]
    fn d_attend(&mut self, values: &[F], grads: &mut [F], layout: &Layout, y: &[F], b: usize, d: &[F], dy: &mut [F]) {
        let (width, view) = (d.len(), self.attention.expect("attention has weights"));
        let (weight, d_weight) = (view.of(values), view.of_mut(grads));
        self.d_shares.clear();
        self.d_shares.extend((0..layout.length(b)).map(|t| dot(d, &y[layout.row(t, b) * width..][..width])));
        let share = |t: usize| self.shares[layout.row(t, b)];
        let mean: F = self.d_shares.iter().enumerate().map(|(t, &g)| share(t) * g).sum();
        for (t, &g) in self.d_shares.iter().enumerate() {
            let at = layout.row(t, b) * width;
            let d_score = share(t) * (g - mean);
            add(&mut dy[at..][..width], d, share(t));
            add(&mut dy[at..][..width], weight, d_score);
            add(d_weight, &y[at..][..width], d_score);
        }
    }
}

/// to += from · scale.
fn add<F: Real>(to: &mut [F], from: &[F], scale: F) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to += from * scale;
    }
}

fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    a.iter().zip(b).map(|(&a, &b)| a * b).sum()
}

/// The row after a direction's own last step: the sequence's last for the forward direction, its first for the reverse.
fn last_row(layout: &Layout, b: usize, direction: usize) -> usize {
    let t = if direction == 0 { layout.length(b) - 1 } else { 0 };
    layout.row(t, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_readout_on_a_ragged_batch() {
        let layout = Layout::ragged(&[3, 1]);
        // Rows: (t0, b0), (t0, b1), (t1, b0), (t2, b0); two directions of one unit.
        let y = [1.0, 10.0, 2.0, 20.0, 6.0, 30.0, 5.0, 50.0];
        let cases = [
            (Readout::Last, vec![5.0, 10.0, 2.0, 20.0]),
            (Readout::Mean, vec![4.0, 30.0, 2.0, 20.0]),
            (Readout::Max, vec![6.0, 50.0, 2.0, 20.0]),
            // Scores 0, 0 and ln 2 for the first sequence: shares 1/4, 1/4, 1/2.
            (Readout::Attention, vec![4.25, 35.0, 2.0, 20.0]),
            (Readout::Concat, vec![5.0, 10.0, 4.0, 30.0, 6.0, 50.0, 2.0, 20.0, 2.0, 20.0, 2.0, 20.0]),
            (Readout::EachStep, y.to_vec()),
        ];
        for (readout, expected) in cases {
            let mut params = Params::new();
            let mut pool = Pooling::<f64>::new(&mut params, readout, 2, 2);
            // w · (1, 10) = w · (6, 30) and w · (5, 50) = that + ln 2.
            let second = 2.0_f64.ln() / 24.0;
            params.values.iter_mut().zip([-4.0 * second, second]).for_each(|(value, w)| *value = w);
            pool.forward(&params.values, &layout, &y);
            assert_eq!(pool.output(&y).len(), expected.len(), "{readout:?}");
            for (got, expected) in pool.output(&y).iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-12, "{readout:?}: got {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn nothing_stays_of_the_last_gradient() {
        let y = [1.0, 10.0, 2.0, 20.0, 6.0, 30.0, 5.0, 50.0];
        let d: Vec<f64> = (1..13).map(f64::from).collect();
        for readout in [Readout::Last, Readout::Mean, Readout::Max, Readout::Attention, Readout::Concat] {
            let mut params = Params::new();
            let mut used = Pooling::<f64>::new(&mut params, readout, 2, 2);
            let mut fresh = used.clone();
            let mut grads = params.values.clone();
            let mut back = |pool: &mut Pooling<f64>, layout: &Layout| {
                pool.forward(&params.values, layout, &y);
                let rows = pool.output(&y).len();
                pool.backward(&params.values, &mut grads, layout, &y, &d[..rows]).to_vec()
            };
            // As many rows, which end elsewhere.
            for lengths in [&[3, 1][..], &[4]] {
                back(&mut used, &Layout::ragged(lengths));
            }
            let layout = Layout::ragged(&[2, 2]);
            assert_eq!(back(&mut used, &layout), back(&mut fresh, &layout), "{readout:?}");
        }
    }
}
