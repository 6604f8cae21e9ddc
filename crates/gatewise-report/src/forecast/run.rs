//! A run put together for its page: what it found out, and what a reader must know of it.

use std::collections::HashMap;

use gatewise::task::forecast::{Candidate, ChannelForecast, Forecaster, HeldBack as Judged, Plan, Table, Train, seasonal_naive};
use gatewise::train::Summary;
use gatewise_data::{Dataset, Severity};

use super::drawn::Source;
use super::{ForecastReport, HeldBackRow, Panel, pick_panels, score};
use crate::data::finding;
use crate::number::duration;
use crate::{EpochRow, MAX_PANELS};

/// Rows of history that a panel shows, in horizons; at least [`LEAST_HISTORY`].
const HISTORY_HORIZONS: usize = 8;

/// Fewest rows of history that a panel shows.
const LEAST_HISTORY: usize = 60;

/// Most rows of history that a panel shows.
const MOST_HISTORY: usize = 2_000;

/// A run over a table.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// The table as it was read.
    pub dataset: &'a Dataset,
    /// Its series.
    pub table: &'a Table<'a>,
    /// What data and options settled.
    pub plan: &'a Plan,
    /// Whether the network was trained anew on all rows.
    pub refits: bool,
    /// The command line that made the run.
    pub command: String,
    /// The time of the report.
    pub created: String,
    /// The kernels that ran, and on how many threads.
    pub kernels: String,
    /// The run's settings.
    pub settings: String,
}

impl Run<'_> {
    /// The page: the forecaster, what the rows held back say of it, forecasts beyond the end, and how it was trained.
    pub fn report(
        &self,
        forecaster: &Forecaster,
        held_back: Option<&Judged>,
        forecasts: &[ChannelForecast],
        epochs: Vec<EpochRow>,
        summaries: &[Summary],
    ) -> ForecastReport {
        let errors = errors(forecasts, held_back);
        let panels = pick_panels(&errors, MAX_PANELS).into_iter().map(|at| self.panel(&forecasts[at], held_back)).collect();
        let backtest = held_back.map(|held| {
            let about = format!("Of {}, which nothing was learned from.", self.rows_held_back());
            self.source().backtest(about, &held.score, &held.forecasts)
        });
        let of_score = held_back.map(|held| score::warnings(&held.score)).unwrap_or_default();
        let warnings = self.dataset.findings.iter().filter(|f| f.severity != Severity::Note).map(|f| finding(&self.dataset.path, f));
        // What is drawn and scored is not in the file.
        let outliers = self.plan.choices.iter().filter(|choice| choice.what == "outliers");
        let replaced =
            outliers.map(|choice| format!("outliers, drawn and scored as what they count as: {} ({})", choice.value, choice.flag));
        ForecastReport {
            title: format!("Forecast of {}", self.source().file()),
            command: self.command.clone(),
            created: self.created.clone(),
            facts: self.facts(forecaster, summaries),
            guesses: self.plan.choices.clone(),
            warnings: warnings.chain(replaced).chain(of_score).collect(),
            backtest,
            verdict: self.verdict(held_back),
            epochs,
            panels,
            total_panels: forecasts.len(),
            settings: self.settings.clone(),
        }
    }

    fn facts(&self, forecaster: &Forecaster, summaries: &[Summary]) -> Vec<(String, String)> {
        let config = forecaster.config();
        let fact = |name: &str, value: String| (name.to_string(), value);
        let seconds: f64 = summaries.iter().map(|s| s.elapsed).sum();
        let steps: u64 = summaries.iter().map(|s| s.steps).sum();
        let network = serde_json::to_value(config.network.cell).ok().and_then(|v| v.as_str().map(str::to_uppercase)).unwrap_or_default();
        let mut facts = vec![
            fact("data", format!("{} series, {} rows, {}", self.dataset.series.len(), self.dataset.rows(), self.dataset.frequency)),
            fact("training", if summaries.is_empty() { "none".to_string() } else { format!("{steps} steps in {}", duration(seconds)) }),
            fact("seed", self.plan.training.train.seed.to_string()),
            fact("kernels", self.kernels.clone()),
        ];
        if let Some(model) = forecaster.members().first() {
            let shape =
                format!("{network}, {} × {} hidden units over {} steps", config.network.layers, config.network.hidden, config.steps());
            facts.insert(1, fact("network", shape));
            facts.insert(2, fact("parameters", model.params().values.len().to_string()));
        } else {
            facts.insert(
                1,
                fact(
                    "network",
                    if self.plan.options.train == Some(Train::None) { "none trained" } else { "none: too few rows" }.to_string(),
                ),
            );
        }
        if let Some(combination) = forecaster.combination() {
            let candidates = combination.candidates().iter().zip(combination.mean_weights());
            let mut weighted: Vec<_> = candidates.filter(|(_, weight)| *weight >= 0.005).collect();
            weighted.sort_by(|a, b| b.1.total_cmp(&a.1));
            let parts: Vec<String> = weighted.iter().map(|(c, weight)| format!("{:.0} % {}", 100.0 * weight, c.name())).collect();
            facts.push(fact("forecast", parts.join(", ")));
        }
        if forecaster.members().len() > 1 {
            facts.push(fact("networks", forecaster.members().len().to_string()));
        }
        facts
    }

    fn verdict(&self, held_back: Option<&Judged>) -> String {
        match held_back {
            Some(held) => {
                let mut text = score::verdict(&held.score, &self.rows_held_back());
                if self.refits && held.score.methods.iter().any(|m| m.weight.is_some_and(|w| w > 0.0) && m.candidate == Candidate::Network)
                {
                    text += " Its network was then trained anew on all rows, for as many passes over them.";
                }
                text
            }
            None => "No rows were held back, so nothing is known of how well this forecasts.".to_string(),
        }
    }

    /// The rows that the score is about, in words.
    fn rows_held_back(&self) -> String {
        let parts = &self.plan.parts;
        let longest = parts.splits.iter().map(|s| s.end - s.valid_end).max().unwrap_or(0);
        match longest {
            _ if parts.test.is_some() => "the test rows".to_string(),
            1 => "the last row".to_string(),
            longest => format!("the last {longest} rows"),
        }
    }

    fn source(&self) -> Source<'_> {
        Source { dataset: self.dataset, table: self.table, config: &self.plan.config }
    }

    fn panel(&self, forecast: &ChannelForecast, held_back: Option<&Judged>) -> Panel {
        let ChannelForecast { series, channel, origin, .. } = *forecast;
        let source = self.source();
        let shown = (HISTORY_HORIZONS * self.plan.config.horizon).clamp(LEAST_HISTORY, MOST_HISTORY);
        Panel {
            name: source.name(series, channel),
            time: source.time_axis(),
            value: source.value_axis(channel),
            history: source.history(series, channel, origin.saturating_sub(shown)..origin),
            held_back: held_back.and_then(|held| self.held_back_rows(forecast, held)),
            forecast: source.steps(forecast),
            quantile_levels: self.plan.config.quantiles.clone(),
            note: None,
        }
    }

    /// The last rows of the series beside what was forecast of them; `None` where they were not held back.
    fn held_back_rows(&self, forecast: &ChannelForecast, held: &Judged) -> Option<super::HeldBack> {
        let before = held.forecasts.get(&(forecast.series, forecast.channel))?;
        let series = &self.table.series()[forecast.series];
        // The latest forecast whose whole horizon is known, else the one of which most is.
        let horizon = self.plan.config.horizon;
        let before = before.iter().rev().find(|f| f.origin + horizon <= series.len()).or(before.first())?;
        let origin = before.origin;
        let ahead = horizon.min(series.len() - origin);
        let mut naive = Vec::new();
        seasonal_naive(series, forecast.channel, self.plan.config.season, origin, ahead, &mut naive);
        let row = |h: usize| HeldBackRow {
            position: (origin + h) as f64,
            label: self.source().time(forecast.series, origin + h),
            truth: series.observed(origin + h, forecast.channel),
            model: before.point[h],
            baseline: naive[h],
        };
        Some(super::HeldBack { rows: (0..ahead).map(row).collect() })
    }
}

/// Errors of the forecasts on the held-back rows, by which panels are picked.
fn errors(forecasts: &[ChannelForecast], held_back: Option<&Judged>) -> Vec<f64> {
    let scores = held_back.into_iter().flat_map(|held| &held.score.series);
    let known: HashMap<(usize, usize), f64> = scores.map(|s| ((s.series, s.channel), s.model.mase.unwrap_or(s.model.mae))).collect();
    forecasts.iter().map(|forecast| known.get(&(forecast.series, forecast.channel)).copied().unwrap_or(f64::NAN)).collect()
}

/// Which columns are forecast by their mean, for most of their values are zero and so is their median.
pub fn notes_on_means(dataset: &Dataset, forecaster: &Forecaster) -> Vec<String> {
    let Some(combination) = forecaster.combination() else { return Vec::new() };
    let means = dataset.channels[..dataset.targets].iter().enumerate().filter(|(channel, _)| combination.is_mean(*channel));
    means
        .map(|(_, name)| format!("note: most values of \"{name}\" are zero: forecast is the mean, and q0.5 beside it the median"))
        .collect()
}

/// Where rows are so few that the answer rests on less than a reader may think.
pub fn notes_on_lengths(plan: &Plan, table: &Table<'_>) -> Vec<String> {
    let config = &plan.config;
    let lengths = || table.series().iter().map(|s| s.len());
    let (count, least) = (lengths().count(), config.least_past());
    let longest = lengths().max().unwrap_or(0);
    let mut notes = Vec::new();
    if config.horizon > longest {
        notes.push(format!(
            "warning: the horizon of {} rows is longer than the history of {longest}: what lies beyond as many rows as are known is a guess",
            config.horizon
        ));
    }
    let short = lengths().filter(|len| *len < least).count();
    if !plan.network && plan.options.train != Some(Train::None) {
        notes.push(
            "note: too few rows to train a network: the prior and simple methods forecast alone (⦃train⦄ full trains one all the same)"
                .to_owned(),
        );
    } else if short > 0 && plan.combine.is_some() {
        notes.push(format!(
            "note: {short} of {count} series have less than {least} rows, too few for the network: the prior and simple methods forecast them"
        ));
    }
    notes
}
