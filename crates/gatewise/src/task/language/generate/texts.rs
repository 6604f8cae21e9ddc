//! Texts that a network reads side by side.

use gatewise_kernels::Cpu;
use gatewise_memory::{Budget, product};

use crate::batch::Batch;
use crate::layer::recurrent::State;
use crate::model::Model;
use crate::task::language::adapt::Recollection;
use crate::task::language::error::LanguageError;

/// Symbols of a prompt that are read at once.
const PROMPT_WINDOW: usize = 256;

/// Values beside the network's that a text needs of each symbol: its output, and what it is ranked by, with a number.
const RANKED: usize = 4;

/// The network, and where it stands in each of B texts.
#[derive(Debug)]
pub(super) struct Texts<'m> {
    model: &'m mut Model<f32>,
    cpu: &'m Cpu,
    stand: Stand,
    /// States that are gathered from.
    spare: State<f32>,
    batch: Batch<f32>,
    /// What is remembered of a text that was read before.
    recollection: Option<Recollection>,
}

/// Where texts stand.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    pub state: State<f32>,
    /// Outputs after the last symbol: (B, V); empty before the first.
    pub logits: Vec<f32>,
}

impl<'m> Texts<'m> {
    /// One text, at the zero state.
    pub fn new(model: &'m mut Model<f32>, cpu: &'m Cpu) -> Self {
        let stand = Stand { state: State::zeros(model.config(), 1), logits: Vec::new() };
        Self { model, cpu, stand, spare: State::default(), batch: Batch::default(), recollection: None }
    }

    pub fn cpu(&self) -> &'m Cpu {
        self.cpu
    }

    /// Whether a symbol was read.
    pub fn has_begun(&self) -> bool {
        !self.stand.logits.is_empty()
    }

    /// Outputs after the last symbol of a text: (V).
    pub fn logits(&self, row: usize) -> &[f32] {
        let width = self.model.config().outputs;
        &self.stand.logits[row * width..][..width]
    }

    /// Where they stand, to be kept or changed.
    pub fn stand(&mut self) -> &mut Stand {
        &mut self.stand
    }

    /// Reads symbols of the one text, many at once.
    pub fn read(&mut self, symbols: &[u32]) {
        for part in symbols.chunks(PROMPT_WINDOW) {
            self.forward(1, part);
        }
    }

    /// Reads a symbol of each text: one product over the weights for all of them.
    pub fn step(&mut self, symbols: &[u32]) {
        self.forward(symbols.len(), symbols);
    }

    fn forward(&mut self, texts: usize, symbols: &[u32]) {
        self.batch.set_full(texts, symbols.len() / texts, 0);
        self.batch.symbols.extend_from_slice(symbols);
        let output = self.model.forward(self.cpu, &self.batch, false, Some(&mut self.stand.state));
        let last = output.len() / symbols.len() * texts;
        self.stand.logits.clear();
        self.stand.logits.extend_from_slice(&output[output.len() - last..]);
        if let Some(recollection) = &mut self.recollection {
            let (features, width) = (self.model.features(), self.model.config().width());
            let rows = features[features.len() - texts * width..].chunks_exact(width);
            let logits = self.stand.logits.chunks_exact_mut(last / texts);
            rows.zip(logits).for_each(|(features, logits)| recollection.mix(features, logits));
        }
    }

    /// Mixes what is remembered into all outputs from here on.
    pub fn recall(&mut self, recollection: Recollection) {
        self.recollection = Some(recollection);
    }

    /// Goes on with these rows, in this order: a text that is left out is forgotten, one that is named twice becomes two. A [`step`](Self::step)
    /// follows, which gives their outputs.
    pub fn gather(&mut self, rows: &[usize]) {
        std::mem::swap(&mut self.stand.state, &mut self.spare);
        self.stand.state.gather(self.model.config(), &self.spare, rows);
    }

    /// Becomes `count` texts that have all read the same.
    pub fn fork(&mut self, count: usize) {
        self.gather(&vec![0; count]);
        self.stand.logits = self.stand.logits.repeat(count);
    }

    /// Refuses more texts than memory allows; `setting` is the one that asks for them.
    pub fn hold(&self, setting: &'static str, texts: usize) -> Result<(), LanguageError> {
        let config = self.model.config();
        let of_symbols = product(&[texts, config.outputs, RANKED, size_of::<f32>()]);
        let needed = config.step_bytes::<f32>(texts as u128, texts as u128).saturating_add(of_symbols);
        let held = Budget::current().hold(format_args!("of {texts} texts"), needed);
        held.map_err(|e| LanguageError::setting(setting, format!("{e}; give fewer, or raise ⦃memory-limit⦄")))
    }
}
