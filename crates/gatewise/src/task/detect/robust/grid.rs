//! Where rows stand in time: the step of each, so that a gap does not move the season.

use serde::{Deserialize, Serialize};

use crate::task::detect::config::HISTORY;

/// Places of the last rows on a grid of equal steps: by their times where the step is known, else one row a step.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::task::detect) struct Grid {
    /// Seconds of a step.
    step: Option<i64>,
    now: Option<u64>,
    rows: u64,
    /// Steps from the row before, row n at n mod [`HISTORY`].
    gaps: Vec<f32>,
}

/// What a file keeps of it beside the steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::task::detect) struct GridState {
    now: Option<u64>,
    rows: u64,
}

/// Most steps that a gap counts.
const MOST: u64 = 1 << 20;

impl Grid {
    pub fn new(step: Option<i64>) -> Self {
        Self { step: step.filter(|s| *s > 0), now: None, rows: 0, gaps: vec![1.0; HISTORY] }
    }

    /// A further row.
    pub fn push(&mut self, seconds: Option<i64>) {
        let place = seconds.zip(self.step).map(|(seconds, step)| seconds.div_euclid(step).max(0) as u64);
        let gap = match (self.now, place) {
            (Some(now), Some(place)) => place.saturating_sub(now).clamp(1, MOST),
            _ => 1,
        };
        let next = self.now.map_or(0, |now| now + gap);
        // A jump that is too long to count starts the grid anew.
        self.now = Some(place.filter(|place| *place > next || self.now.is_none()).unwrap_or(next));
        self.gaps[(self.rows % HISTORY as u64) as usize] = gap as f32;
        self.rows += 1;
    }

    /// The step of the last row.
    pub fn now(&self) -> u64 {
        self.now.unwrap_or(0)
    }

    /// Steps of the last row from the one before.
    pub fn gap(&self) -> u32 {
        let last = self.rows.wrapping_sub(1) % HISTORY as u64;
        self.gaps[last as usize] as u32
    }

    /// Steps of the last `kept` rows, oldest first.
    pub fn gaps(&self, rows: u64, kept: usize) -> Vec<u32> {
        (rows - kept as u64..rows).map(|row| self.gaps[(row % HISTORY as u64) as usize] as u32).collect()
    }

    /// Whether rows that do not follow still have their place: by their times.
    pub fn is_timed(&self) -> bool {
        self.step.is_some()
    }

    pub fn restart(&mut self) {
        (self.now, self.rows) = (None, 0);
        self.gaps.fill(1.0);
    }

    pub fn state(&self) -> GridState {
        GridState { now: self.now, rows: self.rows }
    }

    pub fn tensor(&self) -> &[f32] {
        &self.gaps
    }

    /// Goes on from a saved state; where a file has none, its rows followed each other.
    pub fn restore(&mut self, state: Option<GridState>, gaps: Option<&[f32]>, rows: u64) {
        match (state, gaps.filter(|gaps| gaps.len() == HISTORY)) {
            (Some(state), Some(gaps)) => {
                (self.now, self.rows) = (state.now, state.rows);
                self.gaps.copy_from_slice(gaps);
            }
            _ => (self.now, self.rows) = (rows.checked_sub(1), rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_does_not_move_the_season() {
        let mut grid = Grid::new(Some(3600));
        for hour in (0..100).chain(150..200_i64) {
            grid.push(Some(hour * 3600 + 7));
            assert_eq!(grid.now() % 24, hour as u64 % 24);
        }
        assert_eq!(grid.gaps(150, 51)[..2], [1, 51]);
        let mut plain = Grid::new(None);
        (0..30).for_each(|_| plain.push(None));
        assert_eq!((plain.now(), plain.gap()), (29, 1));
    }
}
