//! `gatewise evaluate`: a trained model against the truth, beside the seasonal-naive baseline.

use std::ops::Range;
use std::process::ExitCode;

use gatewise::Precision;
use gatewise::batch::Source;
use gatewise::task::forecast::{Scorer, Windows};
use gatewise_data::{Dataset, Series};
use serde_json::json;

use crate::args::{DetectorReadArgs, EvaluateArgs};
use crate::data::{self, Place};
use crate::detect;
use crate::failure::Failure;
use crate::model::Loaded;
use crate::run_folder::Stream;
use crate::score;
use crate::table::ForecastTable;
use crate::talk::Talk;

pub fn run(args: &EvaluateArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    if let Some(language) = crate::model::language_if(&args.given.model)? {
        return crate::language::apply::evaluate(language, args, talk);
    }
    if detect::is_detector(&args.given.model) {
        return detect::evaluate(args, talk);
    }
    if args.detector != DetectorReadArgs::default() {
        return Err(Failure::usage("--states and --ignore are for detectors; this is no such model").into());
    }
    if let Some(model) = crate::classify::apply::Loaded::load_if(&args.given.model)? {
        return crate::classify::apply::evaluate(model, args, talk);
    }
    // The result is one JSON object: nothing else may stand on standard output.
    let (json, talk) = (talk.json(), talk.without_events());
    let cpu = super::cpu(args.given.threads)?;
    let mut model = Loaded::load(&args.given.model)?;
    let mut dataset = model.read(&args.given.data, &args.given.read, talk)?;
    let mut starts = None;
    if let Some(history) = &args.history {
        let before = model.read(history, &args.given.read, talk)?;
        starts = Some(prepend(&mut dataset, before)?);
    }
    let parts = test_parts(args, &dataset, &model, starts.as_deref())?;
    let table = data::table(&dataset);
    let config = model.forecaster.config().clone();
    let scales = model.scales(&table, |s| parts[s].start);
    let stride = if args.rolling { args.stride } else { usize::MAX };
    let windows = Windows::new(&table, &config, &scales, stride, false, |s| {
        let Range { start, end } = parts[s].clone();
        // A window counts when all that it forecasts is in the part; a single one is cut where the part ends before it.
        if args.rolling { start..(end + 1).saturating_sub(config.horizon) } else { start..end.min(start + 1) }
    });
    if windows.is_empty() {
        let failure = Failure::data(format!(
            "no window of {} rows to look back on and {} to forecast lies in the test part",
            config.least_past(),
            config.horizon
        ));
        return Err(failure.help("--test-from an earlier time, or --history FILE with the rows before").into());
    }
    let precision = args.precision.inference(talk);
    let known = |s: usize| parts[s].start;
    let exact = (precision != Precision::F32).then(|| {
        let mut scorer = Scorer::new(config.season, &config.quantiles);
        model.forecaster.predict(&cpu, &windows, &mut |prediction| scorer.add(&windows, prediction));
        scorer.finish(&table, known)
    });
    model.forecaster.set_precision(precision);
    let mut scorer = Scorer::new(config.season, &config.quantiles);
    let mut out = match &args.given.output {
        Some(path) => Some(ForecastTable::new(Stream::create(path)?, &dataset, &config.quantiles, args.rolling, None)?),
        None => None,
    };
    let mut result = Ok(());
    model.forecaster.predict(&cpu, &windows, &mut |prediction| {
        scorer.add(&windows, prediction);
        if let (Some(out), true) = (&mut out, result.is_ok()) {
            result = out.write(&windows, prediction);
        }
    });
    result?;
    if let Some(out) = out {
        out.finish()?.finish()?;
    }
    let seen = model.spec.seen_in(&dataset, |s| parts[s].start);
    if seen > 0 {
        let of = if dataset.series.len() == 1 { String::new() } else { format!(" (in {seen} of {} series)", dataset.series.len()) };
        talk.say(format!("warning: the model was trained on rows of this test part{of}: on new data its errors will be larger"));
    }
    let score = scorer.finish(&table, known).ok_or_else(|| Failure::data("there is no truth to hold the forecasts against"))?;
    if json {
        let mut result = score::json(&score);
        result["seen_in_training"] = seen.into();
        if let Some(exact) = exact.flatten() {
            result["precision"] = json!(args.precision);
            result["f32"] = score::json(&exact);
        }
        talk.print(&format!("{result}\n"))?;
    } else {
        let (windows, series) = (score.windows, score.series.len());
        talk.print(&format!(
            "{windows} forecasts of {series} series or channels, {} rows each\n{}\n",
            config.horizon,
            score::text(&score)
        ))?;
        if let Some(exact) = exact.flatten() {
            talk.print(&format!("with f32 weights:\n{}\n", score::text(&exact)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The rows of each series that are held against the forecasts.
fn test_parts(args: &EvaluateArgs, dataset: &Dataset, model: &Loaded, starts: Option<&[usize]>) -> Result<Vec<Range<usize>>, Failure> {
    let place = |flag: &str, text: &Option<String>| text.as_deref().map(|text| Place::parse(dataset, flag, text)).transpose();
    let horizon = model.forecaster.config().horizon;
    // The test part of the training is that of its own table; on another one it may lie anywhere.
    let trained = model.spec.test_from.as_deref().and_then(|text| Place::parse(dataset, "--test-from", text).ok());
    let (from, to) = (place("--test-from", &args.test_from)?, place("--test-to", &args.test_to)?);
    let part = |(s, series): (usize, &Series)| {
        let end = to.map_or(series.len(), |to| to.row(series));
        let start = match (from, starts, trained) {
            (Some(from), ..) => from.row(series),
            (None, Some(starts), _) => starts[s],
            (None, None, Some(trained)) if trained.row(series) < end => trained.row(series),
            _ => end.saturating_sub(horizon),
        };
        start..end
    };
    Ok(dataset.series.iter().enumerate().map(part).collect())
}

/// Puts the rows of `before` in front of the series of the same names; gives the first row of each that is new.
fn prepend(dataset: &mut Dataset, before: Dataset) -> Result<Vec<usize>, Failure> {
    let history: std::collections::HashMap<String, Series> = before.series.into_iter().map(|s| (s.id.clone(), s)).collect();
    let mut starts = Vec::new();
    for series in &mut dataset.series {
        let Some(earlier) = history.get(&series.id) else {
            return Err(Failure::data(format!("{}: no series \"{}\"", before.path, series.id))
                .help("--history takes the table with the rows before those of DATA"));
        };
        let follows = earlier.times.last().zip(series.times.first()).is_none_or(|(last, first)| dataset.frequency.next(last, 1) == *first);
        if !follows {
            let message = format!("series \"{}\": {} does not end where {} begins", series.id, before.path, dataset.path);
            return Err(Failure::data(message).help("--history takes the table with the rows before those of DATA"));
        }
        starts.push(earlier.len());
        series.imputed = earlier.imputed.iter().copied().chain(series.imputed.iter().map(|row| row + earlier.len())).collect();
        series.times.splice(0..0, earlier.times.iter().copied());
        series.values.splice(0..0, earlier.values.iter().copied());
    }
    Ok(starts)
}
