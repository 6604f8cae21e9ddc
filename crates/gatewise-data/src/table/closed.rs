//! Rows that are absent: closed days, the hour that clocks skip, and those that would have to be invented.

use super::clock_change::goes_forward;
use super::group::Group;
use super::regular::Gridder;
use crate::finding::{Finding, FindingKind, Findings};
use crate::frequency::Frequency;
use crate::options::Impute;
use crate::time::Time;

/// Rows that may be invented at a step that was found out: a share of those there are, and a few in any case.
const INVENTED: f64 = 0.05;
const INVENTED_FEW: usize = 10;
/// Rows that may be absent for closed days that come now and then.
const CLOSED: f64 = 0.1;

impl Gridder<'_> {
    /// Whether the rows that lack between sessions are holidays: there are few, and no one asked to fill them in.
    pub(super) fn closed(&self, group: &Group<'_>, findings: &mut Findings) -> bool {
        let absent = |i: &usize| {
            let (before, time) = (&group.times[i - 1], &group.times[*i]);
            let steps = self.frequency.steps_between(before, time).filter(|_| self.frequency.may_be_closed(before, time));
            steps.map_or(0, |steps| usize::try_from(steps - 1).unwrap_or(0))
        };
        let all: usize = (1..group.times.len()).map(|i| absent(&i)).sum();
        if !self.impute.is_open() || all == 0 || all as f64 > CLOSED * group.times.len() as f64 {
            return false;
        }
        if let Some(i) = (1..group.times.len()).find(|i| absent(i) > 0) {
            let write = |time| self.rows.format.format(time);
            let rows = if all == 1 { "row is" } else { "rows are" };
            let message = format!(
                "{all} {rows} absent that the calendar has ({}; first between {} and {}): taken as closed, the next row is the next session",
                self.frequency,
                write(&group.times[i - 1]),
                write(&group.times[i])
            );
            let finding = Finding::note(FindingKind::Closed, message).help("⦃impute⦄ forward (or linear, zero) fills them in");
            self.report(finding, group.id, Some(group.rows[i]), self.rows.time_name, findings);
        }
        true
    }

    /// Whether the rows missing behind a time are those of the hour that clocks skip.
    pub(super) fn skipped_hour(&self, before: &Time, missing: usize) -> bool {
        /// Nanoseconds of an hour.
        const HOUR: i64 = 3_600_000_000_000;
        match (self.frequency, before) {
            (Frequency::Clock(step), Time::Date(at)) => goes_forward(*at) && step <= HOUR && step.saturating_mul(missing as i64) == HOUR,
            _ => false,
        }
    }

    pub(super) fn report_skipped_hour(&self, group: &Group<'_>, i: usize, findings: &mut Findings) {
        let message = format!(
            "the hour behind {} is missing, as clocks go forward that day: it is {}",
            self.rows.format.format(&group.times[i - 1]),
            if self.impute == Impute::Mask { "taken as unknown" } else { "filled in (linear)" }
        );
        let finding = Finding::note(FindingKind::Closed, message).help("⦃impute⦄ forward (or zero) fills it in otherwise");
        self.report(finding, group.id, Some(group.rows[i]), self.rows.time_name, findings);
    }

    /// Refuses a series of which many rows would be invented at a step that no one gave.
    pub(super) fn judge_invented(&self, group: &Group<'_>, filled: usize, all: usize, findings: &mut Findings) {
        let many = filled >= INVENTED_FEW && filled as f64 > INVENTED * all as f64;
        // Nobody asked for rows of which most would stand for nothing.
        let mostly = self.impute == Impute::Mask && 2 * filled > all;
        if self.given || !(many || mostly) {
            return;
        }
        let message = format!("{filled} of {all} rows would be invented, as the step is taken to be {}", self.frequency);
        let code = self.frequency.code();
        let finding = Finding::error(FindingKind::Gap, message).help(format!(
            "⦃freq⦄ {code} says that the step is right, ⦃freq⦄ D ⦃aggregate⦄ mean (or sum, last) takes a longer one, ⦃time⦄ row takes the rows as they come"
        ));
        self.report(finding, group.id, group.rows.first().copied(), self.rows.time_name, findings);
    }
}
