//! A call of a language model on texts.

use std::sync::Arc;

use gatewise::data::{Corpus, Severity};
use gatewise::language::{EncodedText, Ids, LanguageModel, Lines, Passages, Scoring, named};
use gatewise::{Cpu, Error, Precision};
use pyo3::prelude::*;
use serde_json::Value;

use super::Trained;
use super::given::{corpus, known};
use super::settings::Reading;
use crate::errors::raised;
use crate::interrupt::Keyboard;
use crate::settings::{Settings as _, kernels};
use crate::told::said;

/// Least likely places that are listed.
const WORST: usize = 5;

/// A call of a model on texts.
pub struct Call {
    pub corpus: Corpus,
    pub reading: Reading,
    pub precision: Precision,
    pub cpu: Arc<Cpu>,
    keyboard: Keyboard,
    /// What is to be said.
    pub notes: Vec<Value>,
}

impl Call {
    /// Of texts as Python has them, by settings as JSON.
    pub fn of(texts: &Bound<'_, PyAny>, settings: &str) -> PyResult<Self> {
        let (reading, keyboard) = (Reading::of(settings)?, Keyboard::default());
        let (corpus, cpu) = (corpus(texts, &keyboard)?, kernels(reading.running.threads)?);
        let (precision, note) = reading.running.precision();
        Ok(Self { corpus, reading, precision, cpu, keyboard, notes: note.into_iter().collect() })
    }

    /// Calls the engine, which Ctrl-C ends.
    pub fn run<T: Send>(
        self,
        py: Python<'_>,
        trained: &Trained,
        work: impl Send + FnOnce(Self, &mut LanguageModel) -> Result<T, Error>,
    ) -> PyResult<T> {
        let keyboard = self.keyboard.clone();
        keyboard.settle(py.detach(|| work(self, &mut trained.model()).map_err(raised)))
    }

    /// How texts are scored.
    pub fn scoring(&self, language: &LanguageModel) -> Scoring {
        let adaptation = self.reading.adaptation.settle(language.vocabulary.len());
        Scoring { worst: self.reading.worst.unwrap_or(WORST), precision: self.precision, adaptation }
    }

    fn taken(&mut self) -> Corpus {
        std::mem::replace(&mut self.corpus, Corpus::from_texts::<String>([]))
    }

    /// Texts that are scored, each from a start of its own, with what is to be said of them.
    pub fn passages(&mut self, language: &LanguageModel) -> Result<Passages, Error> {
        let passages = Passages::read(self.taken(), self.reading.each_line, &language.vocabulary)?;
        let told = passages.about_unknown(&language.vocabulary).into_iter().chain(passages.about_short(self.reading.each_line));
        self.notes.extend(told.map(|text| said(Severity::Warning, &text)));
        Ok(passages)
    }

    /// One text that is read from its start.
    pub fn whole(&mut self, language: &LanguageModel) -> Result<EncodedText, Error> {
        let (text, note) = known(&self.taken().parted(language.vocabulary.knows_lines()), &language.vocabulary)?;
        self.notes.extend(note);
        Ok(text)
    }

    /// Texts whose states are read.
    pub fn items(&mut self, language: &LanguageModel) -> Result<Vec<Ids>, Error> {
        let corpus = self.taken();
        if !self.reading.each_line {
            let mut texts = Vec::new();
            for item in corpus.split() {
                let (text, note) = known(&item, &language.vocabulary)?;
                self.notes.extend(note);
                texts.push(text.ids);
            }
            return Ok(texts);
        }
        let Lines { texts, unknown, blank } = Lines::read(&corpus.lines()?, &language.vocabulary)?;
        let unknown = (!unknown.is_empty()).then(|| format!("symbols are unknown to the model: {}", named(&unknown)));
        let zeros = |first: &String| format!("{} lines have no symbol that the model knows, and rows of zeros, as {first}", blank.len());
        let told = unknown.into_iter().chain(blank.first().map(zeros));
        self.notes.extend(told.map(|text| said(Severity::Warning, &text)));
        Ok(texts)
    }
}
