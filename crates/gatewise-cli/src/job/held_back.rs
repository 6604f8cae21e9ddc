//! The rows kept from training: what the model and the baseline say of them.

use std::collections::BTreeMap;

use gatewise::task::forecast::{Forecaster, Prediction, Score, Scorer, Windows};

use super::Run;

/// How a model did on rows it never saw.
pub(super) struct HeldBack {
    pub score: Score,
    /// The first forecast of each series and channel, for the report.
    pub predictions: BTreeMap<(usize, usize), Prediction>,
}

impl Run<'_> {
    /// Forecasts the held-back rows, a horizon at a time; `None` where no row was held back.
    pub(super) fn hold_back(&self, forecaster: &mut Forecaster) -> anyhow::Result<Option<HeldBack>> {
        let config = forecaster.config().clone();
        let splits = &self.plan.splits;
        let scales = forecaster.scales_for(self.table, |s| splits[s].valid_end);
        let windows = Windows::new(self.table, &config, &scales, config.horizon, false, |s| {
            let (first, end) = (splits[s].valid_end, splits[s].end);
            if first == end { 0..0 } else { first..(end + 1).saturating_sub(config.horizon).max(first + 1) }
        });
        let mut scorer = Scorer::new(config.season, &config.quantiles);
        let mut predictions = BTreeMap::new();
        forecaster.predict(&self.cpu, &windows, &mut |prediction| {
            scorer.add(&windows, prediction);
            let window = prediction.window;
            predictions.entry((window.series, window.channel)).or_insert_with(|| prediction.clone());
        });
        let score = scorer.finish(self.table, |s| splits[s].valid_end);
        Ok(score.map(|score| HeldBack { score, predictions }))
    }
}
