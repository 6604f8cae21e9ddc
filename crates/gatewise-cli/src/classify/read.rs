//! Items from a place, and what is said of reading them.

use std::path::Path;

use gatewise_data::items::{Form, ItemOptions, ItemSet, read_items};
use gatewise_data::{Columns, first_bytes};
use serde_json::json;

use crate::cli_error::CliError;
use crate::console::Console;

/// Notes that are said of one reading.
const SAID_NOTES: usize = 8;

/// Reads items and says what was found. Standard input that was put into a file goes by another `name`.
pub fn read(path: &Path, name: Option<&str>, options: &ItemOptions, console: Console) -> Result<ItemSet, CliError> {
    let mut set = read_items(path, options).map_err(gatewise::Error::from)?;
    if let Some(name) = name {
        set.path = name.to_owned();
        if set.form == Form::Files {
            set.items.iter_mut().for_each(|item| item.name = name.to_owned());
        }
    }
    let count = set.items.len();
    console.info(format!("{}: {count} item{}, {}", set.path, if count == 1 { "" } else { "s" }, set.form.describe()));
    for note in &set.notes {
        console.event(&json!({"event": "note", "path": set.path, "message": note}));
    }
    for note in set.notes.iter().take(SAID_NOTES) {
        console.info(format!("  note: {note}"));
    }
    if set.notes.len() > SAID_NOTES {
        console.info(format!("  note: {} more; `gatewise check` lists them", set.notes.len() - SAID_NOTES));
    }
    Ok(set)
}

/// Whether a place holds labelled items rather than time series.
pub fn looks_like_items(path: &Path) -> bool {
    /// Names of columns that tell.
    const TELLING: [&str; 4] = ["label", "labels", "class", "category"];
    if path.is_dir() || path.extension().is_some_and(|e| e == "ts") {
        return true;
    }
    let Ok(start) = first_bytes(path, 4096) else { return false };
    let tells = |name: &str| TELLING.contains(&name.trim().trim_matches('"').to_lowercase().as_str());
    match start[..] {
        [0, 0, 0x08..=0x0e, 1..=8, ..] => true,
        // What has columns of its own has their names elsewhere than in its first line.
        [b'P', b'A', b'R', ..] | [b'A', b'R', b'R', ..] | [0xff, 0xff, 0xff, ..] | [b'{', ..] => {
            Columns::of_file(path).is_ok_and(|columns| columns.is_some_and(|columns| columns.iter().any(|(name, _)| tells(name))))
        }
        _ => String::from_utf8_lossy(&start).lines().next().unwrap_or_default().split([',', ';', '\t', '|']).any(tells),
    }
}
