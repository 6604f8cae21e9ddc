//! Cross-entropy of the softmax, with class weights and label smoothing.
//!
//! With K classes, smoothing ε and weights w: Σ rows of w_y ((1 − ε) (−ln p_y) + ε/K Σ_k (−ln p_k)), over Σ rows of w_y. The weight is that
//! of the row. A weight on what smoothing gives to each class, as in PyTorch, would let a rare class draw more from the rows of a frequent
//! one than their own label does: with 50 to 1 and ε = 0.05 the rows of the frequent class say "rare".

use gatewise_kernels::{Cpu, Isa, Lines, Real, deal, exp_below, vectorize};

use super::{LossError, Rows};
use crate::sum::sum;

/// Outputs of a part that one thread takes: some microseconds of work.
const GRAIN: usize = 4096;

/// Partial sums and maxima kept side by side.
const LANES: usize = 16;

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
pub(super) fn cross_entropy<F: Real>(cpu: &Cpu, rows: &Rows<'_, F>, weights: &[f64], smoothing: f64, d_output: &mut [F]) -> f64 {
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
    // The loss of a row, its gradient into `d`.
    let one = |r: usize, logits: &[F], y: F, d: &mut [F]| {
        let Some(class) = class(r, y).filter(|_| total > 0.0) else {
            d.fill(F::ZERO);
            return 0.0;
        };
        let log_total = softmax(cpu.isa(), logits, d);
        let share = row_weight(r) / total;
        let weight = class_weight(class);
        let certain = (1.0 - smoothing) * weight;
        let mut loss = certain * (log_total - logits[class].to_f64());
        if smoothing > 0.0 {
            loss += weight * spread * logits.iter().map(|x| log_total - x.to_f64()).sum::<f64>();
        }
        let scale = F::from_f64(share * weight);
        d.iter_mut().for_each(|d| *d *= scale);
        if smoothing > 0.0 {
            d.iter_mut().for_each(|d| *d += F::from_f64(-share * spread * weight));
        }
        d[class] += F::from_f64(-share * certain);
        share * loss
    };
    let work = ((Lines { data: rows.output, width: classes }, rows.target), Lines { data: d_output, width: classes });
    let sums = deal(cpu, work, GRAIN.div_ceil(classes), |first, ((logits, target), d)| {
        let rows = logits.data.chunks_exact(classes).zip(target).zip(d.data.chunks_exact_mut(classes));
        (first..).zip(rows).map(|(r, ((logits, &y), d))| one(r, logits, y, d)).sum::<f64>()
    });
    sums.iter().sum()
}

/// Softmax of a row into `out`; gives ln Σ eˣ.
pub(super) fn softmax<F: Real>(isa: Isa, logits: &[F], out: &mut [F]) -> f64 {
    let top = highest(logits);
    exp_below(isa, logits, top, out);
    let total = sum::<F, LANES>(out, out, |x, _| x);
    let inverse = F::from_f64(1.0 / total);
    out.iter_mut().for_each(|out| *out *= inverse);
    top.to_f64() + total.ln()
}

/// The largest of a row. A NaN gives way to the others here; it comes back through the exponential.
pub(crate) fn highest<F: Real>(row: &[F]) -> F {
    let lowest = F::from_f64(f64::NEG_INFINITY);
    vectorize!({
        let (chunks, rest) = row.as_chunks::<LANES>();
        let mut lanes = [lowest; LANES];
        for chunk in chunks {
            lanes.iter_mut().zip(chunk).for_each(|(lane, &x)| *lane = if x > *lane { x } else { *lane });
        }
        lanes.iter().chain(rest).fold(lowest, |top, &x| top.max(x))
    })
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
