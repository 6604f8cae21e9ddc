//! The batch of a step, drawn while another thread packs the weights.

use gatewise_kernels::{Cpu, both};

use crate::batch::{Batch, Source};
use crate::model::Model;

/// Parameters from which packing takes longer than waking a thread.
const WORTH_A_THREAD: usize = 1 << 15;

/// Draws the batch of training step `step`. Neither job needs the other's result, and in a step both come before all else.
pub(super) fn draw(cpu: &Cpu, source: &dyn Source, step: u64, items: &[usize], batch: &mut Batch<f32>, model: &mut Model<f32>) {
    // Weights of which some are dropped are packed by the forward that draws which.
    if model.params().values.len() < WORTH_A_THREAD || model.config().weight_drop > 0.0 {
        source.draw(step, items, batch);
    } else {
        both(cpu, || source.draw(step, items, batch), || model.pack(cpu));
    }
}
