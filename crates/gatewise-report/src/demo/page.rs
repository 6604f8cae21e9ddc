//! The page of a comparison.

use gatewise::Cell;
use gatewise::demo::{Completion, Net, Score, Trained};
use gatewise::probe::Flow;

use super::compare::{Comparison, cell, half_life, measure, right, value};
use crate::number::{figure, order};
use crate::{Curve, Figure, Page, TableOf};

/// How each network is drawn.
fn class(net: Net) -> &'static str {
    match net {
        Net::Rnn => "baseline",
        Net::RnnOrthogonal => "second",
        Net::Of(Cell::Lstm) => "model",
        Net::Of(cell) if cell.spec().recurrent => "truth",
        Net::Of(_) => "second",
    }
}

fn flow_curves(results: &[Trained], flow: fn(&Trained) -> &Flow) -> Vec<Curve> {
    let curve = |r: &Trained| {
        let shares = flow(r).shares().into_iter().enumerate();
        Curve::line(class(r.net), r.net.name(), shares.map(|(k, share)| (k as f64, share)).collect())
    };
    results.iter().map(curve).collect()
}

impl Comparison<'_> {
    /// The page; `command` is the command line that made it.
    pub fn page(&self, command: String) -> Page {
        let (results, distances) = (self.results, &self.demo.distances[..]);
        let at_longest: Vec<String> = results.iter().filter_map(|r| Some(format!("{} {}", r.net.name(), cell(r.scores.last()?)))).collect();
        let by_distance = Figure {
            heading: format!("{} by {}", capital(measure(results)), self.distance),
            lead: format!("On {} fresh sequences at each distance; {}. {}", self.demo.examined, self.chance, self.training),
            x_name: self.distance,
            curves: results
                .iter()
                .map(|r| {
                    Curve::line(class(r.net), r.net.name(), distances.iter().zip(&r.scores).map(|(&d, s)| (d as f64, value(s))).collect())
                })
                .collect(),
            tables: vec![TableOf {
                caption: format!("{} by {}", capital(measure(results)), self.distance),
                columns: std::iter::once("network".to_string()).chain(distances.iter().map(usize::to_string)).collect(),
                rows: table_rows(results, |r| &r.scores),
            }],
        };
        let shorter = Figure {
            heading: "The networks of the longest, on shorter ones".to_string(),
            lead: format!("Trained up to {} {}, examined at each.", distances.last().unwrap_or(&0), self.distance),
            x_name: self.distance,
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
                    .map(|r| vec![r.net.name().to_string(), order(of(r).share_left()), half_life(of(r)), figure(of(r).factor)])
                    .collect(),
            }],
        };
        let mut figures = vec![
            flow("Gradient flow by lag, trained", "after training", |r| &r.flow),
            by_distance,
            shorter,
            flow("Gradient flow by lag, before training", "at the start", |r| &r.flow_at_start),
        ];
        figures.extend(self.completed());
        Page {
            kind: self.kind.to_string(),
            title: self.title.clone(),
            verdict: format!(
                "{} at {} {}: {}; {}.",
                capital(measure(results)),
                distances.last().unwrap_or(&0),
                self.distance,
                at_longest.join(", "),
                self.chance
            ),
            facts: results.iter().map(|r| (r.net.name().to_string(), format!("{} parameters", r.model.params().values.len()))).collect(),
            command,
            figures,
            ..Page::default()
        }
    }

    fn completed(&self) -> Option<Figure> {
        let (_, first) = self.completions.first()?;
        let row = |(net, c): &(Net, Completion)| {
            vec![
                net.name().to_string(),
                format!("… {} {}", c.written, c.ending),
                right(c).to_string(),
                format!("{:.1} %", 100.0 * c.probability),
            ]
        };
        Some(Figure {
            heading: "A sentence completed by each".to_string(),
            lead: first.text.clone(),
            x_name: "",
            curves: Vec::new(),
            tables: vec![TableOf {
                caption: "Completions".to_string(),
                columns: ["network", "goes on", "", "its probability"].map(str::to_string).to_vec(),
                rows: self.completions.iter().map(row).collect(),
            }],
        })
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn table_rows(results: &[Trained], scores: fn(&Trained) -> &[Score]) -> Vec<Vec<String>> {
    results.iter().map(|r| std::iter::once(r.net.name().to_string()).chain(scores(r).iter().map(cell)).collect()).collect()
}
