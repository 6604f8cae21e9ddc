//! A vocabulary out of a file: one symbol a line.

use std::collections::HashMap;
use std::path::Path;

use gatewise_data::Corpus;

use super::pieces::Pieces;
use super::{LINE_END, Normal, RARE_TEXT, Unit, Vocabulary, cut, rare_piece};
use crate::error::Error;
use crate::model::MAX_SIZE;

/// Characters of a line that are shown.
const SHOWN: usize = 24;

/// Bytes of a line without an end that are waited for.
const LONGEST: usize = 4096;

/// How a character that cannot stand in a line of its own is written.
const ESCAPES: [(&str, &str); 4] = [("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("\\\\", "\\")];

/// What always has a symbol where symbols are words: a line's end, and a space by itself.
const AMONG_WORDS: [&str; 2] = ["\n", " "];

impl Vocabulary {
    /// The symbols that a file lists, one a line, in its order.
    ///
    /// | unit | a line is | always there, in front |
    /// |---|---|---|
    /// | `char` | a character; `\n` is a line end, `\t` a tab, `\r` a carriage return, `\\` a backslash | |
    /// | `token` | a token; `<unk>` may be listed | `<unk>` and the line end |
    /// | `word` | a word or mark, which then also is a symbol with a space before it; with a space before it that alone | `<unk>`, the line end and the space |
    ///
    /// # Errors
    /// Another unit; a file that cannot be read, is empty, or has a line that is empty, there twice or no single symbol, with the line.
    pub fn listed(path: &Path, unit: Unit, normal: Normal) -> Result<Self, Error> {
        if !matches!(unit, Unit::Char | Unit::Token | Unit::Word) {
            let name = serde_json::to_value(unit).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
            let why = match unit {
                Unit::SubWord | Unit::Unigram => "are learned from the text",
                Unit::Jamo => "are those of the text",
                _ => "are settled",
            };
            return Err(Error::usage(format!(
                "⦃vocabulary-file⦄ lists characters, words or tokens, and the symbols of ⦃unit⦄ {name} {why}"
            ))
            .help("leave ⦃vocabulary-file⦄ out, or ⦃unit⦄ char, word or token"));
        }
        let corpus = Corpus::open(path)?;
        let mut list = List { unit, place: corpus.path(), lines: 0, pieces: Vec::new(), found: HashMap::new() };
        list.begin();
        let mut rest = String::new();
        for part in corpus.parts(None) {
            rest.push_str(&part?.text);
            let end = rest.rfind('\n').map_or(0, |at| at + 1);
            for line in rest[..end].lines() {
                list.line(&normal.apply(line))?;
            }
            rest.drain(..end);
            if rest.len() > LONGEST {
                list.line(&rest)?;
                return Err(list.wrong("the line is longer than any symbol", "a symbol a line"));
            }
        }
        if !rest.is_empty() {
            list.line(&normal.apply(&rest))?;
        }
        list.finish().map(|vocabulary| vocabulary.with_normal(normal))
    }
}

/// The symbols so far.
struct List<'a> {
    unit: Unit,
    place: &'a str,
    lines: usize,
    pieces: Vec<String>,
    /// The line of each; 0 for those that are always there.
    found: HashMap<String, usize>,
}

impl List<'_> {
    fn begin(&mut self) {
        let always: &[&str] = match self.unit {
            Unit::Token => &[RARE_TEXT, LINE_END],
            Unit::Word => &["", AMONG_WORDS[0], AMONG_WORDS[1]],
            _ => &[],
        };
        always.iter().for_each(|piece| self.add((*piece).to_owned(), 0));
    }

    fn add(&mut self, piece: String, line: usize) {
        self.found.insert(piece.clone(), line);
        self.pieces.push(piece);
    }

    fn wrong(&self, problem: &str, help: &str) -> Error {
        Error::data(format!("{}:{}: {problem}", self.place, self.lines)).help(help)
    }

    /// The pieces that a line stands for.
    fn line(&mut self, line: &str) -> Result<(), Error> {
        self.lines += 1;
        let escaped = ESCAPES.iter().find(|(written, _)| self.unit == Unit::Char && *written == line);
        let piece = escaped.map_or(line, |(_, piece)| piece);
        let shown: String = piece.chars().take(SHOWN).collect();
        let shown = if piece.chars().nth(SHOWN).is_some() { format!("{shown:?}…") } else { format!("{shown:?}") };
        if piece.is_empty() {
            let help = if self.unit == Unit::Char { "take the line out; a line end is written \\n" } else { "take the line out" };
            return Err(self.wrong("the line is empty", help));
        }
        // The shared symbol is no word that a text could hold.
        let piece = if self.unit == Unit::Word && piece == RARE_TEXT { "" } else { piece };
        let (mut count, mut whole) = (0, false);
        cut::pieces(self.unit, piece, |place, _| {
            count += 1;
            whole |= place == (0..piece.len());
        });
        if !piece.is_empty() && (count != 1 || !whole) {
            let (what, help) = match self.unit {
                Unit::Char => ("is more than one character", "a character a line, or ⦃unit⦄ token for a list of words"),
                Unit::Token => ("is no single token: white space parts tokens", "a token a line, without white space around it"),
                _ => ("is no single word", "a word or mark a line; ⦃unit⦄ token for a list that has other tokens"),
            };
            return Err(self.wrong(&format!("{shown} {what}"), help));
        }
        // Listed or not, these are there.
        if self.found.get(piece) == Some(&0) {
            self.found.insert(piece.to_owned(), self.lines);
            return Ok(());
        }
        if let Some(first) = self.found.get(piece) {
            return Err(self.wrong(&format!("{shown} stands in line {first} too"), "take one of the two out"));
        }
        self.add(piece.to_owned(), self.lines);
        let spaced = format!(" {piece}");
        let mark = piece.chars().all(char::is_whitespace);
        if self.unit == Unit::Word && !piece.starts_with(' ') && !mark {
            let mut count = 0;
            cut::pieces(self.unit, &spaced, |_, _| count += 1);
            if count == 1 && !self.found.contains_key(&spaced) {
                self.add(spaced, 0);
            }
        }
        if self.pieces.len() > MAX_SIZE {
            return Err(self.wrong(&format!("more than the {MAX_SIZE} symbols that a network reads"), "a shorter list"));
        }
        Ok(())
    }

    fn finish(self) -> Result<Vocabulary, Error> {
        let Self { unit, place, lines, mut pieces, .. } = self;
        if lines == 0 {
            return Err(Error::data(format!("{place}: the file is empty")).help("a symbol a line"));
        }
        if pieces.len() < 2 {
            return Err(Error::data(format!("{place}: one symbol alone leaves nothing to predict")).help("two symbols or more, one a line"));
        }
        if let Some(first) = pieces.first_mut().filter(|_| unit.shares_rare()) {
            rare_piece(unit).clone_into(first);
        }
        Ok(Self::vocabulary(unit, pieces))
    }

    fn vocabulary(unit: Unit, pieces: Vec<String>) -> Vocabulary {
        Vocabulary::of(unit, Pieces::new(pieces.into_iter().map(String::into_bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(unit: Unit, text: &str) -> Result<Vocabulary, Error> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Vocabulary::listed(file.path(), unit, Normal::Nfc)
    }

    #[test]
    fn a_line_is_a_symbol() {
        let cases: [(Unit, &str, &[&str]); 6] = [
            (Unit::Char, "a\nb\n\\n\n \n\\\\\n", &["a", "b", "\n", " ", "\\"]),
            (Unit::Char, "\u{FEFF}가\r\n\u{1102}\u{1161}", &["가", "나"]),
            (Unit::Token, "the\n<unk>\nit's\n", &["<unk>", "\n", "the", "it's"]),
            (Unit::Token, "간다.\n,", &["<unk>", "\n", "간다.", ","]),
            (Unit::Word, "나는\n.\n", &["<unk>", "\n", " ", "나는", " 나는", "."]),
            (Unit::Word, " 나는\n나는\n<unk>", &["<unk>", "\n", " ", " 나는", "나는"]),
        ];
        for (unit, text, expected) in cases {
            let found = listed(unit, text).unwrap();
            let shown: Vec<String> = (0..found.len() as u32).map(|id| found.show(id)).collect();
            assert_eq!(shown, expected, "{text:?}");
            assert_eq!(Vocabulary::from_json(unit, &found.to_json()).unwrap().len(), found.len());
        }
    }

    #[test]
    fn what_is_no_list_is_told_with_its_line() {
        let long = "x".repeat(2 << 20);
        for (unit, text, words) in [
            (Unit::Char, "a\nb\nab\n", ":3: \"ab\" is more than one character"),
            (Unit::Char, "a\nb\na\n", ":3: \"a\" stands in line 1 too"),
            (Unit::Char, "a\n\nb", ":2: the line is empty"),
            (Unit::Char, "a\n", "one symbol alone"),
            (Unit::Char, "", "the file is empty"),
            (Unit::Char, &long, ":1: \"xxxxxxxxxxxxxxxxxxxxxxxx\"… is more"),
            (Unit::Token, "a\nnew york\n", ":2: \"new york\" is no single token"),
            (Unit::Token, "a\n b\n", ":2: \" b\" is no single token"),
            (Unit::Token, "<unk>\na\n<unk>\n", ":3: \"<unk>\" stands in line 1 too"),
            (Unit::Token, &long, ":1: the line is longer"),
            (Unit::Word, "a\nnew york", ":2: \"new york\" is no single word"),
            (Unit::Byte, "a\nb", "⦃unit⦄ byte"),
            (Unit::SubWord, "a\nb", "⦃unit⦄ sub-word are learned"),
            (Unit::Unigram, "a\nb", "⦃unit⦄ unigram are learned"),
        ] {
            let error = listed(unit, text).unwrap_err();
            assert!(error.to_string().contains(words) && error.remedy().is_some(), "{unit:?}: no {words:?} in {error}");
        }
        assert!(Vocabulary::listed(Path::new("/none"), Unit::Char, Normal::Nfc).is_err());
    }
}
