//! Sentences that ask for a word said long before: "I am from Korea … and speak Korean well".

use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// Language of the sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 나는 한국사람이야 . 그래서 나는 … 한국어를 잘해 .
    #[default]
    Ko,
    /// I am from Korea . So I … and speak Korean well .
    En,
}

/// The words of one language.
struct Frame {
    /// Before the country.
    opening: &'static [&'static str],
    /// Between the country and the filler.
    middle: &'static [&'static str],
    /// Between the filler and the answer.
    closing: &'static [&'static str],
    /// After the answer.
    ending: &'static [&'static str],
    /// Country and the language spoken there.
    pairs: [(&'static str, &'static str); COUNTRIES],
    /// Clauses of several words that the filler is made of.
    clauses: &'static [&'static [&'static str]],
    /// Single words that fill it up.
    adverbs: &'static [&'static str],
}

/// Countries, each with its own language: a guess is right once in so many.
pub(super) const COUNTRIES: usize = 12;

const KOREAN: Frame = Frame {
    opening: &["나는"],
    middle: &[".", "그래서", "나는"],
    closing: &[],
    ending: &["잘해", "."],
    pairs: [
        ("한국사람이야", "한국어를"),
        ("일본사람이야", "일본어를"),
        ("중국사람이야", "중국어를"),
        ("독일사람이야", "독일어를"),
        ("프랑스사람이야", "프랑스어를"),
        ("스페인사람이야", "스페인어를"),
        ("이탈리아사람이야", "이탈리아어를"),
        ("러시아사람이야", "러시아어를"),
        ("베트남사람이야", "베트남어를"),
        ("태국사람이야", "태국어를"),
        ("그리스사람이야", "그리스어를"),
        ("영국사람이야", "영어를"),
    ],
    clauses: &[
        &["아침마다", "커피를", "마시고"],
        &["저녁에", "책을", "읽고"],
        &["주말이면", "친구를", "만나고"],
        &["동생과", "축구를", "하고"],
        &["가끔", "바다에", "가고"],
        &["집에서", "음악을", "듣고"],
        &["시장에서", "과일을", "사고"],
        &["밤에는", "영화를", "보고"],
        &["공원을", "천천히", "걷고"],
        &["할머니께", "편지를", "쓰고"],
        &["봄에는", "꽃을", "심고"],
        &["고양이와", "놀고"],
        &["일찍", "일어나고"],
    ],
    adverbs: &["요즘", "자주", "정말", "또", "늘"],
};

const ENGLISH: Frame = Frame {
    opening: &["I", "am", "from"],
    middle: &[".", "So", "I"],
    closing: &["and", "speak"],
    ending: &["well", "."],
    pairs: [
        ("Korea", "Korean"),
        ("Japan", "Japanese"),
        ("China", "Chinese"),
        ("Germany", "German"),
        ("France", "French"),
        ("Spain", "Spanish"),
        ("Italy", "Italian"),
        ("Russia", "Russian"),
        ("Vietnam", "Vietnamese"),
        ("Thailand", "Thai"),
        ("Greece", "Greek"),
        ("England", "English"),
    ],
    clauses: &[
        &["drink", "coffee", "at", "dawn", ","],
        &["read", "books", "at", "night", ","],
        &["meet", "my", "friends", "on", "Sundays", ","],
        &["play", "football", "with", "my", "brother", ","],
        &["walk", "to", "the", "sea", ","],
        &["listen", "to", "music", "at", "home", ","],
        &["buy", "fruit", "at", "the", "market", ","],
        &["watch", "films", "with", "my", "sister", ","],
        &["write", "letters", "to", "my", "grandmother", ","],
        &["plant", "flowers", "in", "spring", ","],
        &["feed", "the", "cat", ","],
        &["get", "up", "early", ","],
    ],
    adverbs: &["often", "always", "really", "still", "also"],
};

impl Language {
    fn frame(self) -> &'static Frame {
        match self {
            Language::Ko => &KOREAN,
            Language::En => &ENGLISH,
        }
    }
}

/// A vocabulary of words with a generator of sentences over it.
#[derive(Clone, Debug)]
pub struct Sentences {
    language: Language,
    words: Vec<&'static str>,
}

impl Sentences {
    /// The sentences of a language.
    pub fn new(language: Language) -> Self {
        let frame = language.frame();
        let pairs = frame.pairs.iter().flat_map(|&(country, language)| [country, language]);
        let parts = [frame.opening, frame.middle, frame.closing, frame.ending, frame.adverbs];
        let all = pairs.chain(parts.into_iter().flatten().copied()).chain(frame.clauses.iter().copied().flatten().copied());
        let mut words: Vec<&'static str> = all.collect();
        words.sort_unstable();
        words.dedup();
        Self { language, words }
    }

    /// The vocabulary; a word's number is its place.
    pub fn words(&self) -> &[&'static str] {
        &self.words
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Countries with a language each.
    pub fn countries(&self) -> usize {
        COUNTRIES
    }

    /// Words that do not depend on the gap, in front of the answer.
    pub fn fixed_words(&self) -> usize {
        let frame = self.language.frame();
        frame.opening.len() + 1 + frame.middle.len() + frame.closing.len()
    }

    /// A sentence up to its answer, with `gap` words of filler, and the answer.
    ///
    /// # Panics
    /// If `country` is not below [`Sentences::countries`].
    pub fn sentence(&self, rng: &mut Rng, country: usize, gap: usize) -> (Vec<u32>, u32) {
        let frame = self.language.frame();
        let (country, answer) = frame.pairs[country];
        let mut text: Vec<&'static str> = Vec::with_capacity(self.fixed_words() + gap);
        text.extend(frame.opening);
        text.push(country);
        text.extend(frame.middle);
        let end = text.len() + gap;
        while text.len() < end {
            let clause = frame.clauses[rng.below(frame.clauses.len())];
            if text.len() + clause.len() <= end {
                text.extend(clause);
            } else {
                text.push(frame.adverbs[rng.below(frame.adverbs.len())]);
            }
        }
        text.extend(frame.closing);
        (text.into_iter().map(|word| self.number(word)).collect(), self.number(answer))
    }

    /// What follows the answer.
    pub fn ending(&self) -> &'static [&'static str] {
        self.language.frame().ending
    }

    fn number(&self, word: &str) -> u32 {
        let place = self.words.binary_search(&word).expect("sentences are made of the vocabulary");
        place as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_have_the_gap_asked_for_and_name_the_country_once() {
        for language in [Language::Ko, Language::En] {
            let sentences = Sentences::new(language);
            let mut rng = Rng::new(5, 0);
            for gap in [0, 1, 2, 3, 17, 100] {
                for country in 0..COUNTRIES {
                    let (text, answer) = sentences.sentence(&mut rng, country, gap);
                    let (named, spoken) = language.frame().pairs[country];
                    assert_eq!(text.len(), sentences.fixed_words() + gap);
                    assert_eq!(sentences.words()[answer as usize], spoken);
                    let count = text.iter().filter(|&&w| sentences.words()[w as usize] == named).count();
                    assert_eq!(count, 1, "{language:?}: {named} in a sentence of gap {gap}");
                    assert!(!text.contains(&answer), "the answer stands nowhere before its place");
                }
            }
        }
    }
}
