//! What a training that keeps checkpoints began with, so that it goes on over the same data and under the same settings alone.

use std::fs;
use std::path::Path;

use gatewise::data::Dataset;
use gatewise::forecast::Plan;
use gatewise::format::write_atomic;
use gatewise::{Error, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Its file in the folder.
const FILE: &str = "begun.json";

/// Settings that may be others when a training goes on: they change no number.
const FREE: [&str; 3] = ["threads", "checkpoint_every", "watch_gradients"];

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    /// Every setting that says something, the chosen ones too.
    settings: Map<String, Value>,
    /// What the data are known by.
    data: String,
    /// What the model is known by whose weights training begins with.
    base: Option<String>,
}

impl Begun {
    fn of(dataset: &Dataset, plan: &Plan, base: Option<&str>) -> Self {
        let mut settings = match serde_json::to_value(&plan.options) {
            Ok(Value::Object(settings)) => settings,
            _ => Map::new(),
        };
        settings.retain(|name, value| !value.is_null() && !FREE.contains(&name.as_str()));
        Self { settings, data: dataset.fingerprint(), base: base.map(str::to_owned) }
    }

    /// Refuses to go on with what was begun otherwise, which says `before`.
    fn refuse(&self, before: &Self, folder: &Path) -> Result<(), Error> {
        let place = folder.display();
        let other = "give what it began with, or another folder as ⦃checkpoint⦄";
        let names = before.settings.keys().chain(self.settings.keys().filter(|name| !before.settings.contains_key(*name)));
        let shown = |value: Option<&Value>| value.map_or("left open".to_owned(), Value::to_string);
        for name in names {
            let (was, is) = (before.settings.get(name), self.settings.get(name));
            if was != is {
                let message = format!("⦃{name}⦄ is {}; the training in {place} began with {}", shown(is), shown(was));
                return Err(Error::usage(message).help(other));
            }
        }
        if self.data != before.data {
            return Err(Error::data(format!("the training in {place} began over other data")).help(other));
        }
        if self.base != before.base {
            return Err(Error::data(format!("the training in {place} began with other weights (⦃from⦄)")).help(other));
        }
        Ok(())
    }
}

/// Begins or goes on with a training whose checkpoints lie in `folder`, which is made where there is none.
///
/// # Errors
/// What the file system says, a folder in which other data, settings or weights were begun with, and one with models of something else.
pub fn begin(folder: &Path, dataset: &Dataset, plan: &Plan, base: Option<&str>) -> Result<(), Error> {
    let io = |e: std::io::Error| Error::new(Kind::Io, format!("{}: {e}", folder.display()));
    let (own, file) = (Begun::of(dataset, plan, base), folder.join(FILE));
    fs::create_dir_all(folder).map_err(io)?;
    if file.exists() {
        let damaged = |reason: String| Error::data(format!("{}: {reason}", file.display())).help("give another folder as ⦃checkpoint⦄");
        let text = fs::read_to_string(&file).map_err(|e| damaged(e.to_string()))?;
        let before: Begun = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        return own.refuse(&before, folder);
    }
    let models = fs::read_dir(folder).map_err(io)?.filter_map(Result::ok).any(|entry| {
        let name = entry.file_name();
        Path::new(&name).extension().is_some_and(|end| end == "safetensors")
    });
    if models {
        let error = Error::usage(format!("{}: models of something else lie in the folder", folder.display()));
        return Err(error.help("give a folder of its own as ⦃checkpoint⦄"));
    }
    let text = serde_json::to_string_pretty(&own).map_err(|e| Error::new(Kind::Io, e.to_string()))?;
    Ok(write_atomic(&file, format!("{text}\n").as_bytes())?)
}
