//! What networks still know of the key after each word of a sentence.

use gatewise_kernels::Cpu;
use serde::Serialize;

use super::memory::Memory;
use super::network::Net;
use super::run::Trained;
use super::train::Problem;
use crate::batch::Batch;
use crate::model::Model;

/// A sentence read by several networks, each asked for the answer after every word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// Words of filler.
    pub gap: usize,
    /// The words up to the answer: (T).
    pub words: Vec<String>,
    /// The place of the key's last word.
    pub key_at: usize,
    /// The right answer's word.
    pub answer: String,
    /// What follows it.
    pub ending: Vec<String>,
    /// The probability of a guess.
    pub chance: f64,
    /// The probability below which the answer counts as lost ([`bound`]).
    pub bound: f64,
    /// What each network knows.
    pub recalls: Vec<Recall>,
}

/// What one network knows of a sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recall {
    /// Which.
    pub net: Net,
    /// The probability of the right answer after each word: (T).
    pub probabilities: Vec<f64>,
    /// The same over all keys, each in the place of the sentence's own, with its own answer: the mean from the key on, and 0 before it. A network that
    /// says one answer whatever the key is at chance here.
    pub over_keys: Vec<f64>,
    /// The word after which that stays lost ([`lets_go`]).
    pub lets_go: Option<usize>,
    /// The word it writes at the end.
    pub written: String,
    /// The probability it gives that word.
    pub written_probability: f64,
}

impl Memory {
    /// The probability of `answer` if the filler ended after each word and the answer were asked for: (T) for `ids` of T words, as from [`Memory::own`].
    ///
    /// # Panics
    /// If a number is none of the vocabulary.
    pub fn recall(&self, cpu: &Cpu, model: &mut Model<f32>, ids: &[u32], answer: u32) -> Vec<f64> {
        self.asked(cpu, model, ids).iter().map(|row| f64::from(row[answer as usize])).collect()
    }

    /// The probability of every word of the vocabulary after each word: (T, words).
    fn asked(&self, cpu: &Cpu, model: &mut Model<f32>, ids: &[u32]) -> Vec<Vec<f32>> {
        let mut batch = Batch::default();
        self.ended_early(ids, &mut batch);
        let output = model.forward(cpu, &batch, false, None);
        let mut probabilities = vec![0.0; output.len()];
        self.loss().probabilities(output, &mut probabilities);
        let width = self.words().len();
        (0..ids.len()).map(|item| probabilities[batch.place(item) * width..][..width].to_vec()).collect()
    }

    /// The mean over all keys of what is known after each of `time` words, aligned at the key.
    pub(crate) fn over_keys(&self, cpu: &Cpu, model: &mut Model<f32>, gap: usize, time: usize) -> Vec<f64> {
        let pairs = self.form().pairs().len();
        let mut mean = vec![0.0; time];
        for pair in 0..pairs {
            let (ids, answer) = self.with_key(pair, gap);
            let known = self.recall(cpu, model, &ids, answer);
            let behind = known.into_iter().skip(self.form().key_at(pair));
            mean.iter_mut().skip(self.key_at()).zip(behind).for_each(|(mean, p)| *mean += p / pairs as f64);
        }
        mean
    }

    /// The sentence itself with `gap` words of filler ([`Memory::own`]), read by every network.
    pub fn read(&self, cpu: &Cpu, networks: &mut [Trained], gap: usize) -> Reading {
        let ((ids, answer), key_at, chance) = (self.own(gap), self.key_at(), self.chance());
        let mut recall = |trained: &mut Trained| {
            let asked = self.asked(cpu, &mut trained.model, &ids);
            let probabilities: Vec<f64> = asked.iter().map(|row| f64::from(row[answer as usize])).collect();
            let over_keys = self.over_keys(cpu, &mut trained.model, gap, ids.len());
            let best = asked.last().into_iter().flatten().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            let (written, &written_probability) = best.unwrap_or((0, &0.0));
            Recall {
                net: trained.net,
                lets_go: lets_go(&over_keys, key_at, chance),
                probabilities,
                over_keys,
                written: self.words()[written].clone(),
                written_probability: f64::from(written_probability),
            }
        };
        Reading {
            gap,
            words: self.spelled(&ids).into_iter().map(str::to_string).collect(),
            key_at,
            answer: self.words()[answer as usize].clone(),
            ending: self.form().ending().to_vec(),
            chance,
            bound: bound(chance),
            recalls: networks.iter_mut().map(&mut recall).collect(),
        }
    }
}

/// The probability below which an answer counts as lost: half way from chance to certainty.
pub fn bound(chance: f64) -> f64 {
    (1.0 + chance) / 2.0
}

/// The word after which `p` stays below [`bound`] for good; none where it never does. `p` is the probability of the right answer after each word, with
/// the key at `key_at`: where that is returned, the answer was known right behind the key at most.
pub fn lets_go(p: &[f64], key_at: usize, chance: f64) -> Option<usize> {
    let last = p.iter().rposition(|&p| p >= bound(chance)).map_or(key_at, |at| at.max(key_at));
    (last + 1 < p.len()).then_some(last)
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::Isa;

    use super::*;
    use crate::demo::Language;

    #[test]
    fn the_word_is_let_go_where_it_is_never_known_again() {
        let chance = 0.1;
        for (p, key_at, expected) in [
            (&[0.1, 0.9, 0.8, 0.2, 0.7, 0.3, 0.1][..], 1, Some(4)),
            (&[0.1, 0.9, 0.8, 0.7], 1, None),
            (&[0.1, 0.9, 0.8, 0.5], 1, Some(2)),
            (&[0.9, 0.1, 0.2, 0.1], 1, Some(1)),
            (&[], 0, None),
        ] {
            assert_eq!(lets_go(p, key_at, chance), expected, "{p:?}");
        }
    }

    #[test]
    fn recall_after_a_word_is_the_answer_to_the_sentence_whose_filler_ends_there() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        let memory = Memory::new(Language::Ko);
        let mut model = Model::new(&memory.network(4), 1).unwrap();
        let (ids, answer) = memory.own(6);
        let (opening, closing) = (memory.form().opening(0).len(), memory.form().closing().len());
        let whole = memory.recall(&cpu, &mut model, &ids, answer);
        assert_eq!(whole.len(), ids.len());
        for end in opening..=ids.len() - closing {
            let ended = [&ids[..end], &ids[ids.len() - closing..]].concat();
            let last = *memory.recall(&cpu, &mut model, &ended, answer).last().unwrap();
            assert!((last - whole[end - 1]).abs() < 1e-6, "after {end} words: {last} and {}", whole[end - 1]);
        }
        // Words before the answer change nothing any more.
        assert!((whole[ids.len() - 1] - whole[ids.len() - closing - 1]).abs() < 1e-6);
    }
}
