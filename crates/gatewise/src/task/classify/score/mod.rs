//! Answers held against the truth: of classes, of a value, of several.

mod alone;
mod evaluation;
mod options;
mod several;

use std::collections::BTreeMap;

use gatewise_kernels::Cpu;
use serde::Serialize;

use super::{Answer, Areas, Classifier, ConfusionMatrix, Item, Metrics, Ranking, Target, Threshold, ValueMetrics};
pub use alone::{Alone, VoiceFigures};
pub(super) use options::About;
pub use options::EvaluateOptions;
pub use several::SeveralMetrics;

/// How a model did on items.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The answers held against the truth.
    pub score: Score,
    /// What the network and the simple method beside it say alone; none where the network answers alone.
    pub alone: Option<Alone>,
}

/// Figures over some items.
#[derive(Debug, Clone)]
pub enum Score {
    /// Of classes.
    Classes {
        /// The figures.
        metrics: Box<Metrics>,
        /// The classes.
        labels: Vec<String>,
        /// Labels that the model lacks, with how often they occur; they are left out of the figures.
        foreign: BTreeMap<String, usize>,
        /// Whether the figures are over steps, each of which has a class, and not over items.
        each_step: bool,
        /// Whether the model knows which class was most frequent in training.
        trained: bool,
        /// How the items are ranked, where there is a class to rank them by.
        ranked: Option<Box<Ranked>>,
    },
    /// Of one value an item.
    Values(ValueMetrics),
    /// Of several values an item.
    Several(Box<SeveralMetrics>),
}

/// How well the probability of one class ranks the items.
#[derive(Debug, Clone, Serialize)]
pub struct Ranked {
    /// The class.
    pub positive: String,
    /// Areas below the curves.
    #[serde(flatten)]
    pub areas: Areas,
    /// The precision that was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision_at: Option<f64>,
    /// The threshold that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
}

impl Outcome {
    /// Holds answers against the truth of the items `chosen`; those without one are left out.
    pub(super) fn of(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], chosen: &[usize], about: About) -> Self {
        let known: Vec<usize> = chosen.iter().copied().filter(|&k| items[k].target.is_known()).collect();
        let score = Score::of(cpu, classifier, items, &known, about);
        Self { score, alone: Alone::of(cpu, classifier, items, &known) }
    }
}

impl Score {
    fn of(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], known: &[usize], about: About) -> Self {
        match classifier.config().answer.clone() {
            Answer::Classes { labels, .. } => Self::of_classes(cpu, classifier, items, known, labels, about),
            Answer::Value { center, .. } => {
                let mut pairs = Vec::with_capacity(known.len());
                classifier.predict(cpu, items, known, &mut |opinion| {
                    if let Target::Value(truth) = items[opinion.item].target {
                        pairs.push((truth, opinion.exact[0]));
                    }
                });
                Self::Values(ValueMetrics::of(&pairs, center))
            }
            Answer::Values { names, .. } => Self::Several(Box::new(SeveralMetrics::of(cpu, classifier, items, known, &names))),
        }
    }

    fn of_classes(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], known: &[usize], labels: Vec<String>, about: About) -> Self {
        let positive = about.positive.or_else(|| (labels.len() == 2).then(|| rarer(items, known)));
        let mut ranking = Ranking::default();
        let mut rank = |row: &[f32], class: usize| {
            if let Some(positive) = positive {
                ranking.add(f64::from(row[positive]), class == positive);
            }
        };
        let mut verdicts = ConfusionMatrix::new(labels.len(), about.reject_below).with_majority(about.majority);
        classifier.predict(cpu, items, known, &mut |opinion| {
            let item = &items[opinion.item];
            match &item.target {
                Target::Class(class) => {
                    verdicts.add(&item.name, &opinion.values, *class);
                    rank(&opinion.values, *class);
                }
                Target::Each(each) => {
                    for (t, (row, class)) in opinion.values.chunks_exact(labels.len()).zip(each).enumerate() {
                        if let Some(class) = class {
                            verdicts.add(&format!("{} step {}", item.name, t + 1), row, *class);
                            rank(row, *class);
                        }
                    }
                }
                Target::None | Target::Value(_) | Target::Values(_) => {}
            }
        });
        let trained = about.majority.is_some();
        let ranked = positive.zip(ranking.areas()).map(|(positive, areas)| {
            let threshold = about.precision_at.and_then(|wanted| ranking.threshold(wanted));
            Box::new(Ranked { positive: labels[positive].clone(), areas, precision_at: about.precision_at, threshold })
        });
        Self::Classes {
            metrics: Box::new(verdicts.finish()),
            labels,
            foreign: about.foreign,
            each_step: classifier.config().each_step,
            trained,
            ranked,
        }
    }
}

/// The class of two that fewer items have; the second where both have as many.
fn rarer(items: &[Item], known: &[usize]) -> usize {
    let of = |class: usize| -> usize {
        let steps = |item: &Item| match &item.target {
            Target::Class(own) => usize::from(*own == class),
            Target::Each(each) => each.iter().filter(|own| **own == Some(class)).count(),
            Target::None | Target::Value(_) | Target::Values(_) => 0,
        };
        known.iter().map(|&k| steps(&items[k])).sum()
    };
    usize::from(of(1) <= of(0))
}
