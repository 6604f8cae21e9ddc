//! Items from a place, and what is said of reading them.

use std::path::Path;

use gatewise_data::items::{Form, ItemOptions, ItemSet, read_items};
use serde_json::json;

use crate::failure::Failure;
use crate::talk::Talk;

/// Notes that are said of one reading.
const SAID_NOTES: usize = 8;

/// Reads items and says what was found. Standard input that was put into a file goes by another `name`.
pub fn read(path: &Path, name: Option<&str>, options: &ItemOptions, talk: Talk) -> Result<ItemSet, Failure> {
    let mut set = read_items(path, options).map_err(gatewise::Error::from)?;
    if let Some(name) = name {
        set.path = name.to_owned();
        if set.form == Form::Files {
            set.items.iter_mut().for_each(|item| item.name = name.to_owned());
        }
    }
    let count = set.items.len();
    talk.say(format!("{}: {count} item{}, {}", set.path, if count == 1 { "" } else { "s" }, set.form.describe()));
    for note in &set.notes {
        talk.event(&json!({"event": "note", "path": set.path, "message": note}));
    }
    for note in set.notes.iter().take(SAID_NOTES) {
        talk.say(format!("  note: {note}"));
    }
    if set.notes.len() > SAID_NOTES {
        talk.say(format!("  note: {} more; `gatewise check` lists them", set.notes.len() - SAID_NOTES));
    }
    Ok(set)
}
