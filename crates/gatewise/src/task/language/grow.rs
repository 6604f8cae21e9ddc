//! A language model that goes on learning from another text: the symbols it lacks are added, everything it knows is kept.

use super::config::LanguageConfig;
use super::error::LanguageError;
use super::file::LanguageModel;
use super::vocabulary::Vocabulary;
use crate::model::{EmbeddingConfig, Model, ModelConfig};

impl LanguageModel {
    /// The model over its own symbols, in their old places, and those of `text` behind them. Weights of the old symbols and of the recurrent layers
    /// stay to the bit; vectors and outputs of new ones start as those of a network drawn from `seed`. What training hides is that of `training`. Sub-words and bytes spell every text, so they
    /// never grow.
    ///
    /// # Errors
    /// A vocabulary of another unit, or a network that cannot be built.
    pub fn grown(self, text: &Vocabulary, training: &LanguageConfig, seed: u64) -> Result<Self, LanguageError> {
        let Self { model, vocabulary } = self;
        let vocabulary = vocabulary.joined(text)?;
        let embedding = model.config().embedding.map(|e| EmbeddingConfig { symbols: vocabulary.len(), ..e });
        let (outputs, kept) = (vocabulary.len(), model.config().clone());
        // What training hides and adds is the new one's; sizes and symbols are those of the weights.
        let ModelConfig { cell, hidden, layers, tied, layer_norm, init, .. } = kept;
        let config = ModelConfig { embedding, outputs, cell, hidden, layers, tied, layer_norm, init, ..training.model(outputs) };
        let mut grown = Model::new(&config, seed)?;
        for spec in grown.params().specs().to_vec() {
            let old = model.get(&spec.name).unwrap_or_default();
            let mut values = grown.params().values[spec.range].to_vec();
            // Rows of symbols stand one after the other, so the old ones are the first.
            values[..old.len()].copy_from_slice(old);
            grown.set(&spec.name, &values)?;
        }
        Self::new(grown, vocabulary)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Builder, Unit};
    use super::*;

    fn vocabulary(unit: Unit, text: &str) -> Vocabulary {
        Builder::new(unit, 300).build(std::iter::once(text.to_owned())).unwrap()
    }

    #[test]
    fn old_symbols_keep_their_weights_and_places() {
        let units =
            [(Unit::Char, false), (Unit::Char, true), (Unit::Word, false), (Unit::Token, false), (Unit::Jamo, true), (Unit::Byte, false)];
        for (unit, tied) in units {
            let first = vocabulary(unit, "나는 학교에 간다");
            let config = LanguageConfig { hidden: 8, embedding: 8, tied, ..LanguageConfig::default() };
            let model = config.starting_model(first.len(), 1).unwrap();
            let (old, symbols) = (model.params().clone(), first.len());
            let model = LanguageModel::new(model, first).unwrap();
            let more = LanguageConfig { dropout: 0.25, ..LanguageConfig::default() };
            let grown = model.grown(&vocabulary(unit, "너는 집에 간다!"), &more, 2).unwrap();
            assert_eq!(grown.model.config().dropout, 0.25);
            assert_eq!(grown.vocabulary.len() > symbols, unit != Unit::Byte, "{unit:?}");
            for spec in old.specs() {
                let (old, new) = (&old.values[spec.range.clone()], grown.model.get(&spec.name).unwrap());
                assert_eq!(old, &new[..old.len()], "{unit:?}: {}", spec.name);
            }
            let (mut ids, mut unknown) = (Vec::new(), Default::default());
            grown.vocabulary.encode("나는 집에 간다!", &mut ids, &mut unknown).unwrap();
            assert!(unknown.is_empty(), "{unit:?}: {unknown:?}");
        }
    }

    #[test]
    fn units_do_not_mix() {
        let first = vocabulary(Unit::Char, "ab");
        let model = LanguageConfig { hidden: 4, ..LanguageConfig::default() }.starting_model(first.len(), 1);
        let model = LanguageModel::new(model.unwrap(), first).unwrap();
        let error = model.grown(&vocabulary(Unit::Word, "a b"), &LanguageConfig::default(), 1).unwrap_err();
        assert!(error.to_string().contains("unit"), "{error}");
    }
}
