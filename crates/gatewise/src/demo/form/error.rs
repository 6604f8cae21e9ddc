//! What can be wrong with a sentence, and what to do about it.

/// A sentence of which no others can be made; each text names the place and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Nothing is written.
    #[error("{what} is empty; write ⦃sentence⦄ \"나는 한국 사람이야. … 그래서 나는 한국어를 잘해.\" with ⦃key⦄ 한국 and ⦃answer⦄ 한국어")]
    Empty {
        /// The sentence, the key or the answer.
        what: &'static str,
    },
    /// One word holds no key before an answer.
    #[error("the sentence \"{word}\" is a single word; a key has to stand in it, and behind it an answer, with spaces between the words")]
    OneWord {
        /// The sentence.
        word: String,
    },
    /// Longer than a network is taught here.
    #[error("the sentence has {words} words; at most {most} are taught, so leave the filler out and put … where it stands")]
    Long {
        /// Its words.
        words: usize,
        /// How many there may be.
        most: usize,
    },
    /// A key or an answer that the sentence does not have.
    #[error("{what} \"{word}\" begins no word of the sentence{inside}; write it as it stands there, or its stem")]
    Missing {
        /// The key or the answer.
        what: &'static str,
        /// What was looked for.
        word: String,
        /// Where it stands within a word, or nothing.
        inside: String,
    },
    /// An answer that is the key.
    #[error("key and answer are both \"{word}\"; the answer has to be another word, which the key decides")]
    Same {
        /// The word.
        word: String,
    },
    /// An answer of several words.
    #[error("the answer \"{answer}\" is of several words; name the one that the key decides")]
    LongAnswer {
        /// The answer.
        answer: String,
    },
    /// An answer ahead of the key.
    #[error("the answer \"{answer}\" stands at word {at}, the key \"{key}\" only at word {key_at}; the key has to come first")]
    AnswerFirst {
        /// The answer.
        answer: String,
        /// Its word, from 1.
        at: usize,
        /// The key.
        key: String,
        /// Its word, from 1.
        key_at: usize,
    },
    /// Key and answer in one word.
    #[error("key \"{key}\" and answer \"{answer}\" stand in one word, \"{word}\"; put spaces between the words")]
    OneTogether {
        /// The key.
        key: String,
        /// The answer.
        answer: String,
        /// The word.
        word: String,
    },
    /// A word that gives the answer away.
    #[error("\"{word}\" stands once more at word {at}, where the answer can be read off without memory; leave it out there")]
    Again {
        /// Key or answer.
        word: String,
        /// Its word, from 1.
        at: usize,
    },
    /// A filler that does not stand between key and answer.
    #[error("the filler's place … is at word {at}; it has to stand between the key \"{key}\" and the answer \"{answer}\"")]
    MarkOutside {
        /// Its place, from 1.
        at: usize,
        /// The key.
        key: String,
        /// The answer.
        answer: String,
    },
    /// A pair that is none.
    #[error("⦃others⦄ has \"{pair}\" as pair {at}; write each as key:answer with commas between, as \"일본:일본어,독일:독일어\"")]
    Pair {
        /// What was written.
        pair: String,
        /// Which, from 1.
        at: usize,
    },
    /// Two pairs of one key or one answer.
    #[error("⦃others⦄ has \"{word}\" a second time, in pair {at}; every key needs an answer of its own, so leave one out")]
    Twice {
        /// The word.
        word: String,
        /// Which, from 1.
        at: usize,
    },
}
