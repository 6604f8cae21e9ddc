//! Stochastic gradient descent, with momentum and Nesterov's look-ahead (Sutskever et al. 2013), as PyTorch computes them.
//!
//! u ← μ u + (1 − dampening) g; w ← w − lr · u, or with Nesterov w ← w − lr · (g + μ u)

use gatewise_kernels::Real;

/// Scalars of one step.
pub(super) struct Rates {
    pub(super) lr: f64,
    pub(super) momentum: f64,
    /// Weight of the gradient in the velocity: 1 − dampening.
    pub(super) fresh: f64,
    pub(super) nesterov: bool,
    pub(super) weight_decay: f64,
}

/// One step without velocity.
pub(super) fn plain<F: Real>(lr: f64, weight_decay: f64, values: &mut [F], grads: &[F]) {
    let (lr, decay) = (F::from_f64(lr), F::from_f64(weight_decay));
    for (value, &grad) in values.iter_mut().zip(grads) {
        *value -= lr * (grad + decay * *value);
    }
}

/// One step along the velocity.
pub(super) fn momentum<F: Real>(rates: Rates, values: &mut [F], grads: &[F], velocity: &mut [F]) {
    let mu = F::from_f64(rates.momentum);
    if rates.nesterov {
        pass(rates, values, grads, velocity, |g, u| g + mu * u);
    } else {
        pass(rates, values, grads, velocity, |_, u| u);
    }
}

/// The pass itself; `direction` is the step to take, from the gradient and the new velocity.
#[inline(always)]
fn pass<F: Real>(rates: Rates, values: &mut [F], grads: &[F], velocity: &mut [F], direction: impl Fn(F, F) -> F) {
    assert!(values.len() == grads.len() && velocity.len() == grads.len(), "one velocity for every value");
    let (lr, mu, fresh) = (F::from_f64(rates.lr), F::from_f64(rates.momentum), F::from_f64(rates.fresh));
    let decay = F::from_f64(rates.weight_decay);
    for ((value, &grad), u) in values.iter_mut().zip(grads).zip(velocity) {
        let g = grad + decay * *value;
        *u = mu * *u + fresh * g;
        *value -= lr * direction(g, *u);
    }
}
