//! What a set of items holds, for people.

use gatewise::task::classify::each_step;
use gatewise_data::items::{Content, ItemSet, Label, RawItem};

/// Labels whose counts are listed.
const LISTED_LABELS: usize = 24;

/// What a set holds, for people; `labels` are the classes of its items.
pub fn describe(set: &ItemSet, labels: &[String]) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: String| text += &format!("{what:12} {value}\n");
    line("form", set.form.describe().to_owned());
    line("items", set.items.len().to_string());
    if !set.channels.is_empty() {
        line(
            "channels",
            format!("{}: {}", set.channels.len(), set.channels.iter().take(LISTED_LABELS).cloned().collect::<Vec<_>>().join(", ")),
        );
    }
    let length = |item: &RawItem| match &item.content {
        Content::Numbers(values) => Some(values.len() / set.channels.len().max(1)),
        Content::Frames(values) => Some(values.len() / set.channels.len().max(1)),
        Content::Text(text) => Some(text.chars().count()),
        Content::File(_) => None,
    };
    let mut lengths: Vec<usize> = set.items.iter().filter_map(length).collect();
    lengths.sort_unstable();
    if let (Some(first), Some(last)) = (lengths.first(), lengths.last()) {
        let unit = if set.channels.is_empty() { "characters" } else { "steps" };
        line("lengths", format!("{first} to {last} {unit}, half of them up to {}", lengths[lengths.len() / 2]));
    }
    let count = |label: &String| set.items.iter().filter(|item| matches!(&item.label, Label::One(l) if l == label)).count();
    match labels {
        [] if !set.known.targets.is_empty() => line("targets", set.known.targets.join(", ")),
        [] => line("labels", "none".to_owned()),
        _ if each_step(&set.items) => line(
            "labels",
            format!(
                "a label a step, {} in all: {}",
                labels.len(),
                labels.iter().take(LISTED_LABELS).cloned().collect::<Vec<_>>().join(", ")
            ),
        ),
        _ => {
            line("labels", labels.len().to_string());
            for label in labels.iter().take(LISTED_LABELS) {
                line("", format!("{label}: {}", count(label)));
            }
        }
    }
    for guess in &set.guesses {
        line("guessed", format!("{} {} ({})", guess.what, guess.value, guess.flag));
    }
    for note in &set.notes {
        line("note", note.clone());
    }
    let missing = set.items.iter().filter(|item| item.label == Label::None).count();
    if missing > 0 && !labels.is_empty() {
        line("warning", format!("{missing} items have no label"));
    }
    if labels.len() == 1 {
        line("warning", "one class only: nothing to tell apart".to_owned());
    }
    let single: Vec<&str> =
        if each_step(&set.items) { Vec::new() } else { labels.iter().filter(|l| count(l) == 1).map(String::as_str).collect() };
    if !single.is_empty() && single.len() < labels.len() {
        line("warning", format!("one example only of: {}", single.join(", ")));
    }
    let quote = if set.path.contains(char::is_whitespace) { "'" } else { "" };
    let targets = set.known.targets.join(",");
    let (task, more) = match targets.as_str() {
        "" => ("classify", String::new()),
        given => ("regress", format!(" ⦃label-column⦄ '{given}'")),
    };
    text += &format!("next: gatewise train {task} {quote}{}{quote}{more}\n", set.path);
    text
}
