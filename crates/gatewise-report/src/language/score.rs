//! How probable a text is, and where it is least expected.

use gatewise::options::PrecisionName;
use gatewise::task::language::{Adaptation, Counted, Passages, Place, Score, Scored, Scoring, Shared, Surprise, Unknown};
use serde_json::{Value, json};

use super::text::{charged, cost, shown};

/// How a model learned from what it was scored on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adapted {
    /// How.
    pub settings: Adaptation,
    /// Nats a symbol of the model as it is.
    pub still: f64,
}

/// The score of a text of one or more files.
#[derive(Debug, Clone)]
pub struct ScoreReport<'a> {
    /// Over all of it.
    pub total: Score,
    /// What was predicted, and what unknown symbols cost.
    pub counted: Counted,
    /// Symbols that the model does not know, with how often they come.
    pub unknown: &'a Unknown,
    /// Their share of all symbols.
    pub unknown_share: f64,
    /// How weights were held.
    pub precision: PrecisionName,
    /// Nats of weights of 32 bits, where they were held otherwise.
    pub exact: Option<f64>,
    /// How the model learned from the text, if it did.
    pub adapted: Option<Adapted>,
    /// The least expected symbols: the file's path, the surprise, its place.
    pub worst: Vec<(&'a str, Surprise, Place)>,
}

impl<'a> ScoreReport<'a> {
    /// Of texts, and how they were scored.
    pub fn of(passages: &'a Passages, scored: &Scored, how: &Scoring) -> Self {
        let adapted = how.adaptation.zip(scored.still).map(|(settings, still)| Adapted { settings, still });
        let worst = scored.worst.iter().map(|(text, surprise, place)| (passages.corpora[*text].path(), *surprise, place.clone()));
        Self {
            total: scored.total.clone(),
            counted: passages.counted,
            unknown: &passages.unknown,
            unknown_share: passages.unknown_share,
            precision: how.precision.into(),
            exact: scored.exact,
            adapted,
            worst: worst.collect(),
        }
    }

    fn shared(&self) -> Shared {
        self.counted.share(self.total.nats, self.total.symbols)
    }

    /// As an event.
    pub fn event(&self) -> Value {
        let unlikely = self.worst.iter().map(|(path, s, p)| {
            json!({"file": path, "position": s.position, "line": p.line, "column": p.column, "symbol": p.symbol, "nats": s.nats, "before": p.before, "behind": p.behind})
        });
        let unlikely: Vec<Value> = unlikely.collect();
        let Shared { bits_per_char, bits_per_byte, perplexity_per_token } = self.shared();
        let Counted { characters, bytes, tokens, unknown_nats } = self.counted;
        let adapted = self.adapted.map(|Adapted { settings: Adaptation { rate, decay, window, cache }, still }| {
            json!({"rate": rate, "decay": decay, "window": window, "cache": cache, "nats_before": still})
        });
        json!({
            "event": "score", "adapted": adapted, "precision": self.precision, "f32_nats": self.exact, "nats": self.total.nats, "bits_per_char": bits_per_char,
            "bits_per_byte": bits_per_byte, "perplexity": self.total.perplexity(), "perplexity_per_token": perplexity_per_token,
            "symbols": self.total.symbols, "characters": characters, "bytes": bytes, "tokens": tokens, "unknown": self.unknown,
            "unknown_share": self.unknown_share, "unknown_nats": unknown_nats, "unlikely": unlikely,
        })
    }

    /// A line a measure, then a line a place.
    pub fn text(&self) -> String {
        let Shared { bits_per_char, bits_per_byte, perplexity_per_token } = self.shared();
        let Counted { characters, bytes, tokens, .. } = self.counted;
        let mut out = format!(
            "nats a symbol       {:.4}\nbits a character    {}\nbits a byte         {}\nperplexity          {:.3} a symbol\n\
             perplexity a token  {}\nsymbols             {}\ncharacters          {characters} of {bytes} bytes, {tokens} tokens\n",
            self.total.nats,
            shown(bits_per_char, 4),
            shown(bits_per_byte, 4),
            self.total.perplexity(),
            shown(perplexity_per_token, 3),
            self.total.symbols
        );
        if !self.unknown.is_empty() {
            out += &charged(&self.counted);
        }
        out += &cost(self.total.nats, self.exact, self.precision);
        if let Some(Adapted { still, .. }) = self.adapted {
            out += &format!("without learning    {still:.4} nats a symbol; learning from the text gives {:+.4}\n", self.total.nats - still);
        }
        if !self.worst.is_empty() {
            out += "least expected\n";
        }
        for (path, surprise, place) in &self.worst {
            let plain = |text: &str| text.escape_debug().to_string();
            out += &format!(
                "  {path}:{}:{}: {:.2} nats: {}⟨{}⟩{}\n",
                place.line,
                place.column,
                surprise.nats,
                plain(&place.before),
                plain(&place.symbol),
                plain(&place.behind)
            );
        }
        out
    }
}
