//! Columns that are known beyond the end of the targets: numbers as they are, texts as a column for each category but the usual one.

use std::collections::{BTreeMap, HashMap};

use super::forms::Hint;
use super::values::{self, Values};
use crate::finding::{Finding, FindingKind, Findings};
use crate::grid::{Column, Content, content};
use crate::options::ReadOptions;

/// Categories of a column at most; of more, most stand in too few rows to say anything.
const MOST_LEVELS: usize = 100;
/// Rows that a category needs to have a column of its own.
const LEAST_ROWS: usize = 3;
/// The category of texts that have none of their own.
const OTHER: &str = "(other)";

/// What is known of each row of the table.
pub(super) struct Known {
    /// Names of the columns.
    pub names: Vec<String>,
    /// (rows, names), row-major, NaN where nothing stands.
    cells: Values,
    /// Categories of each column of text, the usual one first.
    pub levels: BTreeMap<String, Vec<String>>,
}

impl Known {
    pub fn read(columns: &[Column<'_>], hint: Hint, options: &ReadOptions, findings: &mut Findings) -> Self {
        let rows = columns.first().map_or(0, Column::rows);
        let mut known =
            Known { names: Vec::new(), cells: Values { cells: Vec::new(), reported: Default::default() }, levels: BTreeMap::new() };
        let mut parts: Vec<(usize, Values)> = Vec::new();
        for column in columns {
            let given = options.levels.get(column.name);
            if given.is_none() && content(*column) != Content::Text {
                known.names.push(column.name.to_owned());
                parts.push((1, values::read(&[*column], hint, options.impute, findings)));
                continue;
            }
            let Some(levels) = given.cloned().or_else(|| levels_of(column, findings)) else { continue };
            let cells = indicators(column, &levels, findings);
            known.names.extend(levels[1..].iter().map(|level| format!("{}={level}", column.name)));
            parts.push((levels.len() - 1, Values { cells, reported: Default::default() }));
            known.levels.insert(column.name.to_owned(), levels);
        }
        let width = known.names.len();
        known.cells.cells.reserve(rows * width);
        for row in 0..rows {
            for (columns, values) in &parts {
                let at = known.cells.cells.len();
                known.cells.cells.extend_from_slice(&values.cells[row * columns..][..*columns]);
                known.cells.reported.extend((0..*columns).filter(|c| values.reported.contains(&(row * columns + c))).map(|c| at + c));
            }
        }
        known
    }

    /// Puts what is known behind the `channels` values of each row.
    pub fn stand_behind(&self, values: &mut Values, channels: usize) {
        let (own, known) = (channels, self.names.len());
        if known == 0 {
            return;
        }
        let width = own + known;
        let rows = values.cells.chunks_exact(own).zip(self.cells.cells.chunks_exact(known));
        let cells = rows.flat_map(|(own, known)| own.iter().chain(known).copied()).collect();
        let of_own = values.reported.iter().map(|at| at / own * width + at % own);
        let of_known = self.cells.reported.iter().map(|at| at / known * width + own + at % known);
        *values = Values { cells, reported: of_own.chain(of_known).collect() };
    }
}

/// The categories of a column, the most frequent one first; rare ones share a category.
fn levels_of(column: &Column<'_>, findings: &mut Findings) -> Option<Vec<String>> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    column.present().for_each(|(_, cell)| *counts.entry(cell).or_default() += 1);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let frequent = counts.partition_point(|(_, count)| *count >= LEAST_ROWS);
    if frequent > MOST_LEVELS {
        let message = format!("{} different texts; a column of categories may have {MOST_LEVELS}", counts.len());
        findings.push(Finding::error(FindingKind::NotANumber, message).column(column.name).help("leave it out of ⦃future⦄"));
        return None;
    }
    let mut levels: Vec<String> = counts[..frequent.max(1)].iter().map(|(text, _)| (*text).to_owned()).collect();
    if counts.len() > levels.len() {
        let (rare, rows) = (counts.len() - levels.len(), counts[levels.len()..].iter().map(|(_, count)| count).sum::<usize>());
        let message = format!("{rare} categories that stand in fewer than {LEAST_ROWS} rows count as one, {OTHER} ({rows} rows)");
        findings.push(Finding::note(FindingKind::Future, message).column(column.name));
        levels.push(OTHER.to_owned());
    }
    Some(levels)
}

/// (rows, levels but the first): 1 where a row has the level, NaN where it has none at all.
fn indicators(column: &Column<'_>, levels: &[String], findings: &mut Findings) -> Vec<f64> {
    let place: HashMap<&str, usize> = levels.iter().enumerate().map(|(at, level)| (level.as_str(), at)).collect();
    let other = place.get(OTHER).copied();
    let width = levels.len() - 1;
    let mut cells = vec![0.0; column.rows() * width];
    for row in 0..column.rows() {
        let own = &mut cells[row * width..][..width];
        if column.is_missing(row) {
            own.fill(f64::NAN);
            continue;
        }
        let cell = column.cell(row);
        let level = place.get(cell).copied().or(other).unwrap_or_else(|| {
            findings.add(crate::finding::Severity::Warning, FindingKind::Future, Some(column.name), || {
                let message = format!("\"{cell}\" stands in no row that was learned from: it counts as \"{}\"", levels[0]);
                Finding::warning(FindingKind::Future, message).column(column.name).line(column.line(row))
            });
            0
        });
        if level > 0 {
            own[level - 1] = 1.0;
        }
    }
    cells
}
