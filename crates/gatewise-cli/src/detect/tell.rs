//! What was found, told to people and programs.

use gatewise::task::detect::Fleet;
use gatewise_data::{RowReader, Spans};
use gatewise_report::detect::{Outcome, metrics_json, metrics_text, unmatched};

use super::watch::ScanResult;
use crate::console::Console;

/// Lines of a file that are said one by one.
const SAID: usize = 8;

impl ScanResult {
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
pub(super) fn tell(found: &ScanResult, fleet: &Fleet, reader: &RowReader, console: Console) {
    let outcome = found.outcome(fleet);
    outcome.notes(reader).iter().for_each(|note| console.info(note));
    console.info(outcome.verdict());
    if let Some(metrics) = &found.metrics {
        console.event(&metrics_json(metrics));
        found.label_note.iter().for_each(|note| console.info(note));
        console.info(metrics_text(metrics).trim_end());
    }
    console.event(&outcome.done());
}

/// What became of the spans of known maintenance.
pub(super) fn note_spans(spans: Option<&Spans>, console: Console) {
    let Some(spans) = spans else { return };
    let path = spans.path();
    let rows: u64 = spans.spans().iter().map(|span| span.rows).sum();
    console.info(format!("{rows} rows lie in the {} spans of {path}: they raise nothing and are not learned from", spans.spans().len()));
    for span in spans.unmatched().take(SAID) {
        console.info(format!("warning: {path}:{}: no row lies in \"{}\"", span.line, span.text));
        console.event(&unmatched(path, span));
    }
    let more = spans.unmatched().count().saturating_sub(SAID);
    if more > 0 {
        console.info(format!("warning: {path}: nor in {more} more"));
    }
}
