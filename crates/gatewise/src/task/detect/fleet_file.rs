//! A fleet as one file: the first series as a file of a detector has it, with the others beside it.
//!
//! The metadata is limited in size, so what it would say of each further series is kept as a block of numbers.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::counts::are_countable;
use super::detector::Detector;
use super::file::{NAME, contents_of};
use super::fleet::{Fleet, FleetConfig};
use super::member::{Member, Watches};
use crate::error::FormatError;
use crate::format::{Contents, ModelFile, Tensor, encode, write_atomic};

/// Key of the metadata, absent from files of a detector alone.
const KEY: &str = "fleet";

/// What a file keeps of a fleet beside its detectors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    config: FleetConfig,
    names: Vec<String>,
    /// Of the first series.
    watches: Option<Watches>,
}

/// What a file keeps of a further series.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedSeries {
    /// Metadata of its detector, where there are numbers.
    detector: Option<Map<String, Value>>,
    watches: Watches,
}

/// Name of the block that says what the metadata would.
const STATE: &str = "state";

fn prefix(series: usize) -> String {
    format!("series.{series}.")
}

impl Fleet {
    /// The bytes of a model file. `data` is what the caller needs to read the next rows alike.
    pub fn to_bytes(&self, data: &Value) -> Vec<u8> {
        let detector = |member: &Member, data: &Value| member.detector.as_ref().map(|detector| detector.contents(data));
        let first = self.members.first().and_then(|member| detector(member, data));
        let mut contents = first.unwrap_or_else(|| {
            let task = json!({"name": NAME, "data": data});
            Contents { kind: "model".into(), meta: Map::from_iter([("task".to_owned(), task)]), tensors: BTreeMap::new() }
        });
        for (series, member) in self.members.iter().enumerate().skip(1) {
            let own = detector(member, &Value::Null);
            let saved = SavedSeries { detector: own.as_ref().map(|own| own.meta.clone()), watches: member.watches.clone() };
            let text = serde_json::to_vec(&saved).expect("a state of finite numbers and names is JSON");
            let values = pack(&text);
            let state = Tensor { shape: vec![values.len()], values };
            let tensors = own.map_or(BTreeMap::new(), |own| own.tensors).into_iter().chain([(STATE.to_owned(), state)]);
            contents.tensors.extend(tensors.map(|(name, tensor)| (prefix(series) + &name, tensor)));
        }
        let watches = self.members.first().map(|member| member.watches.clone());
        let saved = Saved { config: self.config.clone(), names: self.names.clone(), watches };
        contents.meta.insert(KEY.to_owned(), serde_json::to_value(saved).expect("a state of finite numbers and names is JSON"));
        encode(&contents)
    }

    /// Writes a model file, beside its place first and then renamed.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path, data: &Value) -> Result<(), FormatError> {
        write_atomic(path, &self.to_bytes(data))
    }

    /// Reads a model file, of a fleet or of a detector alone: the fleet as it stood, and what the caller kept in it.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, of a newer format, or no detector.
    pub fn load(path: &Path) -> Result<(Self, Value), FormatError> {
        Self::of_file(ModelFile::open(path)?)
    }

    /// As [`load`](Self::load), of a file that was read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of_file(file: ModelFile) -> Result<(Self, Value), FormatError> {
        let (path, mut contents) = contents_of(file)?;
        let path = path.as_path();
        let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
        if !contents.meta.contains_key(KEY) {
            let (detector, data) = Detector::of_contents(path, &contents)?;
            let config = FleetConfig::new(detector.config().clone());
            let mut fleet = Self::new(&config).map_err(|e| metadata(e.to_string()))?;
            fleet.add(String::new(), Member::of(&config, Some(detector), Watches::default()));
            return Ok((fleet, data));
        }
        let saved: Saved = contents.field(path, KEY)?;
        if !contents.meta.get(KEY).is_none_or(are_countable) {
            return Err(metadata(format!("`{KEY}` counts more than there can be")));
        }
        let mut fleet = Self::new(&saved.config).map_err(|e| metadata(e.to_string()))?;
        let numbers = saved.config.detect.channels > 0;
        let mut data = contents.meta.get("task").and_then(|task| task.get("data")).cloned().unwrap_or(Value::Null);
        for (series, name) in saved.names.into_iter().enumerate() {
            let wrong = || metadata(format!("`{KEY}`: what is kept of series \"{name}\" cannot be read"));
            let (detector, mut watches) = if series == 0 {
                let detector = if numbers { Some(Detector::of_contents(path, &contents)?) } else { None };
                let detector = detector.map(|(detector, kept)| {
                    data = kept;
                    detector
                });
                (detector, saved.watches.clone().unwrap_or_default())
            } else {
                let (own, watches) = take_series(&mut contents, series).ok_or_else(wrong)?;
                let detector = own.map(|own| Detector::of_contents(path, &own)).transpose()?;
                (detector.map(|(detector, _)| detector), watches)
            };
            let fits = detector.as_ref().map_or(!numbers, |detector| detector.config().channels == saved.config.detect.channels);
            if !fits || !watches.restore() {
                return Err(wrong());
            }
            fleet.add(name, Member::of(&saved.config, detector, watches));
        }
        Ok((fleet, data))
    }

    fn add(&mut self, name: String, member: Member) {
        self.places.insert(name.clone(), self.members.len());
        self.names.push(name);
        self.members.push(member);
    }
}

/// Takes what is kept of a further series out of a file: its detector as a file of its own would have it, where there are numbers.
fn take_series(contents: &mut Contents, series: usize) -> Option<(Option<Contents>, Watches)> {
    let prefix = prefix(series);
    let names: Vec<String> =
        contents.tensors.range(prefix.clone()..).map(|(name, _)| name).take_while(|n| n.starts_with(&prefix)).cloned().collect();
    let mut tensors = BTreeMap::new();
    for name in names {
        let tensor = contents.tensors.remove(&name)?;
        tensors.insert(name[prefix.len()..].to_owned(), tensor);
    }
    let state = tensors.remove(STATE)?;
    let saved: Value = serde_json::from_slice(&unpack(&state.values)?).ok()?;
    let saved: SavedSeries = are_countable(&saved).then(|| serde_json::from_value(saved).ok())??;
    let detector = saved.detector.map(|meta| Contents { kind: "model".into(), meta, tensors });
    Some((detector, saved.watches))
}

/// Bytes of a number: whole numbers of 24 bits are exact in it.
const BYTES: usize = 3;

/// Bytes as numbers: how many there are behind the last whole three, then three bytes a number.
fn pack(bytes: &[u8]) -> Vec<f32> {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |n, b| n << 8 | u32::from(*b)) as f32;
    std::iter::once((bytes.len() % BYTES) as f32).chain(bytes.chunks(BYTES).map(number)).collect()
}

/// The bytes of [`pack`]; none where the numbers are no bytes.
fn unpack(values: &[f32]) -> Option<Vec<u8>> {
    let (rest, values) = values.split_first()?;
    let mut bytes = Vec::with_capacity(BYTES * values.len());
    for value in values {
        let whole = *value as u32;
        if whole as f32 != *value || whole >= 1 << (8 * BYTES) {
            return None;
        }
        bytes.extend_from_slice(&whole.to_le_bytes()[..BYTES]);
    }
    let over = match *rest as usize {
        0 => 0,
        rest @ (1 | 2) => BYTES - rest,
        _ => return None,
    };
    bytes.truncate(bytes.len().checked_sub(over)?);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_numbers() {
        for length in 0..20_usize {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 97 + 255) as u8).collect();
            assert_eq!(unpack(&pack(&bytes)), Some(bytes));
        }
        for values in [&[][..], &[5.0], &[0.0, 0.5], &[0.0, f32::NAN], &[0.0, -1.0], &[0.0, 16_777_216.0], &[1.0]] {
            assert_eq!(unpack(values), None, "{values:?}");
        }
    }
}
