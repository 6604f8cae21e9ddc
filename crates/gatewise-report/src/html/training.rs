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
const SIDE: Size = Size { width: 370.0, height: 186.0 };

/// What a page calls the loss, with its unit, and the parts of a training.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    loss: &'static str,
    /// A part of the training, from one look at the validation part to the next, and several.
    epoch: &'static str,
    epochs: &'static str,
}

/// A loss without a unit.
pub const LOSS: Terms = Terms { loss: "loss", epoch: "epoch", epochs: "epochs" };
/// The loss of classes.
pub const NATS: Terms = Terms { loss: "loss (nats)", ..LOSS };
/// The loss of symbols, whose held-back part is read many times in a pass over the text.
pub const SYMBOLS: Terms = Terms { epoch: "reading", epochs: "readings", ..NATS };

/// The section of a page.
pub fn section_of(epochs: &[EpochRow], terms: Terms) -> String {
    match epochs {
        [] => section("training", "Training", "", "<p class=\"note\">Nothing was trained in this run.</p>"),
        // One point is no curve.
        [one] => section("training", "Training", &summary(epochs, terms), &format!("<p class=\"note\">{}</p>", escape(&told(one, terms)))),
        _ => section("training", "Training", &summary(epochs, terms), &curves(epochs, terms)),
    }
}

/// An epoch in a sentence.
fn told(epoch: &EpochRow, terms: Terms) -> String {
    let [train, valid, rate, norm] = [epoch.train_loss, epoch.valid_loss, epoch.lr, epoch.grad_norm].map(figure_text);
    let valid = if epoch.valid_loss.is_finite() { format!(", {valid} on the validation part") } else { String::new() };
    format!(
        "In {} {} the {} was {train} in training{valid}, with a learning rate of {rate} and a gradient norm of {norm}.",
        terms.epoch, epoch.epoch, terms.loss
    )
}

/// The three charts, as markup.
fn curves(epochs: &[EpochRow], terms: Terms) -> String {
    let labels: Vec<String> = epochs.iter().map(|e| e.epoch.to_string()).collect();
    let ticks = |width: f64| -> Vec<TimeTick> {
        let points: Vec<(f64, &str)> = epochs.iter().zip(&labels).map(|(e, label)| (e.epoch as f64, label.as_str())).collect();
        time::ticks(&points, width)
    };
    let chart = loss_chart(epochs, terms);
    let scale = format!("Loss{}, by {}", if chart.y.is_log() { ", logarithmic" } else { "" }, terms.epoch);
    let mut keys = vec![Key::line("model", "training"), Key::line("second", "validation")];
    if epochs.iter().any(|e| e.best) {
        keys.push(Key::line("rule", format!("best {}, whose weights were kept", terms.epoch)));
    }
    let drawings = [LOSS_WIDE, LOSS_NARROW].map(|size| Drawing { chart: chart.clone(), size, ticks: &ticks });
    let readout = readout(
        epochs,
        terms,
        &[
            ("training", |e| e.train_loss),
            ("validation", |e| e.valid_loss),
            ("learning rate", |e| e.lr),
            ("gradient norm", |e| e.grad_norm),
        ],
    );
    let loss = figure(&scale, &keys, &drawings, &readout, "", "");
    let side = [
        single_chart("rate", ("Learning rate", "rate"), epochs, terms, |e| e.lr),
        single_chart("norm", ("Gradient norm before clipping", "norm"), epochs, terms, |e| e.grad_norm),
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
pub fn summary(epochs: &[EpochRow], terms: Terms) -> String {
    let Terms { epoch, epochs: several, .. } = terms;
    let count = match epochs.len() {
        1 => format!("One {epoch}"),
        count => format!("{count} {several}"),
    };
    let Some(best) = epochs.iter().find(|e| e.best) else {
        return format!("{count}; no {epoch} was marked as the best.");
    };
    let ran_on = epochs.last().is_some_and(|last| last.epoch == best.epoch);
    let hint = if ran_on && epochs.len() > 1 {
        format!(" The last {epoch} was the best: a longer training may improve it further.")
    } else {
        String::new()
    };
    format!("{count}; the weights of {epoch} {} were kept, with a validation loss of {}.{hint}", best.epoch, figure_text(best.valid_loss))
}

fn loss_chart(epochs: &[EpochRow], terms: Terms) -> Chart {
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
        marks
            .insert(0, Mark::Rule { class: "best", at, name: format!("{} {}: {}", terms.epoch, best.epoch, figure_text(best.valid_loss)) });
        marks.push(Mark::Dot { class: "second", at: (at, best.valid_loss) });
    }
    Chart {
        id: "loss".to_string(),
        title: "Training and validation loss".to_string(),
        description: summary(epochs, terms),
        axes: Axes::new(terms.epoch, terms.loss),
        y: Scale::log_where_useful(epochs.iter().flat_map(|e| [e.train_loss, e.valid_loss])),
        marks,
    }
}

fn single_chart(id: &str, (title, name): (&str, &str), epochs: &[EpochRow], terms: Terms, value: fn(&EpochRow) -> f64) -> (Chart, Readout) {
    let values = epochs.iter().map(value);
    let ends = values.clone().next().zip(values.clone().next_back());
    let description = ends.map_or(String::new(), |(first, last)| {
        format!("{} in the first {}, {} in the last.", figure_text(first), terms.epoch, figure_text(last))
    });
    let chart = Chart {
        id: id.to_string(),
        title: title.to_string(),
        description,
        axes: Axes::new(terms.epoch, name),
        y: Scale::log_where_useful(values),
        marks: vec![Mark::Line { class: "model", points: epochs.iter().map(|e| (e.epoch as f64, value(e))).collect() }],
    };
    (chart, readout(epochs, terms, &[(title, value)]))
}

/// A name and what it reads from an epoch.
type Reading<'a> = (&'a str, fn(&EpochRow) -> f64);

fn readout(epochs: &[EpochRow], terms: Terms, readings: &[Reading<'_>]) -> Readout {
    Readout {
        x: epochs.iter().map(|e| e.epoch as f64).collect(),
        label: epochs.iter().map(|e| format!("{} {}", terms.epoch, e.epoch)).collect(),
        series: readings
            .iter()
            .map(|(name, value)| {
                let texts = epochs.iter().map(|e| figure_text(value(e))).collect();
                ((*name).to_string(), texts)
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_text_counts_readings() {
        let row = |epoch| EpochRow { epoch, train_loss: 1.4, valid_loss: 1.5, lr: 0.01, grad_norm: 0.3, best: epoch == 2 };
        let page = section_of(&[row(1), row(2)], SYMBOLS);
        assert!(page.contains("2 readings; the weights of reading 2 were kept, with a validation loss of 1.5"), "{page}");
        assert!(!page.contains("epoch"), "{page}");
        assert!(section_of(&[row(1), row(2)], NATS).contains("2 epochs; the weights of epoch 2"));
    }
}
