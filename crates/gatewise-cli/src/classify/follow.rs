//! `predict --follow`: raw sound from standard input, an answer each time the window has moved on.

use std::io::{BufRead, ErrorKind, Write};
use std::process::ExitCode;

use gatewise::data::audio::from_pcm16;
use gatewise::task::classify::{ClassifierModel, Heard, Listener};
use gatewise_report::classify::{REJECTED, best};
use serde_json::{Map, json};

use super::apply::threshold;
use crate::args::PredictArgs;
use crate::cli_error::CliError;
use crate::commands::cpu;
use crate::console::Console;
use crate::terminal::table::{TableWriter, unless_left};

/// Bytes of a sample: signed 16-bit, little-endian.
const SAMPLE: usize = 2;

/// A label as a field of a table.
fn field(label: &str) -> String {
    if label.contains([',', '"', '\n', '\r']) { format!("\"{}\"", label.replace('"', "\"\"")) } else { label.to_owned() }
}

/// Answers until standard input ends. What is alike in neighbouring windows is said once.
pub fn run(mut model: ClassifierModel, args: &PredictArgs, console: Console) -> anyhow::Result<ExitCode> {
    let labels = model.classifier.config().labels().to_vec();
    let mut listener = Listener::new(&mut model, args.window).map_err(CliError::from)?;
    if args.given.data.as_os_str() != "-" {
        let help = "as: arecord -t raw -f S16_LE -c 1 -r RATE | gatewise predict MODEL - --follow";
        return Err(CliError::usage("--follow reads raw sound from standard input: give \"-\" for DATA").help(help).into());
    }
    let cpu = cpu(args.given.threads)?;
    let mut said = Said {
        labels: &labels,
        reject: threshold(args.reject_below)?,
        all: args.all,
        window: listener.window(),
        last: None,
        console,
        table: console.live_table(),
    };
    said.begin(listener.rate(), listener.every())?;
    let mut odd: Vec<u8> = Vec::new();
    let mut heard = false;
    let mut input = std::io::stdin().lock();
    loop {
        let block = match input.fill_buf() {
            Ok(block) => block.to_vec(),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(CliError::io(format!("<stdin>: {e}")).into()),
        };
        input.consume(block.len());
        if block.is_empty() {
            break;
        }
        heard = true;
        odd.extend_from_slice(&block);
        let whole = odd.len() / SAMPLE * SAMPLE;
        let samples: Vec<f32> = from_pcm16(&odd[..whole]).collect();
        odd.drain(..whole);
        listener.push(&cpu, &samples).iter().try_for_each(|heard| said.on_event(heard))?;
    }
    if heard {
        listener.finish(&cpu).iter().try_for_each(|heard| said.on_event(heard))?;
    }
    if !listener.has_heard() {
        let hint = "give longer sound, as raw 16-bit mono";
        return Err(CliError::data("<stdin>: the sound ends before there is enough of it for an answer").help(hint).into());
    }
    Ok(ExitCode::SUCCESS)
}

/// What is said of what is heard.
struct Said<'a> {
    labels: &'a [String],
    reject: f64,
    all: bool,
    /// Seconds of a window.
    window: f64,
    last: Option<String>,
    console: Console,
    table: TableWriter,
}

impl Said<'_> {
    fn begin(&mut self, rate: u32, every: f64) -> anyhow::Result<()> {
        let told = if self.all { "each is told" } else { "what changes is told (--all tells each, with a column for each class)" };
        self.console
            .info(format!("listening: raw 16-bit mono at {rate} samples a second; an answer every {every} s, {told} (Ctrl-C ends)"));
        if !self.console.json() {
            let classes: String =
                if self.all { self.labels.iter().map(|label| format!(",{}", field(label))).collect() } else { String::new() };
            self.row(&format!("seconds,label,probability{classes}\n"))?;
        }
        Ok(())
    }

    fn on_event(&mut self, heard: &Heard) -> anyhow::Result<()> {
        let Heard { seconds, short, probabilities, .. } = heard;
        if *short {
            let message = format!(
                "the sound ends after {seconds:.2} s, less than the {:.2} s of --window: the answer is of what is there",
                self.window
            );
            self.console.event(&json!({"event": "note", "message": message}));
            self.console.info(format!("note: {message}"));
        }
        let (label, probability) = best(probabilities, self.labels, self.reject);
        if self.all || self.last.as_deref() != Some(label) && label != REJECTED {
            let mut event = json!({"event": "heard", "seconds": seconds, "label": label, "probability": probability});
            let mut line = format!("{seconds:.2},{},{probability:.4}", field(label));
            if self.all {
                let each = self.labels.iter().cloned().zip(probabilities.iter().map(|p| json!(p)));
                event["probabilities"] = each.collect::<Map<_, _>>().into();
                probabilities.iter().for_each(|p| line += &format!(",{p:.4}"));
            }
            self.console.event(&event);
            if !self.console.json() {
                self.row(&(line + "\n"))?;
            }
        }
        self.last = Some(label.to_owned());
        Ok(())
    }

    fn row(&mut self, line: &str) -> std::io::Result<()> {
        unless_left(self.table.write_all(line.as_bytes()).and_then(|()| self.table.flush()))
    }
}
