//! Rows through a fleet of detectors, with everything that is kept of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gatewise::data::{RowReader, Spans, TimeWriter, anomalous_words};
use gatewise::detect::{Cause, DetectError, Episode, Fleet, Judged, Labelled, Metrics, Reading, Resumed};
use gatewise::{Error, Kind};
use gatewise_report::detect::{Charts, NamedEvent, Names, Outcome, label_note};
use pyo3::prelude::*;

use crate::errors::raised;

/// Events that are kept; a table with more has another problem.
const MOST_EVENTS: usize = 100_000;
/// The expected band of the page: 95 % of the predictive distribution.
const BAND: (f32, f32) = (0.025, 0.975);
/// Rows between two looks at the clock, and the time between two looks for Ctrl-C.
const ROWS: u64 = 64;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks for Ctrl-C now and then.
pub struct Stop(Instant);

impl Stop {
    pub fn new() -> Self {
        Self(Instant::now())
    }

    /// Raises what Ctrl-C does, where it was pressed.
    pub fn check(&mut self) -> PyResult<()> {
        if self.0.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.0 = Instant::now();
        Python::attach(|py| py.check_signals())
    }
}

/// A score or a threshold, with the six digits behind the point that the command line writes.
pub fn fraction(value: f64) -> f64 {
    const UNIT: f64 = 1e6;
    (value.clamp(0.0, 1.0) * UNIT).round() / UNIT
}

/// An expected value, with as many digits as the network's own precision holds, as the command line writes it.
pub fn single(value: f64) -> f64 {
    let single = value as f32;
    if single.is_finite() { single.to_string().parse().unwrap_or(value) } else { value }
}

/// The table of scores, by columns.
pub struct Scores {
    pub score: Vec<f64>,
    pub threshold: Vec<f64>,
    pub anomaly: Vec<bool>,
    /// By channel.
    pub expected: Vec<Vec<f64>>,
    /// Rows of known maintenance, where any is known.
    pub ignored: Option<Vec<bool>>,
    /// Numbers of rows in their series, from 1, where no column has times.
    pub numbers: Option<Vec<i64>>,
    /// Cells of time, id, value and state columns; those of a file alone.
    pub cells: Option<Cells>,
}

/// Cells of a file.
#[derive(Default)]
pub struct Cells {
    pub before: Vec<Vec<String>>,
    pub values: Vec<Vec<f64>>,
    pub states: Vec<Vec<Option<String>>>,
}

/// What a pass over rows found.
pub struct Found {
    pub scores: Scores,
    pub names: Names,
    pub rows: u64,
    pub anomalies: u64,
    pub events: Vec<NamedEvent>,
    pub metrics: Option<Metrics>,
    /// What the labels were taken to mean.
    pub label_note: Option<String>,
    pub charts: Charts,
    /// Seconds of the last row.
    pub last: Option<i64>,
    /// Names of the series that came.
    pub series: Vec<String>,
    /// Series that the model did not know, and those that did not follow its rows.
    pub new: Vec<String>,
    pub restarted: Vec<String>,
    ignored: u64,
    missing: u64,
    labelled: Option<Labelled>,
}

/// A series of this pass.
struct Series {
    /// Its place in the fleet.
    place: usize,
    /// Its first row, as the fleet counts.
    first: u64,
    /// Times of the rows of the event under way.
    times: BTreeMap<u64, String>,
    /// Row and time at which each column's cells began to be missing.
    absent: Vec<Option<(u64, String)>>,
}

/// Names of what a reader watches.
pub fn names(reader: &RowReader) -> Names {
    let columns: Vec<String> = reader.channels().into_iter().chain(reader.state_columns()).map(str::to_owned).collect();
    Names { values: reader.channels().len(), columns, by_series: !reader.id_columns().is_empty() }
}

/// Whether a row, the `number`-th of its series from 0, and what is missing before it, lie in a span of known maintenance.
pub fn known(spans: Option<&mut Spans>, series: &str, time: Option<(i64, u32)>, number: u64, last: Option<(i64, u32)>) -> (bool, bool) {
    let Some(spans) = spans else { return (false, false) };
    let hole = time.zip(last).is_some_and(|(now, last)| spans.touches(series, last, now));
    (spans.take(series, time.unwrap_or((number as i64 + 1, 0))), hole)
}

/// A failure that no table or setting is to blame for.
pub fn failed(error: &DetectError) -> PyErr {
    raised(Error::new(Kind::Io, error.to_string()))
}

impl Found {
    /// Takes every row of `reader`. With `resumes`, rows come after a training: each series goes on where it ended, or starts anew.
    pub fn of(fleet: &mut Fleet, reader: &mut RowReader, mut spans: Option<&mut Spans>, resumes: bool, is_file: bool) -> PyResult<Self> {
        let (names, writer) = (names(reader), reader.time_writer());
        let (times, ids) = (reader.time_columns().len(), reader.id_columns().len());
        let path = reader.path().to_owned();
        let (mut found, mut all) = (Self::new(names, reader, spans.is_some(), is_file), Vec::<Series>::new());
        let mut stop = Stop::new();
        while let Some(row) = reader.next_row().map_err(raised)? {
            if row.series == all.len() {
                let place = fleet.series(row.id).map_err(|e| raised(e.about(&path, row.line)))?;
                let time = row.seconds.map(|seconds| (seconds, row.nanos));
                all.push(found.begin(fleet, place, row.id, resumes.then_some(time)));
            }
            let states: Vec<Option<&str>> = row.states().collect();
            let before: Vec<&str> = row.cells().take(times + ids).collect();
            if let Some(cells) = &mut found.scores.cells {
                cells.before.iter_mut().zip(&before).for_each(|(column, cell)| column.push((*cell).to_owned()));
                cells.values.iter_mut().zip(row.values).for_each(|(column, value)| column.push(*value));
                cells.states.iter_mut().zip(&states).for_each(|(column, state)| column.push(state.map(str::to_owned)));
            }
            let given = Row {
                series: row.series,
                time: row.seconds.map(|seconds| (seconds, row.nanos)),
                text: (times > 0).then(|| before[..times].join(" ")),
                values: row.values,
                states: &states,
                label: row.label,
            };
            found.row(fleet, &mut all, &given, spans.as_deref_mut(), &writer)?;
            if found.rows.is_multiple_of(ROWS) {
                stop.check()?;
            }
        }
        for (place, episode) in fleet.finish() {
            found.end(&mut all, place, &episode);
        }
        if let Some(labelled) = found.labelled.take() {
            let words = reader.labels();
            let (counts, without) = labelled.counts(words.len());
            let counted: Vec<(String, u64)> = words.iter().cloned().zip(counts).collect();
            let anomalous = anomalous_words(&counted);
            found.label_note = Some(label_note(&counted, &anomalous, without, found.ignored));
            found.metrics = Some(labelled.finish(&anomalous));
        }
        Ok(found)
    }

    fn new(names: Names, reader: &RowReader, has_spans: bool, is_file: bool) -> Self {
        let (timed, before) = (!reader.time_columns().is_empty(), reader.time_columns().len() + reader.id_columns().len());
        let states = names.columns.len() - names.values;
        let cells = Cells { before: vec![Vec::new(); before], values: vec![Vec::new(); names.values], states: vec![Vec::new(); states] };
        Self {
            scores: Scores {
                score: Vec::new(),
                threshold: Vec::new(),
                anomaly: Vec::new(),
                expected: vec![Vec::new(); names.values],
                ignored: has_spans.then(Vec::new),
                numbers: (!timed).then(Vec::new),
                cells: is_file.then_some(cells),
            },
            rows: 0,
            anomalies: 0,
            events: Vec::new(),
            metrics: None,
            label_note: None,
            charts: Charts::new(names.values),
            last: None,
            series: Vec::new(),
            new: Vec::new(),
            restarted: Vec::new(),
            ignored: 0,
            missing: 0,
            labelled: reader.labelled().then(Labelled::default),
            names,
        }
    }

    /// A series comes for the first time; with `resumed`, after a training, and at this time.
    fn begin(&mut self, fleet: &mut Fleet, place: usize, name: &str, resumed: Option<Option<(i64, u32)>>) -> Series {
        match resumed.map(|time| fleet.resume(place, time)) {
            Some(Resumed::New) => self.new.push(name.to_owned()),
            Some(Resumed::StartsAnew) => self.restarted.push(name.to_owned()),
            Some(Resumed::Follows) | None => {}
        }
        self.series.push(name.to_owned());
        let absent = vec![None; self.names.columns.len()];
        Series { place, first: fleet.rows_of(place), times: BTreeMap::new(), absent }
    }

    fn row(
        &mut self,
        fleet: &mut Fleet,
        all: &mut [Series],
        row: &Row<'_>,
        spans: Option<&mut Spans>,
        writer: &TimeWriter,
    ) -> PyResult<()> {
        let own = &mut all[row.series];
        let number = fleet.rows_of(own.place);
        let (ignored, known_hole) = known(spans, &self.series[row.series], row.time, number, fleet.last_time(own.place));
        let reading = Reading { time: row.time, values: row.values, states: row.states, ignored, known_hole };
        let judged = fleet.push(own.place, &reading).map_err(|error| failed(&error))?;
        self.rows += 1;
        self.last = row.time.map(|(seconds, _)| seconds);
        self.ignored += u64::from(ignored);
        self.missing += u64::from(row.values.iter().any(|v| v.is_nan()));
        self.scores.push(&judged, ignored);
        let time = || row.text.clone().unwrap_or_else(|| (number + 1).to_string());
        let missing = row.values.iter().map(|v| v.is_nan()).chain(row.states.iter().map(Option::is_none));
        for (absent, missing) in own.absent.iter_mut().zip(missing) {
            match (missing && !ignored, &absent) {
                (true, None) => *absent = Some((number, time())),
                (false, Some(_)) => *absent = None,
                _ => {}
            }
        }
        if judged.verdict.anomaly {
            self.anomalies += 1;
            own.times.insert(number, time());
            for cause in judged.causes {
                if let Cause::Missing { column, .. } = cause
                    && let Some((row, time)) = &own.absent[*column]
                {
                    own.times.insert(*row, time.clone());
                }
            }
        }
        if let Some(labelled) = &mut self.labelled {
            labelled.push(row.series, judged.verdict.raw_score, judged.verdict.anomaly, row.label.filter(|_| !ignored));
        }
        let starts = self.charts.push(row.series, &judged, ignored, time);
        let (ended, hole, place) = (judged.ended, judged.hole, own.place);
        if starts {
            let band = |c: usize| fleet.band(place, c, BAND.0, BAND.1);
            self.charts.set_bands(row.series, (0..self.names.values).map(band));
        }
        if let Some(hole) = hole {
            let series = self.names.by_series.then(|| self.series[row.series].clone());
            self.keep(NamedEvent::of_hole(&hole, series, hole.ends().map(|time| writer.write(time))));
        }
        if let Some(episode) = ended {
            self.end(all, place, &episode);
        }
        Ok(())
    }

    /// An event of a series ended.
    fn end(&mut self, all: &mut [Series], place: usize, episode: &Episode) {
        let Some((number, own)) = all.iter_mut().enumerate().find(|(_, series)| series.place == place) else { return };
        let time = |row: u64| own.times.get(&row).cloned().unwrap_or_default();
        let name = self.names.by_series.then(|| self.series[number].clone());
        let event = NamedEvent::of(episode, name, &self.names, time);
        own.times.retain(|row, _| *row > episode.end);
        let [start, end] = [episode.start, episode.end].map(|row| row.saturating_sub(own.first));
        self.charts.event(number, start, end);
        if let Some(labelled) = &mut self.labelled {
            labelled.event(number, start, end);
        }
        self.keep(event);
    }

    fn keep(&mut self, event: NamedEvent) {
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
        }
    }

    /// What was found, as reports take it.
    pub fn outcome(&self, fleet: &Fleet) -> Outcome<'_> {
        let config = fleet.config();
        Outcome {
            rows: self.rows,
            anomalies: self.anomalies,
            events: &self.events,
            by_series: self.names.by_series,
            series: self.series.len(),
            new: &self.new,
            restarted: &self.restarted,
            ignored: self.ignored,
            missing: self.missing,
            channels: config.detect.channels,
            states: config.states,
            rate: config.detect.rate,
            threshold: fleet.threshold(),
        }
    }
}

impl Scores {
    fn push(&mut self, judged: &Judged<'_>, ignored: bool) {
        self.score.push(fraction(judged.verdict.score));
        self.threshold.push(fraction(judged.verdict.threshold));
        self.anomaly.push(judged.verdict.anomaly);
        self.expected.iter_mut().zip(judged.expected).for_each(|(column, value)| column.push(single(*value)));
        self.ignored.iter_mut().for_each(|column| column.push(ignored));
        self.numbers.iter_mut().for_each(|column| column.push(judged.row as i64 + 1));
    }
}

/// A row of the table.
struct Row<'a> {
    series: usize,
    time: Option<(i64, u32)>,
    /// Its time as the table has it; none where rows are counted.
    text: Option<String>,
    values: &'a [f64],
    states: &'a [Option<&'a str>],
    label: Option<u8>,
}
