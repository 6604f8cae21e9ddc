//! A walk in a few lines for people.

use gatewise::walk::{Network, Property, Walk};

use super::title;
use crate::number::{order, plain};

/// Columns of the text that are shown.
const SHOWN: usize = 60;

/// What was walked over, what each network keeps of it, and what its units say.
pub fn text(walk: &Walk) -> String {
    let sequence: String = walk.columns.iter().take(SHOWN).map(|column| column.text.as_str()).collect::<Vec<_>>().join(separator(walk));
    let more = if walk.columns.len() > SHOWN { " …" } else { "" };
    // A column of several rows says from when to when.
    let each = if walk.columns.iter().any(|c| c.label.is_some()) { format!("several {}s", walk.unit) } else { format!("a {}", walk.unit) };
    let steps = if walk.steps == 1 { "1 step".to_owned() } else { format!("{} steps", walk.steps) };
    let mut out = format!("{}{more}\n{steps}, {each} each\n\n", sequence.replace('\n', "⏎"));
    out += &format!(
        "{:<8} {:>11} {:>22} {:>28} {:>24}\n",
        "", "parameters", "gradient, a step back", "arrives from the first step", "probability of the right"
    );
    for network in &walk.networks {
        let flow = Flow::of(network, walk.steps);
        let right = mean(network.answers.iter().filter_map(|answer| answer.p));
        out += &format!(
            "{:<8} {:>11} {:>22} {:>28} {:>24}\n",
            title(network),
            network.parameters,
            flow.as_ref().map_or("–".to_owned(), |f| format!("× {:.3}", f.factor)),
            flow.map_or("–".to_owned(), |f| order(f.arrives)),
            right.map_or("–".to_owned(), |p| format!("{:.1} %", 100.0 * p))
        );
    }
    if let Some(stretch) = &walk.memory
        && !stretch.properties.is_empty()
    {
        out += &format!("\nwhat single units of {} say, AUC on text held back (1 is perfect, 0.5 a guess)\n", stretch.network);
        for told in &stretch.properties {
            let t = &told.telling;
            out += &format!(
                "  {:<24} unit {:>3} of layer {}: {:.3}   all units: {:.3}\n",
                words(t.property),
                t.unit.unit,
                t.unit.layer + 1,
                t.unit.auc,
                t.probe_auc
            );
        }
    }
    for run in walk.runs.iter().filter(|run| run.diverged.is_some()) {
        let (step, last) = (run.diverged.unwrap_or_default(), run.losses.last().map_or(f64::NAN, |l| l.1));
        let ended =
            if last.is_finite() { format!("the loss ended at {}", plain(last)) } else { "the loss was no number any more".to_owned() };
        out += &format!("\n{}: the weights were thrown away at step {step}; {ended}", run.key);
    }
    if walk.runs.iter().any(|run| run.diverged.is_some()) {
        out.push('\n');
    }
    for note in &walk.notes {
        out += &format!("\nnote: {note}");
    }
    out + if walk.notes.is_empty() { "" } else { "\n" }
}

/// What stands between two columns.
fn separator(walk: &Walk) -> &'static str {
    match (walk.task, walk.unit) {
        // Words of a text have their own spaces.
        ("memory", _) | (_, "row" | "frame") => " ",
        _ => "",
    }
}

fn words(property: Property) -> &'static str {
    match property {
        Property::Quotes => "inside quotation marks",
        Property::Speaker => "inside a speaker's name",
        Property::AfterComma => "after a comma",
        Property::Hangul => "Hangul",
        Property::LinePosition => "position in the line",
        Property::Capitals => "capital letters",
        Property::Digits => "digits",
    }
}

/// What becomes of the last output's gradient on its way to the first step.
struct Flow {
    /// Mean factor a step.
    factor: f64,
    /// Share that arrives of what the last step has.
    arrives: f64,
}

impl Flow {
    fn of(network: &Network, steps: usize) -> Option<Self> {
        let gradient = &network.trace.gradient;
        let (&last, row) = (gradient.steps.last()?, gradient.log10.chunks_exact(steps).last()?);
        let fall = f64::from(row[0]) - f64::from(row[last]);
        (last > 0 && !fall.is_nan()).then(|| Self { factor: 10f64.powf(fall / last as f64), arrives: 10f64.powf(fall) })
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), v| (sum + v, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
