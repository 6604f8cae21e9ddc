//! What a model keeps of how its items were read.

use gatewise_data::items::{ItemOptions, Known};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::media::MediaSpec;
use crate::task::language::{LanguageError, Normal, Unit, Vocabulary};

/// What a model file keeps of how its items were read, so that the next ones are read alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemSpec {
    /// How they were read.
    pub read: ItemOptions,
    /// Names of the channels of numbers.
    pub channels: Vec<String>,
    /// What is taken off each channel before its numbers are rounded to single precision; empty: nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub level: Vec<f64>,
    /// Items, or steps, of each class in training; empty where it is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_counts: Vec<u64>,
    /// How characters of texts and labels are spelled.
    #[serde(default, skip_serializing_if = "Normal::is_none")]
    pub normalize_unicode: Normal,
    /// Symbols of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSpec>,
    /// Numbers of sound and video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaSpec>,
}

impl ItemSpec {
    /// What is known of the tables that the model reads. Models of earlier versions know the names of their channels alone, where these had
    /// names.
    pub fn known(&self) -> Known {
        let named = self.channels.iter().enumerate().any(|(k, name)| *name != (k + 1).to_string() && *name != k.to_string());
        let earlier = || Known { header: named, columns: if named { self.channels.clone() } else { Vec::new() }, ..Known::default() };
        self.read.known.clone().unwrap_or_else(earlier)
    }

    /// The class that was most frequent in training, the first of equals; none where it is not known.
    pub fn majority(&self) -> Option<usize> {
        let most = self.class_counts.iter().max()?;
        self.class_counts.iter().position(|n| n == most)
    }
}

/// How texts become symbols.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    /// What a symbol is.
    pub unit: Unit,
    /// The symbols.
    #[serde(default)]
    pub vocabulary: Value,
}

impl TextSpec {
    /// The symbols, of texts in one spelling.
    ///
    /// # Errors
    /// A vocabulary that cannot be used.
    pub fn symbols(&self, normal: Normal) -> Result<Vocabulary, LanguageError> {
        Ok(Vocabulary::from_json(self.unit, &self.vocabulary)?.with_normal(normal))
    }
}
