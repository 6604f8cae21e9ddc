//! `gatewise predict`: forecasts from newer data with a trained model.

use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::task::forecast::Forecaster;
use gatewise_data::Dataset;
use gatewise_report::forecast::ForecastTable;

use crate::args::precision::Chosen;
use crate::args::{DetectorReadArgs, PredictArgs, PriorArgs, WatchArgs};
use crate::cli_error::CliError;
use crate::console::Console;
use crate::data;
use crate::detect;
use crate::model::{Loaded, classifies, forecast_at_end, language_of, open};
use crate::run_folder::deliver;
use crate::table_file;

pub fn run(args: &PredictArgs, console: Console) -> anyhow::Result<ExitCode> {
    if crate::prior::is_built_in(&args.given.model) {
        return crate::prior::predict(None, args, console);
    }
    let file = open(&args.given.model)?;
    let task = file.task();
    if task == "prior" {
        return crate::prior::predict(Some(file), args, console);
    }
    if args.prior != PriorArgs::default() {
        return Err(CliError::usage(
            "--horizon, --season, --quantiles and --outliers are for a prior; what this model forecasts was settled when it was trained",
        )
        .help("leave them out, or: gatewise predict prior DATA --horizon N")
        .into());
    }
    if task == "detect" {
        return detect::predict(file, args, console);
    }
    if classifies(&task) {
        return crate::classify::apply::predict(crate::classify::apply::of_file(file)?, args, console);
    }
    if args.watch != WatchArgs::default() || args.detector != DetectorReadArgs::default() {
        return Err(CliError::usage(
            "--follow, --fail-on-anomaly, --save, --false-alarms, --label, --states and --ignore are for detectors, and --follow for classifiers of \
             sound; this is no such model",
        )
        .into());
    }
    if task == "language" {
        return crate::language::apply::predict(language_of(file)?, args, console);
    }
    let cpu = super::cpu(args.given.threads)?;
    let mut model = Loaded::of(file)?;
    model.forecaster.set_precision(args.precision.inference(console));
    let dataset = model.read(&args.given.data, &args.given.read, console)?;
    write(&cpu, &mut model.forecaster, &dataset, args, console)
}

/// Forecasts beyond the end of every series, to where they are wanted.
pub fn write(cpu: &Cpu, forecaster: &mut Forecaster, dataset: &Dataset, args: &PredictArgs, console: Console) -> anyhow::Result<ExitCode> {
    let table = data::table(dataset);
    let levels = forecaster.config().quantiles.clone();
    let mut out = ForecastTable::new(Vec::new(), dataset, &levels, false, console.on_row())?;
    let mut count = 0;
    forecast_at_end(cpu, forecaster, &table, console, &mut |forecast| {
        count += 1;
        Ok(out.write(forecast)?)
    })?;
    let bytes = out.finish()?;
    deliver(bytes, args.given.output.as_deref(), &table_file::forecasts(dataset), &format!("{count} forecasts"), console)?;
    Ok(ExitCode::SUCCESS)
}
