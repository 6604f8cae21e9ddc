//! `gatewise evaluate`: a trained model against the truth, beside the seasonal-naive baseline.

use std::ops::Range;
use std::process::ExitCode;

use gatewise::Precision;
use gatewise::baselines::Method;
use gatewise::task::forecast::{Candidate, ChannelForecast, Scorer};
use gatewise_data::{Dataset, Series};
use gatewise_report::forecast::{Evaluation, ForecastTable, Kept, Source, score};
use serde_json::json;

use super::evaluate_page;
use crate::args::precision::Chosen;
use crate::args::{DetectorReadArgs, EvaluateArgs};
use crate::data::{self, Place};
use crate::detect;
use crate::failure::Failure;
use crate::model::{Loaded, classifies, language_of, open};
use crate::run_folder::Stream;
use crate::talk::Talk;

pub fn run(args: &EvaluateArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let file = open(&args.given.model)?;
    let task = file.task();
    if task == "language" {
        evaluate_page::refuse(args, "a language model")?;
        return crate::language::apply::evaluate(language_of(file)?, args, talk);
    }
    if task == "detect" {
        evaluate_page::refuse(args, "a detector")?;
        return detect::evaluate(file, args, talk);
    }
    if args.detector != DetectorReadArgs::default() {
        return Err(Failure::usage("--states and --ignore are for detectors; this is no such model").into());
    }
    if classifies(&task) {
        evaluate_page::refuse(args, "a classifier")?;
        return crate::classify::apply::evaluate(crate::classify::apply::of_file(file)?, args, talk);
    }
    // The result is one JSON object: nothing else may stand on standard output.
    let (json, talk) = (talk.json(), talk.without_events());
    let cpu = super::cpu(args.given.threads)?;
    let mut model = Loaded::of(file)?;
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
    let least = if model.forecaster.combination().is_some() { 1 } else { config.least_past() };
    let origins: Vec<Vec<usize>> = parts.iter().map(|part| origins_of(part, args, config.horizon, least)).collect();
    if origins.iter().all(Vec::is_empty) {
        let failure = Failure::data(format!(
            "no window of {} rows to look back on and {} to forecast lies in the test part",
            config.least_past(),
            config.horizon
        ));
        return Err(failure.help("--test-from an earlier time, or --history FILE with the rows before").into());
    }
    let precision = args.precision.inference(talk);
    let known = |s: usize| parts[s].start;
    let last_value =
        |forecast: &ChannelForecast| vec![table.series()[forecast.series].at(forecast.origin - 1, forecast.channel); forecast.point.len()];
    let exact = (precision != Precision::F32).then(|| {
        let mut scorer = Scorer::new(config.season, &config.quantiles);
        model.forecaster.forecast(&cpu, &table, &scales, &origins, &mut |forecast| scorer.add(&table, forecast, &[]));
        scorer.finish(&table, known)
    });
    model.forecaster.set_precision(precision);
    let mut scorer = Scorer::new(config.season, &config.quantiles);
    let mut out = match &args.given.output {
        Some(path) => Some(ForecastTable::new(Stream::create(path)?, &dataset, &config.quantiles, args.rolling, None)?),
        None => None,
    };
    let mut kept = evaluate_page::is_wanted(args).then(|| Kept::new(&origins, table.targets(), config.horizon));
    let mut result = Ok(());
    model.forecaster.forecast(&cpu, &table, &scales, &origins, &mut |forecast| {
        if let Some(kept) = &mut kept {
            kept.add(forecast);
        }
        scorer.add(&table, forecast, &[(Candidate::Method(Method::LastValue), &last_value(forecast))]);
        if let (Some(out), true) = (&mut out, result.is_ok()) {
            result = out.write(forecast);
        }
    });
    result?;
    if let Some(out) = out {
        out.finish()?.finish()?;
    }
    let score = scorer.finish(&table, known).ok_or_else(|| Failure::data("there is no truth to hold the forecasts against"))?;
    let seen = model.spec.seen_in(&dataset, |s| parts[s].start);
    let source = Source { dataset: &dataset, table: &table, config: &config };
    let evaluation = Evaluation {
        source,
        parts: &parts,
        score: &score,
        seen,
        model: args.given.model.display().to_string(),
        stride: args.rolling.then_some(args.stride),
        precision: args.precision,
    };
    evaluation.warnings().iter().for_each(|warning| talk.say(format!("warning: {warning}")));
    let page = match kept {
        Some(kept) => evaluate_page::write(&evaluation, &kept.into_forecasts(), args, talk)?,
        None => None,
    };
    if json {
        let mut result = score::json(&score);
        if let Some(page) = &page {
            result["page"] = json!(page);
        }
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
        if let Some(page) = page {
            talk.say(format!("page in {}", page.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// First rows of the forecasts of a part: every stride, where all that is forecast lies in the part, or the first row of the part alone.
fn origins_of(part: &Range<usize>, args: &EvaluateArgs, horizon: usize, least: usize) -> Vec<usize> {
    let Range { start, end } = *part;
    if args.rolling {
        // Origins without rows to look back on are left out in whole strides.
        (start..(end + 1).saturating_sub(horizon)).step_by(args.stride).filter(|&origin| origin >= least).collect()
    } else if start < end && start >= least {
        vec![start]
    } else {
        Vec::new()
    }
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
            (None, None, _) if args.rolling => model.spec.unseen_from(series).min(end),
            _ => end.saturating_sub(horizon),
        };
        start..end
    };
    let parts: Vec<Range<usize>> = dataset.series.iter().enumerate().map(part).collect();
    let unseen_is_short = args.rolling && from.is_none() && starts.is_none() && parts.iter().all(|part| part.len() < horizon);
    if unseen_is_short {
        let most = parts.iter().map(Range::len).max().unwrap_or(0);
        let failure = Failure::data(format!(
            "{}: the model has seen all but the last {most} rows, and a forecast takes {horizon}: on rows it has seen its errors would be too small",
            dataset.path
        ));
        return Err(failure.help("give newer rows, a model trained with --test-from, or --test-from here to look at rows that it has seen"));
    }
    Ok(parts)
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
