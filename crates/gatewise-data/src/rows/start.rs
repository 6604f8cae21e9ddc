//! The first rows: what the columns are, and how numbers and times are written.

use super::fields::{split_owned, text_of};
use super::layout::{self, Layout};
use super::sample::Sample;
use super::time::{Moment, form_of, nanos_between};
use super::{Origin, RowOptions, RowReader};
use crate::error::DataError;
use crate::files::failed;
use crate::finding::{Finding, FindingKind};
use crate::grid::{CommaEvidence, comma_evidence};
use crate::table::find_delimiter;

/// Rows that roles and the usual step are found from.
const SAMPLE_ROWS: usize = 4096;

impl RowReader {
    pub(super) fn find_layout(&mut self, options: &RowOptions) -> Result<(), DataError> {
        self.read_sample(options.live)?;
        if options.delimiter.is_none() {
            let sample = self.waiting.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
            self.delimiter = find_delimiter(&sample);
        }
        let rows: Vec<Vec<String>> = self.waiting.iter().map(|(_, text)| split_owned(text, self.delimiter)).collect();
        let in_memory = self.origin != Origin::Lines;
        self.style.decimal_comma = self.origin != (Origin::Columns { numbers: true }) && has_decimal_comma(&rows, self.delimiter);
        let is_value =
            |cell: &String| self.style.is_number(cell) || form_of(std::iter::once(cell.as_str())).is_some_and(|form| form.is_date());
        let has_header = in_memory || !rows[0].iter().any(is_value);
        let names: Vec<String> = if has_header {
            self.waiting.pop_front();
            unique_names(&rows[0], &mut self.left_out)
        } else {
            (1..=rows[0].len()).map(|c| c.to_string()).collect()
        };
        let rows = &rows[usize::from(has_header)..];
        if rows.is_empty() {
            return Err(self.invalid(Finding::error(FindingKind::NoRows, "a header and no rows under it").help("give a table with rows")));
        }
        let sample = Sample { path: &self.path, names: &names, rows, style: &self.style };
        let found = layout::find(&sample, options)?;
        self.step = usual_step(&sample, &found.layout);
        (self.layout, self.guesses) = (found.layout, found.guesses);
        self.left_out.extend(found.left_out);
        if self.style.decimal_comma {
            let note = Finding::note(FindingKind::NumberFormat, "the comma is read as the decimal mark");
            self.left_out.push(note);
        }
        let Layout { time, ids, values, states, .. } = &self.layout;
        self.echoed = time.columns().iter().chain(ids).chain(values).chain(states).copied().collect();
        if self.layout.ids.is_empty() {
            (self.series, self.last) = (vec![String::new()], vec![None]);
        }
        Ok(())
    }

    /// Reads the lines that roles are found from.
    fn read_sample(&mut self, live: bool) -> Result<(), DataError> {
        while self.waiting.len() <= SAMPLE_ROWS {
            // A live source is not waited for once a header and a row are there.
            if self.waiting.len() >= 2 && live && !self.lines.ready() {
                break;
            }
            let Some(range) = self.lines.next().map_err(|error| failed(&self.path, error))? else { break };
            self.line += 1;
            let text = text_of(&self.lines.bytes()[range], self.line).map_err(|finding| self.invalid(*finding))?;
            let text = if self.line == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
            if !text.trim().is_empty() {
                self.waiting.push_back((self.line, text.to_owned()));
            }
        }
        if self.waiting.is_empty() {
            let finding = Finding::error(FindingKind::Empty, "there is nothing in it").help("give a table with a header and rows");
            return Err(self.invalid(finding));
        }
        Ok(())
    }
}

/// The names of a header; of equal ones the later get a number.
fn unique_names(header: &[String], findings: &mut Vec<Finding>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (c, cell) in header.iter().enumerate() {
        let wanted = if cell.is_empty() { (c + 1).to_string() } else { cell.clone() };
        let mut copies = (1..).map(|copy| format!("{wanted}.{copy}"));
        let mut name = wanted.clone();
        while names.contains(&name) {
            name = copies.next().unwrap_or_default();
        }
        if name != wanted {
            let message = format!("a second column of this name is called \"{name}\"");
            findings.push(Finding::warning(FindingKind::DuplicateColumn, message).column(&wanted).line(1));
        }
        names.push(name);
    }
    names
}

/// Whether the comma is the decimal mark of the first rows. Where commas part the fields, such a number would have to be quoted.
fn has_decimal_comma(rows: &[Vec<String>], delimiter: u8) -> bool {
    let (mut decimal, mut thousands, mut either) = (0_usize, 0_usize, false);
    for cell in rows.iter().flatten() {
        match comma_evidence(cell) {
            CommaEvidence::Decimal => decimal += 1,
            CommaEvidence::Thousands => thousands += 1,
            CommaEvidence::Either => either = true,
            CommaEvidence::Silent => {}
        }
    }
    if decimal == thousands { either && delimiter != b',' } else { decimal > thousands }
}

/// The median of the steps from row to row of each series, in nanoseconds.
fn usual_step(sample: &Sample<'_>, layout: &Layout) -> Option<i128> {
    let times = layout.time.of_sample(sample);
    let mut steps = Vec::new();
    for rows in layout::rows_by_series(sample, &layout.ids) {
        let known: Vec<Moment> = rows.iter().filter_map(|&r| times[r]).collect();
        steps.extend(known.windows(2).map(|w| nanos_between(w[0], w[1])).filter(|step| *step > 0));
    }
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied()
}
