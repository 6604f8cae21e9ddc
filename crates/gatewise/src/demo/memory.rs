//! The memory problem: say the word that one long before decides.

use std::collections::BTreeSet;

use gatewise_kernels::Cell;

use super::filler::Language;
use super::form::Form;
use super::train::{Problem, Score};
use crate::batch::Batch;
use crate::loss::Loss;
use crate::model::{EmbeddingConfig, ModelConfig};
use crate::rng::Rng;

/// Width of a word's vector.
const EMBEDDING: usize = 16;
/// Stream of a seed that the filler of the own sentence is drawn from; the seed is fixed.
const OWN_STREAM: u64 = 1 << 35;

/// Sentences of one form over a vocabulary. A network reads them word by word and is asked for the answer at its place.
#[derive(Clone, Debug)]
pub struct Memory {
    form: Form,
    words: Vec<String>,
    /// By pair: the words up to the filler, and the answer.
    pairs: Vec<(Vec<u32>, u32)>,
    closing: Vec<u32>,
}

impl Memory {
    /// Sentences of the built-in form of a language.
    pub fn new(language: Language) -> Self {
        Self::of_form(Form::built_in(language))
    }

    /// Sentences of a form.
    pub fn of_form(form: Form) -> Self {
        let count = form.pairs().len();
        let of_pairs = (0..count).flat_map(|pair| form.opening(pair).into_iter().chain([form.answer(pair)]));
        let words: BTreeSet<String> = of_pairs.chain(form.closing().to_vec()).chain(form.filler().words().cloned()).collect();
        let mut memory = Self { form, words: words.into_iter().collect(), pairs: Vec::new(), closing: Vec::new() };
        memory.pairs =
            (0..count).map(|pair| (memory.numbers(&memory.form.opening(pair)), memory.number(&memory.form.answer(pair)))).collect();
        memory.closing = memory.numbers(memory.form.closing());
        memory
    }

    /// The form of the sentences.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The vocabulary; a word's number is its place.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The accuracy of a guess among the answers.
    pub fn chance(&self) -> f64 {
        1.0 / self.pairs.len() as f64
    }

    /// The sentence itself with `gap` words of filler kept from training, up to its answer, and the answer. It is the same at every call.
    pub fn own(&self, gap: usize) -> (Vec<u32>, u32) {
        self.with_key(0, gap)
    }

    /// [`Memory::own`] with the key of pair `pair` in the place of its own, and that pair's answer.
    pub(super) fn with_key(&self, pair: usize, gap: usize) -> (Vec<u32>, u32) {
        let mut rng = Rng::new(gap as u64, OWN_STREAM);
        (self.whole(&mut rng, pair, gap, true), self.pairs[pair].1)
    }

    /// The place of the key's last word in [`Memory::own`].
    pub fn key_at(&self) -> usize {
        self.form.key_at(0)
    }

    /// The words of `ids`.
    ///
    /// # Panics
    /// If a number is none of the vocabulary.
    pub fn spelled(&self, ids: &[u32]) -> Vec<&str> {
        ids.iter().map(|&id| self.words[id as usize].as_str()).collect()
    }

    /// A sentence up to its answer.
    fn whole(&self, rng: &mut Rng, pair: usize, gap: usize, unseen: bool) -> Vec<u32> {
        let mut text = self.pairs[pair].0.clone();
        text.extend(self.form.filler().draw(rng, gap, unseen).into_iter().map(|word| self.number(word)));
        text.extend(&self.closing);
        text
    }

    fn fill(&self, texts: &[(Vec<u32>, u32)], batch: &mut Batch<f32>) {
        let lengths: Vec<usize> = texts.iter().map(|(text, _)| text.len()).collect();
        batch.set_ragged(&lengths, 0);
        batch.symbols.resize(batch.layout.rows(), 0);
        batch.target.resize(texts.len(), 0.0);
        for (item, (text, answer)) in texts.iter().enumerate() {
            let place = batch.place(item);
            for (t, &word) in text.iter().enumerate() {
                batch.symbols[batch.layout.row(t, place)] = word;
            }
            batch.target[place] = *answer as f32;
        }
    }

    /// Texts whose keys take turns from a random one, so that a batch holds each as often as the others.
    fn in_turn(&self, rng: &mut Rng, count: usize, mut text: impl FnMut(&mut Rng, usize, usize) -> Vec<u32>) -> Vec<(Vec<u32>, u32)> {
        let first = rng.below(self.pairs.len());
        let pair = |item: usize| (first + item) % self.pairs.len();
        (0..count).map(|item| (text(rng, item, pair(item)), self.pairs[pair(item)].1)).collect()
    }

    /// As many sentences as `ids`, one up to its answer, has words: the filler of each ends with that word, and the words before the answer follow.
    pub(super) fn ended_early(&self, ids: &[u32], batch: &mut Batch<f32>) {
        let closing = self.closing.len();
        let filled = ids.len() - closing;
        let opening = self.pairs[0].0.len().min(filled);
        let text = |end: usize| [&ids[..end.clamp(opening, filled)], &self.closing[..]].concat();
        let texts: Vec<(Vec<u32>, u32)> = (1..=ids.len()).map(|end| (text(end), 0)).collect();
        self.fill(&texts, batch);
    }

    fn numbers(&self, words: &[String]) -> Vec<u32> {
        words.iter().map(|word| self.number(word)).collect()
    }

    fn number(&self, word: &str) -> u32 {
        let place = self.words.binary_search_by(|known| known.as_str().cmp(word)).expect("sentences are made of the vocabulary");
        place as u32
    }
}

impl Problem for Memory {
    fn network(&self, hidden: usize) -> ModelConfig {
        let symbols = self.words.len();
        ModelConfig { embedding: Some(EmbeddingConfig { symbols, width: EMBEDDING }), ..ModelConfig::new(Cell::Lstm, 0, hidden, symbols) }
    }

    fn loss(&self) -> Loss {
        Loss::CrossEntropy { classes: self.words.len(), weights: Vec::new(), label_smoothing: 0.0 }
    }

    /// Gaps are drawn evenly up to `reach`.
    fn draw(&self, rng: &mut Rng, reach: usize, count: usize, batch: &mut Batch<f32>) {
        let texts = self.in_turn(rng, count, |rng, _, pair| {
            let gap = rng.below(reach + 1);
            self.whole(rng, pair, gap, false)
        });
        self.fill(&texts, batch);
    }

    fn draw_exactly(&self, rng: &mut Rng, distance: usize, count: usize, batch: &mut Batch<f32>) {
        let texts = self.in_turn(rng, count, |rng, _, pair| self.whole(rng, pair, distance, true));
        self.fill(&texts, batch);
    }

    fn score(&self, output: &[f32], batch: &Batch<f32>) -> Score {
        let words = self.words.len();
        let mut probabilities = vec![0.0; output.len()];
        self.loss().probabilities(output, &mut probabilities);
        let mut best = vec![0.0; batch.len()];
        self.loss().point(output, &mut best);
        let count = batch.len().max(1) as f64;
        let right = best.iter().zip(&batch.target).filter(|(best, target)| best == target).count();
        let given = probabilities.chunks_exact(words).zip(&batch.target).map(|(row, &target)| f64::from(row[target as usize]));
        Score::Choice { accuracy: right as f64 / count, probability: given.sum::<f64>() / count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_have_the_gap_asked_for_and_name_key_and_answer_where_they_stand() {
        let own = Form::new("My dog is old. … It says woof.", "dog", "woof", None).unwrap();
        for form in [Form::built_in(Language::Ko), Form::built_in(Language::En), own] {
            let memory = Memory::of_form(form);
            let mut rng = Rng::new(5, 0);
            let fixed = memory.pairs[0].0.len() + memory.closing.len();
            for gap in [0, 1, 2, 3, 17, 100] {
                for pair in 0..memory.pairs.len() {
                    let text = memory.whole(&mut rng, pair, gap, gap % 2 == 0);
                    let (key, answer) = &memory.form.pairs()[pair];
                    let words = memory.spelled(&text);
                    assert_eq!(words.len(), fixed + gap);
                    let asked = memory.words()[memory.pairs[pair].1 as usize].as_str();
                    let named = words.iter().filter(|word| word.starts_with(key.as_str())).count();
                    assert!(named == 1 && !words.contains(&asked), "{words:?}");
                    assert!(words[memory.form.key_at(pair)].starts_with(key.as_str()));
                    assert!(asked.starts_with(answer.as_str()));
                }
            }
        }
    }

    #[test]
    fn every_gap_up_to_the_longest_is_drawn_alike() {
        let memory = Memory::new(Language::En);
        let (mut batch, mut lengths) = (Batch::default(), Vec::new());
        for seed in 0..30 {
            memory.draw(&mut Rng::new(seed, 0), 20, 24, &mut batch);
            lengths.extend((0..batch.len()).map(|b| batch.layout.length(b)));
        }
        let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
        let middle = lengths.iter().filter(|&&length| length <= least + 10).count() as f64 / lengths.len() as f64;
        assert!(*most >= least + 20 && (middle - 11.0 / 21.0).abs() < 0.08, "{least} to {most}, {middle} in the lower half");
    }

    #[test]
    fn the_own_sentence_is_read_as_it_was_written() {
        let form = Form::new("나는 한국인이야... 그래서 한국어를 써.", "한국", "한국어", None).unwrap();
        let memory = Memory::of_form(form);
        let (ids, answer) = memory.own(0);
        assert_eq!(
            (memory.spelled(&ids).join(" ").as_str(), memory.words()[answer as usize].as_str()),
            ("나는 한국인이야. 그래서", "한국어를")
        );
        assert_eq!(memory.form.opening(1).join(" "), "나는 일본인이야.");
        assert_eq!(memory.own(30), memory.own(30));
    }
}
