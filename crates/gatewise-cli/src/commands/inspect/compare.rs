//! `--compare`: networks of equal size trained alike on the user's data, their gradient flow followed from epoch to epoch.

use std::path::Path;

use gatewise::Cpu;
use gatewise::batch::Source;
use gatewise::error::TrainError;
use gatewise::task::forecast::{
    CellName, ForecastConfig, Forecaster, Network, Plan, Usual, starting_model, training_scales, training_windows,
};
use gatewise::train::{Control, Event, Trainer, watch_gradients};
use gatewise_data::ReadOptions;
use gatewise_report::inspect::Unit;

use super::subject::Subject;
use crate::args::InspectArgs;
use crate::data;
use crate::failure::Failure;
use crate::job::interrupt;
use crate::settings;
use crate::talk::Talk;

/// Rows forecast where the user names no horizon.
const HORIZON: usize = 1;

/// Trains each cell with as many hidden units as bring its parameters nearest to those of an LSTM.
pub fn train(cells: &[CellName], path: &Path, args: &InspectArgs, cpu: &Cpu, talk: Talk) -> anyhow::Result<Vec<Subject>> {
    let mut settings = settings::gather(&args.source, &args.settings)?;
    let dataset = data::read(path, &settings.read.options(ReadOptions::default()), talk)?;
    settings.forecast.horizon.get_or_insert(HORIZON);
    settings.forecast.network.cell = Some(CellName::Lstm);
    let plan = Plan::with(&dataset, &settings.forecast, Usual::before(false), false).map_err(Failure::from)?;
    talk.guesses(&plan.choices);
    let table = data::table(&dataset);
    let scales = training_scales(&table, &plan.config, &plan.parts.splits);
    let (train, valid) = training_windows(&table, &plan.config, &scales, &plan.parts.splits).map_err(Failure::from)?;
    interrupt::catch()?;
    let mut subjects = Vec::new();
    for &cell in cells {
        let config = sized(&plan.config, cell);
        let model = starting_model(&config, plan.training.train.seed).map_err(Failure::from)?;
        let name = name_of(cell);
        talk.say(format!("{name}: {} parameters, {} hidden units", model.params().values.len(), config.network.hidden));
        let mut trainer = Trainer::new(model, config.loss.clone(), plan.training.train.clone()).map_err(|e| wrong(&e, &name))?;
        watch_gradients(&mut trainer, &train, config.steps(), &config.loss);
        let epochs = plan.training.train.epochs;
        let mut on_event = |event: &Event| {
            told(event, &name, epochs, talk);
            if interrupt::asked() { Control::Stop } else { Control::Continue }
        };
        trainer.run(cpu, &train, &valid, &mut on_event).map_err(|e| wrong(&e, &name))?;
        if interrupt::asked() {
            return Err(Failure::io("interrupted before every network was trained").status(interrupt::status()).into());
        }
        let forecaster = Forecaster::new(config.clone(), scales.clone(), vec![trainer.into_best()]).map_err(Failure::from)?;
        let held = if valid.is_empty() { &train } else { &valid };
        subjects.push(Subject::of_forecaster(&name, &forecaster, &train, held, Unit::of_rows(dataset.frequency, config.segment)));
    }
    Ok(subjects)
}

/// A training error as the user sees it.
fn wrong(error: &TrainError, name: &str) -> Failure {
    crate::failure::training(error, |_| format!(" in training {name}"), "a lower --lr, a --clip-norm, or --normalize window")
}

fn name_of(cell: CellName) -> String {
    serde_json::to_value(cell).ok().and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default()
}

/// The configuration with another cell and about as many parameters.
fn sized(config: &ForecastConfig, cell: CellName) -> ForecastConfig {
    let with = |hidden| ForecastConfig { network: Network { cell, hidden, ..config.network.clone() }, ..config.clone() };
    let aim = config.model().parameters();
    let gap = |hidden: usize| with(hidden).model().parameters().abs_diff(aim);
    let mut hidden = config.network.hidden;
    while gap(hidden + 1) < gap(hidden) {
        hidden += 1;
    }
    with(hidden)
}

/// Tells the gradients of an epoch.
fn told(event: &Event, name: &str, epochs: u64, talk: Talk) {
    let Event::Gradients { epoch, train_loss, valid_loss, flow, grad_norm, clipped, .. } = event else { return };
    let mut value = serde_json::to_value(event).unwrap_or_default();
    value["net"] = name.into();
    talk.event(&value);
    if *epoch == 1 || epoch % epochs.div_ceil(10).max(1) == 0 {
        let left = flow.first().map_or(0.0, |flow| flow.share_left);
        let valid = valid_loss.map(|v| format!(" validation {v:.4}")).unwrap_or_default();
        talk.say(format!(
            "  {name} epoch {epoch}/{epochs}: loss {train_loss:.4}{valid}, gradient {grad_norm:.2}, clipped {:.0} %, {left:.1e} of it left at the far end",
            100.0 * clipped
        ));
    }
}
