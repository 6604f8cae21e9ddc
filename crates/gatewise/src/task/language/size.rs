//! How large a network, and how long to train it, for a text and the work that may be done.

use gatewise_kernels::Cell;

/// Symbols of training for each multiplication of the network's forward pass: a larger network would not be trained to its end in the
/// work at hand, a smaller one would have learned what it can before.
const SYMBOLS_PER_PRODUCT: f64 = 3.0;

/// Products of a network for each symbol of its text beyond which it learns the text by heart.
const PRODUCTS_PER_SYMBOL: f64 = 8.0;

/// Operations of a training step for each product of the forward pass: a multiplication and an addition, forward and twice backward.
pub const OPERATIONS: f64 = 6.0;

/// Layers and hidden units, from the smallest network on.
const LADDER: [(usize, usize); 12] =
    [(1, 64), (1, 96), (1, 128), (1, 192), (1, 256), (1, 384), (1, 512), (2, 384), (2, 512), (2, 768), (2, 1024), (3, 1024)];

/// Length of a symbol's vector for a vocabulary: the network's first product grows with it, and a few symbols need no more.
pub fn embedding(symbols: usize, hidden: usize) -> usize {
    let usual = match symbols {
        0..=512 => 64,
        513..=4096 => 128,
        _ => 256,
    };
    usual.min(hidden)
}

/// Products that a network takes for a symbol. Of a symbol's vector none is taken: it is looked up.
pub fn products(cell: Cell, layers: usize, hidden: usize, symbols: usize) -> f64 {
    let seen = if cell.spec().recurrent { hidden } else { 0 };
    let inputs = embedding(symbols, hidden) + seen + (layers - 1) * (hidden + seen);
    let cells = cell.gates() * hidden * inputs;
    (cells + hidden * symbols) as f64
}

/// Layers and hidden units that make the most of `operations`, for a text of `length` symbols out of `symbols`.
pub fn size(operations: f64, cell: Cell, length: f64, symbols: usize) -> (usize, usize) {
    let fits = |&(layers, hidden): &(usize, usize)| {
        let products = products(cell, layers, hidden, symbols);
        operations / (OPERATIONS * products) >= SYMBOLS_PER_PRODUCT * products && products <= PRODUCTS_PER_SYMBOL * length
    };
    LADDER.into_iter().rfind(fits).unwrap_or(LADDER[0])
}

/// Share of the outputs to drop, by how often the text is read: a network that meets a text often learns it by heart.
pub fn dropout(passes: f64) -> f64 {
    match passes {
        p if p < 6.0 => 0.0,
        p if p < 12.0 => 0.2,
        p if p < 25.0 => 0.3,
        _ => 0.4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_work_and_more_text_make_larger_networks() {
        let mut last = 0.0;
        for work in [1e10, 1e12, 1e13, 3e13, 4e14, 1e16] {
            let (layers, hidden) = size(work, Cell::Lstm, 1e6, 65);
            let now = products(Cell::Lstm, layers, hidden, 65);
            assert!(now >= last, "{work}: {layers} × {hidden}");
            last = now;
        }
        assert_eq!(size(3e13, Cell::Lstm, 1e6, 65), (1, 512), "three minutes on two cores");
        assert_eq!(size(1e16, Cell::Lstm, 1e4, 65), (1, 96), "a short text");
    }
}
