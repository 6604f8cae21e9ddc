//! Alerts: what is news while a source is followed.

use std::collections::HashSet;

use gatewise::task::detect::{Cause, Judged};
use serde_json::{Value, json};

use super::named::{NamedEvent, Names, ROWS_MISSING, finite};
use crate::talk::Talk;

/// A row is news.
pub fn alert(time: &str, series: Option<&str>, judged: &Judged<'_>, names: &Names, talk: Talk) {
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
    talk.event(&event);
}

/// Rows are missing.
pub fn hole_alert(event: &NamedEvent, talk: Talk) {
    let mut alert =
        json!({"event": "alert", "time": event.start, "score": event.score, "channels": [], "kind": ROWS_MISSING, "missing": event.rows});
    if let Some(series) = &event.series {
        alert["series"] = series.as_str().into();
    }
    talk.event(&alert);
}
