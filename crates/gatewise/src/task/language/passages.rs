//! Texts that are scored, each from a start of its own.

use gatewise_data::Corpus;
use gatewise_kernels::{Cpu, Precision};

use super::adapt::Adaptation;
use super::counted::Counted;
use super::error::LanguageError;
use super::file::LanguageModel;
use super::given::named;
use super::place::Place;
use super::score::{Score, Surprise};
use super::text::EncodedText;
use super::vocabulary::{Unknown, Vocabulary};
use crate::error::Error;

/// The texts of a corpus, none of which goes on where another ended.
#[derive(Debug, Default)]
pub struct Passages {
    /// What they were read from.
    pub corpora: Vec<Corpus>,
    /// The same as numbers.
    pub texts: Vec<EncodedText>,
    /// Which of all texts each is, from 0.
    pub numbers: Vec<usize>,
    /// Places of those with fewer than two symbols that are known, which are left out.
    pub short: Vec<String>,
    /// What is unknown.
    pub unknown: Unknown,
    /// Its share of all symbols.
    pub unknown_share: f64,
    /// What is predicted of all of them, and what unknown symbols cost.
    pub counted: Counted,
    /// What the corpus is called.
    place: String,
}

/// How texts are scored.
#[derive(Clone, Copy, Debug)]
pub struct Scoring {
    /// Least likely symbols that are told with their place.
    pub worst: usize,
    /// How weights are held.
    pub precision: Precision,
    /// How the model learns from each text as it reads it; none where it stays as it is.
    pub adaptation: Option<Adaptation>,
}

/// The score of texts.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Over all of them.
    pub total: Score,
    /// Nats of a symbol with weights of 32 bits, where they are held otherwise.
    pub exact: Option<f64>,
    /// Nats of a symbol of the model as it is, where it learns.
    pub still: Option<f64>,
    /// The least likely symbols: the number of the text, the surprise, its place.
    pub worst: Vec<(usize, Surprise, Place)>,
}

impl Scoring {
    fn check(&self) -> Result<(), Error> {
        if self.adaptation.is_some() && self.precision != Precision::F32 {
            return Err(Error::usage("⦃adapt⦄ changes the weights, which ⦃precision⦄ rounds").help("leave out one of them"));
        }
        Ok(())
    }
}

impl Passages {
    /// Reads each file of a corpus, or each line.
    ///
    /// # Errors
    /// A text that cannot be read; texts of which nothing is known, or that all have fewer than two symbols.
    pub fn read(corpus: Corpus, each_line: bool, vocabulary: &Vocabulary) -> Result<Self, Error> {
        let mut read = Self { place: corpus.path().to_owned(), ..Self::default() };
        let (mut lacking, mut all, mut known) = (0.0, 0.0, false);
        for (number, file) in if each_line { corpus.lines()? } else { corpus.split() }.into_iter().enumerate() {
            let (text, unknown) = EncodedText::read(&file, vocabulary, 0, &std::env::temp_dir())?;
            unknown.into_iter().for_each(|(symbol, count)| *read.unknown.entry(symbol).or_default() += count);
            all += text.all as f64;
            lacking += text.unknown * text.all as f64;
            known |= text.known;
            if text.ids.len() < 2 {
                read.short.push(file.path().to_owned());
                continue;
            }
            read.counted = [read.counted, text.counted].into_iter().sum();
            read.corpora.push(file);
            read.texts.push(text);
            read.numbers.push(number);
        }
        read.unknown_share = lacking / f64::max(all, 1.0);
        if !known && !read.unknown.is_empty() {
            return Err(LanguageError::AllUnknown { symbols: named(&read.unknown) }.about(&read.place));
        }
        if read.texts.is_empty() {
            let error = Error::data(format!("{}: the text has fewer than two symbols that the model knows", read.place));
            return Err(error.help("give a text of two symbols or more"));
        }
        Ok(read)
    }

    /// What is told of unknown symbols, if there are any.
    pub fn about_unknown(&self, vocabulary: &Vocabulary) -> Option<String> {
        let how = if vocabulary.rare().is_some() { "share the symbol of rare words" } else { "are left out" };
        let told =
            || format!("{:.2} % of the symbols are unknown to the model and {how}: {}", 100.0 * self.unknown_share, named(&self.unknown));
        (!self.unknown.is_empty()).then(told)
    }

    /// What is told of texts that are left out; `lines` where they are lines.
    pub fn about_short(&self, lines: bool) -> Option<String> {
        let first = self.short.first()?;
        let (count, what) = (self.short.len(), if lines { "lines" } else { "files" });
        Some(format!("{count} {what} hold fewer than two symbols that the model knows and are left out, as {first}"))
    }
}

/// Nats of a symbol over several texts.
fn mean(scores: &[Score]) -> f64 {
    let symbols: u64 = scores.iter().map(|s| s.symbols).sum();
    scores.iter().map(|s| s.nats * s.symbols as f64).sum::<f64>() / symbols.max(1) as f64
}

impl LanguageModel {
    /// Scores texts. A model that learns begins each as it was. Its weights are held as `how` says from then on.
    ///
    /// # Errors
    /// Settings that do not go together; texts that have changed since they were read.
    pub fn score_each(&mut self, cpu: &Cpu, passages: &Passages, how: &Scoring) -> Result<Scored, Error> {
        how.check()?;
        let wrong = |e: LanguageError| e.about(&passages.place);
        let exact = match how.precision {
            Precision::F32 => None,
            Precision::Bf16 | Precision::Int8 => {
                self.model.set_precision(Precision::F32);
                Some(mean(&self.scores(cpu, passages, 0, None).map_err(wrong)?))
            }
        };
        self.model.set_precision(how.precision);
        let mut scores = self.scores(cpu, passages, how.worst, None).map_err(wrong)?;
        let mut still = None;
        if how.adaptation.is_some() {
            still = Some(mean(&scores));
            scores = self.scores(cpu, passages, how.worst, how.adaptation).map_err(wrong)?;
        }
        let symbols = scores.iter().map(|s| s.symbols).sum();
        let total = Score { symbols, nats: mean(&scores), unlikely: Vec::new() };
        let unlikely = |(text, score): (usize, &Score)| score.unlikely.iter().map(move |s| (text, *s)).collect::<Vec<_>>();
        let mut worst: Vec<(usize, Surprise)> = scores.iter().enumerate().flat_map(unlikely).collect();
        worst.sort_by(|a, b| b.1.nats.total_cmp(&a.1.nats));
        worst.truncate(how.worst);
        let place = |(text, surprise): (usize, Surprise)| {
            Place::of(&surprise, &passages.corpora[text], &self.vocabulary).map(|place| (text, surprise, place))
        };
        let worst = worst.into_iter().map(place).collect::<Result<_, _>>()?;
        Ok(Scored { total, exact, still, worst })
    }

    fn scores(&mut self, cpu: &Cpu, passages: &Passages, worst: usize, how: Option<Adaptation>) -> Result<Vec<Score>, LanguageError> {
        let score = |text: &EncodedText| match how {
            None => self.score(cpu, &text.ids, text.valid.clone(), worst),
            Some(settings) => self.score_adaptive(cpu, &text.ids, text.valid.clone(), worst, settings),
        };
        passages.texts.iter().map(score).collect()
    }

    /// How unexpected every symbol of texts is that was predicted. `each` gets the number of the text with it; of a long text they come in another order
    /// than they stand in.
    ///
    /// # Errors
    /// As [`score_each`](Self::score_each).
    pub fn surprises_each(
        &mut self,
        cpu: &Cpu,
        passages: &Passages,
        how: &Scoring,
        each: &mut dyn FnMut(usize, Surprise),
    ) -> Result<(), Error> {
        how.check()?;
        self.model.set_precision(how.precision);
        for (number, text) in passages.texts.iter().enumerate() {
            let surprises = self.surprises(cpu, &text.ids, text.valid.clone(), how.adaptation, &mut |surprise| each(number, surprise));
            surprises.map_err(|e| e.about(&passages.place))?;
        }
        Ok(())
    }
}
