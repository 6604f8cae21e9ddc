//! A forecaster out of a table: trained, judged, trained anew, and what is told of it.

use std::path::PathBuf;

use gatewise::Cpu;
use gatewise::data::{Dataset, ReadOptions, Severity};
use gatewise::forecast::{ChannelForecast, DataSpec, Fit, Forecaster, Goal, Split, Table};
use gatewise_report::forecast::{ForecastReport, Run, notes_on_lengths, notes_on_means, score};
use pyo3::prelude::*;
use serde_json::{Value, json};

use super::answers::Answers;
use super::base::Base;
use super::{Settings, checkpoint};
use crate::errors::raised;
use crate::told::{choices, config, line, said};
use crate::watch::{Watch, stopped};

/// All that a training gives.
pub struct Outcome {
    pub forecaster: Forecaster,
    pub spec: DataSpec,
    pub report: ForecastReport,
    pub answers: Answers,
    pub details: Value,
}

/// What a training is of.
pub struct Work<'a> {
    pub dataset: &'a Dataset,
    pub settings: &'a Settings,
    pub base: &'a Base,
    /// Folder of its checkpoints, from which it goes on.
    pub checkpoint: Option<PathBuf>,
    /// What the page says of its making.
    pub command: String,
    pub created: String,
}

/// Trains, and forecasts beyond the end.
pub fn train(work: Work<'_>, cpu: &Cpu, watch: &mut Watch) -> PyResult<Outcome> {
    let Work { dataset, settings, base, checkpoint, command, created } = work;
    let plan = base.plan(dataset, settings.options()).map_err(raised)?;
    if let Some(folder) = checkpoint {
        checkpoint::begin(&folder, dataset, &plan, base.fingerprint()).map_err(raised)?;
        watch.checkpoints = Some(folder);
    }
    let fit = Fit::new(dataset, &plan, Goal::Forecast, base.forecaster()).with_prior(base.prior());
    let mut notes: Vec<Value> = base.note().into_iter().collect();
    notes.extend(notes_on_lengths(&plan, fit.table()).iter().map(|note| line(note)));

    let Some(mut first) = watch.session(cpu, |session| fit.train(session))? else { return Err(stopped()) };
    let (epochs, summaries) = (watch.epochs(first.best_epoch()), first.summaries.clone());
    let held_back = watch.session(cpu, |session| fit.judge(session, &mut first))?;
    let held_back = held_back.as_ref();
    notes.extend(held_back.into_iter().flat_map(|held| score::warnings(&held.score)).map(|text| said(Severity::Warning, &text)));
    notes.extend(notes_on_means(dataset, &first.forecaster).iter().map(|note| line(note)));
    let refits = fit.refits();
    let mut forecaster = match refits {
        true => watch.session(cpu, |session| fit.refit(session, first))?.ok_or_else(stopped)?,
        false => first.forecaster,
    };

    let parts: Vec<Split> = if refits { fit.all_rows() } else { plan.parts.splits.clone() };
    let read = settings.reading(ReadOptions::default());
    let spec = DataSpec::of(dataset, &read, plan.options.test_from.clone(), |s| parts[s].valid_end);
    let levels = forecaster.config().quantiles.clone();
    let (mut answers, mut forecasts) = (Answers::new(dataset, &levels), Vec::<ChannelForecast>::new());
    let short = forecaster.predict_table(cpu, &Table::of(dataset), &mut |forecast| {
        answers.add(dataset, forecast);
        forecasts.push(forecast.clone());
    });
    notes.extend(left_out(short.map_err(raised)?, forecaster.least_rows()));
    watch.check()?;
    notes.append(&mut watch.notes);

    let precision = plan.training.train.precision();
    let usual = serde_json::to_value(ReadOptions::default()).unwrap_or_default();
    let run = Run {
        dataset,
        table: fit.table(),
        plan: &plan,
        refits,
        command,
        created,
        kernels: format!("{}, threads: {}", cpu.isa().with_products(precision), cpu.threads()),
        settings: config([(serde_json::to_value(&plan.options), &Value::Null), (serde_json::to_value(&read), &usual)]),
    };
    let report = run.report(&forecaster, held_back, &forecasts, epochs, &summaries);
    let details = json!({
        "choices": choices(&plan.choices),
        "notes": notes,
        "score": held_back.map(|held| score::json(&held.score)),
        "score_text": held_back.map(|held| score::text(&held.score)),
        "verdict": report.verdict,
    });
    Ok(Outcome { forecaster, spec, report, answers, details })
}

/// What is told of series that have too few rows.
pub fn left_out(short: usize, least: usize) -> Option<Value> {
    (short > 0).then(|| said(Severity::Note, &format!("{short} series of less than {least} rows are left out")))
}
