//! A classifier on rows as they come: one in, the answer to all of them so far out.

use gatewise_kernels::Cpu;

use super::config::Answer;
use super::input::Normalize;
use super::predict::Classifier;
use crate::error::Error;
use crate::format::state::{StateReader, StateWriter, cut_off, fingerprint};
use crate::model::Running;

/// A classifier at work on one sequence. A warm [`push`](Self::push) allocates nothing.
#[derive(Debug)]
pub struct ClassifierStream<'m> {
    classifier: &'m mut Classifier,
    cpu: &'m Cpu,
    running: Running<f32>,
    /// Scaled rows of a segment that is not whole yet, (rows, C), and the row before them, (C) or empty.
    segment: Vec<f32>,
    before: Vec<f32>,
    /// The network's step.
    features: Vec<f32>,
    scaled: Vec<f32>,
    /// (K); empty before the first answer.
    answer: Vec<f32>,
}

impl Classifier {
    /// Begins a sequence: rows of numbers, or symbols, go in one at a time, and the answer to all of them so far comes out: what
    /// [`predict`](Self::predict) says of them, or of a model that answers each step what it says of the last.
    ///
    /// # Errors
    /// A classifier that has to see the whole of a sequence first: one that reads it in both directions, by attention, through convolutions over
    /// time, or with a simple method beside it ([`set_beside`](Self::set_beside) lets the network answer alone); one that scales each item by itself.
    pub fn stream<'m>(&'m mut self, cpu: &'m Cpu) -> Result<ClassifierStream<'m>, Error> {
        let config = self.model.config();
        config.check_running()?;
        if let Some(beside) = &self.beside {
            return Err(Error::usage(format!(
                "this classifier cannot run step by step: what answers beside the network ({}) reads whole sequences",
                beside.simple.name().title
            ))
            .help("let the network answer alone, or train with ⦃combine⦄ network"));
        }
        if self.config.numbers.as_ref().is_some_and(|numbers| numbers.normalize == Normalize::Item) {
            return Err(Error::usage("this classifier cannot run step by step: each sequence is scaled by the whole of itself")
                .help("train with ⦃normalize⦄ channel"));
        }
        let running = Running::new(config);
        let (segment, before, features) = (Vec::new(), Vec::new(), Vec::new());
        Ok(ClassifierStream { classifier: self, cpu, running, segment, before, features, scaled: Vec::new(), answer: Vec::new() })
    }
}

impl ClassifierStream<'_> {
    /// Reads a row of numbers, (C), and gives the probability of each class, or each of the values: (K). `None` while a segment of rows is not
    /// whole, and of a model that reads text.
    ///
    /// # Errors
    /// A row of another number of channels, or a number that is not finite.
    pub fn push(&mut self, row: &[f32]) -> Result<Option<&[f32]>, Error> {
        let Some(numbers) = &self.classifier.config.numbers else {
            return Err(Error::data("the row holds numbers, the model reads text").help("push symbols"));
        };
        let channels = numbers.channels();
        if row.len() != channels {
            return Err(
                Error::data(format!("a row has {} channels, the model reads {channels}", row.len())).help("give one number a channel")
            );
        }
        if let Some(at) = row.iter().position(|v| !v.is_finite()) {
            return Err(Error::data(format!("channel {} is {}", at + 1, row[at])).help("fill what is missing, or leave the row out"));
        }
        self.scaled.clear();
        self.scaled.extend_from_slice(row);
        if numbers.normalize == Normalize::Channel {
            let scales = numbers.center.iter().zip(&numbers.spread);
            self.scaled.iter_mut().zip(scales).for_each(|(value, (center, spread))| *value = (*value - center) / spread);
        }
        self.segment.extend_from_slice(&self.scaled);
        if self.segment.len() < numbers.segment * channels {
            return Ok(None);
        }
        self.features.clear();
        self.features.extend_from_slice(&self.segment);
        if !numbers.change.is_empty() {
            if self.before.is_empty() {
                self.before.extend_from_slice(&self.segment[..channels]);
            }
            for now in self.segment.chunks_exact(channels) {
                let changes = now.iter().zip(&self.before).zip(&numbers.change).map(|((now, before), spread)| (now - before) / spread);
                self.features.extend(changes);
                self.before.copy_from_slice(now);
            }
        }
        self.segment.clear();
        self.step(&[]).map(Some)
    }

    /// Reads a symbol of a text and gives the probability of each class, or each of the values: (K).
    ///
    /// # Errors
    /// A symbol that the model does not know, or a model that reads numbers.
    pub fn push_symbol(&mut self, symbol: u32) -> Result<&[f32], Error> {
        let Some(input) = &self.classifier.config.symbols else {
            return Err(Error::data("a symbol is given, the model reads numbers").help("push rows"));
        };
        if symbol as usize >= input.symbols {
            return Err(Error::data(format!("symbol {symbol} is none of the {} known", input.symbols))
                .help("make symbols of a text by the model's own vocabulary"));
        }
        self.features.clear();
        self.step(&[symbol])
    }

    fn step(&mut self, symbols: &[u32]) -> Result<&[f32], Error> {
        let Classifier { config, model, .. } = &mut *self.classifier;
        let output = model.step_running(self.cpu, &self.features, symbols, &mut self.running)?;
        self.answer.resize(output.len(), 0.0);
        match &config.answer {
            Answer::Classes { temperature, .. } => {
                self.scaled.clear();
                self.scaled.extend(output.iter().map(|v| (f64::from(*v) / temperature) as f32));
                config.loss.probabilities(&self.scaled, &mut self.answer);
            }
            Answer::Value { center, spread } => self.answer[0] = (f64::from(output[0]) * spread + center) as f32,
            Answer::Values { center, spread, .. } => {
                let scales = center.iter().zip(spread);
                for ((answer, &v), (center, spread)) in self.answer.iter_mut().zip(output).zip(scales) {
                    *answer = (f64::from(v) * spread + center) as f32;
                }
            }
        }
        Ok(&self.answer)
    }

    /// The last answer: (K); empty before the first.
    pub fn answer(&self) -> &[f32] {
        &self.answer
    }

    /// Begins a new sequence.
    pub fn restart(&mut self) {
        self.running.restart(self.classifier.model.config());
        [&mut self.segment, &mut self.before, &mut self.answer].into_iter().for_each(Vec::clear);
    }

    fn fingerprint(&self) -> u64 {
        fingerprint(&self.classifier.config, std::iter::once(&self.classifier.model.params().values[..]))
    }

    /// Where the sequence stands, to go on from.
    pub fn save(&self) -> Vec<u8> {
        let Running { state, steps, sum, max, .. } = &self.running;
        let writer = StateWriter::new(self.fingerprint()).f32s(&state.h).f32s(&state.c).count(*steps).f32s(sum).f32s(max);
        writer.f32s(&self.segment).f32s(&self.before).f32s(&self.answer).finish()
    }

    /// Goes on where [`save`](Self::save) left off.
    ///
    /// # Errors
    /// Bytes of another model, or damaged ones; the stream then stands where it stood.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut reader = StateReader::new(bytes, self.fingerprint())?;
        let mut running = Running::new(self.classifier.model.config());
        reader.f32s_into(&mut running.state.h)?;
        reader.f32s_into(&mut running.state.c)?;
        running.steps = reader.count()?;
        reader.f32s_into(&mut running.sum)?;
        reader.f32s_into(&mut running.max)?;
        let (segment, before, answer) = (reader.f32s()?, reader.f32s()?, reader.f32s()?);
        reader.finish()?;
        let (channels, rows) = self.classifier.config.numbers.as_ref().map_or((0, 0), |n| (n.channels(), n.segment));
        let whole = segment.len() < (rows * channels).max(1) && (channels == 0 || segment.len().is_multiple_of(channels));
        if !whole || ![0, channels].contains(&before.len()) || ![0, self.classifier.model.config().outputs].contains(&answer.len()) {
            return Err(cut_off());
        }
        (self.running, self.segment, self.before, self.answer) = (running, segment, before, answer);
        Ok(())
    }
}
