//! A table of items: which form it has, and the forms with one item a row.

use std::path::Path;

use super::columns::{Cells, sequence};
use super::error::ItemError;
use super::options::{ItemOptions, OnError};
use super::{Content, Form, ItemSet, Label, RawItem, long, rows};

pub(super) fn read(file: &Path, path: &str, text: &str, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let mut cells = Cells::parse(path, text, options)?;
    let label = cells.label(options)?;
    if let Some(input) = cells.input(options)? {
        return one_column(file, cells, input, label, options);
    }
    let id = if options.channels.is_none() { cells.id(options, label)? } else { None };
    if let Some(id) = id {
        return long::read(cells, id, label, options);
    }
    let others: Vec<usize> = (0..cells.names.len()).filter(|k| Some(*k) != label).collect();
    let odd: Vec<usize> = others.iter().copied().filter(|&k| !cells.is_numeric(k)).collect();
    match (others.as_slice(), odd.as_slice()) {
        ([], _) => {
            Err(ItemError::invalid(path, None, "there is no column beside the labels")
                .cure("--label-column names the column of the labels"))
        }
        // Every column is a number: the row is the sequence.
        (_, []) => rows::read(cells, &others, label, options),
        // One cell may be a number by chance in a column of texts; several columns of texts leave a choice.
        (_, [only]) => one_column(file, cells, *only, label, options),
        (_, several) => {
            let named: Vec<&str> = several.iter().take(6).map(|&k| cells.names[k].as_str()).collect();
            Err(ItemError::usage(
                format!("{path}: which column holds the items? {} are no numbers", named.join(", ")),
                "--input-column names the column of texts, paths or sequences; --label-column that of the labels",
            ))
        }
    }
}

/// A text, a path or a sequence a row.
fn one_column(file: &Path, mut cells: Cells, input: usize, label: Option<usize>, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let form = if cells.is_sequence(input) {
        Form::Sequences
    } else if cells.is_path(input, folder) {
        Form::Paths
    } else {
        Form::Texts
    };
    if options.input_column.is_none() {
        let (what, value) = ("items in".to_owned(), cells.names[input].clone());
        cells.guesses.push(crate::dataset::Guess { what, value, flag: "--input-column".to_owned() });
    }
    let channels = if form == Form::Sequences { options.channels.unwrap_or(1) } else { 0 };
    let (mut items, mut notes) = (Vec::with_capacity(cells.rows.len()), Vec::new());
    for (line, row) in &cells.rows {
        let content = match form {
            Form::Paths => Content::File(folder.join(&row[input])),
            Form::Texts => Content::Text(row[input].to_owned()),
            _ => match sequence(&row[input]) {
                Some(numbers) if numbers.len() % channels == 0 => Content::Numbers(numbers),
                other => {
                    let problem = other.map_or_else(
                        || "this is no sequence of numbers".to_owned(),
                        |numbers| format!("{} numbers do not share out among {channels} channels", numbers.len()),
                    );
                    if options.on_error == OnError::Skip {
                        notes.push(format!("{}:{line}: {problem}; left out", cells.path));
                        continue;
                    }
                    return Err(ItemError::invalid(&cells.path, *line, problem).cure("--on-error skip leaves such rows out"));
                }
            },
        };
        let name = if form == Form::Paths { row[input].to_owned() } else { format!("line {line}") };
        items.push(RawItem { name, label: label_of(&cells, label, row), content });
    }
    let channels = (1..=channels).map(|k| k.to_string()).collect();
    Ok(ItemSet { path: cells.path, form, channels, items, guesses: cells.guesses, notes })
}

pub(super) fn label_of(cells: &Cells, column: Option<usize>, row: &csv::StringRecord) -> Label {
    match column.map(|k| &row[k]) {
        Some(text) if !cells.style.is_missing(text) => Label::One(text.to_owned()),
        _ => Label::None,
    }
}
