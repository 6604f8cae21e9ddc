//! Readout: from the outputs of the recurrent stack to the rows that the head reads.

use gatewise_kernels::{Layout, Real};

use crate::model::Readout;

/// Picks or averages the stack's outputs.
#[derive(Clone, Debug)]
pub struct Pool<F> {
    readout: Readout,
    directions: usize,
    rows: Vec<F>,
}

impl<F: Real> Pool<F> {
    /// A readout over `directions` directions.
    pub fn new(readout: Readout, directions: usize) -> Self {
        Self { readout, directions, rows: Vec::new() }
    }

    /// Rows R that the head reads: B, or N at each step.
    pub fn count(&self, layout: &Layout) -> usize {
        if self.readout == Readout::EachStep { layout.rows() } else { layout.batch() }
    }

    /// `y`: (N, D·H) becomes (R, D·H).
    pub fn forward(&mut self, layout: &Layout, y: &[F]) {
        let width = y.len() / layout.rows().max(1);
        let hidden = width / self.directions;
        self.rows.clear();
        match self.readout {
            Readout::EachStep => self.rows.extend_from_slice(y),
            Readout::Last => {
                for b in 0..layout.batch() {
                    for d in 0..self.directions {
                        let row = last_row(layout, b, d);
                        self.rows.extend_from_slice(&y[row * width + d * hidden..][..hidden]);
                    }
                }
            }
            Readout::Mean => {
                self.rows.resize(layout.batch() * width, F::ZERO);
                for t in 0..layout.time() {
                    let step = &y[layout.offset(t) * width..][..layout.active(t) * width];
                    for (sum, &y) in self.rows.iter_mut().zip(step) {
                        *sum += y;
                    }
                }
                for (b, row) in self.rows.chunks_exact_mut(width).enumerate() {
                    let scale = F::ONE / F::from_f64(layout.length(b) as f64);
                    row.iter_mut().for_each(|sum| *sum *= scale);
                }
            }
        }
    }

    /// What the last forward gave: (R, D·H).
    pub fn output(&self) -> &[F] {
        &self.rows
    }

    /// `d`: (R, D·H) becomes `dy`: (N, D·H), overwritten.
    pub fn backward(&self, layout: &Layout, d: &[F], dy: &mut [F]) {
        let width = dy.len() / layout.rows().max(1);
        let hidden = width / self.directions;
        match self.readout {
            Readout::EachStep => dy.copy_from_slice(d),
            Readout::Last => {
                dy.fill(F::ZERO);
                for (b, d_row) in d.chunks_exact(width).enumerate() {
                    for (k, part) in d_row.chunks_exact(hidden).enumerate() {
                        let row = last_row(layout, b, k);
                        dy[row * width + k * hidden..][..hidden].copy_from_slice(part);
                    }
                }
            }
            Readout::Mean => {
                for (b, d_row) in d.chunks_exact(width).enumerate() {
                    let length = layout.length(b);
                    let scale = F::ONE / F::from_f64(length as f64);
                    for t in 0..length {
                        let out = &mut dy[layout.row(t, b) * width..][..width];
                        for (out, &d) in out.iter_mut().zip(d_row) {
                            *out = d * scale;
                        }
                    }
                }
            }
        }
    }
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
        let y = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0, 5.0, 50.0];
        let cases =
            [(Readout::Last, vec![5.0, 10.0, 2.0, 20.0]), (Readout::Mean, vec![3.0, 30.0, 2.0, 20.0]), (Readout::EachStep, y.to_vec())];
        for (readout, expected) in cases {
            let mut pool = Pool::<f64>::new(readout, 2);
            pool.forward(&layout, &y);
            for (got, expected) in pool.output().iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-12, "{readout:?}: got {got}, expected {expected}");
            }
        }
    }
}
