//! What is said of items: their class, or a value.

use gatewise_data::items::ItemSet;

use super::{Goal, Parts};
use crate::choice::Choices;
use crate::error::Error;
use crate::loss::Loss;
use crate::task::classify::{Answer, ClassWeights, Options, ValueLoss};

/// Share of a label that is spread over all classes.
const LABEL_SMOOTHING: f64 = 0.05;

/// What is said of items, and the loss it is learned by.
pub(super) fn answer(goal: Goal, set: &ItemSet, parts: &Parts, s: &mut Options) -> Result<(Answer, Loss), Error> {
    if goal == Goal::Values {
        let values = parts.values(set, &parts.train)?;
        let names = set.known.targets.clone();
        let scales = (0..names.len().max(1)).map(|k| scale(set, &values, k)).collect::<Result<Vec<_>, _>>()?;
        let loss = match Choices::or_default(&mut s.loss, ValueLoss::Mse) {
            ValueLoss::Mse => Loss::Mse,
            ValueLoss::Mae => Loss::Mae,
            ValueLoss::Huber => Loss::Huber { delta: 1.0 },
        };
        let answer = match scales[..] {
            [(center, spread)] if names.is_empty() => Answer::Value { center, spread },
            _ => {
                let (center, spread) = scales.into_iter().unzip();
                Answer::Values { names, center, spread }
            }
        };
        return Ok((answer, loss));
    }
    let labels = parts.labels.clone();
    let weights = match Choices::or_default(&mut s.class_weights, ClassWeights::None) {
        ClassWeights::None => Vec::new(),
        ClassWeights::Balanced => parts.balanced(set),
    };
    let label_smoothing = Choices::or_default(&mut s.label_smoothing, LABEL_SMOOTHING);
    let loss = Loss::CrossEntropy { classes: labels.len(), weights, label_smoothing };
    Ok((Answer::Classes { labels, temperature: 1.0 }, loss))
}

/// Mean and standard deviation of the k-th value of items.
fn scale(set: &ItemSet, values: &[Vec<f64>], k: usize) -> Result<(f64, f64), Error> {
    let count = values.len().max(1) as f64;
    let center = values.iter().map(|v| v[k]).sum::<f64>() / count;
    let spread = (values.iter().map(|v| (v[k] - center).powi(2)).sum::<f64>() / count).sqrt();
    if spread > 0.0 {
        return Ok((center, spread));
    }
    let of = set.known.targets.get(k).map(|name| format!(" of \"{name}\"")).unwrap_or_default();
    let error = Error::data(format!("{}: every value{of} is {center}: there is nothing to learn", set.path));
    Err(if of.is_empty() { error } else { error.help("⦃label-column⦄ names the targets without it") })
}
