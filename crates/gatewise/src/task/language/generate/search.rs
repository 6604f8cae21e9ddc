//! Looking for the likeliest text.

use gatewise_kernels::Isa;

use super::{Completion, Ends, Found, Generator, Transcript, ended};
use crate::task::language::error::LanguageError;
use crate::task::language::sample::{Ranked, Weights};

/// Beam search: of every step the likeliest continuations of the texts so far are kept, whichever text they continue.
///
/// Texts of different lengths, which end at different steps, are held against each other by ln p / lengthᵃ, with a the length penalty (as
/// transformers and fairseq have it; Wu 2016 has (5 + length)ᵃ / 6ᵃ): 0 leaves the probability, which favours short texts, 1 is the mean of
/// a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beams {
    /// Texts that are kept at every step.
    pub beams: usize,
    /// The exponent a.
    pub length_penalty: f64,
    /// Texts that are given back, the best first; at most as many as `beams`.
    pub count: usize,
}

/// A text on its way.
struct Beam<'v> {
    transcript: Transcript<'v>,
    /// Σ ln p of its symbols.
    log_probability: f64,
}

/// A beam one symbol later.
struct Next<'v> {
    beam: Beam<'v>,
    /// The row that it continues.
    row: usize,
    symbol: u32,
}

impl Beams {
    fn score(&self, log_probability: f64, symbols: usize) -> f64 {
        log_probability / (symbols as f64).powf(self.length_penalty)
    }

    /// A text at its end.
    fn found(&self, beam: Beam<'_>, symbols: usize, ends: &Ends) -> Completion {
        let log_probability = beam.log_probability;
        let found = Found { log_probability, score: self.score(log_probability, symbols) };
        Completion { found: Some(found), ..ended(beam.transcript, symbols, ends) }
    }
}

impl<'m> Generator<'m> {
    /// Finds the likeliest texts, the best first; of those that read alike, the best alone. A text that meets a stop string is among them if it
    /// was one of the likeliest as it did; its length counts the symbols of that string, and so does its probability. The search goes on until
    /// no text that is on its way can become better than those found. Symbols that are never written have no probability. Of equally likely
    /// ones the lower comes first, so that the same model finds the same texts. Afterwards the generator stands where it stood.
    ///
    /// # Errors
    /// More beams than memory allows, and an interrupt.
    pub fn search(&mut self, beams: &Beams, ends: &Ends) -> Result<Vec<Completion>, LanguageError> {
        self.begin();
        self.texts.hold("beams", beams.beams)?;
        let stood = self.texts.stand().clone();
        let transcript = Transcript::new(self.vocabulary, &self.before, &ends.stop).with_begun(self.begun.clone());
        let mut live = vec![Beam { transcript, log_probability: 0.0 }];
        let mut found: Vec<Completion> = Vec::new();
        let mut ranks = Ranks::default();
        for length in 1..=ends.length {
            self.interrupt.check().map_err(|_| LanguageError::Interrupted)?;
            let mut next = self.continued(&live, &mut ranks, beams, |beam| found.push(beams.found(beam, length, ends)));
            if length == ends.length {
                found.extend(next.drain(..).map(|next| beams.found(next.beam, length, ends)));
            }
            sift(&mut found, beams.count);
            // Every further symbol lowers the probability; the length can at most raise the score to this.
            let hope = next.first().map(|best| beams.score(best.beam.log_probability, ends.length));
            let worst = found.get(beams.count.saturating_sub(1)).and_then(|last| last.found).map_or(f64::NEG_INFINITY, |found| found.score);
            if hope.is_none_or(|hope| hope <= worst) {
                break;
            }
            let rows: Vec<usize> = next.iter().map(|next| next.row).collect();
            let symbols: Vec<u32> = next.iter().map(|next| next.symbol).collect();
            self.texts.gather(&rows);
            self.texts.step(&symbols);
            live = next.into_iter().map(|next| next.beam).collect();
        }
        if ends.length == 0 {
            found.extend(live.pop().map(|beam| ended(beam.transcript, 0, ends)));
        }
        *self.texts.stand() = stood;
        Ok(found)
    }

    /// The likeliest continuations of the live texts. Those that end with their last symbol go to `on_end`.
    fn continued(&mut self, live: &[Beam<'m>], ranks: &mut Ranks, beams: &Beams, mut on_end: impl FnMut(Beam<'m>)) -> Vec<Next<'m>> {
        let isa = self.texts.cpu().isa();
        for (row, beam) in live.iter().enumerate() {
            ranks.set(row, isa, self.texts.logits(row), self.vocabulary.rare(), beam.log_probability);
        }
        let mut next = Vec::with_capacity(beams.beams);
        let mut rank = 0;
        while next.len() < beams.beams {
            let Some((row, symbol, log_probability)) = ranks.take_best(live.len()) else { break };
            let mut transcript = live[row].transcript.clone();
            let met = transcript.push(symbol);
            let beam = Beam { transcript, log_probability };
            if !met {
                next.push(Next { beam, row, symbol });
            } else if rank < beams.beams {
                on_end(beam);
            }
            rank += 1;
        }
        next
    }
}

/// Leaves the best `count`, each text once. Of equal scores the one found first stays in front.
fn sift(found: &mut Vec<Completion>, count: usize) {
    let score = |completion: &Completion| completion.found.map_or(f64::NEG_INFINITY, |found| found.score);
    found.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let mut kept: Vec<Completion> = Vec::with_capacity(count);
    for completion in found.drain(..) {
        let alike = |other: &Completion| (&other.text, &other.unfinished) == (&completion.text, &completion.unfinished);
        if kept.len() < count && !kept.iter().any(alike) {
            kept.push(completion);
        }
    }
    *found = kept;
}

/// The symbols that may continue each text, ranked as far as they are looked at.
#[derive(Default)]
struct Ranks {
    rows: Vec<Row>,
    logits: Vec<f32>,
    weights: Weights,
}

#[derive(Default)]
struct Row {
    ranked: Ranked,
    /// Candidates that were taken.
    taken: usize,
    /// What is added to a logit for the text's probability with that symbol.
    shift: f64,
}

impl Ranks {
    fn set(&mut self, row: usize, isa: Isa, logits: &[f32], banned: Option<u32>, log_probability: f64) {
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        if let Some(banned) = banned {
            self.logits[banned as usize] = f32::NEG_INFINITY;
        }
        let top = f64::from(self.weights.set(isa, &self.logits, 1.0));
        if self.rows.len() <= row {
            self.rows.push(Row::default());
        }
        let held = &mut self.rows[row];
        held.taken = 0;
        held.shift = log_probability - top - self.weights.total().ln();
        held.ranked.fill(self.logits.iter().copied().zip(0..).filter(|(x, _)| x.is_finite()));
    }

    /// The likeliest continuation that was not taken yet, of the first `rows` texts: its row, symbol and ln p.
    fn take_best(&mut self, rows: usize) -> Option<(usize, u32, f64)> {
        let mut best: Option<(usize, u32, f64)> = None;
        for (number, row) in self.rows[..rows].iter_mut().enumerate() {
            if let Some((logit, symbol)) = row.ranked.get(row.taken) {
                let log_probability = row.shift + f64::from(logit);
                if best.is_none_or(|(_, _, most)| log_probability > most) {
                    best = Some((number, symbol, log_probability));
                }
            }
        }
        self.rows[best?.0].taken += 1;
        best
    }
}
