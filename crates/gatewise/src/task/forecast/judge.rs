//! The rows kept from training: what every candidate says of them, and what that makes of the forecast.

use std::collections::BTreeMap;

use gatewise_kernels::Cpu;

use super::{
    Candidate, ChannelForecast, Combination, Forecaster, Learned, Plan, Score, Scorer, Table, Train, Trial, TrialOptions, Tried,
    intermittent_columns, trials,
};
use crate::error::Error;

/// Series above which the costly methods are asked about a sample alone, and its size.
const MANY_SERIES: usize = 1_000;
const SAMPLE: usize = 500;

/// How a forecast did on rows that nothing of it saw.
#[derive(Clone, Debug)]
pub struct HeldBack {
    /// Its errors beside those of simple methods.
    pub score: Score,
    /// Forecasts of each series and channel, in order of time, for the report.
    pub forecasts: BTreeMap<(usize, usize), Vec<ChannelForecast>>,
}

/// Who judges: the rows of a table that a plan holds back.
pub(super) struct Judge<'a> {
    pub(super) cpu: &'a Cpu,
    pub(super) table: &'a Table<'a>,
    /// The same as it is: what a test part is held against.
    pub(super) truth: &'a Table<'a>,
    pub(super) plan: &'a Plan,
}

impl Judge<'_> {
    /// Lets the network and the simple methods forecast the held-back windows, and combines them by what they said.
    pub(super) fn judge(&self, forecaster: &mut Forecaster) -> Result<Option<HeldBack>, Error> {
        let Some(combine) = self.plan.combine else {
            return Ok(self.score_test(forecaster));
        };
        let config = forecaster.config().clone();
        let intermittent = intermittent_columns(self.table);
        if self.plan.options.train == Some(Train::None) && self.plan.parts.judged.iter().all(Vec::is_empty) {
            forecaster.set_combination(Combination::alone(Candidate::Prior, &intermittent))?;
            return Ok(None);
        }
        let candidates = Candidate::all();
        let ids: Vec<&str> = self.table.series().iter().map(|s| s.id).collect();
        let stride = if ids.len() > MANY_SERIES { ids.len().div_ceil(SAMPLE) } else { 1 };
        let asks = |s: usize, candidate: Candidate| match candidate {
            Candidate::Network | Candidate::Prior => true,
            Candidate::Method(method) => method.is_cheap() || s.is_multiple_of(stride),
        };
        let (levels, horizon) = (&config.quantiles[..], config.horizon);
        let ask = |forecaster: &mut Forecaster, origins: &[Vec<usize>], truth| {
            let options =
                TrialOptions { config: &config, candidates: &candidates, origins, truth, intermittent: &intermittent, asks: &asks };
            trials(self.cpu, forecaster, self.table, &options)
        };
        // One wild value in the truth would say what everything counts for.
        let whole = self.table.whole();
        let mut judged = ask(forecaster, &self.plan.parts.judged, &whole);
        let tried = Tried { candidates: &candidates, levels, horizon, targets: self.table.targets(), intermittent: &intermittent };
        let mut learned = Combination::learn(&judged, tried, combine, &ids);
        forecaster.set_combination(learned.combination.clone())?;
        if let Some(test) = &self.plan.parts.test {
            judged = ask(forecaster, test, self.truth);
            let apply = |trial: &Trial| learned.combination.apply(ids[trial.series], trial.channel, &trial.outputs);
            learned.combined = judged.iter().map(apply).collect();
        }
        if !learned.combination.uses(Candidate::Prior) {
            // Weights that count for nothing are not kept.
            forecaster.drop_prior();
        }
        let score = Score::of_trials(&whole, config.season, (levels, horizon), &candidates, (&judged, &learned));
        Ok(score.map(|score| HeldBack { score, forecasts: forecasts(&judged, &learned) }))
    }

    /// Forecasts the rows kept from the networks, where those stand alone.
    fn score_test(&self, forecaster: &mut Forecaster) -> Option<HeldBack> {
        let parts = &self.plan.parts;
        let origins = parts.test.as_ref().unwrap_or(&parts.judged);
        let known = |s: usize| origins[s].first().copied().unwrap_or(self.table.series()[s].len());
        let scales = forecaster.scales_for(self.table, known);
        let (config, whole) = (forecaster.config(), self.table.whole());
        let mut scorer = Scorer::new(config.season, &config.quantiles);
        let mut forecasts: BTreeMap<(usize, usize), Vec<ChannelForecast>> = BTreeMap::new();
        forecaster.forecast(self.cpu, self.table, &scales, origins, &mut |forecast| {
            scorer.add(&whole, &forecast.truth(self.truth), forecast, &[]);
            forecasts.entry((forecast.series, forecast.channel)).or_default().push(forecast.clone());
        });
        scorer.finish(&whole, known).map(|score| HeldBack { score, forecasts })
    }
}

/// The combined forecasts of the trials, by series and channel.
fn forecasts(trials: &[Trial], learned: &Learned) -> BTreeMap<(usize, usize), Vec<ChannelForecast>> {
    let mut sorted: BTreeMap<(usize, usize), Vec<ChannelForecast>> = BTreeMap::new();
    for (trial, combined) in trials.iter().zip(&learned.combined) {
        sorted.entry((trial.series, trial.channel)).or_default().push(ChannelForecast {
            series: trial.series,
            channel: trial.channel,
            origin: trial.origin,
            point: combined.point.clone(),
            quantiles: combined.quantiles.clone(),
        });
    }
    sorted
}
