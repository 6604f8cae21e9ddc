//! The batch of a step, drawn while another thread packs the weights.

use gatewise_kernels::{Cpu, both};

use crate::batch::{Batch, Source};
use crate::model::Model;

/// Parameters from which packing takes longer than waking a thread, and from which it is work for all of them.
const WORTH_A_THREAD: usize = 1 << 15;
const WORTH_ALL: usize = 1 << 20;

/// Draws the batch of training step `step`. Neither job needs the other's result, and in a step both come before all else.
pub(super) fn draw(cpu: &Cpu, source: &dyn Source, step: u64, items: &[usize], batch: &mut Batch<f32>, model: &mut Model<f32>) {
    // Weights of which some are dropped are packed by the forward that draws which, many weights by one that has all threads.
    if !(WORTH_A_THREAD..WORTH_ALL).contains(&model.params().values.len()) || model.config().weight_drop > 0.0 {
        source.draw(step, items, batch);
    } else {
        both(cpu, || source.draw(step, items, batch), || model.pack(cpu));
    }
}
