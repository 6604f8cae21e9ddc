//! The page of a comparison.

use gatewise::demo::{Net, Score, Trained};
use gatewise::probe::Flow;
use gatewise_report::{Curve, Figure, Page, TableOf, figure_text};

use super::outcome::{cell, half_life, measure, value};
use super::{EXAMINED, Words};

/// How each network is drawn.
fn class(net: Net) -> &'static str {
    match net {
        Net::Rnn => "baseline",
        Net::RnnOrthogonal => "second",
        Net::Gru => "truth",
        Net::Lstm => "model",
    }
}

fn flow_curves(results: &[Trained], flow: fn(&Trained) -> &Flow) -> Vec<Curve> {
    let curve = |r: &Trained| {
        let shares = flow(r).shares().into_iter().enumerate();
        Curve::line(class(r.net), r.net.name(), shares.map(|(k, share)| (k as f64, share)).collect())
    };
    results.iter().map(curve).collect()
}

pub(super) fn page(results: &[Trained], distances: &[usize], words: &Words) -> Page {
    let at_longest: Vec<String> = results.iter().filter_map(|r| Some(format!("{} {}", r.net.name(), cell(r.scores.last()?)))).collect();
    let by_distance = Figure {
        heading: format!("{} by {}", capital(measure(results)), words.distance),
        lead: format!("On {EXAMINED} fresh sequences at each distance; {}. {}", words.chance, words.training),
        x_name: words.distance,
        curves: results
            .iter()
            .map(|r| Curve::line(class(r.net), r.net.name(), distances.iter().zip(&r.scores).map(|(&d, s)| (d as f64, value(s))).collect()))
            .collect(),
        tables: vec![TableOf {
            caption: format!("{} by {}", capital(measure(results)), words.distance),
            columns: std::iter::once("network".to_string()).chain(distances.iter().map(usize::to_string)).collect(),
            rows: table_rows(results, |r| &r.scores),
        }],
    };
    let shorter = Figure {
        heading: "The networks of the longest, on shorter ones".to_string(),
        lead: format!("Trained up to {} {}, examined at each.", distances.last().unwrap_or(&0), words.distance),
        x_name: words.distance,
        curves: Vec::new(),
        tables: vec![TableOf {
            caption: "The networks of the longest, on shorter ones".to_string(),
            columns: std::iter::once("network".to_string()).chain(distances.iter().map(usize::to_string)).collect(),
            rows: table_rows(results, |r| &r.own_scores),
        }],
    };
    let lead = |when: &str| {
        format!(
            "The share of the last step's gradient that reaches k steps back, {when}: ‖∂L/∂h‖ at T − k over that at T, of the LSTM ‖∂L/∂c‖."
        )
    };
    let flow = |heading: &str, when: &str, of: fn(&Trained) -> &Flow| Figure {
        heading: heading.to_string(),
        lead: lead(when),
        x_name: "steps back",
        curves: flow_curves(results, of),
        tables: vec![TableOf {
            caption: "Gradient by lag".to_string(),
            columns: ["network", "share left", "half-life", "factor a step"].map(str::to_string).to_vec(),
            rows: results
                .iter()
                .map(|r| vec![r.net.name().to_string(), format!("{:.1e}", of(r).share_left()), half_life(of(r)), figure_text(of(r).factor)])
                .collect(),
        }],
    };
    Page {
        kind: words.kind.to_string(),
        title: words.title.clone(),
        verdict: format!(
            "{} at {} {}: {}; {}.",
            capital(measure(results)),
            distances.last().unwrap_or(&0),
            words.distance,
            at_longest.join(", "),
            words.chance
        ),
        facts: results.iter().map(|r| (r.net.name().to_string(), format!("{} parameters", r.model.params().values.len()))).collect(),
        command: crate::commands::command_line(),
        figures: vec![
            flow("Gradient flow by lag, trained", "after training", |r| &r.flow),
            by_distance,
            shorter,
            flow("Gradient flow by lag, before training", "at the start", |r| &r.flow_at_start),
        ],
        ..Page::default()
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn table_rows(results: &[Trained], scores: fn(&Trained) -> &[Score]) -> Vec<Vec<String>> {
    results.iter().map(|r| std::iter::once(r.net.name().to_string()).chain(scores(r).iter().map(cell)).collect()).collect()
}
