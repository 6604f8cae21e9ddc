//! Cross-entropy of the softmax, with class weights and label smoothing, as PyTorch computes it.
//!
//! With K classes, smoothing ε and weights w: Σ rows of (1 − ε) w_y (−ln p_y) + ε/K Σ_k w_k (−ln p_k), over Σ rows of w_y.

use gatewise_kernels::Real;

use super::{LossError, Rows};

pub(super) fn validate(classes: usize, weights: &[f64], label_smoothing: f64) -> Result<(), LossError> {
    if classes < 2 {
        return Err(LossError::Classes(classes));
    }
    let usable = weights.iter().all(|w| w.is_finite() && *w >= 0.0);
    if !weights.is_empty() && (weights.len() != classes || !usable) {
        return Err(LossError::ClassWeights { found: weights.len(), classes });
    }
    if (0.0..1.0).contains(&label_smoothing) { Ok(()) } else { Err(LossError::LabelSmoothing(label_smoothing)) }
}

/// Mean over the rows; a row's weight stands beside that of its class.
pub(super) fn cross_entropy<F: Real>(rows: &Rows<'_, F>, weights: &[f64], smoothing: f64, d_output: &mut [F]) -> f64 {
    let classes = rows.width;
    let values = rows.weight.map_or(1, |w| rows.values_per_weight(w));
    let row_weight = |r: usize| rows.weight.map_or(1.0, |w| w[r / values].to_f64());
    let class_weight = |k: usize| weights.get(k).copied().unwrap_or(1.0);
    // A row left out, by its weight or by a negative (or NaN) class, has no class.
    let class = |r: usize, y: F| {
        let counts = row_weight(r) != 0.0 && y >= F::ZERO;
        counts.then(|| {
            let class = y.to_f64() as usize;
            assert!(class < classes, "class {class} of {classes}");
            class
        })
    };
    let total: f64 = rows.target.iter().enumerate().filter_map(|(r, &y)| class(r, y).map(|k| row_weight(r) * class_weight(k))).sum();
    let spread = smoothing / classes as f64;
    let spread_total = spread * (0..classes).map(class_weight).sum::<f64>();
    let mut sum = 0.0;
    let parts = rows.output.chunks_exact(classes).zip(rows.target).zip(d_output.chunks_exact_mut(classes));
    for (r, ((logits, &y), d)) in parts.enumerate() {
        let Some(class) = class(r, y).filter(|_| total > 0.0) else {
            d.fill(F::ZERO);
            continue;
        };
        let log_total = softmax(logits, d);
        let share = row_weight(r) / total;
        let certain = (1.0 - smoothing) * class_weight(class);
        let mut loss = certain * (log_total - logits[class].to_f64());
        if smoothing > 0.0 {
            loss += logits.iter().enumerate().map(|(k, x)| spread * class_weight(k) * (log_total - x.to_f64())).sum::<f64>();
        }
        sum += share * loss;
        let scale = F::from_f64(share * (certain + spread_total));
        d.iter_mut().for_each(|d| *d *= scale);
        if smoothing > 0.0 {
            d.iter_mut().enumerate().for_each(|(k, d)| *d += F::from_f64(-share * spread * class_weight(k)));
        }
        d[class] += F::from_f64(-share * certain);
    }
    sum
}

/// Softmax of a row into `out`; gives ln Σ eˣ.
pub(super) fn softmax<F: Real>(logits: &[F], out: &mut [F]) -> f64 {
    // A NaN gives way to the others here and comes back through the exponential.
    let top = logits.iter().copied().fold(F::from_f64(f64::NEG_INFINITY), F::max);
    let mut total = 0.0;
    for (&x, out) in logits.iter().zip(out.iter_mut()) {
        *out = (x - top).exp();
        total += out.to_f64();
    }
    let inverse = F::from_f64(1.0 / total);
    out.iter_mut().for_each(|out| *out *= inverse);
    top.to_f64() + total.ln()
}

/// The class of the largest value, the first of equal ones.
pub(super) fn best<F: Real>(logits: &[F]) -> usize {
    let mut best = 0;
    for (k, x) in logits.iter().enumerate() {
        if *x > logits[best] {
            best = k;
        }
    }
    best
}
