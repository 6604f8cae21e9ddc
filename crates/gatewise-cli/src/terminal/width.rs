//! Texts by the columns that they take: a character of Korean takes two.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a text.
pub fn of(text: &str) -> usize {
    text.width()
}

/// A text of at most `most` columns, with a mark where it was cut.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if of(text) <= most {
        return text.into();
    }
    let Some(room) = most.checked_sub(1) else { return "".into() };
    let mut taken = 0;
    let end = text.char_indices().find(|(_, c)| {
        taken += c.width().unwrap_or(0);
        taken > room
    });
    format!("{}…", &text[..end.map_or(text.len(), |(at, _)| at)]).into()
}

/// A text with spaces behind it, or before it, to `columns`.
pub fn padded(text: &str, columns: usize, right: bool) -> String {
    let room = " ".repeat(columns.saturating_sub(of(text)));
    if right { room + text } else { text.to_owned() + &room }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!((of("abc"), of("매출"), of("日本a"), of("e\u{301}")), (3, 4, 5, 1));
        assert_eq!(
            (padded("매출", 6, false), padded("매출", 6, true), padded("매출", 2, true)),
            ("매출  ".into(), "  매출".into(), "매출".into())
        );
    }

    #[test]
    fn a_text_never_passes_its_width() {
        for (text, most, expected) in [
            ("매출액", 6, "매출액"),
            ("매출액", 5, "매출…"),
            ("매출액", 4, "매…"),
            ("매출액", 1, "…"),
            ("매출액", 0, ""),
            ("abc", 2, "a…"),
            ("", 0, ""),
        ] {
            assert_eq!(cut(text, most), expected, "{text} {most}");
            assert!(of(&cut(text, most)) <= most);
        }
    }
}
