//! Texts that a model writes: whole ones, and one that is told as it is made.

#![allow(unsafe_code, reason = "what writes borrows the model and the kernels that stand beside it")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use gatewise::data::Interrupt;
use gatewise::language::{Completion, Decoding, Generator, LanguageModel, Opening, Reason, Telling, Unit};
use gatewise::{Cpu, Error, Kind};
use pyo3::prelude::*;
use serde_json::Value;

use super::given::of_prompt;
use super::settings::Writing;
use crate::errors::raised;

/// A text that was written as Python has it: the text, why it ended, the string that it ended before, symbols, ln p of a text that was searched
/// for, and what it was held against others by.
pub type Written = (String, &'static str, Option<String>, usize, Option<f64>, Option<f64>);

/// What a text is to begin with.
pub struct Prompt {
    text: String,
    symbols: Vec<u32>,
    how: Writing,
    interrupt: Interrupt,
    /// What is to be said of it.
    pub notes: Vec<Value>,
}

impl Prompt {
    /// Of a text that a model reads.
    pub fn of(text: String, how: Writing, language: &LanguageModel, interrupt: Interrupt) -> Result<Self, Error> {
        let (symbols, unknown) = language.vocabulary.prompt(&text, how.strict)?;
        let notes = of_prompt(&unknown, &language.vocabulary).into_iter().chain(how.running.precision().1).collect();
        Ok(Self { text, symbols, how, interrupt, notes })
    }

    /// Whether the model learns from it, so that a copy has to write.
    pub fn is_learned(&self) -> bool {
        self.how.adaptation.adapt
    }

    fn opening(&self, symbols: usize) -> Opening<'_> {
        Opening {
            prompt: &self.text,
            symbols: &self.symbols,
            adaptation: self.how.adaptation.settle(symbols),
            precision: self.how.running.precision().0,
            load_state: self.how.load_state.as_deref(),
            saves_state: self.how.save_state.is_some(),
            interrupt: self.interrupt.clone(),
        }
    }

    fn before(&self) -> &str {
        if self.how.no_prompt { "" } else { &self.text }
    }

    /// Writes.
    pub fn write(&self, language: &mut LanguageModel, cpu: &Cpu) -> Result<Vec<Written>, Error> {
        let (decoding, unit) = (&self.how.decoding, language.vocabulary.unit());
        let opening = self.opening(language.vocabulary.len());
        let mut generator = decoding.open(language, cpu, &opening)?;
        let mut on_piece = |_: &str| self.interrupt.check().map_err(|e| Error::new(Kind::Io, e.to_string()));
        let written = decoding.write(&mut generator, self.before(), &mut on_piece)?;
        keep(&mut generator, self.how.save_state.as_ref())?;
        Ok(written.into_iter().map(|completion| finished(completion, self.before(), unit, self.how.save_state.is_some())).collect())
    }
}

fn keep(generator: &mut Generator<'_>, path: Option<&PathBuf>) -> Result<(), Error> {
    path.map_or(Ok(()), |path| Ok(generator.save(path)?))
}

/// A completion behind what stands before it. A character that was begun is shown as such, unless it is kept to be ended later.
fn finished(completion: Completion, before: &str, unit: Unit, kept: bool) -> Written {
    let kept = kept && completion.reason == Reason::Length;
    let rest = if kept { "".into() } else { completion.rest(unit) };
    let text = format!("{before}{}{rest}", completion.text);
    let (reason, stop) = match completion.reason {
        Reason::Length => ("length", None),
        Reason::Stop(word) => ("stop", Some(word)),
    };
    let found = completion.found;
    (text, reason, stop, completion.symbols, found.map(|found| found.log_probability), found.map(|found| found.score))
}

/// A text that is told as it is made.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_TextStream")]
pub struct Stream(Mutex<State>);

struct State {
    /// What writes; none once the text has ended. It goes before what it borrows.
    under_way: Option<UnderWay>,
    before: String,
    unit: Unit,
    save_state: Option<PathBuf>,
    written: Option<Written>,
    _borrowed: Borrowed,
}

struct UnderWay {
    telling: Telling<'static>,
    generator: Generator<'static>,
}

/// What the writing borrows, which stays where it is.
struct Borrowed {
    model: *mut LanguageModel,
    cpu: Arc<Cpu>,
}

// SAFETY: the pointer is that of a box which is owned here, and whose contents may be sent.
unsafe impl Send for Borrowed {}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: a box made it, and what borrowed it has gone before.
        drop(unsafe { Box::from_raw(self.model) });
    }
}

impl Stream {
    /// Begins a text with a model of its own.
    pub fn begin(prompt: &Prompt, language: LanguageModel, cpu: Arc<Cpu>) -> Result<Self, Error> {
        let decoding = &prompt.how.decoding;
        check(decoding)?;
        let unit = language.vocabulary.unit();
        let opening = prompt.opening(language.vocabulary.len());
        let borrowed = Borrowed { model: Box::into_raw(Box::new(language)), cpu };
        // SAFETY: both stay where they are until `borrowed` is dropped, which is after all that has these references, and nothing else has them.
        let (model, kernels): (&'static mut LanguageModel, &'static Cpu) = unsafe { (&mut *borrowed.model, &*Arc::as_ptr(&borrowed.cpu)) };
        let mut generator = decoding.open(model, kernels, &opening)?;
        let telling = Telling::new(&mut generator, &decoding.ends(), prompt.before());
        Ok(Self(Mutex::new(State {
            under_way: Some(UnderWay { telling, generator }),
            before: prompt.before().to_owned(),
            unit,
            save_state: prompt.how.save_state.clone(),
            written: None,
            _borrowed: borrowed,
        })))
    }
}

/// Refuses what is told at its end alone.
fn check(decoding: &Decoding) -> Result<(), Error> {
    let (setting, value) = match (decoding.beams, decoding.count()) {
        (Some(beams), _) => ("beams", beams),
        (None, count) if count > 1 => ("count", count),
        _ => return Ok(()),
    };
    let message = format!("⦃{setting}⦄ {value} gives texts when all are written, and a stream tells one as it is drawn");
    Err(Error::usage(message).help(format!("leave out ⦃{setting}⦄, or call generate")))
}

impl State {
    fn next(&mut self) -> Result<Option<String>, Error> {
        let Some(UnderWay { telling, generator }) = &mut self.under_way else { return Ok(None) };
        if let Some(piece) = telling.advance(generator) {
            return Ok(Some(piece.to_owned()));
        }
        let Some(UnderWay { telling, mut generator }) = self.under_way.take() else { return Ok(None) };
        let (completion, mut rest) = telling.finish(&mut generator);
        keep(&mut generator, self.save_state.as_ref())?;
        let told = completion.text.len();
        let written = finished(completion, &self.before, self.unit, self.save_state.is_some());
        rest.push_str(&written.0[self.before.len() + told..]);
        self.written = Some(written);
        Ok((!rest.is_empty()).then_some(rest))
    }
}

#[pymethods]
impl Stream {
    /// The next piece, in whole graphemes; None where the text has ended.
    fn next(&self, py: Python<'_>) -> PyResult<Option<String>> {
        py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next()).map_err(raised)
    }

    /// The whole text; None before its end.
    fn written(&self, py: Python<'_>) -> Option<Written> {
        py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).written.clone())
    }
}
