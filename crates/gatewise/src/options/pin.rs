//! Settings that the weights of a trained model settle.

use serde::Serialize;

use crate::error::Error;

/// Settles a setting that the weights of the model in `place` settle.
///
/// # Errors
/// One that was given otherwise.
pub fn pin<T: PartialEq + Clone + Serialize>(setting: &str, given: &mut Option<T>, own: T, place: &str) -> Result<(), Error> {
    let shown = |value: &T| serde_json::to_value(value).map_or(String::new(), |v| v.as_str().map_or(v.to_string(), str::to_owned));
    match given {
        Some(other) if *other != own => {
            let message = format!("⦃{setting}⦄ {}: the model in {place} has {}", shown(other), shown(&own));
            Err(Error::usage(message).help(format!("leave ⦃{setting}⦄ out; a model is trained on in the shape that it has")))
        }
        _ => {
            *given = Some(own);
            Ok(())
        }
    }
}
