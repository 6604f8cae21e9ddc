//! Language models.

use gatewise::task::language::LanguageModel;

use super::graph::{Dim, Graph};
use super::network::{Inputs, Read, network};
use super::{About, ExportError, Exported, LeftOut, TEXTS, finished, states};
use crate::proto::data_type;

/// A language model as a graph: symbols in, scores of the next ones out, with the states between two calls.
///
/// # Errors
/// [`ExportError::TooLarge`].
pub fn language_model(model: &LanguageModel) -> Result<Exported, ExportError> {
    let (network_of, vocabulary) = (&model.model, &model.vocabulary);
    let (config, count) = (network_of.config(), vocabulary.len());
    let mut g = Graph::default();
    let steps = [Dim::Free("batch"), Dim::Free("time")];
    let doc = format!("Symbols of the vocabulary in order of the text, from 0 to {}: (batch, time).", count - 1);
    let symbols = g.input("symbols", data_type::INT64, &steps, &doc);
    g.part("input");
    let batch = g.shape(&symbols, 0, 1);
    let first = states::first(&mut g, config, None, &batch);
    let inputs = Inputs { read: &Read::Symbols(symbols), lengths: None, window: None, states: Some(&first) };
    let answer = network(&mut g, network_of, "", &inputs);
    g.part("output");
    let doc = "Scores of the symbol behind each, whose softmax are its probabilities: (batch, time, symbols).";
    g.output(&answer.outputs, "logits", data_type::FLOAT, &[steps[0], steps[1], Dim::Fixed(count)], doc);
    states::last(&mut g, config, answer.states.as_ref());
    let mut about = About::default();
    let unit = serde_json::to_value(vocabulary.unit()).unwrap_or_default();
    about.text("unit", unit.as_str().unwrap_or_default());
    let normal = serde_json::to_value(vocabulary.normal()).unwrap_or_default();
    about.text("normalize_unicode", normal.as_str().unwrap_or_default());
    about.json("vocabulary", vocabulary.to_json());
    let left_out = LeftOut { others: None, rest: vec![TEXTS.to_owned()] };
    finished(g, "language", "A language model of Gatewise: symbols in, scores of the next symbols out.", about, left_out)
}
