//! Options of writing. Every field may be left open.

use gatewise_kernels::Cpu;
use serde::{Deserialize, Serialize};

use super::error::LanguageError;
use super::generate::{Beams, Completion, Ends, Generator};
use super::sample::{Sampling, USUAL_MEMORY};
use super::vocabulary::Vocabulary;
use crate::error::Error;
use crate::model::Model;
#[cfg(feature = "clap")]
use crate::options::parse::{any_count, at_least_one};

/// Symbols of a text.
const USUAL_LENGTH: usize = 500;

/// Below 1, a network that knows little writes what it is surest of.
pub(super) const USUAL_TEMPERATURE: f64 = 0.8;

/// Seed of the random numbers.
const USUAL_SEED: u64 = 1;

/// Texts found are held against each other by the mean of a symbol.
const USUAL_LENGTH_PENALTY: f64 = 1.0;

/// How a model writes: how far, how many texts, and how each symbol is chosen. Symbols are drawn, or with `beams` the likeliest text is looked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
pub struct Decoding {
    /// Symbols to write [default: 500]
    #[cfg_attr(feature = "clap", arg(long, short = 'n', value_name = "N", value_parser = any_count(), help_heading = "Text"))]
    pub length: Option<usize>,
    /// End before the first of these; may be repeated
    #[cfg_attr(feature = "clap", arg(long, value_name = "TEXT", help_heading = "Text"))]
    pub stop: Vec<String>,
    /// Texts to write at once, each with random numbers of its own; with --beams the N likeliest ones [default: 1]
    #[cfg_attr(feature = "clap", arg(long, short = 'N', value_name = "N", value_parser = at_least_one(), help_heading = "Text"))]
    pub count: Option<usize>,

    /// Above 1 the last symbols become unlikelier; applies before all below [default: 1]
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = "Choice"))]
    pub repetition_penalty: Option<f64>,
    /// Symbols that become unlikelier by --repetition-penalty, those of the prompt too [default: 64]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Choice"))]
    pub repetition_memory: Option<usize>,
    /// Below 1 likely symbols gain, above 1 unlikely ones; 0 always takes the likeliest [default: 0.8]
    #[cfg_attr(feature = "clap", arg(long, short, value_name = "X", help_heading = "Choice"))]
    pub temperature: Option<f64>,
    /// Draw from the N likeliest symbols; 0 for all [default: 0]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Choice"))]
    pub top_k: Option<usize>,
    /// Draw from the likeliest symbols that together have this probability, of what --top-k leaves [default: 1]
    #[cfg_attr(feature = "clap", arg(long, value_name = "P", help_heading = "Choice"))]
    pub top_p: Option<f64>,
    /// Draw from symbols at least P times as probable as the likeliest [default: 0]
    #[cfg_attr(feature = "clap", arg(long, value_name = "P", help_heading = "Choice"))]
    pub min_p: Option<f64>,
    /// The same seed gives the same text [default: 1, or what a loaded state goes on with]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = "Choice"))]
    pub seed: Option<u64>,

    /// Draw nothing: keep the N likeliest texts at every symbol, and write the best at the end (beam search)
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Search"))]
    pub beams: Option<usize>,
    /// Texts of different lengths compare by ln p / length^X: 0 favours short ones, 1 is the mean of a symbol [default: 1]
    #[cfg_attr(feature = "clap", arg(long, value_name = "X", help_heading = "Search"))]
    pub length_penalty: Option<f64>,
}

impl Decoding {
    /// Checks every setting, and that they agree.
    ///
    /// # Errors
    /// The first one that is outside its range or contradicts another.
    pub fn check(&self) -> Result<(), LanguageError> {
        let wrong = |setting, problem: String| Err(LanguageError::setting(setting, problem));
        if self.stop.iter().any(String::is_empty) {
            return wrong(
                "stop",
                "is empty: every text would end before it began; leave it out, or give the text to end before".to_owned(),
            );
        }
        let count = self.count();
        if count == 0 {
            return wrong("count", "is 0; it is the number of texts, 1 or more".to_owned());
        }
        let Some(beams) = self.beams else {
            self.sampling().check()?;
            let alike = [(self.temperature == Some(0.0), "⦃temperature⦄ 0"), (self.top_k == Some(1), "⦃top-k⦄ 1")];
            return match alike.iter().find(|(certain, _)| *certain) {
                Some((_, setting)) if count > 1 => wrong(
                    "count",
                    format!(
                        "is {count}, and with {setting} all {count} texts would be the same; give ⦃beams⦄ {count}, which finds different ones"
                    ),
                ),
                _ if self.length_penalty.is_some() => {
                    wrong("length_penalty", "holds the texts of a search against each other; give ⦃beams⦄ too, or leave it out".to_owned())
                }
                _ => Ok(()),
            };
        };
        let drawing = [
            (self.temperature.is_some(), "temperature"),
            (self.top_k.is_some(), "top-k"),
            (self.top_p.is_some(), "top-p"),
            (self.min_p.is_some(), "min-p"),
            (self.repetition_penalty.is_some(), "repetition-penalty"),
            (self.repetition_memory.is_some(), "repetition-memory"),
            (self.seed.is_some(), "seed"),
        ];
        if let Some((_, setting)) = drawing.iter().find(|(given, _)| *given) {
            return wrong(
                "beams",
                format!("look for the likeliest text and draw nothing, so ⦃{setting}⦄ has no meaning; give one or the other"),
            );
        }
        if beams == 0 {
            return wrong("beams", "is 0; it is the number of texts that are kept at every symbol, 1 or more".to_owned());
        }
        if count > beams {
            return wrong("count", format!("is {count}, and {beams} beams find no more than {beams}; give ⦃beams⦄ {count} or more"));
        }
        let penalty = self.length_penalty.unwrap_or(USUAL_LENGTH_PENALTY);
        if !(penalty.is_finite() && penalty >= 0.0) {
            return wrong("length_penalty", format!("is {penalty}; it is 0 or above"));
        }
        Ok(())
    }

    /// Texts that are written.
    pub fn count(&self) -> usize {
        self.count.unwrap_or(1)
    }

    /// How symbols are drawn.
    pub fn sampling(&self) -> Sampling {
        let all = Sampling::default();
        Sampling {
            repetition_penalty: self.repetition_penalty.unwrap_or(all.repetition_penalty),
            repetition_memory: self.repetition_memory.unwrap_or(USUAL_MEMORY),
            temperature: self.temperature.unwrap_or(USUAL_TEMPERATURE),
            top_k: self.top_k.unwrap_or(all.top_k),
            top_p: self.top_p.unwrap_or(all.top_p),
            min_p: self.min_p.unwrap_or(all.min_p),
        }
    }

    /// Where texts end.
    pub fn ends(&self) -> Ends {
        Ends { length: self.length.unwrap_or(USUAL_LENGTH), stop: self.stop.clone() }
    }

    /// How texts are looked for, if they are.
    pub fn search(&self) -> Option<Beams> {
        let length_penalty = self.length_penalty.unwrap_or(USUAL_LENGTH_PENALTY);
        self.beams.map(|beams| Beams { beams, length_penalty, count: self.count() })
    }

    /// What writes so.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn generator<'m>(
        &self,
        model: &'m mut Model<f32>,
        vocabulary: &'m Vocabulary,
        cpu: &'m Cpu,
    ) -> Result<Generator<'m>, LanguageError> {
        self.check()?;
        Generator::new(model, vocabulary, cpu, self.sampling(), self.seed.unwrap_or(USUAL_SEED))
    }

    /// Writes by these options with their [`generator`](Self::generator). A single text that is drawn is told to `on_piece` as it is made, behind
    /// `before`, as [`Generator::write`] does; several, and those that were searched for, are given back alone.
    ///
    /// # Errors
    /// More texts than memory allows, and those of `on_piece`.
    pub fn write<E: From<Error>>(
        &self,
        generator: &mut Generator<'_>,
        before: &str,
        on_piece: &mut dyn FnMut(&str) -> Result<(), E>,
    ) -> Result<Vec<Completion>, E> {
        let ends = self.ends();
        let written = match self.search() {
            Some(beams) => generator.search(&beams, &ends),
            None if self.count() > 1 => generator.write_several(self.count(), &ends),
            None => return Ok(vec![generator.write(&ends, before, on_piece)?]),
        };
        Ok(written.map_err(|e| e.about("the text"))?)
    }

    /// Whether a text is told as it is made.
    pub fn is_told(&self) -> bool {
        self.beams.is_none() && self.count() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_contradict_each_other_are_named() {
        let one = Decoding::default;
        let cases = [
            (Decoding { stop: vec!["a".into(), String::new()], ..one() }, "stop is empty"),
            (Decoding { count: Some(0), ..one() }, "count is 0"),
            (Decoding { beams: Some(0), ..one() }, "beams is 0"),
            (Decoding { count: Some(3), temperature: Some(0.0), ..one() }, "⦃temperature⦄ 0"),
            (Decoding { count: Some(3), top_k: Some(1), ..one() }, "⦃top-k⦄ 1"),
            (Decoding { length_penalty: Some(0.5), ..one() }, "give ⦃beams⦄ too"),
            (Decoding { beams: Some(2), length_penalty: Some(-1.0), ..one() }, "length_penalty is -1"),
            (Decoding { beams: Some(2), length_penalty: Some(f64::NAN), ..one() }, "length_penalty is NaN"),
            (Decoding { beams: Some(2), count: Some(3), ..one() }, "give ⦃beams⦄ 3"),
            (Decoding { beams: Some(2), temperature: Some(1.0), ..one() }, "⦃temperature⦄"),
            (Decoding { beams: Some(2), top_k: Some(0), ..one() }, "⦃top-k⦄"),
            (Decoding { beams: Some(2), top_p: Some(1.0), ..one() }, "⦃top-p⦄"),
            (Decoding { beams: Some(2), min_p: Some(0.1), ..one() }, "⦃min-p⦄"),
            (Decoding { beams: Some(2), repetition_penalty: Some(1.0), ..one() }, "⦃repetition-penalty⦄"),
            (Decoding { beams: Some(2), repetition_memory: Some(9), ..one() }, "⦃repetition-memory⦄"),
            (Decoding { beams: Some(2), seed: Some(1), ..one() }, "⦃seed⦄"),
            (Decoding { min_p: Some(2.0), ..one() }, "min_p is 2"),
        ];
        for (decoding, words) in cases {
            let error = decoding.check().unwrap_err().to_string();
            assert!(error.contains(words), "no {words:?} in {error}");
        }
        for fine in [
            one(),
            Decoding { beams: Some(3), count: Some(3), length_penalty: Some(0.0), ..one() },
            Decoding { count: Some(1), temperature: Some(0.0), length: Some(0), ..one() },
        ] {
            assert!(fine.check().is_ok(), "{fine:?}");
        }
    }
}
