//! How well a model foresees a text, beside counting: in words and as JSON.

use std::path::Path;

use gatewise::options::PrecisionName;
use gatewise::task::language::{Counted, HeldBack, LanguageConfig, Plan, Shared, named};
use gatewise::train::Summary;
use gatewise_data::Corpus;
use serde_json::{Value, json};

use super::counting::{self, standing};
use super::page::Sample;
use crate::MetricRow;
use crate::number::duration;

/// What a text is taken for, and what its vocabulary lacks, in a line each.
pub fn about_text(corpus: &Corpus, plan: &Plan) -> Vec<String> {
    let Plan { text, vocabulary, unknown, .. } = plan;
    let (train, valid) = (text.train.end - text.train.start, text.valid.end - text.valid.start);
    let unit = serde_json::to_value(vocabulary.unit()).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let (path, bytes, symbols) = (corpus.path(), corpus.bytes(), vocabulary.len());
    let mut lines = vec![format!(
        "{path}: {bytes} bytes, {symbols} symbols (⦃unit⦄ {unit}); {train} to learn from, the last {valid} held back (⦃valid-share⦄)"
    )];
    if !unknown.is_empty() {
        let how = match (&plan.options.symbols.vocabulary_file, vocabulary.rare()) {
            (Some(_), Some(_)) => "not in the list, and share a symbol (⦃vocabulary-file⦄)",
            (Some(_), None) => "not in the list, and are left out (⦃vocabulary-file⦄)",
            (None, _) => "too rare to have one of their own (⦃vocabulary⦄)",
        };
        lines.push(format!("  {:.1} % of the symbols are {how}, such as {}", 100.0 * text.unknown, named(unknown)));
    }
    lines
}

/// What a model and counting foresee of a text.
#[derive(Debug, Clone, Copy)]
pub struct Foreseen<'a>(pub &'a HeldBack);

impl Foreseen<'_> {
    /// The measures of the page.
    pub fn metrics(&self) -> Vec<MetricRow> {
        self.0.evaluation().measures.iter().map(MetricRow::of).collect()
    }

    /// The measures as one object.
    pub fn json(&self) -> Value {
        let HeldBack { score, baseline, counted } = self.0;
        let Shared { bits_per_char, bits_per_byte, perplexity_per_token } = self.0.shared();
        let Counted { characters, bytes, tokens, unknown_nats } = counted;
        json!({
            "nats": score.nats, "bits_per_char": bits_per_char, "bits_per_byte": bits_per_byte, "perplexity": score.perplexity(),
            "perplexity_per_token": perplexity_per_token, "symbols": score.symbols, "characters": characters, "bytes": bytes,
            "tokens": tokens, "unknown_nats": unknown_nats,
            "baseline": counting::json(baseline), "best_baseline": baseline.best().0.key(),
        })
    }

    /// After a training, of the text held back; `symbols` in the vocabulary.
    pub fn after_training(&self, symbols: usize) -> String {
        let HeldBack { score, baseline, .. } = self.0;
        let Shared { bits_per_char, bits_per_byte, perplexity_per_token } = self.0.shared();
        let standing = standing(score.nats, baseline, symbols);
        format!(
            "on the text held back: {:.4} nats a symbol, {} bits a character, perplexity {:.2}\n\
             whatever the unit: {} bits a byte, perplexity {} a token\n\
             {}{}{standing}",
            score.nats,
            shown(bits_per_char, 3),
            score.perplexity(),
            shown(bits_per_byte, 3),
            shown(perplexity_per_token, 2),
            counting::line(baseline),
            if standing.is_empty() { "" } else { "\n" }
        )
    }

    /// A trained model on another text, which may have `unknown` symbols, with what the `cost` of smaller weights says.
    pub fn table(&self, unknown: bool, cost: &str) -> String {
        let HeldBack { score, baseline, counted } = self.0;
        let Counted { characters, bytes, tokens, .. } = counted;
        let Shared { bits_per_char, bits_per_byte, perplexity_per_token } = self.0.shared();
        let charged = if unknown { charged(counted) } else { String::new() };
        let (better, [names, figures]) = (counting::better(score.nats, baseline), counting::columns(baseline));
        format!(
            "{} symbols of {characters} characters in {bytes} bytes, {tokens} tokens\n\
             \u{20}                     model{names}\n\
             \u{20} nats a symbol  {:10.4}{figures}  {better}\n\
             \u{20} bits a character {:>8}\n\
             \u{20} bits a byte    {:>10}\n\
             \u{20} perplexity     {:10.3}  a symbol\n\
             \u{20}                {:>10}  a token\n\
             Counting learns from this text as it reads it; the model has learned before{}.\n{charged}{cost}",
            score.symbols,
            score.nats,
            shown(bits_per_char, 4),
            shown(bits_per_byte, 4),
            score.perplexity(),
            shown(perplexity_per_token, 3),
            counting::left_out(baseline)
        )
    }
}

/// A figure, or what stands where there is none.
pub(super) fn shown(figure: Option<f64>, places: usize) -> String {
    figure.map_or_else(|| "none".to_owned(), |figure| format!("{figure:.places$}"))
}

/// What unknown symbols cost, as a line.
pub(super) fn charged(counted: &Counted) -> String {
    format!("unknown symbols     {:.1} nats in all to spell them, part of what does not hang on the unit\n", counted.unknown_nats)
}

/// What smaller weights cost beside the nats of those of 32 bits, as a line.
pub fn cost(nats: f64, exact: Option<f64>, precision: PrecisionName) -> String {
    exact.map_or_else(String::new, |exact| {
        format!("with f32 weights    {exact:.4} nats a symbol, so {precision} costs {:+.4}\n", nats - exact)
    })
}

/// A training, for the page.
#[derive(Debug, Clone, Copy)]
pub struct Trained<'a> {
    /// Bytes of the text.
    pub bytes: u64,
    /// Symbols of the part learned from.
    pub learned: u64,
    /// Symbols of the vocabulary.
    pub symbols: usize,
    /// The network.
    pub config: &'a LanguageConfig,
    /// Its parameters.
    pub parameters: usize,
    /// How the training ended.
    pub summary: &'a Summary,
    /// What random numbers began with.
    pub seed: u64,
    /// The kernels that ran, and on how many threads.
    pub kernels: &'a str,
}

impl Trained<'_> {
    /// Name and value.
    pub fn facts(&self) -> Vec<(String, String)> {
        let Self { bytes, learned, symbols, config, parameters, summary, seed, kernels } = *self;
        let cell = serde_json::to_value(config.cell).ok().and_then(|v| v.as_str().map(str::to_uppercase)).unwrap_or_default();
        [
            ("text", format!("{bytes} bytes, {learned} symbols to learn from")),
            ("vocabulary", format!("{symbols} symbols")),
            ("network", format!("{cell}, {} × {} hidden units", config.layers, config.hidden)),
            ("parameters", parameters.to_string()),
            ("training", format!("{} steps in {}", summary.steps, duration(summary.elapsed))),
            ("seed", seed.to_string()),
            ("kernels", kernels.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

/// The heading of a page about a model of the text at `path`.
pub fn title(path: &str) -> String {
    let name = Path::new(path).file_name().map_or(path.into(), |n| n.to_string_lossy());
    format!("A language model of {name}")
}

/// The outcome in a sentence; without one where nothing was held back.
pub fn verdict(held_back: Option<&Foreseen<'_>>, symbols: usize) -> String {
    match held_back {
        None => "Nothing was held back, so nothing is known of how well the model foresees new text.".to_string(),
        Some(Foreseen(HeldBack { score, baseline, .. })) => {
            let (method, best) = baseline.best();
            let behind = if score.nats < best {
                format!("; the best of the simple methods, {}, needs {best:.3}", method.described())
            } else {
                format!(": {}", standing(score.nats, baseline, symbols))
            };
            format!("On the text held back the model needs {:.3} nats a symbol{behind}.", score.nats)
        }
    }
}

/// The samples among the events of a training, a line of JSON each, with the epoch of each.
pub fn samples(events: &str) -> Vec<Sample> {
    let values = events.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let samples = values.filter(|v| v["event"] == "sample");
    samples.filter_map(|v| Some(Sample { epoch: v["epoch"].as_u64()?, text: v["text"].as_str()?.to_owned() })).collect()
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
