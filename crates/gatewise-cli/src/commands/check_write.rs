//! `gatewise check --write`: the table as it was understood, in a new file.

use std::path::Path;

use gatewise_data::{Dataset, ReadOptions, TableForm, TableNames, read_table};
use serde_json::json;

use crate::cli_error::CliError;
use crate::console::Console;
use crate::table_file::TableFile;

/// Refuses the table's own file, whatever it is called.
pub fn refuse_input(data: &Path, out: &Path) -> Result<(), CliError> {
    let same = data == out || matches!((data.canonicalize(), out.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if same {
        let failure = CliError::usage(format!("--write {}: this is the table itself", out.display()));
        return Err(failure.help("name another file; the table is never written over"));
    }
    Ok(())
}

/// Writes the table, reads it again, and says what has changed.
pub fn write(dataset: &Dataset, out: &Path, console: Console) -> anyhow::Result<()> {
    let mut file = TableFile::create(out)?;
    let mut changes = dataset.write_plain(&mut file)?;
    let texts: Vec<&str> = dataset.id_column.iter().map(String::as_str).chain(["unique_id"]).collect();
    let form = TableForm::of(out)?;
    file.finish(&TableNames { texts: &texts, ..TableNames::default() })?;
    let filled: usize = dataset.series.iter().map(|series| series.imputed.len()).sum();
    if filled > 0 {
        changes.push(format!("{filled} rows hold values that were filled in"));
    }
    changes.push(match form.is_plain() {
        true => "dates in ISO form, numbers with a point, UTF-8, commas between fields".to_owned(),
        false => "times as timestamps or in ISO form, numbers of 64 bits, UTF-8".to_owned(),
    });
    let flags = flags_for(dataset, out);
    let shown = out.display().to_string();
    console.event(&json!({"event": "written", "path": shown, "rows": dataset.rows(), "changes": changes, "flags": flags}));
    if !console.json() {
        let mut text = format!("written      {shown}: {} rows, as described above\n", dataset.rows());
        changes.iter().for_each(|change| text += &format!("changed      {change}\n"));
        text += &match flags {
            None => "reads as     the same table, unasked\n".to_owned(),
            Some(flags) => format!("reads as     the same table with {flags}\n"),
        };
        console.print(&text)?;
    }
    Ok(())
}

/// What the new file has to be read with to be the same table.
fn flags_for(dataset: &Dataset, out: &Path) -> Option<String> {
    let again = read_table(out, &ReadOptions::default());
    let same = |again: &Dataset| {
        again.series == dataset.series.iter().map(|s| gatewise_data::Series { imputed: Vec::new(), ..s.clone() }).collect::<Vec<_>>()
            && again.targets == dataset.targets
            && again.frequency == dataset.frequency
    };
    if again.is_ok_and(|again| same(&again)) {
        return None;
    }
    let (targets, covariates) = dataset.channels.split_at(dataset.targets);
    let mut flags = format!("--target {}", targets.join(","));
    if !covariates.is_empty() {
        flags += &format!(" --covariates {}", covariates.join(","));
    }
    Some(format!("{flags} --freq {}", dataset.frequency.code()))
}
