//! One file, or standard input, as an item of its own.

use std::path::Path;

use super::error::ItemError;
use super::folder::{Reader, TABLES, TEXTS, has_ending, is_clip};
use super::options::ItemOptions;
use super::{Content, Form, ItemSet, Known, Label, RawItem};

/// One file as the only item, where it is a clip, or a text or a table for a model that learned from such files.
pub(super) fn single(path: &Path, options: &ItemOptions) -> Result<Option<ItemSet>, ItemError> {
    let files = options.known.as_ref().is_some_and(|known| known.is(Form::Files));
    let fits = is_clip(path) || files && (has_ending(path, &TEXTS) || has_ending(path, &TABLES) && !options.files);
    if !fits {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    alone(path.display().to_string(), name, options, |reader| reader.content(path)).map(Some)
}

/// A text or a table of any other name, or of standard input, as the only item of a model that learned from a folder of such files. None
/// where a column is named or labels are wanted, which a file alone has not.
pub(super) fn whole(shown: &str, text: &str, options: &ItemOptions) -> Result<Option<ItemSet>, ItemError> {
    let columns = [&options.label_column, &options.input_column, &options.id];
    let alike = options.unlabelled && !options.files && columns.iter().all(|given| given.is_none());
    let Some(known) = options.known.as_ref().filter(|known| alike && known.is(Form::Files)) else { return Ok(None) };
    let read = |reader: &mut Reader<'_>| match known.columns.as_slice() {
        [] => Ok(Content::Text(text.to_owned())),
        _ => reader.table(shown, text),
    };
    alone(shown.to_owned(), shown.to_owned(), options, read).map(Some)
}

/// A set of one item.
fn alone(
    path: String,
    name: String,
    options: &ItemOptions,
    read: impl FnOnce(&mut Reader<'_>) -> Result<Content, ItemError>,
) -> Result<ItemSet, ItemError> {
    let mut reader = Reader::new(options);
    let content = read(&mut reader)?;
    let mut set = ItemSet {
        path,
        form: Form::Files,
        channels: Vec::new(),
        known: Known { form: Some(Form::Files), ..Known::default() },
        items: vec![RawItem { name, label: Label::None, group: None, content }],
        guesses: Vec::new(),
        notes: Vec::new(),
    };
    reader.finish(&mut set);
    Ok(set)
}
