//! Features where the user wants them.

use std::path::Path;
use std::process::ExitCode;

pub use gatewise_report::features::pooled;

use gatewise_report::features::{Row, Table, columns, told};

use crate::args::FeaturesArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::run_folder::deliver;
use crate::table_file;

/// Whether the table becomes an array, by the name of its file.
pub fn is_npy(output: Option<&Path>) -> bool {
    output.and_then(Path::extension).is_some_and(|extension| extension == "npy")
}

/// Refuses a table on a standard output that carries events.
pub fn check(args: &FeaturesArgs, console: Console) -> Result<(), CliError> {
    if console.json() && args.given.output.is_none() {
        return Err(CliError::usage("features are a table, not events").help("leave --json out, or write to a file with -o"));
    }
    Ok(())
}

/// Writes a table that is held whole where the user wants it.
pub fn write(names: &[&str], what: Option<&str>, rows: &[Row], args: &FeaturesArgs, console: Console) -> anyhow::Result<ExitCode> {
    let (width, output) = (rows.first().map_or(0, |row| row.values.len()), args.given.output.as_deref());
    let mut table = Table::new(Vec::new(), is_npy(output), &columns(names, args.pool, what), rows.len(), width)?;
    for row in rows {
        table.row(&row.names, &row.values)?;
    }
    deliver(table.finish()?, output, &table_file::usual(), &told(rows.len(), width), console)?;
    Ok(ExitCode::SUCCESS)
}
