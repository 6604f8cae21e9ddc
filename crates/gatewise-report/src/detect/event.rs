//! Events with their times and names, as people and programs read them.

use std::collections::HashSet;

use gatewise::task::detect::{Cause, Episode, Hole, Judged, Kind, StateBlame, StateKind, score_of};
use gatewise_data::write_cell;
use serde_json::{Value, json};

use crate::number::figure;

/// Names of what is watched.
#[derive(Debug, Clone)]
pub struct Names {
    /// Value columns, then state columns.
    pub columns: Vec<String>,
    /// How many are values.
    pub values: usize,
    /// Whether events name their series.
    pub by_series: bool,
}

/// An event with times and names.
#[derive(Debug, Clone)]
pub struct NamedEvent {
    /// None in a table of one series.
    pub series: Option<String>,
    /// Time of its first row.
    pub start: String,
    /// Time of its last row.
    pub end: String,
    /// Time of the row that scored highest.
    pub peak: String,
    /// How many rows it has, or are missing.
    pub rows: u64,
    /// The highest score of its rows, from 0 to 1.
    pub score: f64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Causes(Vec<Named>),
    /// Rows are missing.
    Hole,
}

/// What speaks against a column, with its name.
#[derive(Debug, Clone)]
struct Named {
    column: String,
    of: Of,
}

#[derive(Debug, Clone)]
enum Of {
    Value { kind: Kind, value: f64, expected: f64 },
    State(StateBlame),
    Missing { rows: u64 },
}

/// A number, or null where it is missing.
fn finite(value: f64) -> Value {
    if value.is_finite() { Value::from(value) } else { Value::Null }
}

impl Names {
    fn cause(&self, cause: &Cause) -> Named {
        match cause {
            Cause::Value(blame) => Named {
                column: self.columns[blame.channel].clone(),
                of: Of::Value { kind: blame.kind, value: blame.value, expected: blame.expected },
            },
            Cause::State { column, blame, .. } => {
                Named { column: self.columns[self.values + column].clone(), of: Of::State(blame.clone()) }
            }
            Cause::Missing { column, rows, .. } => Named { column: self.columns[*column].clone(), of: Of::Missing { rows: *rows } },
        }
    }

    /// What is to blame beside values, as an alert tells it.
    fn others(&self, causes: &[Cause]) -> Vec<Value> {
        causes.iter().filter(|cause| !matches!(cause, Cause::Value(_))).map(|cause| self.cause(cause).json()).collect()
    }
}

impl Named {
    fn json(&self) -> Value {
        let name = &self.column;
        match &self.of {
            Of::Value { kind, value, expected } => json!({"name": name, "value": finite(*value), "expected": expected, "kind": kind}),
            Of::State(blame) => {
                let expected = if blame.kind == StateKind::LongState { &None } else { &blame.before };
                json!({"name": name, "value": blame.state, "expected": expected, "kind": blame.kind, "rows": blame.rows})
            }
            Of::Missing { rows } => json!({"name": name, "value": null, "expected": null, "kind": "missing", "rows": rows}),
        }
    }

    fn text(&self) -> String {
        let name = &self.column;
        match &self.of {
            Of::Value { kind, value, expected } => {
                format!("{name} is {}, expected {} ({})", figure(*value), figure(*expected), kind.words())
            }
            Of::State(StateBlame { state, before, kind, rows, longest }) => {
                let after = before.as_ref().map_or(String::new(), |before| format!(" after {before}"));
                match kind {
                    StateKind::UnseenState => format!("{name} is {state}{after} (never seen)"),
                    StateKind::RareState => format!("{name} is {state}{after} (rare)"),
                    StateKind::UnusualChange => format!("{name} is {state}{after} (unusual change)"),
                    StateKind::LongState => format!("{name} is {state} for {rows} rows, at most {longest} else (lasts too long)"),
                }
            }
            Of::Missing { rows } => format!("{name} is missing for {rows} rows"),
        }
    }

    /// Value, expected value and kind as cells of events.csv.
    fn cells(&self) -> [String; 3] {
        let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
        match &self.of {
            Of::Value { kind, value, expected } => [number(*value), number(*expected), kind.words().to_owned()],
            Of::State(blame) => {
                let (expected, kind) = match blame.kind {
                    StateKind::UnseenState => (blame.before.clone(), "state never seen"),
                    StateKind::RareState => (blame.before.clone(), "rare state"),
                    StateKind::UnusualChange => (blame.before.clone(), "unusual change"),
                    StateKind::LongState => (None, "state lasts too long"),
                };
                [blame.state.clone(), expected.unwrap_or_default(), kind.to_owned()]
            }
            Of::Missing { .. } => [String::new(), String::new(), "values missing".to_owned()],
        }
    }
}

/// Kind of an event of missing rows, in JSON.
const ROWS_MISSING: &str = "rows-missing";

impl NamedEvent {
    /// Of an episode whose rows are at `time`.
    pub fn of(episode: &Episode, series: Option<String>, names: &Names, time: impl Fn(u64) -> String) -> Self {
        Self {
            series,
            start: time(episode.start),
            end: time(episode.end),
            peak: time(episode.peak),
            rows: episode.end - episode.start + 1,
            score: episode.score,
            what: What::Causes(episode.causes.iter().map(|cause| names.cause(cause)).collect()),
        }
    }

    /// Of missing rows, from the first to the last of them.
    pub fn of_hole(hole: &Hole, series: Option<String>, [start, end]: [String; 2]) -> Self {
        Self { series, peak: start.clone(), start, end, rows: hole.missing, score: score_of(hole.evidence), what: What::Hole }
    }

    /// Whether it is one of missing rows.
    pub fn is_hole(&self) -> bool {
        matches!(self.what, What::Hole)
    }

    /// As one JSON object.
    pub fn json(&self) -> Value {
        let channels: Vec<Value> = match &self.what {
            What::Causes(causes) => causes.iter().map(Named::json).collect(),
            What::Hole => Vec::new(),
        };
        let mut event = json!({
            "event": "anomaly", "start": self.start, "end": self.end, "peak": self.peak, "rows": self.rows, "score": self.score,
            "channels": channels,
        });
        if self.is_hole() {
            event["kind"] = ROWS_MISSING.into();
            event["missing"] = self.rows.into();
        }
        if let Some(series) = &self.series {
            event["series"] = series.as_str().into();
        }
        event
    }

    /// The event in a line.
    pub fn text(&self) -> String {
        let series = self.series.as_ref().map_or(String::new(), |series| format!("{series}: "));
        let span = match &self.what {
            _ if self.rows == 1 => self.start.clone(),
            What::Causes(_) => format!("{} to {}, peak {}", self.start, self.end, self.peak),
            What::Hole => format!("{} to {}", self.start, self.end),
        };
        format!("anomaly: {series}{span}: {}; score {:.3}", self.what_text(), self.score)
    }

    fn what_text(&self) -> String {
        match &self.what {
            What::Causes(causes) => causes.iter().map(Named::text).collect::<Vec<_>>().join(", "),
            What::Hole => format!("{} rows are missing", self.rows),
        }
    }

    /// Cells of the report's table.
    pub fn cells(&self) -> Vec<String> {
        let own = [self.start.clone(), self.end.clone(), self.peak.clone(), format!("{:.3}", self.score), self.what_text()];
        self.series.iter().cloned().chain(own).collect()
    }

    /// Its lines of events.csv, one for each column to blame.
    fn write(&self, out: &mut Vec<u8>) {
        let mut line = |column: &str, [value, expected, kind]: [String; 3]| {
            let (rows, score) = (self.rows.to_string(), format!("{:.6}", self.score));
            let own = [&self.start[..], &self.end, &self.peak, &rows, &score, column, &value, &expected, &kind];
            for (i, text) in self.series.as_deref().into_iter().chain(own).enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_cell(out, text, b',');
            }
            out.push(b'\n');
        };
        match &self.what {
            What::Causes(causes) => causes.iter().for_each(|cause| line(&cause.column, cause.cells())),
            What::Hole => line("", [String::new(), String::new(), "rows missing".to_owned()]),
        }
    }
}

/// A row that is news while a source is followed, as an event; `series` names it where there are several.
pub fn alert(time: &str, series: Option<&str>, judged: &Judged<'_>, names: &Names) -> Value {
    let missing: HashSet<usize> =
        judged.causes.iter().filter_map(|cause| if let Cause::Missing { column, .. } = cause { Some(*column) } else { None }).collect();
    let value = |(c, kind)| {
        let name: &String = &names.columns[c];
        json!({"name": name, "value": finite(judged.values[c]), "expected": judged.expected[c], "kind": kind})
    };
    let values = judged.kinds.iter().enumerate().filter(|(c, _)| !missing.contains(c)).map(value);
    let channels: Vec<Value> = values.chain(names.others(judged.causes)).collect();
    let (score, threshold) = (judged.verdict.score, judged.verdict.threshold);
    let mut event = json!({"event": "alert", "time": time, "score": score, "threshold": threshold, "channels": channels});
    if let Some(series) = series {
        event["series"] = series.into();
    }
    event
}

/// Missing rows that are news, as an event.
pub fn hole_alert(event: &NamedEvent) -> Value {
    let mut alert =
        json!({"event": "alert", "time": event.start, "score": event.score, "channels": [], "kind": ROWS_MISSING, "missing": event.rows});
    if let Some(series) = &event.series {
        alert["series"] = series.as_str().into();
    }
    alert
}

/// Events as CSV: `[series,]start,end,peak,rows,score,channel,value,expected,kind`, a line for each column to blame.
pub fn events_csv(events: &[NamedEvent], by_series: bool) -> Vec<u8> {
    let mut out = if by_series { b"series,".to_vec() } else { Vec::new() };
    out.extend_from_slice(b"start,end,peak,rows,score,channel,value,expected,kind\n");
    events.iter().for_each(|event| event.write(&mut out));
    out
}
