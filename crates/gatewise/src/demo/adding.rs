//! The adding problem (Hochreiter and Schmidhuber 1997): two of T numbers are marked, the answer is their sum.

use gatewise_kernels::Cell;

use super::train::{Problem, Score};
use crate::batch::Batch;
use crate::loss::Loss;
use crate::model::ModelConfig;
use crate::rng::Rng;

/// Features of a step: the number and its mark.
const FEATURES: usize = 2;

/// Sequences of numbers in [0, 1); one is marked in each half. Without memory the best answer is 1, with a mean squared error of 1/6.
#[derive(Clone, Copy, Debug)]
pub struct Adding;

impl Adding {
    /// Mean squared error of the constant answer 1: twice the variance of a uniform number.
    pub const CHANCE: f64 = 1.0 / 6.0;

    fn fill(rng: &mut Rng, length: usize, count: usize, batch: &mut Batch<f32>) {
        batch.set_full(count, length, FEATURES);
        batch.target.resize(count, 0.0);
        for place in 0..count {
            let marks = [rng.below(length / 2), length / 2 + rng.below(length - length / 2)];
            for t in 0..length {
                let row = batch.layout.row(t, place) * FEATURES;
                let number = rng.unit() as f32;
                batch.x[row] = number;
                if marks.contains(&t) {
                    batch.x[row + 1] = 1.0;
                    batch.target[place] += number;
                }
            }
        }
    }
}

impl Problem for Adding {
    fn network(&self, hidden: usize) -> ModelConfig {
        ModelConfig::new(Cell::Lstm, FEATURES, hidden, 1)
    }

    fn loss(&self) -> Loss {
        Loss::Mse
    }

    /// One length for the whole batch, from half of `reach` to `reach`.
    fn draw(&self, rng: &mut Rng, reach: usize, count: usize, batch: &mut Batch<f32>) {
        let least = (reach / 2).max(2);
        let length = least + rng.below(reach.max(2) - least + 1);
        Self::fill(rng, length, count, batch);
    }

    fn draw_exactly(&self, rng: &mut Rng, distance: usize, count: usize, batch: &mut Batch<f32>) {
        Self::fill(rng, distance.max(2), count, batch);
    }

    fn score(&self, output: &[f32], batch: &Batch<f32>) -> Score {
        let squares = output.iter().zip(&batch.target).map(|(y, t)| f64::from(y - t).powi(2));
        Score::Number { mse: squares.sum::<f64>() / output.len().max(1) as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_marks_and_their_sum() {
        let mut batch = Batch::default();
        for length in [2, 3, 40] {
            Adding::fill(&mut Rng::new(1, 0), length, 8, &mut batch);
            for place in 0..8 {
                let rows: Vec<&[f32]> = (0..length).map(|t| &batch.x[batch.layout.row(t, place) * 2..][..2]).collect();
                let marked: Vec<usize> = (0..length).filter(|&t| rows[t][1] == 1.0).collect();
                assert_eq!(marked.len(), 2);
                assert!(marked[0] < length / 2 && marked[1] >= length / 2);
                assert_eq!(batch.target[place], rows[marked[0]][0] + rows[marked[1]][0]);
            }
        }
    }

    #[test]
    fn the_constant_answer_has_the_error_of_chance() {
        let mut batch = Batch::default();
        Adding::fill(&mut Rng::new(2, 0), 10, 20_000, &mut batch);
        let Score::Number { mse } = Adding.score(&vec![1.0; 20_000], &batch) else { panic!("a number is scored") };
        assert!((mse - Adding::CHANCE).abs() < 0.005, "{mse}");
    }
}
