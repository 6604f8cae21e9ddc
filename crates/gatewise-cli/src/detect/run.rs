//! Learning from a table: to mark its own anomalies, or those of others.

use std::path::PathBuf;
use std::process::ExitCode;

use gatewise::task::detect::{Fleet, Plan, TableShape};
use gatewise_data::{Choice, RowOptions, RowReader, Spans};
use gatewise_report::detect::{DetectReport, events_csv, metric_rows, render_detect};
use serde_json::json;

use super::file::{EVERY, Keep, save};
use super::follow::Source;
use super::table::Sinks;
use super::tell::{note_spans, tell};
use super::watch::Watch;
use super::{code, ended, spans, usage};
use crate::args::parsers::duration;
use crate::args::{DetectArgs, DetectorSettings, TrainDetectArgs};
use crate::cli_error::CliError;
use crate::commands::command_line;
use crate::console::{Console, shown};
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::outputs;
use crate::run_folder::RunFolder;
use crate::settings::{self, RunMetadata};

/// A table to learn from, and what is wanted of it.
struct DetectRun {
    origin: RunMetadata,
    settings: DetectorSettings,
    /// The folder of a run that is done again.
    again: Option<RunFolder>,
    /// Where a new run's folder is to be.
    place: Option<PathBuf>,
    console: Console,
}

/// The names of the commands in `config.toml`.
const DETECT: &str = "detect";
const TRAIN: &str = "train detect";

/// `gatewise detect`.
pub fn run(args: &DetectArgs, console: Console) -> anyhow::Result<ExitCode> {
    let flags = [(args.online, ONLINE), (args.follow, FOLLOW), (args.fail_on_anomaly, FAIL_ON_ANOMALY)];
    let origin = RunMetadata {
        command: DETECT.to_owned(),
        data: args.run.data.clone(),
        from: None,
        output: args.run.output.clone(),
        flags: flags.iter().filter(|(given, _)| *given).map(|(_, flag)| (*flag).to_owned()).collect(),
    };
    let settings = settings::merge(&args.run.source, &args.settings)?;
    DetectRun { origin, settings, again: None, place: args.run.run.clone(), console }.watch()
}

/// `gatewise train detect`.
pub fn train(args: &TrainDetectArgs, console: Console) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.resume {
        settings::refuse_beside_resume(&args.settings, TRAIN)?;
        let (folder, settings, origin) = settings::load(path, &[DETECT, TRAIN])?;
        origin.output.as_deref().map_or(Ok(()), outputs::probe)?;
        if origin.flags.iter().any(|flag| flag == FOLLOW) {
            let run = folder.path().display();
            return Err(CliError::usage(format!("{run}: it followed its rows as they came, which cannot be read again"))
                .help(format!("go on from what it has learned: gatewise predict {run} DATA --follow"))
                .into());
        }
        console.info(format!("doing {} again", folder.path().display()));
        let watches = origin.command == DETECT;
        let job = DetectRun { origin, settings, again: Some(folder), place: None, console };
        return if watches { job.watch() } else { job.learn() };
    }
    let help = || CliError::usage("which table to learn from?").help("gatewise train detect DATA");
    let data = args.data.clone().ok_or_else(help)?;
    let origin = RunMetadata { command: TRAIN.to_owned(), data, from: None, output: None, flags: Vec::new() };
    let settings = settings::merge(&args.source, &args.settings)?;
    DetectRun { origin, settings, again: None, place: args.run.clone(), console }.learn()
}

const ONLINE: &str = "--online";
const FOLLOW: &str = "--follow";
const FAIL_ON_ANOMALY: &str = "--fail-on-anomaly";

/// What a run starts with: a source, a reader that stands at its first row, the configuration, known maintenance and a folder.
struct Setup {
    source: Source,
    reader: RowReader,
    options: RowOptions,
    guesses: Vec<Choice>,
    known: Option<Spans>,
    folder: RunFolder,
    fleet: Fleet,
}

impl DetectRun {
    fn has(&self, flag: &str) -> bool {
        self.origin.flags.iter().any(|given| given == flag)
    }

    fn start(&mut self, twice: bool) -> anyhow::Result<Setup> {
        let (settings, console) = (&self.settings, self.console);
        let options = settings.rows();
        let mut source = Source::new(&self.origin.data, self.has(FOLLOW), twice || settings.detect.expect.is_some(), console)?;
        let reader = source.open(&options)?;
        let rows = || Ok(source.lines()?.map(|lines| lines.saturating_sub(1)));
        let plan = Plan::new(&TableShape::from(&reader), &settings.detect, rows).map_err(CliError::from)?;
        let guesses = [reader.guesses(), &plan.choices].concat();
        let known = spans(&reader, settings.rows.known.ignore.as_deref())?;
        let folder = match self.again.take() {
            Some(folder) => folder,
            None => settings.begin(self.place.as_deref(), &self.origin, &plan)?,
        };
        console.guesses(&guesses);
        console.findings(reader.path(), reader.findings());
        console.event(&json!({"event": "run", "folder": shown(folder.path())}));
        interrupt::catch()?;
        let fleet = Fleet::new(&plan.config).map_err(usage)?;
        Ok(Setup { source, reader, options, guesses, known, folder, fleet })
    }

    /// Learns, and marks the table's own anomalies.
    fn watch(mut self) -> anyhow::Result<ExitCode> {
        let (follow, console) = (self.has(FOLLOW), self.console);
        let online = follow || self.has(ONLINE);
        let Setup { mut source, mut reader, options, guesses, mut known, folder, mut fleet } = self.start(!online)?;
        if !online {
            console.info("learning from the whole table, then scoring it; --online scores each row from those before it alone");
            fleet.learn(&mut reader, known.clone().as_mut(), &mut interrupt::asked).map_err(CliError::from)?;
            fleet.review();
            reader = source.open(&options)?;
        }
        let sinks = Sinks::new(self.origin.output.as_deref(), Some(&folder), follow, console)?;
        let every = self.settings.detect.checkpoint_every.as_deref().map_or(Ok(EVERY), duration).map_err(CliError::usage)?;
        let keep = follow.then(|| Keep::new(&reader, &options, folder.file(MODEL_FILE), every));
        let watch = Watch { fleet: &mut fleet, reader: &mut reader, spans: known.as_mut(), sinks, console, follow, resumes: false, keep };
        let found = watch.run()?;
        fleet.set_learning(true);
        save(&fleet, &reader, &options, &folder.file(MODEL_FILE), found.last)?;
        folder.write("events.csv", &events_csv(&found.events, found.by_series))?;
        let data = &self.origin.data;
        let report = DetectReport {
            title: data.file_name().unwrap_or(data.as_os_str()).to_string_lossy().into_owned(),
            command: command_line(),
            verdict: found.outcome(&fleet).verdict(),
            facts: found.outcome(&fleet).facts(online),
            guesses,
            metrics: found.metrics.map(metric_rows).unwrap_or_default(),
            panels: found.charts.panels(found.by_series.then_some(&found.series[..]), &reader.channels()),
            by_series: found.by_series,
            events: found.events.iter().map(|e| e.cells()).collect(),
        };
        folder.write_page(&render_detect(&report))?;
        note_spans(known.as_ref(), console);
        tell(&found, &fleet, &reader, console);
        console.info(format!("report, scores, events and model are in {}", folder.path().display()));
        Ok(code(&found, self.has(FAIL_ON_ANOMALY)))
    }

    /// Learns, for other rows.
    fn learn(mut self) -> anyhow::Result<ExitCode> {
        let console = self.console;
        let Setup { mut reader, options, mut known, folder, mut fleet, .. } = self.start(false)?;
        let last = fleet.learn(&mut reader, known.as_mut(), &mut interrupt::asked).map_err(CliError::from)?;
        save(&fleet, &reader, &options, &folder.file(MODEL_FILE), last)?;
        console.event(&json!({"event": "trained", "rows": fleet.rows(), "threshold": fleet.threshold()}));
        note_spans(known.as_ref(), console);
        let of = if reader.id_columns().is_empty() { String::new() } else { format!(" of {} series", fleet.names().len()) };
        console.info(format!("learned from {} rows{of}; the model is {}", fleet.rows(), folder.file(MODEL_FILE).display()));
        console.info(format!("score later rows with: gatewise predict {} DATA", folder.path().display()));
        Ok(ended())
    }
}
