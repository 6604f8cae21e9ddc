//! Training as it is seen: a bar on a terminal, a line an epoch elsewhere, events with `--json`, and always `metrics.jsonl`.

use std::time::{Duration, Instant};

use gatewise::train::{Event, Reason, Summary};
use gatewise_report::EpochRow;
use gatewise_report::number::duration;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::run_folder::RunFolder;
use crate::talk::Talk;

/// Between two step events of `--json`.
const STEP_EVERY: Duration = Duration::from_millis(500);

/// Between two writings of `metrics.jsonl`, each of which writes the whole file.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Lines of epochs that are said of one training where no bar is.
const SAID_EPOCHS: u64 = 20;

/// What a task calls the pieces that it trains on, and the parts of its training.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    items: &'static str,
    /// A row of the network's input.
    rows: &'static str,
    /// From one look at the validation part to the next, of one and of several.
    epoch: &'static str,
    epochs: &'static str,
}

impl Words {
    /// Forecasts.
    pub const WINDOWS: Self = Self { items: "windows", rows: "rows", epoch: "epoch", epochs: "epochs" };
    /// Labelled sequences.
    pub const ITEMS: Self = Self { items: "items", ..Self::WINDOWS };
    /// A text, of which a pass is many readings of the held-back part, or a piece of one.
    pub const TEXT: Self = Self { items: "windows of text", rows: "symbols", epoch: "reading", epochs: "readings" };
}

/// Follows one training after the other.
pub struct Progress<'a> {
    talk: Talk,
    folder: &'a RunFolder,
    words: Words,
    /// What is trained, as "evaluation" or "final".
    phase: String,
    bar: Option<ProgressBar>,
    metrics: Vec<u8>,
    epochs: Vec<EpochRow>,
    stepped: Option<Instant>,
    written: Option<Instant>,
    failure: Option<Failure>,
}

impl<'a> Progress<'a> {
    /// Goes on with what an earlier part of the run has written.
    pub fn new(talk: Talk, folder: &'a RunFolder, words: Words) -> Self {
        let metrics = std::fs::read(folder.file("metrics.jsonl")).unwrap_or_default();
        Self {
            talk,
            folder,
            words,
            phase: String::new(),
            bar: None,
            metrics,
            epochs: Vec::new(),
            stepped: None,
            written: None,
            failure: None,
        }
    }

    /// A new training begins.
    pub fn begin(&mut self, phase: &str) {
        self.phase = phase.to_string();
        self.stepped = None;
        self.epochs = std::str::from_utf8(&self.metrics).unwrap_or_default().lines().filter_map(|line| recorded(line, phase)).collect();
        if self.talk.bar() {
            let style = ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len} {msg}");
            self.bar = Some(ProgressBar::no_length().with_prefix(self.phase.clone()));
            if let (Some(bar), Ok(style)) = (&self.bar, style) {
                bar.set_style(style);
            }
        }
    }

    /// The epochs of the training at hand; the one whose weights were kept is marked.
    pub fn epochs(&self, best: Option<u64>) -> Vec<EpochRow> {
        let mark = |row: &EpochRow| EpochRow { best: best == Some(row.epoch as u64), ..row.clone() };
        self.epochs.iter().map(mark).collect()
    }

    /// Hears of something.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Start { .. } => self.start(event),
            Event::Step { step, loss, grad_norm, .. } => {
                if self.talk.json() && self.stepped.is_none_or(|at| at.elapsed() >= STEP_EVERY) {
                    self.stepped = Some(Instant::now());
                    self.talk.event(&self.value(event));
                }
                if let Some(bar) = &self.bar {
                    bar.set_position(*step);
                    if self.epochs.is_empty() {
                        bar.set_message(format!("loss {loss:.4} gradient {grad_norm:.2}"));
                    }
                }
            }
            Event::Epoch { .. } => self.epoch(event),
            Event::Phase { name } => self.begin(name),
            Event::Gradients { epoch, flow, .. } => {
                self.note(&self.value(event));
                let left: Vec<String> = flow.iter().map(|flow| format!("{:.1e}", flow.share_left)).collect();
                let lags = flow.first().map_or(0, |flow| flow.h.len().saturating_sub(1));
                self.talk.say(format!("  {epoch}: {} of the gradient is left {lags} steps back", left.join(", ")));
            }
            Event::Sample { epoch, text } => {
                self.note(&json!({"event": "sample", "epoch": epoch, "text": text}));
                self.talk.say(format!("  | {}", text.replace('\n', "\n  | ")));
            }
            Event::Stopped(summary) => self.stopped(event, summary),
            Event::Note { .. } | Event::Warning { .. } | Event::Files { .. } | Event::Adopted { .. } => note(self.talk, event),
        }
    }

    /// The event with the name of the training.
    fn value(&self, event: &Event) -> Value {
        let mut value = serde_json::to_value(event).unwrap_or(Value::Null);
        if let Value::Object(fields) = &mut value {
            fields.insert("phase".to_string(), json!(self.phase));
        }
        value
    }

    fn record(&mut self, event: &Event, now: bool) {
        let value = self.value(event);
        self.talk.event(&value);
        self.metrics.extend(format!("{value}\n").bytes());
        if now || self.written.is_none_or(|at| at.elapsed() >= WRITE_EVERY) {
            self.written = Some(Instant::now());
            const NAME: &str = "metrics.jsonl";
            let written = match now {
                true => self.folder.write(NAME, &self.metrics).map(drop),
                false => self.folder.write_unsynced(NAME, &self.metrics),
            };
            if let Err(failure) = written {
                self.failure.get_or_insert(failure);
            }
        }
    }

    fn start(&mut self, event: &Event) {
        let Event::Start { parameters, items, valid_items, steps_per_epoch, epochs, step, estimate_seconds, memory_bytes, isa, threads } =
            event
        else {
            return;
        };
        if let Some(bar) = &self.bar {
            bar.set_length(steps_per_epoch * epochs);
            bar.set_position(*step);
        }
        let resumed = if *step > 0 { format!(", from step {step}") } else { String::new() };
        let words = self.words;
        self.talk.say(format!(
            "{}: {parameters} parameters on {items} {} ({valid_items} for validation), at most {epochs} {} of {steps_per_epoch} steps{resumed}",
            self.phase, words.items, words.epochs
        ));
        self.talk.say(format!(
            "  at most {} and {} MB, on {threads} thread{} with {isa}",
            duration(*estimate_seconds),
            memory_bytes.div_ceil(1_000_000),
            if *threads == 1 { "" } else { "s" }
        ));
        self.record(event, true);
    }

    fn epoch(&mut self, event: &Event) {
        let Event::Epoch {
            epoch,
            epochs,
            train_loss,
            valid_loss,
            best,
            best_epoch,
            lr,
            grad_norm,
            grad_norm_max,
            rows_per_second,
            elapsed,
            eta,
            ..
        } = event
        else {
            return;
        };
        self.epochs.push(EpochRow {
            epoch: usize::try_from(*epoch).unwrap_or(usize::MAX),
            train_loss: *train_loss,
            valid_loss: valid_loss.unwrap_or(f64::NAN),
            lr: *lr,
            grad_norm: *grad_norm,
            best: false,
        });
        let valid = valid_loss.map(|v| format!(" validation {v:.4}")).unwrap_or_default();
        let Words { rows, epoch: name, .. } = self.words;
        let best = best.zip(*best_epoch).map(|(b, at)| format!(" best {b:.4} ({name} {at})")).unwrap_or_default();
        let text = format!(
            "loss {train_loss:.4}{valid}{best} gradient {grad_norm:.2} (max {grad_norm_max:.2}) {rows_per_second:.0} {rows}/s {} left {}",
            duration(*elapsed),
            duration(*eta)
        );
        match &self.bar {
            Some(bar) => bar.set_message(format!("{name} {epoch}/{epochs} {text}")),
            None if (epoch % epochs.div_ceil(SAID_EPOCHS).max(1)) == 0 || *epoch == 1 => {
                self.talk.say(format!("  {name} {epoch}/{epochs} {text}"))
            }
            None => {}
        }
        self.record(event, false);
    }

    fn stopped(&mut self, event: &Event, summary: &Summary) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.record(event, true);
        let best = summary
            .best
            .zip(summary.best_epoch)
            .map(|(best, at)| format!("; best validation loss {best:.4} in {} {at}", self.words.epoch))
            .unwrap_or_default();
        let why = match summary.reason {
            Reason::Epochs => format!("all {} done", self.words.epochs),
            Reason::Patience => "no better validation loss for a while (--patience)".to_string(),
            Reason::MaxSteps => "all steps done".to_string(),
            Reason::TimeLimit => "time is up (--time-limit)".to_string(),
            Reason::Interrupted => "interrupted".to_string(),
        };
        let (epochs, took) = (self.words.epochs, duration(summary.elapsed));
        self.talk.say(format!("  {} {epochs}, {} steps in {took}: {why}{best}", summary.epochs, summary.steps));
    }

    /// Records something else that happened in the training.
    pub fn note(&mut self, value: &Value) {
        self.talk.event(value);
        self.metrics.extend(format!("{value}\n").bytes());
    }

    /// Everything recorded, a line an event.
    pub fn metrics(&self) -> &str {
        std::str::from_utf8(&self.metrics).unwrap_or_default()
    }

    /// What could not be written, if anything.
    pub fn finish(self) -> Result<(), Failure> {
        self.failure.map_or(Ok(()), Err)
    }
}

/// Says what is worth knowing before and between trainings.
pub fn note(talk: Talk, event: &Event) {
    match event {
        Event::Note { message, .. } => {
            talk.event(&json!(event));
            talk.say(format!("  note: {message}"));
        }
        Event::Warning { message } => talk.say(format!("warning: {message}")),
        Event::Files { done, of } => talk.say(format!("  {done} of {of} files read")),
        Event::Adopted { tensors, new, without_beside } => {
            let new = if new.is_empty() { String::new() } else { format!("; new: {}", new.join(", ")) };
            let anew = if *without_beside { "; its MiniRocket is left out" } else { "" };
            talk.say(format!("  {tensors} tensors of the trained model taken over{new}{anew}"));
        }
        _ => {}
    }
}

/// The epoch that a line of `metrics.jsonl` tells of, if it is one of this phase.
fn recorded(line: &str, phase: &str) -> Option<EpochRow> {
    let value: Value = serde_json::from_str(line).ok()?;
    let number = |key: &str| value[key].as_f64();
    (value["event"] == "epoch" && value["phase"] == phase).then_some(())?;
    Some(EpochRow {
        epoch: usize::try_from(value["epoch"].as_u64()?).ok()?,
        train_loss: number("train_loss")?,
        valid_loss: number("valid_loss").unwrap_or(f64::NAN),
        lr: number("lr")?,
        grad_norm: number("grad_norm")?,
        best: false,
    })
}
