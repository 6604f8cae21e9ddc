//! Models that count, over parts of a text.

use std::ops::Range;

use super::kneser_ney::{GRAM_BYTES, GramHistory, KneserNey};
use super::ppm::{NODE_BYTES, Ppm};
use super::{order_of, room};
use crate::task::language::error::LanguageError;
use crate::task::language::ids::Ids;

/// Symbols read at once.
const BLOCK: u64 = 65_536;

/// Contexts of a PPM whose text is not at hand before it is read: longer ones take too much text to be learned.
const ORDER_WHILE_READING: usize = 4;

/// Longest contexts of a PPM that are tried, from the shortest on.
const ORDERS: std::ops::RangeInclusive<usize> = 2..=7;

/// Symbols that the orders are tried on, the last ones of the part learned from.
const TRIED: u64 = 1 << 20;

/// One in so many of them is foreseen.
const TRIED_PARTS: u64 = 10;

/// How much worse than the best an order must be for longer ones not to be tried.
const WORSE: f64 = 1.02;

/// Symbols below which a trial says nothing.
const LEAST_TRIED: u64 = 500;

/// Calls back for every symbol.
fn each(ids: &Ids, part: Range<u64>, mut see: impl FnMut(u32)) -> Result<(), LanguageError> {
    let mut block = Vec::new();
    let mut at = part.start;
    while at < part.end {
        block.resize((part.end - at).min(BLOCK) as usize, 0);
        ids.read(at, &mut block)?;
        block.iter().for_each(|&symbol| see(symbol));
        at += block.len() as u64;
    }
    Ok(())
}

/// Mean of −ln p over all symbols of a part but the first, which stands behind nothing.
fn nats(ids: &Ids, part: Range<u64>, mut probability: impl FnMut(u32) -> f64) -> Result<f64, LanguageError> {
    let predicted = (part.end - part.start).saturating_sub(1).max(1);
    let (mut sum, mut first) = (0.0, true);
    each(ids, part, |symbol| {
        let probability = probability(symbol);
        if !std::mem::take(&mut first) {
            sum -= probability.ln();
        }
    })?;
    Ok(sum / predicted as f64)
}

impl KneserNey {
    /// Of n-grams as long as they pay for `symbols`.
    pub(crate) fn usual(symbols: usize) -> Self {
        Self::new(symbols, order_of(symbols), room(GRAM_BYTES))
    }

    /// Learns a part of a text from its end on, as far as there is room; returns how many of its last symbols these are.
    ///
    /// # Errors
    /// Numbers that cannot be read any more.
    pub(crate) fn learn_part(&mut self, ids: &Ids, part: Range<u64>) -> Result<u64, LanguageError> {
        self.learn_blocks(ids, part, BLOCK)
    }

    fn learn_blocks(&mut self, ids: &Ids, part: Range<u64>, length: u64) -> Result<u64, LanguageError> {
        let mut block = Vec::new();
        let mut end = part.end;
        while end > part.start && !self.is_full() {
            let start = end.saturating_sub(length).max(part.start);
            // The context of the first symbols, which are counted with the block before.
            let before = start.saturating_sub(self.order() as u64 - 1).max(part.start);
            block.resize((end - before) as usize, 0);
            ids.read(before, &mut block)?;
            let (context, symbols) = block.split_at((start - before) as usize);
            let mut history = GramHistory::default();
            context.iter().for_each(|&symbol| self.meet(&mut history, symbol));
            symbols.iter().for_each(|&symbol| self.learn(&mut history, symbol));
            end = start;
        }
        Ok(part.end - end)
    }

    /// Nats of a symbol of a part, by what was learned before.
    ///
    /// # Errors
    /// Numbers that cannot be read any more.
    pub(crate) fn foresee_part(&self, ids: &Ids, part: Range<u64>) -> Result<f64, LanguageError> {
        let mut history = GramHistory::default();
        nats(ids, part, |symbol| self.foresee(&mut history, symbol))
    }

    /// Nats of a symbol of a part, each of which is learned once it is foreseen.
    ///
    /// # Errors
    /// Numbers that cannot be read any more.
    pub(crate) fn read_part(&mut self, ids: &Ids, part: Range<u64>) -> Result<f64, LanguageError> {
        let mut history = GramHistory::default();
        nats(ids, part, |symbol| {
            let probability = self.foresee(&mut { history }, symbol);
            self.learn(&mut history, symbol);
            probability
        })
    }
}

impl Ppm {
    /// For a text whose training part is not at hand.
    pub(crate) fn untaught(symbols: usize) -> Self {
        Self::new(symbols, ORDER_WHILE_READING, room(NODE_BYTES))
    }

    /// Has learned a part of a text, with contexts as long as the end of that part is foreseen best with.
    ///
    /// # Errors
    /// Numbers that cannot be read any more.
    pub(crate) fn of_part(ids: &Ids, symbols: usize, part: Range<u64>) -> Result<Self, LanguageError> {
        let mut model = Self::new(symbols, best_order(ids, symbols, part.clone())?, room(NODE_BYTES));
        each(ids, part, |symbol| model.learn(symbol))?;
        Ok(model)
    }

    /// Nats of a symbol of a part, each of which is learned once it is foreseen.
    ///
    /// # Errors
    /// Numbers that cannot be read any more.
    pub(crate) fn read_part(&mut self, ids: &Ids, part: Range<u64>) -> Result<f64, LanguageError> {
        self.forget_context();
        nats(ids, part, |symbol| {
            let probability = self.foresee(symbol);
            self.learn(symbol);
            probability
        })
    }
}

/// The order that foresees the end of a part best, after what stands before it.
fn best_order(ids: &Ids, symbols: usize, part: Range<u64>) -> Result<usize, LanguageError> {
    let tried = (part.end - part.start).min(TRIED);
    if tried < LEAST_TRIED {
        return Ok(ORDER_WHILE_READING);
    }
    let (start, cut) = (part.end - tried, part.end - tried / TRIED_PARTS);
    let mut best: Option<(usize, f64)> = None;
    for order in ORDERS {
        let mut model = Ppm::new(symbols, order, room(NODE_BYTES));
        each(ids, start..cut, |symbol| model.learn(symbol))?;
        let nats = model.read_part(ids, cut..part.end)?;
        match best {
            Some((_, least)) if nats > least * WORSE => break,
            Some((_, least)) if nats >= least => {}
            _ => best = Some((order, nats)),
        }
    }
    Ok(best.map_or(ORDER_WHILE_READING, |(order, _)| order))
}

#[cfg(test)]
mod tests {
    use super::super::reference::text;
    use super::*;
    use crate::task::language::ids::IdsWriter;

    fn held(symbols: &[u32]) -> Ids {
        let mut writer = IdsWriter::new(20, std::path::Path::new("."));
        writer.push(symbols).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn blocks_from_the_end_count_what_one_reading_counts() {
        let symbols = text(1200, 20);
        let ids = held(&symbols);
        for (order, block) in [(1, 7), (2, 1), (3, 2), (5, 3), (5, 100), (8, 5000)] {
            let (mut once, mut blocks) = (KneserNey::new(20, order, usize::MAX), KneserNey::new(20, order, usize::MAX));
            let mut history = GramHistory::default();
            symbols[100..1000].iter().for_each(|&symbol| once.learn(&mut history, symbol));
            assert_eq!(blocks.learn_blocks(&ids, 100..1000, block).unwrap(), 900);
            assert_eq!(once.grams(), blocks.grams(), "order {order}, blocks of {block}");
            let nats = [once, blocks].map(|model| model.foresee_part(&ids, 1000..1200).unwrap());
            assert_eq!(nats[0], nats[1], "order {order}, blocks of {block}");
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_left_out_from_the_front() {
        let ids = held(&text(1200, 20));
        let mut model = KneserNey::new(20, 5, 800);
        let counted = model.learn_blocks(&ids, 0..1200, 50).unwrap();
        assert!(model.is_full() && (100..1200).contains(&counted) && counted.is_multiple_of(50), "{counted}");
        assert_eq!(model.grams(), 800);
        assert!(model.foresee_part(&ids, 0..1200).unwrap().is_finite());
    }

    #[test]
    fn the_order_is_the_one_that_the_text_needs() {
        // Each symbol is settled by the five before it, and by no fewer: a de Bruijn sequence of two symbols, over and over.
        let mut sequence: Vec<u32> = vec![0; 5];
        while sequence.len() < 32 {
            let seen = |next: u32| sequence.windows(5).any(|w| w[..4] == sequence[sequence.len() - 4..] && w[4] == next);
            sequence.push(u32::from(!seen(1)));
        }
        let symbols: Vec<u32> = sequence.iter().copied().cycle().take(2000).collect();
        let order = best_order(&held(&symbols), 2, 0..2000).unwrap();
        assert!((4..=5).contains(&order), "{order}");
        assert_eq!(best_order(&held(&symbols), 2, 0..LEAST_TRIED - 1).unwrap(), ORDER_WHILE_READING);
    }
}
