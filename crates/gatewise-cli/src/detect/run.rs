//! Learning from a table: to mark its own anomalies, or those of others.

use std::process::ExitCode;

use gatewise::task::detect::Detector;
use gatewise_data::RowReader;
use serde_json::json;

use super::blocks::{Read, read_ahead};
use super::file::save;
use super::follow::Source;
use super::table::Sinks;
use super::tell::{facts, metric_rows, tell};
use super::watch::Watch;
use super::{code, ended, usage};
use crate::args::{DetectArgs, TrainDetectArgs};
use crate::commands::command_line;
use crate::failure::Failure;
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::report::{DetectReport, render_detect};
use crate::run_folder::RunFolder;
use crate::settings::gather;
use crate::talk::Talk;

/// `gatewise detect`.
pub fn run(args: &DetectArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let settings = gather(&args.run.source, &args.settings)?;
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
        detector.rewind();
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
    let settings = gather(&args.source, &args.settings)?;
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
