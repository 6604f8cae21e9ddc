//! The page of a comparison.

use gatewise::Cell;
use gatewise::demo::{Net, Score, Trained};
use gatewise::probe::Flow;

use super::compare::{Comparison, TERMS, cell, half_life, measure, value};
use super::sentence::{self, form_text};
use crate::number::{figure, order};
use crate::{Axis, Curve, Figure, Page, TableOf};

/// How each network is drawn: lines that lie on each other stay apart by their dashes.
pub(super) fn class(net: Net) -> &'static str {
    match net {
        Net::Rnn => "baseline",
        Net::RnnOrthogonal => "second",
        Net::Of(Cell::Lstm) => "model",
        Net::Of(cell) if cell.spec().recurrent => "truth over",
        Net::Of(_) => "second",
    }
}

fn flow_curves(results: &[Trained], flow: fn(&Trained) -> &Flow) -> Vec<Curve> {
    let curve = |r: &Trained| {
        let shares = flow(r).shares().into_iter().enumerate();
        Curve::line(class(r.net), r.net.name(), shares.map(|(k, share)| (k as f64, share)).collect())
    };
    results.iter().rev().map(curve).collect()
}

impl Comparison<'_> {
    /// The page; `command` is the command line that made it.
    pub fn page(&self, command: String) -> Page {
        let (results, distances) = (self.results, &self.demo.distances[..]);
        let at_longest: Vec<String> = results.iter().filter_map(|r| Some(format!("{} {}", r.net.name(), cell(r.scores.last()?)))).collect();
        let is_choice = matches!(results.first().and_then(|r| r.scores.first()), Some(Score::Choice { .. }));
        let columns = || std::iter::once("network".to_string()).chain(distances.iter().map(usize::to_string)).collect();
        let mut tables = vec![TableOf {
            caption: format!("{} by {}", capital(measure(results)), self.distance),
            columns: columns(),
            rows: table_rows(results, cell),
        }];
        if is_choice {
            let caption = "Mean probability of the right answer".to_string();
            tables.push(TableOf { caption, columns: columns(), rows: table_rows(results, probability) });
        }
        let points = |r: &Trained| distances.iter().zip(&r.scores).map(|(&d, s)| (d as f64, value(s))).collect();
        let by_distance = Figure {
            heading: format!("{} by {}", capital(measure(results)), self.distance),
            lead: format!("On {} fresh sequences at each distance; {}. {}", self.demo.examined, self.chance, self.training),
            x_name: self.distance,
            axis: if is_choice { Axis::Percent } else { Axis::Fitted },
            curves: results.iter().rev().map(|r| Curve::line(class(r.net), r.net.name(), points(r))).collect(),
            tables,
        };
        let lead = |when: &str| {
            format!(
                "How much of the last step's gradient reaches k steps back, {when}. Share of gradient: its norm k steps back over its norm at the end, \
                 ‖∂L/∂h‖, of the LSTM ‖∂L/∂c‖. Half-life: the steps after which half of it is left."
            )
        };
        let flow = |heading: &str, when: &str, of: fn(&Trained) -> &Flow| Figure {
            heading: heading.to_string(),
            lead: lead(when),
            x_name: "steps back",
            axis: Axis::Fitted,
            curves: flow_curves(results, of),
            tables: vec![TableOf {
                caption: "Gradient by lag".to_string(),
                columns: ["network", "share left", "half-life", "factor a step"].map(str::to_string).to_vec(),
                rows: results
                    .iter()
                    .map(|r| vec![r.net.name().to_string(), order(of(r).share_left()), half_life(of(r)), figure(of(r).factor)])
                    .collect(),
            }],
        };
        let read_on = self.short.map(|short| Figure {
            heading: "Trained without filler, and read on".to_string(),
            lead: format!(
                "The same networks, trained on sentences without filler alone, on {} fresh sentences at each distance: how long what was learned lasts. They read the \
                 sentence of this page.",
                self.demo.examined
            ),
            x_name: self.distance,
            axis: Axis::Percent,
            curves: short.iter().rev().map(|r| Curve::line(class(r.net), r.net.name(), points(r))).collect(),
            tables: vec![TableOf {
                caption: "Accuracy by words between, trained without".to_string(),
                columns: columns(),
                rows: table_rows(short, cell),
            }],
        });
        let mut figures = vec![flow("Gradient flow by lag, trained", "after training", |r| &r.flow), by_distance];
        figures.extend(read_on);
        figures.extend([flow("Gradient flow by lag, before training", "at the start", |r| &r.flow_at_start)]);
        if let Some(([_, read_on], form)) = self.sentence {
            figures.insert(0, sentence::figure(read_on, form));
        }
        // The picture of a page is its first figure: gradient flow.
        figures.swap(0, usize::from(self.sentence.is_some()));
        figures.push(Figure { heading: "Terms".to_string(), lead: TERMS.to_string(), ..Figure::default() });
        Page {
            kind: self.kind.to_string(),
            title: self.title.clone(),
            verdict: if is_choice {
                self.seen.clone()
            } else {
                let longest = distances.last().unwrap_or(&0);
                format!(
                    "{} {} at {longest} {}: {}; {}.",
                    self.seen,
                    capital(measure(results)),
                    self.distance,
                    at_longest.join(", "),
                    self.chance
                )
            },
            cures: self.sentence.map_or(Vec::new(), |(_, form)| form_text(form).lines().map(str::to_string).collect()),
            facts: results.iter().map(|r| (r.net.name().to_string(), format!("{} parameters", r.model.params().values.len()))).collect(),
            command,
            figures,
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn table_rows(results: &[Trained], cell: fn(&Score) -> String) -> Vec<Vec<String>> {
    results.iter().map(|r| std::iter::once(r.net.name().to_string()).chain(r.scores.iter().map(cell)).collect()).collect()
}

fn probability(score: &Score) -> String {
    match score {
        Score::Choice { probability, .. } => format!("{probability:.4}"),
        Score::Number { .. } => String::new(),
    }
}
