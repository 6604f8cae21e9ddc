//! What covariates that are known beyond the end add to the targets: taken off the rows, put back on the forecast.

use gatewise::forecast::{Effects, TargetEffects};

use super::graph::{Dim, Graph, Numbers, Value};
use super::series::Series;
use crate::proto::data_type;

/// The additions to the rows that are forecast.
pub(super) struct Ahead {
    /// (B, horizon, targets).
    added: Value,
    /// By target, whether they multiply.
    multiplies: Vec<bool>,
}

/// The targets (B, rows, targets) without what known covariates, an input then, add to them, and what they add to the rows ahead.
pub(super) fn taken_off(g: &mut Graph, effects: &Effects, series: &Series<'_>, horizon: usize, targets: &Value) -> (Value, Ahead) {
    let (columns, count) = (effects.columns(), effects.targets().len());
    let doc = format!(
        "What is known of each row and of the {horizon} rows to be forecast, columns as in gatewise.known: (batch, rows + {horizon}, columns)."
    );
    let known = g.input("known", data_type::DOUBLE, &[Dim::Free("batch"), Dim::Free("known_rows"), Dim::Fixed(columns)], &doc);
    g.part("effects");
    let coefficients = coefficients(g, effects, series, targets);
    let usual = g.constant(Numbers::f64(&[columns], effects.usual()));
    let off = g.sub(&known, &usual);
    let added = g.op("MatMul", &[&off, &coefficients]);
    let ahead = g.slice(&added, 1, -(horizon as i64), i64::MAX);
    let seen = g.slice(&added, 1, 0, -(horizon as i64));
    let multiplies = (0..count).map(|target| multiplicative(effects, target)).collect();
    let less = g.op("Neg", &[&seen]);
    let ahead = Ahead { added: ahead, multiplies };
    (ahead.put_on(g, targets, &less, false), ahead)
}

fn multiplicative(effects: &Effects, target: usize) -> bool {
    effects.targets()[target].as_ref().is_some_and(|target| target.multiplicative)
}

/// Coefficients of each window: (B, columns, targets).
fn coefficients(g: &mut Graph, effects: &Effects, series: &Series<'_>, targets: &Value) -> Value {
    let (columns, count) = (effects.columns(), effects.targets().len());
    let table = |of: &dyn Fn(&TargetEffects) -> Vec<f64>| -> Vec<f64> {
        let by_target: Vec<Vec<f64>> = effects.targets().iter().map(|target| target.as_ref().map_or(vec![0.0; columns], of)).collect();
        (0..columns).flat_map(|column| by_target.iter().map(move |own| own[column]).collect::<Vec<_>>()).collect()
    };
    // Of a series that is unknown those of all, in its own deviations where they add.
    let shared = g.constant(Numbers::f64(&[columns, count], &table(&|target| target.shared.clone())));
    let middle = g.mean(targets, &[1], true);
    let off = g.sub(targets, &middle);
    let squares = g.mul(&off, &off);
    let variance = g.mean(&squares, &[1], true);
    let deviation = g.op("Sqrt", &[&variance]);
    let (zero, one) = (g.f64(0.0), g.f64(1.0));
    let adds: Vec<f64> = (0..count).map(|target| if multiplicative(effects, target) { 0.0 } else { 1.0 }).collect();
    let adds = g.constant(Numbers::f64(&[count], &adds));
    let counted = g.mul(&deviation, &adds);
    let moves = g.op("Greater", &[&counted, &zero]);
    let unit = g.choose(&moves, &deviation, &one);
    let own = g.mul(&shared, &unit);
    let of = |id: &str| table(&|target| target.series.get(id).cloned().unwrap_or_else(|| vec![0.0; columns]));
    series.pick(g, "effects.coefficients", [columns, count], of, &own)
}

impl Ahead {
    /// Forecasts with what is added: (B, horizon, targets), or with levels behind.
    pub fn put_back(&self, g: &mut Graph, value: &Value, levels: bool) -> Value {
        let added = if levels { g.unsqueeze(&self.added, 3) } else { self.added.clone() };
        self.put_on(g, value, &added, levels)
    }

    /// `value` with what is added, targets along the last axis of both, or with `levels` the one before.
    fn put_on(&self, g: &mut Graph, value: &Value, added: &Value, levels: bool) -> Value {
        let factor = |g: &mut Graph| {
            let factor = g.op("Exp", &[added]);
            g.mul(value, &factor)
        };
        match (self.multiplies.contains(&true), self.multiplies.contains(&false)) {
            (false, _) => g.add(value, added),
            (true, false) => factor(g),
            (true, true) => {
                let share: Vec<f64> = self.multiplies.iter().map(|&multiplies| f64::from(u8::from(multiplies))).collect();
                let (share, half) = (g.constant(Numbers::f64(&[share.len(), 1][..if levels { 2 } else { 1 }], &share)), g.f64(0.5));
                let multiplies = g.op("Greater", &[&share, &half]);
                let (multiplied, sum) = (factor(g), g.add(value, added));
                g.choose(&multiplies, &multiplied, &sum)
            }
        }
    }
}
