//! The page of a training on a text.

use gatewise::task::language::HeldBack;
use gatewise::train::Summary;
use serde_json::Value;

use super::fit::Run;
use crate::commands::command_line;
use crate::failure::as_flags;
use crate::progress::time;
use crate::report::{EpochRow, LanguageReport, MetricRow, Sample};

/// How the training ended, and what the network says of the text held back.
pub(super) struct Outcome<'a> {
    pub summary: &'a Summary,
    pub epochs: Vec<EpochRow>,
    pub samples: Vec<Sample>,
    /// The held-back part's score beside that of counting; none where nothing was held back.
    pub held_back: Option<HeldBack>,
    pub parameters: usize,
    pub symbols: usize,
}

impl Run<'_> {
    pub(super) fn report(&self, outcome: Outcome<'_>) -> LanguageReport {
        let (plan, text) = (self.plan, &self.plan.text);
        let path = self.corpus.path();
        let name = std::path::Path::new(path).file_name().map_or(path.into(), |n| n.to_string_lossy());
        let fact = |name: &str, value: String| (name.to_string(), value);
        let config = &plan.config;
        let cell = serde_json::to_value(config.cell).ok().and_then(|v| v.as_str().map(str::to_uppercase)).unwrap_or_default();
        let facts = vec![
            fact("text", format!("{} bytes, {} symbols to learn from", self.corpus.bytes(), text.train.end - text.train.start)),
            fact("vocabulary", format!("{} symbols", outcome.symbols)),
            fact("network", format!("{cell}, {} × {} hidden units", config.layers, config.hidden)),
            fact("parameters", outcome.parameters.to_string()),
            fact("training", format!("{} steps in {}", outcome.summary.steps, time(outcome.summary.elapsed))),
            fact("seed", plan.train.seed.to_string()),
            fact("kernels", format!("{}, threads: {}", self.cpu.isa().with_products(plan.train.precision()), self.cpu.threads())),
        ];
        LanguageReport {
            title: format!("A language model of {name}"),
            command: command_line(),
            created: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            facts,
            guesses: plan.choices.iter().map(|g| (g.what.clone(), g.value.clone(), as_flags(&g.flag).into_owned())).collect(),
            metrics: outcome.held_back.as_ref().map(metrics).unwrap_or_default(),
            verdict: verdict(outcome.held_back.as_ref(), outcome.symbols),
            epochs: outcome.epochs,
            samples: outcome.samples,
            settings: String::from_utf8_lossy(&std::fs::read(self.folder.file("config.toml")).unwrap_or_default()).into_owned(),
        }
    }
}

/// The samples that a run has written to its `metrics.jsonl`, with the epoch of each.
pub(super) fn samples(metrics: &str) -> Vec<Sample> {
    let values = metrics.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let samples = values.filter(|v| v["event"] == "sample");
    samples.filter_map(|v| Some(Sample { epoch: v["epoch"].as_u64()?, text: v["text"].as_str()?.to_owned() })).collect()
}

fn metrics(held_back: &HeldBack) -> Vec<MetricRow> {
    held_back.evaluation().measures.iter().map(MetricRow::of).collect()
}

/// What a network that counting keeps up with wants, behind the figures; nothing where it is better.
pub fn standing(nats: f64, pair: f64, symbols: usize) -> String {
    let guess = (symbols as f64).ln();
    if nats < pair {
        String::new()
    } else if nats > guess {
        format!(": worse than a guess among all {symbols} symbols ({guess:.4}): the network has burst; train anew with a lower --lr")
    } else {
        ": the network is no better than counting; give it more text or time".to_owned()
    }
}

fn verdict(held_back: Option<&HeldBack>, symbols: usize) -> String {
    match held_back {
        None => "Nothing was held back, so nothing is known of how well the model foresees new text.".to_string(),
        Some(HeldBack { score, baseline, .. }) if score.nats < baseline.pair => format!(
            "On the text held back the model needs {:.3} nats a symbol; counting pairs of symbols needs {:.3}.",
            score.nats, baseline.pair
        ),
        Some(HeldBack { score, baseline, .. }) => format!(
            "On the text held back the model needs {:.3} nats a symbol, and counting pairs of symbols {:.3}{}.",
            score.nats,
            baseline.pair,
            standing(score.nats, baseline.pair, symbols)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::samples;

    #[test]
    fn samples_come_back_from_the_metrics() {
        let lines = "{\"event\":\"epoch\",\"epoch\":1}\nnot json\n{\"event\":\"sample\",\"epoch\":2,\"text\":\"나는\"}\n";
        let found = samples(lines);
        assert_eq!((found.len(), found[0].epoch, found[0].text.as_str()), (1, 2, "나는"));
    }
}
