//! Figures of a classifier or a regression, as text and as JSON.

use std::fmt::Write;

use gatewise::task::classify::{Areas, Metrics, Outcome, Ranked, Score};
use serde_json::{Map, Value, json};

use super::{alone, several};
use crate::number::figure;

/// Confusions and mistakes that are said; the rest is in the report and in the JSON.
const SAID: usize = 10;

/// Mistakes in JSON and report.
const KEPT_MISTAKES: usize = 50;

/// Classes up to which the whole matrix is printed.
const MATRIX: usize = 16;

fn ranked_text(ranked: &Ranked) -> String {
    let Areas { roc_auc, pr_auc, share } = ranked.areas;
    let mut text = format!(
        "\n  ranked by the probability of {}: ROC AUC {roc_auc:.4} (chance 0.5), PR AUC {pr_auc:.4} (chance {share:.4})",
        ranked.positive
    );
    if let Some(wanted) = ranked.precision_at {
        text += &match &ranked.threshold {
            Some(t) => format!(
                "\n  precision {wanted} (⦃precision-at⦄): {} from a probability of {:.4} on has precision {:.4} and recall {:.4}",
                ranked.positive, t.probability, t.precision, t.recall
            ),
            None => format!("\n  precision {wanted} (⦃precision-at⦄): no threshold on {} has it", ranked.positive),
        };
    }
    text
}

/// An outcome for people: the figures, then what the network and the simple method beside it say alone.
pub fn outcome_text(outcome: &Outcome) -> String {
    let alone = outcome.alone.as_ref().map(|alone| format!("\n{}", alone::text(alone))).unwrap_or_default();
    text(&outcome.score) + &alone
}

/// An outcome as one object: the figures of [`json()`], and those of the network and the simple method alone.
pub fn outcome_json(outcome: &Outcome) -> Value {
    let mut object = json(&outcome.score);
    if let Some(alone) = &outcome.alone {
        object["alone"] = alone::json(alone);
    }
    object
}

/// For people: model and baseline, then what is confused with what.
pub fn text(score: &Score) -> String {
    match score {
        Score::Values(m) => {
            let mut text = format!("  {:10} {:>10} {:>14}\n", "", "model", "always mean");
            for (name, model, base) in [("MAE", m.mae, m.mean_mae), ("RMSE", m.rmse, m.mean_rmse)] {
                let better = if model < base { "" } else { "  the mean is as good" };
                let _ = writeln!(text, "  {name:10} {:>10} {:>14}{better}", figure(model), figure(base));
            }
            let r2 = m.r2.map_or("–".to_owned(), figure);
            let _ = write!(text, "  {:10} {r2:>10}   of {} items", "R²", m.count);
            text
        }
        Score::Several(several) => several::text(several),
        Score::Classes { metrics, labels, foreign, each_step, trained, ranked } => {
            let mut text = classes_text(metrics, labels, *each_step, *trained);
            text += &ranked.as_ref().map(|ranked| ranked_text(ranked)).unwrap_or_default();
            if !foreign.is_empty() {
                let unit = if *each_step { "steps" } else { "items" };
                let named: Vec<String> = foreign.iter().take(SAID).map(|(label, n)| format!("{n} × {label}")).collect();
                let count: usize = foreign.values().sum();
                let _ = write!(text, "\n  left out: {count} {unit} with a label that the model does not have: {}", named.join(", "));
            }
            text
        }
    }
}

/// One object: names in lower case, the baseline inside.
pub fn json(score: &Score) -> Value {
    match score {
        Score::Values(m) => json!({
            "mae": m.mae, "rmse": m.rmse, "r2": m.r2, "count": m.count,
            "baseline": {"mean": {"mae": m.mean_mae, "rmse": m.mean_rmse}},
        }),
        Score::Several(several) => several::json(several),
        Score::Classes { metrics, labels, foreign, ranked, .. } => {
            let per_class: Map<String, Value> = labels.iter().zip(&metrics.classes).map(|(label, c)| (label.clone(), json!(c))).collect();
            let rows: Vec<&[u64]> = metrics.confusion.chunks(labels.len()).collect();
            let mistakes: Vec<Value> = metrics
                .mistakes
                .iter()
                .take(KEPT_MISTAKES)
                .map(|m| json!({"item": m.item, "label": labels[m.truth], "answer": labels[m.answer], "probability": m.probability}))
                .collect();
            let mut object = json!({
                "accuracy": metrics.accuracy, "f1_macro": metrics.f1_macro, "loss": metrics.loss, "count": metrics.count,
                "baseline": {"majority": {"accuracy": metrics.majority.0, "f1_macro": metrics.majority.1}},
                "left_out": foreign.values().sum::<usize>(), "unknown_labels": foreign,
                "labels": labels, "classes": per_class, "confusion": rows, "mistakes": mistakes,
            });
            if let Some(ranked) = ranked {
                object["ranking"] = json!(ranked);
            }
            if let Some((rejected, accuracy)) = metrics.rejection {
                object["rejected"] = rejected.into();
                object["accuracy_of_accepted"] = accuracy.into();
            }
            object
        }
    }
}

/// The outcome in a sentence.
pub fn verdict(score: &Score, unseen: bool) -> String {
    let part = if unseen { "items it never saw" } else { "items that decided when to stop" };
    match score {
        Score::Classes { metrics, .. } => {
            let (ours, base) = (100.0 * metrics.accuracy, 100.0 * metrics.majority.0);
            let better = if ours > base { "" } else { " The network has learned nothing that serves." };
            format!(
                "Of {} {part}, {ours:.1} % are named right; always naming the most frequent class gives {base:.1} %.{better}",
                metrics.count
            )
        }
        Score::Several(several) => several::verdict(several, part),
        Score::Values(m) => {
            let better = if m.mae < m.mean_mae { "" } else { " The network has learned nothing that serves." };
            format!(
                "On {} {part} the mean absolute error is {}; always saying the mean gives {}.{better}",
                m.count,
                figure(m.mae),
                figure(m.mean_mae)
            )
        }
    }
}

fn classes_text(m: &Metrics, labels: &[String], each_step: bool, trained: bool) -> String {
    let unit = if each_step { "steps" } else { "items" };
    // Models of earlier versions do not know which class was the most frequent one.
    let column = if trained { "most frequent" } else { "most frequent here" };
    let mut text = format!("  {:10} {:>8} {column:>18}\n", "", "model");
    for (name, model, base) in [("accuracy", m.accuracy, m.majority.0), ("f1 macro", m.f1_macro, m.majority.1)] {
        let better = if model > base { "" } else { "  the most frequent class is as good" };
        let _ = writeln!(text, "  {name:10} {model:>8.4} {base:>18.4}{better}");
    }
    let _ = write!(text, "  {:10} {:>8.4}   of {} {unit}", "loss", m.loss, m.count);
    if let Some((share, accuracy)) = m.rejection {
        let _ = write!(text, "\n  {:.1} % are rejected (⦃reject-below⦄), of the others {:.2} % are right", 100.0 * share, 100.0 * accuracy);
    }
    if labels.len() <= MATRIX {
        text += &matrix(m, labels);
    } else {
        let mut pairs: Vec<(u64, usize, usize)> = (0..labels.len() * labels.len())
            .map(|at| (m.confusion[at], at / labels.len(), at % labels.len()))
            .filter(|(n, t, a)| t != a && *n > 0)
            .collect();
        pairs.sort_by_key(|p| std::cmp::Reverse(p.0));
        for (n, truth, answer) in pairs.iter().take(SAID) {
            let _ = write!(text, "\n  {n:>6} × {} taken for {}", labels[*truth], labels[*answer]);
        }
    }
    for mistake in m.mistakes.iter().take(SAID / 2) {
        let (truth, answer) = (&labels[mistake.truth], &labels[mistake.answer]);
        let _ = write!(text, "\n  {}: {truth}, taken for {answer} with {:.1} %", mistake.item, 100.0 * mistake.probability);
    }
    text
}

/// Rows are the truth, columns the answers; precision and recall beside.
fn matrix(m: &Metrics, labels: &[String]) -> String {
    /// Characters of a label in the table.
    const LABEL: usize = 14;
    let short = |label: &str| label.chars().take(LABEL).collect::<String>();
    let width = m.confusion.iter().max().map_or(1, |n| n.to_string().len()).max(4) + 1;
    let mut text = format!("\n  {:LABEL$} ", "label");
    for k in 0..labels.len() {
        let _ = write!(text, "{:>width$}", k + 1);
    }
    text += "  precision  recall";
    for (k, label) in labels.iter().enumerate() {
        let _ = write!(text, "\n  {:LABEL$} ", format!("{} {}", k + 1, short(label)).chars().take(LABEL).collect::<String>());
        for n in &m.confusion[k * labels.len()..][..labels.len()] {
            let shown = if *n == 0 { "·".to_owned() } else { n.to_string() };
            let _ = write!(text, "{shown:>width$}");
        }
        let _ = write!(text, "  {:>9.3} {:>7.3}", m.classes[k].precision, m.classes[k].recall);
    }
    text
}

/// Mistakes that a report lists.
pub fn mistakes<'a>(m: &'a Metrics, labels: &'a [String]) -> impl Iterator<Item = [String; 4]> + 'a {
    m.mistakes
        .iter()
        .take(KEPT_MISTAKES)
        .map(|x| [x.item.clone(), labels[x.truth].clone(), labels[x.answer].clone(), format!("{:.3}", x.probability)])
}
