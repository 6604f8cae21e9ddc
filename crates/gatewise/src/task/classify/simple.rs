//! The simple method that answers beside a network: MiniRocket of series of numbers, n-grams of texts.

use gatewise_kernels::Cpu;

use super::config::ClassifyConfig;
use super::item::Item;
use super::ngrams::Ngrams;
use super::rocket::Rocket;

/// A method that names classes without a network.
#[derive(Clone, Debug, PartialEq)]
pub enum SimpleMethod {
    /// Of series of numbers.
    Rocket(Rocket),
    /// Of texts.
    Ngrams(Ngrams),
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
