//! Levenberg–Marquardt inside bounds.

use super::likelihood::Likelihood;
use super::point::Places;
use super::region::is_admissible;
use crate::linear::solve;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Steps at most.
    pub steps: usize,
    /// A step that lowers −2 log L by less is the last.
    pub gain: f64,
}

/// Lowers −2 log L from `x` on; the value reached. A weight at a bound that the gradient pushes against stays there for the step.
pub(crate) fn descend(likelihood: &mut Likelihood<'_>, places: &Places, x: &mut Vec<f64>, patience: Patience) -> f64 {
    let p = places.len;
    let (mut trial, mut system, mut step) = (x.clone(), vec![0.0; p * p], vec![0.0; p]);
    let mut free = Vec::with_capacity(p);
    let mut damping = 1e-3;
    let mut value = likelihood.derive(x);
    for _ in 0..patience.steps {
        if !value.is_finite() {
            break;
        }
        free.clear();
        free.extend((0..p).filter(|&i| {
            let (low, high) = places.bounds(i);
            let gradient = likelihood.gradient[i];
            !(x[i] <= low && gradient > 0.0 || x[i] >= high && gradient < 0.0) && likelihood.normal[i * p + i] > 0.0
        }));
        let mut next = f64::INFINITY;
        for _ in 0..12 {
            let k = free.len();
            for (row, &i) in free.iter().enumerate() {
                for (column, &j) in free[..=row].iter().enumerate() {
                    system[row * k + column] = likelihood.normal[i * p + j];
                }
                system[row * k + row] *= 1.0 + damping;
                step[row] = -likelihood.gradient[i];
            }
            if solve(&mut system[..k * k], &mut step[..k]) {
                trial.copy_from_slice(x);
                for (row, &i) in free.iter().enumerate() {
                    let (low, high) = places.bounds(i);
                    trial[i] = (x[i] + step[row]).clamp(low, high);
                }
                if is_admissible(places.form, &places.weights(&trial), places.m) {
                    next = likelihood.value(&trial);
                    if next < value {
                        break;
                    }
                }
            }
            next = f64::INFINITY;
            damping *= 6.0;
        }
        if next == f64::INFINITY {
            break;
        }
        damping = f64::max(damping * 0.15, 1e-9);
        std::mem::swap(x, &mut trial);
        let gained = value - next;
        if gained < patience.gain {
            return next;
        }
        value = likelihood.derive(x);
    }
    value
}
