//! A sentence as a form: the same words around other keys and answers, with filler between.

mod error;
mod invent;
mod others;
mod particle;
mod place;
mod relations;

use unicode_normalization::UnicodeNormalization;

pub use error::FormError;
pub use others::{Pair, Source};

pub(super) use invent::Syllables;
pub(super) use place::begins;

use super::filler::{Filler, Language};
use others::pairs;
use particle::agreeing;
use place::{Places, places, without_spaces};

/// A sentence of which others are made: the key and the answer change together, all other words stay, and filler of any length stands between.
#[derive(Clone, Debug)]
pub struct Form {
    places: Places,
    pairs: Vec<Pair>,
    source: Source,
    filler: Filler,
}

impl Form {
    /// The built-in sentence of a language: "나는 한국 사람이야. … 그래서 나는 한국어를 잘해." or "I am from Korea. … So I speak Korean well."
    pub fn built_in(language: Language) -> Self {
        let (sentence, key, answer) = match language {
            Language::Ko => ("나는 한국 사람이야. … 그래서 나는 한국어를 잘해.", "한국", "한국어"),
            Language::En => ("I am from Korea. … So I speak Korean well.", "Korea", "Korean"),
        };
        Self::new(sentence, key, answer, None).expect("the built-in sentences hold their words")
    }

    /// The form of `sentence`, in which `key` decides `answer`. Each is a word of it or the beginning of one: what follows stays, Korean particles
    /// in the form that the word before them asks for. "…" or "..." marks where the filler stands, and ends a sentence where it follows a letter; without it, it stands behind the sentence of the
    /// key, or its clause. `others` names further keys and their answers as `key:answer,key:answer`; without it they come from a built-in
    /// table, or by the suffix that makes the key its answer, or are invented ([`Form::source`]). Text is composed first (NFC).
    ///
    /// # Errors
    /// What in the sentence or the pairs is in the way, with its place and what to do.
    pub fn new(sentence: &str, key: &str, answer: &str, others: Option<&str>) -> Result<Self, FormError> {
        let composed = |text: &str| text.trim().nfc().collect::<String>();
        let (sentence, key, answer) = (composed(sentence), composed(key), composed(answer));
        let places = places(&sentence, &key, &answer)?;
        let own: Vec<&String> = [&places.before, &places.near, &places.closing, &places.ending].into_iter().flatten().collect();
        let free = |word: &str| !own.iter().any(|w| begins(w, word));
        let syllables = syllables(&sentence);
        let (pairs, source) = pairs(&key, &answer, others, &syllables, &free)?;
        let named = |word: &str| pairs.iter().any(|(k, a)| begins(word, k) || begins(word, a));
        let filler = Filler::of(&syllables, &named);
        Ok(Self { places, pairs, source, filler })
    }

    /// Keys with their answers, those of the sentence itself first.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Where the other keys and answers come from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The filler.
    pub fn filler(&self) -> &Filler {
        &self.filler
    }

    /// Whether the place of the filler was marked in the sentence.
    pub fn is_marked(&self) -> bool {
        self.places.marked
    }

    /// The words up to the filler, with the key of pair `pair`.
    ///
    /// # Panics
    /// If there is no such pair.
    pub fn opening(&self, pair: usize) -> Vec<String> {
        let p = &self.places;
        [p.before.clone(), self.key(pair), p.near.clone()].concat()
    }

    /// The place of the key's last word in [`Form::opening`].
    ///
    /// # Panics
    /// If there is no such pair.
    pub fn key_at(&self, pair: usize) -> usize {
        self.places.before.len() + self.key(pair).len() - 1
    }

    /// The words of the key; several where it has spaces.
    fn key(&self, pair: usize) -> Vec<String> {
        let whole = self.worded(&self.pairs[pair].0, &self.places.around_key, pair);
        if self.places.spaced { whole.split_whitespace().map(str::to_string).collect() } else { vec![whole] }
    }

    /// A key or an answer with what stands around it: in the sentence itself as it was written, in others agreeing with the word.
    fn worded(&self, word: &str, (before, behind): &(String, String), pair: usize) -> String {
        let behind = if pair == 0 { behind.clone() } else { agreeing(word, behind) };
        format!("{before}{word}{behind}")
    }

    /// The words between filler and answer.
    pub fn closing(&self) -> &[String] {
        &self.places.closing
    }

    /// The word of the answer of pair `pair`, with what stands around it in the sentence.
    ///
    /// # Panics
    /// If there is no such pair.
    pub fn answer(&self, pair: usize) -> String {
        self.worded(&self.pairs[pair].1, &self.places.around_answer, pair)
    }

    /// The words behind the answer.
    pub fn ending(&self) -> &[String] {
        &self.places.ending
    }

    /// Words as people write them, with spaces between where the language has them.
    pub fn written<S: AsRef<str>>(&self, words: &[S]) -> String {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        words.join(if self.places.spaced { " " } else { "" })
    }

    /// The sentence with "…" where the filler stands.
    pub fn sentence(&self) -> String {
        let parts = [self.opening(0), vec!["…".to_string()], self.closing().to_vec(), vec![self.answer(0)], self.ending().to_vec()];
        self.written(&parts.concat())
    }
}

/// What invented words and filler are made of beside a sentence.
fn syllables(sentence: &str) -> Syllables {
    /// Words by which a sentence in Latin letters is taken for English.
    const ENGLISH: [&str; 24] = [
        "i", "am", "is", "are", "the", "a", "an", "my", "you", "he", "she", "it", "we", "they", "of", "from", "and", "so", "to", "in",
        "was", "this", "that", "with",
    ];
    let letters = || sentence.chars().filter(|c| c.is_alphabetic());
    let word = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if letters().any(|c| matches!(u32::from(c), 0xAC00..=0xD7A3)) {
        Syllables::Korean
    } else if without_spaces(sentence) {
        Syllables::Signs
    } else if letters().all(|c| c.is_ascii()) && sentence.split_whitespace().filter(|w| ENGLISH.contains(&word(w).as_str())).count() >= 2 {
        Syllables::English
    } else {
        let mut own: Vec<char> = letters().flat_map(char::to_lowercase).collect();
        own.sort_unstable();
        own.dedup();
        Syllables::Of(own)
    }
}
