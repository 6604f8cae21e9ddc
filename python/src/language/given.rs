//! Texts where Python has them.

use std::path::PathBuf;

use gatewise::data::{Corpus, Severity};
use gatewise::language::{EncodedText, Unknown, Vocabulary, named};
use pyo3::prelude::*;
use serde_json::Value;

use crate::errors::raised;
use crate::told::said;

/// Whether texts are paths, and these or the texts.
type Texts<'py> = (bool, Bound<'py, PyAny>);

/// Texts or paths of them.
pub fn corpus(texts: &Bound<'_, PyAny>) -> PyResult<Corpus> {
    let (paths, each): Texts<'_> = texts.extract()?;
    Ok(match paths {
        true => Corpus::open_all(&each.extract::<Vec<PathBuf>>()?).map_err(raised)?,
        false => Corpus::from_texts(each.extract::<Vec<String>>()?),
    })
}

/// A text as a model reads it, and what is to be said of it.
pub fn known(corpus: &Corpus, vocabulary: &Vocabulary) -> Result<(EncodedText, Option<Value>), gatewise::Error> {
    let (text, unknown) = EncodedText::known(corpus, vocabulary)?;
    let told = format!("{:.2} % of the symbols are unknown to the model: {}", 100.0 * text.unknown, named(&unknown));
    let note = (!unknown.is_empty()).then(|| said(Severity::Warning, &told));
    Ok((text, note))
}

/// What is said of unknown symbols of a prompt.
pub fn of_prompt(unknown: &Unknown, vocabulary: &Vocabulary) -> Option<Value> {
    let how = if vocabulary.rare().is_some() { "read as a rare word" } else { "left out of what it reads" };
    let told = || format!("the model does not know {}, {how} (⦃strict⦄ refuses)", named(unknown));
    (!unknown.is_empty()).then(|| said(Severity::Warning, &told()))
}
