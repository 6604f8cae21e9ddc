//! Text as it is made, in whole graphemes.

use unicode_segmentation::GraphemeCursor;

/// Hands text out in whole extended grapheme clusters (Unicode Standard Annex 29): a letter with its marks, an emoji of several code points, a
/// flag, a Hangul syllable of conjoining letters, a line end of two characters. The last one is held until the next begins or the text ends.
///
/// ```
/// use gatewise::language::Graphemes;
///
/// let (mut graphemes, mut out) = (Graphemes::default(), String::new());
/// graphemes.push("ae", &mut out);
/// assert_eq!(out, "a");
/// graphemes.push("\u{301}b", &mut out);
/// assert_eq!(out, "ae\u{301}");
/// graphemes.flush(&mut out);
/// assert_eq!(out, "ae\u{301}b");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Graphemes {
    /// The last cluster, as far as it has come.
    held: String,
}

impl Graphemes {
    /// Adds text; every cluster but the last goes to `out`.
    pub fn push(&mut self, text: &str, out: &mut String) {
        let begun = self.held.len();
        self.held.push_str(text);
        // Whether a cluster ends between two characters depends on nothing behind them and nothing before its own beginning: what was looked
        // at is not looked at again.
        let (mut cursor, mut last) = (GraphemeCursor::new(begun, self.held.len(), true), 0);
        if begun > 0 && cursor.is_boundary(&self.held, 0) == Ok(true) {
            last = begun;
        }
        while let Ok(Some(end)) = cursor.next_boundary(&self.held, 0) {
            if end < self.held.len() {
                last = end;
            }
        }
        // The end of all text so far is no end of a cluster yet.
        if last < self.held.len() {
            out.push_str(&self.held[..last]);
            self.held.drain(..last);
        }
    }

    /// The rest, where the text ends.
    pub fn flush(&mut self, out: &mut String) {
        out.push_str(&self.held);
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;

    /// Characters that join their neighbours, and some that do not.
    const JOINING: [char; 17] = [
        'e',
        '\u{301}',
        '\u{308}',
        '\u{1112}',
        '\u{1161}',
        '\u{11ab}',
        '한',
        '\u{1f469}',
        '\u{200d}',
        '\u{1f467}',
        '\u{1f3fd}',
        '\u{fe0f}',
        '\u{1f1f0}',
        '\u{1f1f7}',
        '\r',
        '\n',
        '\u{0915}',
    ];

    /// Pieces that came out, each with the push that it came at.
    fn pieces<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut graphemes = Graphemes::default();
        let mut pieces: Vec<String> = parts
            .map(|part| {
                let mut out = String::new();
                graphemes.push(part, &mut out);
                out
            })
            .collect();
        let mut rest = String::new();
        graphemes.flush(&mut rest);
        pieces.push(rest);
        pieces
    }

    #[test]
    fn no_cluster_is_split() {
        let texts = [
            "e\u{301}\u{308}a",
            "한\u{1112}\u{1161}\u{11ab}\u{1100}\u{1161}글",
            "\u{1f469}\u{1f3fd}\u{200d}\u{1f467}\u{200d}\u{1f467}!\u{2764}\u{fe0f}",
            "\u{1f1f0}\u{1f1f7}\u{1f1fa}\u{1f1f8}\u{1f1eb}\u{1f1f7}",
            "a\r\nb\r\r\n\nc",
            "\u{301}x",
            "",
        ];
        let mut texts: Vec<String> = texts.map(String::from).to_vec();
        // Any order of them.
        let mut rng = crate::rng::Rng::new(5, 0);
        texts.extend((0..200).map(|_| (0..12).map(|_| JOINING[rng.below(JOINING.len())]).collect::<String>()));
        for text in &texts {
            let clusters: Vec<&str> = text.graphemes(true).collect();
            let by_char = pieces(text.split_inclusive(|_| true));
            let told: Vec<&str> = by_char.iter().map(String::as_str).filter(|piece| !piece.is_empty()).collect();
            assert_eq!(told, clusters, "{text:?}");
            for cut in text.char_indices().map(|(at, _)| at) {
                let parts = [&text[..cut], "", &text[cut..]];
                let told = pieces(parts.into_iter());
                assert_eq!(told.concat(), *text);
                let mut at = 0;
                for piece in &told {
                    at += piece.len();
                    assert!(at == text.len() || text.grapheme_indices(true).any(|(start, _)| start == at), "{text:?} is split at {at}");
                }
            }
        }
    }

    #[test]
    fn a_cluster_without_end_takes_time_by_its_length_alone() {
        let (mut graphemes, mut out) = (Graphemes::default(), String::new());
        for _ in 0..200_000 {
            graphemes.push("\u{301}", &mut out);
        }
        assert!(out.is_empty());
        graphemes.flush(&mut out);
        assert_eq!(out.chars().count(), 200_000);
    }
}
