//! `--from`: training that begins with the weights of another model.

use std::path::Path;

use gatewise::task::language::{LanguageModel, Vocabulary};

use super::text::failure;
use crate::args::LanguageArgs;
use crate::failure::Failure;
use crate::job::from::settle;

/// Reads the model and settles what its weights settle.
pub fn load(path: &Path, settings: &mut LanguageArgs) -> Result<LanguageModel, Failure> {
    let base = crate::model::language(path)?;
    let config = base.model.config();
    let width = config.embedding.map_or(0, |e| e.width);
    settle("normalize-unicode", &mut settings.symbols.normalize_unicode, base.vocabulary.normal(), path)?;
    settle("unit", &mut settings.symbols.unit, base.vocabulary.unit(), path)?;
    settle("cell", &mut settings.network.cell, config.cell, path)?;
    settle("hidden", &mut settings.network.hidden, config.hidden, path)?;
    settle("layers", &mut settings.network.layers, config.layers, path)?;
    settle("embedding", &mut settings.embedding, width, path)?;
    settle("tied", &mut settings.tied, config.tied, path)?;
    settle("layer-norm", &mut settings.layer.layer_norm, config.layer_norm, path)?;
    Ok(base)
}

/// The model's symbols with those of the text behind them.
pub fn vocabulary(base: &LanguageModel, text: &Vocabulary, path: &str) -> Result<Vocabulary, Failure> {
    let own = Vocabulary::from_json(base.vocabulary.unit(), &base.vocabulary.to_json()).map_err(|e| failure(e, path))?;
    let own = own.with_normal(base.vocabulary.normal());
    own.joined(text).map_err(|e| failure(e, path))
}
