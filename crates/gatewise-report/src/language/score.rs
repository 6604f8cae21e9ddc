//! How probable a text is, and where it is least expected.

use gatewise::options::PrecisionName;
use gatewise::task::language::{Place, Score, Surprise, Unknown};
use serde_json::{Value, json};

use super::text::cost;

/// The score of a text of one or more files.
#[derive(Debug, Clone)]
pub struct ScoreReport<'a> {
    /// Over all of it.
    pub total: Score,
    /// Characters.
    pub characters: u64,
    /// Symbols that the model does not know, with how often they come.
    pub unknown: &'a Unknown,
    /// Their share of all symbols.
    pub unknown_share: f64,
    /// How weights were held.
    pub precision: PrecisionName,
    /// Nats of weights of 32 bits, where they were held otherwise.
    pub exact: Option<f64>,
    /// The least expected symbols: the file's path, the surprise, its place.
    pub worst: Vec<(&'a str, Surprise, Place)>,
}

impl ScoreReport<'_> {
    fn bits(&self) -> f64 {
        self.total.bits_per_char(self.characters)
    }

    /// As an event.
    pub fn event(&self) -> Value {
        let unlikely = self.worst.iter().map(|(path, s, p)| {
            json!({"file": path, "position": s.position, "line": p.line, "column": p.column, "symbol": p.symbol, "nats": s.nats, "before": p.before, "behind": p.behind})
        });
        let unlikely: Vec<Value> = unlikely.collect();
        json!({
            "event": "score", "precision": self.precision, "f32_nats": self.exact, "nats": self.total.nats, "bits_per_char": self.bits(),
            "perplexity": self.total.perplexity(), "symbols": self.total.symbols, "characters": self.characters, "unknown": self.unknown,
            "unknown_share": self.unknown_share, "unlikely": unlikely,
        })
    }

    /// A line a measure, then a line a place.
    pub fn text(&self) -> String {
        let mut out = format!(
            "nats a symbol       {:.4}\nbits a character    {:.4}\nperplexity          {:.3}\nsymbols             {}\n",
            self.total.nats,
            self.bits(),
            self.total.perplexity(),
            self.total.symbols
        );
        out += &cost(self.total.nats, self.exact, self.precision);
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
