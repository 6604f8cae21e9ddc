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
use crate::attend::attended;
use crate::errors::raised;
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
    /// What is to be said.
    pub notes: Vec<Value>,
}

impl Call {
    /// Of texts as Python has them, by settings as JSON.
    pub fn of(texts: &Bound<'_, PyAny>, settings: &str) -> PyResult<Self> {
        let reading = Reading::of(settings)?;
        let (corpus, cpu) = (corpus(texts)?, kernels(reading.running.threads)?);
        let (precision, note) = reading.running.precision();
        Ok(Self { corpus, reading, precision, cpu, notes: note.into_iter().collect() })
    }

    /// Calls the engine, which Ctrl-C ends.
    pub fn run<T: Send + 'static>(
        self,
        py: Python<'_>,
        trained: Py<Trained>,
        work: impl FnOnce(Self, &mut LanguageModel) -> Result<T, Error> + Send + 'static,
    ) -> PyResult<T> {
        attended(py, None, move |caller| {
            let call = Self { corpus: self.corpus.interrupted_by(caller.interrupt()), ..self };
            work(call, &mut trained.get().model()).map_err(raised)
        })
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
