//! Drawing the next symbol.

use gatewise_kernels::Isa;

use super::{Ranked, Sampling, Weights};
use crate::loss::highest;
use crate::rng::Rng;
use crate::task::language::error::LanguageError;

/// Leaves symbols that only rounding keeps from the nucleus.
const FLOOR: f64 = 0.99;

/// Draws symbols. Warm, it allocates nothing.
#[derive(Clone, Debug)]
pub struct Sampler {
    sampling: Sampling,
    seed: u64,
    isa: Isa,
    /// Symbol that is never drawn.
    banned: Option<u32>,
    texts: Vec<Text>,
    logits: Vec<f32>,
    weights: Weights,
    ranked: Ranked,
    /// The draw that a symbol was last penalised in.
    penalised: Vec<u64>,
    draws: u64,
}

/// What is drawn for one text: its own random numbers, and its last symbols.
#[derive(Clone, Debug)]
struct Text {
    rng: Rng,
    /// A ring.
    recent: Vec<u32>,
    oldest: usize,
}

impl Sampler {
    /// From a seed, with the vectors of `isa`. `banned` is never drawn.
    ///
    /// # Errors
    /// As [`Sampling::check`].
    pub fn new(sampling: Sampling, seed: u64, banned: Option<u32>, isa: Isa) -> Result<Self, LanguageError> {
        sampling.check()?;
        let texts = vec![Text { rng: Rng::new(seed, 0), recent: Vec::new(), oldest: 0 }];
        let (logits, weights, ranked) = (Vec::new(), Weights::default(), Ranked::default());
        Ok(Self { sampling, seed, isa, banned, texts, logits, weights, ranked, penalised: Vec::new(), draws: 0 })
    }

    /// The random numbers, to be kept or put back.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.texts[0].rng
    }

    /// The symbols that the penalty knows, oldest first.
    pub fn recent(&self) -> impl Iterator<Item = u32> {
        let Text { recent, oldest, .. } = &self.texts[0];
        recent[*oldest..].iter().chain(&recent[..*oldest]).copied()
    }

    /// Enters a symbol that was read or drawn.
    pub fn note(&mut self, symbol: u32) {
        self.note_for(0, symbol);
    }

    /// Forgets the symbols that the penalty knows, and knows these, oldest first.
    pub(in crate::task::language) fn remember(&mut self, recent: impl IntoIterator<Item = u32>) {
        let text = &mut self.texts[0];
        text.recent.clear();
        text.oldest = 0;
        recent.into_iter().for_each(|symbol| self.note(symbol));
    }

    /// Draws from the softmax of `logits` under the settings. The symbol is not entered, see [`note`](Self::note).
    ///
    /// # Panics
    /// If there is no logit, or only the banned one.
    pub fn draw(&mut self, logits: &[f32]) -> u32 {
        self.draw_for(0, logits)
    }

    /// Goes on for `count` texts, each from what the first has read. Text k has the k-th stream of the seed's random numbers, whatever the count.
    pub(in crate::task::language) fn fork(&mut self, count: usize) {
        for k in 1..count {
            let (recent, oldest) = (self.texts[0].recent.clone(), self.texts[0].oldest);
            match self.texts.get_mut(k) {
                Some(text) => (text.recent, text.oldest) = (recent, oldest),
                None => self.texts.push(Text { rng: Rng::new(self.seed, k as u64), recent, oldest }),
            }
        }
    }

    /// As [`note`](Self::note), for the text of this number.
    pub(in crate::task::language) fn note_for(&mut self, text: usize, symbol: u32) {
        let Text { recent, oldest, .. } = &mut self.texts[text];
        if recent.len() < self.sampling.repetition_memory {
            recent.push(symbol);
        } else if let Some(place) = recent.get_mut(*oldest) {
            *place = symbol;
            *oldest = (*oldest + 1) % recent.len();
        }
    }

    /// As [`draw`](Self::draw), for the text of this number.
    pub(in crate::task::language) fn draw_for(&mut self, text: usize, logits: &[f32]) -> u32 {
        let Sampling { temperature, top_k, top_p, min_p, repetition_penalty, .. } = self.sampling;
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        if repetition_penalty != 1.0 {
            self.penalise(text, repetition_penalty as f32);
        }
        if let Some(banned) = self.banned {
            self.logits[banned as usize] = f32::NEG_INFINITY;
        }
        if temperature == 0.0 {
            let top = highest(&self.logits);
            let best = self.logits.iter().zip(0..).find(|(x, symbol)| **x == top && Some(*symbol) != self.banned);
            return best.map_or_else(|| self.first(), |(_, symbol)| symbol);
        }
        self.weights.set(self.isa, &self.logits, temperature);
        let share = self.texts[text].rng.unit();
        if top_k == 0 && top_p == 1.0 {
            // The largest weight is 1.
            self.weights.cut(min_p);
            return self.weights.at(share).unwrap_or_else(|| self.first());
        }
        // Of V symbols, those below (1 − top-p) / V have no more than 1 − top-p together: the nucleus is among the others.
        let floor = if top_k == 0 { FLOOR * (1.0 - top_p) * self.weights.total() / logits.len() as f64 } else { 0.0 };
        let weighted = self.weights.values().iter().copied().zip(0..);
        self.ranked.fill(weighted.filter(|(p, _)| *p > 0.0 && f64::from(*p) >= floor));
        let mut all = self.weights.total();
        if top_k > 0 {
            self.ranked.select(top_k);
            all = self.ranked.total();
        }
        if top_p < 1.0 {
            let nucleus = self.ranked.reach(|sum| sum >= top_p * all).map_or(0, |last| last + 1);
            self.ranked.truncate(nucleus);
        }
        // The largest weight is 1, and always left.
        self.ranked.cut(min_p);
        let target = share * self.ranked.total();
        let drawn = self.ranked.reach(|sum| sum > target).map(|place| self.ranked.at(place).1);
        drawn.unwrap_or_else(|| self.first())
    }

    /// Each symbol of the memory once, however often it was written.
    fn penalise(&mut self, text: usize, penalty: f32) {
        self.draws += 1;
        self.penalised.resize(self.logits.len(), 0);
        for &symbol in &self.texts[text].recent {
            let symbol = symbol as usize;
            if std::mem::replace(&mut self.penalised[symbol], self.draws) != self.draws {
                let logit = &mut self.logits[symbol];
                *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
            }
        }
    }

    /// Where no output is a number: the first symbol that may be drawn.
    fn first(&self) -> u32 {
        (0..self.logits.len() as u32).find(|&symbol| Some(symbol) != self.banned).expect("a symbol that may be drawn")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The symbols that may be drawn with their probabilities, in the order a draw passes them: each filter as its paper has it, one after the
    /// other.
    fn plain(logits: &[f32], sampling: &Sampling, recent: &[u32], banned: Option<u32>) -> Vec<(f64, u32)> {
        let mut scores: Vec<(f64, u32)> = logits.iter().zip(0..).map(|(&x, symbol)| (f64::from(x), symbol)).collect();
        for (x, symbol) in &mut scores {
            if recent.contains(symbol) {
                *x = if *x > 0.0 { *x / sampling.repetition_penalty } else { *x * sampling.repetition_penalty };
            }
        }
        scores.retain(|(_, symbol)| Some(*symbol) != banned);
        let softmax = |scores: &[(f64, u32)]| -> Vec<(f64, u32)> {
            let weights = scores.iter().map(|&(x, symbol)| ((x / sampling.temperature).exp(), symbol));
            let total: f64 = weights.clone().map(|(p, _)| p).sum();
            weights.map(|(p, symbol)| (p / total, symbol)).collect()
        };
        if sampling.top_k > 0 || sampling.top_p < 1.0 {
            scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        }
        if sampling.top_k > 0 {
            scores.truncate(sampling.top_k);
        }
        if sampling.top_p < 1.0 {
            let shares = softmax(&scores);
            let before = |rank: usize| shares[..rank].iter().map(|(p, _)| p).sum::<f64>();
            scores.truncate((0..scores.len()).filter(|&rank| before(rank) < sampling.top_p).count());
        }
        let shares = softmax(&scores);
        let most = shares.iter().map(|(p, _)| *p).fold(0.0, f64::max);
        let likely: Vec<(f64, u32)> =
            scores.into_iter().zip(&shares).filter(|(_, (p, _))| *p >= sampling.min_p * most).map(|(score, _)| score).collect();
        softmax(&likely)
    }

    #[test]
    fn draws_are_those_of_the_plain_formulas() {
        let one = Sampling::default;
        let cases = [
            one(),
            Sampling { temperature: 0.5, ..one() },
            Sampling { temperature: 1.7, min_p: 0.05, ..one() },
            Sampling { top_k: 7, ..one() },
            Sampling { top_k: 1, ..one() },
            Sampling { top_k: 5000, temperature: 0.8, ..one() },
            Sampling { top_p: 0.9, temperature: 1.3, ..one() },
            Sampling { top_p: 0.3, top_k: 40, ..one() },
            Sampling { min_p: 0.2, ..one() },
            Sampling { min_p: 1.0, ..one() },
            Sampling { min_p: 0.1, top_k: 30, top_p: 0.95, temperature: 0.7, ..one() },
            Sampling { repetition_penalty: 1.4, repetition_memory: 20, ..one() },
            Sampling { repetition_penalty: 0.7, repetition_memory: 3, top_p: 0.8, min_p: 0.02, temperature: 1.2, ..one() },
        ];
        for symbols in [5, 65, 1000] {
            let logits: Vec<f32> = {
                let mut rng = Rng::new(9, symbols as u64);
                (0..symbols).map(|_| (2.5 * rng.normal()) as f32).collect()
            };
            for (sampling, banned) in cases.iter().flat_map(|s| [(s, None), (s, Some(1))]) {
                let mut sampler = Sampler::new(sampling.clone(), 3, banned, Isa::best()).unwrap();
                let (mut rng, mut seen) = (Rng::new(3, 0), Vec::new());
                for _ in 0..60 {
                    let memory = seen.len() - seen.len().min(sampling.repetition_memory);
                    let allowed = plain(&logits, sampling, &seen[memory..], banned);
                    let mut left = rng.unit();
                    let expected = allowed.iter().find(|(p, _)| {
                        left -= p;
                        left < 0.0
                    });
                    let got = sampler.draw(&logits);
                    assert_eq!(got, expected.unwrap().1, "{sampling:?} of {symbols}, without {banned:?}");
                    sampler.note(got);
                    seen.push(got);
                }
            }
        }
    }

    const LOGITS: [f32; 4] = [1.0, 3.0, 2.0, 0.0];

    #[test]
    fn shares_follow_the_softmax() {
        let (mut sampler, draws) = (Sampler::new(Sampling::default(), 3, Some(0), Isa::best()).unwrap(), 40_000);
        let mut counts = [0.0; 4];
        for _ in 0..draws {
            counts[sampler.draw(&LOGITS) as usize] += 1.0 / f64::from(draws);
        }
        let total: f64 = LOGITS[1..].iter().map(|&x| f64::from(x).exp()).sum();
        for (symbol, got) in counts.into_iter().enumerate() {
            let expected = if symbol == 0 { 0.0 } else { f64::from(LOGITS[symbol]).exp() / total };
            // Five standard errors of a share of a half, the widest.
            assert!((got - expected).abs() < 5.0 * 0.5 / 200.0, "{got} against {expected}");
        }
    }

    #[test]
    fn the_penalty_knows_the_last_symbols_only() {
        let greedy = Sampling { temperature: 0.0, repetition_penalty: 2.0, repetition_memory: 2, ..Sampling::default() };
        let mut sampler = Sampler::new(greedy, 1, None, Isa::best()).unwrap();
        sampler.note(1);
        assert_eq!(sampler.draw(&LOGITS), 2, "3 / 2 is below 2");
        sampler.note(2);
        sampler.note(2);
        assert_eq!(sampler.draw(&LOGITS), 1, "the first is forgotten");
        assert_eq!(sampler.recent().collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn outputs_that_are_no_numbers_still_give_a_symbol() {
        let cases = [
            Sampling::default(),
            Sampling { temperature: 0.0, ..Sampling::default() },
            Sampling { top_k: 2, ..Sampling::default() },
            Sampling { top_p: 0.5, min_p: 0.1, ..Sampling::default() },
        ];
        for sampling in cases {
            let mut sampler = Sampler::new(sampling.clone(), 1, Some(0), Isa::best()).unwrap();
            for logits in [[f32::NAN; 3], [f32::NEG_INFINITY; 3], [f32::INFINITY; 3]] {
                assert!((1..3).contains(&sampler.draw(&logits)), "{sampling:?} {logits:?}");
            }
        }
    }

    #[test]
    fn each_text_has_random_numbers_of_its_own() {
        let draws = |count: usize| -> Vec<Vec<u32>> {
            let mut sampler = Sampler::new(Sampling::default(), 7, None, Isa::best()).unwrap();
            sampler.note(2);
            sampler.fork(count);
            (0..count).map(|text| (0..50).map(|_| sampler.draw_for(text, &LOGITS)).collect()).collect()
        };
        let (one, two, four) = (draws(1), draws(2), draws(4));
        assert_eq!((&one[..], &two[..]), (&four[..1], &four[..2]));
        assert!(four[0] != four[1] && four[1] != four[2] && four[2] != four[3]);
    }
}
