//! `--compare`: networks of equal size trained alike on the user's data, their gradient flow followed from epoch to epoch.

use std::path::Path;

use gatewise::Cpu;
use gatewise::options::{NetworkArgs, TrainingArgs};
use gatewise::task::classify::{self, Goal, Setup};
use gatewise::task::forecast::{CellName, Outliers, Plan, Usual};
use gatewise::task::language;
use gatewise::task::subject::{Subject, sized};
use gatewise::train::{Control, Event, Session};
use gatewise_data::{Corpus, ReadOptions};
use gatewise_report::inspect::Unit;
use gatewise_report::number::order;

use crate::args::{CompareTask, ForecastSettings, InspectArgs, TrainArgs};
use crate::cli_error::CliError;
use crate::console::Console;
use crate::data;
use crate::job::interrupt;
use crate::progress::note;
use crate::settings;

/// Rows forecast where the user names no horizon.
const HORIZON: usize = 1;

/// Trains a cell; none where it was stopped.
type Train<'a> = &'a mut dyn FnMut(CellName, &mut Session<'_>) -> Result<Option<Subject>, gatewise::Error>;
/// A network with its name and what a step of it is to the user.
type Compared = Vec<(String, Subject, Unit)>;

/// Trains each cell with as many hidden units as bring its parameters nearest to those of an LSTM.
pub fn train(cells: &[CellName], path: &Path, args: &InspectArgs, cpu: &Cpu, console: Console) -> anyhow::Result<Compared> {
    let mut settings = settings::merge(&args.source, &args.settings)?;
    settings.forecast.network.cell = Some(CellName::Lstm);
    let comparison = Comparison { cells, path, cpu, console };
    interrupt::catch()?;
    match args.task.unwrap_or_else(|| comparison.guess()) {
        CompareTask::Forecast => comparison.forecasters(settings),
        CompareTask::Language => comparison.texts(settings),
        CompareTask::Classify => comparison.items(settings, args, Goal::Classes),
        CompareTask::Regress => comparison.items(settings, args, Goal::Values),
    }
}

struct Comparison<'a> {
    cells: &'a [CellName],
    path: &'a Path,
    cpu: &'a Cpu,
    console: Console,
}

impl Comparison<'_> {
    /// The task that data of this kind are usually for, said.
    fn guess(&self) -> CompareTask {
        let extension = self.path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        let task = match extension.as_str() {
            "txt" | "md" | "text" => CompareTask::Language,
            _ if crate::classify::read::looks_like_items(self.path) => CompareTask::Classify,
            _ => CompareTask::Forecast,
        };
        let name = clap::ValueEnum::to_possible_value(&task).map(|value| value.get_name().to_owned()).unwrap_or_default();
        self.console.info(format!("  task  {name}  --task"));
        task
    }

    /// One training after the other.
    fn each(&self, sizes: &dyn Fn(CellName) -> Option<(u128, usize)>, train: Train<'_>, unit: Unit) -> anyhow::Result<Compared> {
        let mut subjects = Vec::new();
        for &cell in self.cells {
            let name = cell.spec().name;
            if let Some((parameters, hidden)) = sizes(cell) {
                self.console.info(format!("{name}: {parameters} parameters, {hidden} hidden units"));
            }
            let mut epochs = 1;
            let mut on_event = |event: &Event| {
                if let Event::Start { epochs: all, .. } = event {
                    epochs = *all;
                }
                told(event, name, epochs, self.console);
                if interrupt::asked() { Control::Stop } else { Control::Continue }
            };
            let mut session = Session { cpu: self.cpu, checkpoints: None, on_event: &mut on_event };
            let Some(subject) = train(cell, &mut session).map_err(CliError::from)? else {
                return Err(CliError::io("interrupted before every network was trained").status(interrupt::status()).into());
            };
            subjects.push((name.to_owned(), subject, unit));
        }
        Ok(subjects)
    }

    fn forecasters(&self, mut settings: ForecastSettings) -> anyhow::Result<Compared> {
        let dataset = data::read(self.path, &settings.read.options(ReadOptions::default()), self.console)?;
        settings.forecast.horizon.get_or_insert(HORIZON);
        settings.forecast.outliers.get_or_insert(Outliers::Replace);
        let plan = Plan::with(&dataset, &settings.forecast, Usual::before(false), false).map_err(CliError::from)?;
        self.console.guesses(&plan.choices);
        let (table, unit) = (
            data::table(&dataset).less(plan.effects.as_ref()).calmed(plan.config.outliers),
            Unit::of_rows(dataset.frequency, plan.config.segment),
        );
        let sizes = |cell| {
            let config = sized(&plan.config, cell);
            Some((config.model().parameters(), config.network.hidden))
        };
        self.each(&sizes, &mut |cell, session| Subject::trained(&table, &plan, cell, session), unit)
    }

    fn texts(&self, settings: ForecastSettings) -> anyhow::Result<Compared> {
        let (network, training) = self.shared(settings)?;
        let options = language::Options { network, training, sample: Some(0), ..language::Options::default() };
        let corpus = Corpus::open(self.path)?;
        let mut plan = language::Plan::new(&corpus, &options, self.cpu).map_err(CliError::from)?;
        self.console.guesses(&plan.choices);
        self.each(&|_| None, &mut |cell, session| Subject::trained_text(&mut plan, cell, session), Unit::SYMBOLS)
    }

    fn items(&self, settings: ForecastSettings, args: &InspectArgs, goal: Goal) -> anyhow::Result<Compared> {
        let table = settings.read.table.clone();
        let (network, training) = self.shared(settings)?;
        let options = classify::Options { network, training, ..classify::Options::default() };
        let mut setup = Setup { cache: crate::classify::apply::cache(args.items.cache.as_deref()), ..Setup::new(goal) };
        setup.read = setup.reading(args.items.options(&table, setup.usual_reading()), &options);
        let set = crate::classify::read::read(self.path, None, &setup.read, self.console)?;
        let mut on_event = |event: &Event| {
            note(self.console, event);
            Control::Continue
        };
        let mut session = Session { cpu: self.cpu, checkpoints: None, on_event: &mut on_event };
        let mut plan = classify::Plan::with(set, &options, setup, &mut session).map_err(CliError::from)?;
        self.console.guesses(&plan.choices);
        let unit = super::subject::unit_of_items(&plan.config);
        self.each(&|_| None, &mut |cell, session| Subject::trained_items(&mut plan, cell, session), unit)
    }

    /// What all tasks have in common: the layers and the training loop, with its gradients watched. What is for forecasts alone is refused.
    fn shared(&self, settings: ForecastSettings) -> anyhow::Result<(NetworkArgs, TrainingArgs)> {
        let TrainArgs { network, mut training, .. } = settings.forecast.clone();
        let rest = TrainArgs { network: NetworkArgs::default(), training: TrainingArgs::default(), ..settings.forecast };
        if rest != TrainArgs::default() {
            return Err(CliError::usage("settings of forecasts, as --horizon and --lookback, are for tables")
                .help("leave them out, or --task forecast")
                .into());
        }
        training.watch_gradients = Some(true);
        Ok((network, training))
    }
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
