//! The page of a language model's training: its score, its curves, and what it wrote on the way.

use std::fmt::Write;

use gatewise_data::Choice;
use serde::Serialize;

use crate::html::made::settings;
use crate::html::page::{document, facts, section};
use crate::html::{metrics, training};
use crate::markup::escape;
use crate::{EpochRow, MetricRow};

/// Samples shown: the first, the last, and some between them.
const SHOWN_SAMPLES: usize = 6;

/// All that the page of a language model's training shows. Texts are plain: the page escapes them.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageReport {
    /// Heading of the page.
    pub title: String,
    /// The command line that made the run.
    pub command: String,
    /// When it was made, as text.
    pub created: String,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Settings that were guessed: what, the value, the setting that overrides it.
    pub guesses: Vec<Choice>,
    /// Measures on the held-back part; none where nothing was held back.
    pub metrics: Vec<MetricRow>,
    /// The outcome in one or two sentences.
    pub verdict: String,
    /// The training, an entry a reading of the held-back part.
    pub epochs: Vec<EpochRow>,
    /// What the network wrote on the way.
    pub samples: Vec<Sample>,
    /// The run's `config.toml`.
    pub settings: String,
}

/// A text that a network wrote in training.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// The epoch it was written after.
    pub epoch: u64,
    /// The text.
    pub text: String,
}

/// The page: one HTML document that loads nothing.
pub fn render_language(report: &LanguageReport) -> String {
    let mut body = header(report);
    body += &samples(&report.samples);
    if !report.metrics.is_empty() {
        let body_of = format!("<div class=\"card\">{}</div>", metrics::comparison(&report.metrics));
        let lead = "On the end of the text, which training never saw, beside what simple methods foresee that count: symbols (frequency), pairs of them \
                    (symbol before), longer runs smoothed by how many symbols each comes behind (Kneser-Ney), and the longest context met before, \
                    learning on as it reads (PPM, prediction by partial matching).";
        body += &section("accuracy", "Against counting", lead, &body_of);
    }
    body += &training::section_of(&report.epochs, training::SYMBOLS);
    body += &settings(&report.command, &report.guesses, &report.settings);
    body += "<footer>Made by Gatewise. Everything shown here is inside this one file.</footer>";
    document(&report.title, &body)
}

fn header(report: &LanguageReport) -> String {
    let mut out = format!(
        "<header><p class=\"eyebrow\"><b>Gatewise</b> train language, {}</p><h1>{}</h1>{}<p class=\"verdict\">{}</p>",
        escape(&report.created),
        escape(&report.title),
        metrics::outcome(&report.metrics),
        escape(&report.verdict)
    );
    out += &metrics::tiles(&report.metrics);
    out + &facts(&report.facts) + "</header>"
}

fn samples(samples: &[Sample]) -> String {
    if samples.is_empty() {
        return String::new();
    }
    let mut body = String::new();
    for sample in chosen(samples) {
        let _ =
            write!(body, "<div class=\"card\"><h3>reading {}</h3><pre class=\"sample\">{}</pre></div>", sample.epoch, escape(&sample.text));
    }
    section("samples", "What it wrote", "Drawn at a temperature of 0.8 after readings of the held-back part, without a prompt.", &body)
}

fn chosen(samples: &[Sample]) -> Vec<&Sample> {
    let (count, last) = (samples.len().min(SHOWN_SAMPLES), samples.len() - 1);
    (0..count).map(|k| &samples[k * last / (count - 1).max(1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(samples: usize) -> LanguageReport {
        let epoch = |epoch| EpochRow { epoch, train_loss: 2.0, valid_loss: 2.1, lr: 0.01, grad_norm: 1.0, best: epoch == 2 };
        LanguageReport {
            title: "A language model of <a> & \"b\"".into(),
            command: "gatewise train language".into(),
            created: "2026".into(),
            facts: vec![("text".into(), "나는 <b>".into())],
            guesses: Vec::new(),
            metrics: Vec::new(),
            verdict: "1 < 2".into(),
            epochs: vec![epoch(1), epoch(2)],
            samples: (1..=samples as u64).map(|epoch| Sample { epoch, text: format!("나는 <{epoch}>\n&") }).collect(),
            settings: "hidden = 4".into(),
        }
    }

    #[test]
    fn the_page_is_whole_and_shows_the_first_and_last_sample() {
        for samples in [0, 1, 2, 20] {
            let page = render_language(&report(samples));
            let body = page.strip_prefix("<!doctype html>").unwrap();
            roxmltree::Document::parse(body.trim()).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(page.matches("class=\"sample\"").count(), samples.min(SHOWN_SAMPLES));
            assert!(samples == 0 || page.contains("나는 &lt;1&gt;") && page.contains(&format!("나는 &lt;{samples}&gt;")));
        }
    }
    #[test]
    fn a_loss_against_counting_is_said_plainly() {
        let metric = |name: &str, model: f64| MetricRow {
            name: name.into(),
            model,
            baselines: vec![("pairs_of_symbols".into(), 2.0), ("symbols <1>".into(), 3.0)],
            lower_is_better: true,
        };
        let page = |models: [f64; 2]| {
            let metrics = vec![metric("nats", models[0]), metric("perplexity", models[1])];
            render_language(&LanguageReport { metrics, ..report(1) })
        };
        let lost = page([2.5, 4.0]);
        assert!(lost.contains("The baseline beats the model") && lost.contains("outcome worse"));
        assert!(lost.contains("A baseline is better than the model on nats and perplexity."));
        assert!(lost.contains("25\u{a0}% worse") && lost.contains("<span>pairs of symbols 2.000</span>"));
        assert!(page([1.0, 4.0]).contains("The model wins 1 of 2 measures"));
        assert!(page([1.0, 1.5]).contains("The model beats every baseline"));
    }
}
