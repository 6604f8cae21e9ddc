//! Training as it is seen: a bar on a terminal, a line an epoch elsewhere, events with `--json`, and always `metrics.jsonl`.

use std::time::{Duration, Instant};

use gatewise::Cpu;
use gatewise::train::{Control, Event, Session, Summary};
use gatewise_report::EpochRow;
use gatewise_report::number::plain;
pub use gatewise_report::training::Words;
use gatewise_report::training::gradients;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::cli_error::CliError;
use crate::console::Console;
use crate::job::interrupt;
use crate::run_folder::RunFolder;
use crate::terminal::{bar_line, line_width};

/// Between two step events of `--json`.
const STEP_EVERY: Duration = Duration::from_millis(500);

/// Between two writings of `metrics.jsonl`, each of which writes the whole file.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Lines of epochs that are said of one training where no bar is.
const SAID_EPOCHS: u64 = 20;

/// Follows one training after the other.
pub struct Progress<'a> {
    console: Console,
    folder: &'a RunFolder,
    words: Words,
    /// What is trained, as "evaluation" or "final".
    phase: String,
    bar: Option<Bar>,
    metrics: Vec<u8>,
    epochs: Vec<EpochRow>,
    stepped: Option<Instant>,
    written: Option<Instant>,
    failure: Option<CliError>,
}

impl<'a> Progress<'a> {
    /// Goes on with what an earlier part of the run has written.
    pub fn new(console: Console, folder: &'a RunFolder, words: Words) -> Self {
        let metrics = std::fs::read(folder.file("metrics.jsonl")).unwrap_or_default();
        Self {
            console,
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
        self.epochs =
            std::str::from_utf8(&self.metrics).unwrap_or_default().lines().filter_map(|line| EpochRow::recorded(line, phase)).collect();
        self.bar = None;
    }

    /// A line for people, above the bar where one is drawn.
    fn say(&self, text: impl AsRef<str>) {
        above(self.bar.as_ref(), || self.console.info(text));
    }

    /// Calls the engine, whose checkpoints lie in the run folder: it tells of what happens, and is stopped by a signal.
    pub fn session<T>(&mut self, cpu: &Cpu, call: impl FnOnce(&mut Session<'_>) -> Result<T, gatewise::Error>) -> Result<T, CliError> {
        let checkpoints = Some(self.folder.path().to_owned());
        let mut on_event = |event: &Event| {
            self.on_event(event);
            if interrupt::asked() { Control::Stop } else { Control::Continue }
        };
        let result = call(&mut Session { cpu, checkpoints, on_event: &mut on_event });
        // Of a training that failed.
        self.bar = None;
        Ok(result?)
    }

    /// The epochs of the training at hand; the one whose weights were kept is marked.
    pub fn epochs(&self, best: Option<u64>) -> Vec<EpochRow> {
        let mark = |row: &EpochRow| EpochRow { best: best == Some(row.epoch as u64), ..row.clone() };
        self.epochs.iter().map(mark).collect()
    }

    /// Hears of something.
    pub fn on_event(&mut self, event: &Event) {
        match event {
            Event::Start { .. } => self.start(event),
            Event::Step { step, loss, grad_norm, .. } => {
                if self.console.json() && self.stepped.is_none_or(|at| at.elapsed() >= STEP_EVERY) {
                    self.stepped = Some(Instant::now());
                    self.console.event(&self.value(event));
                }
                if let Some(bar) = &mut self.bar {
                    if self.epochs.is_empty() {
                        bar.words = vec![format!("loss {}", plain(*loss)), format!("gradient {}", plain(*grad_norm))];
                    }
                    bar.draw(*step);
                }
            }
            Event::Epoch { epoch, epochs, .. } => self.epoch(event, (*epoch, *epochs)),
            Event::Phase { name } => self.begin(name),
            Event::Gradients { .. } => {
                self.note(&self.value(event));
                gradients(event).iter().for_each(|line| self.say(line));
            }
            Event::Sample { epoch, text } => {
                self.note(&json!({"event": "sample", "epoch": epoch, "text": text}));
                self.say(format!("  | {}", text.replace('\n', "\n  | ")));
            }
            Event::Stopped(summary) => self.stopped(event, summary),
            Event::Note { .. } | Event::Warning { .. } | Event::Files { .. } | Event::Adopted { .. } => {
                above(self.bar.as_ref(), || note(self.console, event));
            }
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
        self.console.event(&value);
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
        self.bar = None;
        self.words.start(event, &self.phase).iter().flatten().for_each(|line| self.console.info(line));
        if let (true, Event::Start { steps_per_epoch, epochs, step, .. }) = (self.console.bar(), event) {
            self.bar = Bar::new(&self.phase, steps_per_epoch * epochs, *step);
        }
        self.record(event, true);
    }

    fn epoch(&mut self, event: &Event, (epoch, epochs): (u64, u64)) {
        self.epochs.extend(EpochRow::of(event));
        let words = self.words.epoch(event).unwrap_or_default();
        match &mut self.bar {
            Some(bar) => bar.words = words,
            None if epoch.is_multiple_of(epochs.div_ceil(SAID_EPOCHS).max(1)) || epoch == 1 => {
                self.console.info(format!("  {}", words.join(" ")));
            }
            None => {}
        }
        self.record(event, false);
    }

    fn stopped(&mut self, event: &Event, summary: &Summary) {
        self.bar = None;
        self.record(event, true);
        self.console.info(self.words.stopped(summary));
    }

    /// Records something else that happened in the training.
    pub fn note(&mut self, value: &Value) {
        self.console.event(value);
        self.metrics.extend(format!("{value}\n").bytes());
    }

    /// Everything recorded, a line an event.
    pub fn metrics(&self) -> &str {
        std::str::from_utf8(&self.metrics).unwrap_or_default()
    }

    /// What could not be written, if anything.
    pub fn finish(self) -> Result<(), CliError> {
        self.failure.map_or(Ok(()), Err)
    }
}

/// A line that is drawn over again, and is gone when it is dropped.
pub struct Bar {
    drawn: ProgressBar,
    phase: String,
    steps: u64,
    /// What is said beside the steps, the most useful first.
    pub words: Vec<String>,
}

impl Bar {
    /// Of so many steps, some of them done.
    pub fn new(phase: &str, steps: u64, done: u64) -> Option<Self> {
        let drawn = ProgressBar::no_length().with_style(ProgressStyle::with_template("{msg}").ok()?);
        let bar = Self { drawn, phase: phase.to_owned(), steps, words: Vec::new() };
        bar.draw(done);
        Some(bar)
    }

    /// Drawn anew.
    pub fn draw(&self, done: u64) {
        if let Some(width) = line_width() {
            self.drawn.set_message(bar_line(&self.phase, (done, self.steps), &self.words, width));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.drawn.finish_and_clear();
    }
}

/// Says something where the bar is, which is drawn again below it.
fn above(bar: Option<&Bar>, say: impl FnOnce()) {
    match bar {
        Some(bar) => bar.drawn.suspend(say),
        None => say(),
    }
}

/// Says what is worth knowing before and between trainings.
pub fn note(console: Console, event: &Event) {
    match event {
        Event::Note { message, .. } => {
            console.event(&json!(event));
            console.info(format!("  note: {message}"));
        }
        Event::Warning { message } => console.info(format!("warning: {message}")),
        Event::Files { done, of } => console.info(format!("  {done} of {of} files read")),
        Event::Adopted { tensors, new, without_beside } => {
            let new = if new.is_empty() { String::new() } else { format!("; new: {}", new.join(", ")) };
            let anew = if *without_beside { "; what answered beside its network is left out" } else { "" };
            console.info(format!("  {tensors} tensors of the trained model taken over{new}{anew}"));
        }
        _ => {}
    }
}
