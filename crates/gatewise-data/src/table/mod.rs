//! From a file to a [`Dataset`], one step a module.

mod candidate;
mod clock_change;
mod closed;
mod column;
mod combine;
mod delimiter;
mod grid;
mod group;
mod header;
mod number;
mod regular;
mod roles;
mod snap;
mod source;
mod step;
mod targets;
mod time_role;
mod values;

use std::collections::HashMap;
use std::path::Path;

pub(crate) use column::Column;
pub(crate) use delimiter::find as find_delimiter;
pub(crate) use grid::{Grid, Lines};
pub(crate) use number::{Cell, CommaEvidence, NumberStyle, comma_evidence};
pub(crate) use source::{name as source_name, read_bytes};

use crate::dataset::{Dataset, Guess, Layout, Series};
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::frequency::Frequency;
use crate::options::ReadOptions;
use crate::time::{Time, TimeFormat, read_parts, read_times};
use group::Rows;
use regular::Gridder;
pub(crate) use roles::is_series_id;
use roles::{Roles, Table};
use time_role::TimeRole;

/// The text of a table's bytes.
pub(crate) fn text_of(path: &str, bytes: Vec<u8>) -> Result<String, DataError> {
    source::decode(bytes).map_err(|finding| DataError::Invalid { path: path.to_owned(), finding: Box::new(finding), more: 0 })
}

/// Reads a table of one or many series; `-` is standard input.
///
/// # Errors
/// The first error of the file by line, with the count of those that follow; see [`DataError`].
pub fn read_table(path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    let name = source::name(path);
    let mut findings = Findings::default();
    let built = build(path, &name, options, &mut findings);
    let errors = findings.errors();
    let findings = findings.finish();
    let first = findings.iter().find(|f| f.severity == Severity::Error);
    match (built, first) {
        (Ok(dataset), None) => Ok(Dataset { findings, ..dataset }),
        (Err(error @ (DataError::Io { .. } | DataError::Usage { .. })), _) => Err(error),
        (Err(error @ DataError::UnknownColumn { .. }), _) | (Err(error), None) => Err(error),
        (built, Some(first)) => {
            Err(DataError::Invalid { path: name, finding: Box::new(first.clone()), more: errors - 1 + usize::from(built.is_err()) })
        }
    }
}

/// Reads a table as [`read_table`] does and lists all that is found, the first few of each kind
/// and the count of the rest. The dataset is there where one could be made of the file; with errors
/// among the findings it holds NaN and missing steps and is only good to be described.
///
/// # Errors
/// Files that cannot be read, and options that do not fit the table.
pub fn inspect_table(path: &Path, options: &ReadOptions) -> Result<(Option<Dataset>, Vec<Finding>), DataError> {
    let mut findings = Findings::default();
    match build(path, &source::name(path), options, &mut findings) {
        Ok(dataset) => {
            let findings = findings.finish();
            let dataset = Dataset { findings: findings.clone(), ..dataset };
            Ok((Some(dataset), findings))
        }
        Err(DataError::Invalid { finding, .. }) => {
            findings.push(*finding);
            Ok((None, findings.finish()))
        }
        Err(error) => Err(error),
    }
}

fn build(path: &Path, name: &str, options: &ReadOptions, findings: &mut Findings) -> Result<Dataset, DataError> {
    let stop = |finding: Finding| DataError::Invalid { path: name.to_owned(), finding: Box::new(finding), more: 0 };
    let mut guesses = Vec::new();
    let text = source::decode(source::read_bytes(path)?).map_err(stop)?;
    let delimiter = settle_delimiter(&text, options, &mut guesses);
    let mut grid = Grid::parse(&text, delimiter, findings).map_err(stop)?;
    if grid.rows() == 0 {
        let finding = Finding::error(FindingKind::Empty, "the file is empty");
        return Err(stop(finding.help("give a table with a header and rows")));
    }
    let mut style = NumberStyle::new(&options.na);
    style.decimal_comma = values::has_decimal_comma(&grid, delimiter, findings);
    let names = header::take(&mut grid, &style, findings);
    if grid.rows() == 0 {
        let finding = Finding::error(FindingKind::NoRows, "a header and no rows under it");
        return Err(stop(finding.line(1).help("add rows, one for each time")));
    }
    let plain = matches!(options.freq.as_deref().map(str::parse), Some(Ok(Frequency::Steps(_))));
    let table = Table { path: name, grid: &grid, names: &names, style: &style, plain };
    let roles = table.roles(options, findings, &mut guesses)?;
    if roles.targets.is_empty() {
        let finding = Finding::error(FindingKind::NoNumbers, "no column of numbers to learn");
        return Err(stop(finding.help("name one with --target, or the time column with --time")));
    }
    assemble(&table, &roles, options, guesses, findings).map_err(|halt| match halt {
        Halt::Invalid(finding) => stop(finding),
        Halt::Usage(error) => error,
    })
}

/// Why there is no dataset: the file, or the options.
enum Halt {
    Invalid(Finding),
    Usage(DataError),
}

impl From<Finding> for Halt {
    fn from(finding: Finding) -> Self {
        Halt::Invalid(finding)
    }
}

fn settle_delimiter(text: &str, options: &ReadOptions, guesses: &mut Vec<Guess>) -> u8 {
    if let Some(delimiter) = options.delimiter {
        return delimiter;
    }
    let delimiter = delimiter::find(text);
    if delimiter != b',' {
        guesses.push(Guess {
            what: "delimiter".to_owned(),
            value: match delimiter {
                b'\t' => "tab".to_owned(),
                other => char::from(other).to_string(),
            },
            flag: "--delimiter".to_owned(),
        });
    }
    delimiter
}

fn assemble(
    table: &Table<'_>,
    roles: &Roles,
    options: &ReadOptions,
    mut guesses: Vec<Guess>,
    findings: &mut Findings,
) -> Result<Dataset, Halt> {
    let (time_format, times) = read_time(table, roles, &mut guesses, findings)?;
    let channels: Vec<usize> = roles.targets.iter().chain(&roles.covariates).copied().collect();
    let columns: Vec<Column<'_>> = channels.iter().map(|c| table.column(*c)).collect();
    let names: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
    let values = values::read(&columns, options.impute, findings);
    let time_columns = table.time_columns(&roles.time);
    let time_column = (!time_columns.is_empty()).then(|| table.list(&time_columns));
    let mut rows = Rows {
        times: &times,
        format: &time_format,
        values,
        channels: channels.len(),
        line: &|row| table.grid.line(row),
        time_name: time_column.as_deref(),
        find_id: &|| candidate::find(table, &time_columns, &times),
    };
    let mut groups = group::by_series(&rows, roles.id.map(|c| table.column(c)), findings);
    combine::settle(&mut groups, &mut rows, options, findings)?;
    let frequency = step::settle(&mut groups, &rows, options.freq.as_deref(), &mut guesses, findings)?;
    let mut gridder = Gridder::new(&rows, &names, frequency, options);
    let series: Vec<Series> = groups.iter().filter_map(|group| gridder.lay(group, findings)).collect();
    if series.is_empty() {
        return Err(no_series(&columns).into());
    }
    report_filled(&gridder, findings);
    Ok(Dataset {
        path: table.path.to_owned(),
        layout: if roles.id.is_some() { Layout::Long } else { Layout::Wide },
        channels: names,
        targets: roles.targets.len(),
        id_column: roles.id.map(|c| table.names[c].clone()),
        time_column,
        time_format,
        series,
        frequency,
        findings: Vec::new(),
        guesses,
    })
}

fn no_series(columns: &[Column<'_>]) -> Finding {
    let kind = FindingKind::Missing;
    match columns.iter().find(|column| column.present().next().is_none()) {
        Some(column) => Finding::error(kind, "every cell is missing").column(column.name),
        None => Finding::error(kind, "no row has a value in every column that is read"),
    }
    .help("name other columns with --target")
}

fn report_filled(gridder: &Gridder<'_>, findings: &mut Findings) {
    for (name, &count) in gridder.channels.iter().zip(&gridder.filled) {
        if count > 0 {
            let values = if count == 1 { "value" } else { "values" };
            let message = format!("{count} missing {values} filled in ({})", gridder.impute);
            findings.push(Finding::note(FindingKind::Imputed, message).column(name));
        }
    }
}

fn read_time(
    table: &Table<'_>,
    roles: &Roles,
    guesses: &mut Vec<Guess>,
    findings: &mut Findings,
) -> Result<(TimeFormat, Vec<Option<Time>>), Finding> {
    let times = match &roles.time {
        TimeRole::Rows => {
            let id = roles.id.map(|c| table.column(c));
            return Ok((TimeFormat::Row, count_rows(table.grid.rows(), id)));
        }
        TimeRole::Column(column, hint) => read_times(&table.column(*column), hint.as_ref(), table.plain, findings)?,
        TimeRole::Joined(columns, joint, hint) => {
            let text = |row: usize| joint.text(&columns.iter().map(|c| table.grid.cell(row, *c)).collect::<Vec<_>>());
            let joined = Grid::of_column((0..table.grid.rows()).map(|row| (table.grid.line(row), text(row))));
            let name = table.list(columns);
            read_times(&table.column(columns[0]).over(&joined, &name), hint.as_ref(), table.plain, findings)?
        }
        TimeRole::Parts(parts) => read_parts(&parts.map(|c| table.column(c)), findings),
    };
    guesses.extend(times.guess);
    Ok((times.format, times.times))
}

/// Rows counted from 1, in each series by itself.
fn count_rows(rows: usize, id: Option<Column<'_>>) -> Vec<Option<Time>> {
    let mut counts: HashMap<&str, i64> = HashMap::new();
    (0..rows)
        .map(|row| {
            let count = counts.entry(id.map_or("", |id| id.cell(row))).or_default();
            *count += 1;
            Some(Time::Index(*count))
        })
        .collect()
}
