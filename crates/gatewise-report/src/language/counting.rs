//! What simple methods that count foresee of a text, beside a model: in words and as JSON.

use std::fmt::Write;

use gatewise::task::language::{Baseline, Simple};
use serde_json::{Map, Value, json};

/// Characters between two columns.
const GAP: usize = 2;

/// Characters of a figure in a column, at least.
const FIGURE: usize = 9;

/// An object a method, by its key: nats of a symbol, and where there is one the order.
pub(super) fn json(baseline: &Baseline) -> Value {
    let of = |(method, nats): (Simple, f64)| {
        let value = match method {
            Simple::Frequency | Simple::Pair => json!({"nats": nats}),
            Simple::KneserNey { order } | Simple::Ppm { order } => json!({"nats": nats, "order": order}),
        };
        (method.key().to_owned(), value)
    };
    Value::Object(baseline.methods().into_iter().map(of).collect::<Map<_, _>>())
}

/// What each method foresees, as a line, and what was not counted for it.
pub(super) fn line(baseline: &Baseline) -> String {
    let of = |(method, nats): (Simple, f64)| match method {
        Simple::Frequency => format!("{nats:.4} nats by how frequent a symbol is"),
        Simple::Pair => format!("{nats:.4} by the symbol before it"),
        Simple::KneserNey { .. } | Simple::Ppm { .. } => format!("{nats:.4} by {}", method.name()),
    };
    let told: Vec<String> = baseline.methods().into_iter().map(of).collect();
    format!("counting foresees: {}{}", told.join(", "), left_out(baseline))
}

/// What was not counted, behind a semicolon; nothing where all was.
pub(super) fn left_out(baseline: &Baseline) -> String {
    let mut out = String::new();
    if baseline.left_out > 0 {
        let _ = write!(out, "; of the text learned from, the first {} symbols were not counted", baseline.left_out);
    }
    if baseline.full {
        out += "; once runs of symbols took the memory they may take, new ones were not counted";
    }
    out
}

/// The names of the methods and their nats of a symbol, one above the other in columns.
pub(super) fn columns(baseline: &Baseline) -> [String; 2] {
    let mut rows = [String::new(), String::new()];
    for (method, nats) in baseline.methods() {
        let name = method.name();
        let width = name.chars().count().max(FIGURE) + GAP;
        let _ = write!(rows[0], "{name:>width$}");
        let _ = write!(rows[1], "{nats:>width$.4}");
    }
    rows
}

/// Which is better, in a few words.
pub(super) fn better(nats: f64, baseline: &Baseline) -> String {
    match baseline.best() {
        (_, best) if nats < best => "the model is better".to_owned(),
        (method, _) => format!("{} is better", method.name()),
    }
}

/// What a network wants that a simple method keeps up with; nothing where it is better than all of them.
pub fn standing(nats: f64, baseline: &Baseline, symbols: usize) -> String {
    let (guess, (method, best)) = ((symbols as f64).ln(), baseline.best());
    if nats < best {
        String::new()
    } else if nats > guess {
        format!("worse than a guess among all {symbols} symbols ({guess:.4}): the network has burst; train anew with a lower ⦃lr⦄")
    } else if nats == best {
        format!("{} predicts this text as well; give the network more text, or more ⦃epochs⦄ or ⦃time-limit⦄", method.described())
    } else {
        format!(
            "{} predicts this text better: {best:.4} nats against {nats:.4}; give the network more text, or more ⦃epochs⦄ or ⦃time-limit⦄",
            method.described()
        )
    }
}

#[cfg(test)]
mod tests {
    use gatewise::task::language::OfOrder;

    use super::*;

    fn baseline(ppm: Option<f64>, left_out: u64) -> Baseline {
        let of = |order: usize, nats: f64| OfOrder { order, nats };
        Baseline { frequency: 3.0, pair: 2.5, kneser_ney: of(8, 1.5), ppm: ppm.map(|nats| of(4, nats)), left_out, full: left_out > 0 }
    }

    #[test]
    fn where_counting_wins_it_is_said_which() {
        for (nats, ppm, words) in [
            (1.3, None, None),
            (
                1.3,
                Some(1.2),
                Some(
                    "prediction by partial matching (PPM of order 4, which goes on learning as it reads) predicts this text better: 1.2000 nats against 1.3000;",
                ),
            ),
            (2.0, Some(1.7), Some("an 8-gram model with Kneser-Ney smoothing predicts this text better: 1.5000 nats against 2.0000;")),
            (1.5, None, Some("an 8-gram model with Kneser-Ney smoothing predicts this text as well;")),
            (9.0, None, Some("worse than a guess among all 50 symbols (3.9120)")),
        ] {
            let told = standing(nats, &baseline(ppm, 0), 50);
            assert!(words.map_or(told.is_empty(), |words| told.starts_with(words)), "{nats}: {told}");
            assert_eq!(told.is_empty(), better(nats, &baseline(ppm, 0)) == "the model is better");
        }
        assert_eq!(better(2.0, &baseline(None, 0)), "Kneser-Ney 8-gram is better");
    }

    #[test]
    fn every_method_is_told_in_every_form() {
        let both = baseline(Some(1.2), 7);
        let expected = json!({
            "frequency": {"nats": 3.0}, "pair": {"nats": 2.5}, "kneser_ney": {"nats": 1.5, "order": 8}, "ppm": {"nats": 1.2, "order": 4},
        });
        assert_eq!(json(&both), expected);
        let [names, figures] = columns(&both);
        assert_eq!(names, "  frequency  symbol before  Kneser-Ney 8-gram  PPM of order 4");
        assert_eq!(figures.split_whitespace().collect::<Vec<_>>(), ["3.0000", "2.5000", "1.5000", "1.2000"]);
        assert_eq!(names.chars().count(), figures.chars().count());
        let told = line(&both);
        assert!(
            told.contains("1.5000 by Kneser-Ney 8-gram")
                && told.contains("1.2000 by PPM of order 4")
                && told.contains("the first 7 symbols were not counted; once")
        );
        assert!(!line(&baseline(None, 0)).contains("PPM") && !line(&baseline(None, 0)).contains("not counted"));
    }
}
