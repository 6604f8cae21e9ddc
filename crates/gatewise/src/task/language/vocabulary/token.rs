//! Tokens: what stands between white space, and every line end, as Penn Treebank (Mikolov 2010) and WikiText (Merity 2016) are counted.

use std::ops::Range;

/// The token that ends a line.
pub(crate) const LINE_END: &str = "\n";

/// Whether a character parts tokens.
fn parts(c: char) -> bool {
    c.is_whitespace()
}

/// The tokens of a text with their places in it.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let skipped = text[at..].find(|c| c == '\n' || !parts(c))?;
        let start = at + skipped;
        let rest = &text[start..];
        let length = if rest.starts_with(LINE_END) { LINE_END.len() } else { rest.find(parts).unwrap_or(rest.len()) };
        at = start + length;
        Some((start..at, &rest[..length]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_parts_and_line_ends_count() {
        let cases: [(&str, &[&str]); 6] = [
            (" pierre <unk> N years old \n", &["pierre", "<unk>", "N", "years", "old", "\n"]),
            ("a\t b\r\n\n c", &["a", "b", "\n", "\n", "c"]),
            ("나는 간다.", &["나는", "간다."]),
            ("전각\u{3000}공백", &["전각", "공백"]),
            (" \t ", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = tokens(text).collect();
            assert!(found.iter().all(|(place, token)| text[place.clone()] == **token), "{text:?}");
            assert_eq!(found.into_iter().map(|(_, token)| token).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
