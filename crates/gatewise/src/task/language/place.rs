//! Where symbols stand in their file.

use std::ops::Range;

use gatewise_data::Corpus;

use super::score::Surprise;
use super::vocabulary::{Unknown, Vocabulary};
use crate::error::Error;

/// Characters shown before and behind a symbol.
const CONTEXT: usize = 24;

/// A symbol in a file, with what stands around it.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its line, from one.
    pub line: u64,
    /// Its character in the line, from one.
    pub column: u64,
    /// Text before it.
    pub before: String,
    /// The symbol.
    pub symbol: String,
    /// Text behind it.
    pub behind: String,
}

impl Place {
    /// Of a surprise in a file, which is read again up to it.
    ///
    /// # Errors
    /// A file that cannot be read, or that has changed since it was scored.
    pub fn of(surprise: &Surprise, file: &Corpus, vocabulary: &Vocabulary) -> Result<Self, Error> {
        let (mut passed, mut line, mut column) = (0, 1, 1);
        for part in file.parts(None) {
            let text = part?.text;
            let spans = vocabulary.spans(&text, &mut Unknown::new()).map_err(|e| e.about(file.path()))?;
            let within = usize::try_from(surprise.position - passed).ok().filter(|at| *at < spans.ids.len());
            let lines = |text: &str| text.matches('\n').count() as u64;
            if let Some(at) = within {
                let normal = vocabulary.normal();
                let spelled = normal.apply(&text);
                let range = spans.places.get(at).cloned().unwrap_or(spelled.len()..spelled.len());
                // Bytes inside a character belong to it.
                let (start, end) = (spelled.floor_char_boundary(range.start), spelled.ceil_char_boundary(range.end));
                let begins = spelled[..start].rfind('\n').map_or(0, |end| end + 1);
                let number = lines(&spelled[..start]);
                let own = text.split('\n').nth(number as usize).unwrap_or_default();
                let before = normal.characters_before(own, start - begins) as u64;
                let shown = |text: &str, backwards: bool| -> String {
                    let skip = if backwards { text.chars().count().saturating_sub(CONTEXT) } else { 0 };
                    text.chars().skip(skip).take(CONTEXT).collect()
                };
                return Ok(Self {
                    line: line + number,
                    column: if number == 0 { column } else { 1 } + before,
                    before: shown(&spelled[..start], true),
                    symbol: vocabulary.show(surprise.symbol),
                    behind: shown(&spelled[end..], false),
                });
            }
            passed += spans.ids.len() as u64;
            line += lines(&text);
            let last = text.rsplit('\n').next().unwrap_or_default().chars().count() as u64;
            column = if text.contains('\n') { 1 } else { column } + last;
        }
        Err(Error::data(format!("{}: the text changed while it was read", file.path())).help("score it again"))
    }
}

/// The characters that each symbol of a file stands for, counted from 0 in its normal spelling: letters of a Hangul syllable, and bytes of a character,
/// stand for the whole of it.
///
/// # Errors
/// A file that cannot be read.
pub fn characters(file: &Corpus, vocabulary: &Vocabulary) -> Result<Vec<Range<u64>>, Error> {
    let (mut places, mut passed) = (Vec::new(), 0);
    for part in file.parts(None) {
        let text = part?.text;
        let spelled = vocabulary.normal().apply(&text);
        let spans = vocabulary.spans(&spelled, &mut Unknown::new()).map_err(|e| e.about(file.path()))?;
        let count = |bytes: Range<usize>| spelled[bytes].chars().count() as u64;
        // Symbols follow one another, so that each character is counted twice at most.
        let mut at = 0;
        for place in spans.places {
            let (start, end) = (spelled.floor_char_boundary(place.start), spelled.ceil_char_boundary(place.end));
            passed += count(at..start);
            at = start;
            places.push(passed..passed + count(start..end));
        }
        passed += count(at..spelled.len());
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::{Builder, Normal, Unit};
    use super::*;

    #[test]
    fn symbols_stand_for_characters_of_the_normal_spelling() {
        let text = "나는 a漢 간다\n";
        for (unit, expected) in [
            (Unit::Char, vec!["나", "는", " ", "a", " ", "간", "다", "\n"]),
            (
                Unit::Byte,
                vec!["나", "나", "나", "는", "는", "는", " ", "a", "漢", "漢", "漢", " ", "간", "간", "간", "다", "다", "다", "\n"],
            ),
            (Unit::Jamo, vec!["나", "나", "는", "는", "는", " ", "a", " ", "간", "간", "간", "다", "다", "\n"]),
            (Unit::Token, vec!["나는", "a漢", "간다", "\n"]),
        ] {
            let vocabulary = Builder::new(unit, 400).with_normal(Normal::Nfc).build(std::iter::once("나는 a 간다\n".to_owned())).unwrap();
            // The same letters one by one.
            for given in [text.to_owned(), text.replace('나', "\u{1102}\u{1161}")] {
                let places = characters(&Corpus::from_texts([given]), &vocabulary).unwrap();
                let shown = |place: &Range<u64>| {
                    text.chars().skip(place.start as usize).take((place.end - place.start) as usize).collect::<String>()
                };
                assert_eq!(places.iter().map(shown).collect::<Vec<_>>(), expected, "{unit:?}");
            }
        }
    }
}
