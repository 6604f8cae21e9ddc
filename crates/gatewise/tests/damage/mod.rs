//! Model files that were cut off, changed bit by bit, and changed in what they say of themselves.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use gatewise::rng::Rng;
use serde_json::{Map, Value, json};

/// Changes of each sort that are tried.
const TRIED: usize = 150;

/// Tries damaged copies of a file. `load` reads one and uses it, where it can be read; nothing it does may panic, and most damage must be told.
pub fn survives(name: &str, bytes: &[u8], load: &dyn Fn(&Path) -> Result<(), String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let panicked = RefCell::new(Vec::new());
    let tried = |what: &str, bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let ended = catch_unwind(AssertUnwindSafe(|| load(&path)));
        ended.map_or_else(
            |_| {
                panicked.borrow_mut().push(what.to_owned());
                true
            },
            |read| read.is_err(),
        )
    };
    assert!(!tried("as it was written", bytes), "{name}: a whole file is read");
    let mut rng = Rng::new(7, 0);
    for _ in 0..TRIED / 10 {
        let length = rng.below(bytes.len());
        assert!(tried(&format!("cut at {length}"), &bytes[..length]), "{name}: cut at {length}");
    }
    let header = header_end(bytes);
    for k in 0..TRIED {
        // Of the numbers behind the header most changes are other numbers.
        let at = rng.below(if k % 4 == 0 { bytes.len() } else { header });
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << rng.below(8);
        tried(&format!("byte {at} changed"), &bytes);
    }
    let meta = metadata(bytes);
    let mut places = Vec::new();
    list(&meta, &mut Vec::new(), &mut places);
    let stride = places.len().div_ceil(TRIED).max(1);
    let mut told = 0;
    let puts = [
        None,
        Some(json!(0)),
        Some(json!(-1)),
        Some(json!(1_000_000_000_000_u64)),
        Some(json!(u64::MAX)),
        Some(json!(1e308)),
        Some(json!([])),
    ];
    for (k, place) in places.iter().step_by(stride).enumerate() {
        // Three of the changes at each place, all of them over a few places.
        for put in [0, 2, 4].map(|step| &puts[(k + step) % puts.len()]) {
            let mut meta = meta.clone();
            change(&mut meta, place, put.as_ref());
            told += usize::from(tried(&format!("{place:?} becomes {put:?}"), &with_metadata(bytes, &meta)));
        }
    }
    let panicked = panicked.into_inner();
    assert!(panicked.is_empty(), "{name}: {} panics (above): {panicked:#?}", panicked.len());
    assert!(told > 0, "{name}: nothing was told");
}

fn header_end(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
}

fn header(bytes: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(&bytes[8..header_end(bytes)]).unwrap()
}

fn metadata(bytes: &[u8]) -> Value {
    serde_json::from_str(header(bytes)["__metadata__"]["gatewise"].as_str().unwrap()).unwrap()
}

fn with_metadata(bytes: &[u8], meta: &Value) -> Vec<u8> {
    let mut head = header(bytes);
    head["__metadata__"]["gatewise"] = meta.to_string().into();
    let mut text = serde_json::to_vec(&head).unwrap();
    text.resize(text.len().next_multiple_of(8), b' ');
    [&(text.len() as u64).to_le_bytes()[..], &text, &bytes[header_end(bytes)..]].concat()
}

/// Every key and every place of a list, the first places of long ones.
fn list(value: &Value, path: &mut Vec<String>, places: &mut Vec<Vec<String>>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(values) => values.iter().take(3).enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => return,
    };
    for (key, value) in inner {
        path.push(key);
        places.push(path.clone());
        list(value, path, places);
        path.pop();
    }
}

fn change(value: &mut Value, place: &[String], put: Option<&Value>) {
    let (last, way) = place.split_last().unwrap();
    let inner = way.iter().fold(value, |value, key| match value {
        Value::Array(values) => &mut values[key.parse::<usize>().unwrap()],
        other => &mut other[key],
    });
    match (inner, put) {
        (Value::Object(map), Some(put)) => drop(map.insert(last.clone(), put.clone())),
        (Value::Object(map), None) => drop(map.remove(last)),
        (Value::Array(values), Some(put)) => values[last.parse::<usize>().unwrap()] = put.clone(),
        (Value::Array(values), None) => drop(values.remove(last.parse::<usize>().unwrap())),
        _ => unreachable!("a place lies in an object or a list"),
    }
}
