//! The page of a training on a text.

use gatewise::task::language::{Baseline, Score};
use gatewise::train::Summary;
use gatewise_report::EpochRow;
use gatewise_report::language::{Foreseen, LanguageReport, Sample, Trained, title, verdict};

use super::fit::Run;
use super::plan::Plan;
use super::text::Text;
use crate::commands::{command_line, kernels, now};

/// How the training ended, and what the network says of the text held back.
pub(super) struct Outcome<'a> {
    pub summary: &'a Summary,
    pub epochs: Vec<EpochRow>,
    pub samples: Vec<Sample>,
    /// The held-back part's score beside that of counting; none where nothing was held back.
    pub score: Option<(Score, Baseline)>,
    pub parameters: usize,
    pub symbols: usize,
}

impl Run<'_> {
    pub(super) fn report(&self, plan: &Plan, text: &Text, outcome: Outcome<'_>) -> LanguageReport {
        let Outcome { summary, epochs, samples, score, parameters, symbols } = outcome;
        let held_back = score.as_ref().map(|(score, baseline)| Foreseen { score, baseline, characters: text.valid_chars });
        let trained = Trained {
            bytes: self.corpus.bytes(),
            learned: text.train.end - text.train.start,
            symbols,
            config: &plan.config,
            parameters,
            summary,
            seed: plan.train.seed,
            kernels: &kernels(&self.cpu, plan.train.precision()),
        };
        LanguageReport {
            title: title(self.corpus.path()),
            command: command_line(),
            created: now(),
            facts: trained.facts(),
            guesses: plan.guesses.clone(),
            metrics: held_back.map(|held| held.metrics()).unwrap_or_default(),
            verdict: verdict(held_back.as_ref(), symbols),
            epochs,
            samples,
            settings: self.folder.settings(),
        }
    }
}
