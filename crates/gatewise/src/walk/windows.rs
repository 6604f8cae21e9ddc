//! A text as something to learn: windows of it, each symbol's target the next.

use gatewise_kernels::Cell;

use crate::batch::Batch;
use crate::demo::{Course, Problem, Score};
use crate::loss::Loss;
use crate::model::{EmbeddingConfig, ModelConfig, Readout};
use crate::optim::OptimizerConfig;
use crate::rng::Rng;

/// Width of a symbol's vector.
const EMBEDDING: usize = 16;
/// Symbols of a window at most.
const WINDOW: usize = 64;
/// Windows of a step at most.
const BATCH: usize = 16;
/// Hidden units of the LSTM.
const HIDDEN: usize = 48;
/// Optimiser steps on a text that has many windows, and on one that is a single window, which is soon known by heart.
const STEPS: [u64; 2] = [1500, 300];
/// Learning rate.
const LR: f64 = 5e-3;

/// Symbols of a text, windows of which are drawn at random.
#[derive(Clone, Debug)]
pub struct TextWindows {
    ids: Vec<u32>,
    symbols: usize,
    window: usize,
}

impl TextWindows {
    /// Of at least two symbols out of `symbols` kinds.
    ///
    /// # Panics
    /// If there are fewer than two.
    pub fn new(ids: Vec<u32>, symbols: usize) -> Self {
        assert!(ids.len() >= 2, "a symbol and the next");
        let window = WINDOW.min(ids.len() - 1);
        Self { ids, symbols, window }
    }

    /// Symbols of a window.
    pub fn window(&self) -> usize {
        self.window
    }

    /// Windows that differ in their start.
    fn starts(&self) -> usize {
        self.ids.len() - self.window
    }

    /// How long and in what steps networks learn it.
    pub fn course(&self) -> Course {
        let batch = BATCH.min(self.starts());
        let steps = if batch < BATCH { STEPS[1] } else { STEPS[0] };
        Course {
            steps,
            batch,
            optimizer: OptimizerConfig::adam(),
            lr: LR,
            clip_norm: super::lesson::CLIP,
            hidden: HIDDEN,
            growth: 0.0,
            first: self.window,
        }
    }
}

impl Problem for TextWindows {
    fn network(&self, hidden: usize) -> ModelConfig {
        ModelConfig {
            embedding: Some(EmbeddingConfig { symbols: self.symbols, width: EMBEDDING }),
            readout: Readout::EachStep,
            ..ModelConfig::new(Cell::Lstm, 0, hidden, self.symbols)
        }
    }

    fn loss(&self) -> Loss {
        Loss::CrossEntropy { classes: self.symbols, weights: Vec::new(), label_smoothing: 0.0 }
    }

    fn draw(&self, rng: &mut Rng, _: usize, count: usize, batch: &mut Batch<f32>) {
        self.draw_exactly(rng, self.window, count, batch);
    }

    fn draw_exactly(&self, rng: &mut Rng, _: usize, count: usize, batch: &mut Batch<f32>) {
        batch.set_full(count, self.window, 0);
        let rows = batch.layout.rows();
        batch.symbols.resize(rows, 0);
        batch.target.resize(rows, 0.0);
        for item in 0..count {
            let window = &self.ids[rng.below(self.starts())..][..=self.window];
            let place = batch.place(item);
            for t in 0..self.window {
                let row = batch.layout.row(t, place);
                batch.symbols[row] = window[t];
                batch.target[row] = window[t + 1] as f32;
            }
        }
    }

    fn score(&self, output: &[f32], batch: &Batch<f32>) -> Score {
        let mut probabilities = vec![0.0; output.len()];
        self.loss().probabilities(output, &mut probabilities);
        let rows = probabilities.chunks_exact(self.symbols).zip(&batch.target);
        let count = batch.target.len().max(1) as f64;
        let best = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        let right = rows.clone().filter(|(row, target)| best(row) == **target as usize).count();
        let given = rows.map(|(row, &target)| f64::from(row[target as usize])).sum::<f64>();
        Score::Choice { accuracy: right as f64 / count, probability: given / count }
    }
}

/// The one sequence of a walk over symbols: its last target is none, where nothing follows.
pub(super) fn one_sequence(symbols: &[u32], next: Option<u32>, batch: &mut Batch<f32>) {
    batch.set_full(1, symbols.len(), 0);
    batch.symbols.extend_from_slice(symbols);
    batch.target.extend(symbols[1..].iter().map(|&s| s as f32));
    // Cross-entropy leaves negative classes out.
    batch.target.push(next.map_or(-1.0, |s| s as f32));
}

/// Most probable symbols of each answer.
const TOLD: usize = 5;

/// Probabilities as answers: the likeliest symbols, and what is right. `outputs`: (steps, symbols), the raw values of a head for cross-entropy.
pub(super) fn answers(
    outputs: &[f64],
    steps: &[usize],
    loss: &Loss,
    truth: &dyn Fn(usize) -> Option<u32>,
    name: &dyn Fn(u32) -> String,
) -> Vec<super::record::Answer> {
    let mut probabilities = vec![0.0; outputs.len()];
    loss.probabilities(outputs, &mut probabilities);
    let width = outputs.len() / steps.len().max(1);
    let answer = |(row, &step): (&[f64], &usize)| {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let right = truth(step);
        super::record::Answer {
            step,
            top: order.iter().take(TOLD).map(|&k| (name(k as u32), row[k])).collect(),
            truth: right.map(name),
            p: right.map(|k| row[k as usize]),
            value: None,
        }
    };
    probabilities.chunks_exact(width.max(1)).zip(steps).map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_followed_by_what_comes_next() {
        let text = TextWindows::new((0..100).collect(), 100);
        let mut batch = Batch::default();
        text.draw(&mut Rng::new(1, 0), 0, 3, &mut batch);
        assert_eq!((batch.symbols.len(), batch.target.len()), (3 * 64, 3 * 64));
        assert!(batch.symbols.iter().zip(&batch.target).all(|(s, t)| *t as u32 == s + 1));
        let short = TextWindows::new(vec![4, 5], 6);
        short.draw(&mut Rng::new(1, 0), 0, 1, &mut batch);
        assert_eq!((&batch.symbols[..], &batch.target[..], short.course().batch), (&[4][..], &[5.0][..], 1));
    }
}
