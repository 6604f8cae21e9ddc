//! What is not there: cells that are missing for longer than ever, and rows that are missing between two times.

use serde::{Deserialize, Serialize};

use super::lengths::Lengths;
use super::news::{News, Terms, Told};

/// A time: whole seconds and nanoseconds, or a count and billionths.
pub type Moment = (i64, u32);

/// Times that a hole is to be expected where there was none, in any number of rows.
const PRIOR: f64 = 0.002;
/// Rows of a hole at least, and how many times the longest before.
const LEAST: u64 = 3;
const TIMES_LONGEST: f64 = 2.0;
/// Share of the rows seen for which a missing cell that was told of is an anomaly at most.
const LASTS: u64 = 10;
/// Steps that the usual one is found from, and from how many of them.
const STEPS: usize = 32;
const LEAST_STEPS: usize = 8;
/// Share of steps that are the usual one where times lie on a grid, and how far one may differ.
const REGULAR: f64 = 0.75;
const SLACK: f64 = 1.5;

/// Evidence against a hole of `rows` rows among those before it, in a table of `seen`.
fn evidence(past: &Lengths, rows: u64, seen: u64, terms: &Terms) -> f64 {
    let dropped = terms.left_out();
    if rows < LEAST || (rows as f64) < TIMES_LONGEST * past.longest(dropped) {
        return 0.0;
    }
    terms.evidence(past.expected(rows, dropped, PRIOR), seen)
}

/// The missing cells of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Absence {
    past: Lengths,
    /// Rows from the first that had a value on.
    rows: u64,
    /// Whether a value has come.
    begun: bool,
    /// Missing cells at hand, and what was told of them.
    missing: u64,
    told: Option<f64>,
    news: News,
}

impl Absence {
    /// Takes a row in.
    pub fn push(&mut self, missing: bool, terms: &Terms) -> Told {
        if !missing {
            if self.missing > 0 && terms.learn {
                self.past.push(self.missing);
            }
            (self.missing, self.told) = (0, None);
            self.begun = true;
            self.rows += u64::from(terms.learn);
            return self.news.push(0.0, terms);
        }
        // A column that has not begun yet is not missing.
        if !self.begun {
            return Told::default();
        }
        self.missing += 1;
        let evidence = match self.told {
            Some(_) if self.missing > terms.hold.max(self.rows / LASTS) => 0.0,
            Some(evidence) => evidence,
            None => evidence(&self.past, self.missing, self.rows, terms),
        };
        if evidence > terms.threshold {
            self.told = Some(evidence);
        }
        self.rows += u64::from(terms.learn);
        self.news.push(evidence, terms)
    }

    /// Missing cells up to the row at hand.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Forgets the cells at hand: what comes next does not go on from them.
    pub fn restart(&mut self) {
        self.interrupt();
        self.begun = false;
    }

    /// Passes over rows of which nothing is known.
    pub fn interrupt(&mut self) {
        (self.missing, self.told, self.news) = (0, None, News::default());
    }

    pub fn is_sound(&self) -> bool {
        self.past.is_sound()
    }
}

/// Rows that are missing between two times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hole {
    /// Time of the row before it.
    pub after: (i64, u32),
    /// Time of the row behind it.
    pub before: (i64, u32),
    /// The usual step, in nanoseconds or billionths.
    pub step: i64,
    /// Rows that are missing.
    pub missing: u64,
    /// Evidence, −log₁₀ of a probability.
    pub evidence: f64,
}

impl Hole {
    /// Times of the first and the last missing row.
    pub fn ends(&self) -> [Moment; 2] {
        const NANOS: i128 = 1_000_000_000;
        let total = |(seconds, nanos): Moment| i128::from(seconds) * NANOS + i128::from(nanos);
        let time = |nanos: i128| (nanos.div_euclid(NANOS) as i64, nanos.rem_euclid(NANOS) as u32);
        let (first, step) = (total(self.after), i128::from(self.step));
        [first + step, first + step * i128::from(self.missing)].map(time)
    }
}

/// The grid that the times of a series lie on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grid {
    past: Lengths,
    rows: u64,
    /// The first steps, in nanoseconds, until there are enough.
    first: Vec<f64>,
    step: Option<f64>,
    steps: u64,
    regular: u64,
    last: Option<Moment>,
}

impl Grid {
    /// Takes a row's time in; gives the rows since the one before, by the usual step, and the hole between them where that is news.
    pub fn push(&mut self, time: Option<Moment>, terms: &Terms) -> (u64, Option<Hole>) {
        let (Some(now), learn) = (time, terms.learn) else { return (1, None) };
        self.rows += u64::from(learn);
        let Some(after) = self.last.replace(now) else { return (1, None) };
        let nanos = (now.0 as f64 - after.0 as f64) * 1e9 + (f64::from(now.1) - f64::from(after.1));
        if nanos <= 0.0 {
            return (1, None);
        }
        if learn && self.first.len() < STEPS {
            self.first.push(nanos);
            let mut sorted = self.first.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            self.step = (sorted.len() >= LEAST_STEPS).then(|| sorted[sorted.len() / 2]);
        }
        let Some(step) = self.step else { return (1, None) };
        if learn {
            self.steps += 1;
            self.regular += u64::from(nanos < SLACK * step);
        }
        let is_grid = self.regular as f64 >= REGULAR * self.steps as f64;
        if nanos < SLACK * step || !is_grid {
            return (1, None);
        }
        let missing = ((nanos / step).round() as u64).saturating_sub(1);
        let evidence = evidence(&self.past, missing, self.rows, terms);
        if learn {
            self.past.push(missing);
        }
        let hole = Hole { after, before: now, step: step as i64, missing, evidence };
        (missing + 1, (evidence > terms.threshold).then_some(hole))
    }

    /// Time of the last row.
    pub fn last(&self) -> Option<Moment> {
        self.last
    }

    pub fn restart(&mut self) {
        self.last = None;
    }

    pub fn is_sound(&self) -> bool {
        self.past.is_sound() && self.step.is_none_or(|step| step > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONLINE: Terms = Terms { rate: 1e-4, threshold: 4.0, hold: 100, learn: true, review: false, columns: 1 };
    const REVIEW: Terms = Terms { learn: false, review: true, ..ONLINE };

    /// Rows at which missing cells are told of, as they come and looked at again.
    fn told(rows: usize, missing: impl Fn(usize) -> bool) -> [Vec<usize>; 2] {
        let mut absence = Absence::default();
        [ONLINE, REVIEW].map(|terms| {
            absence.restart();
            (0..rows).filter(|&row| absence.push(missing(row), &terms).alarm).collect()
        })
    }

    #[test]
    fn cells_that_are_missing_for_longer_than_ever_are_told_of_once() {
        for found in told(1000, |row| (600..640).contains(&row)) {
            assert_eq!(found, [602]);
        }
        for found in told(1000, |row| (600..640).contains(&row) || row % 10 == 0) {
            assert!(matches!(found[..], [602..=606]), "{found:?}");
        }
        for found in told(1000, |row| (300..340).contains(&row) || (600..640).contains(&row)) {
            assert_eq!(found, [302, 602], "one is no excuse for another");
        }
    }

    #[test]
    fn what_is_often_missing_or_has_not_begun_is_not_told_of() {
        for found in [told(1000, |row| row % 5 != 0), told(1000, |row| row < 500), told(1000, |row| row % 97 == 3)] {
            assert_eq!(found, [[], []] as [[usize; 0]; 2]);
        }
    }

    /// Holes between times that are `kept`, as they come and looked at again.
    fn holes(rows: i64, step: f64, kept: impl Fn(i64) -> bool) -> [Vec<Hole>; 2] {
        let mut grid = Grid::default();
        [ONLINE, REVIEW].map(|terms| {
            grid.restart();
            let time = |row: i64| {
                let at = row as f64 * step;
                (at.floor() as i64, ((at - at.floor()) * 1e9) as u32)
            };
            (0..rows).filter(|row| kept(*row)).filter_map(|row| grid.push(Some(time(row)), &terms).1).collect()
        })
    }

    #[test]
    fn a_hole_in_a_grid_is_told_of_with_its_ends() {
        for found in holes(1000, 60.25, |row| !(600..612).contains(&row)) {
            let [hole] = found[..] else { panic!("{found:?}") };
            assert_eq!((hole.missing, hole.step), (12, 60_250_000_000));
            assert_eq!(hole.ends(), [(36_150, 0), (36_812, 750_000_000)]);
        }
        for found in holes(1000, 60.0, |row| !(300..340).contains(&row) && !(600..640).contains(&row)) {
            assert_eq!(found.len(), 2, "one is no excuse for another");
        }
    }

    #[test]
    fn ordinary_holes_and_times_without_a_grid_are_not_told_of() {
        let business_days = |day: i64| day % 7 < 5;
        for found in holes(2000, 86_400.0, business_days) {
            assert_eq!(found, []);
        }
        let missing_now_and_then = |row: i64| row % 37 != 5;
        for found in holes(2000, 60.0, missing_now_and_then) {
            assert_eq!(found, []);
        }
        let mut rng = crate::rng::Rng::new(1, 0);
        let kept: Vec<bool> = (0..20_000).map(|_| rng.unit() < 0.1).collect();
        for found in holes(20_000, 1.0, |row| kept[row as usize]) {
            assert_eq!(found, [], "events at random times");
        }
        let months = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let is_first_of_month = |day: i64| months.contains(&(day % 365));
        for found in holes(3650, 86_400.0, is_first_of_month) {
            assert_eq!(found, []);
        }
    }

    #[test]
    fn rows_since_the_one_before_count_those_that_are_missing() {
        let mut grid = Grid::default();
        for row in 0..50 {
            assert_eq!(grid.push(Some((row * 60, 0)), &ONLINE).0, 1);
        }
        assert_eq!(grid.push(Some((52 * 60, 0)), &ONLINE), (3, None), "two rows are no hole");
        assert_eq!(grid.push(Some((52 * 60, 0)), &ONLINE), (1, None), "a repeated time");
        assert_eq!(grid.push(Some((63 * 60, 0)), &ONLINE).0, 11);
    }
}
