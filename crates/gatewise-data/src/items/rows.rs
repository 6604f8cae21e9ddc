//! One sequence a row: every column beside the label is a step, or a channel of one.

use super::columns::Cells;
use super::error::ItemError;
use super::options::{ItemOptions, OnError};
use super::table::label_of;
use super::{Content, Form, ItemSet, RawItem};

pub(super) fn read(mut cells: Cells, columns: &[usize], label: Option<usize>, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let channels = options.channels.unwrap_or(1);
    if !columns.len().is_multiple_of(channels) {
        return Err(ItemError::usage(
            format!("{}: {} columns do not share out among {channels} channels", cells.path, columns.len()),
            "give a --channels that divides them; --label-column takes the column of the labels out",
        ));
    }
    if options.channels.is_none() {
        let guess = crate::dataset::Guess { what: "channels".to_owned(), value: "1".to_owned(), flag: "--channels".to_owned() };
        cells.guesses.push(guess);
    }
    let (mut items, mut notes) = (Vec::with_capacity(cells.rows.len()), Vec::new());
    for (line, row) in &cells.rows {
        let read = columns.iter().map(|&k| cells.number(*line, row, k)).collect::<Result<Vec<f32>, _>>();
        let fault = match read {
            Ok(mut numbers) => {
                // A shorter sequence leaves its last fields empty.
                let used = numbers.iter().rposition(|v| !v.is_nan()).map_or(0, |last| last + 1);
                numbers.truncate(used.next_multiple_of(channels));
                if used > 0 {
                    items.push(RawItem {
                        name: format!("line {line}"),
                        label: label_of(&cells, label, row),
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
    let channels = (1..=channels).map(|k| k.to_string()).collect();
    Ok(ItemSet { path: cells.path, form: Form::Rows, channels, items, guesses: cells.guesses, notes })
}
