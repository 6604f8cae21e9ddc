//! A walk without a model: an RNN, a GRU and an LSTM of equal size are trained on the data first.

use std::path::Path;

use gatewise::demo::{Form, Language, Memory};
use gatewise::options::Preset;
use gatewise::task::forecast::{CellName, Options, Plan, Usual};
use gatewise::train::{Control, Event, Session};
use gatewise::walk::{self, Here, Passage, Teaching, Walk, recipes, train_cell, train_on};
use gatewise::{Cell, Isa};
use gatewise_data::ReadOptions;
use gatewise_report::demo::form_text;

use super::learning::Learning;
use crate::args::WalkArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::data;
use crate::job::interrupt;

/// Cells that are trained.
const CELLS: [Cell; 3] = [Cell::RnnTanh, Cell::Gru, Cell::Lstm];
/// Rows forecast where there is no model that says.
const HORIZON: usize = 1;

pub fn walk(args: &WalkArgs, console: Console) -> anyhow::Result<Walk> {
    interrupt::catch()?;
    let mut walked = match (&args.data, if args.data.as_deref().is_some_and(super::is_table) { None } else { super::passage(args)? }) {
        (Some(data), _) if super::is_table(data) => over_table(args, data, console)?,
        (_, Some(passage)) if args.key.is_none() => over_text(args, &passage, console)?,
        _ => over_sentence(args, console)?,
    };
    walked.trained_here = true;
    Ok(walked)
}

fn interrupted() -> anyhow::Error {
    CliError::io("interrupted before every network was trained").status(interrupt::status()).into()
}

fn control() -> Control {
    if interrupt::asked() { Control::Stop } else { Control::Continue }
}

/// How networks are trained here.
fn teaching(args: &WalkArgs) -> Result<Teaching, CliError> {
    let (isa, threads) = (Isa::from_env().map_err(CliError::usage)?, args.threads.unwrap_or_else(crate::commands::cores));
    Ok(Teaching { isa, threads, seed: args.seed, steps: args.train_steps })
}

/// Trains on sentences of a form, the text's or the built-in one, and walks over the sentence itself.
fn over_sentence(args: &WalkArgs, console: Console) -> anyhow::Result<Walk> {
    let form = match (&args.text, &args.key, &args.answer) {
        (Some(text), Some(key), Some(answer)) => {
            Form::new(text, key, answer, args.others.as_deref()).map_err(|e| CliError::usage(e.to_string()))?
        }
        _ => Form::built_in(args.language.unwrap_or_else(|| if super::lang(args) == "ko" { Language::Ko } else { Language::En })),
    };
    if args.save.is_some() {
        return Err(CliError::usage("--save is for networks trained on a text").help("leave it out").into());
    }
    let memory = Memory::of_form(form);
    console.info(form_text(memory.form()));
    // Three more are trained on the sentence without filler.
    let mut learning = Learning::new(console, recipes().len() + CELLS.len());
    let mut on_progress = |net: &str, step, of, loss| learning.hear(net, step, of, loss);
    let walked = walk::walk_memory(&memory, args.gap, &teaching(args)?, &mut on_progress).map_err(CliError::from)?;
    drop(learning);
    let mut walked = walked.ok_or_else(interrupted)?;
    if let Some(recall) = &mut walked.recall {
        recall.made_up = form_text(memory.form()).lines().map(str::to_owned).collect();
    }
    Ok(walked)
}

/// Trains on a text, and walks over it with each network.
fn over_text(args: &WalkArgs, passage: &Passage, console: Console) -> anyhow::Result<Walk> {
    let teaching = teaching(args)?;
    if let Some(folder) = &args.save {
        check_save(folder)?;
    }
    let mut learning = Learning::new(console, recipes().len());
    let mut on_progress = |net: &str, step, of, loss| learning.hear(net, step, of, loss);
    let here = train_on(passage, &teaching, &mut on_progress).map_err(CliError::from)?;
    drop(learning);
    let Some(here) = here else { return Err(interrupted()) };
    if let Some(folder) = &args.save {
        save(&here, folder, passage, console)?;
    }
    let cpu = crate::commands::cpu(args.threads)?;
    let mut walked = walk::walk(&cpu, &here.models, &here.vocabulary, passage, super::shown(args)).map_err(CliError::from)?;
    walked.runs = here.runs;
    Ok(walked)
}

/// Refuses a folder that cannot be written to, or holds one of the files, before the work.
fn check_save(folder: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(folder)
        .map_err(|e| CliError::io(format!("{}: {e}", folder.display())).help("name another folder with --save"))?;
    for cell in CELLS {
        let path = folder.join(format!("{}.safetensors", cell.spec().name));
        if path.exists() {
            return Err(CliError::usage(format!("{}: is there already", path.display())).help("name another folder with --save"));
        }
        crate::outputs::probe(&path)?;
    }
    Ok(())
}

fn save(here: &Here, folder: &Path, passage: &Passage, console: Console) -> Result<(), CliError> {
    for (place, (name, _)) in here.models.iter().enumerate() {
        let path = folder.join(format!("{name}.safetensors"));
        let model = here.language(place).map_err(|e| CliError::from(e.about(&passage.name)))?;
        model.save(&path).map_err(|e| CliError::io(e.to_string()))?;
        console.info(format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Trains on a table, as `inspect --compare` does, and walks over its end with each network.
fn over_table(args: &WalkArgs, path: &Path, console: Console) -> anyhow::Result<Walk> {
    super::check_table(args)?;
    if args.save.is_some() {
        return Err(CliError::usage("--save is for networks trained on a text")
            .help("`gatewise train forecast` keeps a forecaster")
            .into());
    }
    let dataset = data::read(path, &args.read.options(ReadOptions::default()), console)?;
    let mut options = Options::default();
    (options.horizon, options.network.cell) = (Some(HORIZON), Some(CellName::Lstm));
    (options.training.preset, options.training.seed) = (Some(Preset::Fast), Some(args.seed));
    // A step a row, and no more of them than are shown.
    options.segment = Some(1);
    options.training.max_steps = args.train_steps.map(|steps| steps as usize);
    let plan = |options: &Options| Plan::with(&dataset, options, Usual::before(false), false).map_err(CliError::from);
    let mut planned = plan(&options)?;
    if planned.config.lookback > args.steps as usize {
        options.lookback = Some(args.steps as usize);
        planned = plan(&options)?;
    }
    let plan = planned;
    let (table, cpu) = (data::table(&dataset), crate::commands::cpu(args.threads)?);
    let (mut forecasters, mut learning) = (Vec::new(), Learning::new(console, CELLS.len()));
    for cell in CELLS {
        let mut on_event = |event: &Event| match event {
            Event::Epoch { epoch, epochs, train_loss, .. } => learning.hear(cell.spec().name, *epoch, *epochs, *train_loss),
            _ => control(),
        };
        let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut on_event };
        let trained = train_cell(&table, &plan, cell, &mut session).map_err(CliError::from)?;
        forecasters.push((cell.spec().name.to_owned(), trained.ok_or_else(interrupted)?));
    }
    drop(learning);
    Ok(walk::walk_series(&cpu, &mut forecasters, &dataset).map_err(CliError::from)?)
}
