//! Which of the series that a forecaster knows a window is of.

use gatewise::forecast::{Forecaster, TargetEffects};

use super::graph::{Dim, Graph, Numbers, Value};
use crate::proto::data_type;

/// The series of each window, and those that are known.
pub(super) struct Series<'a> {
    /// Their ids, by number.
    pub ids: Vec<&'a str>,
    /// Numbers of the windows' series, 0 for one that is unknown, (B), and whether it is: (B, 1, 1). None where none is known.
    given: Option<(Value, Value)>,
}

impl<'a> Series<'a> {
    /// The ids of series whose scales and effects are known.
    pub fn ids(model: &'a Forecaster) -> Vec<&'a str> {
        let (scales, channels) = (model.scales(), model.config().targets + model.config().covariates);
        let scaled = |id: &str| (0..channels).all(|channel| scales.get(id, channel).is_some());
        let effects: Vec<&TargetEffects> = model.effects().iter().flat_map(|effects| effects.targets()).flatten().collect();
        scales.ids().filter(|id| scaled(id) && effects.iter().all(|target| target.series.contains_key(*id))).collect()
    }

    /// The input that names them.
    pub fn new(g: &mut Graph, ids: Vec<&'a str>) -> Self {
        if ids.is_empty() {
            return Self { ids, given: None };
        }
        let shape = [Dim::Free("series_batch")];
        let doc = "Number of each window's series among those of gatewise.series, −1 for one that is none of them: (batch).";
        let series = match ids[..] {
            [_] => g.input_or("series", Numbers::i64(&[1], &[0]), &shape, &format!("{doc} Left out: the one that the model knows.")),
            _ => g.input("series", data_type::INT64, &shape, doc),
        };
        g.part("series");
        let zero = g.int(0);
        let at = g.op("Max", &[&series, &zero]);
        let unknown = g.op("Less", &[&series, &zero]);
        let unknown = g.reshape(&unknown, &[-1, 1, 1]);
        Self { ids, given: Some((at, unknown)) }
    }

    /// For each window the numbers of its series, `dims` each, or where it is unknown its `own`.
    pub fn pick(&self, g: &mut Graph, name: &str, dims: [usize; 2], of: impl Fn(&str) -> Vec<f64>, own: &Value) -> Value {
        let Some((at, unknown)) = &self.given else { return own.clone() };
        let values: Vec<f64> = self.ids.iter().flat_map(|id| of(id)).collect();
        let table = g.weight(name, Numbers::f64(&[self.ids.len(), dims[0], dims[1]], &values));
        let found = g.gather(&table, at, 0);
        g.choose(unknown, own, &found)
    }
}
