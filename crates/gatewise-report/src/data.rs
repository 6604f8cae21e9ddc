//! A table that was read: what it holds, and what is wrong with it.

use gatewise_data::{Dataset, Finding, Layout, Severity};
use serde_json::{Value, json};

use crate::number::trimmed;

/// A finding as a line: severity, place, what, and the remedy.
pub fn finding(path: &str, finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let help = finding.help.as_ref().map(|h| format!(" ({h})")).unwrap_or_default();
    format!("{severity}: {}{help}", finding.describe(path))
}

/// A table that was checked.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The file as given.
    pub path: &'a str,
    /// The table; none where it cannot be read.
    pub dataset: Option<&'a Dataset>,
    /// What was found.
    pub findings: &'a [Finding],
}

impl Checked<'_> {
    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| f.severity == severity).count()
    }

    /// How many findings are errors.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// What the table holds, its findings, and whether it can be used.
    pub fn text(&self) -> String {
        let mut text = self.dataset.map_or_else(String::new, describe);
        for found in self.findings {
            text += &format!("{}\n", finding(self.path, found));
        }
        text + &verdict(self.path, self.errors(), self.count(Severity::Warning))
    }

    /// An event for each finding, and one of the table.
    pub fn events(&self) -> Vec<Value> {
        let finding = |finding| json!({"event": "finding", "path": self.path, "finding": finding});
        let table = self.dataset.map(|d| {
            json!({
                "layout": d.layout, "series": d.series.len(), "rows": d.rows(), "frequency": d.frequency.to_string(),
                "season": d.frequency.default_season(), "targets": d.channels[..d.targets], "covariates": d.channels[d.targets..],
                "id": d.id_column, "time": d.time_column, "guesses": d.guesses,
            })
        });
        let (errors, warnings) = (self.errors(), self.count(Severity::Warning));
        let summary =
            json!({"event": "check", "path": self.path, "usable": errors == 0, "errors": errors, "warnings": warnings, "table": table});
        self.findings.iter().map(finding).chain([summary]).collect()
    }
}

fn verdict(path: &str, errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => format!("nothing is wrong; next: gatewise forecast {path} ⦃horizon⦄ N\n"),
        (0, n) => format!("usable, with {n} warning{}; next: gatewise forecast {path} ⦃horizon⦄ N\n", plural(n)),
        (n, _) => format!("not usable as it is: {n} error{}\n", plural(n)),
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Range of values of one channel.
struct Range {
    low: f64,
    high: f64,
    mean: f64,
}

fn range(dataset: &Dataset, channel: usize) -> Range {
    let (mut low, mut high, mut sum, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0.0);
    let values = dataset.series.iter().flat_map(|s| s.channel(channel, dataset.channels.len()));
    for value in values.filter(|v| v.is_finite()) {
        low = value.min(low);
        high = value.max(high);
        sum += value;
        count += 1.0;
    }
    Range { low, high, mean: sum / count }
}

fn describe(dataset: &Dataset) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: String| text += &format!("{what:12} {value}\n");
    let layout = match dataset.layout {
        Layout::Wide => "wide: a row a time, columns are channels",
        Layout::Long => "long: a row a time and series",
    };
    line("layout", layout.to_string());
    let shortest = dataset.series.iter().map(|s| s.len()).min().unwrap_or(0);
    let longest = dataset.series.iter().map(|s| s.len()).max().unwrap_or(0);
    let lengths = if shortest == longest { format!("{longest} rows") } else { format!("{shortest} to {longest} rows") };
    line("series", format!("{} of {lengths}, {} in all", dataset.series.len(), dataset.rows()));
    let first = dataset.series.iter().filter_map(|s| s.times.first()).min();
    let last = dataset.series.iter().filter_map(|s| s.times.last()).max();
    if let (Some(first), Some(last)) = (first, last) {
        let column = dataset.time_column.as_deref().unwrap_or("row");
        line("time", format!("{column}: {} to {}", dataset.format_time(first), dataset.format_time(last)));
    }
    line("frequency", format!("{} (season {})", dataset.frequency, dataset.frequency.default_season()));
    for (index, channel) in dataset.channels.iter().enumerate() {
        let role = if index < dataset.targets { "target" } else { "covariate" };
        let Range { low, high, mean } = range(dataset, index);
        line(role, format!("{channel}: {} to {}, mean {}", trimmed(low), trimmed(high), trimmed(mean)));
    }
    for guess in &dataset.guesses {
        line("guessed", format!("{} {} ({})", guess.what, guess.value, guess.flag));
    }
    text
}
