//! Properties of a text that a unit may stand for: whether each holds at each character.

use serde::Serialize;

/// A property of a place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// Between an opening quotation mark and the one that closes it.
    Quotes,
    /// In a line that is a name and a colon, as plays have it, before the colon.
    Speaker,
    /// The last punctuation mark was a comma.
    AfterComma,
    /// A Hangul syllable or letter.
    Hangul,
    /// Further from the start of its line than half of all places.
    LinePosition,
    /// A capital letter.
    Capitals,
    /// A digit.
    Digits,
}

/// Longest name of a speaker, in characters.
const LONGEST_NAME: usize = 40;
/// Characters after which an open quotation mark counts as a slip, so that one of them does not turn the rest of the text around.
const LONGEST_QUOTE: usize = 1000;

impl Property {
    /// All of them.
    pub const ALL: [Property; 7] = [
        Property::Quotes,
        Property::Speaker,
        Property::AfterComma,
        Property::Hangul,
        Property::LinePosition,
        Property::Capitals,
        Property::Digits,
    ];

    /// Whether it holds at each character of `text`, once that character is read.
    pub fn holds(self, text: &str) -> Vec<bool> {
        match self {
            Property::Quotes => quotes(text),
            Property::Speaker => speakers(text),
            Property::AfterComma => after_comma(text),
            Property::Hangul => text.chars().map(is_hangul).collect(),
            Property::LinePosition => line_position(text),
            Property::Capitals => text.chars().map(char::is_uppercase).collect(),
            Property::Digits => text.chars().map(char::is_numeric).collect(),
        }
    }
}

fn is_hangul(c: char) -> bool {
    matches!(c as u32, 0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF)
}

/// The mark that closes what `c` opens. The straight one closes itself; the straight single one is an apostrophe as often.
fn closing(c: char) -> Option<char> {
    const PAIRS: [(char, char); 6] = [('"', '"'), ('“', '”'), ('‘', '’'), ('«', '»'), ('「', '」'), ('『', '』')];
    PAIRS.into_iter().find(|(open, _)| *open == c).map(|(_, close)| close)
}

fn quotes(text: &str) -> Vec<bool> {
    let mut open: Option<(char, usize)> = None;
    let inside = |(at, c): (usize, char)| {
        open = match open {
            Some((close, _)) if c == close => None,
            Some((_, since)) if at - since > LONGEST_QUOTE => None,
            Some(open) => Some(open),
            None => closing(c).map(|close| (close, at)),
        };
        open.is_some()
    };
    text.chars().enumerate().map(inside).collect()
}

fn speakers(text: &str) -> Vec<bool> {
    let mut holds = Vec::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let count = line.chars().count();
        let name = line.strip_suffix('\n').and_then(|line| line.strip_suffix(':'));
        let is_name = |name: &str| !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains(':');
        let named = name.filter(|name| is_name(name)).map_or(0, |name| name.chars().count());
        holds.extend((0..count).map(|k| k < named));
    }
    holds
}

fn after_comma(text: &str) -> Vec<bool> {
    let mut comma = false;
    let holds = |c: char| {
        match c {
            ',' | '，' | '、' | '،' => comma = true,
            '.' | '!' | '?' | ';' | ':' | '\n' | '。' | '！' | '？' | '؟' => comma = false,
            _ => {}
        }
        comma
    };
    text.chars().map(holds).collect()
}

fn line_position(text: &str) -> Vec<bool> {
    let mut position = 0;
    let positions: Vec<usize> = text
        .chars()
        .map(|c| {
            position = if c == '\n' { 0 } else { position + 1 };
            position
        })
        .collect();
    let mut sorted = positions.clone();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    positions.into_iter().map(|position| position > median).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(property: Property, text: &str) -> String {
        let seen = text.chars().zip(property.holds(text)).filter(|(c, _)| *c != '\n');
        seen.map(|(c, holds)| if holds { c } else { '.' }).collect()
    }

    #[test]
    fn each_property_holds_where_it_should() {
        for (property, text, expected) in [
            (Property::Quotes, "say \"a b\" or “it’s”", "....\"a b.....“it’s."),
            (Property::Quotes, "그는 「응」 했다", "...「응...."),
            (Property::Speaker, "ROMEO:\nAy: me\n\nFirst Citizen:\n", "ROMEO.......First Citizen."),
            (Property::AfterComma, "a, b c. d,e\nf", "., b c...,e."),
            (Property::Hangul, "a한ㅋ!", ".한ㅋ."),
            (Property::Capitals, "aB한", ".B."),
            (Property::Digits, "a1", ".1"),
            (Property::LinePosition, "abcdef\nabcdef", "...def...def"),
        ] {
            assert_eq!(marked(property, text), expected, "{property:?} in {text:?}");
        }
        for property in Property::ALL {
            assert!(property.holds("").is_empty());
        }
    }

    #[test]
    fn a_mark_that_is_never_closed_turns_nothing_around() {
        let text = format!("\"{}\"x\" y", "a ".repeat(LONGEST_QUOTE));
        let holds = Property::Quotes.holds(&text);
        assert!(
            holds[10] && !holds[LONGEST_QUOTE + 10] && holds[2 * LONGEST_QUOTE + 2] && !holds[2 * LONGEST_QUOTE + 4],
            "{:?}",
            &holds[2 * LONGEST_QUOTE..]
        );
    }
}
