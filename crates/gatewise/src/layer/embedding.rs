//! A table of vectors, one for each symbol.

use gatewise_kernels::{Aligned, Cpu, Real};

use crate::params::{Params, View};

/// Weights `{prefix}.weight` (symbols, width).
#[derive(Clone, Debug)]
pub struct Embedding<F> {
    weight: View,
    symbols: usize,
    width: usize,
    y: Aligned<F>,
}

impl<F: Real> Embedding<F> {
    /// Adds the table to `params`, all zero; [`crate::init::normal`] gives it PyTorch's start.
    pub fn new(params: &mut Params<F>, prefix: &str, symbols: usize, width: usize) -> Self {
        let weight = params.add(format!("{prefix}.weight"), &[symbols, width]);
        Self { weight, symbols, width, y: Aligned::default() }
    }

    /// The table.
    pub fn weight(&self) -> View {
        self.weight
    }

    /// `symbols`: (R). The result is in [`output`](Self::output).
    ///
    /// # Panics
    /// If a symbol is not below the number of symbols: whoever maps text to symbols keeps them there.
    pub fn forward(&mut self, _cpu: &Cpu, values: &[F], symbols: &[u32]) {
        let table = self.weight.of(values);
        self.y.resize(symbols.len() * self.width);
        for (y, &symbol) in self.y.chunks_exact_mut(self.width).zip(symbols) {
            assert!((symbol as usize) < self.symbols, "symbol {symbol} of {}", self.symbols);
            y.copy_from_slice(&table[symbol as usize * self.width..][..self.width]);
        }
    }

    /// Vectors of the last forward: (R, width).
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// `symbols`: (R) as in the last forward, `dy`: (R, width). Adds each row to the gradient of its symbol, in order.
    ///
    /// # Panics
    /// If the lengths do not agree.
    pub fn backward(&mut self, _cpu: &Cpu, grads: &mut [F], symbols: &[u32], dy: &[F]) {
        assert_eq!(dy.len(), symbols.len() * self.width, "dy is (R, width)");
        let table = self.weight.of_mut(grads);
        for (dy, &symbol) in dy.chunks_exact(self.width).zip(symbols) {
            let row = &mut table[symbol as usize * self.width..][..self.width];
            for (sum, &d) in row.iter_mut().zip(dy) {
                *sum += d;
            }
        }
    }
}
