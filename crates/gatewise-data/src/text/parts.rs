//! A text part by part.

use std::io::Read;

use super::error::TextError;
use super::utf8::Place;
use super::{Corpus, Source};

/// Bytes read at once; a part is about as long.
const BLOCK: usize = 1 << 20;

/// The mark some programs put before UTF-8.
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The text; it ends at a line's end where the text has lines, else before a space where it has words.
    pub text: String,
    /// Whether it lies behind the cut.
    pub behind: bool,
}

/// The parts of a [`Corpus`]; after an error there is nothing more.
pub struct Parts<'a> {
    corpus: &'a Corpus,
    /// The file that is read, and those after it.
    next: usize,
    reader: Option<Box<dyn Read + Send + 'a>>,
    /// Bytes read and not yet given out.
    held: Vec<u8>,
    /// Whether the file at hand is read to its end.
    ended: bool,
    place: Place,
    /// Bytes given out of all files, and where parts must end.
    given: u64,
    cut: Option<u64>,
    /// Whether the text given out so far ends inside a line.
    in_line: bool,
    failed: bool,
}

impl std::fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parts(byte {} of {})", self.given, self.corpus.bytes)
    }
}

impl<'a> Parts<'a> {
    pub(super) fn new(corpus: &'a Corpus, cut: Option<u64>) -> Self {
        let (held, place) = (Vec::new(), Place::default());
        Self { corpus, next: 0, reader: None, held, ended: true, place, given: 0, cut, in_line: false, failed: false }
    }

    fn source(&self) -> &'a Source {
        &self.corpus.sources[self.next - 1]
    }

    fn part(&mut self) -> Result<Option<Part>, TextError> {
        self.corpus.interrupt.check().map_err(|e| TextError::io(self.corpus.path(), e))?;
        loop {
            while self.ended && self.held.is_empty() {
                let Some(source) = self.corpus.sources.get(self.next) else { return Ok(None) };
                self.next += 1;
                self.reader = Some(source.open().map_err(|e| TextError::io(&source.name(), e))?);
                (self.ended, self.place) = (false, Place::default());
            }
            let begins = self.place.byte() == 0;
            self.read()?;
            let name = self.source().name();
            let text = self.place.check(&name, &self.held, self.ended)?;
            let mut length = if self.ended { text.len() } else { end(text) };
            let behind = self.cut.is_some_and(|cut| self.given >= cut);
            if let Some(cut) = self.cut.filter(|_| !behind) {
                let most = usize::try_from(cut - self.given).unwrap_or(usize::MAX);
                if most < length {
                    length = text.floor_char_boundary(most);
                    if length == 0 {
                        // The cut lies inside the character at hand, which then belongs to what is behind.
                        self.cut = Some(self.given);
                        continue;
                    }
                }
            }
            let text = text[..length].to_owned();
            self.place.pass(&text);
            self.given += length as u64;
            self.held.drain(..length);
            let text = match text.strip_prefix(BYTE_ORDER_MARK) {
                Some(rest) if begins => rest.to_owned(),
                _ => text,
            };
            if !text.is_empty() {
                let parted = self.corpus.parted && begins && self.in_line;
                self.in_line = !text.ends_with('\n');
                let text = if parted { format!("\n{text}") } else { text };
                return Ok(Some(Part { text, behind }));
            }
        }
    }

    /// Fills `held` up to a block.
    fn read(&mut self) -> Result<(), TextError> {
        let name = self.source().name();
        while !self.ended && self.held.len() < BLOCK {
            let reader = self.reader.as_mut().into_iter();
            let missing = (BLOCK - self.held.len()) as u64;
            let mut read = 0;
            for reader in reader {
                read = reader.take(missing).read_to_end(&mut self.held).map_err(|e| TextError::io(&name, e))?;
            }
            self.ended = read == 0;
        }
        Ok(())
    }
}

impl Iterator for Parts<'_> {
    type Item = Result<Part, TextError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let part = self.part().transpose();
        self.failed = matches!(part, Some(Err(_)));
        part
    }
}

/// Where a part of a longer text may end.
fn end(text: &str) -> usize {
    let line = text.rfind('\n').map(|at| at + 1);
    let space = || text.rfind(char::is_whitespace).filter(|&at| at > 0);
    line.or_else(space).unwrap_or(text.len())
}
