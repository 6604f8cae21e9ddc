//! One line of JSON as keys and cells.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::finding::{Finding, FindingKind};

/// A value of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    /// What no cell can hold, in words.
    Nested(&'static str),
}

impl Cell {
    /// As a cell of text.
    pub fn text(self) -> String {
        match self {
            Self::Null | Self::Nested(_) => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Whole(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(text) => text,
        }
    }
}

/// The keys of the object on a line with their cells, in order.
pub(super) fn object(text: &str, line: u64) -> Result<Vec<(String, Cell)>, Finding> {
    let refused = |message: String, help: &str| Finding::error(FindingKind::NotText, message).line(line).help(help);
    if !text.trim_start().starts_with('{') {
        return Err(refused("the line is no JSON object".to_owned(), "write an object a line: {\"day\": \"2026-05-01\", \"sales\": 3}"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let pairs = (&mut reader).deserialize_map(Pairs).map_err(|e| {
        let message = format!("the line is no whole JSON object: {}", plain(&e));
        refused(message, "write an object a line: jq -c . FILE")
    })?;
    if reader.end().is_err() {
        return Err(refused("the line holds more than one object".to_owned(), "write an object a line: jq -c . FILE"));
    }
    for (key, cell) in &pairs {
        if let Cell::Nested(what) = cell {
            let help = "give each value a key of its own, such as \"place_x\": 1, or leave the key out";
            return Err(refused(format!("holds {what}, not one value"), help).column(key));
        }
    }
    Ok(pairs)
}

/// Says that an object has a key twice.
pub(super) fn twice(key: &str, line: u64) -> Finding {
    let finding = Finding::error(FindingKind::NotText, "the object has this key twice").line(line).column(key);
    finding.help("leave one of them out")
}

/// What the reader of JSON says, without the place in a text of one line.
fn plain(error: &serde_json::Error) -> String {
    let said = error.to_string();
    said.split(" at line ").next().unwrap_or(&said).to_owned()
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Cell)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            pairs.push((key, map.next_value_seed(OneCell)?));
        }
        Ok(pairs)
    }
}

struct OneCell;

impl<'de> DeserializeSeed<'de> for OneCell {
    type Value = Cell;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Cell, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneCell {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Cell, E> {
        Ok(Cell::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell::Whole(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Cell, E> {
        // Beyond the whole numbers of a column the digits are kept.
        Ok(i64::try_from(value).map_or_else(|_| Cell::Text(value.to_string()), Cell::Whole))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Cell, E> {
        Ok(Cell::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Cell, E> {
        Ok(Cell::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Nested("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Nested("an object"))
    }
}
