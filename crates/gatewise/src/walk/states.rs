//! The states of a network over a long text, carried on from symbol to symbol.

use gatewise_kernels::Cpu;

use crate::batch::Batch;
use crate::layer::recurrent::State;
use crate::model::Model;

/// Symbols of one forward.
const STRIDE: usize = 256;

/// Where the units of one layer lie among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Layer, from 0.
    pub layer: usize,
    /// Unit of that layer.
    pub unit: usize,
}

/// What carries memory, c of an LSTM and h of other cells, after each symbol.
#[derive(Clone, Debug)]
pub struct States {
    /// Symbols N.
    pub count: usize,
    /// Units H of a layer.
    pub hidden: usize,
    /// Layers L.
    pub layers: usize,
    /// (N, L·H).
    pub values: Vec<f32>,
}

impl States {
    /// Runs a network over symbols from the zero state.
    ///
    /// # Panics
    /// If the network reads anything but symbols, or from both ends.
    pub fn of(cpu: &Cpu, model: &Model<f32>, symbols: &[u32]) -> Self {
        let mut model = model.cast::<f32>();
        let config = model.config().clone();
        assert!(config.encoded() == 0 && !config.bidirectional, "states are carried along a text");
        let (hidden, layers) = (config.hidden, config.layers);
        let mut state = State::zeros(&config, 1);
        let mut batch = Batch::default();
        let mut values = Vec::with_capacity(symbols.len() * layers * hidden);
        for window in symbols.chunks(STRIDE) {
            batch.set_full(1, window.len(), 0);
            batch.symbols.extend_from_slice(window);
            model.trace_from(cpu, &batch, &mut state);
            for t in 0..window.len() {
                for layer in 0..layers {
                    let cell = model.stack().cell(layer, false).expect("a layer of the network");
                    let rows = if config.cell.has_memory() { &cell.tape().c } else { cell.output() };
                    values.extend_from_slice(&rows[t * hidden..][..hidden]);
                }
            }
        }
        Self { count: symbols.len(), hidden, layers, values }
    }

    /// Units of all layers, L·H.
    pub fn width(&self) -> usize {
        self.layers * self.hidden
    }

    /// The states after symbol `at`: (L·H).
    pub fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width()..][..self.width()]
    }

    /// Which unit of which layer stands at `column` of a row.
    pub fn place(&self, column: usize) -> Place {
        Place { layer: column / self.hidden, unit: column % self.hidden }
    }
}
