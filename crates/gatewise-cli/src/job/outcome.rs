//! The report of a run: what it found out, put together for the page.

use gatewise::task::forecast::{Forecaster, Prediction, Window, seasonal_naive};
use gatewise::train::Summary;
use gatewise_data::Severity;

use super::Run;
use super::held_back::HeldBack;
use crate::data::time_at;
use crate::progress::time;
use crate::report::{EpochRow, ForecastReport, ForecastRow, HeldBackRow, MAX_PANELS, MetricRow, Panel, pick_panels};
use crate::score::{self, Measure};
use crate::talk::describe;

/// Rows of history that a panel shows, in horizons; at least [`LEAST_HISTORY`].
const HISTORY_HORIZONS: usize = 8;

/// Fewest rows of history that a panel shows.
const LEAST_HISTORY: usize = 60;

/// Most rows of history that a panel shows.
const MOST_HISTORY: usize = 2_000;

impl Run<'_> {
    pub(super) fn report(
        &self,
        forecaster: &Forecaster,
        held_back: Option<&HeldBack>,
        predictions: &[Prediction],
        epochs: Vec<EpochRow>,
        summaries: &[Summary],
    ) -> anyhow::Result<ForecastReport> {
        let all: Vec<Place> = predictions.iter().flat_map(|p| self.places(p)).collect();
        let errors: Vec<f64> = all.iter().map(|place| place.error(held_back)).collect();
        let panels = pick_panels(&errors, MAX_PANELS).into_iter().map(|at| self.panel(&all[at], held_back)).collect();
        let warnings = self.dataset.findings.iter().filter(|f| f.severity != Severity::Note).map(|f| describe(&self.dataset.path, f));
        let name = std::path::Path::new(&self.dataset.path).file_name().map_or(self.dataset.path.as_str().into(), |n| n.to_string_lossy());
        Ok(ForecastReport {
            title: format!("Forecast of {name}"),
            command: self.command.clone(),
            created: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            facts: self.facts(forecaster, summaries),
            guesses: self.plan.guesses.iter().map(|g| (g.what.clone(), g.value.clone(), g.flag.clone())).collect(),
            warnings: warnings.collect(),
            metrics: held_back.map(metrics).unwrap_or_default(),
            verdict: self.verdict(held_back),
            epochs,
            panels,
            total_panels: all.len(),
            settings: String::from_utf8_lossy(&std::fs::read(self.folder.file("config.toml")).unwrap_or_default()).into_owned(),
        })
    }

    /// One place in the report for each target of a window.
    fn places<'a>(&self, prediction: &'a Prediction) -> Vec<Place<'a>> {
        let targets = prediction.point.len() / self.plan.config.horizon;
        let channel = |index: usize| if targets == 1 { prediction.window.channel } else { index };
        (0..targets).map(|index| Place { prediction, index, targets, channel: channel(index) }).collect()
    }

    fn facts(&self, forecaster: &Forecaster, summaries: &[Summary]) -> Vec<(String, String)> {
        let config = forecaster.config();
        let model = &forecaster.members()[0];
        let fact = |name: &str, value: String| (name.to_string(), value);
        let seconds: f64 = summaries.iter().map(|s| s.elapsed).sum();
        let steps: u64 = summaries.iter().map(|s| s.steps).sum();
        let network = serde_json::to_value(config.network.cell).ok().and_then(|v| v.as_str().map(str::to_uppercase)).unwrap_or_default();
        let mut facts = vec![
            fact("data", format!("{} series, {} rows, {}", self.dataset.series.len(), self.dataset.rows(), self.dataset.frequency)),
            fact(
                "network",
                format!("{network}, {} × {} hidden units over {} steps", config.network.layers, config.network.hidden, config.steps()),
            ),
            fact("parameters", model.params().values.len().to_string()),
            fact("training", format!("{steps} steps in {}", time(seconds))),
            fact("seed", self.plan.training.train.seed.to_string()),
            fact(
                "kernels",
                format!("{}, threads: {}", self.cpu.isa().with_products(self.plan.training.train.precision()), self.cpu.threads()),
            ),
        ];
        if forecaster.members().len() > 1 {
            facts.push(fact("networks", forecaster.members().len().to_string()));
        }
        facts
    }

    fn verdict(&self, held_back: Option<&HeldBack>) -> String {
        match held_back {
            Some(held) => {
                let rows = if self.plan.settings.forecast.test_from.is_some() {
                    "the test rows".to_string()
                } else {
                    format!("the last {} rows", self.plan.config.horizon)
                };
                let mut text = score::verdict(&held.score, &rows);
                if self.refits() {
                    text += " The forecast beyond the end comes from a network trained anew on all rows, for as many steps.";
                }
                text
            }
            None => "No rows were held back, so nothing is known of how well this forecasts.".to_string(),
        }
    }

    fn panel(&self, place: &Place<'_>, held_back: Option<&HeldBack>) -> Panel {
        let Place { prediction, index, targets, channel } = *place;
        let Window { series, origin, .. } = prediction.window;
        let values = &self.table.series()[series];
        let shown = (HISTORY_HORIZONS * self.plan.config.horizon).clamp(LEAST_HISTORY, MOST_HISTORY);
        let label = |row: usize| self.dataset.format_time(&time_at(self.dataset, series, row));
        let history = (origin.saturating_sub(shown)..origin).map(|row| (row as f64, label(row), values.at(row, channel))).collect();
        let levels = self.plan.config.quantiles.len();
        let row = |h: usize| {
            let at = h * targets + index;
            ForecastRow {
                position: (origin + h) as f64,
                label: label(origin + h),
                median: prediction.point[at],
                quantiles: prediction.quantiles[at * levels..(at + 1) * levels].to_vec(),
            }
        };
        let id = &self.dataset.series[series].id;
        let name = [id.as_str(), &self.dataset.channels[channel]];
        let name: Vec<&str> = if self.dataset.series.len() > 1 && self.dataset.targets == 1 {
            vec![id]
        } else {
            name.into_iter().filter(|n| !n.is_empty()).collect()
        };
        Panel {
            name: name.join(", "),
            history,
            held_back: held_back.and_then(|held| self.held_back_rows(place, held)),
            forecast: (0..self.plan.config.horizon).map(row).collect(),
            quantile_levels: self.plan.config.quantiles.clone(),
            note: None,
        }
    }

    /// The last rows of the series beside what was forecast of them; `None` where they were not held back.
    fn held_back_rows(&self, place: &Place<'_>, held: &HeldBack) -> Option<crate::report::HeldBack> {
        let window = place.prediction.window;
        let before = held.predictions.get(&(window.series, window.channel))?;
        let series = &self.table.series()[window.series];
        let origin = before.window.origin;
        let ahead = self.plan.config.horizon.min(series.len() - origin);
        let mut naive = Vec::new();
        seasonal_naive(series, place.channel, self.plan.config.season, origin, ahead, &mut naive);
        let row = |h: usize| HeldBackRow {
            position: (origin + h) as f64,
            label: self.dataset.format_time(&time_at(self.dataset, window.series, origin + h)),
            truth: series.at(origin + h, place.channel),
            model: before.point[h * place.targets + place.index],
            baseline: naive[h],
        };
        Some(crate::report::HeldBack { rows: (0..ahead).map(row).collect() })
    }
}

/// One target of one window.
struct Place<'a> {
    prediction: &'a Prediction,
    index: usize,
    targets: usize,
    channel: usize,
}

impl Place<'_> {
    /// The model's error on the held-back rows, by which panels are picked.
    fn error(&self, held_back: Option<&HeldBack>) -> f64 {
        let mine = |s: &&gatewise::task::forecast::SeriesScore| s.series == self.prediction.window.series && s.channel == self.channel;
        let score = held_back.and_then(|held| held.score.series.iter().find(mine));
        score.map_or(f64::NAN, |s| s.model.mase.unwrap_or(s.model.mae))
    }
}

fn metrics(held: &HeldBack) -> Vec<MetricRow> {
    let pairs = score::measures(&held.score.model).into_iter().zip(score::measures(&held.score.baseline));
    let row = |((name, model), (_, baseline)): (Measure, Measure)| {
        let baselines = vec![("seasonal naive".to_string(), baseline?)];
        Some(MetricRow { name: name.to_string(), model: model?, baselines, lower_is_better: true })
    };
    pairs.filter_map(row).collect()
}
