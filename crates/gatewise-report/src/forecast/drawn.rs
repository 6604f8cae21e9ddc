//! Forecasts of known rows for the page: which of them are drawn, and their names and times.

use std::collections::BTreeMap;
use std::ops::Range;

use gatewise::task::forecast::{ChannelForecast, ForecastConfig, Score, Table, time_at};
use gatewise_data::Dataset;

use super::panel::shown_of_window;
use super::{Backtest, ForecastRow, Panel, pick_panels};
use crate::number::plain;

/// Windows drawn.
const WINDOWS: usize = 12;
/// Windows of a series or channel that are drawn where there are many of them, and those of one that are drawn even where they overlap.
const OF_EACH: usize = 4;
/// Steps drawn over all windows.
const STEPS: usize = 4_000;
/// Forecasts of a single step that one drawing holds.
const SINGLE_STEPS: usize = 120;
/// Series and channels whose forecasts are kept until it is known which are drawn.
const KEPT: usize = 200;

/// Forecasts of each series and channel, in order of time.
pub type Forecasts = BTreeMap<(usize, usize), Vec<ChannelForecast>>;

/// A table with its names and times.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The table as it was read.
    pub dataset: &'a Dataset,
    /// Its series.
    pub table: &'a Table<'a>,
    /// What is forecast of them.
    pub config: &'a ForecastConfig,
}

impl Source<'_> {
    /// The name of the table's file.
    pub(super) fn file(&self) -> String {
        let path = self.dataset.path.as_str();
        std::path::Path::new(path).file_name().map_or(path.into(), |n| n.to_string_lossy()).into_owned()
    }

    /// The name of a series or channel.
    pub(super) fn name(&self, series: usize, channel: usize) -> String {
        let id = self.dataset.series[series].id.as_str();
        let name = [id, &self.dataset.channels[channel]];
        let name: Vec<&str> = if self.dataset.series.len() > 1 && self.dataset.targets == 1 {
            vec![id]
        } else {
            name.into_iter().filter(|n| !n.is_empty()).collect()
        };
        name.join(", ")
    }

    /// What the time axis counts: the column of times, or rows.
    pub(super) fn time_axis(&self) -> String {
        self.dataset.time_column.clone().unwrap_or_else(|| "row".to_owned())
    }

    /// What the values of a channel are.
    pub(super) fn value_axis(&self, channel: usize) -> String {
        Some(self.dataset.channels[channel].clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| "value".to_owned())
    }

    /// The time of a row, which may lie behind the last one.
    pub(super) fn time(&self, series: usize, row: usize) -> String {
        self.dataset.format_time(&time_at(self.dataset, series, row))
    }

    /// Rows of a series as they are drawn.
    pub(super) fn history(&self, series: usize, channel: usize, rows: Range<usize>) -> Vec<(f64, String, f64)> {
        let values = &self.table.series()[series];
        rows.map(|row| (row as f64, self.time(series, row), values.observed(row, channel))).collect()
    }

    /// The steps of a forecast.
    pub(super) fn steps(&self, forecast: &ChannelForecast) -> Vec<ForecastRow> {
        let levels = self.config.quantiles.len();
        let row = |(h, median): (usize, &f64)| ForecastRow {
            position: (forecast.origin + h) as f64,
            label: self.time(forecast.series, forecast.origin + h),
            median: *median,
            quantiles: forecast.quantiles[h * levels..][..levels].to_vec(),
        };
        forecast.point.iter().enumerate().map(row).collect()
    }

    /// Forecasts of a series or channel that follow each other, drawn into the rows they are of; `named` where the page shows several series.
    fn drawing(&self, forecasts: &[&ChannelForecast], score: &Score, named: bool) -> Option<Panel> {
        let ChannelForecast { series, channel, origin, .. } = **forecasts.first()?;
        let values = &self.table.series()[series];
        let known = |f: &&ChannelForecast| self.steps(f).into_iter().take(values.len() - f.origin).collect::<Vec<_>>();
        let steps: Vec<ForecastRow> = forecasts.iter().flat_map(known).collect();
        let last = forecasts.last().map_or(origin, |f| f.origin);
        let end = values.len().min(last + self.config.horizon);
        let pairs =
            || steps.iter().map(|step| (step, values.observed(step.position as usize, channel))).filter(|(_, truth)| !truth.is_nan());
        let count = pairs().count();
        let mae = pairs().map(|(step, truth)| (step.median - truth).abs()).sum::<f64>() / count.max(1) as f64;
        let mut note = format!("MAE {}", plain(mae));
        let levels = &self.config.quantiles;
        if let (Some(widest), [low, .., high]) = (score.coverage.first(), &levels[..])
            && (high - low - widest.nominal).abs() < 1e-6
        {
            let last = levels.len() - 1;
            let inside = pairs().filter(|(step, truth)| (step.quantiles[0]..=step.quantiles[last]).contains(truth)).count();
            note += &match (count, inside) {
                (1, 1) => format!("; the value lies in the {:.0} % interval", 100.0 * widest.nominal),
                (1, _) => format!("; the value lies outside the {:.0} % interval", 100.0 * widest.nominal),
                (all, inside) => format!("; {inside} of {all} values lie in the {:.0} % interval", 100.0 * widest.nominal),
            };
        }
        let rows = match forecasts.len() {
            1 => format!("from {} on", self.time(series, origin)),
            _ => format!("from {} to {}", self.time(series, origin), self.time(series, last)),
        };
        Some(Panel {
            name: if named { format!("{}, {rows}", self.name(series, channel)) } else { rows },
            time: self.time_axis(),
            value: self.value_axis(channel),
            history: self.history(series, channel, end.saturating_sub(shown_of_window(end - origin))..end),
            held_back: None,
            forecast: steps,
            quantile_levels: levels.clone(),
            note: Some(note),
        })
    }

    /// What the page shows of `score`; `about` says which rows they are. Forecasts are drawn of the series and channels forecast best and worst.
    pub(super) fn backtest(&self, about: String, score: &Score, forecasts: &Forecasts) -> Backtest {
        let named = score.series.len() > 1;
        let horizon = self.config.horizon;
        let errors: BTreeMap<(usize, usize), f64> =
            score.series.iter().map(|s| ((s.series, s.channel), s.model.mase.unwrap_or(s.model.mae))).collect();
        let sequences: Vec<&(usize, usize)> = forecasts.keys().collect();
        let errors: Vec<f64> = sequences.iter().map(|s| errors.get(s).copied().unwrap_or(f64::NAN)).collect();
        let mut room = WINDOWS.min((STEPS / horizon).max(1));
        // Steps that follow each other share a drawing.
        let of_each = if horizon == 1 { OF_EACH } else { forecasts.values().map(Vec::len).max().unwrap_or(1).clamp(1, OF_EACH) };
        let drawn = pick_panels(&errors, room.div_ceil(of_each));
        let (mut windows, mut overlapping, mut shown) = (Vec::new(), Vec::new(), 0);
        for &at in &drawn {
            let of_one: Vec<&ChannelForecast> = forecasts[sequences[at]].iter().collect();
            if horizon == 1 {
                let latest = &of_one[of_one.len().saturating_sub(SINGLE_STEPS)..];
                shown += latest.len();
                windows.extend(self.drawing(latest, score, named));
                continue;
            }
            let origins: Vec<usize> = of_one.iter().map(|f| f.origin).collect();
            let (apart, more) = spread(&origins, horizon, share(drawn.len()).min(room));
            shown += apart.len() + more.len();
            room -= apart.len() + more.len();
            windows.extend(apart.iter().filter_map(|&at| self.drawing(&of_one[at..=at], score, named)));
            overlapping.extend(more.iter().filter_map(|&at| self.drawing(&of_one[at..=at], score, named)));
        }
        let names = score.series.iter().map(|s| self.name(s.series, s.channel)).collect();
        Backtest { about, horizon, score: score.clone(), names, drawn: drawn.len(), shown, windows, overlapping }
    }
}

/// Windows of each of so many series and channels that are drawn.
fn share(sequences: usize) -> usize {
    (WINDOWS / sequences.max(1)).max(OF_EACH)
}

/// Which of the windows that begin at `origins` are drawn, `most` in all: those that do not overlap or hardly do, spread over all; and more.
fn spread(origins: &[usize], horizon: usize, most: usize) -> (Vec<usize>, Vec<usize>) {
    let (Some(first), Some(last)) = (origins.first(), origins.last()) else { return Default::default() };
    let side_by_side = (last - first) / horizon.max(1) + 1;
    let all: Vec<usize> = (0..origins.len()).collect();
    let apart = even(&all, side_by_side.max(OF_EACH).min(most));
    let rest: Vec<usize> = all.into_iter().filter(|at| !apart.contains(at)).collect();
    let more = even(&rest, most - apart.len());
    (apart, more)
}

/// So many of them at even distances, the first and the last among them; of one alone the last.
fn even(of: &[usize], count: usize) -> Vec<usize> {
    let last = of.len().saturating_sub(1);
    match count {
        0 => Vec::new(),
        _ if count >= of.len() => of.to_vec(),
        1 => vec![of[last]],
        _ => (0..count).map(|k| of[(k * last + (count - 1) / 2) / (count - 1)]).collect(),
    }
}

/// Forecasts kept until all are made, so that some can be drawn: few of many.
#[derive(Debug)]
pub struct Kept {
    wanted: BTreeMap<(usize, usize), Vec<usize>>,
    forecasts: Forecasts,
}

impl Kept {
    /// Of the windows that begin at `origins` of each series, for `targets` channels.
    pub fn new(origins: &[Vec<usize>], targets: usize, horizon: usize) -> Self {
        let sequences: Vec<(usize, usize)> =
            (0..origins.len()).filter(|s| !origins[*s].is_empty()).flat_map(|s| (0..targets).map(move |c| (s, c))).collect();
        let chosen = even(&(0..sequences.len()).collect::<Vec<_>>(), KEPT);
        let of_each = share(chosen.len());
        let windows = |at: usize| {
            let origins = &origins[sequences[at].0];
            if horizon == 1 {
                return (sequences[at], origins[origins.len().saturating_sub(SINGLE_STEPS)..].to_vec());
            }
            let (mut drawn, more) = spread(origins, horizon, of_each);
            drawn.extend(more);
            drawn.sort_unstable();
            (sequences[at], drawn.into_iter().map(|at| origins[at]).collect())
        };
        Self { wanted: chosen.into_iter().map(windows).collect(), forecasts: BTreeMap::new() }
    }

    /// Keeps a forecast if it may be drawn.
    pub fn add(&mut self, forecast: &ChannelForecast) {
        let sequence = (forecast.series, forecast.channel);
        if self.wanted.get(&sequence).is_some_and(|origins| origins.binary_search(&forecast.origin).is_ok()) {
            self.forecasts.entry(sequence).or_default().push(forecast.clone());
        }
    }

    /// What was kept.
    pub fn into_forecasts(self) -> Forecasts {
        self.forecasts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_do_not_overlap_come_first() {
        // Origins, horizon, most: drawn apart, and more.
        type Case<'a> = (&'a [usize], usize, usize, &'a [usize], usize);
        let airline: Vec<usize> = (0..20).map(|k| 94 + 2 * k).collect();
        let long: Vec<usize> = (0..20).map(|k| 760 + 12 * k).collect();
        let cases: [Case<'_>; 6] = [
            (&airline, 12, 12, &[94, 106, 120, 132], 8),
            (&airline, 12, 4, &[94, 106, 120, 132], 0),
            (&long, 12, 12, &[760, 784, 796, 820, 844, 868, 880, 904, 928, 952, 964, 988], 0),
            (&[3], 2, 12, &[3], 0),
            (&[5, 9], 100, 1, &[9], 0),
            (&[], 3, 12, &[], 0),
        ];
        for (origins, horizon, most, apart, more) in cases {
            let (found, rest) = spread(origins, horizon, most);
            let found: Vec<usize> = found.into_iter().map(|at| origins[at]).collect();
            assert_eq!((&found[..], rest.len()), (apart, more), "{origins:?}");
        }
    }

    #[test]
    fn few_of_many_forecasts_are_kept() {
        let forecast = |series, channel, origin| ChannelForecast { series, channel, origin, point: vec![0.0], quantiles: Vec::new() };
        let origins: Vec<Vec<usize>> = (0..1_000).map(|s| if s == 7 { Vec::new() } else { (10..110).collect() }).collect();
        let mut kept = Kept::new(&origins, 2, 5);
        for (s, origins) in origins.iter().enumerate() {
            for channel in 0..2 {
                origins.iter().for_each(|origin| kept.add(&forecast(s, channel, *origin)));
            }
        }
        let forecasts = kept.into_forecasts();
        assert_eq!(forecasts.len(), KEPT);
        assert!(forecasts.values().all(|f| f.len() == OF_EACH && f.is_sorted_by_key(|f| f.origin)));
        assert!(forecasts.contains_key(&(0, 0)) && forecasts.contains_key(&(999, 1)));

        let origins = [(0..500).collect::<Vec<_>>()];
        let mut kept = Kept::new(&origins, 1, 1);
        origins[0].iter().for_each(|origin| kept.add(&forecast(0, 0, *origin)));
        let forecasts = kept.into_forecasts();
        assert_eq!((forecasts[&(0, 0)].len(), forecasts[&(0, 0)][0].origin), (SINGLE_STEPS, 500 - SINGLE_STEPS));
    }
}
