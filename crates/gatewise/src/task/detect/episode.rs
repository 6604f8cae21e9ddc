//! Neighbouring anomalous rows of a series as one event, with all that speaks against them.

use super::category::StateBlame;
use super::event::Blame;

/// What is to blame for an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A value, as the detector sees it.
    Value(Blame),
    /// A state.
    State {
        /// The state column.
        column: usize,
        /// Its evidence, −log₁₀ of a probability.
        evidence: f64,
        /// What speaks against it.
        blame: StateBlame,
    },
    /// Cells that are missing for longer than ever.
    Missing {
        /// The column, values before states.
        column: usize,
        /// Its evidence, −log₁₀ of a probability.
        evidence: f64,
        /// Rows for which it is missing.
        rows: u64,
    },
}

impl Cause {
    /// Its evidence, −log₁₀ of a probability.
    pub fn evidence(&self) -> f64 {
        match self {
            Self::Value(blame) => blame.evidence,
            Self::State { evidence, .. } | Self::Missing { evidence, .. } => *evidence,
        }
    }

    /// Whether both are about the same thing, of which the later one knows more.
    fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::State { column: a, blame: x, .. }, Self::State { column: b, blame: y, .. }) => {
                a == b && x.state == y.state && x.kind == y.kind
            }
            (Self::Missing { column: a, .. }, Self::Missing { column: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// A stretch of rows that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// First row, counted from 0 in its series. Cells that are missing are told of some rows after it.
    pub start: u64,
    /// Last row.
    pub end: u64,
    /// The row with the highest score …
    pub peak: u64,
    /// … and that score.
    pub score: f64,
    /// What is to blame: values as they are at the peak, then what else was odd from start to end.
    pub causes: Vec<Cause>,
}

/// An anomalous row.
pub(super) struct Odd {
    pub row: u64,
    /// Where what is told of began.
    pub since: u64,
    pub score: f64,
    pub alarm: bool,
    pub values: Vec<Blame>,
    pub others: Vec<Cause>,
}

/// The event under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Episodes {
    open: Option<Episode>,
    /// Evidence of the values of the event under way.
    values: f64,
}

/// Causes of an event that are named besides values.
const NAMED: usize = 8;

impl Episodes {
    /// Passes to a row; gives the event that ended at least `join` rows before it.
    pub fn pass(&mut self, row: u64, join: u64) -> Option<Episode> {
        self.open.take_if(|open| row > open.end.saturating_add(join))
    }

    /// Takes an anomalous row in, which begins an event where it is an alarm.
    pub fn push(&mut self, odd: Odd) {
        if self.open.is_none() {
            if !odd.alarm {
                return;
            }
            self.values = 0.0;
            self.open = Some(Episode { start: odd.since.min(odd.row), end: odd.row, peak: odd.row, score: 0.0, causes: Vec::new() });
        }
        let Some(open) = &mut self.open else { return };
        open.end = odd.row;
        if odd.score > open.score {
            (open.peak, open.score) = (odd.row, odd.score);
        }
        let evidence = odd.values.iter().map(|blame| blame.evidence).fold(0.0, f64::max);
        if evidence > self.values {
            self.values = evidence;
            open.causes.retain(|cause| !matches!(cause, Cause::Value(_)));
            open.causes.splice(0..0, odd.values.into_iter().map(Cause::Value));
        }
        for cause in odd.others {
            match open.causes.iter().position(|known| known.is_as(&cause)) {
                Some(known) => open.causes[known] = cause,
                None if open.causes.len() < 2 * NAMED => open.causes.push(cause),
                None => {}
            }
        }
    }

    /// The event under way, at the end of the rows.
    pub fn finish(&mut self) -> Option<Episode> {
        self.open.take()
    }
}
