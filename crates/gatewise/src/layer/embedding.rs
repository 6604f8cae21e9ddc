//! A table of vectors, one for each symbol.

use gatewise_kernels::{Aligned, Cpu, Real};

use crate::layer::dropout::Dropout;
use crate::params::{Params, View};
use crate::rng::Rng;

/// Weights `{prefix}.weight` (symbols, width).
#[derive(Clone, Debug)]
pub struct Embedding<F> {
    weight: View,
    symbols: usize,
    width: usize,
    y: Aligned<F>,
    /// What each symbol's vector is multiplied by, (symbols); none where the last forward dropped nothing.
    factors: Option<Vec<F>>,
    dropout: Dropout<F>,
}

impl<F: Real> Embedding<F> {
    /// Adds the table to `params`, all zero; [`crate::init::normal`] gives it PyTorch's start.
    pub fn new(params: &mut Params<F>, prefix: &str, symbols: usize, width: usize) -> Self {
        let weight = params.add(format!("{prefix}.weight"), &[symbols, width]);
        Self { weight, symbols, width, y: Aligned::default(), factors: None, dropout: Dropout::new(0.0) }
    }

    /// With a share of the symbols that [`forward_dropped`](Self::forward_dropped) drops.
    #[must_use]
    pub fn with_dropout(self, share: f64) -> Self {
        Self { dropout: Dropout::new(share), ..self }
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
        self.factors = None;
        self.look_up(values, symbols);
    }

    /// As [`forward`](Self::forward), with a share of the symbols dropped wherever they stand, and the vectors of the others scaled up (Gal and
    /// Ghahramani 2016).
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_dropped(&mut self, cpu: &Cpu, values: &[F], symbols: &[u32], rng: &mut Rng) {
        let mut factors = self.factors.take().unwrap_or_default();
        factors.resize(self.symbols, F::ONE);
        factors.fill(F::ONE);
        self.dropout.forward(cpu, &factors, rng);
        factors.copy_from_slice(self.dropout.output());
        self.look_up(values, symbols);
        for (y, &symbol) in self.y.chunks_exact_mut(self.width).zip(symbols) {
            let factor = factors[symbol as usize];
            y.iter_mut().for_each(|y| *y *= factor);
        }
        self.factors = Some(factors);
    }

    fn look_up(&mut self, values: &[F], symbols: &[u32]) {
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
            let factor = self.factors.as_ref().map_or(F::ONE, |factors| factors[symbol as usize]);
            for (sum, &d) in row.iter_mut().zip(dy) {
                *sum += factor * d;
            }
        }
    }
}
