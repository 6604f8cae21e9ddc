//! A language model on symbols as they come: one in, the probabilities of the next out.

use gatewise_kernels::Cpu;

use super::config::LanguageConfig;
use super::error::LanguageError;
use super::file::LanguageModel;
use crate::error::Error;
use crate::format::state::{StateReader, StateWriter, cut_off, fingerprint};
use crate::layer::recurrent::State;
use crate::loss::Loss;

/// A language model at work on one text. A warm [`push`](Self::push) allocates nothing.
#[derive(Debug)]
pub struct LanguageStream<'m> {
    language: &'m mut LanguageModel,
    cpu: &'m Cpu,
    state: State<f32>,
    loss: Loss,
    /// (V), empty before the first symbol.
    probabilities: Vec<f32>,
}

impl LanguageModel {
    /// Begins a text: symbols go in one at a time, and the probabilities of what comes next come out.
    ///
    /// ```
    /// # use gatewise::data::Corpus;
    /// # use gatewise::language::{LanguageModel, Options, Plan};
    /// # use gatewise::train::{Control, Session};
    /// # let cpu = gatewise::Cpu::new(1)?;
    /// # let mut options = Options::default();
    /// # (options.network.hidden, options.training.epochs, options.sample) = (Some(8), Some(1), Some(0));
    /// # let plan = Plan::new(&Corpus::from_texts(["abcabc".repeat(60)]), &options, &cpu)?;
    /// # let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    /// # let mut model = LanguageModel::fit(&plan, None, &mut session)?.expect("nobody stopped it").model;
    /// let symbols = model.encode("abc")?;
    /// let mut stream = model.stream(&cpu);
    /// for symbol in symbols {
    ///     let next = stream.push(symbol)?;
    ///     assert!((next.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream<'m>(&'m mut self, cpu: &'m Cpu) -> LanguageStream<'m> {
        let (state, loss) = (State::zeros(self.model.config(), 1), LanguageConfig::loss(self.vocabulary.len()));
        LanguageStream { language: self, cpu, state, loss, probabilities: Vec::new() }
    }

    /// The symbols of a text; what the vocabulary lacks is left out, or is its symbol of rare words.
    ///
    /// # Errors
    /// Sub-words that cannot be applied.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, LanguageError> {
        let mut symbols = Vec::new();
        self.vocabulary.encode(text, &mut symbols, &mut super::Unknown::new())?;
        Ok(symbols)
    }
}

impl LanguageStream<'_> {
    /// Reads a symbol and gives the probability of each to come next: (V).
    ///
    /// # Errors
    /// A symbol that the vocabulary does not have.
    pub fn push(&mut self, symbol: u32) -> Result<&[f32], Error> {
        let symbols = self.language.vocabulary.len();
        if symbol as usize >= symbols {
            return Err(Error::data(format!("symbol {symbol} is none of the {symbols} of the vocabulary"))
                .help("make symbols of a text by the model's own vocabulary"));
        }
        // A language model runs step by step: its maker has seen to it.
        let output = self.language.model.step(self.cpu, &[], &[symbol], &mut self.state)?;
        self.probabilities.resize(symbols, 0.0);
        self.loss.probabilities(output, &mut self.probabilities);
        Ok(&self.probabilities)
    }

    /// The probabilities after the last symbol: (V); empty before the first.
    pub fn probabilities(&self) -> &[f32] {
        &self.probabilities
    }

    /// Begins a new text.
    pub fn restart(&mut self) {
        self.state.reset(self.language.model.config(), 1);
        self.probabilities.clear();
    }

    fn fingerprint(&self) -> u64 {
        let model = &self.language.model;
        fingerprint(&LanguageModel::task(&self.language.vocabulary), std::iter::once(&model.params().values[..]))
    }

    /// Where the text stands, to go on from.
    pub fn save(&self) -> Vec<u8> {
        StateWriter::new(self.fingerprint()).f32s(&self.state.h).f32s(&self.state.c).f32s(&self.probabilities).finish()
    }

    /// Goes on where [`save`](Self::save) left off.
    ///
    /// # Errors
    /// Bytes of another model, or damaged ones; the stream then stands where it stood.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut reader = StateReader::new(bytes, self.fingerprint())?;
        let mut state = self.state.clone();
        reader.f32s_into(&mut state.h)?;
        reader.f32s_into(&mut state.c)?;
        let probabilities = reader.f32s()?;
        if ![0, self.language.vocabulary.len()].contains(&probabilities.len()) {
            return Err(cut_off());
        }
        reader.finish()?;
        (self.state, self.probabilities) = (state, probabilities);
        Ok(())
    }
}
