//! Rows through a detector, with everything that is kept of them.

use std::collections::BTreeMap;

use gatewise::task::detect::{Blame, Detector, Event, Events, Kind, Metrics, Scores, main_kind};
use gatewise_data::RowReader;
use serde_json::{Value, json};

use super::blocks::{Read, read_ahead};
use super::chart::ChartData;
use super::table::{Sinks, cell};
use crate::failure::Failure;
use crate::job::interrupt;
use crate::report::figure_text;
use crate::talk::Talk;

/// Events that are kept and named; a table with more has another problem.
const MOST_EVENTS: usize = 100_000;
/// Events that are said one by one.
const SAID_EVENTS: usize = 20;

/// A run over rows.
pub struct Watch<'a> {
    detector: &'a mut Detector,
    reader: &'a mut RowReader,
    sinks: Sinks,
    talk: Talk,
    follow: bool,
}

/// An event with times and names.
#[derive(Debug, Clone)]
pub struct NamedEvent {
    start: String,
    end: String,
    peak: String,
    rows: u64,
    score: f64,
    blame: Vec<NamedBlame>,
}

/// A channel's part in an event.
#[derive(Debug, Clone)]
struct NamedBlame {
    channel: String,
    kind: Kind,
    value: f64,
    expected: f64,
}

/// What a run found.
pub struct Found {
    pub rows: u64,
    pub anomalies: u64,
    pub events: Vec<NamedEvent>,
    pub metrics: Option<Metrics>,
    pub chart: ChartData,
    /// Time of the last row.
    pub last: Option<i64>,
    missing: u64,
}

impl<'a> Watch<'a> {
    pub fn new(detector: &'a mut Detector, reader: &'a mut RowReader, sinks: Sinks, talk: Talk, follow: bool) -> Self {
        Self { detector, reader, sinks, talk, follow }
    }

    /// Takes every row.
    pub fn run(self) -> anyhow::Result<Found> {
        let Self { detector, reader, mut sinks, talk, follow } = self;
        let names: Vec<String> = reader.channels().into_iter().map(str::to_owned).collect();
        let (labelled, time_columns) = (reader.labelled(), reader.time_columns().len());
        let mut tracker = Events::new(detector.config().join);
        let mut scores = labelled.then(Scores::default);
        let mut found =
            Found { rows: 0, anomalies: 0, events: Vec::new(), metrics: None, chart: ChartData::new(names.len()), last: None, missing: 0 };
        // Times of the rows of the event under way.
        let mut times: BTreeMap<u64, String> = BTreeMap::new();
        let first = detector.rows();
        sinks.begin(reader)?;
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let blocks = read_ahead(scope, reader, follow);
            for read in &blocks {
                let (block, waits) = match read {
                    Read::Rows(block, waits) => (block, waits),
                    Read::Failed(error) => return Err(Failure::from(error).into()),
                };
                for row in block.rows() {
                    let scored = detector.push(row.seconds, row.values)?;
                    let (number, verdict) = (scored.row, scored.verdict);
                    found.rows += 1;
                    found.last = row.seconds;
                    found.missing += u64::from(row.values.iter().any(|v| v.is_nan()));
                    sinks.row(&row, time_columns > 0, &scored)?;
                    let time = || if time_columns > 0 { row.time() } else { (number + 1).to_string() };
                    if let Some(event) = tracker.push(&scored) {
                        end(&mut found, event, &mut times, &names, scores.as_mut(), first, talk);
                    }
                    if verdict.anomaly {
                        found.anomalies += 1;
                        times.insert(number, time());
                        if verdict.alarm && follow {
                            alert(&times[&number], &scored, &names, talk);
                        }
                    }
                    if let (Some(scores), Some(label)) = (&mut scores, row.label) {
                        scores.push(verdict.unheld, verdict.anomaly, label);
                    }
                    if found.chart.push(&scored, time) {
                        found.chart.set_bands((0..names.len()).map(|c| detector.band(c, BAND.0, BAND.1)));
                    }
                }
                if follow && waits {
                    sinks.flush()?;
                }
                if interrupt::asked() {
                    break;
                }
            }
            Ok(())
        })?;
        if let Some(event) = tracker.finish() {
            end(&mut found, event, &mut times, &names, scores.as_mut(), first, talk);
        }
        sinks.finish()?;
        found.metrics = scores.map(Scores::finish);
        Ok(found)
    }
}

/// The expected band of the report: 95 % of the predictive distribution.
const BAND: (f32, f32) = (0.025, 0.975);

fn alert(time: &str, scored: &gatewise::task::detect::Scored<'_>, names: &[String], talk: Talk) {
    let channels: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(c, name)| {
            let kind = main_kind(&scored.evidence[c]);
            json!({"name": name, "value": finite(scored.values[c]), "expected": scored.expected[c], "kind": kind})
        })
        .collect();
    let (score, threshold) = (scored.verdict.score, scored.verdict.threshold);
    talk.event(&json!({"event": "alert", "time": time, "score": score, "threshold": threshold, "channels": channels}));
}

fn finite(value: f64) -> Value {
    if value.is_finite() { Value::from(value) } else { Value::Null }
}

fn end(
    found: &mut Found,
    event: Event,
    times: &mut BTreeMap<u64, String>,
    names: &[String],
    scores: Option<&mut Scores>,
    first: u64,
    talk: Talk,
) {
    let time = |row: u64| times.get(&row).cloned().unwrap_or_default();
    let blame = |b: &Blame| NamedBlame { channel: names[b.channel].clone(), kind: b.kind, value: b.value, expected: b.expected };
    let named = NamedEvent {
        start: time(event.start),
        end: time(event.end),
        peak: time(event.peak),
        rows: event.end - event.start + 1,
        score: event.score,
        blame: event.blame.iter().map(blame).collect(),
    };
    times.retain(|row, _| *row > event.end);
    found.chart.event(event.start, event.end, first);
    if let Some(scores) = scores {
        scores.event(event.start - first.min(event.start), event.end - first.min(event.end));
    }
    talk.event(&named.json());
    if found.events.len() < SAID_EVENTS {
        talk.say(named.text());
    } else if found.events.len() == SAID_EVENTS {
        talk.say("further events are in events.csv and in the table, not here");
    }
    if found.events.len() < MOST_EVENTS {
        found.events.push(named);
    }
}

impl NamedEvent {
    fn json(&self) -> Value {
        let one = |b: &NamedBlame| json!({"name": b.channel, "value": finite(b.value), "expected": b.expected, "kind": b.kind});
        let channels: Vec<Value> = self.blame.iter().map(one).collect();
        json!({
            "event": "anomaly", "start": self.start, "end": self.end, "peak": self.peak, "rows": self.rows, "score": self.score,
            "channels": channels,
        })
    }

    fn text(&self) -> String {
        let span = if self.rows == 1 { self.start.clone() } else { format!("{} to {}, peak {}", self.start, self.end, self.peak) };
        format!("anomaly: {span}: {}; score {:.3}", self.blame_text(), self.score)
    }

    fn blame_text(&self) -> String {
        let one = |b: &NamedBlame| {
            format!("{} is {}, expected {} ({})", b.channel, figure_text(b.value), figure_text(b.expected), b.kind.words())
        };
        self.blame.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Cells of the report's table.
    pub fn cells(&self) -> [String; 5] {
        [self.start.clone(), self.end.clone(), self.peak.clone(), format!("{:.3}", self.score), self.blame_text()]
    }
}

impl Found {
    /// The events as a table.
    pub fn events_csv(&self, reader: &RowReader) -> anyhow::Result<String> {
        let mut out = b"start,end,peak,rows,score,channel,value,expected,kind\n".to_vec();
        for event in &self.events {
            for NamedBlame { channel, kind, value, expected } in &event.blame {
                for text in [&event.start, &event.end, &event.peak] {
                    cell(&mut out, text, b',');
                    out.push(b',');
                }
                out.extend_from_slice(format!("{},{:.6},", event.rows, event.score).as_bytes());
                cell(&mut out, channel, b',');
                let value = if value.is_finite() { value.to_string() } else { String::new() };
                out.extend_from_slice(format!(",{value},{expected},{}\n", kind.words()).as_bytes());
            }
        }
        String::from_utf8(out).map_err(|_| anyhow::anyhow!("{}: a time that is no text", reader.path()))
    }

    /// The outcome in a sentence or two.
    pub fn verdict(&self, detector: &Detector) -> String {
        let (rows, events) = (self.rows, self.events.len());
        let expected = detector.config().rate * rows as f64;
        let found = match events {
            0 => format!("No anomaly in {rows} rows."),
            1 => format!("One event of {} anomalous rows in {rows} rows.", self.anomalies),
            _ => format!("{events} events of {} anomalous rows in {rows} rows.", self.anomalies),
        };
        format!(
            "{found} The threshold is set so that {} rows of that many raise a false alarm (--false-alarms {}).",
            figure_text(expected),
            detector.config().rate
        )
    }

    /// What was odd about the rows.
    pub fn notes(&self, reader: &RowReader) -> Vec<String> {
        let (notes, path) = (reader.notes(), reader.path());
        let mut out = Vec::new();
        let mut note = |count: u64, line: u64, what: &str| {
            if count > 0 {
                out.push(format!("note: {path}:{line}: {count} {what}"));
            }
        };
        note(notes.repeated, notes.repeated_line, "rows with the time of the row before, from here on; each is scored as it comes");
        note(notes.backward, notes.backward_line, "rows with an earlier time than the row before, from here on; is the table sorted?");
        note(notes.gaps, notes.gap_line, "gaps between times, the first before this line; rows are taken as they come");
        if self.missing > 0 {
            out.push(format!("note: {path}: {} rows with a missing value, which is not scored", self.missing));
        }
        out
    }
}
