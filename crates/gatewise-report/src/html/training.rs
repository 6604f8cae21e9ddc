//! The curves of a training: losses with the best epoch, learning rate, gradient norm.

use super::page::{Drawing, Readout, figure, section};
use crate::EpochRow;
use crate::draw::charts::{Axes, Chart, Mark, Size};
use crate::draw::legend::Key;
use crate::draw::scale::Scale;
use crate::draw::time::{self, TimeTick};
use crate::markup::escape;
use crate::number::figure as figure_text;

const LOSS_WIDE: Size = Size { width: 640.0, height: 400.0 };
const LOSS_NARROW: Size = Size { width: 380.0, height: 280.0 };
/// What the position axis counts.
const EPOCH: &str = "epoch";
const SIDE: Size = Size { width: 370.0, height: 186.0 };

/// The loss of classes and symbols, by what is a measure of it.
pub const NATS: &str = "loss (nats)";
/// A loss without a unit.
pub const LOSS: &str = "loss";

/// The section of a page; `loss` names the loss with its unit.
pub fn section_of(epochs: &[EpochRow], loss: &str) -> String {
    match epochs {
        [] => section("training", "Training", "", "<p class=\"note\">No epoch was trained in this run.</p>"),
        // One point is no curve.
        [one] => section("training", "Training", &summary(epochs), &format!("<p class=\"note\">{}</p>", escape(&told(one, loss)))),
        _ => section("training", "Training", &summary(epochs), &curves(epochs, loss)),
    }
}

/// An epoch in a sentence.
fn told(epoch: &EpochRow, loss: &str) -> String {
    let [train, valid, rate, norm] = [epoch.train_loss, epoch.valid_loss, epoch.lr, epoch.grad_norm].map(figure_text);
    let valid = if epoch.valid_loss.is_finite() { format!(", {valid} on the validation part") } else { String::new() };
    format!(
        "In epoch {} the {loss} was {train} in training{valid}, with a learning rate of {rate} and a gradient norm of {norm}.",
        epoch.epoch
    )
}

/// The three charts, as markup.
fn curves(epochs: &[EpochRow], loss: &str) -> String {
    let labels: Vec<String> = epochs.iter().map(|e| e.epoch.to_string()).collect();
    let ticks = |width: f64| -> Vec<TimeTick> {
        let points: Vec<(f64, &str)> = epochs.iter().zip(&labels).map(|(e, label)| (e.epoch as f64, label.as_str())).collect();
        time::ticks(&points, width)
    };
    let chart = loss_chart(epochs, loss);
    let scale = if chart.y.is_log() { "Loss, logarithmic, by epoch" } else { "Loss by epoch" };
    let mut keys = vec![Key::line("model", "training"), Key::line("second", "validation")];
    if epochs.iter().any(|e| e.best) {
        keys.push(Key::line("rule", "best epoch, whose weights were kept"));
    }
    let drawings = [LOSS_WIDE, LOSS_NARROW].map(|size| Drawing { chart: chart.clone(), size, ticks: &ticks });
    let readout = readout(
        epochs,
        &[
            ("training", |e| e.train_loss),
            ("validation", |e| e.valid_loss),
            ("learning rate", |e| e.lr),
            ("gradient norm", |e| e.grad_norm),
        ],
    );
    let loss = figure(scale, &keys, &drawings, &readout, "", "");
    let side = [
        single_chart("rate", ("Learning rate", "rate"), epochs, |e| e.lr),
        single_chart("norm", ("Gradient norm before clipping", "norm"), epochs, |e| e.grad_norm),
    ]
    .map(|(chart, readout)| {
        let heading = chart.title.clone();
        let drawing = Drawing { chart, size: SIDE, ticks: &ticks };
        figure(&heading, &[], &[drawing], &readout, "", "")
    })
    .concat();
    format!("<div class=\"split\">{loss}<div class=\"side\">{side}</div></div>")
}

/// One sentence on how the training went.
pub fn summary(epochs: &[EpochRow]) -> String {
    let count = match epochs.len() {
        1 => "One epoch".to_string(),
        count => format!("{count} epochs"),
    };
    let Some(best) = epochs.iter().find(|e| e.best) else {
        return format!("{count}; no epoch was marked as the best.");
    };
    let ran_on = epochs.last().is_some_and(|last| last.epoch == best.epoch);
    let hint = if ran_on && epochs.len() > 1 { " The last epoch was the best: more epochs may improve it further." } else { "" };
    format!("{count}; the weights of epoch {} were kept, with a validation loss of {}.{hint}", best.epoch, figure_text(best.valid_loss))
}

fn loss_chart(epochs: &[EpochRow], loss: &str) -> Chart {
    let points = |value: fn(&EpochRow) -> f64| -> Vec<(f64, f64)> {
        let points = epochs.iter().map(|e| (e.epoch as f64, value(e)));
        points.collect()
    };
    let mut marks = vec![
        Mark::Line { class: "model", points: points(|e| e.train_loss) },
        Mark::Line { class: "second", points: points(|e| e.valid_loss) },
    ];
    if let Some(best) = epochs.iter().find(|e| e.best) {
        let at = best.epoch as f64;
        marks.insert(0, Mark::Rule { class: "best", at, name: format!("epoch {}: {}", best.epoch, figure_text(best.valid_loss)) });
        marks.push(Mark::Dot { class: "second", at: (at, best.valid_loss) });
    }
    Chart {
        id: "loss".to_string(),
        title: "Training and validation loss".to_string(),
        description: summary(epochs),
        axes: Axes::new(EPOCH, loss),
        y: Scale::log_where_useful(epochs.iter().flat_map(|e| [e.train_loss, e.valid_loss])),
        marks,
    }
}

fn single_chart(id: &str, (title, name): (&str, &str), epochs: &[EpochRow], value: fn(&EpochRow) -> f64) -> (Chart, Readout) {
    let values = epochs.iter().map(value);
    let ends = values.clone().next().zip(values.clone().next_back());
    let description = ends
        .map_or(String::new(), |(first, last)| format!("{} in the first epoch, {} in the last.", figure_text(first), figure_text(last)));
    let chart = Chart {
        id: id.to_string(),
        title: title.to_string(),
        description,
        axes: Axes::new(EPOCH, name),
        y: Scale::log_where_useful(values),
        marks: vec![Mark::Line { class: "model", points: epochs.iter().map(|e| (e.epoch as f64, value(e))).collect() }],
    };
    (chart, readout(epochs, &[(title, value)]))
}

/// A name and what it reads from an epoch.
type Reading<'a> = (&'a str, fn(&EpochRow) -> f64);

fn readout(epochs: &[EpochRow], readings: &[Reading<'_>]) -> Readout {
    Readout {
        x: epochs.iter().map(|e| e.epoch as f64).collect(),
        label: epochs.iter().map(|e| format!("epoch {}", e.epoch)).collect(),
        series: readings
            .iter()
            .map(|(name, value)| {
                let texts = epochs.iter().map(|e| figure_text(value(e))).collect();
                ((*name).to_string(), texts)
            })
            .collect(),
    }
}
