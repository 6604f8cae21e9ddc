//! From a file to a [`Dataset`], one step a module.

mod calendar;
mod candidate;
mod clock_change;
mod closed;
mod combine;
mod delimiter;
mod foot;
mod forms;
mod frame;
mod group;
mod known;
mod laid;
mod melt;
mod numbering;
mod ods;
mod plan;
mod preamble;
mod regular;
mod roles;
mod sheet;
mod sheet_size;
mod snap;
mod source;
mod step;
mod targets;
mod time_role;
mod values;

use std::collections::HashMap;
use std::path::Path;

pub use calendar::read_events;
pub(crate) use delimiter::find as find_delimiter;

use crate::bytes;
use crate::choice::Choice;
use crate::columns::Columns;
use crate::dataset::{Dataset, Layout, Series};
use crate::error::DataError;
use crate::files::{self, Opened};
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::frequency::Frequency;
use crate::grid::{Column, Grid, Joined, NumberStyle};
use crate::options::{Impute, ReadOptions};
use crate::time::{Time, TimeFormat, read_parts, read_times};
use forms::Hint;
use group::{Group, Rows};
use known::Known;
use laid::Laid;
use regular::Gridder;
use roles::{Roles, Table};
use time_role::TimeRole;

/// The text of a table's bytes.
pub(crate) fn text_of(path: &str, bytes: Vec<u8>) -> Result<String, DataError> {
    files::text(path, bytes, source::decode)
}

/// Reads a table of one or many series; `-` is standard input. It may be delimited text, a spreadsheet, lines of JSON, Parquet or Arrow, and packed with gzip
/// or zstd: that is known by how the file begins.
///
/// # Errors
/// The first error of the file by line, with the count of those that follow; see [`DataError`].
pub fn read_table(path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    whole(bytes::name(path), Source::File(path), options)
}

/// Makes series of columns that another reader has, as [`read_table`] does of a file: the same roles, settings and findings. `name` stands for the file in
/// messages, whose lines count the names of the columns as the first.
///
/// # Errors
/// Columns of different lengths, and those of [`read_table`].
pub fn read_columns(name: &str, columns: &Columns, options: &ReadOptions) -> Result<Dataset, DataError> {
    columns.check(name)?;
    whole(name.to_owned(), Source::Columns(columns), options)
}

/// Where cells come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    File(&'a Path),
    Columns(&'a Columns),
}

fn whole(name: String, source: Source<'_>, options: &ReadOptions) -> Result<Dataset, DataError> {
    let mut findings = Findings::default();
    let built = build(source, &name, options, &mut findings);
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
    match build(Source::File(path), &bytes::name(path), options, &mut findings) {
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

/// Most columns of a table. A file of more is mostly one whose lines are not parted.
const MOST_COLUMNS: usize = 1 << 20;

fn build(source: Source<'_>, name: &str, options: &ReadOptions, findings: &mut Findings) -> Result<Dataset, DataError> {
    let stop = |finding: Finding| DataError::Invalid { path: name.to_owned(), finding: Box::new(finding), more: 0 };
    let mut guesses = Vec::new();
    let (mut grid, delimiter, named) = split(source, options, &mut guesses, findings).map_err(|halt| match halt {
        Halt::Invalid(finding) => stop(finding),
        Halt::Usage(error) => error,
    })?;
    if grid.rows() == 0 {
        let finding = Finding::error(FindingKind::Empty, "the file is empty");
        return Err(stop(finding.help("give a table with a header and rows")));
    }
    let columns = grid.common_width();
    if columns > MOST_COLUMNS {
        let finding = Finding::error(FindingKind::TooWide, format!("{columns} columns; a table may have {MOST_COLUMNS}"));
        let help = "a column is a series: write a long table with an id, or a row for each value; or is it the wrong ⦃delimiter⦄?";
        return Err(stop(finding.line(grid.line(0)).help(help)));
    }
    let style = NumberStyle::new(&options.na);
    let names = frame::settle(&mut grid, &style, named, findings);
    if grid.rows() == 0 {
        let finding = Finding::error(FindingKind::NoRows, "a header and no rows under it");
        return Err(stop(finding.line(1).help("add rows, one for each time")));
    }
    let mut cells = plan::Cells { grid, names, delimiter };
    let planned;
    let options = match &options.future_file {
        None => options,
        Some(path) => {
            let future;
            (cells, future) = plan::join(name, cells, path, options, &style, findings)?;
            planned = ReadOptions { future, ..options.clone() };
            &planned
        }
    };
    let plan::Cells { mut grid, names, delimiter } = cells;
    let names = melt::take_apart(name, &mut grid, names, &style, options, &mut guesses, findings)?;
    // The series of a table with times as columns have their names.
    let melted = ReadOptions { id: names.first().cloned(), ..options.clone() };
    let options = if grid.is_melted() { &melted } else { options };
    let hint = Hint::of(&grid, options.decimal, delimiter);
    let plain = matches!(options.freq.as_deref().map(str::parse), Some(Ok(Frequency::Steps(_))));
    let table = Table { path: name, grid: &grid, names: &names, style: &style, plain };
    let roles = table.roles(options, findings, &mut guesses)?;
    if roles.targets.is_empty() {
        let finding = Finding::error(FindingKind::NoNumbers, "no column of numbers to learn");
        return Err(stop(finding.help("name one with ⦃target⦄, or the time column with ⦃time⦄")));
    }
    let mut dataset = assemble(&table, roles, options, hint, guesses, findings).map_err(|halt| match halt {
        Halt::Invalid(finding) => stop(finding),
        Halt::Usage(error) => error,
    })?;
    calendar::add(&mut dataset, options)?;
    Ok(dataset)
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

/// The cells of a file, what parts them, and whether the first row is known to be a header.
fn split(source: Source<'_>, options: &ReadOptions, guesses: &mut Vec<Choice>, findings: &mut Findings) -> Result<(Grid, u8, bool), Halt> {
    let path = match source {
        Source::File(path) => path,
        Source::Columns(columns) => return Ok((columns.grid(1), Columns::DELIMITER, true)),
    };
    let bytes = match files::open(bytes::read(path).map_err(Halt::Usage)?)? {
        Opened::Bytes(bytes) => bytes,
        Opened::Columns(typed) => {
            let first = u64::from(!typed.unheaded);
            let (columns, notes) = typed.settle(options.columns())?;
            notes.into_iter().for_each(|note| findings.push(note));
            return Ok((columns.grid(first), Columns::DELIMITER, true));
        }
    };
    if sheet::is_sheet(&bytes) {
        let (text, line) = sheet::read(bytes, options.sheet.as_deref(), guesses, findings)?;
        return Ok((Grid::parse(text, sheet::DELIMITER, line), sheet::DELIMITER, false));
    }
    let mut text = source::decode_any(bytes, options.encoding.as_deref(), guesses, findings)?;
    let before = preamble::find(&text, findings);
    text.drain(..before.bytes);
    let delimiter = match before.delimiter {
        Some(delimiter) if options.delimiter.is_none() => delimiter,
        _ => settle_delimiter(&text, options, guesses),
    };
    Ok((Grid::parse(text, delimiter, before.line), delimiter, before.named))
}

fn settle_delimiter(text: &str, options: &ReadOptions, guesses: &mut Vec<Choice>) -> u8 {
    if let Some(delimiter) = options.delimiter {
        return delimiter;
    }
    let delimiter = delimiter::find(text);
    if delimiter != b',' {
        guesses.push(Choice {
            what: "delimiter".to_owned(),
            value: match delimiter {
                b'\t' => "tab".to_owned(),
                other => char::from(other).to_string(),
            },
            flag: "⦃delimiter⦄".to_owned(),
        });
    }
    delimiter
}

fn assemble(
    table: &Table<'_>,
    mut roles: Roles,
    options: &ReadOptions,
    hint: Hint,
    mut guesses: Vec<Choice>,
    findings: &mut Findings,
) -> Result<Dataset, Halt> {
    let (time_format, mut times) = read_time(table, &roles, &mut guesses, findings)?;
    let time_columns = table.time_columns(&roles.time);
    let taken = |columns: &[&[usize]]| [&[&time_columns[..]], columns].concat().concat();
    let one_series = options.duplicates.is_some() || options.aggregate.is_some();
    if roles.ids.is_empty() && !one_series && !time_columns.is_empty() && candidate::times_repeat(&times) {
        let given = if options.target.is_empty() { &[][..] } else { &roles.targets[..] };
        if let Some(found) = candidate::find(table, &taken(&[given, &roles.covariates, &roles.known]), &times).filter(|found| found.sure) {
            roles = table.roles_by_id(options, &roles, found.columns, &mut guesses, findings);
        }
        if roles.targets.is_empty() {
            let finding = Finding::error(FindingKind::NoNumbers, "no column of numbers to learn");
            return Err(finding.help("name one with ⦃target⦄, or the column of the series with ⦃id⦄").into());
        }
    }
    let parts: Vec<Column<'_>> = roles.ids.iter().map(|c| table.column(*c)).collect();
    let joined = Joined::of(if parts.len() > 1 { &parts } else { &[] });
    let id_name = table.list(&roles.ids);
    let id = table.id_column(&roles.ids, &joined, &id_name);
    let channels: Vec<usize> = roles.targets.iter().chain(&roles.covariates).copied().collect();
    let columns: Vec<Column<'_>> = channels.iter().map(|c| table.column(*c)).collect();
    let names: Vec<String> = columns.iter().map(|column| column.name.to_owned()).collect();
    let mut values = values::read(&columns, hint, options.impute, findings);
    let known: Vec<Column<'_>> = roles.known.iter().map(|c| table.column(*c)).collect();
    let known = Known::read(&known, hint, options, findings);
    known.stand_behind(&mut values, channels.len());
    let all_names: Vec<String> = names.iter().chain(&known.names).cloned().collect();
    let unread: Vec<Column<'_>> =
        table.all().filter(|c| !taken(&[&channels, &roles.known, &roles.ids]).contains(c)).map(|c| table.column(c)).collect();
    let time_column = (!time_columns.is_empty()).then(|| table.list(&time_columns));
    let whole = if id.is_none() && options.aggregate.is_none() { Group::whole(&mut times) } else { None };
    let mut rows = Rows {
        times: &times,
        format: &time_format,
        values,
        channels: all_names.len(),
        line: &|row| table.grid.line(row),
        time_name: time_column.as_deref(),
        find_id: &|| candidate::find(table, &taken(&[&channels]), &times).map(|found| table.list(&found.columns)),
    };
    let is_whole = whole.is_some();
    let mut groups = match whole {
        // No two rows share a time.
        Some(whole) => vec![whole],
        None => {
            let mut groups = group::by_series(&rows, id, findings);
            combine::settle(&mut groups, &mut rows, options, findings)?;
            groups
        }
    };
    let frequency = step::settle(&mut groups, &rows, options.freq.as_deref(), &mut guesses, findings)?;
    let laid = if is_whole { Laid::take(&mut groups, &mut rows, frequency) } else { None };
    let mut gridder = Gridder::new(&rows, &all_names, (roles.targets.len(), known.names.len()), &unread, frequency, options);
    let series: Vec<Series> = match laid {
        Some(laid) => gridder.finish(laid, findings).into_iter().collect(),
        None => groups.iter().filter_map(|group| gridder.lay(group, findings)).collect(),
    };
    if series.is_empty() {
        return Err(no_series(&columns).into());
    }
    report_filled(&gridder, findings);
    Ok(Dataset {
        path: table.path.to_owned(),
        layout: if id.is_some() { Layout::Long } else { Layout::Wide },
        channels: names,
        targets: roles.targets.len(),
        future: options.future.clone(),
        known: known.names,
        levels: known.levels,
        events: Vec::new(),
        calendar: Vec::new(),
        id_column: id.map(|id| id.name.to_owned()),
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
    .help("name other columns with ⦃target⦄")
}

fn report_filled(gridder: &Gridder<'_>, findings: &mut Findings) {
    for (name, &count) in gridder.channels.iter().zip(&gridder.filled) {
        if count > 0 {
            let values = if count == 1 { "value" } else { "values" };
            let finding = if gridder.impute == Impute::Mask {
                let are = if count == 1 { "is" } else { "are" };
                Finding::note(
                    FindingKind::Imputed,
                    format!("{count} {values} {are} missing: taken as unknown, and no forecast is held against them"),
                )
                .help("⦃impute⦄ linear (or forward, zero) fills them in, ⦃impute⦄ refuse names their places")
            } else {
                Finding::note(FindingKind::Imputed, format!("{count} missing {values} filled in ({})", gridder.impute))
            };
            findings.push(finding.column(name));
        }
    }
}

fn read_time(
    table: &Table<'_>,
    roles: &Roles,
    guesses: &mut Vec<Choice>,
    findings: &mut Findings,
) -> Result<(TimeFormat, Vec<Option<Time>>), Finding> {
    let times = match &roles.time {
        TimeRole::Rows => {
            let ids: Vec<Column<'_>> = roles.ids.iter().map(|c| table.column(*c)).collect();
            return Ok((TimeFormat::Row, count_rows(table.grid.rows(), &ids)));
        }
        TimeRole::Column(column, hint) => read_times(&table.column(*column), hint.as_ref(), table.plain, findings)?,
        TimeRole::Joined(columns, joint, hint) => {
            let text = |row: usize| joint.text(&columns.iter().map(|c| table.grid.cell(row, *c)).collect::<Vec<_>>());
            let joined = Joined::of_texts((0..table.grid.rows()).map(text));
            let name = table.list(columns);
            read_times(&table.column(columns[0]).joined(&joined, &name), hint.as_ref(), table.plain, findings)?
        }
        TimeRole::Parts(parts) => read_parts(&parts.map(|c| table.column(c)), findings),
    };
    guesses.extend(times.guess);
    Ok((times.format, times.times))
}

/// Rows counted from 1, in each series by itself.
fn count_rows(rows: usize, ids: &[Column<'_>]) -> Vec<Option<Time>> {
    if ids.is_empty() {
        return (1..).take(rows).map(|count| Some(Time::Index(count))).collect();
    }
    let mut counts: HashMap<Vec<&str>, i64> = HashMap::new();
    (0..rows)
        .map(|row| {
            let count = counts.entry(ids.iter().map(|id| id.cell(row)).collect()).or_default();
            *count += 1;
            Some(Time::Index(*count))
        })
        .collect()
}
