//! What a text is written in, and the unit that follows from it.

use gatewise_data::Corpus;

use super::vocabulary::Unit;
use crate::error::Error;

/// Share of the letters of a text that must be Hangul for it to be a Korean text: names and terms may be Latin.
const HANGUL_SHARE: f64 = 0.3;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Korean: syllables, or letters that stand for themselves.
    Hangul,
    /// Anything else.
    Other,
}

impl Script {
    /// Of a text, by its letters.
    pub fn of(text: &str) -> Self {
        let hangul = |c: char| matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}');
        let (letters, own) =
            text.chars().filter(|c| c.is_alphabetic()).fold((0_u64, 0_u64), |(all, own), c| (all + 1, own + u64::from(hangul(c))));
        if own > 0 && own as f64 >= HANGUL_SHARE * letters as f64 { Self::Hangul } else { Self::Other }
    }
}

/// Bytes of a Korean text from which pieces of words are met often enough to be learned. Film reviews, in the same minutes on one thread: a megabyte ends at 4.502
/// bits a character in pieces by likelihood and at 4.508 in characters, seven at 4.070 and 4.116 (merged pairs 4.091, letters 4.745).
const PIECES_FROM: u64 = 1_000_000;

/// The unit of a text of so many bytes where none is asked for.
pub const fn usual_unit(script: Script, bytes: u64) -> Unit {
    match script {
        Script::Hangul if bytes >= PIECES_FROM => Unit::Unigram,
        Script::Hangul | Script::Other => Unit::Char,
    }
}

/// The unit of a text where none is asked for, by its size and the script of its first megabyte, and why it is not the character.
pub(super) fn unit_of(corpus: &Corpus) -> Result<(Unit, String), Error> {
    let first = corpus.parts(None).next().transpose()?;
    let script = Script::of(first.as_ref().map_or("", |part| &part.text));
    let reason = format!("{:.1} MB of Korean text", corpus.bytes() as f64 / 1e6);
    Ok((usual_unit(script, corpus.bytes()), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_by_their_letters() {
        for (text, script) in [
            ("나는 학교에 간다. 123", Script::Hangul),
            ("ㅋㅋㅋ", Script::Hangul),
            ("\u{1112}\u{1161}\u{11ab}", Script::Hangul),
            ("LSTM은 GRU보다 느리다", Script::Hangul),
            ("He said 안녕 and left the room for good", Script::Other),
            ("日本語", Script::Other),
            ("123 ...", Script::Other),
            ("", Script::Other),
        ] {
            assert_eq!(Script::of(text), script, "{text:?}");
        }
    }

    #[test]
    fn much_korean_is_read_in_pieces_of_words() {
        assert_eq!(usual_unit(Script::Hangul, 30_000), Unit::Char);
        assert_eq!(usual_unit(Script::Hangul, 7_000_000), Unit::Unigram);
        assert_eq!(usual_unit(Script::Other, 7_000_000), Unit::Char);
    }
}
