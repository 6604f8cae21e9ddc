//! What the numbers of a head mean: a point and quantiles.

use gatewise::loss::{DF_FLOOR, Loss, SCALE_FLOOR, normal_quantile, student_t_quantile};

use super::graph::{Graph, Numbers, Value};

/// Terms of the series that stand for quantiles of Student's t, over 1/ν from 0 to ½.
const TERMS: usize = 18;

/// Raw numbers (…, width) as points (…) and quantiles (…, levels) in double precision; without quantiles where the loss has none.
pub(super) fn point_and_quantiles(g: &mut Graph, loss: &Loss, levels: &[f64], raw: &Value) -> (Value, Option<Value>) {
    let first = |g: &mut Graph| {
        let zero = g.int(0);
        let first = g.gather(raw, &zero, -1);
        g.double(&first)
    };
    match loss {
        Loss::Quantile { levels: trained } => {
            let sorted = g.sorted(raw, trained.len());
            let middle = 0.5_f64.clamp(trained[0], trained[trained.len() - 1]);
            let point = between(g, &sorted, trained, &[middle]);
            let point = g.squeeze(&point, -1);
            (point, (!levels.is_empty()).then(|| between(g, &sorted, trained, levels)))
        }
        Loss::Gaussian | Loss::StudentT => {
            let point = first(g);
            let quantiles = (!levels.is_empty()).then(|| {
                let wide = g.double(raw);
                let parts = g.split(&wide, -1, &vec![1; loss.width()]);
                let sigma = above(g, &parts[1], SCALE_FLOOR);
                let deviations = match parts.get(2) {
                    None => {
                        g.constant(Numbers::f64(&[levels.len()], &levels.iter().map(|&level| normal_quantile(level)).collect::<Vec<_>>()))
                    }
                    Some(raw) => {
                        let df = above(g, raw, DF_FLOOR);
                        student_t(g, levels, &df)
                    }
                };
                let off = g.mul(&sigma, &deviations);
                g.add(&parts[0], &off)
            });
            (point, quantiles)
        }
        _ => (first(g), None),
    }
}

/// softplus(raw) + floor, in double precision: ONNX Runtime has softplus in single precision alone.
fn above(g: &mut Graph, raw: &Value, floor: f64) -> Value {
    let (zero, one, floor) = (g.f64(0.0), g.f64(1.0), g.f64(floor));
    let size = g.op("Abs", &[raw]);
    let less = g.op("Neg", &[&size]);
    let power = g.op("Exp", &[&less]);
    let sum = g.add(&power, &one);
    let log = g.op("Log", &[&sum]);
    let positive = g.op("Max", &[raw, &zero]);
    let soft = g.add(&positive, &log);
    g.add(&soft, &floor)
}

/// Values at `levels`, straight between those at the trained ones: (…, levels) in double precision.
fn between(g: &mut Graph, sorted: &Value, trained: &[f64], levels: &[f64]) -> Value {
    let mut places = Vec::with_capacity(levels.len());
    for &level in levels {
        let below = trained.partition_point(|&t| t <= level).saturating_sub(1);
        let share = trained.get(below + 1).map_or(0.0, |next| (level - trained[below]) / (next - trained[below]));
        places.push((below, share.max(0.0) as f32));
    }
    let lower = g.ints(&places.iter().map(|&(below, _)| below as i64).collect::<Vec<_>>());
    let low = g.gather(sorted, &lower, -1);
    if places.iter().all(|&(_, share)| share == 0.0) {
        return g.double(&low);
    }
    let upper = g.ints(&places.iter().map(|&(below, share)| (below + usize::from(share > 0.0)) as i64).collect::<Vec<_>>());
    let high = g.gather(sorted, &upper, -1);
    let share = g.constant(Numbers::f32(&[places.len()], &places.iter().map(|&(_, share)| share).collect::<Vec<_>>()));
    let gap = g.sub(&high, &low);
    let part = g.mul(&gap, &share);
    let value = g.add(&low, &part);
    g.double(&value)
}

/// Quantiles of Student's t at `levels` by the degrees of freedom (…, 1), above 2: (…, levels).
///
/// ln t is a smooth function of 1/ν, so that a short sum of Chebyshev polynomials is as good as exact.
fn student_t(g: &mut Graph, levels: &[f64], df: &Value) -> Value {
    let columns: Vec<Vec<f64>> = levels.iter().map(|&level| series(level)).collect();
    let signs: Vec<f64> = levels.iter().map(|&level| if level == 0.5 { 0.0 } else { (level - 0.5).signum() }).collect();
    let (four, one, two) = (g.f64(4.0), g.f64(1.0), g.f64(2.0));
    // x = 4/ν − 1 runs from −1 to 1.
    let inverse = g.div(&four, df);
    let x = g.sub(&inverse, &one);
    let twice = g.mul(&x, &two);
    // T₀ = 1, T₁ = x, Tₖ₊₁ = 2x Tₖ − Tₖ₋₁.
    let zero = g.f64(0.0);
    let nothing = g.mul(&x, &zero);
    let mut terms = vec![g.add(&nothing, &one), x.clone()];
    for k in 2..TERMS {
        let product = g.mul(&twice, &terms[k - 1]);
        let next = g.sub(&product, &terms[k - 2]);
        terms.push(next);
    }
    let terms = g.concat(&terms.iter().collect::<Vec<_>>(), -1);
    let table: Vec<f64> = (0..TERMS).flat_map(|k| columns.iter().map(move |column| column[k])).collect();
    let table = g.constant(Numbers::f64(&[TERMS, levels.len()], &table));
    let logs = g.op("MatMul", &[&terms, &table]);
    let sizes = g.op("Exp", &[&logs]);
    let signs = g.constant(Numbers::f64(&[levels.len()], &signs));
    g.mul(&sizes, &signs)
}

/// Coefficients of Chebyshev polynomials of 4/ν − 1 for the logarithm of a quantile's size; zeros for the median.
fn series(level: f64) -> Vec<f64> {
    if level == 0.5 {
        return vec![0.0; TERMS];
    }
    let upper = level.max(1.0 - level);
    let count = TERMS as f64;
    let angle = |k: usize| std::f64::consts::PI * (k as f64 + 0.5) / count;
    let values: Vec<f64> = (0..TERMS).map(|k| log_quantile(upper, angle(k).cos())).collect();
    let coefficient = |order: usize| {
        let sum: f64 = values.iter().enumerate().map(|(k, value)| value * (order as f64 * angle(k)).cos()).sum();
        sum * if order == 0 { 1.0 } else { 2.0 } / count
    };
    (0..TERMS).map(coefficient).collect()
}

/// The logarithm of a quantile above the median, by x = 4/ν − 1.
fn log_quantile(upper: f64, x: f64) -> f64 {
    let inverse = (x + 1.0) / 4.0;
    let quantile = if inverse > 0.0 { student_t_quantile(upper, 1.0 / inverse) } else { normal_quantile(upper) };
    quantile.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum that the graph computes.
    fn value(level: f64, df: f64) -> f64 {
        let (x, column) = (4.0 / df - 1.0, series(level));
        let (mut before, mut now, mut sum) = (1.0, x, column[0]);
        for coefficient in &column[1..] {
            sum += coefficient * now;
            (before, now) = (now, 2.0 * x * now - before);
        }
        sum.exp() * (level - 0.5).signum()
    }

    #[test]
    fn a_short_sum_stands_for_quantiles_of_student_t() {
        for level in [1e-4, 0.001, 0.025, 0.1, 0.4, 0.51, 0.75, 0.95, 0.999, 0.9999] {
            let mut df = 2.0;
            while df < 1e7 {
                let (got, expected) = (value(level, df), student_t_quantile(level, df));
                assert!((got - expected).abs() < 1e-8 * expected.abs(), "{level} at {df}: got {got}, expected {expected}");
                df *= 1.13;
            }
        }
    }
}
