//! The page of a training on a text.

use gatewise::task::language::{Baseline, Score};
use gatewise::train::Summary;
use gatewise_report::number::duration;
use gatewise_report::{EpochRow, LanguageReport, MetricRow, Sample};
use serde_json::Value;

use super::fit::Run;
use super::plan::Plan;
use super::text::Text;
use crate::commands::command_line;

/// How the training ended, and what the network says of the text held back.
pub(super) struct Outcome<'a> {
    pub summary: &'a Summary,
    pub epochs: Vec<EpochRow>,
    pub samples: Vec<Sample>,
    /// The held-back part's score beside that of counting; none where nothing was held back.
    pub score: Option<(Score, Baseline)>,
    pub parameters: usize,
    pub symbols: usize,
}

impl Run<'_> {
    pub(super) fn report(&self, plan: &Plan, text: &Text, outcome: Outcome<'_>) -> LanguageReport {
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
            fact("training", format!("{} steps in {}", outcome.summary.steps, duration(outcome.summary.elapsed))),
            fact("seed", plan.train.seed.to_string()),
            fact("kernels", format!("{}, threads: {}", self.cpu.isa().with_products(plan.train.precision()), self.cpu.threads())),
        ];
        LanguageReport {
            title: format!("A language model of {name}"),
            command: command_line(),
            created: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            facts,
            guesses: plan.guesses.iter().map(|g| (g.what.clone(), g.value.clone(), g.flag.clone())).collect(),
            metrics: outcome.score.as_ref().map(|(score, baseline)| metrics(score, baseline, text)).unwrap_or_default(),
            verdict: verdict(outcome.score.as_ref(), outcome.symbols),
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

fn metrics(score: &Score, baseline: &Baseline, text: &Text) -> Vec<MetricRow> {
    let bits = |nats: f64| Score { nats, ..score.clone() }.bits_per_char(text.valid_chars);
    let row = |name: &str, of: &dyn Fn(f64) -> f64| MetricRow {
        name: name.to_string(),
        model: of(score.nats),
        baselines: vec![("frequency".to_string(), of(baseline.frequency)), ("symbol before".to_string(), of(baseline.pair))],
        lower_is_better: true,
    };
    vec![row("nats", &|nats| nats), row("bits per character", &bits), row("perplexity", &f64::exp)]
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

fn verdict(score: Option<&(Score, Baseline)>, symbols: usize) -> String {
    match score {
        None => "Nothing was held back, so nothing is known of how well the model foresees new text.".to_string(),
        Some((score, baseline)) if score.nats < baseline.pair => format!(
            "On the text held back the model needs {:.3} nats a symbol; counting pairs of symbols needs {:.3}.",
            score.nats, baseline.pair
        ),
        Some((score, baseline)) => format!(
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
