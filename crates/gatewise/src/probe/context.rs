//! Memory by ablation: the loss of a network that is shown the last k steps alone.

use gatewise_kernels::Cpu;
use serde::Serialize;

use crate::batch::Batch;
use crate::loss::Loss;
use crate::model::{Model, Readout};

/// A context is long enough where its loss lies within this share of the best one, or of what all context gains.
pub const LOSS_TOLERANCE: f64 = 0.01;

/// The loss with a context of some length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Context {
    /// Steps the network sees.
    pub steps: usize,
    /// Mean loss at the last step.
    pub loss: f64,
}

/// Lengths worth trying for sequences of `longest` steps: 1, 2, 3, 4, 6, 8, 12 … and all of it.
pub fn context_lengths(longest: usize) -> Vec<usize> {
    let mut lengths: Vec<usize> =
        (0..usize::BITS).flat_map(|p| [1_usize << p, 3 << p]).take_while(|&k| k < longest.saturating_mul(3)).collect();
    lengths.retain(|&k| k < longest);
    lengths.push(longest.max(1));
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// The loss at the last step of every sequence with the last k steps of context alone, from the zero state. A linear path beside the network keeps
/// its whole window: what is measured is the memory of the recurrent network.
pub fn loss_by_context(cpu: &Cpu, model: &mut Model<f32>, batches: &[Batch<f32>], loss: &Loss, lengths: &[usize]) -> Vec<Context> {
    let mut short = Batch::default();
    let mut one = |steps: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for batch in batches {
            shorten(batch, steps, model.config().readout, &mut short);
            let share = batch.len() as f64;
            sum += share * model.loss(cpu, &short, loss);
            count += share;
        }
        Context { steps, loss: sum / count }
    };
    lengths.iter().map(|&steps| one(steps)).collect()
}

/// The shortest context whose loss is as good as the best; none where nothing was measured.
pub fn worth_using(contexts: &[Context]) -> Option<usize> {
    let best = contexts.iter().map(|c| c.loss).fold(f64::INFINITY, f64::min);
    let worst = contexts.iter().map(|c| c.loss).fold(f64::NEG_INFINITY, f64::max);
    let room = LOSS_TOLERANCE * best.abs().max(worst - best);
    contexts.iter().find(|c| c.loss <= best + room).map(|c| c.steps)
}

/// Makes `short` the last `steps` steps of each sequence. Where the network answers at each step, the last answer alone counts.
fn shorten(batch: &Batch<f32>, steps: usize, readout: Readout, short: &mut Batch<f32>) {
    let layout = &batch.layout;
    let count = layout.batch();
    let lengths: Vec<usize> = (0..count).map(|b| layout.length(b).min(steps.max(1))).collect();
    let input = batch.x.len() / layout.rows().max(1);
    short.set_ragged(&lengths, input);
    short.symbols.resize(if batch.symbols.is_empty() { 0 } else { short.layout.rows() }, 0);
    short.skip.extend_from_slice(&batch.skip);
    let each_step = readout == Readout::EachStep;
    let (rows, short_rows) = if each_step { (layout.rows(), short.layout.rows()) } else { (count, count) };
    let (targets, weights) = (batch.target.len() / rows.max(1), (batch.weight.len() / rows.max(1)).max(1));
    if !each_step {
        short.target.extend_from_slice(&batch.target);
        short.weight.extend_from_slice(&batch.weight);
    } else {
        short.target.resize(short_rows * targets, 0.0);
        short.weight.resize(short_rows * weights, 0.0);
    }
    for (b, &length) in lengths.iter().enumerate() {
        for t in 0..length {
            let (from, to) = (layout.row(layout.length(b) - length + t, b), short.layout.row(t, b));
            short.x[to * input..][..input].copy_from_slice(&batch.x[from * input..][..input]);
            if !batch.symbols.is_empty() {
                short.symbols[to] = batch.symbols[from];
            }
            if each_step {
                short.target[to * targets..][..targets].copy_from_slice(&batch.target[from * targets..][..targets]);
                if t + 1 == length {
                    let to = &mut short.weight[to * weights..][..weights];
                    match batch.weight.get(from * weights..(from + 1) * weights) {
                        Some(weight) => to.copy_from_slice(weight),
                        None => to.fill(1.0),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_grow_to_all_of_it() {
        assert_eq!(context_lengths(1), [1]);
        assert_eq!(context_lengths(10), [1, 2, 3, 4, 6, 8, 10]);
        assert_eq!(context_lengths(12), [1, 2, 3, 4, 6, 8, 12]);
    }

    #[test]
    fn the_shortest_good_context_is_worth_using() {
        let of = |losses: &[f64]| losses.iter().enumerate().map(|(k, &loss)| Context { steps: k + 1, loss }).collect::<Vec<_>>();
        assert_eq!(worth_using(&of(&[2.0, 1.0, 0.505, 0.5])), Some(3));
        assert_eq!(worth_using(&of(&[0.5, 0.5])), Some(1));
        assert_eq!(worth_using(&of(&[-1.0, -3.0, -2.0])), Some(2));
        assert_eq!(worth_using(&[]), None);
    }

    #[test]
    fn a_shortened_batch_ends_where_the_long_one_does() {
        let mut batch = Batch::default();
        batch.set_ragged(&[3, 1], 1);
        batch.x.copy_from_slice(&[1.0, 9.0, 2.0, 3.0]);
        batch.target.extend([10.0, 20.0, 30.0, 40.0]);
        let mut short = Batch::default();
        shorten(&batch, 2, Readout::EachStep, &mut short);
        assert_eq!(short.x, [2.0, 9.0, 3.0]);
        assert_eq!((&short.target[..], &short.weight[..]), (&[30.0, 20.0, 40.0][..], &[0.0, 1.0, 1.0][..]));
        batch.target.truncate(2);
        shorten(&batch, 1, Readout::Last, &mut short);
        assert_eq!((&short.x[..], &short.target[..], short.weight.len()), (&[3.0, 9.0][..], &[10.0, 20.0][..], 0));
    }
}
