//! A trained detector at work: `predict` and `evaluate`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use gatewise::format::ModelFile;
use gatewise::task::detect::{DataSpec, Fleet, check_rate};
use gatewise_data::{RowOptions, RowReader};
use gatewise_report::detect::{metrics_json, metrics_text};

use super::file::{EVERY, Keep, load, save};
use super::follow::Source;
use super::table::Sinks;
use super::tell::{note_spans, tell};
use super::watch::Watch;
use super::{code, ended, spans, usage};
use crate::args::{DetectorReadArgs, EvaluateArgs, PrecisionName, PredictArgs, ReadArgs};
use crate::cli_error::CliError;
use crate::console::Console;
use crate::job::interrupt;

/// `gatewise predict` with a detector.
pub fn predict(file: ModelFile, args: &PredictArgs, console: Console) -> anyhow::Result<ExitCode> {
    if args.precision != PrecisionName::F32 {
        console.info("note: --precision: a detector goes on learning as the rows come, in f32");
    }
    let (mut fleet, spec) = load(file)?;
    let options = options(&spec, &args.given.read, &args.detector, args.watch.label.as_ref())?;
    let mut source = Source::new(&args.given.data, args.watch.follow, false, console)?;
    let mut reader = source.open(&options)?;
    check_columns(&reader, &spec, &args.given.data)?;
    let mut known = spans(&reader, args.detector.ignore.as_deref())?;
    prepare(&mut fleet, &reader, &spec, args.watch.false_alarms, console)?;
    interrupt::catch()?;
    let sinks = Sinks::new(args.given.output.as_deref(), None, args.watch.follow, console)?;
    let (follow, resumes) = (args.watch.follow, !reader.id_columns().is_empty());
    let keep = args.watch.save.as_ref().filter(|_| follow).map(|path| Keep::new(&reader, &options, path.clone(), EVERY));
    let found = Watch { fleet: &mut fleet, reader: &mut reader, spans: known.as_mut(), sinks, console, follow, resumes, keep }.run()?;
    if let Some(path) = &args.watch.save {
        save(&fleet, &reader, &options, path, found.last)?;
        console.info(format!("the detector as it now stands is {}", path.display()));
    }
    note_spans(known.as_ref(), console);
    tell(&found, &fleet, &reader, console);
    Ok(code(&found, args.watch.fail_on_anomaly))
}

/// `gatewise evaluate` with a detector: rows against labels, with nothing learned from them.
pub fn evaluate(file: ModelFile, args: &EvaluateArgs, console: Console) -> anyhow::Result<ExitCode> {
    let (json, console) = (console.json(), console.without_events());
    if args.precision != PrecisionName::F32 {
        console.info("note: --precision: a detector is evaluated in f32");
    }
    let (mut fleet, spec) = load(file)?;
    let options = options(&spec, &args.given.read, &args.detector, args.label.as_ref())?;
    let mut source = Source::new(&args.given.data, false, false, console)?;
    let mut reader = source.open(&options)?;
    if !reader.labelled() {
        return Err(CliError::usage("which column says what the anomalies are?")
            .help("--label COLUMN, with two words such as 1 for an anomaly and 0 else")
            .into());
    }
    check_columns(&reader, &spec, &args.given.data)?;
    let mut known = spans(&reader, args.detector.ignore.as_deref())?;
    prepare(&mut fleet, &reader, &spec, None, console)?;
    fleet.set_learning(false);
    let sinks = Sinks::only(args.given.output.as_deref())?;
    let resumes = !reader.id_columns().is_empty();
    let found = Watch { fleet: &mut fleet, reader: &mut reader, spans: known.as_mut(), sinks, console, follow: false, resumes, keep: None }
        .run()?;
    let metrics = found.metrics.context("a table with labels has metrics")?;
    note_spans(known.as_ref(), console);
    found.label_note.iter().for_each(|note| console.info(note));
    if found.by_series && !found.new.is_empty() {
        console.info(format!(
            "warning: {} series are new to the model, which finds nothing in them: {}",
            found.new.len(),
            found.new.join(", ")
        ));
    }
    if json {
        console.print(&format!("{}\n", metrics_json(&metrics)))?;
    } else {
        console.print(&metrics_text(&metrics))?;
    }
    Ok(ended())
}

/// How the table is read: as that of the training, but for flags that a row-by-row read knows; the others are refused.
fn options(spec: &DataSpec, read: &ReadArgs, own: &DetectorReadArgs, label: Option<&String>) -> Result<RowOptions, CliError> {
    let foreign = [
        ("--covariates", read.covariates.is_some()),
        ("--freq", read.freq.is_some()),
        ("--duplicates", read.duplicates.is_some()),
        ("--aggregate", read.aggregate.is_some()),
        ("--impute", read.table.impute.is_some()),
    ];
    if let Some((flag, _)) = foreign.into_iter().find(|(_, given)| *given) {
        return Err(CliError::usage(format!("{flag} means nothing to a detector")).help("a detector takes rows as they come; leave it out"));
    }
    Ok(spec.options(RowOptions {
        values: read.target.clone().unwrap_or_default(),
        delimiter: read.table.fields.separator(),
        time: read.table.fields.time.clone(),
        id: read.table.id.clone(),
        states: own.states.clone(),
        label: label.cloned(),
        na: read.table.fields.na.clone().unwrap_or_default(),
        ..RowOptions::default()
    }))
}

fn check_columns(reader: &RowReader, spec: &DataSpec, data: &Path) -> Result<(), CliError> {
    for (what, flag, found, expected) in [
        ("columns", "--target", reader.channels(), &spec.channels),
        ("columns of states", "--states", reader.state_columns(), &spec.states),
    ] {
        if found.len() != expected.len() {
            let (found, count, names) = (found.len(), expected.len(), expected.join(", "));
            return Err(CliError::data(format!("{}: {found} {what} to watch, the model watches {count}: {names}", data.display()))
                .help(format!("name as many with {flag}")));
        }
    }
    Ok(())
}

/// Goes on where the model's rows ended, or starts anew where these rows do not follow them. Of several series each goes on when it comes.
fn prepare(fleet: &mut Fleet, reader: &RowReader, spec: &DataSpec, rate: Option<f64>, console: Console) -> Result<(), CliError> {
    if let Some(rate) = rate {
        fleet.set_rate(check_rate("false-alarms", rate, rate)?);
    }
    if !reader.id_columns().is_empty() {
        console.info(format!("going on from the {} rows of {} series that the model has seen", fleet.rows(), fleet.names().len()));
        return Ok(());
    }
    let series = fleet.series("").map_err(usage)?;
    let last = fleet.last_time(series).or(spec.last.map(|seconds| (seconds, 0)));
    let follows = match (last, reader.first_time()) {
        (Some(last), Some(first)) => first > last,
        _ => true,
    };
    if follows {
        console.info(format!("going on from the {} rows that the model has seen", fleet.rows()));
    } else {
        console.info("these rows do not follow those of the training: the model starts anew with what it has learned");
        fleet.restart();
    }
    Ok(())
}
