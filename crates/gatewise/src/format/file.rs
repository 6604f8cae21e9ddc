//! Bytes on disk: written whole, read and checked.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::{Map, Value};

use super::output::OutputFile;
use super::{FORMAT, KEY};
use crate::error::FormatError;

/// A tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contents {
    /// `model` or `checkpoint`.
    pub(crate) kind: String,
    /// The rest of the metadata, by key.
    pub(crate) meta: Map<String, Value>,
    /// By name.
    pub(crate) tensors: BTreeMap<String, Tensor>,
}

impl Contents {
    /// A field of the metadata, read as `T`.
    pub(crate) fn field<T: serde::de::DeserializeOwned>(&self, path: &Path, key: &str) -> Result<T, FormatError> {
        let value = self.meta.get(key).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|e| FormatError::Metadata { path: path.to_owned(), reason: format!("`{key}`: {e}") })
    }

    /// The values of a tensor.
    pub(crate) fn values(&self, path: &Path, name: &str) -> Result<&[f32], FormatError> {
        let missing = || FormatError::Tensor { path: path.to_owned(), name: name.to_owned(), reason: "it is missing".into() };
        self.tensors.get(name).map(|t| &t.values[..]).ok_or_else(missing)
    }

    /// Refuses another kind of file.
    pub(crate) fn expect(&self, path: &Path, kind: &'static str, help: &'static str) -> Result<(), FormatError> {
        if self.kind == kind {
            return Ok(());
        }
        Err(FormatError::Kind { path: path.to_owned(), found: self.kind.clone(), expected: kind, help })
    }
}

/// The bytes of a file; the same contents give the same bytes.
pub(crate) fn encode(contents: &Contents) -> Vec<u8> {
    encode_as(contents, Dtype::F32, |v| v.to_le_bytes())
}

/// As [`encode`], every value rounded to sixteen bits.
pub(crate) fn encode_half(contents: &Contents) -> Vec<u8> {
    encode_as(contents, Dtype::F16, |v| f16::from_f32(v).to_le_bytes())
}

fn encode_as<const N: usize>(contents: &Contents, dtype: Dtype, value: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
    let mut meta = contents.meta.clone();
    meta.insert("format".into(), FORMAT.into());
    meta.insert("kind".into(), contents.kind.clone().into());
    // One key: several would be written in random order.
    let metadata = HashMap::from([(KEY.to_owned(), sorted(Value::Object(meta)).to_string())]);
    let bytes: Vec<Vec<u8>> = contents.tensors.values().map(|t| t.values.iter().flat_map(|&v| value(v)).collect()).collect();
    let views = contents.tensors.iter().zip(&bytes).map(|((name, tensor), bytes)| {
        let view = TensorView::new(dtype, tensor.shape.clone(), bytes).expect("a tensor's values fill its shape");
        (name, view)
    });
    safetensors::serialize(views, Some(metadata)).expect("metadata of strings can be written")
}

/// Objects with their keys in order, whatever map the JSON library is built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// Reads a file.
///
/// # Errors
/// A file that cannot be read, is cut off, was written by another program, or has a newer format.
pub(crate) fn read(path: &Path) -> Result<Contents, FormatError> {
    let bytes = fs::read(path).map_err(|source| FormatError::Io { action: "read", path: path.to_owned(), source })?;
    decode(path, &bytes)
}

/// Reads the bytes of a file; `path` stands in errors.
pub(crate) fn decode(path: &Path, bytes: &[u8]) -> Result<Contents, FormatError> {
    let path = || path.to_owned();
    let damaged = |reason: String| FormatError::Damaged { path: path(), reason };
    if bytes.is_empty() {
        return Err(damaged("it is empty".into()));
    }
    let broken = |e: safetensors::SafeTensorError| damaged(e.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    let text = header.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or_else(|| FormatError::Foreign { path: path() })?;
    let unreadable = |reason: String| FormatError::Metadata { path: path(), reason };
    let mut meta: Map<String, Value> = serde_json::from_str(text).map_err(|e| unreadable(e.to_string()))?;
    let found = meta.remove("format").and_then(|v| v.as_u64()).ok_or_else(|| unreadable("`format` is no number".into()))?;
    if found > FORMAT {
        return Err(FormatError::Version { path: path(), found, supported: FORMAT });
    }
    let kind = match meta.remove("kind") {
        Some(Value::String(kind)) => kind,
        _ => return Err(unreadable("`kind` is no text".into())),
    };
    let mut tensors = BTreeMap::new();
    for (name, view) in SafeTensors::deserialize(bytes).map_err(broken)?.tensors() {
        let values = match view.dtype() {
            Dtype::F32 => view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            Dtype::F16 => view.data().as_chunks::<2>().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
            other => return Err(FormatError::Tensor { path: path(), name, reason: format!("its type is {other:?}, neither F32 nor F16") }),
        };
        tensors.insert(name, Tensor { shape: view.shape().to_vec(), values });
    }
    Ok(Contents { kind, meta, tensors })
}

/// Writes a file whole, see [`OutputFile`]: a crash leaves the old file or the new one, never half of one.
///
/// # Errors
/// What the file system says, with the path.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    let written = OutputFile::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.finish(true)
    });
    written.map_err(|source| FormatError::Io { action: "write", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Contents {
        let meta = [("task", serde_json::json!({ "b": [{ "z": 0.1, "a": 1e-300 }], "a": null })), ("model", 1.into())];
        let tensor = |shape: &[usize], start: f32| Tensor {
            shape: shape.to_vec(),
            values: (0..shape.iter().product::<usize>()).map(|i| start + i as f32).collect(),
        };
        Contents {
            kind: "model".into(),
            meta: meta.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
            tensors: [("w".to_owned(), tensor(&[2, 3], 0.5)), ("b".to_owned(), tensor(&[3], -1.0))].into(),
        }
    }

    #[test]
    fn what_is_written_comes_back_and_twice_the_same() {
        let bytes = encode(&example());
        assert_eq!(bytes, encode(&example()));
        assert_eq!(decode(Path::new("m"), &bytes).unwrap(), example());
    }

    #[test]
    fn sixteen_bits_come_back_rounded() {
        let mut expected = example();
        let third = expected.tensors.get_mut("w").unwrap();
        third.values[0] = 1.0 / 3.0;
        let got = decode(Path::new("m"), &encode_half(&expected)).unwrap();
        expected.tensors.get_mut("w").unwrap().values[0] = f16::from_f32(1.0 / 3.0).to_f32();
        assert_eq!(got, expected);
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let bytes = encode(&example());
        for length in 0..bytes.len() {
            let error = decode(Path::new("m"), &bytes[..length]).unwrap_err();
            assert!(matches!(error, FormatError::Damaged { .. }), "{length} bytes: {error}");
        }
    }

    #[test]
    fn damage_is_an_error_or_other_values_never_a_panic() {
        let bytes = encode(&example());
        let mut refused = 0;
        for at in 0..bytes.len() {
            for flip in [1, 0x20, 0x80] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                refused += usize::from(decode(Path::new("m"), &bytes).is_err());
            }
        }
        assert!(refused > bytes.len(), "most of the file is header, where damage shows: {refused} of {}", 3 * bytes.len());
    }

    #[test]
    fn foreign_and_newer_files_are_told_apart() {
        let data = 1.0_f32.to_le_bytes();
        let view = TensorView::new(Dtype::F32, vec![1], &data).unwrap();
        let with = |metadata| safetensors::serialize([("w", &view)], metadata).unwrap();
        assert!(matches!(decode(Path::new("m"), &with(None)), Err(FormatError::Foreign { .. })));
        let newer = HashMap::from([(KEY.to_owned(), r#"{"format":9,"kind":"model"}"#.to_owned())]);
        assert!(matches!(decode(Path::new("m"), &with(Some(newer))), Err(FormatError::Version { found: 9, .. })));
    }

    #[test]
    fn an_unwritable_place_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("m.safetensors");
        assert!(write_atomic(&path, b"x").unwrap_err().to_string().contains("m.safetensors"));
        let path = folder.path().join("m.safetensors");
        write_atomic(&path, b"old").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
