//! A walk of a trained model of any task.

use std::path::Path;

use gatewise::task::classify::{Encoded, Encoding};
use gatewise::walk::{self, Walk};

use crate::args::WalkArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::model::{Loaded, classifies, language_of, open};

pub fn walk(args: &WalkArgs, given: &Path, console: Console) -> Result<Walk, CliError> {
    let file = open(given)?;
    let cpu = crate::commands::cpu(args.threads)?;
    let task = file.task();
    if task == "language" {
        let Some(passage) = super::passage(args)? else {
            return Err(CliError::usage("a walk of a language model needs a text").help("--text 'a sentence of your own', or --data FILE"));
        };
        let language = language_of(file)?;
        let name = language.model.config().cell.spec().name.to_owned();
        let networks = [(name, language.model)];
        return Ok(walk::walk(&cpu, &networks, &language.vocabulary, &passage, super::shown(args))?);
    }
    let Some(data) = &args.data else {
        let message = format!("{}: a walk of a model for {task} needs data", given.display());
        return Err(CliError::usage(message).help("--data FILE, of the kind that the model was trained on"));
    };
    if classifies(&task) {
        let model = crate::classify::apply::of_file(file)?;
        let how = Encoding { threads: args.threads.unwrap_or(0), ..Encoding::default() };
        let Encoded { items, .. } = crate::classify::apply::read_for(&model, data, &args.read.table, &args.items, how, console)?;
        return Ok(walk::walk_item(&cpu, &model, &items, &data.display().to_string(), super::shown(args))?);
    }
    super::check_table(args)?;
    let loaded = Loaded::of(file)?;
    let dataset = loaded.read(data, &args.read, console)?;
    let name = loaded.forecaster.config().network.cell.spec().name.to_owned();
    Ok(walk::walk_series(&cpu, &mut [(name, loaded.forecaster)], &dataset)?)
}
