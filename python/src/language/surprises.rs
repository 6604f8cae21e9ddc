//! How unexpected the symbols of texts are, as columns.

use gatewise::Error;
use gatewise::language::{LanguageModel, characters};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::call::Call;

/// Symbols that were predicted: which text each stands in, its place there, what it is, its nats, and the characters that it stands for.
#[derive(Default)]
pub struct Surprises {
    names: Vec<String>,
    text: Vec<i64>,
    position: Vec<i64>,
    symbol: Vec<i64>,
    nats: Vec<f64>,
    start: Vec<i64>,
    end: Vec<i64>,
}

impl Surprises {
    /// Of the texts of a call.
    pub fn of(call: &mut Call, language: &mut LanguageModel) -> Result<Self, Error> {
        let passages = call.passages(language)?;
        let scoring = call.scoring(language);
        // All but the first symbol of each text.
        let mut firsts = Vec::with_capacity(passages.texts.len());
        let mut rows = 0;
        for text in &passages.texts {
            firsts.push(rows);
            rows += text.ids.len() as usize - 1;
        }
        let (mut symbol, mut nats) = (vec![0_i64; rows], vec![0.0_f64; rows]);
        language.surprises_each(&call.cpu, &passages, &scoring, &mut |text, surprise| {
            let row = firsts[text] + surprise.position as usize - 1;
            (symbol[row], nats[row]) = (surprise.symbol.into(), surprise.nats);
        })?;
        let mut surprises = Self { symbol, nats, ..Self::default() };
        for (corpus, &number) in passages.corpora.iter().zip(&passages.numbers) {
            surprises.names.push(corpus.path().to_owned());
            for (position, place) in (0..).zip(characters(corpus, &language.vocabulary)?).skip(1) {
                surprises.text.push(number as i64);
                surprises.position.push(position);
                surprises.start.push(place.start as i64);
                surprises.end.push(place.end as i64);
            }
        }
        Ok(surprises)
    }

    /// As columns.
    pub fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let table = PyDict::new(py);
        table.set_item("names", self.names)?;
        for (name, values) in
            [("text", self.text), ("position", self.position), ("symbol", self.symbol), ("start", self.start), ("end", self.end)]
        {
            table.set_item(name, PyArray1::from_vec(py, values))?;
        }
        table.set_item("nats", PyArray1::from_vec(py, self.nats))?;
        Ok(table.into_any())
    }
}
