//! The simple method that answers beside a network: MiniRocket of series of numbers, n-grams of texts.

use gatewise_kernels::Cpu;

use super::config::{Answer, ClassifyConfig};
use super::item::Item;
use super::ngrams::Ngrams;
use super::rocket::Rocket;
use crate::loss::Loss;

/// A method that names classes without a network.
#[derive(Clone, Debug, PartialEq)]
pub enum SimpleMethod {
    /// Of series of numbers.
    Rocket(Rocket),
    /// Of texts.
    Ngrams(Ngrams),
}

/// Why a method that reads `what` cannot name the classes that `config` asks for; none where it can. `reads`: whether items are such.
pub(super) fn unfit(config: &ClassifyConfig, reads: bool, what: &str) -> Option<String> {
    if !matches!(config.answer, Answer::Classes { .. }) {
        Some("it names classes, not values".to_owned())
    } else if !reads || config.each_step {
        Some(format!("it is for {what} with one label each"))
    } else {
        None
    }
}

/// What each class counts for in the loss: (K).
pub(super) fn class_weights(config: &ClassifyConfig) -> Vec<f64> {
    match &config.loss {
        Loss::CrossEntropy { weights, .. } if !weights.is_empty() => weights.clone(),
        _ => vec![1.0; config.outputs()],
    }
}

/// Those of the items `chosen` whose class counts for something, and their classes.
pub(super) fn labelled(items: &[Item], chosen: &[usize], weight: &[f64]) -> Vec<(usize, usize)> {
    chosen.iter().filter_map(|&k| Some((k, items[k].target.class()?))).filter(|(_, class)| weight[*class] > 0.0).collect()
}

/// What a simple method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodName {
    /// In sentences and tables.
    pub title: &'static str,
    /// In JSON.
    pub key: &'static str,
}

/// The names of both.
const ROCKET: MethodName = MethodName { title: "MiniRocket", key: "minirocket" };
const NGRAMS: MethodName = MethodName { title: "n-grams", key: "ngrams" };

impl SimpleMethod {
    /// The name of the method that suits such a classifier.
    pub fn name_for(config: &ClassifyConfig) -> MethodName {
        if config.symbols.is_some() { NGRAMS } else { ROCKET }
    }

    /// Why none can learn `items` of such items; none where one can.
    pub fn unfit(config: &ClassifyConfig, items: usize) -> Option<String> {
        if config.symbols.is_some() { Ngrams::unfit(config) } else { Rocket::unfit(config, items) }
    }

    /// Learns from the items `chosen`. The same seed gives the same result. None where [`unfit`](Self::unfit) says why, and where there is
    /// nothing to be learned.
    pub fn fit(cpu: &Cpu, config: &ClassifyConfig, items: &[Item], chosen: &[usize], seed: u64) -> Option<Self> {
        if config.symbols.is_some() {
            Ngrams::fit(cpu, config, items, chosen, seed).map(Self::Ngrams)
        } else {
            Rocket::fit(cpu, config, items, chosen, seed).map(Self::Rocket)
        }
    }

    /// What it is called.
    pub fn name(&self) -> MethodName {
        match self {
            Self::Rocket(_) => ROCKET,
            Self::Ngrams(_) => NGRAMS,
        }
    }

    /// Makes probabilities mean what they say by the items `chosen`, whose truth is known and which it has not learned from, where it did not do
    /// so by those that it learned from.
    pub(super) fn calibrate(&mut self, items: &[Item], chosen: &[usize]) {
        if let Self::Ngrams(ngrams) = self {
            ngrams.calibrate(items, chosen);
        }
    }

    /// The same method learned anew, from the items `chosen`, as sure of itself as this one.
    pub(super) fn refit(&self, cpu: &Cpu, config: &ClassifyConfig, items: &[Item], chosen: &[usize], seed: u64) -> Option<Self> {
        let mut again = Self::fit(cpu, config, items, chosen, seed)?;
        if let (Self::Ngrams(again), Self::Ngrams(own)) = (&mut again, self) {
            again.temperature = own.temperature;
        }
        Some(again)
    }

    /// The probability of each class for the items `chosen`, in that order: (N, K).
    pub fn probabilities(&self, cpu: &Cpu, config: &ClassifyConfig, items: &[Item], chosen: &[usize]) -> Vec<f32> {
        match self {
            Self::Rocket(rocket) => rocket.probabilities(cpu, config, items, chosen),
            Self::Ngrams(ngrams) => ngrams.probabilities(items, chosen),
        }
    }
}
