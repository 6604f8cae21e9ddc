//! A long table: a row a step, an id that tells the items apart, a label for each item or for each step.

use std::collections::HashMap;

use super::columns::Cells;
use super::error::ItemError;
use super::options::ItemOptions;
use super::table::label_of;
use super::{Content, Form, ItemSet, Label, RawItem};

/// Steps of one item: line, time, cells' place, label.
#[derive(Default)]
struct Group {
    rows: Vec<usize>,
}

pub(super) fn read(mut cells: Cells, id: usize, label: Option<usize>, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let taken: Vec<usize> = [Some(id), label].into_iter().flatten().collect();
    let time = cells.time(options, &taken)?;
    let free = |k: &usize| !taken.contains(k) && Some(*k) != time;
    let (columns, odd): (Vec<usize>, Vec<usize>) = (0..cells.names.len()).filter(free).partition(|&k| cells.is_numeric(k));
    if columns.is_empty() {
        return Err(ItemError::invalid(&cells.path, None, "no column of numbers beside id, time and label"));
    }
    let mut notes: Vec<String> = odd.iter().map(|&k| format!("column \"{}\" holds no numbers and is left out", cells.names[k])).collect();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (at, (_, row)) in cells.rows.iter().enumerate() {
        let group = *places.entry(&row[id]).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Group::default());
        }
        groups[group].rows.push(at);
    }
    if let Some(time) = time {
        sort(&cells, time, &mut groups, &mut notes);
    }
    let mut items = Vec::with_capacity(groups.len());
    for Group { rows } in &groups {
        let mut numbers = Vec::with_capacity(rows.len() * columns.len());
        for &at in rows {
            let (line, row) = &cells.rows[at];
            for &column in &columns {
                numbers.push(cells.number(*line, row, column)?);
            }
        }
        let labels: Vec<Label> = rows.iter().map(|&at| label_of(&cells, label, &cells.rows[at].1)).collect();
        items.push(RawItem { name: cells.rows[rows[0]].1[id].to_owned(), label: whole(labels), content: Content::Numbers(numbers) });
    }
    // Where one item has a label a step, all have.
    if items.iter().any(|item| matches!(item.label, Label::Each(_))) {
        for item in &mut items {
            let Content::Numbers(numbers) = &item.content else { continue };
            let steps = numbers.len() / columns.len();
            item.label = match std::mem::replace(&mut item.label, Label::None) {
                Label::One(label) => Label::Each(vec![Some(label); steps]),
                Label::None => Label::Each(vec![None; steps]),
                each => each,
            };
        }
    }
    let channels = columns.iter().map(|&k| cells.names[k].clone()).collect();
    Ok(ItemSet { path: cells.path, form: Form::Long, channels, items, guesses: cells.guesses, notes })
}

/// One label where all steps have the same, else one a step.
fn whole(labels: Vec<Label>) -> Label {
    if labels.windows(2).all(|pair| pair[0] == pair[1]) {
        return labels.into_iter().next().unwrap_or(Label::None);
    }
    let each = labels.into_iter().map(|label| match label {
        Label::One(text) => Some(text),
        _ => None,
    });
    Label::Each(each.collect())
}

/// Puts the rows of each item in order of time, where times are numbers; else the file's order stays.
fn sort(cells: &Cells, time: usize, groups: &mut [Group], notes: &mut Vec<String>) {
    if !cells.is_numeric(time) {
        return;
    }
    let at = |row: &usize| cells.rows[*row].1[time].parse::<f64>().unwrap_or(f64::NAN);
    let mut moved = 0;
    for Group { rows } in groups {
        if !rows.is_sorted_by(|a, b| at(a).total_cmp(&at(b)).is_le()) {
            rows.sort_by(|a, b| at(a).total_cmp(&at(b)));
            moved += 1;
        }
    }
    if moved > 0 {
        notes.push(format!("the rows of {moved} items were not in order of \"{}\" and were sorted", cells.names[time]));
    }
}
