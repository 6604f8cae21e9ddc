//! Learning from a table: to mark its own anomalies, or those of others.

use std::process::ExitCode;

use gatewise::task::detect::{Fleet, Reading};
use gatewise_data::{RowReader, Spans};
use serde_json::json;

use super::blocks::{Read, read_ahead};
use super::file::save;
use super::follow::Source;
use super::named::events_csv;
use super::table::Sinks;
use super::tell::{facts, metric_rows, note_spans, tell, verdict};
use super::watch::{Watch, known};
use super::{code, ended, fault, spans, usage};
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
    let mut source = Source::new(&args.run.data, args.follow, !online || settings.detect.expect.is_some(), talk)?;
    let mut reader = source.open(&options)?;
    let (config, guesses) = settings.plan(&reader, &mut source)?;
    let mut known = spans(&reader, settings.rows.known.ignore.as_deref())?;
    let folder = RunFolder::create(args.run.run.as_deref(), &args.run.data)?;
    talk.guesses(&guesses);
    talk.findings(reader.path(), reader.findings());
    talk.event(&json!({"event": "run", "folder": folder.path()}));
    settings.save(&folder, "detect", &args.run.data, &config)?;
    interrupt::catch()?;
    let mut fleet = Fleet::new(&config).map_err(usage)?;
    if !online {
        talk.say("learning from the whole table, then scoring it; --online scores each row from those before it alone");
        learn(&mut fleet, &mut reader, known.clone().as_mut())?;
        fleet.review();
        reader = source.open(&options)?;
    }
    let sinks = Sinks::new(args.run.output.as_deref(), Some(&folder), args.follow, talk)?;
    let watch = Watch { fleet: &mut fleet, reader: &mut reader, spans: known.as_mut(), sinks, talk, follow: args.follow, resumes: false };
    let found = watch.run()?;
    fleet.set_learning(true);
    save(&fleet, &reader, &options, &folder.file(MODEL_FILE), found.last)?;
    folder.write("events.csv", &events_csv(&found.events, found.by_series))?;
    let report = DetectReport {
        title: args.run.data.file_name().unwrap_or(args.run.data.as_os_str()).to_string_lossy().into_owned(),
        command: command_line(),
        verdict: verdict(&found, &fleet),
        facts: facts(&fleet, &found, online),
        guesses: guesses.iter().map(|g| (g.what.clone(), g.value.clone(), g.flag.clone())).collect(),
        metrics: found.metrics.map(metric_rows).unwrap_or_default(),
        panels: found.charts.panels(found.by_series.then_some(&found.series[..]), &reader.channels()),
        by_series: found.by_series,
        events: found.events.iter().map(|e| e.cells()).collect(),
    };
    folder.write("report.html", render_detect(&report).as_bytes())?;
    note_spans(known.as_ref(), talk);
    tell(&found, &fleet, &reader, talk)?;
    talk.say(format!("report, scores, events and model are in {}", folder.path().display()));
    Ok(code(&found, args.fail_on_anomaly))
}

/// `gatewise train detect`.
pub fn train(args: &TrainDetectArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let settings = gather(&args.source, &args.settings)?;
    let options = settings.rows();
    let mut source = Source::new(&args.data, false, settings.detect.expect.is_some(), talk)?;
    let mut reader = source.open(&options)?;
    let (config, guesses) = settings.plan(&reader, &mut source)?;
    let mut known = spans(&reader, settings.rows.known.ignore.as_deref())?;
    let folder = RunFolder::create(args.run.as_deref(), &args.data)?;
    talk.guesses(&guesses);
    talk.findings(reader.path(), reader.findings());
    talk.event(&json!({"event": "run", "folder": folder.path()}));
    settings.save(&folder, "train detect", &args.data, &config)?;
    interrupt::catch()?;
    let mut fleet = Fleet::new(&config).map_err(usage)?;
    let last = learn(&mut fleet, &mut reader, known.as_mut())?;
    save(&fleet, &reader, &options, &folder.file(MODEL_FILE), last)?;
    talk.event(&json!({"event": "trained", "rows": fleet.rows(), "threshold": fleet.threshold()}));
    note_spans(known.as_ref(), talk);
    let of = if reader.id_columns().is_empty() { String::new() } else { format!(" of {} series", fleet.names().len()) };
    talk.say(format!("learned from {} rows{of}; the model is {}", fleet.rows(), folder.file(MODEL_FILE).display()));
    talk.say(format!("score later rows with: gatewise predict {} DATA", folder.path().display()));
    Ok(ended())
}

/// Rows in, nothing out; gives the time of the last one.
fn learn(fleet: &mut Fleet, reader: &mut RowReader, mut spans: Option<&mut Spans>) -> anyhow::Result<Option<i64>> {
    let (mut last, path) = (None, reader.path().to_owned());
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let mut names: Vec<String> = Vec::new();
        for read in &read_ahead(scope, reader, false) {
            let block = match read {
                Read::Rows(block, _) => block,
                Read::Failed(error) => return Err(Failure::from(error).into()),
            };
            names.extend(block.new_series.iter().cloned());
            for row in block.rows() {
                let name = &names[row.series];
                let series = fleet.series(name).map_err(|e| fault(e, &path, row.line))?;
                let states: Vec<Option<&str>> = row.states().collect();
                let (ignored, known_hole) = known(spans.as_deref_mut(), name, &row, fleet.rows_of(series), fleet.last_time(series));
                fleet.push(series, &Reading { time: row.time, values: row.values, states: &states, ignored, known_hole })?;
                last = row.time.map(|(seconds, _)| seconds);
            }
            if interrupt::asked() {
                break;
            }
        }
        Ok(())
    })?;
    Ok(last)
}
