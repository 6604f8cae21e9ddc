//! `--compare`: networks of equal size trained alike on the user's data, their gradient flow followed from epoch to epoch.

use std::path::Path;

use gatewise::Cpu;
use gatewise::task::forecast::{CellName, Plan, Usual};
use gatewise::task::subject::{Subject, sized};
use gatewise::train::{Control, Event, Session};
use gatewise_data::ReadOptions;
use gatewise_report::inspect::Unit;
use gatewise_report::number::order;

use crate::args::InspectArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::data;
use crate::job::interrupt;
use crate::settings;

/// Rows forecast where the user names no horizon.
const HORIZON: usize = 1;

/// Trains each cell with as many hidden units as bring its parameters nearest to those of an LSTM.
pub fn train(
    cells: &[CellName],
    path: &Path,
    args: &InspectArgs,
    cpu: &Cpu,
    console: Console,
) -> anyhow::Result<Vec<(String, Subject, Unit)>> {
    let mut settings = settings::merge(&args.source, &args.settings)?;
    let dataset = data::read(path, &settings.read.options(ReadOptions::default()), console)?;
    settings.forecast.horizon.get_or_insert(HORIZON);
    settings.forecast.network.cell = Some(CellName::Lstm);
    let plan = Plan::with(&dataset, &settings.forecast, Usual::before(false), false).map_err(CliError::from)?;
    console.guesses(&plan.choices);
    let (table, unit) = (data::table(&dataset), Unit::of_rows(dataset.frequency, plan.config.segment));
    interrupt::catch()?;
    let mut subjects = Vec::new();
    for &cell in cells {
        let (config, name) = (sized(&plan.config, cell), cell.spec().name);
        console.info(format!("{name}: {} parameters, {} hidden units", config.model().parameters(), config.network.hidden));
        let epochs = plan.training.train.epochs;
        let mut on_event = |event: &Event| {
            told(event, name, epochs, console);
            if interrupt::asked() { Control::Stop } else { Control::Continue }
        };
        let mut session = Session { cpu, checkpoints: None, on_event: &mut on_event };
        let Some(subject) = Subject::trained(&table, &plan, cell, &mut session).map_err(CliError::from)? else {
            return Err(CliError::io("interrupted before every network was trained").status(interrupt::status()).into());
        };
        subjects.push((name.to_owned(), subject, unit));
    }
    Ok(subjects)
}

/// Tells the gradients of an epoch.
fn told(event: &Event, name: &str, epochs: u64, console: Console) {
    let Event::Gradients { epoch, train_loss, valid_loss, flow, grad_norm, clipped, .. } = event else { return };
    let mut value = serde_json::to_value(event).unwrap_or_default();
    value["net"] = name.into();
    console.event(&value);
    if *epoch == 1 || epoch % epochs.div_ceil(10).max(1) == 0 {
        let left = flow.first().map_or(0.0, |flow| flow.share_left);
        let valid = valid_loss.map(|v| format!(" validation {v:.4}")).unwrap_or_default();
        console.info(format!(
            "  {name} epoch {epoch}/{epochs}: loss {train_loss:.4}{valid}, gradient {grad_norm:.2}, clipped {:.0} %, {} of it left at the far end",
            100.0 * clipped,
            order(left)
        ));
    }
}
