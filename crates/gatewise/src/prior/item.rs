//! A series with its truth, as training sees it.

use super::context::{Context, History, Reading};
use super::quantiles::Step;
use super::supply::Supply;
use super::tokens::{PATCH, TOKEN, past_tokens, write};
use crate::synthetic::Draws;

/// Tokens of a past and its future, and what the future was.
#[derive(Debug, Default)]
pub(super) struct Item {
    context: Context,
    /// (length, TOKEN).
    pub tokens: Vec<f32>,
    /// Tokens of all, and of the future.
    pub length: usize,
    pub future: usize,
    pub steps: Vec<Step>,
    /// Distances of the truth from the centre of each step, in its units.
    pub truth: Vec<f64>,
}

impl Item {
    /// Draws item `index` of a seed.
    pub fn draw(&mut self, supply: &Supply, seed: u64, index: u64) {
        let mut rng = Draws::new(seed, index);
        while !supply.draw(&mut rng, self) {}
    }

    /// Becomes one without anything to forecast.
    pub fn clear(&mut self) {
        self.context = Context::default();
        self.steps.clear();
        self.truth.clear();
        (self.length, self.future) = (past_tokens(0), 0);
        self.tokens.clear();
        self.tokens.resize(self.length * TOKEN, 0.0);
    }

    /// Takes a history and what came after it; gives whether there is something to forecast.
    pub fn set(&mut self, history: &History<'_>, truth: &[f64]) -> bool {
        if self.context.read(history) != Reading::Varied {
            return false;
        }
        self.future = truth.len().div_ceil(PATCH);
        self.length = past_tokens(self.context.rows) + self.future;
        write(&self.context, self.future, 1.0, &mut self.tokens);
        self.steps.clear();
        self.steps.extend((0..truth.len()).map(|k| self.context.step(k)));
        self.truth.clear();
        self.truth.extend(truth.iter().zip(&self.steps).map(|(&v, step)| (self.context.units(v) - step.center) / step.unit));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_finite() {
        let (mut item, supply) = (Item::default(), Supply::synthetic());
        for index in 0..8000 {
            item.draw(&supply, 1, index);
            let wrong = item.tokens.iter().position(|v| !v.is_finite());
            assert_eq!(wrong.map(|at| at % TOKEN), None, "item {index}: {:?}", item.context);
            assert!(item.truth.iter().chain(item.steps.iter().flat_map(|step| &step.drafts)).all(|v| v.is_finite()), "item {index}");
            assert_eq!(item.tokens.len(), item.length * TOKEN);
        }
    }
}
