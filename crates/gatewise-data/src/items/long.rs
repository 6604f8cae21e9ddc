//! A long table: a row a step, an id that tells the items apart, a label for each item or for each step.

use std::collections::HashMap;

use super::columns::Cells;
use super::error::ItemError;
use super::options::ItemOptions;
use super::table::label_of;
use super::{Content, Form, ItemSet, Known, Label, RawItem, order};

/// Reads the items of `id`; without one the whole table is an item of the file's `name`.
pub(super) fn read(
    mut cells: Cells,
    id: Option<usize>,
    label: Option<usize>,
    name: &str,
    options: &ItemOptions,
) -> Result<ItemSet, ItemError> {
    let taken: Vec<usize> = [id, label].into_iter().flatten().chain(cells.targets.iter().copied()).collect();
    let group = cells.group(options, &taken);
    let taken: Vec<usize> = taken.into_iter().chain(group).collect();
    let (time, hint) = cells.time(options, &taken)?;
    let free: Vec<usize> = (0..cells.names.len()).filter(|k| !taken.contains(k) && Some(*k) != time).collect();
    let mut notes = Vec::new();
    let columns = channels(&cells, &free, label, options, &mut notes)?;
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, (_, row)) in cells.rows.iter().enumerate() {
        let place = *places.entry(id.map_or("", |id| &row[id])).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(at);
    }
    if let Some(time) = time {
        order::sort(&cells, time, hint, &mut groups, &mut notes);
    }
    let mut items = Vec::with_capacity(groups.len());
    for rows in &groups {
        let mut numbers = Vec::with_capacity(rows.len() * columns.len());
        for &at in rows {
            let (line, row) = &cells.rows[at];
            for &column in &columns {
                numbers.push(cells.number(*line, row, column)?);
            }
        }
        let first = &cells.rows[rows[0]].1;
        items.push(RawItem {
            name: id.map_or(name, |id| &first[id]).to_owned(),
            label: Label::None,
            group: group.map(|k| first[k].to_owned()),
            content: Content::Numbers(numbers),
        });
    }
    if cells.targets.is_empty() {
        set_labels(&cells, label, &groups, &mut items, &mut notes);
    } else {
        set_values(&cells, &groups, &mut items)?;
    }
    let named = |k: Option<usize>| k.filter(|_| cells.header).map(|k| cells.names[k].clone());
    let channels: Vec<String> = columns.iter().map(|&k| cells.names[k].clone()).collect();
    let known = Known {
        form: Some(Form::Long),
        header: cells.header,
        label: named(label.filter(|_| cells.targets.is_empty())),
        targets: cells.target_names(),
        input: None,
        id: named(id),
        time: named(time),
        group: named(group),
        columns: channels.clone(),
    };
    Ok(ItemSet { path: cells.path, form: Form::Long, channels, known, items, guesses: cells.guesses, notes })
}

/// The columns of the channels: those of the model by their names, else every column of numbers.
fn channels(
    cells: &Cells,
    free: &[usize],
    label: Option<usize>,
    options: &ItemOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, ItemError> {
    if let Some(known) = options.known.as_ref().filter(|known| known.header && !known.columns.is_empty()) {
        if cells.header {
            return by_name(cells, free, known, notes);
        }
        if free.len() == known.columns.len() {
            notes.push(format!("the table names no columns; they are read as {}, in that order", known.columns.join(", ")));
            return Ok(free.to_vec());
        }
    }
    let (columns, odd): (Vec<usize>, Vec<usize>) = free.iter().partition(|&&k| cells.is_numeric(k));
    let (columns, empty): (Vec<usize>, Vec<usize>) = columns.into_iter().partition(|&k| options.known.is_some() || !cells.is_empty(k));
    if columns.is_empty() {
        return Err(ItemError::invalid(&cells.path, None, "no column of numbers beside id, time and label"));
    }
    notes.extend(odd.iter().map(|&k| {
        let first = cells.rows.iter().find(|(_, row)| !cells.style.is_missing(&row[k]));
        let first = first.map_or(String::new(), |(line, row)| format!(" ({:?}, line {line})", &row[k]));
        format!("column \"{}\" holds no numbers{first} and is left out", cells.names[k])
    }));
    notes.extend(empty.iter().map(|&k| format!("column \"{}\" is empty and is left out", cells.names[k])));
    for k in cells.other_labels(label).into_iter().filter(|k| columns.contains(k)) {
        let name = &cells.names[k];
        notes.push(format!("column \"{name}\" is read as a channel; ⦃label-column⦄ {name} makes it the label"));
    }
    Ok(columns)
}

/// The model's columns in the model's order.
pub(super) fn by_name(cells: &Cells, free: &[usize], known: &Known, notes: &mut Vec<String>) -> Result<Vec<usize>, ItemError> {
    let found: Vec<Option<usize>> = known.columns.iter().map(|name| free.iter().copied().find(|&k| cells.names[k] == *name)).collect();
    let missing: Vec<&str> = found.iter().zip(&known.columns).filter(|(k, _)| k.is_none()).map(|(_, name)| name.as_str()).collect();
    if !missing.is_empty() {
        let there: Vec<&str> = free.iter().map(|&k| cells.names[k].as_str()).collect();
        let problem =
            format!("no column {}: the model reads {}, the table has {}", missing.join(", "), known.columns.join(", "), there.join(", "));
        return Err(ItemError::invalid(&cells.path, None, problem).remedy("rename the columns as the model's, or train on this table"));
    }
    let columns: Vec<usize> = found.into_iter().flatten().collect();
    if !columns.is_sorted() {
        notes.push(format!("columns are matched by name and read as {}", known.columns.join(", ")));
    }
    let extra: Vec<&str> = free.iter().filter(|k| !columns.contains(k)).map(|&k| cells.names[k].as_str()).collect();
    if !extra.is_empty() {
        notes.push(format!("the model knows no column {}: left out", extra.join(", ")));
    }
    Ok(columns)
}

/// Several values of each item: those of its rows, which agree.
fn set_values(cells: &Cells, groups: &[Vec<usize>], items: &mut [RawItem]) -> Result<(), ItemError> {
    for (item, rows) in items.iter_mut().zip(groups) {
        let mut values: Vec<Option<String>> = vec![None; cells.targets.len()];
        for &at in rows {
            let (line, row) = &cells.rows[at];
            for (value, &column) in values.iter_mut().zip(&cells.targets) {
                let cell = &row[column];
                match value {
                    _ if cells.style.is_missing(cell) => {}
                    None => *value = Some(cell.to_owned()),
                    Some(value) if value != cell => {
                        let target = &cells.names[column];
                        let problem = format!("target \"{target}\" changes within {} ({value}, then {cell})", item.name);
                        return Err(
                            ItemError::invalid(&cells.path, *line, problem).remedy("a regression has one value of each target an item")
                        );
                    }
                    Some(_) => {}
                }
            }
        }
        item.label = Label::Several(values);
    }
    Ok(())
}

/// A label for each item, or for each step where they change inside one.
fn set_labels(cells: &Cells, label: Option<usize>, groups: &[Vec<usize>], items: &mut [RawItem], notes: &mut Vec<String>) {
    let each: Vec<Vec<Label>> =
        groups.iter().map(|rows| rows.iter().map(|&at| label_of(cells, label, &cells.rows[at].1)).collect()).collect();
    // The first row whose label is not the commonest of its item.
    let change = |labels: &[Label]| {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let text = |label: &Label| if let Label::One(text) = label { Some(text.clone()) } else { None };
        for label in labels {
            if let Label::One(text) = label {
                *counts.entry(text).or_default() += 1;
            }
        }
        let most = counts.values().max().copied()?;
        let common = labels.iter().filter_map(text).find(|label| counts[label.as_str()] == most);
        labels.iter().position(|label| *label != Label::None && text(label) != common)
    };
    let changing: Vec<(usize, usize)> = each.iter().enumerate().filter_map(|(k, labels)| Some((k, change(labels)?))).collect();
    if let Some(&(k, at)) = changing.first() {
        notes.push(format!(
            "labels change within {} of {} items (first in {}, line {}): a label a step is learned",
            changing.len(),
            items.len(),
            items[k].name,
            cells.rows[groups[k][at]].0
        ));
        for (item, labels) in items.iter_mut().zip(each) {
            let text = |label| if let Label::One(text) = label { Some(text) } else { None };
            item.label = Label::Each(labels.into_iter().map(text).collect());
        }
        return;
    }
    let mut partly = 0;
    for (item, labels) in items.iter_mut().zip(each) {
        let some = labels.contains(&Label::None);
        item.label = labels.into_iter().find(|label| *label != Label::None).unwrap_or(Label::None);
        partly += usize::from(some && item.label != Label::None);
    }
    if partly > 0 {
        notes.push(format!("{partly} items have their label in some of their rows only; it is that of the whole item"));
    }
}
