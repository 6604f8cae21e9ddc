//! What was found, told to people and programs.

use gatewise::task::detect::Fleet;
use gatewise_data::{RowReader, Spans};
use gatewise_report::detect::{Outcome, metrics_json, metrics_text, unmatched};

use super::watch::Found;
use crate::talk::Talk;

/// Lines of a file that are said one by one.
const SAID: usize = 8;

impl Found {
    /// What was found, as reports take it.
    pub(super) fn outcome(&self, fleet: &Fleet) -> Outcome<'_> {
        let config = fleet.config();
        Outcome {
            rows: self.rows,
            anomalies: self.anomalies,
            events: &self.events,
            by_series: self.by_series,
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

/// What was found, in a few lines.
pub(super) fn tell(found: &Found, fleet: &Fleet, reader: &RowReader, talk: Talk) {
    let outcome = found.outcome(fleet);
    outcome.notes(reader).iter().for_each(|note| talk.say(note));
    talk.say(outcome.verdict());
    if let Some(metrics) = &found.metrics {
        talk.event(&metrics_json(metrics));
        found.label_note.iter().for_each(|note| talk.say(note));
        talk.say(metrics_text(metrics).trim_end());
    }
    talk.event(&outcome.done());
}

/// What became of the spans of known maintenance.
pub(super) fn note_spans(spans: Option<&Spans>, talk: Talk) {
    let Some(spans) = spans else { return };
    let path = spans.path();
    let rows: u64 = spans.spans().iter().map(|span| span.rows).sum();
    talk.say(format!("{rows} rows lie in the {} spans of {path}: they raise nothing and are not learned from", spans.spans().len()));
    for span in spans.unmatched().take(SAID) {
        talk.say(format!("warning: {path}:{}: no row lies in \"{}\"", span.line, span.text));
        talk.event(&unmatched(path, span));
    }
    let more = spans.unmatched().count().saturating_sub(SAID);
    if more > 0 {
        talk.say(format!("warning: {path}: nor in {more} more"));
    }
}
