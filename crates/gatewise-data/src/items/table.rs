//! A table of items: which form it has, and the forms with one item a row.

use std::path::Path;

use super::cells::sequence;
use super::columns::Cells;
use super::error::ItemError;
use super::folder;
use super::options::{ItemOptions, OnError};
use super::rows::Beside;
use super::{Content, Form, ItemSet, Known, Label, RawItem, long, rows};
use crate::choice::Choice;

/// Reads a table; `named` says that its first row names the columns, whatever it looks like.
pub(super) fn read(file: &Path, path: &str, text: &str, named: bool, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let mut cells = Cells::parse(path, text, named, options)?;
    let label = cells.label(options)?;
    if let Some(input) = cells.input(options)? {
        return one_column(file, cells, input, label, options);
    }
    let known = options.known.clone().unwrap_or_default();
    let taken: Vec<usize> = label.into_iter().chain(cells.targets.iter().skip(1).copied()).collect();
    let file_name =
        file.file_name().filter(|name| *name != "-").map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    let row_each = [Form::Rows, Form::Texts, Form::Paths, Form::Sequences].into_iter().any(|form| known.is(form));
    let mut row_names = None;
    if options.channels.is_none() && !row_each {
        let id = id(&mut cells, options, &known, &taken)?;
        // What is given and differs in every row names the rows.
        row_names =
            id.filter(|&id| options.known.is_none() && cells.distinct(id) == cells.rows.len() && cells.names.len() > taken.len() + 2);
        if let Some(id) = id.filter(|_| row_names.is_none()) {
            return long::read(cells, Some(id), label, &file_name, options);
        }
        if known.is(Form::Long) {
            return long::read(cells, None, label, &file_name, options);
        }
    }
    // Models of earlier versions read every column of numbers as a step.
    let all_steps = options.known.as_ref().is_some_and(|known| known.form.is_none());
    let mut notes = Vec::new();
    let mut beside = Beside { label, ..Beside::default() };
    if !all_steps {
        beside.group = cells.group(options, &taken);
        let taken: Vec<usize> = taken.iter().copied().chain(beside.group).collect();
        beside.name = cells.named(known.id.as_ref()).or_else(|| {
            let unique = |k: &usize| cells.is_called_id(*k) && cells.distinct(*k) == cells.rows.len();
            cells.usual_id(&taken).filter(unique)
        });
        beside.name = row_names.or(beside.name.filter(|_| cells.names.len() > taken.len() + 1 && cells.header));
    }
    let numbered = if all_steps { Vec::new() } else { cells.row_numbers() };
    let free = |k: &usize| ![label, beside.name, beside.group].contains(&Some(*k)) && !cells.targets.contains(k) && !numbered.contains(k);
    let others: Vec<usize> = (0..cells.names.len()).filter(free).collect();
    for k in numbered.iter().filter(|k| beside.name != Some(**k)) {
        notes.push(format!("column \"{}\" counts the rows and is left out", cells.names[*k]));
    }
    let odd: Vec<usize> = others.iter().copied().filter(|&k| !cells.is_numeric(k)).collect();
    if others.is_empty() {
        return Err(
            ItemError::invalid(path, None, "there is no column beside the labels").remedy("⦃label-column⦄ names the column of the labels")
        );
    }
    let of_one_column = [Form::Texts, Form::Paths, Form::Sequences].into_iter().any(|form| known.is(form));
    match (others.as_slice(), odd.as_slice()) {
        // What the model reads of a column alone may look like anything.
        ([only], _) if of_one_column => one_column(file, cells, *only, label, options),
        // Every column is a number: the row is the sequence.
        (_, []) => {
            for k in cells.other_labels(label).into_iter().filter(|k| others.contains(k)) {
                let name = &cells.names[k];
                notes.push(format!("column \"{name}\" is read as a step; ⦃label-column⦄ {name} makes it the label"));
            }
            let times: Vec<usize> = cells.times().into_iter().filter(|k| others.contains(k) && options.known.is_none()).collect();
            let owner = beside.group.filter(|&k| options.group.is_none() && cells.distinct(k) < cells.rows.len());
            if let (Some(group), Some(&time)) = (owner, times.first()) {
                return Err(whose(&cells, group, time));
            }
            for &k in &times {
                let name = &cells.names[k];
                notes.push(format!(
                    "column \"{name}\" is read as a step of each row; in a long table ⦃id⦄ names the column that tells items apart"
                ));
            }
            if let Some(name) = beside.name {
                let value = cells.names[name].clone();
                cells.guesses.push(Choice { what: "names of the rows".to_owned(), value, flag: "⦃id⦄".to_owned() });
            }
            rows::read(cells, &others, beside, notes, options)
        }
        (_, _) if known.is(Form::Rows) => rows::read(cells, &others, beside, notes, options),
        // One cell may be a number by chance in a column of texts; several columns of texts leave a choice.
        (_, [only]) => {
            let numbers = others.iter().filter(|k| *k != only && !cells.is_empty(**k)).count();
            let again = 2 * cells.distinct(*only) <= cells.rows.len();
            if (numbers > 1 || numbers > 0 && again)
                && !cells.has_words(*only)
                && !cells.is_sequence(*only)
                && !cells.is_path(*only, folder_of(file))
            {
                return Err(unclear(&cells, *only, numbers));
            }
            one_column(file, cells, *only, label, options)
        }
        (_, several) => {
            // Zeros and ones in several columns beside one text are several labels an item.
            let named: Vec<&str> = several.iter().take(6).map(|&k| cells.names[k].as_str()).collect();
            Err(ItemError::usage(
                format!("{path}: which column holds the items? {} are no numbers", named.join(", ")),
                "⦃input-column⦄ names the column of texts, paths or sequences; ⦃label-column⦄ that of the labels",
            ))
        }
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// A column of those whose the rows are beside a time: either may tell the items of a long table apart.
fn whose(cells: &Cells, group: usize, time: usize) -> ItemError {
    let (group, time) = (&cells.names[group], &cells.names[time]);
    ItemError::usage(
        format!("{}: a row a step (\"{time}\") or a row an item? \"{group}\" comes again, and no column is called id", cells.path),
        format!("⦃id⦄ {group} if a {group} is an item of many rows; ⦃group⦄ {group} if each row is an item"),
    )
}

/// A column of words without spaces beside columns of numbers: its words may tell items apart, name them, or be the texts.
fn unclear(cells: &Cells, odd: usize, numbers: usize) -> ItemError {
    let name = &cells.names[odd];
    let once = cells.distinct(odd) == cells.rows.len();
    let way = if once { "names the rows" } else { "tells the items of a long table apart" };
    let first = cells.rows.first().map_or("", |(_, row)| &row[odd]);
    ItemError::usage(
        format!(
            "{}: column \"{name}\" ({first:?} and the like) stands beside {numbers} columns of numbers: which are the items?",
            cells.path
        ),
        format!(
            "⦃id⦄ {name} if it {way}, so that the numbers are learned; ⦃input-column⦄ {name} if its texts are the items; ⦃label-column⦄ {name} if it is the label"
        ),
    )
}

/// The column that tells the items of a long table apart: the one given or known, else one of a usual name whose values come again.
fn id(cells: &mut Cells, options: &ItemOptions, known: &Known, taken: &[usize]) -> Result<Option<usize>, ItemError> {
    if options.id.is_none()
        && let Some(id) = cells.named(known.id.as_ref())
    {
        return Ok(Some(id));
    }
    if options.id.is_some() {
        return cells.given_id(options);
    }
    let Some(id) = cells.usual_id(taken) else { return Ok(None) };
    let numbers = (0..cells.names.len()).any(|k| k != id && !taken.contains(&k) && cells.is_numeric(k) && !cells.is_empty(k));
    let texts = (0..cells.names.len()).any(|k| k != id && !taken.contains(&k) && !cells.is_numeric(k) && cells.has_words(k));
    let (distinct, rows) = (cells.distinct(id), cells.rows.len());
    // Beside a column of texts an id or two that come again are slips of a table with an item a row.
    let sure = cells.is_called_id(id) && !texts || 3 * distinct <= 2 * rows;
    let long = known.is(Form::Long) || numbers && distinct < rows && sure;
    if long {
        cells.guesses.push(Choice { what: "items by".to_owned(), value: cells.names[id].clone(), flag: "⦃id⦄".to_owned() });
    }
    Ok(Some(id).filter(|_| long))
}

/// A text, a path or a sequence a row.
fn one_column(file: &Path, mut cells: Cells, input: usize, label: Option<usize>, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let folder = folder_of(file);
    let known = options.known.as_ref().and_then(|known| known.form);
    let form = match known {
        Some(form @ (Form::Texts | Form::Paths | Form::Sequences)) => form,
        Some(Form::Files) if options.files => Form::Paths,
        _ if cells.is_sequence(input) => Form::Sequences,
        _ if cells.is_path(input, folder) => Form::Paths,
        _ => Form::Texts,
    };
    let mut notes = Vec::new();
    if form == Form::Texts && known.is_none() {
        let named = cells.rows.iter().filter(|(_, row)| folder::is_clip(Path::new(&row[input]))).count();
        if 2 * named > cells.rows.len() {
            let (line, row) = &cells.rows[0];
            return Err(ItemError::invalid(&cells.path, *line, format!("no file {}", folder.join(&row[input]).display()))
                .remedy("paths are looked for beside the table; ⦃input-column⦄ names another column if these are no paths"));
        }
    }
    let group = cells.group(options, &label.into_iter().chain(cells.targets.iter().copied()).chain([input]).collect::<Vec<_>>());
    if options.input_column.is_none() && known.is_none() {
        let (what, value) = ("items in".to_owned(), cells.names[input].clone());
        cells.guesses.push(Choice { what, value, flag: "⦃input-column⦄".to_owned() });
    }
    if known.is_none() {
        let unread: Vec<usize> =
            (0..cells.names.len()).filter(|k| ![Some(input), label, group].contains(&Some(*k)) && !cells.targets.contains(k)).collect();
        let several = label.is_none() && several_labels(&cells, &unread);
        if several && !options.unlabelled {
            return Err(several_error(&cells, &unread));
        }
        if !unread.is_empty() {
            let names: Vec<&str> = unread.iter().take(8).map(|&k| cells.names[k].as_str()).collect();
            notes.push(format!("of each row \"{}\" alone is read; not {}", cells.names[input], names.join(", ")));
        }
    }
    let channels = if form == Form::Sequences { options.channels.unwrap_or(1) } else { 0 };
    let mut items = Vec::with_capacity(cells.rows.len());
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
                    return Err(ItemError::invalid(&cells.path, *line, problem).remedy("⦃on-error⦄ skip leaves such rows out"));
                }
            },
        };
        let name = if form == Form::Paths { row[input].to_owned() } else { format!("line {line}") };
        items.push(RawItem { name, label: label_of(&cells, label, row), group: group.map(|k| row[k].to_owned()), content });
    }
    let named = |k: Option<usize>| k.filter(|_| cells.header).map(|k| cells.names[k].clone());
    let known = Known {
        form: Some(form),
        header: cells.header,
        label: named(label.filter(|_| cells.targets.is_empty())),
        targets: cells.target_names(),
        input: named(Some(input)),
        group: named(group),
        ..Known::default()
    };
    let channels = (1..=channels).map(|k| k.to_string()).collect();
    Ok(ItemSet { path: cells.path, form, channels, known, items, guesses: cells.guesses, notes })
}

/// Whether columns of zeros and ones, two or more, hold several labels an item.
fn several_labels(cells: &Cells, columns: &[usize]) -> bool {
    columns.len() > 1 && columns.iter().all(|&k| cells.rows.iter().all(|(_, row)| matches!(&row[k], "0" | "1" | "0.0" | "1.0")))
}

fn several_error(cells: &Cells, columns: &[usize]) -> ItemError {
    let names: Vec<&str> = columns.iter().map(|&k| cells.names[k].as_str()).collect();
    let message = format!("{}: {} look like several labels an item, and a classifier names one", cells.path, names.join(", "));
    ItemError::usage(message, format!("train a model for each: ⦃label-column⦄ {}, then the others", names[0]))
}

pub(super) fn label_of(cells: &Cells, column: Option<usize>, row: &csv::StringRecord) -> Label {
    if !cells.targets.is_empty() {
        return cells.values_of(row);
    }
    match column.map(|k| &row[k]) {
        Some(text) if !cells.style.is_missing(text) => Label::One(text.to_owned()),
        _ => Label::None,
    }
}
