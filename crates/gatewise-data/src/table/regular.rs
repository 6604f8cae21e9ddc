//! From sorted rows to a series on the grid of the frequency: gaps, edges, missing values.

use super::group::{Group, Rows, series_prefix};
use super::laid::{Laid, Source};
use crate::dataset::Series;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::frequency::Frequency;
use crate::grid::Column;
use crate::impute::fill;
use crate::options::{Combine, Impute, ReadOptions};

/// Rows that may be filled in for each row of a series, beyond which a time is taken for a slip.
const FILLED_PER_ROW: usize = 20;
/// Rows that may be filled in in any series.
const FILLED_AT_LEAST: usize = 10_000;

/// Lays series on the grid, and counts what it fills in.
pub(super) struct Gridder<'a> {
    pub rows: &'a Rows<'a>,
    /// Names of all columns: channels, then those known beyond the end.
    pub channels: &'a [String],
    /// How many of them, from the first, are forecast.
    targets: usize,
    /// How many, to the last, are known beyond the end.
    known: usize,
    /// Columns that are not read.
    unread: &'a [Column<'a>],
    pub frequency: Frequency,
    pub impute: Impute,
    /// Values filled in, by channel.
    pub filled: Vec<usize>,
    /// Whether the step was given.
    pub(super) given: bool,
}

impl<'a> Gridder<'a> {
    pub fn new(
        rows: &'a Rows<'a>,
        channels: &'a [String],
        (targets, known): (usize, usize),
        unread: &'a [Column<'a>],
        frequency: Frequency,
        options: &ReadOptions,
    ) -> Self {
        let sums = options.aggregate == Some(Combine::Sum);
        // What nothing was sold on is no gap: the sum over no row is 0.
        let impute = if sums && options.impute.is_open() { Impute::Zero } else { options.impute };
        Gridder {
            rows,
            channels,
            targets,
            known,
            unread,
            frequency,
            impute,
            filled: vec![0; channels.len()],
            given: options.freq.is_some(),
        }
    }
    /// The series of a group, or `None` where no row of it has a value in every channel.
    pub fn lay(&mut self, group: &Group<'_>, findings: &mut Findings) -> Option<Series> {
        let holed = self.fill_gaps(group, findings);
        self.finish(holed, findings)
    }

    /// The series without holes, or `None` where no row of it has a value in every channel.
    pub fn finish(&mut self, mut holed: Laid, findings: &mut Findings) -> Option<Series> {
        let is_complete = !holed.series.is_empty() && !holed.series.values.iter().any(|value| value.is_nan());
        let mut rows = holed.series.len();
        if !is_complete {
            rows = self.trim(&mut holed, findings)?;
            self.fill_values(&mut holed, rows, findings);
        }
        self.part_known(&mut holed.series, rows);
        self.report_constants(&holed.series, findings);
        if holed.series.len() == 1 {
            let finding = Finding::warning(FindingKind::TooShort, "one row only");
            self.report(finding, &holed.series.id, holed.first, None, findings);
        }
        Some(holed.series)
    }

    pub(super) fn report(&self, finding: Finding, id: &str, row: Option<usize>, column: Option<&str>, findings: &mut Findings) {
        let mut finding = finding;
        finding.message = format!("{}{}", series_prefix(id), finding.message);
        finding.line = row.map(|row| (self.rows.line)(row));
        finding.column = column.map(str::to_owned);
        findings.push(finding);
    }

    fn fill_gaps(&self, group: &Group<'_>, findings: &mut Findings) -> Laid {
        let width = self.channels.len();
        let mut series = Series {
            id: group.id.to_owned(),
            times: Vec::with_capacity(group.times.len()),
            values: Vec::with_capacity(group.times.len() * width),
            known: Vec::new(),
            imputed: Vec::new(),
            missing: Vec::new(),
        };
        let mut source = Vec::with_capacity(group.rows.len());
        let most = (group.rows.len() * FILLED_PER_ROW).max(FILLED_AT_LEAST);
        let mut filled = 0;
        let closed = self.closed(group, findings);
        let ends = if self.impute == Impute::Mask && self.known > 0 { self.last_own(group) } else { group.rows.len() };
        for (i, (&time, &row)) in group.times.iter().zip(&group.rows).enumerate() {
            let before = i.checked_sub(1).map(|j| group.times[j]);
            let missing = before.map_or(0, |before| match self.frequency.steps_between(&before, &time) {
                Some(steps) => usize::try_from(steps - 1).unwrap_or(0),
                None => {
                    self.report_off_grid(group, i, findings);
                    0
                }
            });
            if missing > 0 && !(closed && before.is_some_and(|before| self.frequency.may_be_closed(&before, &time))) {
                let too_long = missing > most.saturating_sub(filled);
                let skipped = before.is_some_and(|before| self.skipped_hour(&before, missing));
                if skipped && self.impute.is_open() {
                    self.report_skipped_hour(group, i, findings);
                }
                if ((self.impute == Impute::Refuse || i > ends) && !skipped) || too_long {
                    self.report_gap(group, i, missing, too_long, findings);
                } else if let Some(before) = before {
                    filled += missing;
                    for k in 1..=missing as i64 {
                        series.times.push(self.frequency.next(&before, k));
                        series.values.extend(std::iter::repeat_n(f64::NAN, width));
                        source.push(None);
                    }
                }
            }
            series.times.push(time);
            series.values.extend_from_slice(&self.rows.values.cells[row * width..][..width]);
            source.push(Some(row));
        }
        self.judge_invented(group, filled, series.times.len(), findings);
        Laid { series, source: Source::Listed(source), first: group.rows.first().copied() }
    }

    /// The last row of a group with a value that is not known beyond the end.
    fn last_own(&self, group: &Group<'_>) -> usize {
        let width = self.channels.len();
        let holds = |row: &usize| self.rows.values.cells[row * width..][..self.own()].iter().any(|value| !value.is_nan());
        group.rows.iter().rposition(holds).unwrap_or(0)
    }

    fn report_off_grid(&self, group: &Group<'_>, i: usize, findings: &mut Findings) {
        let write = |time| self.rows.format.format(time);
        let message =
            format!("{} is no whole number of steps ({}) after {}", write(&group.times[i]), self.frequency, write(&group.times[i - 1]));
        let finding = Finding::error(FindingKind::OffGrid, message)
            .help("correct the time, combine the rows of a step (⦃freq⦄ D ⦃aggregate⦄ mean, or sum, last), or take the rows as they come: ⦃time⦄ row");
        let (row, name) = (group.rows[i], self.rows.time_name);
        self.report(finding, group.id, Some(row), name, findings);
    }

    fn report_gap(&self, group: &Group<'_>, i: usize, missing: usize, too_long: bool, findings: &mut Findings) {
        let rows = if missing == 1 { "row is" } else { "rows are" };
        let message = format!(
            "{missing} {rows} missing between {} and {} ({})",
            self.rows.format.format(&group.times[i - 1]),
            self.rows.format.format(&group.times[i]),
            self.frequency,
        );
        let help = if too_long {
            "too many to fill in: is one of the two times wrong, or another step meant (⦃freq⦄)?"
        } else {
            "⦃impute⦄ linear (or forward, zero), or take the rows as they come: ⦃time⦄ row"
        };
        let finding = Finding::error(FindingKind::Gap, message).help(help);
        let (row, name) = (group.rows[i], self.rows.time_name);
        self.report(finding, group.id, Some(row), name, findings);
    }

    /// Cells without a value that no finding has named yet.
    fn is_missing(&self, holed: &Laid, row: usize, channel: usize) -> bool {
        let width = self.channels.len();
        let reported =
            |source: usize| !self.rows.values.reported.is_empty() && self.rows.values.reported.contains(&(source * width + channel));
        holed.series.values[row * width + channel].is_nan() && !holed.source(row).is_some_and(reported)
    }

    fn missing_channel(&self, holed: &Laid, row: usize) -> Option<usize> {
        (0..self.own()).find(|channel| self.is_missing(holed, row, *channel))
    }

    /// Columns that are not known beyond the end.
    fn own(&self) -> usize {
        self.channels.len() - self.known
    }

    /// Cuts rows off the ends where values are missing: there is nothing to fill them in from. Gives the number of rows of the series; those behind
    /// them hold what is known of the future.
    fn trim(&self, holed: &mut Laid, findings: &mut Findings) -> Option<usize> {
        let length = holed.series.len();
        let (own, width) = (self.own(), self.channels.len());
        let present =
            |row: usize, columns: std::ops::Range<usize>| columns.into_iter().any(|c| !holed.series.values[row * width + c].is_nan());
        if self.impute == Impute::Zero && self.known == 0 {
            return Some(length);
        }
        let complete = |row: &usize| self.missing_channel(holed, *row).is_none();
        let start = if self.impute == Impute::Zero { (0..length).find(|row| present(*row, 0..own)) } else { (0..length).find(complete) };
        let Some(start) = start else {
            let row = holed.first_source();
            let finding = Finding::warning(FindingKind::Missing, "left out: no row has a value in every column that is read");
            self.report(finding, &holed.series.id, row, None, findings);
            return None;
        };
        let behind = |row: Option<usize>| row.map_or(length, |row| row + 1);
        let end = match self.impute {
            // A value that is filled in from the one before it would reach into the future.
            Impute::Forward | Impute::Zero if self.known > 0 => behind((0..length).rfind(|row| present(*row, 0..own))),
            Impute::Forward => length,
            // What ends before the others is unknown from there on.
            Impute::Mask => behind((0..length).rfind(|row| present(*row, 0..self.targets))),
            _ => behind((0..length).rfind(complete)),
        };
        let ahead = behind((end..length).rfind(|row| present(*row, own..width)).or(end.checked_sub(1)));
        let start = if self.impute == Impute::Zero { 0 } else { start };
        self.report_trim(holed, 0..start, "start", findings);
        self.report_future(holed, end..ahead, findings);
        self.report_trim(holed, ahead..length, "end", findings);
        holed.keep(start..ahead, width);
        Some(end - start)
    }

    /// Says which rows are read of the covariates alone.
    fn report_future(&self, holed: &Laid, rows: std::ops::Range<usize>, findings: &mut Findings) {
        if rows.is_empty() {
            return;
        }
        let write = |row: usize| self.rows.format.format(&holed.series.times[row]);
        let names = self.channels[self.own()..].join(", ");
        let count = if rows.len() == 1 { "1 row".to_owned() } else { format!("{} rows", rows.len()) };
        let message =
            format!("{count} behind the last target ({} to {}): of these {names} is known", write(rows.start), write(rows.end - 1));
        self.report(Finding::note(FindingKind::Future, message), &holed.series.id, holed.source(rows.start), None, findings);
        let lost = rows.clone().find(|row| (0..self.own()).any(|c| !self.is_missing(holed, *row, c)));
        if let Some(row) = lost {
            let message = "values of rows in which another one is missing are left out";
            self.report(Finding::warning(FindingKind::Trimmed, message), &holed.series.id, holed.source(row), None, findings);
        }
    }

    /// Parts what is known beyond the end from the channels of the first `rows` rows.
    fn part_known(&self, series: &mut Series, rows: usize) {
        if self.known == 0 {
            return;
        }
        let (own, width) = (self.own(), self.channels.len());
        let all = std::mem::take(&mut series.values);
        series.known = all.chunks_exact(width).flat_map(|row| &row[own..]).copied().collect();
        series.values = all.chunks_exact(width).take(rows).flat_map(|row| &row[..own]).copied().collect();
        series.times.truncate(rows);
        series.imputed.retain(|row| *row < rows);
        series.missing.truncate(rows * own);
    }

    fn report_trim(&self, holed: &Laid, cut: std::ops::Range<usize>, place: &str, findings: &mut Findings) {
        if cut.is_empty() {
            return;
        }
        let rows = if cut.len() == 1 { "row" } else { "rows" };
        let write = |row: usize| self.rows.format.format(&holed.series.times[row]);
        let message =
            format!("{} {rows} at the {place} ({} to {}) left out: values are missing", cut.len(), write(cut.start), write(cut.end - 1),);
        let severity = if cut.len() * 2 > holed.series.len() { Severity::Warning } else { Severity::Note };
        let channel = self.missing_channel(holed, cut.start);
        let column = channel.map(|channel| self.channels[channel].as_str());
        let mut finding = Finding::new(severity, FindingKind::Trimmed, message);
        let filled = |column: &&Column<'_>| cut.clone().all(|row| holed.source(row).is_some_and(|row| !column.is_missing(row)));
        let unread: Vec<&str> = self.unread.iter().filter(filled).map(|column| column.name).collect();
        if place == "end" && !unread.is_empty() {
            finding = finding.help(format!("⦃future⦄ {} takes them as known of the rows to be forecast", unread.join(",")));
        }
        let row = holed.source(cut.start);
        self.report(finding, &holed.series.id, row, column, findings);
    }

    fn fill_values(&mut self, holed: &mut Laid, rows: usize, findings: &mut Findings) {
        let (own, width) = (self.own(), self.channels.len());
        if self.impute == Impute::Mask {
            let marks = (0..rows).flat_map(|row| (0..own).map(move |channel| (row, channel)));
            let marks: Vec<bool> = marks.map(|(row, channel)| self.is_missing(holed, row, channel)).collect();
            if marks.contains(&true) {
                self.report_early_ends(holed, &marks, findings);
                holed.series.missing = marks;
            }
        }
        for channel in 0..width {
            let missing: Vec<usize> =
                (0..if channel < own { rows } else { holed.series.len() }).filter(|row| self.is_missing(holed, *row, channel)).collect();
            // What is known of the future is never guessed unasked.
            if self.impute == Impute::Refuse || (self.impute == Impute::Mask && channel >= own) {
                self.report_missing(holed, channel, &missing, findings);
                // The hour that clocks skip is there in no table.
                let skipped: Vec<usize> = missing.into_iter().filter(|row| holed.source(*row).is_none()).collect();
                fill(&mut holed.series.values, width, channel, &skipped, Impute::Linear);
                holed.series.imputed.extend(skipped);
                continue;
            }
            self.filled[channel] += missing.len();
            fill(&mut holed.series.values, width, channel, &missing, self.impute);
            holed.series.imputed.extend(missing);
        }
        holed.series.imputed.sort_unstable();
        holed.series.imputed.dedup();
    }

    /// Says which channels end before others do.
    fn report_early_ends(&self, holed: &Laid, marks: &[bool], findings: &mut Findings) {
        let own = self.own();
        for (channel, name) in self.channels[..own].iter().enumerate() {
            let absent = marks.chunks_exact(own).rev().take_while(|row| row[channel]).count();
            if absent > 0 {
                let last = self.rows.format.format(&holed.series.times[marks.len() / own - absent - 1]);
                let rows = if absent == 1 { "row" } else { "rows" };
                let message = format!("ends at {last}, {absent} {rows} before the last: unknown from there on");
                self.report(Finding::warning(FindingKind::Missing, message), &holed.series.id, None, Some(name), findings);
            }
        }
    }

    fn report_missing(&self, holed: &Laid, channel: usize, missing: &[usize], findings: &mut Findings) {
        let name = &self.channels[channel];
        let kind = FindingKind::Missing;
        for source in missing.iter().filter_map(|row| holed.source(*row)) {
            findings.add(Severity::Error, kind, Some(name), || {
                let prefix = series_prefix(&holed.series.id);
                Finding::error(kind, format!("{prefix}the value is missing"))
                    .column(name)
                    .line((self.rows.line)(source))
                    .help("⦃impute⦄ linear (or forward, zero)")
            });
        }
    }

    fn report_constants(&self, series: &Series, findings: &mut Findings) {
        let width = self.own();
        for (channel, name) in self.channels[..width].iter().enumerate() {
            let mut values = series.channel(channel, width);
            let first = values.next();
            if series.len() > 1 && values.all(|value| Some(value) == first) {
                let value = first.unwrap_or_default();
                let finding = Finding::warning(FindingKind::Constant, format!("never changes: every value is {value}"));
                self.report(finding, &series.id, None, Some(name), findings);
            }
        }
    }
}
