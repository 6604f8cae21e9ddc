//! N-grams of characters and a logistic regression, which name the class of a text without a network.

use gatewise_kernels::Cpu;
use gatewise_ngrams::{Logistic, Rows, Tfidf};

use super::calibrate::temperature;
use super::config::ClassifyConfig;
use super::item::Item;
use super::simple::{class_weights, labelled, unfit};
use crate::rng::Rng;

/// Stream of a seed that the order of texts is drawn from.
const STREAM: u64 = 1 << 36;

/// What errors count against large weights (scikit-learn's C): the least loss on held-back texts from 300 to 75,000 short reviews.
const C: f64 = 10.0;

/// Features at most, and weights of all classes at most, which the model file holds.
const MOST_FEATURES: usize = 1 << 20;
const MOST_WEIGHTS: usize = 1 << 22;

/// Characters that are learned from at most, and at most times the regressions that learn from them: memory and time grow with them.
const MOST_CHARACTERS: usize = 16 << 20;
const MOST_READINGS: usize = 200 << 20;

/// A trained regression on n-grams: TF-IDF of runs of one to four characters, a logistic regression of each class, and their temperature.
///
/// S. Wang and C. Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", ACL 2012.
#[derive(Clone, Debug, PartialEq)]
pub struct Ngrams {
    pub(super) tfidf: Tfidf,
    pub(super) logistic: Logistic,
    /// Probabilities are to the power of 1 / this.
    pub(super) temperature: f64,
}

impl Ngrams {
    /// Why it cannot learn such items; none where it can.
    pub fn unfit(config: &ClassifyConfig) -> Option<String> {
        let one = || (config.outputs() < 2).then(|| "there is one class".to_owned());
        unfit(config, config.symbols.is_some(), "texts").or_else(one)
    }

    /// Characters that are learned from at most where there are `classes`; items beyond are left out.
    pub fn most_characters(classes: usize) -> usize {
        MOST_CHARACTERS.min(MOST_READINGS / regressions(classes))
    }

    /// Learns from the items `chosen`, up to [`most_characters`](Self::most_characters); classes count as the loss weighs them. The same seed
    /// gives the same result. None where [`unfit`](Self::unfit) says why, and where fewer than two classes, or no n-gram twice, are among them.
    pub fn fit(cpu: &Cpu, config: &ClassifyConfig, items: &[Item], chosen: &[usize], seed: u64) -> Option<Self> {
        if Self::unfit(config).is_some() {
            return None;
        }
        let (classes, weight) = (config.outputs(), class_weights(config));
        let mut known = labelled(items, chosen, &weight);
        let mut rng = Rng::new(seed, STREAM);
        rng.shuffle(&mut known);
        let mut characters = 0;
        known.retain(|(k, _)| {
            let own = items[*k].text.chars().count();
            let fits = characters + own <= Self::most_characters(classes);
            characters += if fits { own } else { 0 };
            fits
        });
        let truth: Vec<usize> = known.iter().map(|(_, class)| *class).collect();
        if truth.iter().all(|class| *class == truth[0]) {
            return None;
        }
        let texts = || known.iter().map(|(k, _)| items[*k].text.as_str());
        let tfidf = Tfidf::fit(texts(), MOST_FEATURES.min(MOST_WEIGHTS / regressions(classes)));
        let features = tfidf.buckets().len();
        if features == 0 {
            return None;
        }
        let mut room = Vec::new();
        let rows: Vec<_> = texts().map(|text| tfidf.row(text, &mut room)).collect();
        // A class that counts for nothing has no rows; its regression learns that.
        let weight: Vec<f64> = weight.iter().map(|w| if *w > 0.0 { *w } else { 1.0 }).collect();
        let given = Rows { rows: &rows, truth: &truth, weight: &weight, features };
        let logistic = Logistic::fit(&given, C, &mut || rng.unit(), cpu.threads());
        Some(Self { tfidf, logistic, temperature: 1.0 })
    }

    /// Finds the temperature that suits the items `chosen`, whose truth is known and which it has not learned from.
    pub fn calibrate(&mut self, items: &[Item], chosen: &[usize]) {
        let raw: Vec<f32> = self.logs(items, chosen).map(|log| log as f32).collect();
        let classes: Vec<Option<usize>> = chosen.iter().map(|&k| items[k].target.class()).collect();
        self.temperature = temperature(&raw, &classes);
    }

    /// The probability of each class for the items `chosen`, in that order: (N, K).
    pub fn probabilities(&self, items: &[Item], chosen: &[usize]) -> Vec<f32> {
        let logs: Vec<f64> = self.logs(items, chosen).collect();
        let mut out = Vec::with_capacity(logs.len());
        for row in logs.chunks_exact(self.logistic.classes()) {
            let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let odds: Vec<f64> = row.iter().map(|log| ((log - top) / self.temperature).exp()).collect();
            let sum: f64 = odds.iter().sum();
            out.extend(odds.iter().map(|odd| (odd / sum) as f32));
        }
        out
    }

    /// The logarithm of each class's probability against all others, item by item.
    fn logs(&self, items: &[Item], chosen: &[usize]) -> impl Iterator<Item = f64> {
        let mut room = Vec::new();
        chosen.iter().flat_map(move |&k| self.logistic.logs(&self.tfidf.row(&items[k].text, &mut room)))
    }
}

/// Regressions of some classes.
fn regressions(classes: usize) -> usize {
    if classes == 2 { 1 } else { classes.max(1) }
}
