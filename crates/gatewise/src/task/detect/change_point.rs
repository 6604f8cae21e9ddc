//! A level that moves and stays: the mean of the last rows against that of rows a while before, held against its own past.
//!
//! Two windows side by side, as the detector of level shifts in ADTK has them, with a gap between them so that a slow shift shows its whole height, and as
//! long as a short season, which then cancels.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::scale::Scale;
use super::tail::{Tail, is_left_out};

/// Rows of a window where no short season makes it longer.
const ROWS: usize = 24;
/// Longest season that a window covers: with longer ones a shift would be told of too late.
const LONGEST_SEASON: usize = 48;
/// Windows that a difference spans: the last, the gap, the one before.
const SPAN: usize = 3;
/// Windows that have to be seen before anything is said.
const FIRST: u64 = 10;
/// Share of differences that are no peaks, and their mean excess in squashed units that is no surprise.
const LEVEL: f64 = 0.98;
const LEAST_EXCESS: f64 = 0.05;
/// Probability of a difference that is marked, from the tail of those before.
const RARE: f64 = 1e-5;
/// Rows of each further shift that is not learned from, see [`is_left_out`].
const LEFT_OUT: u64 = 2000;

/// The level of a channel now and a while ago.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePoint {
    window: usize,
    /// The last rows, at most [`SPAN`] windows, as they came …
    raw: VecDeque<f32>,
    /// … and squashed by the scale, anew when it moves: a step of the scale is none of the channel.
    values: VecDeque<f64>,
    scale: Scale,
    past: Tail,
    /// Differences not yet learned: those on the way to a shift never are.
    waiting: VecDeque<f64>,
    rows: u64,
    shifts: u64,
    /// Rows since one was marked.
    since: u64,
    left_out: bool,
}

impl ChangePoint {
    /// `seasons`: rows after which the data come round, shortest first.
    pub fn new(seasons: &[usize]) -> Self {
        let season = seasons.first().copied().filter(|s| (1..=LONGEST_SEASON).contains(s)).unwrap_or(ROWS);
        let window = season * ROWS.div_ceil(season);
        Self {
            window,
            raw: VecDeque::new(),
            values: VecDeque::new(),
            scale: Scale::default(),
            past: Tail::new(LEVEL, LEAST_EXCESS),
            waiting: VecDeque::new(),
            rows: 0,
            shifts: 0,
            since: u64::MAX,
            left_out: false,
        }
    }

    /// Whether the level has shifted further than it ever did. `value` is that of the channel from its origin.
    pub fn push(&mut self, value: f32, scale: Scale, learn: bool) -> bool {
        let (window, span) = (self.window, SPAN * self.window);
        if self.scale != scale {
            self.scale = scale;
            self.values = self.raw.iter().map(|value| f64::from(scale.squash(*value))).collect();
        }
        if self.values.len() == span {
            self.raw.pop_front();
            self.values.pop_front();
        }
        self.raw.push_back(value);
        self.values.push_back(f64::from(scale.squash(value)));
        if self.values.len() < span {
            return false;
        }
        let sum = |rows: std::ops::Range<usize>| self.values.range(rows).sum::<f64>();
        let difference = (sum(span - window..span) - sum(0..window)).abs() / window as f64;
        if learn {
            self.rows = self.rows.saturating_add(1);
        }
        let marked = self.rows > FIRST * window as u64 && difference > self.past.quantile(RARE);
        if marked {
            if learn && self.since > window as u64 {
                self.shifts = self.shifts.saturating_add(1);
                self.left_out = is_left_out(self.shifts, self.rows, LEFT_OUT);
                if self.left_out {
                    self.waiting.clear();
                }
            }
            self.since = 0;
        } else {
            self.since = self.since.saturating_add(1);
        }
        self.left_out &= self.since <= window as u64;
        if learn && !self.left_out {
            self.waiting.push_back(difference);
            if self.waiting.len() > window
                && let Some(difference) = self.waiting.pop_front()
            {
                self.past.push(difference);
            }
        }
        marked
    }

    /// Whether a saved state can be gone on from.
    pub fn is_sound(&self) -> bool {
        let window = (1..=2 * LONGEST_SEASON).contains(&self.window);
        let rows = window && self.raw.len() == self.values.len() && self.values.len() <= SPAN * self.window;
        let scale = self.scale.is_sound();
        rows && scale && self.waiting.len() <= self.window && self.past.is_sound()
    }

    /// Forgets the last rows, not the distribution.
    pub fn restart(&mut self) {
        self.raw.clear();
        self.values.clear();
        self.waiting.clear();
        (self.since, self.left_out) = (u64::MAX, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    const NONE: [usize; 0] = [];

    /// Rows that are marked among `rows` of noise with a wave of 24 rows, to which `level` is added.
    fn marked(rows: usize, level: impl Fn(usize) -> f64) -> Vec<usize> {
        let (mut shift, mut rng) = (ChangePoint::new(&[24, 168]), Rng::new(1, 0));
        let mut noise = || 2.0 * rng.unit() - 1.0;
        let value = |row: usize| 3.0 * (std::f64::consts::TAU * row as f64 / 24.0).sin() + level(row);
        (0..rows).filter(|&row| shift.push((value(row) + noise()) as f32, Scale { center: 0.0, spread: 4.0 }, true)).collect()
    }

    #[test]
    fn a_shift_is_marked_whether_it_comes_at_once_or_slowly() {
        assert_eq!(marked(4000, |_| 0.0), NONE);
        for (name, level) in [
            ("step", (|row| if row < 3000 { 0.0 } else { 2.0 }) as fn(usize) -> f64),
            ("ramp", |row| 2.0 * ((row.max(3000) - 3000) as f64 / 20.0).min(1.0)),
        ] {
            let found = marked(4000, level);
            assert!(found.first().is_some_and(|row| (3001..3030).contains(row)), "{name}: {found:?}");
            assert!(found.last().is_some_and(|row| *row < 3100), "{name}: the new level is ordinary soon\n{found:?}");
        }
    }

    #[test]
    fn a_shift_is_no_excuse_for_the_next_unless_they_are_ordinary() {
        let found = marked(8000, |row| if [3000, 6000].iter().any(|at| (*at..at + 60).contains(&row)) { 2.0 } else { 0.0 });
        assert!(found.iter().any(|row| (3000..3060).contains(row)) && found.iter().any(|row| (6000..6060).contains(row)), "{found:?}");
        let found = marked(8000, |row| (row / 150 % 2) as f64 * 2.0);
        assert!(found.iter().all(|row| *row < 2000), "{found:?}");
    }

    #[test]
    fn a_window_covers_whole_short_seasons() {
        for (seasons, expected) in [(&[][..], 24), (&[7], 28), (&[24, 168], 24), (&[48], 48), (&[288, 2016], 24)] {
            assert_eq!(ChangePoint::new(seasons).window, expected, "{seasons:?}");
        }
    }
}
