//! `gatewise check`: what a table holds and what is wrong with it.

use std::fmt::Write;
use std::process::ExitCode;

use gatewise_data::{Dataset, Finding, Layout, ReadOptions, Severity, inspect_table};
use gatewise_report::number::trimmed;
use serde_json::{Value, json};

use super::check_write;
use crate::args::CheckArgs;
use crate::failure::as_flags;
use crate::failure::{Failure, Status};
use crate::talk::{Talk, describe};

pub fn run(args: &CheckArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    if crate::classify::apply::is_about_items(&args.data, &args.items) {
        return crate::classify::apply::check(&args.data, &args.read.table, &args.items, talk);
    }
    if let Some(out) = &args.write {
        check_write::refuse_input(&args.data, out)?;
    }
    let options = args.read.options(ReadOptions::default());
    let (dataset, findings) = inspect_table(&args.data, &options).map_err(Failure::from)?;
    let path = args.data.display().to_string();
    let errors = count(&findings, Severity::Error);
    if talk.json() {
        for finding in &findings {
            talk.event(&json!({"event": "finding", "path": path, "finding": finding}));
        }
        talk.event(&summary(&path, dataset.as_ref(), &findings));
    } else {
        let mut text = String::new();
        if let Some(dataset) = &dataset {
            text += &describe_dataset(dataset);
        }
        for finding in &findings {
            writeln!(text, "{}", describe(&path, finding))?;
        }
        text += &verdict(&path, errors, count(&findings, Severity::Warning));
        talk.print(&as_flags(&text))?;
    }
    match (&args.write, &dataset) {
        (Some(out), Some(dataset)) if errors == 0 => check_write::write(dataset, out, talk)?,
        (Some(out), _) => talk.say(format!("{} is not written: the errors come first", out.display())),
        (None, _) => {}
    }
    Ok(if errors > 0 { Status::Data.into() } else { ExitCode::SUCCESS })
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|f| f.severity == severity).count()
}

fn verdict(path: &str, errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => format!("nothing is wrong; next: gatewise forecast {path} --horizon N\n"),
        (0, n) => format!("usable, with {n} warning{}; next: gatewise forecast {path} --horizon N\n", plural(n)),
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

fn describe_dataset(dataset: &Dataset) -> String {
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
        line("guessed", format!("{} {} ({})", guess.what, guess.value, as_flags(&guess.flag)));
    }
    text
}

fn summary(path: &str, dataset: Option<&Dataset>, findings: &[Finding]) -> Value {
    let table = dataset.map(|d| {
        json!({
            "layout": d.layout, "series": d.series.len(), "rows": d.rows(), "frequency": d.frequency.to_string(),
            "season": d.frequency.default_season(), "targets": d.channels[..d.targets], "covariates": d.channels[d.targets..],
            "id": d.id_column, "time": d.time_column, "guesses": d.guesses,
        })
    });
    let (errors, warnings) = (count(findings, Severity::Error), count(findings, Severity::Warning));
    json!({"event": "check", "path": path, "usable": errors == 0, "errors": errors, "warnings": warnings, "table": table})
}
