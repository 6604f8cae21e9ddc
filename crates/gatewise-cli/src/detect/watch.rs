//! Rows through a fleet of detectors, with everything that is kept of them.

use std::collections::BTreeMap;

use gatewise::task::detect::{Cause, Episode, Fleet, Labelled, Metrics, Reading, Resumed, in_known_span};
use gatewise_data::{BlockRow, ReadAhead, RowReader, Spans, TimeWriter, anomalous_words, read_ahead};
use gatewise_report::detect::{Charts, NamedEvent, Names, alert, hole_alert, label_note};

use super::file::Keep;
use super::table::Sinks;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::job::interrupt;

/// Events that are kept and named; a table with more has another problem.
const MOST_EVENTS: usize = 100_000;
/// Events that are said one by one.
const SAID_EVENTS: usize = 20;

/// A run over rows.
pub struct Watch<'a> {
    pub fleet: &'a mut Fleet,
    pub reader: &'a mut RowReader,
    pub spans: Option<&'a mut Spans>,
    pub sinks: Sinks,
    pub console: Console,
    pub follow: bool,
    /// Whether rows come after a training: each series goes on where it ended, or starts anew.
    pub resumes: bool,
    /// Where the detector is kept while it follows its rows.
    pub keep: Option<Keep>,
}

/// What a run found.
pub struct ScanResult {
    pub rows: u64,
    pub anomalies: u64,
    pub events: Vec<NamedEvent>,
    pub metrics: Option<Metrics>,
    pub charts: Charts,
    /// Seconds of the last row.
    pub last: Option<i64>,
    pub by_series: bool,
    /// Names of the series that came.
    pub series: Vec<String>,
    /// Series that the model did not know, and those that did not follow its rows.
    pub new: Vec<String>,
    pub restarted: Vec<String>,
    pub ignored: u64,
    pub missing: u64,
    /// What the labels were taken to mean.
    pub label_note: Option<String>,
}

/// A series of this run.
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

impl Watch<'_> {
    /// Takes every row.
    pub fn run(self) -> anyhow::Result<ScanResult> {
        let Self { fleet, reader, mut spans, mut sinks, console, follow, resumes, mut keep } = self;
        let columns: Vec<String> = reader.channels().into_iter().chain(reader.state_columns()).map(str::to_owned).collect();
        let names = Names { values: reader.channels().len(), columns, by_series: !reader.id_columns().is_empty() };
        let (timed, writer) = (!reader.time_columns().is_empty(), reader.time_writer());
        let path = reader.path().to_owned();
        let mut run =
            Run { found: ScanResult::new(&names), labelled: reader.labelled().then(Labelled::default), series: Vec::new(), names, console };
        sinks.begin(reader, spans.is_some())?;
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let blocks = read_ahead(scope, reader, follow);
            for read in &blocks {
                let (block, waits) = match read {
                    ReadAhead::Rows(block, waits) => (block, waits),
                    ReadAhead::Failed(error) => return Err(CliError::from(error).into()),
                };
                let mut new_series = block.new_series.iter();
                for row in block.rows() {
                    if row.series == run.series.len() {
                        let name = new_series.next().map_or("", String::as_str);
                        let place = fleet.series(name).map_err(|e| CliError::from(e.about(&path, row.line)))?;
                        run.begin(fleet, place, name, resumes.then_some(row.time));
                    }
                    run.row(fleet, &row, spans.as_deref_mut(), &mut sinks, timed, &writer, follow)?;
                }
                if follow && waits {
                    sinks.flush()?;
                }
                if let Some(keep) = &mut keep {
                    keep.keep(fleet, run.found.last)?;
                }
                if interrupt::asked() {
                    break;
                }
            }
            Ok(())
        })?;
        for (place, episode) in fleet.finish() {
            run.end(place, &episode);
        }
        sinks.finish()?;
        Ok(run.finish(reader))
    }
}

/// A run under way.
struct Run {
    found: ScanResult,
    labelled: Option<Labelled>,
    series: Vec<Series>,
    names: Names,
    console: Console,
}

impl Run {
    /// A series comes for the first time; with `resumed`, after a training, and at this time.
    fn begin(&mut self, fleet: &mut Fleet, place: usize, name: &str, resumed: Option<Option<(i64, u32)>>) {
        if let Some(time) = resumed {
            match fleet.resume(place, time) {
                Resumed::New => self.found.new.push(name.to_owned()),
                Resumed::StartsAnew => self.found.restarted.push(name.to_owned()),
                Resumed::Follows => {}
            }
        }
        let absent = vec![None; self.names.columns.len()];
        self.series.push(Series { place, first: fleet.rows_of(place), times: BTreeMap::new(), absent });
        self.found.series.push(name.to_owned());
    }

    #[expect(clippy::too_many_arguments, reason = "what a row goes through")]
    fn row(
        &mut self,
        fleet: &mut Fleet,
        row: &BlockRow<'_>,
        spans: Option<&mut Spans>,
        sinks: &mut Sinks,
        timed: bool,
        writer: &TimeWriter,
        follow: bool,
    ) -> anyhow::Result<()> {
        let Self { found, labelled, series, names, console } = self;
        let own = &mut series[row.series];
        let number = fleet.rows_of(own.place);
        let (ignored, known_hole) = in_known_span(spans, &found.series[row.series], row, number, fleet.last_time(own.place));
        let states: Vec<Option<&str>> = row.states().collect();
        let reading = Reading { time: row.time, values: row.values, states: &states, ignored, known_hole };
        let judged = fleet.push(own.place, &reading)?;
        found.rows += 1;
        found.last = row.time.map(|(seconds, _)| seconds);
        found.ignored += u64::from(ignored);
        found.missing += u64::from(row.values.iter().any(|v| v.is_nan()));
        sinks.row(row, timed, &judged, ignored)?;
        let time = || if timed { row.time_text() } else { (number + 1).to_string() };
        for (absent, missing) in own.absent.iter_mut().zip(row.values.iter().map(|v| v.is_nan()).chain(states.iter().map(Option::is_none)))
        {
            match (missing && !ignored, &absent) {
                (true, None) => *absent = Some((number, time())),
                (false, Some(_)) => *absent = None,
                _ => {}
            }
        }
        let verdict = judged.verdict;
        if verdict.anomaly {
            found.anomalies += 1;
            own.times.insert(number, time());
            for cause in judged.causes {
                if let Cause::Missing { column, .. } = cause
                    && let Some((row, time)) = &own.absent[*column]
                {
                    own.times.insert(*row, time.clone());
                }
            }
            if verdict.alarm && follow {
                let series = names.by_series.then_some(&found.series[row.series][..]);
                console.event(&alert(&own.times[&number], series, &judged, names));
            }
        }
        if let Some(labelled) = labelled {
            labelled.push(row.series, verdict.raw_score, verdict.anomaly, row.label.filter(|_| !ignored));
        }
        let starts = found.charts.push(row.series, &judged, ignored, time);
        let (ended, hole) = (judged.ended, judged.hole);
        if starts {
            let band = |c: usize| fleet.band(own.place, c, BAND.0, BAND.1);
            found.charts.set_bands(row.series, (0..names.values).map(band));
        }
        let place = own.place;
        if let Some(hole) = hole {
            let series = names.by_series.then(|| found.series[row.series].clone());
            let event = NamedEvent::of_hole(&hole, series, hole.ends().map(|time| writer.write(time)));
            if follow {
                console.event(&hole_alert(&event));
            }
            found.tell(event, *console);
        }
        if let Some(episode) = ended {
            self.end(place, &episode);
        }
        Ok(())
    }

    /// An event of a series ended.
    fn end(&mut self, place: usize, episode: &Episode) {
        let Self { found, labelled, series, names, console } = self;
        let Some((number, own)) = series.iter_mut().enumerate().find(|(_, series)| series.place == place) else { return };
        let time = |row: u64| own.times.get(&row).cloned().unwrap_or_default();
        let name = names.by_series.then(|| found.series[number].clone());
        let event = NamedEvent::of(episode, name, names, time);
        own.times.retain(|row, _| *row > episode.end);
        let [start, end] = [episode.start, episode.end].map(|row| row.saturating_sub(own.first));
        found.charts.event(number, start, end);
        if let Some(labelled) = labelled {
            labelled.event(number, start, end);
        }
        found.tell(event, *console);
    }

    fn finish(mut self, reader: &RowReader) -> ScanResult {
        let words = reader.labels();
        if let Some(labelled) = self.labelled {
            let (counts, without) = labelled.counts(words.len());
            let counted: Vec<(String, u64)> = words.iter().cloned().zip(counts).collect();
            let anomalous = anomalous_words(&counted);
            self.found.label_note = Some(label_note(&counted, &anomalous, without, self.found.ignored));
            self.found.metrics = Some(labelled.finish(&anomalous));
        }
        self.found
    }
}

/// The expected band of the report: 95 % of the predictive distribution.
const BAND: (f32, f32) = (0.025, 0.975);

impl ScanResult {
    fn new(names: &Names) -> Self {
        Self {
            rows: 0,
            anomalies: 0,
            events: Vec::new(),
            metrics: None,
            charts: Charts::new(names.values),
            last: None,
            by_series: names.by_series,
            series: Vec::new(),
            new: Vec::new(),
            restarted: Vec::new(),
            ignored: 0,
            missing: 0,
            label_note: None,
        }
    }

    fn tell(&mut self, event: NamedEvent, console: Console) {
        console.event(&event.json());
        if self.events.len() < SAID_EVENTS {
            console.info(event.text());
        } else if self.events.len() == SAID_EVENTS {
            console.info("further events are in events.csv and in the table, not here");
        }
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
        }
    }
}
