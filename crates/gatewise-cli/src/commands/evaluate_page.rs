//! The page of `gatewise evaluate` with a forecaster.

use std::path::PathBuf;

use gatewise_report::forecast::{Evaluation, Forecasts, render_evaluation};

use crate::args::EvaluateArgs;
use crate::cli_error::{CliError, as_flags};
use crate::console::Console;
use crate::run_folder::{write_atomically, write_next};

/// Name of the page in a run folder, before its number.
const STEM: &str = "evaluation";

/// Refuses `--page` for a model whose evaluation has none.
pub fn refuse(args: &EvaluateArgs, model: &str) -> Result<(), CliError> {
    match args.page {
        Some(_) => Err(CliError::usage(format!("--page is for forecasters, and the model is {model}")).help("leave --page out")),
        None => Ok(()),
    }
}

/// Whether the evaluation leaves a page.
pub fn is_wanted(args: &EvaluateArgs) -> bool {
    args.page.is_some() || args.rolling && args.given.model.is_dir()
}

/// Writes the page where the user wants it, else into the run folder; gives its place. A run folder that cannot be written to is told.
pub fn write(
    evaluation: &Evaluation<'_>,
    forecasts: &Forecasts,
    args: &EvaluateArgs,
    console: Console,
) -> Result<Option<PathBuf>, CliError> {
    let page = render_evaluation(&evaluation.report(forecasts, super::command_line(), super::now()));
    let page = as_flags(&page);
    if let Some(path) = &args.page {
        write_atomically(path, page.as_bytes())?;
        return Ok(Some(path.clone()));
    }
    match write_next(&args.given.model, STEM, "html", page.as_bytes()) {
        Ok(path) => Ok(Some(path)),
        Err(error) => {
            console.info(format!("warning: no page: {error} (--page FILE)"));
            Ok(None)
        }
    }
}
