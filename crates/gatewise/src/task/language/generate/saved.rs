//! Where a text stands, as a file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::Generator;
use crate::error::FormatError;
use crate::format::{Contents, Tensor, encode, read, write_atomic};
use crate::rng::{Rng, RngState};

/// What the kind of a state's file is called.
const KIND: &str = "state";

/// The metadata's key `state`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    rng: RngState,
    recent: Vec<u32>,
    symbols: usize,
    /// Absent where the text ended with a whole character.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    begun: Vec<u8>,
}

impl Generator<'_> {
    /// Writes where the text stands: state, last outputs, random numbers, what the repetition penalty remembers, and a character that was begun.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&mut self, path: &Path) -> Result<(), FormatError> {
        let recent = self.sampler.recent().collect();
        let saved = Saved { rng: self.sampler.rng().state(), recent, symbols: self.vocabulary.len(), begun: self.begun.clone() };
        let saved = serde_json::to_value(saved).expect("numbers are JSON");
        let flat = |values: &[f32]| Tensor { shape: vec![values.len()], values: values.to_vec() };
        let stand = self.texts.stand();
        let tensors = [("h", flat(&stand.state.h)), ("c", flat(&stand.state.c)), ("logits", flat(&stand.logits))];
        let tensors = tensors.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect();
        let meta = Map::from_iter([("state".to_owned(), saved)]);
        write_atomic(path, &encode(&Contents { kind: KIND.into(), meta, tensors }))
    }

    /// Goes on where [`save`](Self::save) left off. With `keep_rng` the random numbers go on too, so that two parts are the same as one whole.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another model.
    pub fn resume(&mut self, path: &Path, keep_rng: bool) -> Result<(), FormatError> {
        let contents = read(path)?;
        contents.expect(path, KIND, "give a file that `gatewise generate ⦃save-state⦄` wrote")?;
        let saved: Saved = contents.field(path, "state")?;
        let symbols = self.vocabulary.len();
        if saved.symbols != symbols || saved.recent.iter().any(|&id| id as usize >= symbols) {
            let reason = format!("it was saved by a model of {} symbols, this one has {symbols}", saved.symbols);
            return Err(FormatError::Metadata { path: path.to_owned(), reason });
        }
        let logits = if contents.values(path, "logits")?.is_empty() { 0 } else { symbols };
        let stand = self.texts.stand();
        for (name, length) in [("h", stand.state.h.len()), ("c", stand.state.c.len()), ("logits", logits)] {
            let values = contents.values(path, name)?;
            if values.len() != length || values.iter().any(|v| !v.is_finite()) {
                let reason = format!("it has {} values, this model needs {length} finite ones", values.len());
                return Err(FormatError::Tensor { path: path.to_owned(), name: name.to_owned(), reason });
            }
        }
        stand.state.h.copy_from_slice(contents.values(path, "h")?);
        stand.state.c.copy_from_slice(contents.values(path, "c")?);
        stand.logits = contents.values(path, "logits")?.to_vec();
        self.begun = saved.begun;
        self.sampler.remember(saved.recent);
        if keep_rng {
            *self.sampler.rng() = Rng::from_state(saved.rng);
        }
        Ok(())
    }
}
