//! From a table on disk to the series of a forecast.

use std::path::Path;

use gatewise::task::forecast::Table;

pub use gatewise::task::forecast::DataSpec;
use gatewise_data::{Dataset, ReadOptions, Series, read_table};

use crate::cli_error::CliError;
use crate::console::{Console, brief};

/// Characters of the names of columns that are said.
const SHOWN: usize = 400;

/// Reads a table and says what was found.
pub fn read(path: &Path, options: &ReadOptions, console: Console) -> Result<Dataset, CliError> {
    let dataset = read_table(path, options)?;
    let shortest = dataset.series.iter().map(Series::len).min().unwrap_or(0);
    let longest = dataset.series.iter().map(Series::len).max().unwrap_or(0);
    let rows = if shortest == longest { format!("{longest} rows") } else { format!("{shortest} to {longest} rows") };
    let targets = dataset.channels[..dataset.targets].join(", ");
    let targets = brief(&targets, SHOWN);
    console.info(format!("{}: {} series of {rows}, {}; forecasts {targets}", dataset.path, dataset.series.len(), dataset.frequency));
    console.findings(&dataset.path, &dataset.findings);
    Ok(dataset)
}

/// The series, borrowed.
pub fn table(dataset: &Dataset) -> Table<'_> {
    Table::of(dataset)
}
