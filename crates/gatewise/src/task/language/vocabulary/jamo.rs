//! Letters of Hangul: syllables taken apart and put together again (Unicode Standard, section 3.12).

use std::ops::Range;

const SYLLABLES: u32 = 0xAC00;
const SYLLABLE_COUNT: u32 = LEADS * VOWELS * TAILS;
const LEAD: u32 = 0x1100;
const LEADS: u32 = 19;
const VOWEL: u32 = 0x1161;
const VOWELS: u32 = 21;
/// One before the first final letter: place 0 is a syllable without one.
const TAIL: u32 = 0x11A7;
const TAILS: u32 = 28;

/// Calls back for every letter of a text with its place: those of a syllable share its bytes, so that each has a place of its own.
pub(super) fn letters(text: &str, mut see: impl FnMut(Range<usize>, char)) {
    for (at, c) in text.char_indices() {
        let index = u32::from(c).wrapping_sub(SYLLABLES);
        if index >= SYLLABLE_COUNT {
            see(at..at + c.len_utf8(), c);
            continue;
        }
        let letter = |base: u32, place: u32| char::from_u32(base + place).unwrap_or(c);
        let (tail, end) = (index % TAILS, at + c.len_utf8());
        see(at..at + 1, letter(LEAD, index / (VOWELS * TAILS)));
        see(at + 1..if tail == 0 { end } else { at + 2 }, letter(VOWEL, index / TAILS % VOWELS));
        if tail > 0 {
            see(at + 2..end, letter(TAIL, tail));
        }
    }
}

/// The one character that two are together: a lead and a vowel, or a syllable without a final letter and that letter.
fn joined(first: char, second: char) -> Option<char> {
    let (first, second) = (u32::from(first), u32::from(second));
    let (lead, vowel) = (first.wrapping_sub(LEAD), second.wrapping_sub(VOWEL));
    if lead < LEADS && vowel < VOWELS {
        return char::from_u32(SYLLABLES + (lead * VOWELS + vowel) * TAILS);
    }
    let (syllable, tail) = (first.wrapping_sub(SYLLABLES), second.wrapping_sub(TAIL));
    let open = syllable < SYLLABLE_COUNT && syllable.is_multiple_of(TAILS);
    (open && (1..TAILS).contains(&tail)).then(|| char::from_u32(first + tail)).flatten()
}

/// Puts letters together as they come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Joiner {
    /// A syllable that may still grow.
    begun: Option<char>,
}

impl Joiner {
    /// Adds a letter; what is whole goes to `out`.
    pub(super) fn push(&mut self, letter: char, out: &mut String) {
        let grown = match self.begun.take() {
            None => letter,
            Some(begun) => joined(begun, letter).unwrap_or_else(|| {
                out.push(begun);
                letter
            }),
        };
        let place = u32::from(grown);
        let open = place.wrapping_sub(SYLLABLES) < SYLLABLE_COUNT && (place - SYLLABLES).is_multiple_of(TAILS);
        if open || place.wrapping_sub(LEAD) < LEADS {
            self.begun = Some(grown);
        } else {
            out.push(grown);
        }
    }

    /// The syllable that may still grow, which is taken.
    pub(super) fn take(&mut self) -> Option<char> {
        self.begun.take()
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn letters_are_those_of_unicode_and_join_again() {
        let every: String = (SYLLABLES..SYLLABLES + SYLLABLE_COUNT).filter_map(char::from_u32).collect();
        // Letters for themselves, of other scripts, and a final letter that has no syllable to end.
        for text in [every.as_str(), "나는 학교에 간다.\nabc é ㅋㅋㅋ ㅏ", "\u{11ab}가\u{1100} \u{1161}각\u{11ab}", ""] {
            let (mut found, mut last, mut joiner, mut again) = (String::new(), 0, Joiner::default(), String::new());
            letters(text, |place, letter| {
                assert_eq!(place.start, last);
                last = place.end;
                found.push(letter);
                joiner.push(letter, &mut again);
            });
            again.extend(joiner.take());
            assert_eq!(last, text.len());
            let parted: String = text
                .chars()
                .flat_map(|c| if c == 'é' { c.to_string() } else { c.to_string().nfd().collect() }.chars().collect::<Vec<_>>())
                .collect();
            assert_eq!((found, again.as_str()), (parted, text));
        }
    }

    #[test]
    fn a_syllable_is_held_back_until_it_is_whole() {
        let (mut joiner, mut out) = (Joiner::default(), String::new());
        for (letter, expected) in
            [('\u{1112}', ""), ('\u{1161}', ""), ('\u{11ab}', "한"), ('\u{1100}', "한"), ('\u{1173}', "한"), ('a', "한그a")]
        {
            joiner.push(letter, &mut out);
            assert_eq!(out, expected);
        }
        joiner.push('\u{1112}', &mut out);
        assert_eq!(joiner.take(), Some('\u{1112}'));
    }
}
