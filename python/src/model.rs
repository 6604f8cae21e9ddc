//! Model files where Python names them.

use std::path::Path;

use gatewise::Error;
use gatewise::error::FormatError;
use gatewise::format::ModelFile;

/// Name of the model in a run folder of the command line.
const MODEL_FILE: &str = "model.safetensors";

/// A model file, or that of a run folder.
pub fn opened(path: &Path) -> Result<ModelFile, Error> {
    let file = if path.is_dir() { path.join(MODEL_FILE) } else { path.to_owned() };
    ModelFile::open(&file).map_err(|error| {
        let missing = matches!(error, FormatError::Io { .. });
        let help = format!("is {} a run folder or a model file? a run that was interrupted has no model yet", path.display());
        let error = Error::from(error);
        if missing { error.help(help) } else { error }
    })
}
