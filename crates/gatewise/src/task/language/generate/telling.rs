//! A text on its way, told piece by piece.

use super::graphemes::Graphemes;
use super::transcript::Transcript;
use super::{Completion, Ends, Generator, ended};

/// A text that is written symbol by symbol, whose pieces are whole [graphemes](Graphemes); between two of them whoever asks may do other things.
#[derive(Debug)]
pub struct Telling<'m> {
    transcript: Transcript<'m>,
    graphemes: Graphemes,
    ends: Ends,
    symbols: usize,
    /// Bytes of the transcript that went to the graphemes.
    told: usize,
    piece: String,
    /// Whether the piece at hand was given out.
    given: bool,
}

impl<'m> Telling<'m> {
    /// Begins a text with `before`, which is told first, and whose last grapheme may go on in what is written.
    pub fn new(generator: &mut Generator<'m>, ends: &Ends, before: &str) -> Self {
        generator.begin();
        let (mut graphemes, mut piece) = (Graphemes::default(), String::new());
        let transcript = Transcript::new(generator.vocabulary, &generator.before, &ends.stop);
        let transcript = transcript.with_begun(std::mem::take(&mut generator.begun));
        graphemes.push(before, &mut piece);
        Self { transcript, graphemes, ends: ends.clone(), symbols: 0, told: 0, piece, given: false }
    }

    /// Writes on with the generator that it began with, until there is a piece to tell; none where the text ends.
    pub fn advance(&mut self, generator: &mut Generator<'m>) -> Option<&str> {
        if std::mem::take(&mut self.given) {
            self.piece.clear();
        }
        while self.symbols < self.ends.length && self.transcript.met().is_none() {
            if !self.piece.is_empty() {
                self.given = true;
                return Some(&self.piece);
            }
            let symbol = generator.draw();
            self.symbols += 1;
            self.transcript.push(symbol);
            self.graphemes.push(&self.transcript.text()[self.told..], &mut self.piece);
            self.told = self.transcript.text().len();
        }
        None
    }

    /// Ends the text, wherever it is: what it is, and the last piece to tell, which may be empty. The generator then stands behind the last symbol.
    pub fn finish(mut self, generator: &mut Generator<'m>) -> (Completion, String) {
        let completion = ended(self.transcript, self.symbols, &self.ends);
        self.graphemes.push(&completion.text[self.told..], &mut self.piece);
        self.graphemes.flush(&mut self.piece);
        generator.begun.clone_from(&completion.unfinished);
        (completion, self.piece)
    }
}
