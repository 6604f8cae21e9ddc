//! A prior: trained, and asked.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use gatewise::format::ModelFile;
use gatewise::prior::{OwnSeries, PretrainConfig, Pretraining, Prior, PriorConfig, PriorRecord, Supply, save_prior};
use gatewise::task::forecast::{Forecaster, Options, Plan, Train};
use gatewise::{Cpu, Precision};
use gatewise_data::ReadOptions;
use serde_json::json;

use crate::args::precision::Chosen;
use crate::args::{DetectorReadArgs, PredictArgs, TrainPriorArgs, WatchArgs};
use crate::cli_error::CliError;
use crate::console::{Console, shown};
use crate::data;
use crate::job::interrupt;
use crate::run_folder::RunFolder;

/// The state of a training, and the prior that it has come to.
const STATE: &str = "training.safetensors";
pub const PRIOR: &str = "prior.safetensors";

/// Share of one's own series where none is given.
const SHARE: f64 = 0.5;

/// Between two lines of progress.
const SAID_EVERY: u64 = 250;

/// Between two savings.
const SAVED_EVERY: Duration = Duration::from_secs(120);

/// The name of the prior that the binary carries.
const BUILT_IN: &str = "prior";

/// Whether a model is asked for by the name of the built-in prior; a file or folder of that name goes first.
pub fn is_built_in(model: &Path) -> bool {
    model == Path::new(BUILT_IN) && !model.exists()
}

/// `gatewise predict prior`: forecasts of a prior, the built-in one where no file is given.
pub fn predict(file: Option<ModelFile>, args: &PredictArgs, console: Console) -> anyhow::Result<ExitCode> {
    let given = args.watch != WatchArgs::default() || args.detector != DetectorReadArgs::default() || args.window.is_some();
    if given || args.all || args.reject_below.is_some() {
        return Err(CliError::usage("--follow, --window, --all, --reject-below and what detectors take are not for a prior").into());
    }
    if args.precision.inference(console) != Precision::F32 {
        return Err(CliError::usage("a prior runs in f32").help("leave --precision out").into());
    }
    let cpu = crate::commands::cpu(args.given.threads)?;
    let prior = file.map(|file| Prior::of_file(&cpu, file)).transpose().map_err(|e| CliError::data(e.to_string()))?.map(Box::new);
    let base = ReadOptions { ahead: args.prior.horizon.unwrap_or_default(), ..ReadOptions::default() };
    let dataset = data::read(&args.given.data, &args.given.read.options(base), console)?;
    let options = Options {
        horizon: args.prior.horizon,
        season: args.prior.season.clone(),
        quantiles: args.prior.quantiles.clone(),
        outliers: args.prior.outliers,
        train: Some(Train::None),
        ..Options::default()
    };
    let plan = Plan::new(&dataset, &options)?;
    console.guesses(&plan.choices);
    let table = data::table(&dataset).less(plan.effects.as_ref()).calmed(plan.config.outliers);
    let mut forecaster = Forecaster::of_prior(plan.config, prior, &table).map_err(gatewise::Error::from)?;
    forecaster.set_effects(plan.effects).map_err(gatewise::Error::from)?;
    crate::commands::predict::write(&cpu, &mut forecaster, &dataset, args, console)
}

/// `gatewise train prior`.
pub fn train(args: &TrainPriorArgs, console: Console) -> anyhow::Result<ExitCode> {
    let cpu = crate::commands::cpu(args.threads)?;
    let widths = widths(args, &cpu)?;
    let supply = supply(args, console)?;
    let (mut training, folder) = match &args.resume {
        Some(run) => {
            let folder = RunFolder::open(run)?;
            let mut training = Pretraining::resume(&folder.file(STATE)).map_err(|e| CliError::from(gatewise::Error::from(e)))?;
            if (training.config().share, training.config().own) != (supply.share(), supply.fingerprint()) {
                return Err(CliError::usage("this training learns from other data, or another share of them")
                    .help("--resume with the DATA and --share that it began with, or begin anew")
                    .into());
            }
            if let Some(series) = args.series {
                lengthen(&mut training, series)?;
            }
            (training, folder)
        }
        None => {
            let training = begin(args, &supply, &cpu)?;
            (training, RunFolder::create(args.run.as_deref(), Path::new("prior"), &[])?)
        }
    };
    interrupt::catch()?;
    let batch = training.config().batch as u64;
    console.event(&json!({"event": "run", "folder": shown(folder.path())}));
    let (mut saved, began, first) = (Instant::now(), Instant::now(), training.steps_taken());
    let (mut sum, mut count) = (0.0, 0.0);
    while !training.is_over() && !interrupt::asked() {
        sum += training.advance(&cpu, &supply).map_err(|e| CliError::from(gatewise::Error::from(e)))?;
        count += 1.0;
        if training.steps_taken().is_multiple_of(SAID_EVERY) {
            let (series, loss) = (training.steps_taken() * batch, sum / count);
            let rate = (training.steps_taken() - first) as f64 * batch as f64 / began.elapsed().as_secs_f64();
            console.event(&json!({"event": "pretrain", "series": series, "loss": loss, "series_per_second": rate}));
            console.info(format!("{series} series  loss {loss:.4}  {rate:.0} series a second"));
            (sum, count) = (0.0, 0.0);
        }
        if saved.elapsed() >= SAVED_EVERY {
            save(&mut training, &folder, &cpu, widths, console)?;
            saved = Instant::now();
        }
    }
    save(&mut training, &folder, &cpu, widths, console)?;
    if !training.is_over() {
        return Ok(interrupt::left(&resumed_by(args), &folder, console));
    }
    console.event(&json!({"event": "done", "folder": shown(folder.path()), "model": shown(&folder.file(PRIOR))}));
    console.info(format!("the prior is {}", folder.file(PRIOR).display()));
    Ok(ExitCode::SUCCESS)
}

/// The command that goes on with a training, but for --resume.
fn resumed_by(args: &TrainPriorArgs) -> String {
    let mut command = "train prior".to_owned();
    if let Some(data) = &args.data {
        command += &format!(" {}", data.display());
    }
    if let Some(share) = args.share {
        command += &format!(" --share {share}");
    }
    if let Some(seasons) = &args.season {
        command += &format!(" --season {}", seasons.iter().map(usize::to_string).collect::<Vec<_>>().join(","));
    }
    command
}

/// The widths given, else those of the prior that the training has come to, or began with.
fn widths(args: &TrainPriorArgs, cpu: &Cpu) -> Result<[f64; 3], CliError> {
    let Some(given) = &args.widths else {
        let earlier = match (&args.resume, &args.from) {
            (Some(run), _) => Prior::load(cpu, &run.join(PRIOR)).ok(),
            (None, Some(model)) if is_built_in(model) => Some(Prior::built_in(cpu)),
            (None, Some(model)) => Prior::of_file(cpu, crate::model::open(model)?).ok(),
            (None, None) => None,
        };
        return Ok(earlier.map_or([1.0; 3], |prior| prior.record().widths));
    };
    match &given[..] {
        &[a, b, c] if [a, b, c].iter().all(|w| w.is_finite() && *w > 0.0) => Ok([a, b, c]),
        _ => Err(CliError::usage("--widths takes three factors above 0").help("--widths 1,1.1,1.2")),
    }
}

/// Synthetic series, and windows of the table where one is given.
fn supply(args: &TrainPriorArgs, console: Console) -> Result<Supply, CliError> {
    let Some(path) = &args.data else { return Ok(Supply::synthetic()) };
    let dataset = data::read(path, &args.read.options(ReadOptions::default()), console)?;
    let options = Options { horizon: Some(1), season: args.season.clone(), train: Some(Train::None), ..Options::default() };
    let plan = Plan::new(&dataset, &options).map_err(CliError::from)?;
    let (season, longer) = plan.config.two_seasons();
    console.guesses(&plan.choices);
    let table = data::table(&dataset).less(plan.effects.as_ref()).calmed(plan.config.outliers);
    let column = |s: usize, channel: usize| OwnSeries {
        values: table.series()[s].column(channel, 0, table.series()[s].len()).collect(),
        season,
        longer,
    };
    let own = (0..table.series().len()).flat_map(|s| (0..table.targets()).map(move |channel| column(s, channel))).collect();
    let supply = Supply::own(own, args.share.unwrap_or(SHARE), None);
    if supply.origins() == 0 {
        return Err(CliError::data(format!("{}: no series has rows enough to learn from", path.display())).help("give longer series"));
    }
    Ok(supply)
}

fn begin(args: &TrainPriorArgs, supply: &Supply, cpu: &Cpu) -> Result<Pretraining, CliError> {
    let usual = PriorConfig::default();
    let network = PriorConfig {
        cell: args.cell.unwrap_or(usual.cell),
        hidden: args.hidden.unwrap_or(usual.hidden),
        layers: args.layers.unwrap_or(usual.layers),
    };
    let mut config = PretrainConfig::default();
    config.seed = args.seed.unwrap_or(config.seed);
    if let Some(series) = args.series {
        config.steps = steps(series, config.batch);
    }
    (config.share, config.own) = (supply.share(), supply.fingerprint());
    let training = match &args.from {
        None => Pretraining::new(network, config),
        Some(model) if is_built_in(model) => Pretraining::of(Prior::built_in(cpu).network(), config),
        Some(model) => {
            let file = crate::model::open(model)?;
            let prior = Prior::of_file(cpu, file).map_err(|e| CliError::data(e.to_string()))?;
            Pretraining::of(prior.network(), config)
        }
    };
    training.map_err(|e| CliError::from(gatewise::Error::from(e)))
}

/// Steps that `series` make.
fn steps(series: usize, batch: usize) -> u64 {
    (series as u64).div_ceil(batch as u64)
}

/// More series, or fewer, for a training whose rate does not fall yet.
fn lengthen(training: &mut Pretraining, series: usize) -> Result<(), CliError> {
    let steps = steps(series, training.config().batch);
    if steps != training.config().steps && !training.set_steps(steps) {
        return Err(CliError::usage(format!(
            "the rate of this training falls already, after {} of {} steps, or would do so before where it stands",
            training.steps_taken(),
            training.config().steps
        ))
        .help("leave --series out, or begin anew"));
    }
    Ok(())
}

fn save(training: &mut Pretraining, folder: &RunFolder, cpu: &Cpu, widths: [f64; 3], console: Console) -> Result<(), CliError> {
    training.save(&folder.file(STATE)).map_err(|e| CliError::io(e.to_string()))?;
    let loss = training.validate(cpu);
    let series = training.steps_taken() * training.config().batch as u64;
    let record = PriorRecord { series, seed: training.config().seed, loss, widths };
    save_prior(&folder.file(PRIOR), training.network(), training.average(), &record).map_err(|e| CliError::io(e.to_string()))?;
    console.event(&json!({"event": "saved", "series": series, "loss": loss}));
    console.info(format!("{series} series  saved, loss on unseen series {loss:.4}"));
    Ok(())
}
