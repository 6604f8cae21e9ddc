//! Dates as columns: a row a series becomes a row a time and series; a row a year of twelve months becomes a row a month.

use crate::choice::Choice;
use crate::error::DataError;
use crate::finding::{Finding, FindingKind, Findings};
use crate::grid::{Grid, JOINT, Melt, NumberStyle};
use crate::options::ReadOptions;
use crate::time::{Kind, kind_of, month_by_name};

/// Fewer columns of dates than this are taken for what they are called.
const LEAST_TIMES: usize = 3;
/// Fewer columns of plain years than this are.
const LEAST_YEARS: usize = 4;
/// Rows looked at for a column of dates.
const SAMPLE_ROWS: usize = 50;

/// The columns whose names are times, if that is what most columns are.
fn time_columns(grid: &Grid, names: &[String]) -> Vec<usize> {
    let is_date = |name: &str| kind_of("", std::iter::once(name)) == Kind::Date;
    let dates: Vec<usize> = (0..names.len()).filter(|c| is_date(&names[*c])).collect();
    let year = |c: &usize| names[*c].parse::<i32>().ok().filter(|year| names[*c].len() == 4 && (1500..=2500).contains(year));
    let years: Vec<usize> = (0..names.len()).filter(|c| year(c).is_some()).collect();
    let consecutive = years.windows(2).all(|pair| year(&pair[0]).map(|y| y + 1) == year(&pair[1]));
    let times = if dates.len() >= LEAST_TIMES {
        dates
    } else if years.len() >= LEAST_YEARS && consecutive {
        years
    } else {
        return Vec::new();
    };
    // A column of dates says that rows are times.
    let rows = grid.rows().min(SAMPLE_ROWS);
    let holds_dates = |c: usize| {
        let cells: Vec<&str> = (0..rows).map(|row| grid.cell(row, c)).filter(|cell| !cell.is_empty()).collect();
        !cells.is_empty() && kind_of("", cells.into_iter()) == Kind::Date
    };
    let others: Vec<usize> = (0..names.len()).filter(|c| times.binary_search(c).is_err()).collect();
    if others.len() > times.len() || others.into_iter().any(holds_dates) { Vec::new() } else { times }
}

/// The column of rising years and the twelve of their months.
fn months_of_years(grid: &Grid, names: &[String]) -> Option<(usize, Vec<usize>)> {
    let of = |month: i8| (0..names.len()).find(|c| month_of(&names[*c]) == Some(month));
    let months: Vec<usize> = (1..=12).map(of).collect::<Option<_>>()?;
    let is_year = |cell: &str| cell.len() == 4 && cell.parse().is_ok_and(|year: i32| (1500..=2500).contains(&year));
    let rises = |c: usize| (1..grid.rows()).all(|row| grid.cell(row - 1, c) < grid.cell(row, c));
    let years = |c: &usize| !months.contains(c) && (0..grid.rows()).all(|row| is_year(grid.cell(row, *c))) && rises(*c);
    Some(((0..names.len()).find(years)?, months))
}

/// The month that a column is called by: Jan, JANUARY, 1월.
fn month_of(name: &str) -> Option<i8> {
    let number = |text: &str| text.trim().parse().ok().filter(|month| (1..=12).contains(month));
    month_by_name(name.trim_end_matches('.')).or_else(|| name.strip_suffix('월').and_then(number))
}

/// The columns that name the series: those given, else the first text column without a repeated text, else as many as it takes.
fn id_columns(grid: &Grid, names: &[String], style: &NumberStyle, others: &[usize]) -> Vec<usize> {
    let is_number = |c: usize| (0..grid.rows()).all(|row| style.is_missing(grid.cell(row, c)) || style.is_number(grid.cell(row, c)));
    let (numbers, texts): (Vec<usize>, Vec<usize>) = others.iter().partition(|c| is_number(**c));
    let unique = |columns: &[usize]| {
        let mut seen = std::collections::HashSet::new();
        (0..grid.rows()).all(|row| seen.insert(joined(grid, row, columns)))
    };
    let whole_text = |c: usize| (0..grid.rows()).all(|row| !grid.cell(row, c).is_empty());
    if let Some(c) = texts.iter().find(|c| whole_text(**c) && unique(&[**c])) {
        return vec![*c];
    }
    let whole = |c: &usize| (0..grid.rows()).all(|row| grid.cell(row, *c).parse::<i64>().is_ok());
    let called_id = |c: &usize| names[*c].to_lowercase().ends_with("id") && whole(c) && unique(&[*c]);
    let mut columns = texts;
    if columns.is_empty()
        && let Some(c) = numbers.iter().find(|c| called_id(c))
    {
        return vec![*c];
    }
    for c in numbers.into_iter().filter(whole) {
        if !columns.is_empty() && unique(&columns) {
            break;
        }
        columns.push(c);
    }
    columns.sort_unstable();
    columns
}

/// The texts of a row that are there, one behind the other.
fn joined(grid: &Grid, row: usize, columns: &[usize]) -> String {
    let cells: Vec<&str> = columns.iter().map(|c| grid.cell(row, *c)).filter(|cell| !cell.is_empty()).collect();
    cells.join(JOINT)
}

/// Takes a table with dates as columns apart, and names its new columns.
pub(super) fn take_apart(
    path: &str,
    grid: &mut Grid,
    names: Vec<String>,
    style: &NumberStyle,
    options: &ReadOptions,
    guesses: &mut Vec<Choice>,
    findings: &mut Findings,
) -> Result<Vec<String>, DataError> {
    let is_column = |name: &String| names.contains(name);
    if options.target.iter().chain(&options.covariates).chain(&options.time).any(is_column) || options.time.as_deref() == Some("row") {
        return Ok(names);
    }
    if let Some((year, months)) = months_of_years(grid, &names) {
        return Ok(take_years_apart(grid, names, year, months, findings));
    }
    let times = time_columns(grid, &names);
    if times.is_empty() {
        return Ok(names);
    }
    let others: Vec<usize> = (0..names.len()).filter(|c| times.binary_search(c).is_err()).collect();
    let given: Option<Vec<usize>> =
        options.id.as_ref().map(|id| id.split(',').filter_map(|name| others.iter().copied().find(|c| names[*c] == name.trim())).collect());
    let ids = match given {
        Some(columns) if !columns.is_empty() => columns,
        _ => id_columns(grid, &names, style, &others),
    };
    let list = |columns: &[usize], mark: &str| columns.iter().map(|c| names[*c].as_str()).collect::<Vec<_>>().join(mark);
    let id_name = if ids.is_empty() { "row".to_owned() } else { list(&ids, ",") };
    let name_of = |row: usize| if ids.is_empty() { (row + 1).to_string() } else { joined(grid, row, &ids) };
    let series: Vec<String> = (0..grid.rows()).map(name_of).collect();
    let mut seen = std::collections::HashMap::new();
    if let Some((row, name)) = series.iter().enumerate().find(|(row, name)| seen.insert(name.as_str(), *row).is_some()) {
        let message = format!("two rows are called \"{name}\" ({id_name})");
        let finding = Finding::error(FindingKind::Duplicate, message).line(grid.line(row));
        let finding = Box::new(finding.help("⦃id⦄ with the columns that tell the rows apart, parted by commas, or rename one"));
        return Err(DataError::Invalid { path: path.to_owned(), finding, more: 0 });
    }
    let (first, last) = (times[0], times[times.len() - 1]);
    let message = format!("{} columns are times ({} to {}): each row is taken as a series", times.len(), names[first], names[last]);
    findings.push(Finding::note(FindingKind::TimesAsColumns, message).help("⦃time⦄ row takes the columns as they are"));
    for c in others.iter().filter(|c| !ids.contains(c)) {
        if (0..grid.rows()).all(|row| style.is_missing(grid.cell(row, *c))) {
            findings.push(Finding::note(FindingKind::LeftOut, "left out: every cell is missing").column(&names[*c]));
            continue;
        }
        let help = format!("⦃id⦄ \"{}\" makes it a part of the names of the series", list(&[&ids[..], &[*c]].concat(), ","));
        findings.push(Finding::note(FindingKind::LeftOut, "left out: it tells of the series, not of a time").column(&names[*c]).help(help));
    }
    if options.id.is_none() {
        guesses.push(Choice { what: "series id".to_owned(), value: id_name.clone(), flag: "⦃id⦄".to_owned() });
    }
    let new = [id_name, free(&["date", "time"], &names), free(&["value", "values"], &names)];
    let time_names = times.iter().map(|c| names[*c].clone()).collect();
    grid.melt(Melt::of_series(series, time_names, times));
    Ok(new.to_vec())
}

/// As [`take_apart`], of a table with a row a year and a column a month.
fn take_years_apart(grid: &mut Grid, names: Vec<String>, year: usize, months: Vec<usize>, findings: &mut Findings) -> Vec<String> {
    let (first, last) = (&names[months[0]], &names[months[11]]);
    let message = format!("the columns {first} to {last} are months of \"{}\": they are taken as one monthly series", names[year]);
    findings.push(Finding::note(FindingKind::TimesAsColumns, message).help("⦃time⦄ row takes the columns as they are"));
    for c in (0..names.len()).filter(|c| *c != year && !months.contains(c)) {
        findings.push(Finding::note(FindingKind::LeftOut, "left out: it tells of the year, not of a month").column(&names[c]));
    }
    let month_names = |row: usize| (1..=12).map(move |month| (row, month));
    let times = (0..grid.rows()).flat_map(month_names).map(|(row, month)| format!("{}-{month:02}", grid.cell(row, year))).collect();
    grid.melt(Melt::of_years(times, months));
    vec![free(&["month", "date"], &names), free(&["value", "values"], &names)]
}

/// The first of the names that no column has, or the last.
fn free(wanted: &[&str], taken: &[String]) -> String {
    let free = wanted.iter().find(|name| !taken.iter().any(|taken| taken == *name));
    free.or(wanted.last()).map_or_else(String::new, |name| (*name).to_owned())
}
