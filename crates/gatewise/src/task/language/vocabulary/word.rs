//! Words: a text cut so that its pieces, put together, are the text again.

/// A run of letters, digits and marks, with the one space before it; anything else is a piece by itself.
pub(in crate::task::language) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let space = usize::from(first == ' ');
        let word = run(&rest[space..]);
        let length = if word > 0 { space + word } else { first.len_utf8() };
        let (piece, tail) = rest.split_at(length);
        rest = tail;
        Some(piece)
    })
}

/// Bytes of the word at the start of a text. An apostrophe between letters belongs to it, as in "it's".
fn run(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joins = matches!(c, '\'' | '’') && at > 0 && chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
        if !(c.is_alphanumeric() || c == '_' || joins) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_every_byte() {
        let cases: [(&str, &[&str]); 6] = [
            ("나는 간다.", &["나는", " 간다", "."]),
            ("It's  5 o'clock", &["It's", " ", " 5", " o'clock"]),
            ("'tis \"so\"", &["'", "tis", " ", "\"", "so", "\""]),
            ("\n\n a ", &["\n", "\n", " a", " "]),
            ("日本 x_1", &["日本", " x_1"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
