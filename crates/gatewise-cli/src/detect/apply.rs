//! A trained detector at work: `predict` and `evaluate`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use gatewise::task::detect::Detector;
use gatewise_data::RowReader;

use super::file::{DataSpec, load, save};
use super::follow::Source;
use super::settings::check_rate;
use super::table::Sinks;
use super::tell::{metrics_json, metrics_text, tell};
use super::watch::Watch;
use super::{code, ended};
use crate::args::{EvaluateArgs, PrecisionName, PredictArgs, ReadArgs, RowArgs, WatchArgs};
use crate::failure::Failure;
use crate::job::interrupt;
use crate::talk::Talk;

/// `gatewise predict` with a detector.
pub fn predict(args: &PredictArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    if args.precision != PrecisionName::F32 {
        talk.say("note: --precision: a detector goes on learning as the rows come, in f32");
    }
    let (mut detector, spec) = load(&args.given.model)?;
    let options = spec.options(&row_args(&args.given.read, &args.watch)?);
    let mut source = Source::new(&args.given.data, args.watch.follow, false)?;
    let mut reader = source.open(&options)?;
    check_channels(&reader, &spec, &args.given.data)?;
    prepare(&mut detector, &reader, &spec, args.watch.false_alarms, talk)?;
    interrupt::catch()?;
    let sinks = Sinks::new(args.given.output.as_deref(), None, args.watch.follow, talk)?;
    let found = Watch::new(&mut detector, &mut reader, sinks, talk, args.watch.follow).run()?;
    if let Some(path) = &args.watch.save {
        save(&detector, &reader, &options, path, found.last)?;
        talk.say(format!("the detector as it now stands is {}", path.display()));
    }
    tell(&found, &detector, &reader, talk)?;
    Ok(code(&found, args.watch.fail_on_anomaly))
}

/// `gatewise evaluate` with a detector: rows against labels, with nothing learned from them.
pub fn evaluate(args: &EvaluateArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let (json, talk) = (talk.json(), talk.without_events());
    if args.precision != PrecisionName::F32 {
        talk.say("note: --precision: a detector is evaluated in f32");
    }
    let (mut detector, spec) = load(&args.given.model)?;
    let mut options = spec.options(&row_args(&args.given.read, &Default::default())?);
    options.label = args.label.clone();
    let mut source = Source::new(&args.given.data, false, false)?;
    let mut reader = source.open(&options)?;
    if !reader.labelled() {
        return Err(Failure::usage("which column says what the anomalies are?")
            .help("--label COLUMN, with 1 for an anomaly and 0 else")
            .into());
    }
    check_channels(&reader, &spec, &args.given.data)?;
    prepare(&mut detector, &reader, &spec, None, talk)?;
    detector.set_learning(false);
    let sinks = Sinks::only(args.given.output.as_deref())?;
    let found = Watch::new(&mut detector, &mut reader, sinks, talk, false).run()?;
    let metrics = found.metrics.context("a table with labels has metrics")?;
    if json {
        talk.print(&format!("{}\n", metrics_json(&metrics)))?;
    } else {
        talk.print(&metrics_text(&metrics))?;
    }
    Ok(ended())
}

/// The flags for tables that a row-by-row read knows; the others are refused.
fn row_args(read: &ReadArgs, watch: &WatchArgs) -> Result<RowArgs, Failure> {
    let foreign = [
        ("--id", read.table.id.is_some()),
        ("--covariates", read.covariates.is_some()),
        ("--freq", read.freq.is_some()),
        ("--impute", read.table.impute.is_some()),
    ];
    if let Some((flag, _)) = foreign.into_iter().find(|(_, given)| *given) {
        return Err(Failure::usage(format!("{flag} means nothing to a detector")).help("a detector takes rows as they come; leave it out"));
    }
    Ok(RowArgs { target: read.target.clone(), fields: read.table.fields.clone(), label: watch.label.clone() })
}

fn check_channels(reader: &RowReader, spec: &DataSpec, data: &Path) -> Result<(), Failure> {
    let (found, expected) = (reader.channels().len(), spec.channels.len());
    if found == expected {
        return Ok(());
    }
    Err(Failure::data(format!("{}: {found} columns to watch, the model watches {expected}: {}", data.display(), spec.channels.join(", ")))
        .help("name as many with --target"))
}

/// Goes on where the model's rows ended, or starts anew where these rows do not follow them.
fn prepare(detector: &mut Detector, reader: &RowReader, spec: &DataSpec, rate: Option<f64>, talk: Talk) -> Result<(), Failure> {
    if let Some(rate) = rate {
        detector.set_rate(check_rate(rate)?);
    }
    let follows = match (spec.last, reader.first_seconds()) {
        (Some(last), Some(first)) => first > last,
        _ => true,
    };
    if follows {
        talk.say(format!("going on from the {} rows that the model has seen", detector.rows()));
    } else {
        talk.say("these rows do not follow those of the training: the model starts anew with what it has learned");
        detector.restart();
    }
    Ok(())
}
