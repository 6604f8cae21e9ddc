//! Model files on the command line.

use std::path::{Path, PathBuf};

use gatewise::Cpu;
use gatewise::error::FormatError;
use gatewise::format::ModelFile;
use gatewise::task::forecast::{ChannelForecast, Forecaster, Outlier, Outliers, Scales, Table, Windows};
use gatewise::task::language::LanguageModel;
use gatewise_data::{Dataset, ReadOptions};
use serde_json::json;

use crate::args::ReadArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::data::{self, DataSpec};

/// Name of the model in a run folder.
pub const MODEL_FILE: &str = "model.safetensors";

/// The model file: the one given, or that of the run folder given.
pub fn file_of(given: &Path) -> PathBuf {
    let prior = given.join(crate::prior::PRIOR);
    match given.is_dir() {
        true if prior.is_file() => prior,
        true => given.join(MODEL_FILE),
        false => given.to_path_buf(),
    }
}

/// A forecaster with what it knows of its data.
pub struct Loaded {
    pub forecaster: Forecaster,
    pub spec: DataSpec,
}

/// Reads a model file, or that of a run folder.
pub fn open(given: &Path) -> Result<ModelFile, CliError> {
    ModelFile::open(&file_of(given)).map_err(|e| unreadable(e, given))
}

/// Whether a model is for labelled sequences.
pub fn classifies(task: &str) -> bool {
    ["classify", "regress"].contains(&task)
}

impl Loaded {
    /// From a model file that was read.
    pub fn of(file: ModelFile) -> Result<Self, CliError> {
        let path = file.path().to_owned();
        let (forecaster, data) = Forecaster::of_file(file).map_err(|e| unreadable(e, &path))?;
        let damaged = |reason: String| {
            CliError::data(format!("{}: what it says of its table cannot be read: {reason}", path.display())).help("train the model anew")
        };
        let spec: DataSpec = serde_json::from_value(data).map_err(|e| damaged(e.to_string()))?;
        spec.check().map_err(damaged)?;
        Ok(Self { forecaster, spec })
    }

    /// Reads a table as the model's own was read, where the user does not say otherwise, and checks that the model fits it.
    pub fn read(&self, path: &Path, args: &ReadArgs, console: Console) -> Result<Dataset, CliError> {
        let mut base = ReadOptions { ahead: self.forecaster.config().horizon, ..self.spec.options() };
        if args.target.is_some() {
            // Other targets come with other covariates, or none.
            base = ReadOptions { covariates: Vec::new(), future: Vec::new(), ..base };
        }
        let dataset = data::read(path, &args.options(base), console)?;
        self.forecaster.check(&self.table(&dataset)).map_err(CliError::from)?;
        if self.forecaster.config().outliers == Outliers::Replace
            && let Some(told) = Outlier::tell(&data::table(&dataset).less(self.forecaster.effects()).outliers(), &dataset)
        {
            let message = format!("in what is looked back on {told}");
            console.event(&json!({"event": "note", "message": message}));
            console.info(format!("note: {message}"));
        }
        if dataset.frequency != self.spec.frequency {
            console.info(format!(
                "warning: the data are {}, the model was trained on {} ones (--freq)",
                dataset.frequency, self.spec.frequency
            ));
        }
        Ok(dataset)
    }

    /// The series as the model looks back on them.
    pub fn table<'a>(&self, dataset: &'a Dataset) -> Table<'a> {
        self.forecaster.looked_back_on(data::table(dataset))
    }

    /// The scales of a table's series, from their rows before `known(series)` where the model does not know them.
    pub fn scales(&self, table: &Table<'_>, known: impl Fn(usize) -> usize) -> Scales {
        self.forecaster.scales_for(table, known)
    }

    /// One window at the end of each series, as the network sees it.
    pub fn windows_at_end<'a>(&self, table: &'a Table<'a>) -> Windows<'a> {
        let len = |s: usize| table.series()[s].len();
        Windows::new(table, self.forecaster.config(), &self.scales(table, len), 1, false, |s| len(s)..len(s) + 1)
    }
}

/// Forecasts beyond the end of every series. Says which cannot be; it is an error where none can.
pub fn forecast_at_end(
    cpu: &Cpu,
    forecaster: &mut Forecaster,
    table: &Table<'_>,
    console: Console,
    each: &mut dyn FnMut(&ChannelForecast) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut result = Ok(());
    let short = forecaster.predict_table(cpu, table, &mut |forecast| {
        if result.is_ok() {
            result = each(forecast);
        }
    });
    say_short(short.map_err(CliError::from)?, forecaster.least_rows(), console);
    result
}

/// A language model, from a model file or a run folder.
pub fn language(given: &Path) -> Result<LanguageModel, CliError> {
    language_of(open(given)?)
}

/// A language model, from a model file that was read.
pub fn language_of(file: ModelFile) -> Result<LanguageModel, CliError> {
    let path = file.path().to_owned();
    LanguageModel::of_file(file).map_err(|e| unreadable(e, &path))
}

pub fn unreadable(error: FormatError, given: &Path) -> CliError {
    let missing = matches!(&error, FormatError::Io { .. });
    let failure = if missing { CliError::io(error.to_string()) } else { CliError::data(error.to_string()) };
    if missing {
        failure.help(format!("is {} a run folder or a model file? a run that was interrupted has no model yet", given.display()))
    } else {
        failure
    }
}

/// Says which series are too short to be forecast; it is an error where all are.
pub fn check_lengths(windows: usize, table: &Table<'_>, least: usize, console: Console) -> Result<(), CliError> {
    let short = table.series().iter().filter(|s| s.len() < least).count();
    if windows == 0 {
        return Err(CliError::data(format!("the data are too short: the model needs {least} rows to look back on")).help("give more rows"));
    }
    say_short(short, least, console);
    Ok(())
}

fn say_short(short: usize, least: usize, console: Console) {
    if short > 0 {
        console.info(format!("note: {short} series of less than {least} rows are left out"));
    }
}
