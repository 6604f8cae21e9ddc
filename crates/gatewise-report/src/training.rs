//! A training as people follow it: a line an event.

use gatewise::train::{Event, Reason, Summary};
use serde_json::Value;

use crate::EpochRow;
use crate::number::{duration, order, plain};

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

    /// What lies ahead of the training `phase`, in two lines; none of another event than a start.
    pub fn start(&self, event: &Event, phase: &str) -> Option<[String; 2]> {
        let Event::Start { parameters, items, valid_items, steps_per_epoch, epochs, step, estimate_seconds, memory_bytes, isa, threads } =
            event
        else {
            return None;
        };
        let resumed = if *step > 0 { format!(", from step {step}") } else { String::new() };
        let work = format!(
            "{phase}: {parameters} parameters on {items} {} ({valid_items} for validation), at most {epochs} {} of {steps_per_epoch} steps{resumed}",
            self.items, self.epochs
        );
        let means = format!(
            "  at most {} and {} MB, on {threads} thread{} with {isa}",
            duration(*estimate_seconds),
            memory_bytes.div_ceil(1_000_000),
            if *threads == 1 { "" } else { "s" }
        );
        Some([work, means])
    }

    /// An epoch of so many, and how it went, the most useful first; none of another event.
    pub fn epoch(&self, event: &Event) -> Option<Vec<String>> {
        let Event::Epoch {
            epoch,
            epochs,
            train_loss,
            valid_loss,
            best,
            best_epoch,
            grad_norm,
            grad_norm_max,
            rows_per_second,
            elapsed,
            eta,
            ..
        } = event
        else {
            return None;
        };
        let Self { rows, epoch: name, .. } = self;
        let first = [
            Some(format!("{name} {epoch}/{epochs}")),
            Some(format!("left {}", duration(*eta))),
            Some(format!("loss {}", plain(*train_loss))),
        ];
        let valid = [
            valid_loss.map(|v| format!("validation {}", plain(v))),
            best.zip(*best_epoch).map(|(best, at)| format!("best {} ({name} {at})", plain(best))),
        ];
        let last = [
            format!("gradient {} (max {})", plain(*grad_norm), plain(*grad_norm_max)),
            format!("{rows_per_second:.0} {rows}/s"),
            format!("after {}", duration(*elapsed)),
        ];
        Some(first.into_iter().chain(valid).flatten().chain(last).collect())
    }

    /// How a training ended.
    pub fn stopped(&self, summary: &Summary) -> String {
        let Self { epoch, epochs, .. } = self;
        let best = summary
            .best
            .zip(summary.best_epoch)
            .map(|(best, at)| format!("; best validation loss {} in {epoch} {at}", plain(best)))
            .unwrap_or_default();
        let why = match summary.reason {
            Reason::Epochs => format!("all {epochs} done"),
            Reason::Patience => "no better validation loss for a while (⦃patience⦄)".to_string(),
            Reason::MaxSteps => "all steps done".to_string(),
            Reason::TimeLimit => "time is up (⦃time-limit⦄)".to_string(),
            Reason::Interrupted => "interrupted".to_string(),
        };
        format!("  {} {epochs}, {} steps in {}: {why}{best}", summary.epochs, summary.steps, duration(summary.elapsed))
    }
}

/// What is left of the gradients that were watched; none of another event.
pub fn gradients(event: &Event) -> Option<String> {
    let Event::Gradients { epoch, flow, .. } = event else { return None };
    let left: Vec<String> = flow.iter().map(|flow| order(flow.share_left)).collect();
    let lags = flow.first().map_or(0, |flow| flow.h.len().saturating_sub(1));
    Some(format!("  {epoch}: {} of the gradient is left {lags} steps back", left.join(", ")))
}

impl EpochRow {
    /// Of the end of an epoch; none of another event.
    pub fn of(event: &Event) -> Option<Self> {
        let Event::Epoch { epoch, train_loss, valid_loss, lr, grad_norm, .. } = event else { return None };
        Some(Self {
            epoch: usize::try_from(*epoch).unwrap_or(usize::MAX),
            train_loss: *train_loss,
            valid_loss: valid_loss.unwrap_or(f64::NAN),
            lr: *lr,
            grad_norm: *grad_norm,
            best: false,
        })
    }

    /// Of an event that was written as a line of JSON, if it is the end of an epoch of this phase.
    pub fn recorded(line: &str, phase: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let number = |key: &str| value[key].as_f64();
        (value["event"] == "epoch" && value["phase"] == phase).then_some(())?;
        Some(Self {
            epoch: usize::try_from(value["epoch"].as_u64()?).ok()?,
            train_loss: number("train_loss")?,
            valid_loss: number("valid_loss").unwrap_or(f64::NAN),
            lr: number("lr")?,
            grad_norm: number("grad_norm")?,
            best: false,
        })
    }
}
