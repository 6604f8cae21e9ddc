//! What a reader sees of a text, column by column, and the steps that a network takes over each.

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::task::language::{Spans, Unit, Vocabulary};

/// A column of the unrolled network: what stands above its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What is read: a grapheme, a word, a row's time.
    pub text: String,
    /// The first step that reads it; none where the model does not know it and leaves it out.
    pub first: Option<usize>,
    /// The last step that reads it.
    pub last: Option<usize>,
    /// Whether the model knows it.
    pub known: bool,
    /// What else is to be said of it, as a row's time.
    pub label: Option<String>,
}

/// The columns of a text in its normal spelling: a grapheme each (Unicode Standard Annex 29), or more where a symbol of the model spells more.
/// `spans` are the symbols of that text; the one that rare words share is not known.
pub fn columns(text: &str, spans: &Spans, vocabulary: &Vocabulary) -> Vec<Column> {
    let mut ends: Vec<usize> = text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len()).collect();
    let whole = !matches!(vocabulary.unit(), Unit::Byte | Unit::Char | Unit::Jamo);
    if vocabulary.unit() == Unit::Token {
        // White space stands with the token behind it, at the end with the last.
        ends.retain(|&end| end == text.len() || spans.places.iter().any(|place| place.end == end));
    }
    if whole {
        let inside = |end: usize| spans.places.partition_point(|place| place.end < end);
        ends.retain(|&end| spans.places.get(inside(end)).is_none_or(|place| place.start >= end || place.end == end));
    }
    let (mut start, mut step) = (0, 0);
    let column = |end: usize| {
        let first = step;
        while spans.places.get(step).is_some_and(|place| place.start < end) {
            step += 1;
        }
        let read = (first < step).then_some((first, step.wrapping_sub(1)));
        let known = read.is_some_and(|(first, last)| (first..=last).all(|k| vocabulary.rare() != Some(spans.ids[k])));
        let text = text[start..end].to_owned();
        start = end;
        Column { text, first: read.map(|r| r.0), last: read.map(|r| r.1), known, label: None }
    };
    ends.into_iter().map(column).collect()
}

/// Whether a text is written from right to left: its first strong character decides, as HTML's `dir="auto"` has it.
pub fn is_right_to_left(text: &str) -> bool {
    let strong = |c: &char| c.is_alphabetic();
    text.chars().find(strong).is_some_and(
        |c| matches!(c as u32, 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x1_0800..=0x1_0FFF | 0x1_E800..=0x1_EFFF),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::language::{Builder, Normal, Unknown};

    /// Text, first and last step, and whether it is known.
    type Seen = (String, Option<(usize, usize)>, bool);

    fn seen(text: &str, known: &str, unit: Unit) -> Vec<Seen> {
        let vocabulary = Builder::new(unit, 300).with_normal(Normal::Nfc).build(std::iter::once(known.to_owned())).unwrap();
        let text = vocabulary.normal().apply(text).into_owned();
        let spans = vocabulary.spans(&text, &mut Unknown::new()).unwrap();
        columns(&text, &spans, &vocabulary).into_iter().map(|c| (c.text, c.first.zip(c.last), c.known)).collect()
    }

    #[test]
    fn a_column_is_what_a_reader_calls_a_character() {
        let family = "👨‍👩‍👧";
        let text = format!("가{family}b");
        assert_eq!(
            seen(&text, &text, Unit::Char),
            [("가".into(), Some((0, 0)), true), (family.into(), Some((1, 5)), true), ("b".into(), Some((6, 6)), true)]
        );
        assert_eq!(seen(&text, &text, Unit::Byte)[1], (family.into(), Some((3, 20)), true));
        // Letters of Hangul are composed, an accent stands on its letter.
        assert_eq!(seen("\u{1112}\u{1161}\u{11ab}q\u{301}", "한q\u{301}", Unit::Char).len(), 2);
    }

    #[test]
    fn what_the_model_has_never_seen_is_a_column_without_a_step() {
        assert_eq!(
            seen("aZb", "ab", Unit::Char),
            [("a".into(), Some((0, 0)), true), ("Z".into(), None, false), ("b".into(), Some((1, 1)), true)]
        );
        let words = seen("나는 바다에", "나는 간다", Unit::Word);
        assert_eq!(words, [("나는".into(), Some((0, 0)), true), (" 바다에".into(), Some((1, 1)), false)]);
        let tokens = seen("나는  바다에 ", "나는 간다", Unit::Token);
        assert_eq!(tokens, [("나는".into(), Some((0, 0)), true), ("  바다에".into(), Some((1, 1)), false), (" ".into(), None, false)]);
        // Letters stand in their syllable.
        assert_eq!(seen("간a", "간a", Unit::Jamo), [("간".into(), Some((0, 2)), true), ("a".into(), Some((3, 3)), true)]);
    }

    #[test]
    fn the_first_letter_gives_the_direction() {
        for (text, expected) in [("שלום abc", true), ("... العربية", true), ("abc שלום", false), ("한국어", false), ("", false)]
        {
            assert_eq!(is_right_to_left(text), expected, "{text}");
        }
    }
}
