//! The walk over a table: the window that a forecast reads, which of its rows it hangs on, and where gates stand by weekday, hour, month and season.

use gatewise_data::{Dataset, Frequency, Time};
use gatewise_kernels::Cpu;

use super::column::Column;
use super::network::{Extent, Trace};
use super::record::{Answer, Form, Group, Network, RowUse, Series, Source, Walk};
use crate::batch::{Batch, Source as _};
use crate::error::Error;
use crate::probe::unroll::Unrolled;
use crate::task::forecast::{ForecastConfig, Forecaster, Plan, Scales, Table, Windows, training_scales};
use crate::task::subject::{Subject, sized};
use crate::train::{Session, probe_count, spread};

/// Windows over which gates are averaged by the calendar.
const AVERAGED: usize = 120;
/// A row is moved by this share of the window's spread to see what the forecast makes of it.
const MOVED: f64 = 1e-2;
/// Rows that are moved at once: windows of them lie side by side in memory.
const MOVED_AT_ONCE: usize = 32;
/// Longest season whose places are told one by one.
const LONGEST_SEASON: usize = 60;
/// Steps of a relative difference of a loss's point forecast.
const NUDGE: f64 = 1e-5;

/// Trains a forecaster of one network with another cell and about as many parameters, as `plan` says. None where it was stopped.
///
/// # Errors
/// As a training.
pub fn train_cell(
    table: &Table<'_>,
    plan: &Plan,
    cell: gatewise_kernels::Cell,
    session: &mut Session<'_>,
) -> Result<Option<Forecaster>, Error> {
    let Some(subject) = Subject::trained(table, plan, cell, session)? else { return Ok(None) };
    let scales = training_scales(table, &plan.config, &plan.parts.splits);
    Ok(Some(Forecaster::new(sized(&plan.config, cell), scales, vec![subject.model])?))
}

/// A walk of forecasters over the end of a table's first series, as its first target is forecast from there.
///
/// # Errors
/// A series that is too short, a table that does not fit, or a forecaster without a network.
pub fn walk_series(cpu: &Cpu, forecasters: &mut [(String, Forecaster)], dataset: &Dataset) -> Result<Walk, Error> {
    let table = Table::of(dataset);
    let table = forecasters.first().map_or(table.clone(), |(_, forecaster)| forecaster.looked_back_on(table));
    let mut notes = Vec::new();
    if dataset.series.len() > 1 {
        notes.push(format!("The first of {} series is shown, {}.", dataset.series.len(), dataset.series[0].id));
    }
    if dataset.targets > 1 {
        notes.push(format!("Of {} columns the forecast of {} is followed.", dataset.targets, dataset.channels[0]));
    }
    let rows = table.series()[0].len();
    let (mut networks, mut used, mut groups, mut shown) = (Vec::new(), Vec::new(), Vec::new(), None);
    let layers: usize = forecasters.iter().map(|(_, f)| f.config().network.layers).sum();
    for (name, forecaster) in forecasters.iter_mut() {
        forecaster.check_network()?;
        forecaster.check(&table)?;
        if forecaster.members().len() > 1 {
            notes.push(format!("The first of {} networks of {name} is opened.", forecaster.members().len()));
        }
        if forecaster.combination().is_some() {
            notes.push(format!("The model's forecast weighs {name} with simple methods; what is shown is the network's own forecast."));
        }
        let config = forecaster.config().clone();
        let scales = forecaster.scales_for(&table, |s| table.series()[s].len());
        let only = |s: usize| if s == 0 { rows..rows + 1 } else { 0..0 };
        let windows = Windows::new(&table, &config, &scales, 1, false, only);
        if windows.len() == 0 {
            let error =
                Error::data(format!("{}: {rows} rows are too few, the network looks back on {}", dataset.path, config.least_past()));
            return Err(error.help("give more rows"));
        }
        let (window, mut batch) = (windows.window(0), Batch::default());
        windows.fill(&[0], &mut batch);
        let model = forecaster.members()[0].cast::<f32>();
        let derivative = |_: usize, raw: &[f64]| Some(slope_of_point(&config, raw));
        let trace = Trace::with(cpu, &model, &batch, &derivative, &Extent::of_page(batch.layout.time(), layers));
        let past = windows.past(&window);
        let mut point = Vec::new();
        let mut all = forecaster_of_one(forecaster, &config, &scales)?;
        all.predict_windows(cpu, &windows, &mut |prediction| {
            if point.is_empty() {
                point = prediction.point.iter().step_by(config.window_targets()).map(|&p| p as f32).collect();
            }
        });
        used.push(RowUse {
            name: name.clone(),
            by_row: by_row(cpu, &mut all, &table, &config, &scales, past),
            linear: linear(&model, &config, past),
        });
        groups.extend(by_calendar(cpu, &model, &windows_of_all(&table, &config, &scales), dataset, &config, name));
        let last = trace.answered.last().copied().unwrap_or(0);
        let answer = Answer { step: last, top: Vec::new(), truth: None, p: None, value: point.first().map(|&p| f64::from(p)) };
        networks.push(Network::new(name, &model, trace, vec![answer]));
        shown = Some((config, past, point));
    }
    let (config, past, forecast) = shown.ok_or_else(|| Error::usage("a walk needs a network"))?;
    let series = &dataset.series[0];
    let time = |row: usize| dataset.format_time(&series.times[row]);
    let seen: Vec<usize> = (rows - past..rows).collect();
    let ahead = (0..config.horizon).map(|h| dataset.format_time(&dataset.frequency.next(&series.times[rows - 1], h as i64 + 1)));
    let columns = columns(&seen, config.segment, &time);
    let steps = columns.len();
    Ok(Walk {
        task: "forecast",
        form: Form::ManyToOne,
        unit: "row",
        source: Source { name: dataset.path.clone(), total: rows, from: rows - past, to: rows, direction: "ltr" },
        notes,
        trained_here: false,
        columns,
        steps,
        stop: None,
        networks,
        memory: None,
        runs: Vec::new(),
        recall: None,
        series: Some(Series {
            target: dataset.channels[0].clone(),
            times: seen.iter().map(|&row| time(row)).collect(),
            values: seen.iter().map(|&row| table.series()[0].at(row, 0) as f32).collect(),
            horizon: ahead.collect(),
            forecast,
            networks: used,
            groups,
        }),
    })
}

/// A column a step: the rows that it reads, by their times. A first segment that the rows do not fill is the shorter one.
fn columns(seen: &[usize], segment: usize, time: &dyn Fn(usize) -> String) -> Vec<Column> {
    let lead = seen.len() % segment;
    let (first, rest) = seen.split_at(lead);
    let parts = (!first.is_empty()).then_some(first).into_iter().chain(rest.chunks(segment));
    let column = |(step, rows): (usize, &[usize])| {
        let (from, to) = (rows[0], rows[rows.len() - 1]);
        let label = if rows.len() > 1 { Some(format!("{} … {}", time(from), time(to))) } else { None };
        Column { text: time(to), first: Some(step), last: Some(step), known: true, label }
    };
    parts.enumerate().map(column).collect()
}

/// A forecaster of the first network alone.
fn forecaster_of_one(forecaster: &Forecaster, config: &ForecastConfig, scales: &Scales) -> Result<Forecaster, Error> {
    Ok(Forecaster::new(config.clone(), scales.clone(), vec![forecaster.members()[0].cast()])?)
}

/// The derivative of the mean forecast of the first target by what the head says, (horizon, targets, width).
fn slope_of_point(config: &ForecastConfig, raw: &[f64]) -> Vec<f64> {
    let (targets, horizon) = (config.window_targets(), config.horizon);
    let mean = |raw: &[f64]| {
        let mut point = vec![0.0; horizon * targets];
        config.loss.point(raw, &mut point);
        point.iter().step_by(targets).sum::<f64>() / horizon as f64
    };
    let mut moved = raw.to_vec();
    let slope = |k: usize| {
        let step = NUDGE * raw[k].abs().max(1.0);
        moved[k] = raw[k] + step;
        let up = mean(&moved);
        moved[k] = raw[k] - step;
        let down = mean(&moved);
        moved[k] = raw[k];
        (up - down) / (2.0 * step)
    };
    (0..raw.len()).map(slope).collect()
}

/// |∂ mean of the forecast / ∂ row| by central differences: by the network, the linear path, and the level that is taken off the window.
fn by_row(cpu: &Cpu, forecaster: &mut Forecaster, table: &Table<'_>, config: &ForecastConfig, scales: &Scales, past: usize) -> Vec<f32> {
    let (series, channels) = (&table.series()[0], table.channels());
    let first = series.len() - past;
    let values: Vec<f64> = (first..series.len()).flat_map(|row| (0..channels).map(move |channel| series.at(row, channel))).collect();
    let own = || (0..past).map(|row| values[row * channels]);
    let mean = own().sum::<f64>() / past as f64;
    let spread = (own().map(|v| (v - mean).powi(2)).sum::<f64>() / past as f64).sqrt();
    let usual = MOVED * if spread > 0.0 { spread } else { mean.abs().max(1.0) };
    // On the logarithmic scale a row moves by a share of itself.
    let step = |row: usize| if config.log { MOVED * values[row * channels].abs() } else { usual };
    let mut slopes = Vec::with_capacity(past);
    for rows in (0..past).collect::<Vec<_>>().chunks(MOVED_AT_ONCE) {
        let moved: Vec<Vec<f64>> = rows
            .iter()
            .flat_map(|&row| [(row, 1.0), (row, -1.0)])
            .map(|(row, sign)| {
                let mut values = values.clone();
                values[row * channels] += sign * step(row);
                values
            })
            .collect();
        let copies = Table::new(moved.iter().map(|values| (series.id, values.as_slice())), channels, table.targets());
        let windows = Windows::new(&copies, config, scales, 1, false, |_| past..past + 1);
        // Of windows with a channel each, the first.
        let mut means = Vec::with_capacity(2 * rows.len());
        forecaster.predict_windows(cpu, &windows, &mut |prediction| {
            if prediction.window.channel == 0 {
                let targets = config.window_targets();
                means.push(prediction.point.iter().step_by(targets).sum::<f64>() / config.horizon as f64);
            }
        });
        slopes.extend(means.chunks_exact(2).zip(rows).map(|(pair, &row)| ((pair[0] - pair[1]) / (2.0 * step(row))).abs() as f32));
    }
    slopes
}

/// That of the linear path: the mean of its weights over the horizon. Empty without one, and on the logarithmic scale, where it is no slope of values.
fn linear(model: &crate::model::Model<f32>, config: &ForecastConfig, past: usize) -> Vec<f32> {
    let Some(weight) = model.get("skip.weight").filter(|_| !config.log) else { return Vec::new() };
    let lookback = config.lookback;
    let mean = |l: usize| weight.chunks_exact(lookback).map(|row| row[l]).sum::<f32>() / config.horizon as f32;
    (lookback - past..lookback).map(|l| mean(l).abs()).collect()
}

/// Windows of the first series, spread over all of it.
fn windows_of_all<'a>(table: &'a Table<'a>, config: &ForecastConfig, scales: &Scales) -> Windows<'a> {
    let rows = table.series()[0].len();
    Windows::new(table, config, scales, 1, false, |s| if s == 0 { config.lookback.min(rows)..rows + 1 } else { 0..0 })
}

/// Mean of each watched gate of the first layer by weekday, hour, month and place in the season, where a step is short enough to tell them apart.
fn by_calendar(
    cpu: &Cpu,
    model: &crate::model::Model<f32>,
    windows: &Windows<'_>,
    dataset: &Dataset,
    config: &ForecastConfig,
    name: &str,
) -> Vec<Group> {
    let gates = config.network.cell.spec().watched;
    if gates.is_empty() || windows.len() == 0 {
        return Vec::new();
    }
    let mut batch = Batch::default();
    // Where every target has windows of its own, those of the first come first.
    let own = if config.window_targets() == dataset.targets { windows.len() } else { windows.len() / dataset.targets };
    let chosen: Vec<usize> = spread(0, own, AVERAGED.min(4 * probe_count(model, config.steps())));
    windows.fill(&chosen, &mut batch);
    let run = Unrolled::run(cpu, model, &batch);
    let (hidden, times) = (config.network.hidden, &dataset.series[0].times);
    let season = config.season;
    type Place = fn(&Time) -> Option<usize>;
    let calendar: [(&'static str, Place, Vec<String>); 3] = [
        ("weekday", |t| date(t).map(|d| d.0), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(String::from).to_vec()),
        ("hour", |t| date(t).map(|d| d.1), (0..24).map(|h| h.to_string()).collect()),
        ("month", |t| date(t).map(|d| d.2), (1..=12).map(|m| m.to_string()).collect()),
    ];
    type Kind<'a> = (&'static str, Vec<String>, Box<dyn Fn(usize) -> Option<usize> + 'a>);
    let mut all: Vec<Kind<'_>> = Vec::new();
    let told = match dataset.frequency {
        Frequency::Clock(_) | Frequency::Sessions(_) => &["weekday", "hour", "month"][..],
        Frequency::Days(1) | Frequency::BusinessDays => &["weekday", "month"],
        Frequency::Days(_) | Frequency::Months { .. } | Frequency::BusinessMonths { .. } => &["month"],
        _ => &[],
    };
    let calendar: Vec<_> = calendar.into_iter().filter(|(name, ..)| told.contains(name)).collect();
    // A season that the calendar names is told by its names.
    let is_named = calendar.iter().any(|(.., labels)| labels.len() == season);
    for (name, place, labels) in calendar {
        all.push((name, labels, Box::new(move |row| place(&times[row]))));
    }
    if season > 1 && season <= LONGEST_SEASON && !is_named {
        all.push(("season", (1..=season).map(|k| k.to_string()).collect(), Box::new(move |row| Some(row % season))));
    }
    let mut groups = Vec::new();
    for (kind, labels, place) in all {
        let mut sums = vec![vec![0.0; labels.len()]; gates.len()];
        let mut counts = vec![0_usize; labels.len()];
        for (item, &number) in chosen.iter().enumerate() {
            let (window, b) = (windows.window(number), batch.place(item));
            for t in 0..run.layout().length(b) {
                // The last row of the step.
                let row = window.origin - 1 - (run.layout().length(b) - 1 - t) * config.segment;
                let Some(place) = place(row) else { continue };
                let step = run.step(0, false, t, b);
                counts[place] += 1;
                for (sums, (_, gate)) in sums.iter_mut().zip(gates) {
                    sums[place] += step.gates[gate * hidden..][..hidden].iter().sum::<f64>() / hidden as f64;
                }
            }
        }
        let seen: Vec<usize> = (0..labels.len()).filter(|&k| counts[k] > 0).collect();
        if seen.len() > 1 {
            groups.push(Group {
                name: kind,
                labels: seen.iter().map(|&k| labels[k].clone()).collect(),
                network: name.to_owned(),
                gates: gates
                    .iter()
                    .zip(&sums)
                    .map(|((gate, _), sums)| (*gate, seen.iter().map(|&k| sums[k] / counts[k] as f64).collect()))
                    .collect(),
            });
        }
    }
    groups
}

/// Weekday from Monday, hour, and month from January; none of a row number.
fn date(time: &Time) -> Option<(usize, usize, usize)> {
    match time {
        Time::Date(at) => Some((at.weekday().to_monday_zero_offset() as usize, at.hour() as usize, at.month() as usize - 1)),
        Time::Index(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Loss;

    #[test]
    fn steps_of_several_rows_are_named_by_their_times() {
        let time = |row: usize| format!("t{row}");
        let columns = columns(&[3, 4, 5, 6, 7], 2, &time);
        let told: Vec<(&str, Option<&str>)> = columns.iter().map(|c| (c.text.as_str(), c.label.as_deref())).collect();
        assert_eq!(told, [("t3", None), ("t5", Some("t4 … t5")), ("t7", Some("t6 … t7"))]);
    }

    #[test]
    fn the_slope_of_a_quantile_forecast_is_that_of_its_median() {
        let config: ForecastConfig = serde_json::from_value(serde_json::json!({
            "horizon": 2, "lookback": 4, "segment": 1, "season": 1, "channels": "independent", "normalize": "none", "log": false, "nonnegative": false,
            "targets": 1, "covariates": 0, "quantiles": [],
            "loss": serde_json::to_value(Loss::Mse).unwrap(),
            "network": {"cell": "lstm", "hidden": 2, "layers": 1, "dropout": 0.0, "layer_norm": false, "skip": true},
        }))
        .unwrap();
        let slope = slope_of_point(&config, &[3.0, -2.0]);
        assert!(slope.iter().all(|s| (s - 0.5).abs() < 1e-9), "{slope:?}");
    }
}
