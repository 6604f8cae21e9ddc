//! Finds out how a place holds its items.

use std::path::Path;

use super::error::ItemError;
use super::options::ItemOptions;
use super::{Content, Form, ItemSet, Label, alone, folder, idx, table, targets, ts};
use crate::bytes;
use crate::error::DataError;
use crate::files::{self, Opened};
use crate::impute::{fill, missing_rows};
use crate::options::Impute;
use crate::table::text_of;

/// Reads the items of a file, a folder, or standard input for `-`.
///
/// # Errors
/// What cannot be read, with its place; items that cannot, where `options` say that they are refused.
pub fn read_items(path: &Path, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    if path.is_dir() {
        return folder::read(path, options);
    }
    if path.is_file()
        && let Some(set) = alone::single(path, options)?
    {
        return Ok(set);
    }
    let shown = bytes::name(path);
    let bytes = bytes::read(path)?;
    if bytes.is_empty() {
        return Err(ItemError::invalid(&shown, None, "the file is empty").remedy("give a file with items"));
    }
    let mut set = if let Some(bytes) = idx::unpacked(&shown, &bytes)? {
        idx::read(&shown, &bytes, options)?
    } else {
        let invalid = |finding| DataError::Invalid { path: shown.clone(), finding: Box::new(finding), more: 0 };
        match files::open(bytes).map_err(invalid)? {
            Opened::Columns(typed) => {
                let (columns, notes) = typed.settle(options.columns()).map_err(invalid)?;
                let text = columns.text(b',');
                let mut set = match alone::whole(&shown, &text, options)? {
                    Some(set) => set,
                    None => table::read(path, &shown, &text, true, &ItemOptions { delimiter: Some(b','), ..options.clone() })?,
                };
                set.notes.extend(notes.iter().map(|note| note.describe(&shown)));
                set
            }
            Opened::Bytes(bytes) => {
                let text = text_of(&shown, bytes)?;
                if ts::is_ts(&text) {
                    ts::read(&shown, &text)?
                } else if let Some(set) = alone::whole(&shown, &text, options)? {
                    set
                } else {
                    table::read(path, &shown, &text, false, options)?
                }
            }
        }
    };
    targets::all_or_none(&mut set, options)?;
    fill_missing(&mut set, options.impute)?;
    if set.items.is_empty() {
        return Err(ItemError::invalid(&shown, None, "there is no item in it"));
    }
    require_labels(&set, options)?;
    Ok(set)
}

/// Refuses a set of which no item has a label, where labels are wanted.
pub(super) fn require_labels(set: &ItemSet, options: &ItemOptions) -> Result<(), ItemError> {
    if options.unlabelled || set.items.iter().any(|item| item.label != Label::None) {
        return Ok(());
    }
    let error = ItemError::invalid(&set.path, None, "no item has a label");
    let pictures = |item: &super::RawItem| matches!(&item.content, Content::File(path) if path.is_dir());
    Err(error.remedy(match set.form {
        Form::Files if set.items.iter().all(pictures) => {
            "a folder of images is one clip: put the clips of each label in a folder of its name; where each image is an item, give a table with their paths and labels"
        }
        Form::Files => "put the files of each label in a folder of its name, or take labels from their names: ⦃label-regex⦄ '^(\\d)_'",
        Form::Idx => "⦃labels⦄ FILE names the IDX file with the labels",
        _ => "⦃label-column⦄ names the column, or its number from 0",
    }))
}

/// Fills the numbers that are missing (NaN), along each channel, or refuses them.
fn fill_missing(set: &mut ItemSet, way: Impute) -> Result<(), ItemError> {
    let channels = set.channels.len().max(1);
    let (mut filled, mut first) = (0_usize, None);
    for item in &mut set.items {
        let Content::Numbers(values) = &mut item.content else { continue };
        let missing = values.iter().filter(|v| v.is_nan()).count();
        if missing == 0 {
            continue;
        }
        filled += missing;
        first.get_or_insert_with(|| item.name.clone());
        if !way.is_open() {
            for channel in 0..channels {
                let missing = missing_rows(values, channels, channel);
                fill(values, channels, channel, &missing, way);
            }
        }
    }
    match (first, way) {
        (None, _) => Ok(()),
        (Some(item), way) if way.is_open() => {
            Err(ItemError::invalid(&set.path, None, format!("{filled} numbers are missing, the first in {item}"))
                .remedy("⦃impute⦄ linear, forward or zero fills them"))
        }
        (Some(_), _) => {
            set.notes.push(format!("{filled} missing numbers were filled (⦃impute⦄ {way})"));
            Ok(())
        }
    }
}
