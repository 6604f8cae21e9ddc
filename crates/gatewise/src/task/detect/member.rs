//! One series of a fleet: a detector for its numbers, and what watches its states, counters, missing cells and times.

use serde::{Deserialize, Serialize};

use super::absence::{Absence, Grid, Hole, Moment};
use super::alarm::{Verdict, score_of};
use super::category::Category;
use super::counter::Counter;
use super::detector::Detector;
use super::episode::{Cause, Episode, Episodes, Odd};
use super::error::DetectError;
use super::event::{Blame, blame};
use super::fleet::{FleetConfig, Reading};
use super::monitor::{Kind, main_kind};
use super::news::{Terms, Told};

/// What is said of a row of a series.
#[derive(Debug)]
pub struct Judged<'a> {
    /// Number of the row in its series, from 0.
    pub row: u64,
    /// Score, threshold, alarm.
    pub verdict: Verdict,
    /// The row's values as they came: (C).
    pub values: &'a [f64],
    /// What was expected before the row was seen, in the columns' own units: (C), finite.
    pub expected: &'a [f64],
    /// What speaks most against each value, where the row is an anomaly: (C), else empty.
    pub kinds: &'a [Kind],
    /// What is to blame, where the row is an anomaly.
    pub causes: &'a [Cause],
    /// Rows that are missing before this one, where that is an anomaly.
    pub hole: Option<Hole>,
    /// The event that ended before this row.
    pub ended: Option<Episode>,
}

/// What a file keeps of a series beside its detector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Watches {
    pub row: u64,
    pub states: Vec<Category>,
    pub counters: Vec<Counter>,
    /// Of the values, then of the states.
    pub absences: Vec<Absence>,
    pub grid: Grid,
    /// Rows up to this one of which nothing is known, by channel.
    unknown: Vec<u64>,
}

impl Watches {
    /// Whether what a file says can be gone on from; what it leaves out is made anew.
    pub fn restore(&mut self) -> bool {
        let counters = self.counters.iter().all(Counter::is_sound);
        let states = self.states.iter_mut().all(Category::restore);
        counters && states && self.absences.iter().all(Absence::is_sound) && self.grid.is_sound()
    }
}

/// Rows in a row of which nothing is known that part the windows of a channel; known maintenance does at once.
const LONG: u64 = 24;

/// A series.
pub(super) struct Member {
    pub detector: Option<Detector>,
    pub watches: Watches,
    episodes: Episodes,
    /// As the detector sees them.
    readings: Vec<f64>,
    values: Vec<f64>,
    expected: Vec<f64>,
    causes: Vec<Cause>,
    kinds: Vec<Kind>,
}

impl Member {
    pub fn new(config: &FleetConfig) -> Result<Self, DetectError> {
        let channels = config.detect.channels;
        let detector = if channels > 0 { Some(Detector::new(&config.detect)?) } else { None };
        Ok(Self::of(config, detector, Watches::default()))
    }

    /// Of saved parts. What an older file does not have begins anew.
    pub fn of(config: &FleetConfig, detector: Option<Detector>, mut watches: Watches) -> Self {
        let channels = config.detect.channels;
        watches.states.resize_with(config.states, Category::default);
        watches.counters.resize_with(config.counters.len(), Counter::default);
        watches.absences.resize_with(channels + config.states, Absence::default);
        watches.unknown.resize(channels, 0);
        if let Some(detector) = &detector {
            watches.row = detector.rows();
        }
        Self {
            detector,
            watches,
            episodes: Episodes::default(),
            readings: vec![0.0; channels],
            values: vec![0.0; channels],
            expected: vec![0.0; channels],
            causes: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// Scores a row, then takes it in.
    ///
    /// `terms` are those of every row of the fleet.
    pub fn push(&mut self, config: &FleetConfig, reading: &Reading<'_>, terms: Terms) -> Result<Judged<'_>, DetectError> {
        let channels = config.detect.channels;
        let wrong = |found: usize, expected: usize| Err(DetectError::Channels { found, expected });
        if reading.values.len() != channels {
            return wrong(reading.values.len(), channels);
        }
        if reading.states.len() != config.states {
            return wrong(reading.states.len(), config.states);
        }
        let learn = terms.learn && !reading.ignored;
        let terms = Terms { learn, ..terms };
        let row = self.watches.row;
        let ended = self.episodes.pass(row, config.detect.join as u64);
        let (steps, hole) = self.watches.grid.push(reading.time, &terms);
        let hole = hole.filter(|_| !reading.ignored && !reading.known_hole);
        self.values.copy_from_slice(reading.values);
        self.readings.copy_from_slice(reading.values);
        self.causes.clear();
        self.kinds.clear();
        let told = match reading.ignored {
            true => {
                self.pass_over();
                Vec::new()
            }
            false => {
                for (counter, &c) in self.watches.counters.iter_mut().zip(&config.counters) {
                    self.readings[c] = counter.push(reading.values[c], steps, learn);
                }
                self.watch(reading, &terms, channels)
            }
        };
        self.part(reading);
        let numbers = self.detect(reading.time, learn)?;
        for (counter, &c) in self.watches.counters.iter().zip(&config.counters) {
            self.expected[c] = counter.level(self.expected[c]);
        }
        let verdict = joined(numbers.as_ref().map(|(verdict, _)| *verdict), &told, terms.threshold);
        self.watches.row += 1;
        if verdict.anomaly {
            self.note(row, verdict, numbers, config);
        }
        Ok(Judged { row, verdict, values: &self.values, expected: &self.expected, kinds: &self.kinds, causes: &self.causes, hole, ended })
    }

    /// A row of known maintenance: nothing of it is known.
    fn pass_over(&mut self) {
        self.readings.fill(f64::NAN);
        self.watches.states.iter_mut().for_each(Category::restart);
        self.watches.counters.iter_mut().for_each(Counter::restart);
        self.watches.absences.iter_mut().for_each(Absence::interrupt);
    }

    /// Windows of a channel do not reach over a long stretch of which nothing is known: seasons would not meet.
    fn part(&mut self, reading: &Reading<'_>) {
        let Some(detector) = &mut self.detector else { return };
        for ((monitor, unknown), value) in detector.monitors.iter_mut().zip(&mut self.watches.unknown).zip(reading.values) {
            if reading.ignored || !value.is_finite() {
                *unknown = unknown.saturating_add(if reading.ignored { LONG } else { 1 });
            } else if std::mem::take(unknown) >= LONG {
                monitor.restart();
            }
        }
    }

    /// Missing cells and states; what is odd of them becomes a cause.
    fn watch(&mut self, reading: &Reading<'_>, terms: &Terms, channels: usize) -> Vec<Told> {
        let Watches { states, absences, .. } = &mut self.watches;
        let mut all = Vec::new();
        let missing = reading.values.iter().map(|value| !value.is_finite()).chain(reading.states.iter().map(Option::is_none));
        let missing_terms = Terms { columns: channels + reading.states.len(), ..*terms };
        for (column, (absence, missing)) in absences.iter_mut().zip(missing).enumerate() {
            let told = absence.push(missing, &missing_terms);
            if told.anomaly {
                self.causes.push(Cause::Missing { column, evidence: told.evidence, rows: absence.missing() });
            }
            if told.evidence > 0.0 {
                all.push(told);
            }
        }
        let state_terms = Terms { columns: reading.states.len(), ..*terms };
        for (column, (category, state)) in states.iter_mut().zip(reading.states).enumerate() {
            let told = category.push(*state, &state_terms);
            if let (true, Some(blame)) = (told.anomaly, category.blame()) {
                self.causes.push(Cause::State { column, evidence: told.evidence, blame });
            }
            if told.evidence > 0.0 {
                all.push(told);
            }
        }
        all
    }

    /// The numbers' verdict, and who is to blame for it.
    fn detect(&mut self, time: Option<Moment>, learn: bool) -> Result<Option<(Verdict, Vec<Blame>)>, DetectError> {
        let Some(detector) = &mut self.detector else { return Ok(None) };
        detector.set_learning(learn);
        let scored = detector.push(time.map(|(seconds, _)| seconds), &self.readings)?;
        self.expected.copy_from_slice(scored.expected);
        let blames = if scored.verdict.anomaly { blame(&scored) } else { Vec::new() };
        if scored.verdict.anomaly || !self.causes.is_empty() {
            self.kinds.extend(scored.evidence.iter().map(main_kind));
        }
        Ok(Some((scored.verdict, blames)))
    }

    /// Keeps an anomalous row for its event, and says who is to blame for it.
    fn note(&mut self, row: u64, verdict: Verdict, numbers: Option<(Verdict, Vec<Blame>)>, config: &FleetConfig) {
        let mut values = numbers.map_or(Vec::new(), |(_, blames)| blames);
        for blame in values.iter_mut().filter(|blame| config.counters.contains(&blame.channel)) {
            (blame.value, blame.expected) = (self.values[blame.channel], self.expected[blame.channel]);
        }
        let rows = |cause: &Cause| if let Cause::Missing { rows, .. } = cause { *rows } else { 1 };
        let since = row + 1 - self.causes.iter().map(rows).max().unwrap_or(1).min(row + 1);
        let others = self.causes.clone();
        self.causes.splice(0..0, values.iter().copied().map(Cause::Value));
        self.episodes.push(Odd { row, since, score: verdict.score, alarm: verdict.alarm, values, others });
    }

    /// The event under way, at the end of the rows.
    pub fn finish(&mut self) -> Option<Episode> {
        self.episodes.finish()
    }

    /// Quantiles at `low` and `high` of what was expected of a channel's last value, in its own units.
    pub fn band(&self, config: &FleetConfig, channel: usize, low: f32, high: f32) -> (f64, f64) {
        let Some(detector) = &self.detector else { return (0.0, 0.0) };
        let (low, high) = detector.band(channel, low, high);
        match config.counters.iter().position(|c| *c == channel) {
            Some(place) => (self.watches.counters[place].level(low), self.watches.counters[place].level(high)),
            None => (low, high),
        }
    }

    /// Goes on with rows that do not follow those seen.
    pub fn restart(&mut self) {
        if let Some(detector) = &mut self.detector {
            detector.restart();
        }
        self.forget();
    }

    /// Goes back to the first of the rows that were learned from, to score them.
    pub fn review(&mut self) {
        if let Some(detector) = &mut self.detector {
            detector.rewind();
        }
        self.forget();
    }

    /// Forgets the last rows of what is watched beside the numbers.
    fn forget(&mut self) {
        self.episodes = Episodes::default();
        let Watches { row, states, counters, absences, grid, unknown } = &mut self.watches;
        *row = 0;
        unknown.fill(0);
        states.iter_mut().for_each(Category::restart);
        counters.iter_mut().for_each(Counter::restart);
        absences.iter_mut().for_each(Absence::restart);
        grid.restart();
    }

    /// Score from which the next row would be an anomaly.
    pub fn threshold(&self, config: &FleetConfig) -> f64 {
        self.detector.as_ref().map_or_else(|| score_of(-config.detect.rate.log10()), Detector::threshold)
    }
}

/// The verdict of the numbers with that of what is watched beside them, whose evidence counts from `enough` on as the detector's own does from its
/// threshold on.
fn joined(numbers: Option<Verdict>, told: &[Told], enough: f64) -> Verdict {
    let mut verdict = numbers.unwrap_or(Verdict { score: 0.0, threshold: score_of(enough), alarm: false, anomaly: false, raw_score: 0.0 });
    let threshold = verdict.threshold;
    let score = |evidence: f64| match evidence / enough {
        share if share <= 1.0 => threshold * share,
        share => threshold + (1.0 - threshold) * (1.0 - 1.0 / share),
    };
    for told in told {
        verdict.score = verdict.score.max(score(told.news));
        verdict.raw_score = verdict.raw_score.max(score(told.evidence));
        verdict.alarm |= told.alarm;
        verdict.anomaly |= told.anomaly;
    }
    verdict
}
