//! Where the table stands in its file: lines above it, its header, lines below it.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::foot;
use crate::finding::{Finding, FindingKind, Findings};
use crate::grid::Grid;
use crate::grid::NumberStyle;
use crate::time::{Kind, kind_of};

/// What one cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Nothing,
    Date,
    Number,
    Text,
}

pub(super) fn look(cell: &str, style: &NumberStyle) -> Look {
    if style.is_missing(cell) {
        Look::Nothing
    } else if kind_of("", std::iter::once(cell)) == Kind::Date {
        Look::Date
    } else if style.is_number(cell) {
        Look::Number
    } else {
        Look::Text
    }
}

/// Rows looked at to tell what a column holds.
const SAMPLE_ROWS: usize = 100;
/// Lines above a table, and header rows, that are looked for.
const MOST_ABOVE: usize = 25;
/// Lines below a table that are looked for.
pub(super) const MOST_BELOW: usize = 40;

/// What the columns of a table hold, away from what may stand above and below it.
pub(super) struct Body {
    pub looks: Vec<Look>,
}

impl Body {
    /// What at least half of the cells of each column are.
    fn of(grid: &Grid, width: usize, style: &NumberStyle) -> Self {
        let rows = grid.rows();
        // Away from the ends, as far as there are rows.
        let start = (rows / 4).clamp(usize::from(rows > 1), MOST_ABOVE);
        let end = rows - (rows / 4).min(MOST_BELOW);
        let stride = (end - start).div_ceil(SAMPLE_ROWS).max(1);
        let looks = (0..width).map(|column| {
            let (mut dates, mut numbers, mut all) = (0, 0, 0);
            for row in (start..end).step_by(stride) {
                match look(grid.cell_if(row, column), style) {
                    Look::Date => dates += 1,
                    Look::Number => numbers += 1,
                    Look::Nothing => continue,
                    Look::Text => {}
                }
                all += 1;
            }
            match all {
                0 => Look::Nothing,
                _ if dates * 2 >= all => Look::Date,
                _ if (numbers + dates) * 2 >= all => Look::Number,
                _ => Look::Text,
            }
        });
        Body { looks: looks.collect() }
    }

    pub fn typed(&self) -> impl Iterator<Item = (usize, Look)> + '_ {
        self.looks.iter().copied().enumerate().filter(|(_, look)| matches!(look, Look::Date | Look::Number))
    }

    /// The first column of dates.
    pub fn dates(&self) -> Option<usize> {
        self.looks.iter().position(|look| *look == Look::Date)
    }

    /// Cells of a row that are as their columns are, and that are text there.
    fn agreement(&self, grid: &Grid, row: usize, style: &NumberStyle) -> (usize, usize) {
        let (mut fit, mut text) = (0, 0);
        for (column, wanted) in self.typed() {
            match look(grid.cell_if(row, column), style) {
                // A date over numbers names a column.
                Look::Date if wanted == Look::Number => text += 1,
                Look::Date | Look::Number => fit += 1,
                Look::Text => text += 1,
                Look::Nothing => {}
            }
        }
        (fit, text)
    }
}

/// Cells of a row that hold something.
pub(super) fn filled(grid: &Grid, row: usize) -> usize {
    (0..grid.width_of(row)).filter(|column| !grid.cell_if(row, *column).is_empty()).count()
}

pub(super) fn first_cell(grid: &Grid, row: usize) -> &str {
    (0..grid.width_of(row)).map(|column| grid.cell_if(row, column)).find(|cell| !cell.is_empty()).unwrap_or("")
}

/// Cuts off what stands above and below the table, and names its columns.
pub(super) fn settle(grid: &mut Grid, style: &NumberStyle, named: bool, findings: &mut Findings) -> Vec<String> {
    let width = grid.common_width();
    grid.set_width(width);
    let body = Body::of(grid, width, style);
    let head = if named { Head { titles: 0, rows: 1, main: 0 } } else { head(grid, &body, style) };
    let foot = foot::first(grid, &body, style, head.titles + head.rows);
    let rows = grid.rows();
    report_cut(grid, 0..head.titles, "above", findings);
    report_cut(grid, foot..blank_from(grid, foot), "below", findings);
    grid.cut(head.titles, foot);
    if head.titles == 0 || head.rows > 0 {
        grid.report_blanks(findings);
    }
    let names = if head.rows == 0 {
        if rows > 0 {
            let message = format!("no header: columns are called 1 to {width}");
            findings.push(Finding::note(FindingKind::NoHeader, message).line(grid.line(0)));
        }
        (1..=width).map(|column| column.to_string()).collect()
    } else {
        let names = names(grid, width, &head, findings);
        grid.cut(head.rows, grid.rows());
        names
    };
    grid.drop_ragged(findings);
    names
}

/// The first of the blank rows at the end.
fn blank_from(grid: &Grid, from: usize) -> usize {
    (from..grid.rows()).rev().find(|row| filled(grid, *row) > 0).map_or(from, |row| row + 1)
}

/// Lines above the header, and how many rows it has.
struct Head {
    titles: usize,
    rows: usize,
    /// The row of the header that names the columns, counted from its first.
    main: usize,
}

fn head(grid: &Grid, body: &Body, style: &NumberStyle) -> Head {
    let none = Head { titles: 0, rows: 0, main: 0 };
    if grid.rows() == 0 {
        return none;
    }
    let width = body.looks.len();
    let dates = body.dates();
    let is_data = |row: usize| {
        let (fit, text) = body.agreement(grid, row, style);
        let dated = dates.is_none_or(|c| matches!(look(grid.cell_if(row, c), style), Look::Date | Look::Nothing));
        dated && fit > text && grid.width_of(row) + 1 >= width
    };
    let Some(first) = (0..grid.rows().min(MOST_ABOVE)).find(|row| is_data(*row)) else {
        return plain_head(grid, body, style);
    };
    if counts_years(grid, first, width, style) {
        return Head { titles: first, rows: 1, main: 0 };
    }
    if first == 0 {
        return none;
    }
    // Rows of words: titles, names, units. Over dates a word is enough, for names may hold numbers.
    let fits = |row: usize| body.agreement(grid, row, style).0;
    let is_words = |row: &usize| match dates.map(|c| look(grid.cell_if(*row, c), style)) {
        Some(Look::Text) => true,
        Some(Look::Nothing) => fits(*row) == 0,
        Some(_) => false,
        None => fits(*row) == 0 || (*row == 0 && first == 1),
    };
    let is_whole = |row: usize| (width..grid.width_of(row)).all(|column| grid.cell_if(row, column).is_empty());
    let names_most = |row: &usize| (is_whole(*row), filled(grid, *row), Reverse(fits(*row)), Reverse(*row));
    let Some(main) = (0..first).filter(is_words).max_by_key(names_most) else {
        return none;
    };
    // A row that repeats its words names groups of columns, and the one below it the columns.
    let repeats = |row: usize| {
        let cells: Vec<&str> = (0..width).map(|c| grid.cell_if(row, c)).filter(|cell| !cell.is_empty()).collect();
        cells.iter().collect::<HashSet<_>>().len() < cells.len()
    };
    let mut start = main;
    while start > 0 && repeats(main) && filled(grid, start - 1) > 1 && grid.width_of(start - 1) >= width {
        start -= 1;
    }
    // What stands between the names and the first row of data is header as long as it holds words alone.
    let end = (main + 1..first).find(|row| fits(*row) > 0 || body.agreement(grid, *row, style).1 == 0).unwrap_or(first);
    if width == 1 || filled(grid, main) == 1 && width > 2 && first > 1 {
        return Head { titles: first - 1, rows: 1, main: 0 };
    }
    Head { titles: start, rows: end - start, main: main - start }
}

/// The first row over a table of text, or over one without a row like its body: a header, if it holds no values.
fn plain_head(grid: &Grid, body: &Body, style: &NumberStyle) -> Head {
    let (fit, text) = body.agreement(grid, 0, style);
    let values = (0..grid.width_of(0)).any(|c| matches!(look(grid.cell_if(0, c), style), Look::Date | Look::Number));
    let rows = usize::from(text > fit || (text == fit && !values));
    Head { titles: 0, rows, main: 0 }
}

/// Whole numbers that rise by one are the names of columns where text stands before them, and the next row does not rise so.
fn counts_years(grid: &Grid, row: usize, width: usize, style: &NumberStyle) -> bool {
    let rises = |row: usize| {
        let numbers: Vec<i64> = (0..width).filter_map(|c| grid.cell_if(row, c).parse().ok()).collect();
        let by_one = numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
        // A few small numbers may rise so by accident.
        let years = numbers.iter().all(|year| (1500..=2500).contains(year));
        if by_one && (years || numbers.len() >= 6) { numbers.len() } else { 0 }
    };
    let names = rises(row);
    names >= 3 && row + 1 < grid.rows() && rises(row + 1) < names && look(first_cell(grid, row), style) == Look::Text
}

fn report_cut(grid: &Grid, rows: std::ops::Range<usize>, place: &str, findings: &mut Findings) {
    let rows: Vec<usize> = rows.filter(|row| filled(grid, *row) > 0).collect();
    let Some(&first) = rows.first() else { return };
    let lines = if rows.len() == 1 { "line" } else { "lines" };
    let words: String = first_cell(grid, first).chars().take(40).collect();
    let message = format!("{} {lines} {place} the table left out: \"{words}\"", rows.len());
    let kind = if place == "above" { FindingKind::AboveTable } else { FindingKind::BelowTable };
    let make = if place == "above" { Finding::note } else { Finding::warning };
    findings.push(make(kind, message).line(grid.line(first)));
}

/// Names of columns out of the rows of the header.
fn names(grid: &Grid, width: usize, head: &Head, findings: &mut Findings) -> Vec<String> {
    let cell = |row: usize, column: usize| grid.cell_if(row, column);
    let mut wanted: Vec<String> = (0..width).map(|c| cell(head.main, c).to_owned()).collect();
    let filled_names: Vec<&String> = wanted.iter().filter(|name| !name.is_empty()).collect();
    let unique = filled_names.iter().collect::<HashSet<_>>().len() == filled_names.len();
    if !unique && head.rows > 1 {
        // A group's name stands over the first of its columns, or over all of them.
        for row in (0..head.rows).filter(|row| *row != head.main).rev() {
            let mut group = "";
            let distinct: HashSet<&str> = (0..width).map(|c| cell(row, c)).filter(|cell| !cell.is_empty()).collect();
            if distinct.len() < 2 {
                continue;
            }
            for (column, name) in wanted.iter_mut().enumerate() {
                if !cell(row, column).is_empty() || row > head.main {
                    group = cell(row, column);
                }
                if !group.is_empty() && group != name {
                    let (first, second) = if row < head.main { (group, name.as_str()) } else { (name.as_str(), group) };
                    *name = format!("{first} {second}").trim().to_owned();
                }
            }
        }
    }
    for row in (0..head.rows).filter(|row| *row != head.main) {
        // A row of one word at the left names the column that the others are indexed by.
        let lone = (0..width).filter(|c| !cell(row, *c).is_empty()).collect::<Vec<_>>();
        if let ([0], true) = (&lone[..], row > head.main) {
            wanted[0] = cell(row, 0).to_owned();
        }
        for (column, name) in wanted.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
            *name = cell(row, column).to_owned();
        }
    }
    if head.rows > 1 {
        let message = format!("{} rows of header: columns are called {}", head.rows, shown(&wanted));
        findings.push(Finding::note(FindingKind::SeveralHeaders, message).line(grid.line(0)));
    }
    distinct(wanted, grid.line(head.main), findings)
}

fn shown(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().filter(|name| !name.is_empty()).take(6).map(String::as_str).collect();
    first.join(", ") + if names.len() > 6 { ", …" } else { "" }
}

/// Numbers for columns without a name, and names of their own for columns that share one.
fn distinct(wanted: Vec<String>, line: u64, findings: &mut Findings) -> Vec<String> {
    let mut taken = HashSet::new();
    // Of a name that stands a hundred thousand times, where its last copy ended.
    let mut copies: HashMap<String, u64> = HashMap::new();
    let mut names = Vec::with_capacity(wanted.len());
    for (column, cell) in wanted.into_iter().enumerate() {
        let wanted = if cell.is_empty() { (column + 1).to_string() } else { cell };
        let mut name = wanted.clone();
        let copy = copies.entry(wanted.clone()).or_insert(1);
        let first = *copy;
        while !taken.insert(name.clone()) {
            name = format!("{wanted}.{copy}");
            *copy += 1;
        }
        if *copy > first {
            let message = format!("a second column of this name is called \"{name}\"");
            findings.push(Finding::warning(FindingKind::DuplicateColumn, message).column(&wanted).line(line));
        }
        names.push(name);
    }
    names
}
