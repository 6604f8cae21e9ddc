//! Choosing the next symbol from the network's outputs.

use serde::{Deserialize, Serialize};

use super::error::LanguageError;
use crate::rng::Rng;

/// How the next symbol is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// Divides the logits: below 1 the likely symbols gain, above 1 the unlikely ones; 0 always takes the likeliest.
    pub temperature: f64,
    /// Symbols that may be drawn, the likeliest ones; 0 for all.
    pub top_k: usize,
    /// The likeliest symbols that together have this probability may be drawn (nucleus sampling, Holtzman 2020); 1 for all.
    pub top_p: f64,
    /// Makes the symbols of the last `memory` unlikelier: positive logits are divided by it, others multiplied (Keskar 2019); 1 for none.
    pub repetition_penalty: f64,
    /// Symbols looked back on by the penalty.
    pub memory: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: 0, top_p: 1.0, repetition_penalty: 1.0, memory: 64 }
    }
}

impl Sampling {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first one outside its range.
    pub fn check(&self) -> Result<(), LanguageError> {
        let check = |setting, ok: bool, problem: String| if ok { Ok(()) } else { Err(LanguageError::setting(setting, problem)) };
        let Self { temperature, top_p, repetition_penalty, .. } = *self;
        check("temperature", temperature.is_finite() && temperature >= 0.0, format!("is {temperature}; it is 0 or above"))?;
        check("top_p", top_p > 0.0 && top_p <= 1.0, format!("is {top_p}; it is above 0 and at most 1"))?;
        let penalty = repetition_penalty.is_finite() && repetition_penalty > 0.0;
        check("repetition_penalty", penalty, format!("is {repetition_penalty}; it is above 0, and 1 changes nothing"))
    }
}

/// Draws symbols. Warm, it allocates nothing.
#[derive(Clone, Debug)]
pub struct Sampler {
    sampling: Sampling,
    rng: Rng,
    /// Symbol that is never drawn.
    banned: Option<u32>,
    /// The last symbols, a ring.
    recent: Vec<u32>,
    oldest: usize,
    logits: Vec<f32>,
    candidates: Vec<(f32, u32)>,
}

impl Sampler {
    /// From a seed. `banned` is never drawn.
    ///
    /// # Errors
    /// As [`Sampling::check`].
    pub fn new(sampling: Sampling, seed: u64, banned: Option<u32>) -> Result<Self, LanguageError> {
        sampling.check()?;
        Ok(Self { sampling, rng: Rng::new(seed, 0), banned, recent: Vec::new(), oldest: 0, logits: Vec::new(), candidates: Vec::new() })
    }

    /// The random numbers, to be kept or put back.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// The symbols that the penalty knows, oldest first.
    pub fn recent(&self) -> impl Iterator<Item = u32> {
        self.recent[self.oldest..].iter().chain(&self.recent[..self.oldest]).copied()
    }

    /// Enters a symbol that was read or drawn.
    pub fn note(&mut self, symbol: u32) {
        if self.recent.len() < self.sampling.memory {
            self.recent.push(symbol);
        } else if let Some(oldest) = self.recent.get_mut(self.oldest) {
            *oldest = symbol;
            self.oldest = (self.oldest + 1) % self.recent.len();
        }
    }

    /// Draws from the softmax of `logits` under the settings. The symbol is not entered, see [`note`](Self::note).
    ///
    /// # Panics
    /// If there is no logit, or only the banned one.
    pub fn draw(&mut self, logits: &[f32]) -> u32 {
        let Sampling { temperature, top_k, top_p, repetition_penalty, .. } = self.sampling;
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        if repetition_penalty != 1.0 {
            let penalty = repetition_penalty as f32;
            for (at, &symbol) in self.recent.iter().enumerate() {
                if !self.recent[..at].contains(&symbol) {
                    let logit = &mut self.logits[symbol as usize];
                    *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
                }
            }
        }
        let banned = self.banned;
        self.candidates.clear();
        self.candidates.extend(self.logits.iter().copied().zip(0..).filter(|&(_, symbol)| Some(symbol) != banned));
        // Highest first, and the lower symbol of equal ones, so that every machine draws the same.
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if temperature == 0.0 {
            return self.candidates.iter().copied().min_by(order).map(|(_, symbol)| symbol).expect("a symbol that may be drawn");
        }
        if top_k > 0 && top_k < self.candidates.len() {
            self.candidates.select_nth_unstable_by(top_k - 1, order);
            self.candidates.truncate(top_k);
        }
        let narrow = top_p < 1.0;
        if narrow || top_k > 0 {
            self.candidates.sort_unstable_by(order);
        }
        let top = self.candidates.iter().fold(f32::NEG_INFINITY, |top, &(logit, _)| top.max(logit));
        let mut total = 0.0;
        for (value, _) in &mut self.candidates {
            *value = ((f64::from(*value - top) / temperature).exp()) as f32;
            total += f64::from(*value);
        }
        if narrow {
            let mut sum = 0.0;
            let reaches = self.candidates.iter().position(|&(p, _)| {
                sum += f64::from(p);
                sum >= top_p * total
            });
            self.candidates.truncate(reaches.map_or(self.candidates.len(), |last| last + 1));
            total = self.candidates.iter().map(|&(p, _)| f64::from(p)).sum();
        }
        let mut left = self.rng.unit() * total;
        for &(p, symbol) in &self.candidates {
            left -= f64::from(p);
            if left < 0.0 {
                return symbol;
            }
        }
        // Rounding has left a crumb: the last symbol with a probability takes it.
        self.candidates.iter().rev().find(|(p, _)| *p > 0.0).or(self.candidates.last()).expect("a symbol that may be drawn").1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [1.0, 3.0, 2.0, 0.0];

    fn shares(sampling: Sampling, banned: Option<u32>) -> [f64; 4] {
        let (mut sampler, draws) = (Sampler::new(sampling, 3, banned).unwrap(), 40_000);
        let mut counts = [0.0; 4];
        for _ in 0..draws {
            counts[sampler.draw(&LOGITS) as usize] += 1.0 / f64::from(draws);
        }
        counts
    }

    #[track_caller]
    fn close(got: [f64; 4], expected: [f64; 4]) {
        for (got, expected) in got.into_iter().zip(expected) {
            // Five standard errors of a share of a half, the widest.
            assert!((got - expected).abs() < 5.0 * 0.5 / 200.0, "{got} against {expected}");
        }
    }

    /// The softmax over some symbols.
    fn softmax(symbols: &[usize], temperature: f64) -> [f64; 4] {
        let weight = |i: usize| if symbols.contains(&i) { (f64::from(LOGITS[i]) / temperature).exp() } else { 0.0 };
        let total: f64 = (0..4).map(weight).sum();
        std::array::from_fn(|i| weight(i) / total)
    }

    #[test]
    fn draws_follow_the_softmax_under_each_setting() {
        let plain = Sampling::default();
        close(shares(plain.clone(), None), softmax(&[0, 1, 2, 3], 1.0));
        close(shares(Sampling { temperature: 0.5, ..plain.clone() }, None), softmax(&[0, 1, 2, 3], 0.5));
        close(shares(Sampling { top_k: 2, ..plain.clone() }, None), softmax(&[1, 2], 1.0));
        // The first two have .64 and .24 of the whole.
        close(shares(Sampling { top_p: 0.7, ..plain.clone() }, None), softmax(&[1, 2], 1.0));
        close(shares(Sampling { top_p: 0.6, ..plain.clone() }, None), softmax(&[1], 1.0));
        close(shares(plain.clone(), Some(1)), softmax(&[0, 2, 3], 1.0));
        close(shares(Sampling { temperature: 0.0, ..plain }, Some(1)), softmax(&[2], 1.0));
    }

    #[test]
    fn the_penalty_knows_the_last_symbols_only() {
        let greedy = Sampling { temperature: 0.0, repetition_penalty: 2.0, memory: 2, ..Sampling::default() };
        let mut sampler = Sampler::new(greedy, 1, None).unwrap();
        sampler.note(1);
        assert_eq!(sampler.draw(&LOGITS), 2, "3 / 2 is below 2");
        sampler.note(2);
        sampler.note(2);
        assert_eq!(sampler.draw(&LOGITS), 1, "the first is forgotten");
        assert_eq!(sampler.recent().collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let plain = Sampling::default();
        for (name, sampling) in [
            ("temperature", Sampling { temperature: -1.0, ..plain.clone() }),
            ("temperature", Sampling { temperature: f64::NAN, ..plain.clone() }),
            ("top_p", Sampling { top_p: 0.0, ..plain.clone() }),
            ("repetition_penalty", Sampling { repetition_penalty: 0.0, ..plain }),
        ] {
            assert!(sampling.check().unwrap_err().to_string().contains(name), "{sampling:?}");
        }
    }
}
