//! A column of states: one that was never seen or is rare, a change that never was, and one that lasts longer than ever.
//!
//! Each is expected so many times in as many rows as were seen, by what was seen and a small prior; −log₁₀ of that share of rows is its evidence.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::lengths::Lengths;
use super::news::{News, Terms, Told};

/// States that are told apart; further ones are all taken for one.
const MOST_STATES: usize = 1024;
/// Times that what was never seen is to be expected in any number of rows.
const PRIOR: f64 = 0.02;
/// Times that a stretch far longer than ever is to be expected.
const LENGTH_PRIOR: f64 = 0.005;
/// Rows in which every state is new.
const FIRST: u64 = 64;
/// Share of rows from which a state is an ordinary one: where it came several times, and where it came but seldom.
const COMMON: f64 = 0.05;
const COMMON_ENTRIES: u64 = 3;
const PREVALENT: f64 = 0.25;
/// Stretches of a state before one may be too long, how many times the longest it has to last, and how many rows longer.
const LEAST_STRETCHES: u64 = 8;
const TIMES_LONGEST: f64 = 1.5;
const LEAST_LONGER: f64 = 3.0;
/// Stretches as long as the longest that counts: that one, and the longer one that may be odd.
const ALLOWED: f64 = 2.0;
/// Share of the rows seen for which a state that was told of is an anomaly at most.
const LASTS: u64 = 10;

/// What speaks against a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateKind {
    /// It was never seen.
    UnseenState,
    /// It is rare.
    RareState,
    /// The state before never, or rarely, went over to it.
    UnusualChange,
    /// It lasts longer than it ever did.
    LongState,
}

/// A state that is to blame.
#[derive(Clone, Debug, PartialEq)]
pub struct StateBlame {
    /// The state.
    pub state: String,
    /// The one before it, where it is known.
    pub before: Option<String>,
    /// What speaks against it.
    pub kind: StateKind,
    /// Rows for which it has lasted.
    pub rows: u64,
    /// Rows for which it lasted at most before.
    pub longest: u64,
}

/// What is known of a state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    name: String,
    rows: u64,
    /// Rows that went over to it from another.
    entries: u64,
    lengths: Lengths,
}

/// The stretch of a state at hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    state: usize,
    before: Option<usize>,
    rows: u64,
    /// What was told of it, and its evidence.
    told: Option<(StateKind, f64)>,
}

/// A column of states.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Category {
    states: Vec<State>,
    /// State before, state, rows that went over.
    changes: Vec<(usize, usize, u64)>,
    rows: u64,
    /// New states, and new changes between known ones, that came late: those soon after each other count as one.
    late_states: u64,
    late_changes: u64,
    /// Rows at which one was counted last; 0 for none.
    last_state: u64,
    last_change: u64,
    /// Stretches that were told of as too long.
    long: u64,
    stretch: Option<Stretch>,
    news: News,
    #[serde(skip)]
    places: HashMap<String, usize>,
    #[serde(skip)]
    places_of_changes: HashMap<(usize, usize), usize>,
}

impl Category {
    /// Takes a row in. A missing state neither ends a stretch nor lengthens it.
    pub fn push(&mut self, state: Option<&str>, terms: &Terms) -> Told {
        let Some(name) = state else { return Told::default() };
        let state = self.place(name);
        let evidence = match &mut self.stretch {
            Some(stretch) if stretch.state == state => {
                stretch.rows += 1;
                self.goes_on(terms)
            }
            _ => self.enter(state, terms),
        };
        if terms.learn {
            self.rows += 1;
            self.states[state].rows += 1;
        }
        self.news.push(evidence, terms)
    }

    /// Forgets the state at hand: what comes next does not follow it.
    pub fn restart(&mut self) {
        self.stretch = None;
        self.news = News::default();
    }

    /// What is told of the state at hand.
    pub fn blame(&self) -> Option<StateBlame> {
        let stretch = self.stretch.as_ref()?;
        let (kind, _) = stretch.told?;
        let name = |place: usize| self.states[place].name.clone();
        let longest = self.states[stretch.state].lengths.longest(usize::from(kind == StateKind::LongState));
        Some(StateBlame { state: name(stretch.state), before: stretch.before.map(name), kind, rows: stretch.rows, longest: longest as u64 })
    }

    /// Whether a saved column can be gone on from; its tables are made anew.
    pub fn restore(&mut self) -> bool {
        let count = self.states.len();
        let sound = self.states.iter().all(|s| s.lengths.is_sound())
            && self.changes.iter().all(|(a, b, _)| *a < count && *b < count)
            && self.stretch.as_ref().is_none_or(|s| s.state < count && s.before.is_none_or(|before| before < count));
        self.places = self.states.iter().enumerate().map(|(place, state)| (state.name.clone(), place)).collect();
        self.places_of_changes = self.changes.iter().enumerate().map(|(place, (a, b, _))| ((*a, *b), place)).collect();
        sound
    }

    /// The place of a state among those known; a new one where it is not. It is known for good once a row has entered it.
    fn place(&mut self, name: &str) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        if self.states.len() == MOST_STATES {
            return MOST_STATES - 1;
        }
        self.states.push(State { name: name.to_owned(), ..State::default() });
        self.places.insert(name.to_owned(), self.states.len() - 1);
        self.states.len() - 1
    }

    /// Evidence against a stretch that lasts one row more.
    fn goes_on(&mut self, terms: &Terms) -> f64 {
        let Some(stretch) = &mut self.stretch else { return 0.0 };
        if let Some((_, evidence)) = stretch.told {
            return if stretch.rows > terms.hold.max(self.rows / LASTS) { 0.0 } else { evidence };
        }
        let lengths = &self.states[stretch.state].lengths;
        let dropped = terms.left_out();
        let (rows, longest) = (stretch.rows as f64, lengths.longest(dropped));
        if lengths.count() < LEAST_STRETCHES + dropped as u64 || rows < TIMES_LONGEST * longest || rows < longest + LEAST_LONGER {
            return 0.0;
        }
        let expected = ALLOWED * lengths.expected(stretch.rows, dropped, LENGTH_PRIOR / ALLOWED);
        let kinds = self.states.iter().filter(|state| state.lengths.count() >= LEAST_STRETCHES).count();
        let evidence = terms.evidence(expected * kinds as f64, self.rows);
        if evidence > terms.threshold {
            stretch.told = Some((StateKind::LongState, evidence));
        }
        evidence
    }

    /// Evidence against a state that is new to the row.
    fn enter(&mut self, state: usize, terms: &Terms) -> f64 {
        let before = self.stretch.take().map(|stretch| {
            self.learn_length(&stretch, terms);
            stretch.state
        });
        let own = u64::from(terms.review);
        let known = &self.states[state];
        let entries = known.entries.saturating_sub(own);
        let share = known.rows as f64 / self.rows.max(1) as f64;
        let is_common = share >= if entries >= COMMON_ENTRIES { COMMON } else { PREVALENT };
        let late = |count: u64| count.saturating_sub(terms.left_out() as u64) as f64;
        let times = |count: u64| count.saturating_sub(1) as f64 + PRIOR;
        let rare = if is_common { 0.0 } else { terms.evidence(times(entries) + late(self.late_states), self.rows) };
        let kind = if entries == 0 { StateKind::UnseenState } else { StateKind::RareState };
        let change = match before {
            Some(before) if is_common || entries > 0 => {
                let count = self.places_of_changes.get(&(before, state)).map_or(0, |&place| self.changes[place].2).saturating_sub(own);
                terms.evidence(times(count) + late(self.late_changes), self.states[before].rows)
            }
            _ => 0.0,
        };
        let (kind, evidence) = if change > rare { (StateKind::UnusualChange, change) } else { (kind, rare) };
        let told = (evidence > terms.threshold).then_some((kind, evidence));
        self.stretch = Some(Stretch { state, before, rows: 1, told });
        if terms.learn {
            self.learn_entry(before, state, terms);
        }
        evidence
    }

    fn learn_entry(&mut self, before: Option<usize>, state: usize, terms: &Terms) {
        let is_late = |last: u64| self.rows >= FIRST && (last == 0 || self.rows.saturating_sub(last) > terms.hold);
        let new = self.states[state].entries == 0;
        if new && is_late(self.last_state) {
            (self.late_states, self.last_state) = (self.late_states + 1, self.rows);
        }
        self.states[state].entries += 1;
        let Some(before) = before else { return };
        match self.places_of_changes.get(&(before, state)) {
            Some(&place) => self.changes[place].2 += 1,
            None => {
                if !new && is_late(self.last_change) {
                    (self.late_changes, self.last_change) = (self.late_changes + 1, self.rows);
                }
                self.places_of_changes.insert((before, state), self.changes.len());
                self.changes.push((before, state, 1));
            }
        }
    }

    /// What was told of as too long is not learned from, unless it is as frequent as alarms may be.
    fn learn_length(&mut self, stretch: &Stretch, terms: &Terms) {
        if !terms.learn {
            return;
        }
        if matches!(stretch.told, Some((StateKind::LongState, _))) {
            self.long += 1;
            if self.long as f64 <= 1.0 + terms.rate * self.rows as f64 {
                return;
            }
        }
        self.states[stretch.state].lengths.push(stretch.rows);
    }
}

#[cfg(test)]
mod tests;
