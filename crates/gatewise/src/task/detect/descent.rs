//! The step of descent that both networks of a detector take.

use gatewise_kernels::Cpu;

use crate::model::Model;
use crate::optim::{Optimizer, clip_global_norm};

/// Largest norm of a gradient.
const CLIP: f64 = 1.0;
/// The rate falls with the root of the steps from here on.
const FULL_RATE_STEPS: f64 = 1000.0;

/// One step against the gradients at hand. A gradient that is not finite changes no weight: a stream goes on.
pub(super) fn descend(cpu: &Cpu, model: &mut Model<f32>, optimizer: &mut Optimizer<f32>, lr: f64) {
    let params = model.params_mut();
    if !clip_global_norm(cpu, &mut params.grads, CLIP).is_finite() {
        params.grads.fill(0.0);
    }
    let rate = lr * (FULL_RATE_STEPS / (optimizer.steps() as f64 + 1.0)).sqrt().min(1.0);
    optimizer.step(cpu, rate, &mut params.values, &params.grads);
}
