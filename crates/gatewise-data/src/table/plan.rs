//! A plan in a file of its own: columns of the rows to come, put beside those of the table.

use std::collections::HashMap;
use std::path::Path;

use super::{Halt, Source, frame, split};
use crate::bytes;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Findings};
use crate::grid::{Grid, NumberStyle, write_cell};
use crate::options::ReadOptions;

/// A table before its roles are known.
pub(super) struct Cells {
    pub grid: Grid,
    pub names: Vec<String>,
    pub delimiter: u8,
}

/// The table `cells` of the file `name` with the columns of a plan: rows of one time (and series) become one, those of the plan alone stand behind it. Gives
/// the table and the columns that the plan knows, which are those of `⦃future⦄`, else all that the table has not.
pub(super) fn join(
    name: &str,
    cells: Cells,
    path: &Path,
    options: &ReadOptions,
    style: &NumberStyle,
    findings: &mut Findings,
) -> Result<(Cells, Vec<String>), DataError> {
    let plan_name = bytes::name(path);
    let plan = read(&plan_name, path, options, style, findings)?;
    let refuse = |message: String, help: &str| DataError::Usage { message: format!("{plan_name}: {message}"), help: help.to_owned() };
    let own = |column: &String| cells.names.contains(column);
    let is_value = |column: &&String| if options.future.is_empty() { !own(column) } else { options.future.contains(column) };
    let values: Vec<String> = plan.names.iter().filter(is_value).cloned().collect();
    if let Some(absent) = options.future.iter().find(|column| !values.contains(column)) {
        return Err(refuse(format!("no column \"{absent}\"; it has {}", plan.names.join(", ")), "name columns of the plan with ⦃future⦄"));
    }
    if values.is_empty() {
        return Err(refuse(format!("every column stands in {name} too"), "name those that are known of the rows to come with ⦃future⦄"));
    }
    let (keys, others): (Vec<&String>, Vec<&String>) =
        plan.names.iter().filter(|column| !values.contains(column)).partition(|column| own(column));
    if keys.is_empty() {
        let help = "give the time, and the series where there are several, under the names of the table";
        return Err(refuse(format!("no column of {name} says of which row a value is"), help));
    }
    if !others.is_empty() {
        let columns = others.iter().map(|column| column.as_str()).collect::<Vec<_>>().join(", ");
        findings.push(Finding::note(FindingKind::LeftOut, format!("{plan_name}: {columns} left out: ⦃future⦄ does not name them")));
    }
    let places = |names: &[String], wanted: &mut dyn Iterator<Item = &String>| -> Vec<Option<usize>> {
        wanted.map(|column| names.iter().position(|name| name == column)).collect()
    };
    let (in_table, in_plan) = (places(&cells.names, &mut keys.iter().copied()), places(&plan.names, &mut keys.iter().copied()));
    let key = |grid: &Grid, row: usize, columns: &[Option<usize>]| -> Vec<String> {
        columns.iter().map(|column| column.map_or(String::new(), |column| grid.cell_if(row, column).to_owned())).collect()
    };
    let mut rows: HashMap<Vec<String>, usize> = HashMap::new();
    for row in 0..plan.grid.rows() {
        if rows.insert(key(&plan.grid, row, &in_plan), row).is_some() {
            let finding = Finding::error(FindingKind::Duplicate, "a second row of the same time").line(plan.grid.line(row));
            return Err(DataError::Invalid { path: plan_name, finding: Box::new(finding.help("leave one of them out")), more: 0 });
        }
    }
    let names: Vec<String> = cells.names.iter().cloned().chain(values.iter().filter(|column| !own(column)).cloned()).collect();
    let from_plan = places(&plan.names, &mut names.iter().map(|name| if values.contains(name) { name } else { &NO_NAME }));
    let mut text = Vec::new();
    let mut taken = vec![false; plan.grid.rows()];
    let mut write = |row: &dyn Fn(usize) -> String| {
        for column in 0..names.len() {
            if column > 0 {
                text.push(cells.delimiter);
            }
            write_cell(&mut text, &row(column), cells.delimiter);
        }
        text.push(b'\n');
    };
    for row in 0..cells.grid.rows() {
        let planned = rows.get(&key(&cells.grid, row, &in_table)).copied();
        planned.into_iter().for_each(|planned| taken[planned] = true);
        write(&|column| {
            let cell = if column < cells.names.len() { cells.grid.cell_if(row, column) } else { "" };
            let known = || Some(plan.grid.cell_if(planned?, from_plan[column]?));
            if cell.is_empty() { known().unwrap_or_default() } else { cell }.to_owned()
        });
    }
    for row in (0..plan.grid.rows()).filter(|row| !taken[*row]) {
        write(&|column| {
            let of_key = in_table.iter().position(|place| *place == Some(column)).and_then(|k| in_plan[k]);
            of_key.or(from_plan[column]).map_or(String::new(), |column| plan.grid.cell_if(row, column).to_owned())
        });
    }
    let text = String::from_utf8(text).expect("cells are UTF-8");
    let mut grid = Grid::parse(text, cells.delimiter, cells.grid.line(0));
    grid.set_width(names.len());
    Ok((Cells { grid, names, ..cells }, values))
}

/// What no column is called.
static NO_NAME: String = String::new();

/// The plan's own cells.
fn read(name: &str, path: &Path, options: &ReadOptions, style: &NumberStyle, findings: &mut Findings) -> Result<Cells, DataError> {
    let invalid = |finding: Finding| DataError::Invalid { path: name.to_owned(), finding: Box::new(finding), more: 0 };
    let (mut grid, delimiter, named) = split(Source::File(path), options, &mut Vec::new(), findings).map_err(|halt| match halt {
        Halt::Invalid(finding) => invalid(finding),
        Halt::Usage(error) => error,
    })?;
    let empty = |grid: &Grid| grid.rows() == 0;
    if empty(&grid) {
        return Err(invalid(Finding::error(FindingKind::Empty, "the plan is empty").help("give a table with a header and rows")));
    }
    let names = frame::settle(&mut grid, style, named, findings);
    if empty(&grid) {
        return Err(invalid(
            Finding::error(FindingKind::NoRows, "a header and no rows under it").line(1).help("add rows, one for each time"),
        ));
    }
    Ok(Cells { grid, names, delimiter })
}
