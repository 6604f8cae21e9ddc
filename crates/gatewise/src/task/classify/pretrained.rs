//! A language model as what a classifier of texts begins with (Dai and Le 2015; Howard and Ruder 2018): it has read the texts without their labels.

use gatewise_data::items::ItemOptions;

use super::config::{Answer, ClassifyConfig, Network};
use super::{Classifier, ClassifierModel, ClassifyError, ItemSpec, Options, SymbolInput, TextSpec};
use crate::error::Error;
use crate::loss::Loss;
use crate::model::{Model, Readout};
use crate::task::language::LanguageModel;

/// Share of the outputs dropped where the options say nothing: the network knows much before the first label.
const DROPOUT: f64 = 0.4;

/// Seed of what the language model has not: the symbol of what is unknown, and the head, which is never kept.
const SEED: u64 = 0;

impl ClassifierModel {
    /// The symbols, vectors and recurrent layers of a language model, with a head that knows nothing yet: for
    /// [`Setup::base`](super::Setup::base). Dropout and readout are those of `options`.
    ///
    /// # Errors
    /// A network that cannot be built.
    pub fn of_language(language: &LanguageModel, options: &Options) -> Result<Self, Error> {
        let (own, vocabulary) = (language.model.config(), &language.vocabulary);
        let embedding = own.embedding.map_or(0, |e| e.width);
        let config = ClassifyConfig {
            answer: Answer::Value { center: 0.0, spread: 1.0 },
            numbers: None,
            symbols: Some(SymbolInput { symbols: vocabulary.len() + 1 }),
            each_step: false,
            loss: Loss::Mse,
            network: Network {
                layers: own.layers,
                embedding,
                layer_norm: own.layer_norm,
                dropout: options.layer.dropout.unwrap_or(DROPOUT),
                weight_drop: options.weight_drop.unwrap_or(0.0),
                readout: options.readout.unwrap_or(Readout::Concat),
                ..Network::new(own.cell, own.hidden)
            },
        };
        let mut model = Model::new(&config.model(), SEED).map_err(ClassifyError::from)?;
        for spec in model.params().specs().to_vec() {
            let Some(values) = language.model.get(&spec.name).filter(|_| !spec.name.starts_with("head.")) else { continue };
            // The symbol of what is unknown stands behind those of the language model.
            model.params_mut().values[spec.range][..values.len()].copy_from_slice(values);
        }
        let text = TextSpec { unit: vocabulary.unit(), vocabulary: vocabulary.to_json() };
        let spec = ItemSpec {
            read: ItemOptions::default(),
            channels: Vec::new(),
            level: Vec::new(),
            class_counts: Vec::new(),
            normalize_unicode: vocabulary.normal(),
            text: Some(text),
            media: None,
        };
        Self::new(Classifier::new(config, model)?, spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::language::{Builder, LanguageConfig, Unit};

    #[test]
    fn vectors_and_layers_come_along() {
        let vocabulary = Builder::new(Unit::Jamo, 100).build(std::iter::once("나는 간다".to_owned())).unwrap();
        for tied in [false, true] {
            let config = LanguageConfig { hidden: 6, layers: 2, embedding: 6, tied, ..LanguageConfig::default() };
            let language = config.starting_model(vocabulary.len(), 3).unwrap();
            let language = LanguageModel::new(language, vocabulary.clone()).unwrap();
            let base = ClassifierModel::of_language(&language, &Options::default()).unwrap();
            let model = base.classifier.model();
            assert_eq!(model.get("recurrent.weight_hh_l1"), language.model.get("recurrent.weight_hh_l1"));
            let (own, all) = (language.model.get("embedding.weight").unwrap(), model.get("embedding.weight").unwrap());
            assert_eq!((&all[..own.len()], all.len()), (own, own.len() + 6));
            assert_eq!(base.spec.text.as_ref().map(|t| t.unit), Some(Unit::Jamo));
        }
    }
}
