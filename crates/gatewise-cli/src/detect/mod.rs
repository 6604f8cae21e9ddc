//! `gatewise detect`, `train detect`, and what `predict` and `evaluate` do with a detector.

mod blocks;
mod chart;
mod follow;
mod settings;
mod table;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use gatewise::error::FormatError;
use gatewise::task::detect::{Detector, Metrics};
use gatewise_data::{RowOptions, RowReader};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::args::{DetectArgs, EvaluateArgs, PrecisionName, PredictArgs, RowArgs, TrainDetectArgs};
use crate::commands::command_line;
use crate::failure::{Failure, Status};
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::report::{DetectReport, render_detect};
use crate::run_folder::RunFolder;
use crate::talk::Talk;
use blocks::{Read, read_ahead};
use follow::Source;
use table::Sinks;
use watch::{Found, Watch};

/// What a model file keeps of the table that it was trained on.
#[derive(Serialize, Deserialize)]
struct DataSpec {
    /// Names of the channels.
    channels: Vec<String>,
    time: Option<String>,
    na: Vec<String>,
    /// The time of the last row, as seconds or a count.
    last: Option<i64>,
}

/// Whether a model file or run folder holds a detector; a file that cannot be read is for the forecaster to complain of.
pub fn is_detector(given: &Path) -> bool {
    gatewise::format::task_of(&model_path(given)).is_ok_and(|task| task == "detect")
}

fn model_path(given: &Path) -> std::path::PathBuf {
    if given.is_dir() { given.join(MODEL_FILE) } else { given.to_path_buf() }
}

/// `gatewise detect`.
pub fn run(args: &DetectArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let settings = crate::settings::gather(&args.run.source, &args.settings)?;
    let (online, options) = (args.online || args.follow, settings.rows());
    let mut source = Source::new(&args.run.data, args.follow, !online || settings.detect.expect.is_some())?;
    let mut reader = source.open(&options)?;
    let (config, guesses) = settings.plan(&reader, &mut source)?;
    let folder = RunFolder::create(args.run.run.as_deref(), &args.run.data)?;
    talk.guesses(&guesses);
    talk.event(&json!({"event": "run", "folder": folder.path()}));
    settings.save(&folder, "detect", &args.run.data, &config)?;
    interrupt::catch()?;
    let mut detector = Detector::new(&config).map_err(usage)?;
    if !online {
        talk.say("learning from the whole table, then scoring it; --online scores each row from those before it alone");
        learn(&mut detector, &mut reader)?;
        detector.restart();
        detector.set_learning(false);
        reader = source.open(&options)?;
    }
    let sinks = Sinks::new(args.run.output.as_deref(), Some(&folder), args.follow, talk)?;
    let found = Watch::new(&mut detector, &mut reader, sinks, talk, args.follow).run()?;
    detector.set_learning(true);
    save(&detector, &reader, &options, &folder.file(MODEL_FILE), found.last)?;
    folder.write("events.csv", found.events_csv(&reader)?.as_bytes())?;
    let report = DetectReport {
        title: args.run.data.file_name().unwrap_or(args.run.data.as_os_str()).to_string_lossy().into_owned(),
        command: command_line(),
        verdict: found.verdict(&detector),
        facts: facts(&detector, &found, online),
        guesses: guesses.iter().map(|g| (g.what.clone(), g.value.clone(), g.flag.clone())).collect(),
        metrics: found.metrics.map(metric_rows).unwrap_or_default(),
        panels: found.chart.panels(&reader.channels()),
        events: found.events.iter().map(|e| e.cells()).collect(),
    };
    folder.write("report.html", render_detect(&report).as_bytes())?;
    tell(&found, &detector, &reader, talk)?;
    talk.say(format!("report, scores, events and model are in {}", folder.path().display()));
    Ok(code(&found, args.fail_on_anomaly))
}

/// `gatewise train detect`.
pub fn train(args: &TrainDetectArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let settings = crate::settings::gather(&args.source, &args.settings)?;
    let options = settings.rows();
    let mut source = Source::new(&args.data, false, settings.detect.expect.is_some())?;
    let mut reader = source.open(&options)?;
    let (config, guesses) = settings.plan(&reader, &mut source)?;
    let folder = RunFolder::create(args.run.as_deref(), &args.data)?;
    talk.guesses(&guesses);
    talk.event(&json!({"event": "run", "folder": folder.path()}));
    settings.save(&folder, "train detect", &args.data, &config)?;
    interrupt::catch()?;
    let mut detector = Detector::new(&config).map_err(usage)?;
    let last = learn(&mut detector, &mut reader)?;
    save(&detector, &reader, &options, &folder.file(MODEL_FILE), last)?;
    talk.event(&json!({"event": "trained", "rows": detector.rows(), "threshold": detector.threshold()}));
    talk.say(format!("learned from {} rows; the model is {}", detector.rows(), folder.file(MODEL_FILE).display()));
    talk.say(format!("score later rows with: gatewise predict {} DATA", folder.path().display()));
    Ok(ended())
}

/// `gatewise predict` with a detector.
pub fn predict(args: &PredictArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    if args.precision != PrecisionName::F32 {
        talk.say("note: --precision: a detector goes on learning as the rows come, in f32");
    }
    let (mut detector, spec) = load(&args.given.model)?;
    let options = spec.options(&row_args(&args.given.read, &args.watch)?);
    let mut source = Source::new(&args.given.data, args.watch.follow, false)?;
    let mut reader = source.open(&options)?;
    check_channels(&reader, &spec, &args.given.data)?;
    prepare(&mut detector, &reader, &spec, args.watch.false_alarms, talk)?;
    interrupt::catch()?;
    let sinks = Sinks::new(args.given.output.as_deref(), None, args.watch.follow, talk)?;
    let found = Watch::new(&mut detector, &mut reader, sinks, talk, args.watch.follow).run()?;
    if let Some(path) = &args.watch.save {
        save(&detector, &reader, &options, path, found.last)?;
        talk.say(format!("the detector as it now stands is {}", path.display()));
    }
    tell(&found, &detector, &reader, talk)?;
    Ok(code(&found, args.watch.fail_on_anomaly))
}

/// `gatewise evaluate` with a detector: rows against labels, with nothing learned from them.
pub fn evaluate(args: &EvaluateArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let (json, talk) = (talk.json(), talk.without_events());
    if args.precision != PrecisionName::F32 {
        talk.say("note: --precision: a detector goes on learning as the rows come, in f32");
    }
    let (mut detector, spec) = load(&args.given.model)?;
    let mut options = spec.options(&row_args(&args.given.read, &Default::default())?);
    options.label = args.label.clone();
    let mut source = Source::new(&args.given.data, false, false)?;
    let mut reader = source.open(&options)?;
    if !reader.labelled() {
        return Err(Failure::usage("which column says what the anomalies are?")
            .help("--label COLUMN, with 1 for an anomaly and 0 else")
            .into());
    }
    check_channels(&reader, &spec, &args.given.data)?;
    prepare(&mut detector, &reader, &spec, None, talk)?;
    detector.set_learning(false);
    let sinks = Sinks::only(args.given.output.as_deref())?;
    let found = Watch::new(&mut detector, &mut reader, sinks, talk, false).run()?;
    let metrics = found.metrics.context("a table with labels has metrics")?;
    if json {
        talk.print(&format!("{}\n", metrics_json(&metrics)))?;
    } else {
        talk.print(&metrics_text(&metrics))?;
    }
    Ok(ended())
}

/// Rows in, nothing out; gives the time of the last one.
fn learn(detector: &mut Detector, reader: &mut RowReader) -> anyhow::Result<Option<i64>> {
    let mut last = None;
    std::thread::scope(|scope| -> anyhow::Result<()> {
        for read in &read_ahead(scope, reader, false) {
            let block = match read {
                Read::Rows(block, _) => block,
                Read::Failed(error) => return Err(Failure::from(error).into()),
            };
            for row in block.rows() {
                detector.push(row.seconds, row.values)?;
                last = row.seconds;
            }
            if interrupt::asked() {
                break;
            }
        }
        Ok(())
    })?;
    Ok(last)
}

fn load(given: &Path) -> Result<(Detector, DataSpec), Failure> {
    let path = model_path(given);
    let (detector, data) = Detector::load(&path).map_err(|e| match e {
        FormatError::Io { .. } => Failure::io(e.to_string()),
        _ => Failure::data(e.to_string()),
    })?;
    let spec = serde_json::from_value(data).map_err(|e| {
        Failure::data(format!("{}: what it says of its table cannot be read: {e}", path.display())).help("train the model anew")
    })?;
    Ok((detector, spec))
}

fn save(detector: &Detector, reader: &RowReader, options: &RowOptions, path: &Path, last: Option<i64>) -> anyhow::Result<()> {
    let channels = reader.channels().into_iter().map(str::to_owned).collect();
    let spec = DataSpec { channels, time: options.time.clone(), na: options.na.clone(), last };
    detector.save(path, &serde_json::to_value(spec)?).map_err(|e| Failure::io(e.to_string()))?;
    Ok(())
}

impl DataSpec {
    /// The table is read as the model's own was, where the user does not say otherwise.
    fn options(&self, args: &RowArgs) -> RowOptions {
        RowOptions {
            values: args.target.clone().unwrap_or_else(|| self.channels.clone()),
            time: args.fields.time.clone().or_else(|| self.time.clone()),
            label: args.label.clone(),
            na: args.fields.na.clone().unwrap_or_else(|| self.na.clone()),
            delimiter: args.fields.separator(),
        }
    }
}

/// The flags for tables that a row-by-row read knows; the others are refused.
fn row_args(read: &crate::args::ReadArgs, watch: &crate::args::WatchArgs) -> Result<RowArgs, Failure> {
    let foreign = [
        ("--id", read.table.id.is_some()),
        ("--covariates", read.covariates.is_some()),
        ("--freq", read.freq.is_some()),
        ("--impute", read.table.impute.is_some()),
    ];
    if let Some((flag, _)) = foreign.into_iter().find(|(_, given)| *given) {
        return Err(Failure::usage(format!("{flag} means nothing to a detector")).help("a detector takes rows as they come; leave it out"));
    }
    Ok(RowArgs { target: read.target.clone(), fields: read.table.fields.clone(), label: watch.label.clone() })
}

fn check_channels(reader: &RowReader, spec: &DataSpec, data: &Path) -> Result<(), Failure> {
    let (found, expected) = (reader.channels().len(), spec.channels.len());
    if found == expected {
        return Ok(());
    }
    Err(Failure::data(format!("{}: {found} columns to watch, the model watches {expected}: {}", data.display(), spec.channels.join(", ")))
        .help("name as many with --target"))
}

/// Goes on where the model's rows ended, or starts anew where these rows do not follow them.
fn prepare(detector: &mut Detector, reader: &RowReader, spec: &DataSpec, rate: Option<f64>, talk: Talk) -> Result<(), Failure> {
    if let Some(rate) = rate {
        detector.set_rate(settings::check_rate(rate)?);
    }
    let follows = match (spec.last, reader.first_seconds()) {
        (Some(last), Some(first)) => first > last,
        _ => true,
    };
    if follows {
        talk.say(format!("going on from the {} rows that the model has seen", detector.rows()));
    } else {
        talk.say("these rows do not follow those of the training: the model starts anew with what it has learned");
        detector.restart();
    }
    Ok(())
}

/// What was found, in a few lines.
fn tell(found: &Found, detector: &Detector, reader: &RowReader, talk: Talk) -> anyhow::Result<()> {
    for note in found.notes(reader) {
        talk.say(note);
    }
    talk.say(found.verdict(detector));
    if let Some(metrics) = &found.metrics {
        talk.event(&metrics_json(metrics));
        talk.say(metrics_text(metrics).trim_end());
    }
    talk.event(&json!({
        "event": "done", "rows": found.rows, "anomalies": found.anomalies, "events": found.events.len(), "threshold": detector.threshold(),
    }));
    Ok(())
}

fn code(found: &Found, fail_on_anomaly: bool) -> ExitCode {
    if fail_on_anomaly && !found.events.is_empty() { Status::Anomaly.into() } else { ended() }
}

fn ended() -> ExitCode {
    if interrupt::asked() { Status::Interrupted.into() } else { ExitCode::SUCCESS }
}

fn usage(error: gatewise::task::detect::DetectError) -> Failure {
    Failure::usage(error.to_string())
}

fn facts(detector: &Detector, found: &Found, online: bool) -> Vec<(String, String)> {
    let config = detector.config();
    [
        ("Rows", found.rows.to_string()),
        ("Channels", config.channels.to_string()),
        ("Events", found.events.len().to_string()),
        ("Threshold", format!("{:.3}", detector.threshold())),
        ("False alarms expected", format!("{:.3} in {} rows", config.rate * found.rows as f64, found.rows)),
        ("Scored", if online { "from the rows before alone" } else { "after learning from the whole table" }.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn metrics_json(m: &Metrics) -> Value {
    json!({
        "event": "metrics", "precision": m.precision, "recall": m.recall, "f1": m.f1, "event_precision": m.event_precision,
        "event_recall": m.event_recall, "event_f1": m.event_f1, "auprc": m.auprc, "rows": m.rows, "labelled": m.labelled,
        "stretches": m.stretches, "events": m.events,
    })
}

fn metric_rows(m: Metrics) -> Vec<(String, f64)> {
    [
        ("precision", m.precision),
        ("recall", m.recall),
        ("F1", m.f1),
        ("event precision", m.event_precision),
        ("event recall", m.event_recall),
        ("event F1", m.event_f1),
        ("area under precision-recall", m.auprc),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn metrics_text(m: &Metrics) -> String {
    let mut text = format!("{} rows, {} labelled in {} stretches; {} events\n", m.rows, m.labelled, m.stretches, m.events);
    for (name, value) in metric_rows(*m) {
        text += &format!("  {name:<28} {value:.3}\n");
    }
    text
}
