//! Filler: whole sentences, put together anew for each text, some of them never in training.

mod english;
mod korean;

use serde::{Deserialize, Serialize};

use super::form::Syllables;
use crate::rng::Rng;

/// Language of built-in sentences and filler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 나는 한국 사람이야. … 그래서 나는 한국어를 잘해.
    #[default]
    Ko,
    /// I am from Korea. … So I speak Korean well.
    En,
}

/// One sentence in so many is kept from training.
const HELD_BACK: usize = 5;
/// Sentences of so few words are in both: their words stand in no others.
const SHORT: usize = 2;
/// Invented words of a filler, its sentences, and the longest.
const WORDS: usize = 60;
const SENTENCES: usize = 600;
const LONGEST: usize = 8;
/// Stream of a seed that invented sentences are drawn from; the seed is fixed.
const STREAM: u64 = 1 << 39;

/// Sentences, each a list of words.
type Texts = Vec<Vec<String>>;

/// The sentences of a filler by length, those of training apart from those that a network reads for the first time when it is examined.
#[derive(Clone, Debug)]
pub struct Filler {
    language: Option<Language>,
    taught: Texts,
    held_back: Texts,
}

/// What a language's sentences are made of: each has one part of every slot in turn, and a full stop or none is part of its last word.
struct Parts {
    slots: &'static [&'static [&'static str]],
    /// Sentences of one or two words.
    short: &'static [&'static str],
}

impl Filler {
    /// Korean or English sentences, else sentences of invented words; without those of which a word is `named`.
    pub(super) fn of(syllables: &Syllables, named: &dyn Fn(&str) -> bool) -> Self {
        let language = match syllables {
            Syllables::Korean => Some(Language::Ko),
            Syllables::English => Some(Language::En),
            Syllables::Signs | Syllables::Of(_) => None,
        };
        let built_in = language.map(|language| if language == Language::Ko { &korean::PARTS } else { &english::PARTS });
        let unnamed = |text: &Vec<String>| !text.iter().any(|word| named(word));
        let texts: Texts = built_in.map_or(Vec::new(), Parts::texts).into_iter().filter(unnamed).collect();
        let filler = Self::split(language, texts);
        // A gap of any number of words needs sentences of a single one.
        let usable = |texts: &Texts| texts.first().is_some_and(|text| text.len() == 1);
        if usable(&filler.taught) && usable(&filler.held_back) { filler } else { Self::split(None, invented(syllables, named)) }
    }

    fn split(language: Option<Language>, texts: Texts) -> Self {
        let mut filler = Self { language, taught: Texts::new(), held_back: Texts::new() };
        for (at, text) in texts.into_iter().enumerate() {
            if text.len() <= SHORT {
                filler.taught.push(text.clone());
                filler.held_back.push(text);
            } else if at % HELD_BACK == 0 {
                filler.held_back.push(text);
            } else {
                filler.taught.push(text);
            }
        }
        filler.taught.sort_by_key(Vec::len);
        filler.held_back.sort_by_key(Vec::len);
        filler
    }

    /// The language of the sentences; none where their words are invented.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// How many different sentences training draws from, and how many longer ones are kept from it.
    pub fn counts(&self) -> (usize, usize) {
        (self.taught.len(), self.held_back.iter().filter(|text| text.len() > SHORT).count())
    }

    /// All words, some of them several times.
    pub(super) fn words(&self) -> impl Iterator<Item = &String> {
        self.taught.iter().chain(&self.held_back).flatten()
    }

    /// Sentences of `count` words together: those of training, or with `unseen` those kept from it and the short ones.
    pub(super) fn draw(&self, rng: &mut Rng, count: usize, unseen: bool) -> Vec<&str> {
        let texts = if unseen { &self.held_back } else { &self.taught };
        let mut words: Vec<&str> = Vec::with_capacity(count);
        while words.len() < count {
            let fitting = texts.partition_point(|text| text.len() <= count - words.len());
            words.extend(texts[rng.below(fitting)].iter().map(String::as_str));
        }
        words
    }
}

impl Parts {
    /// Every sentence, in an order in which neighbours differ in their last part.
    fn texts(&self) -> Texts {
        let mut texts: Vec<String> = vec![String::new()];
        for slot in self.slots {
            texts = texts.iter().flat_map(|text| slot.iter().map(move |part| format!("{text} {part}"))).collect();
        }
        let short = self.short.iter().map(|text| text.to_string());
        short.chain(texts).map(|text| ended(text.split_whitespace())).collect()
    }
}

/// Words as a sentence: the first large where the script knows large letters, the last with a full stop.
fn ended<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = words.map(str::to_string).collect();
    if let Some(first) = words.first_mut() {
        let mut letters = first.chars();
        *first = letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect());
    }
    if let Some(last) = words.last_mut() {
        last.push('.');
    }
    words
}

/// Sentences of invented words, as many of each length.
fn invented(syllables: &Syllables, named: &dyn Fn(&str) -> bool) -> Texts {
    let words = syllables.words(WORDS, named);
    let mut rng = Rng::new(0, STREAM);
    let sentence = |at: usize| {
        // Neighbours in the list are of one length, so that some of every length are kept from training.
        let length = 1 + at / HELD_BACK % LONGEST;
        let mut text: Vec<String> = (0..length).map(|_| words[rng.below(WORDS)].clone()).collect();
        text.last_mut().into_iter().for_each(|last| last.push(if *syllables == Syllables::Signs { '。' } else { '.' }));
        text
    };
    (0..SENTENCES).map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_have_any_number_of_words_and_end_sentences() {
        for syllables in [Syllables::Korean, Syllables::English, Syllables::Signs, Syllables::Of("абвгде".chars().collect())] {
            let filler = Filler::of(&syllables, &|word| word == "책을" || word == "book");
            assert!(filler.words().all(|word| word != "책을" && word != "book"));
            let mut rng = Rng::new(3, 0);
            for count in (0..30).chain([100, 1000]) {
                for unseen in [false, true] {
                    let words = filler.draw(&mut rng, count, unseen);
                    assert_eq!(words.len(), count);
                    assert!(words.last().is_none_or(|word| word.ends_with(['.', '。'])), "{words:?}");
                }
            }
        }
    }

    #[test]
    fn sentences_kept_from_training_are_none_of_it_but_their_words_are() {
        for syllables in [Syllables::Korean, Syllables::English] {
            let filler = Filler::of(&syllables, &|_| false);
            let held_back: Vec<&Vec<String>> = filler.held_back.iter().filter(|text| text.len() > SHORT).collect();
            assert!(held_back.len() > 100 && !held_back.iter().any(|text| filler.taught.contains(text)));
            let taught: std::collections::BTreeSet<&String> = filler.taught.iter().flatten().collect();
            let new: Vec<&String> = held_back.into_iter().flatten().filter(|word| !taught.contains(word)).collect();
            assert!(new.is_empty(), "{new:?}");
        }
    }
}
