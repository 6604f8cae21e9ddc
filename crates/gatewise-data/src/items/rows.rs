//! One sequence a row: every column beside the label is a step, or a channel of one.

use super::columns::Cells;
use super::error::ItemError;
use super::options::{ItemOptions, OnError};
use super::table::label_of;
use super::{Content, Form, ItemSet, Known, RawItem};

/// Columns of a row that are no step of its sequence.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside {
    pub label: Option<usize>,
    /// Names the rows.
    pub name: Option<usize>,
    pub group: Option<usize>,
}

pub(super) fn read(
    mut cells: Cells,
    columns: &[usize],
    beside: Beside,
    mut notes: Vec<String>,
    options: &ItemOptions,
) -> Result<ItemSet, ItemError> {
    let Beside { label, name, group } = beside;
    let channels = options.channels.unwrap_or(1);
    let known = options.known.as_ref().filter(|known| known.is(Form::Rows) && known.header && cells.header);
    let matched = known.and_then(|known| steps(&cells, columns, known, &mut notes)).transpose()?;
    let columns = matched.as_deref().unwrap_or(columns);
    if !columns.len().is_multiple_of(channels) {
        return Err(ItemError::usage(
            format!("{}: {} columns do not share out among {channels} channels", cells.path, columns.len()),
            "give a ⦃channels⦄ that divides them; ⦃label-column⦄ takes the column of the labels out",
        ));
    }
    if options.channels.is_none() {
        let guess = crate::choice::Choice { what: "channels".to_owned(), value: "1".to_owned(), flag: "⦃channels⦄".to_owned() };
        cells.guesses.push(guess);
    }
    let mut items = Vec::with_capacity(cells.rows.len());
    for (line, row) in &cells.rows {
        let read = columns.iter().map(|&k| cells.number(*line, row, k)).collect::<Result<Vec<f64>, _>>();
        let fault = match read {
            Ok(mut numbers) => {
                // A shorter sequence leaves its last fields empty.
                let used = numbers.iter().rposition(|v| !v.is_nan()).map_or(0, |last| last + 1);
                numbers.truncate(used.next_multiple_of(channels));
                if used > 0 {
                    items.push(RawItem {
                        name: name.map_or_else(|| format!("line {line}"), |k| row[k].to_owned()),
                        label: label_of(&cells, label, row),
                        group: group.map(|k| row[k].to_owned()),
                        content: Content::Numbers(numbers),
                    });
                    continue;
                }
                ItemError::invalid(&cells.path, *line, "a sequence without a number")
            }
            Err(error) => error,
        };
        if options.on_error == OnError::Refuse {
            return Err(fault);
        }
        notes.push(format!("{fault}; left out"));
    }
    let named = |k: Option<usize>| k.filter(|_| cells.header).map(|k| cells.names[k].clone());
    let known = Known {
        form: Some(Form::Rows),
        header: cells.header,
        label: named(label.filter(|_| cells.targets.is_empty())),
        targets: cells.target_names(),
        id: named(name),
        group: named(group),
        columns: if cells.header { columns.iter().map(|&k| cells.names[k].clone()).collect() } else { Vec::new() },
        ..Known::default()
    };
    let channels = (1..=channels).map(|k| k.to_string()).collect();
    Ok(ItemSet { path: cells.path, form: Form::Rows, channels, known, items, guesses: cells.guesses, notes })
}

/// The model's steps in the model's order, then further ones that are numbered on; none where the tables share no name.
fn steps(cells: &Cells, columns: &[usize], known: &Known, notes: &mut Vec<String>) -> Option<Result<Vec<usize>, ItemError>> {
    let place = |name: &String| columns.iter().copied().find(|&k| cells.names[k] == *name);
    let found: Vec<Option<usize>> = known.columns.iter().map(place).collect();
    let Some(last) = found.iter().rposition(Option::is_some) else {
        notes.push(format!(
            "no column has a name of the model's ({} and on): columns are read as they stand",
            known.columns.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
        ));
        return None;
    };
    // A shorter sequence lacks its last steps, and no other.
    if let Some(gap) = found[..last].iter().position(Option::is_none) {
        let problem = format!("no column \"{}\", which the model reads before \"{}\"", known.columns[gap], known.columns[last]);
        return Some(Err(
            ItemError::invalid(&cells.path, None, problem).remedy("rename the columns as the model's, or train on this table")
        ));
    }
    let mut chosen: Vec<usize> = found.into_iter().flatten().collect();
    if !chosen.is_sorted() {
        notes.push("columns are matched by name, in the model's order".to_owned());
    }
    let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let counted = |name: &str| stem(name).len() < name.len();
    let rest: Vec<usize> = columns.iter().copied().filter(|k| !chosen.contains(k)).collect();
    let model = known.columns.last().map(|name| stem(name));
    let whole = chosen.len() == known.columns.len();
    let (further, extra): (Vec<usize>, Vec<usize>) =
        rest.into_iter().partition(|&k| whole && counted(&cells.names[k]) && Some(stem(&cells.names[k])) == model);
    if !extra.is_empty() {
        let names: Vec<&str> = extra.iter().map(|&k| cells.names[k].as_str()).collect();
        notes.push(format!("the model knows no column {}: left out", names.join(", ")));
    }
    chosen.extend(further);
    Some(Ok(chosen))
}
