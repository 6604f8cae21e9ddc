//! A run from data to report: train, hold against the rows kept back, train anew on all rows, forecast.
//!
//! Every training has a checkpoint of its own in the run folder, and a finished one gives its result at once when it is run again. So
//! resuming is running the same steps over the same folder.

pub mod interrupt;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::prior::Prior;
use gatewise::task::forecast::{ChannelForecast, Fit, Forecaster, Goal, HeldBack, Outliers, Plan, Split, Table, Usual};
use gatewise_data::{Dataset, ReadOptions};
use gatewise_report::forecast::{self, ForecastTable, forecast_picture, notes_on_lengths, notes_on_means, render_forecast, score};
use serde_json::json;

use crate::args::ForecastSettings;
use crate::cli_error::CliError;
use crate::commands::{kernels, now};
use crate::console::{Console, shown};
use crate::data::{self, DataSpec};
use crate::model::{Loaded, MODEL_FILE, open};
use crate::outputs;
use crate::progress::{Progress, Words};
use crate::run_folder::RunFolder;
use crate::settings::{self, RunMetadata};
use crate::table_file::{self, write_table};

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A forecast beyond the end of the data.
    Forecast,
    /// A model.
    Train,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Purpose::Forecast => "forecast",
            Purpose::Train => "train forecast",
        }
    }
}

/// What a run starts from.
pub struct ForecastRun<'a> {
    pub aim: Purpose,
    pub data: &'a Path,
    pub settings: ForecastSettings,
    /// The model whose weights training begins with.
    pub from: Option<PathBuf>,
    pub console: Console,
    /// The command line.
    pub command: String,
}

/// A run under way.
struct Run<'a> {
    aim: Purpose,
    dataset: &'a Dataset,
    table: &'a Table<'a>,
    plan: &'a Plan,
    fit: &'a Fit<'a>,
    options: &'a ReadOptions,
    folder: &'a RunFolder,
    cpu: Cpu,
    console: Console,
    command: String,
}

impl ForecastRun<'_> {
    /// Starts a run in a folder of its own.
    pub fn start(mut self, folder: Option<&Path>, output: Option<&Path>) -> anyhow::Result<ExitCode> {
        let (base, prior) = self.base()?;
        let options = self.reading();
        let dataset = data::read(self.data, &options, self.console)?;
        let plan = self.plan(&dataset, base.as_ref())?;
        let (data, from, output_place) = (self.data.to_owned(), self.from.clone(), output.map(Path::to_owned));
        let origin = RunMetadata { command: self.aim.name().to_owned(), data, from, output: output_place, flags: Vec::new() };
        let settings = ForecastSettings { forecast: plan.options.clone(), ..self.settings.clone() };
        let folder = settings::begin(folder, &origin, &settings, &[])?;
        self.console.guesses(&plan.choices);
        self.go_on(&dataset, &options, &plan, (base.as_ref(), prior.as_ref()), &folder, output)
    }

    /// How the table is read; holidays and events as far ahead as is forecast.
    fn reading(&self) -> ReadOptions {
        let ahead = self.settings.forecast.horizon.unwrap_or_default();
        self.settings.read.options(ReadOptions { ahead, ..ReadOptions::default() })
    }

    /// The forecaster that training begins with, which settles what its weights settle, or the prior in place of the built-in one.
    fn base(&mut self) -> Result<(Option<Forecaster>, Option<Prior>), CliError> {
        let Some(path) = self.from.as_deref() else { return Ok((None, None)) };
        let file = open(path)?;
        if file.task() == "prior" {
            let cpu = crate::commands::cpu(self.settings.forecast.training.threads)?;
            let prior = Prior::of_file(&cpu, file).map_err(|e| CliError::data(e.to_string()))?;
            return Ok((None, Some(prior)));
        }
        let base = Loaded::of(file)?.forecaster;
        self.settings.forecast.pin(&base, &path.display().to_string())?;
        Ok((Some(base), None))
    }

    fn plan(&self, dataset: &Dataset, base: Option<&Forecaster>) -> Result<Plan, CliError> {
        let t = &self.settings.forecast;
        let earlier = t.training.resumed && t.backtest_windows.is_none();
        let mut usual = if earlier { Usual::before(self.aim == Purpose::Forecast) } else { Usual::NEW };
        if t.training.resumed {
            // A run that says nothing of them began when they were kept.
            usual.outliers = Outliers::Keep;
        }
        let plan = Plan::with(dataset, t, usual, base.is_some())?;
        if let (Some(base), Some(path)) = (base, &self.from) {
            plan.check_base(base, &path.display().to_string())?;
            self.console.event(&json!({"event": "from", "model": shown(path)}));
            self.console.info(format!("beginning with the weights of {} (--from)", path.display()));
        }
        Ok(plan)
    }

    /// Goes on with a run that was interrupted.
    pub fn resume(folder: &Path, console: Console, command: String) -> anyhow::Result<ExitCode> {
        let names = [Purpose::Forecast.name(), Purpose::Train.name()];
        let (folder, settings, RunMetadata { command: aim, data, from, output, .. }) = settings::load(folder, &names)?;
        let output = output.as_deref();
        output.map_or(Ok(()), outputs::probe)?;
        let aim = if aim == Purpose::Forecast.name() { Purpose::Forecast } else { Purpose::Train };
        let mut job = ForecastRun { aim, data: &data, settings, from, console, command };
        job.settings.forecast.training.resumed = true;
        let (base, prior) = job.base()?;
        let options = job.reading();
        let dataset = data::read(&data, &options, console)?;
        let plan = job.plan(&dataset, base.as_ref())?;
        console.info(format!("going on with {}", folder.path().display()));
        job.go_on(&dataset, &options, &plan, (base.as_ref(), prior.as_ref()), &folder, output)
    }

    fn go_on(
        self,
        dataset: &Dataset,
        options: &ReadOptions,
        plan: &Plan,
        (base, prior): (Option<&Forecaster>, Option<&Prior>),
        folder: &RunFolder,
        output: Option<&Path>,
    ) -> anyhow::Result<ExitCode> {
        interrupt::catch()?;
        let goal = if self.aim == Purpose::Forecast { Goal::Forecast } else { Goal::Model };
        let fit = Fit::new(dataset, plan, goal, base).with_prior(prior);
        let run = Run {
            aim: self.aim,
            dataset,
            table: fit.table(),
            fit: &fit,
            plan,
            options,
            folder,
            cpu: crate::commands::cpu(plan.options.training.threads)?,
            console: self.console,
            command: self.command,
        };
        self.console.event(&json!({"event": "run", "folder": shown(folder.path())}));
        let mut progress = Progress::new(self.console, folder, Words::WINDOWS);
        let code = run.run(&mut progress, output)?;
        progress.finish()?;
        Ok(code)
    }
}

impl Run<'_> {
    fn run(&self, progress: &mut Progress<'_>, output: Option<&Path>) -> anyhow::Result<ExitCode> {
        notes_on_lengths(self.plan, self.table).iter().for_each(|note| self.console.info(note));
        let Some(mut first) = progress.session(&self.cpu, |session| self.fit.train(session))? else {
            return Ok(interrupt::left(Purpose::Train.name(), self.folder, self.console));
        };
        let (epochs, summaries) = (progress.epochs(first.best_epoch()), first.summaries.clone());
        let held_back = progress.session(&self.cpu, |session| self.fit.judge(session, &mut first))?;
        self.save(&first.forecaster, &self.plan.parts.splits)?;
        self.say_score(held_back.as_ref())?;
        notes_on_means(self.dataset, &first.forecaster).iter().for_each(|note| self.console.info(note));
        let mut forecaster = if self.fit.refits() {
            let Some(second) = progress.session(&self.cpu, |session| self.fit.refit(session, first))? else {
                return Ok(interrupt::left(Purpose::Train.name(), self.folder, self.console));
            };
            self.save(&second, &self.fit.all_rows())?;
            second
        } else {
            first.forecaster
        };
        let forecasts = self.forecast(&mut forecaster, output)?;
        let report = self.described().report(&forecaster, held_back.as_ref(), &forecasts, epochs, &summaries);
        let page = self.folder.write_page(&render_forecast(&report))?;
        self.folder.write("forecast.svg", forecast_picture(&report).as_bytes())?;
        let folder = self.folder.path().display();
        self.console.info(format!("{}\nmodel, forecast and report are in {folder}; open {}", report.verdict, page.display()));
        self.console.event(&json!({"event": "done", "folder": shown(self.folder.path()), "report": shown(&page), "model": shown(&self.folder.file(MODEL_FILE))}));
        Ok(ExitCode::SUCCESS)
    }

    /// What the report takes of the run.
    fn described(&self) -> forecast::Run<'_> {
        forecast::Run {
            dataset: self.dataset,
            table: self.table,
            plan: self.plan,
            refits: self.fit.refits(),
            command: self.command.clone(),
            created: now(),
            kernels: kernels(&self.cpu, self.plan.training.train.precision()),
            settings: self.folder.settings(),
        }
    }

    fn save(&self, forecaster: &Forecaster, splits: &[Split]) -> anyhow::Result<()> {
        let test_from = self.plan.options.test_from.clone();
        let spec = DataSpec::of(self.dataset, self.options, test_from, |s| splits[s].valid_end);
        let spec = serde_json::to_value(spec)?;
        forecaster.save(&self.folder.file(MODEL_FILE), &spec).map_err(|e| CliError::io(e.to_string()))?;
        Ok(())
    }

    /// Forecasts beyond the end: `forecast.csv`, and a copy where the user wants it.
    fn forecast(&self, forecaster: &mut Forecaster, output: Option<&Path>) -> anyhow::Result<Vec<ChannelForecast>> {
        let levels = forecaster.config().quantiles.clone();
        let on_row = if self.aim == Purpose::Forecast { self.console.on_row() } else { None };
        let mut out = ForecastTable::new(Vec::new(), self.dataset, &levels, false, on_row)?;
        let mut forecasts = Vec::new();
        crate::model::forecast_at_end(&self.cpu, forecaster, &data::table(self.dataset), self.console, &mut |forecast| {
            out.write(forecast)?;
            forecasts.push(forecast.clone());
            Ok(())
        })?;
        let bytes = out.finish()?;
        self.folder.write("forecast.csv", &bytes)?;
        match output {
            Some(path) => write_table(path, &bytes, &table_file::forecasts(self.dataset))?,
            None if self.aim == Purpose::Forecast && !self.console.json() => self.console.print_table(&bytes)?,
            None => {}
        }
        Ok(forecasts)
    }

    fn say_score(&self, held_back: Option<&HeldBack>) -> anyhow::Result<()> {
        let Some(HeldBack { score, .. }) = held_back else { return Ok(()) };
        self.console.info(format!("on rows that nothing was learned from:\n{}", score::text(score)));
        score::warnings(score).iter().for_each(|warning| self.console.info(format!("warning: {warning}")));
        let json = score::json(score);
        self.folder.write("metrics.json", format!("{json:#}\n").as_bytes())?;
        let mut event = json;
        event["event"] = "score".into();
        self.console.event(&event);
        Ok(())
    }
}
