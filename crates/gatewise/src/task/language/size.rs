//! How large a network, and how long to train it, for a text and the work that may be done.

use gatewise_kernels::Cell;

/// Symbols of training for each multiplication of the network's forward pass: a larger network would not be trained to its end in the
/// work at hand, a smaller one would have learned what it can before.
const SYMBOLS_PER_PRODUCT: f64 = 3.0;

/// Products of a network for each symbol of its text beyond which it learns the text by heart.
const PRODUCTS_PER_SYMBOL: f64 = 8.0;

/// Operations of a training step for each product of the forward pass: a multiplication and an addition, forward and twice backward.
pub const OPERATIONS: f64 = 6.0;

/// Symbols from which the vectors of symbols are the weights of the output too: below, few symbols need vectors shorter than the state.
const MANY_SYMBOLS: usize = 1000;

/// Symbols from which a step of training computes a sample of the outputs, and how many: as many give the loss of all outputs on the
/// Penn Treebank, in less than half the time.
const SAMPLED_SYMBOLS: usize = 4000;
const SAMPLED_OUTPUTS: usize = 2000;

/// Symbols for each output of a larger sample.
const SYMBOLS_PER_SAMPLED: usize = 25;

/// Layers and hidden units, from the smallest network on, over few symbols.
const LADDER: [(usize, usize); 12] =
    [(1, 64), (1, 96), (1, 128), (1, 192), (1, 256), (1, 384), (1, 512), (2, 384), (2, 512), (2, 768), (2, 1024), (3, 1024)];

/// The same over many, whose vectors are as long as the state.
const TIED_LADDER: [(usize, usize); 13] =
    [(1, 48), (1, 64), (1, 96), (1, 128), (2, 128), (2, 192), (2, 256), (2, 320), (2, 400), (2, 512), (2, 640), (2, 896), (3, 1024)];

/// Whether so many symbols are many, as words: each is met seldom, and its vector is the weights of its output too.
pub fn are_many(symbols: usize) -> bool {
    symbols >= MANY_SYMBOLS
}

/// The outer layers of a network over a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outer {
    /// Symbols.
    pub symbols: usize,
    /// Whether the vectors of the symbols are the weights of the output too.
    pub tied: bool,
    /// Outputs that a step of training computes; 0 for all.
    pub sampled: usize,
}

impl Outer {
    /// The usual for so many symbols.
    pub fn usual(symbols: usize) -> Self {
        let sampled = if symbols < SAMPLED_SYMBOLS { 0 } else { SAMPLED_OUTPUTS.max(symbols / SYMBOLS_PER_SAMPLED) };
        Self { symbols, tied: are_many(symbols), sampled }
    }

    /// Length of a symbol's vector: the network's first product grows with it, and a few symbols need no more.
    pub fn embedding(self, hidden: usize) -> usize {
        match self.symbols {
            _ if self.tied => hidden,
            0..=512 => 64.min(hidden),
            513..=4096 => 128.min(hidden),
            _ => 256.min(hidden),
        }
    }

    /// Products that a network takes for a symbol. Of a symbol's vector none is taken: it is looked up.
    pub fn products(self, cell: Cell, layers: usize, hidden: usize) -> f64 {
        let seen = if cell.spec().recurrent { hidden } else { 0 };
        let inputs = self.embedding(hidden) + seen + (layers - 1) * (hidden + seen);
        let cells = cell.gates() * hidden * inputs;
        let outputs = if self.sampled == 0 { self.symbols } else { self.sampled.min(self.symbols) };
        (cells + hidden * outputs) as f64
    }

    /// Layers and hidden units that make the most of `operations`, for a text of `length` symbols.
    pub fn size(self, operations: f64, cell: Cell, length: f64) -> (usize, usize) {
        let fits = |&(layers, hidden): &(usize, usize)| {
            let products = self.products(cell, layers, hidden);
            operations / (OPERATIONS * products) >= SYMBOLS_PER_PRODUCT * products && products <= PRODUCTS_PER_SYMBOL * length
        };
        let ladder = if self.tied { &TIED_LADDER[..] } else { &LADDER[..] };
        ladder.iter().copied().rfind(fits).unwrap_or(ladder[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_work_and_more_text_make_larger_networks() {
        for symbols in [65, 2000, 10_000, 100_000] {
            let outer = Outer::usual(symbols);
            let mut last = 0.0;
            for work in [1e10, 1e12, 1e13, 3e13, 4e14, 1e16] {
                let (layers, hidden) = outer.size(work, Cell::Lstm, 1e6);
                let now = outer.products(Cell::Lstm, layers, hidden);
                assert!(now >= last, "{symbols} symbols, {work}: {layers} × {hidden}");
                last = now;
            }
        }
        let characters = Outer::usual(65);
        assert_eq!(characters.size(3e13, Cell::Lstm, 1e6), (1, 512), "three minutes on two cores");
        assert_eq!(characters.size(1e16, Cell::Lstm, 1e4), (1, 96), "a short text");
    }

    #[test]
    fn ladders_rise() {
        for (outer, ladder) in [(Outer::usual(65), &LADDER[..]), (Outer::usual(10_000), &TIED_LADDER[..])] {
            assert!(ladder.windows(2).all(|pair| {
                let [a, b] = [pair[0], pair[1]].map(|(layers, hidden)| outer.products(Cell::Lstm, layers, hidden));
                a < b
            }));
        }
    }
}
