//! The page of a training on a text.

use gatewise::task::language::HeldBack;
use gatewise::train::Summary;
use gatewise_report::EpochRow;
use gatewise_report::language::{Foreseen, LanguageReport, Sample, Trained, title, verdict};

use super::fit::Run;
use crate::commands::{command_line, kernels, now};

/// How the training ended, and what the network says of the text held back.
pub(super) struct Outcome<'a> {
    pub summary: &'a Summary,
    pub epochs: Vec<EpochRow>,
    pub samples: Vec<Sample>,
    /// The held-back part's score beside that of counting; none where nothing was held back.
    pub held_back: Option<HeldBack>,
    pub parameters: usize,
    pub symbols: usize,
}

impl Run<'_> {
    pub(super) fn report(&self, outcome: Outcome<'_>) -> LanguageReport {
        let (plan, text) = (self.plan, &self.plan.text);
        let Outcome { summary, epochs, samples, held_back, parameters, symbols } = outcome;
        let held_back = held_back.as_ref().map(Foreseen);
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
            guesses: plan.choices.clone(),
            metrics: held_back.map(|held| held.metrics()).unwrap_or_default(),
            verdict: verdict(held_back.as_ref(), symbols),
            epochs,
            samples,
            settings: self.folder.settings(),
        }
    }
}
