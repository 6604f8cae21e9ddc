//! Contexts with the symbol behind each, numbered as they are met.

/// What a slot holds that nothing stands in.
const FREE: u32 = u32::MAX;

/// Slots of an empty table; a power of two, as every number of slots is.
const SLOTS: usize = 16;

/// 2⁶⁴ divided by the golden ratio: a product with it spreads numbers that lie close together (Knuth 1998, section 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Numbers of pairs (context, symbol) from 0 on, in the order of their first coming: a hash table with linear probing whose outcome depends on
/// nothing but that order.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Number of the pair that stands here.
    slots: Vec<u32>,
    /// The pairs by their numbers: the context above, the symbol below.
    pairs: Vec<u64>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { slots: vec![FREE; SLOTS], pairs: Vec::new() }
    }

    /// The number of a pair that has been met.
    pub(super) fn find(&self, context: u32, symbol: u32) -> Option<u32> {
        let slot = self.slot(pair(context, symbol));
        (self.slots[slot] != FREE).then_some(self.slots[slot])
    }

    /// The number of a pair, and whether it is a new one.
    pub(super) fn number(&mut self, context: u32, symbol: u32) -> (u32, bool) {
        let pair = pair(context, symbol);
        let mut slot = self.slot(pair);
        if self.slots[slot] != FREE {
            return (self.slots[slot], false);
        }
        // Two slots of three are taken at most: probes stay short.
        if self.pairs.len() * 3 >= self.slots.len() * 2 {
            self.grow();
            slot = self.slot(pair);
        }
        let number = self.pairs.len() as u32;
        self.slots[slot] = number;
        self.pairs.push(pair);
        (number, true)
    }

    /// Where a pair stands, or would.
    fn slot(&self, pair: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = start(pair, self.slots.len());
        while self.slots[slot] != FREE && self.pairs[self.slots[slot] as usize] != pair {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let mut slots = vec![FREE; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for (number, &pair) in self.pairs.iter().enumerate() {
            let mut slot = start(pair, slots.len());
            while slots[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            slots[slot] = number as u32;
        }
        self.slots = slots;
    }
}

fn pair(context: u32, symbol: u32) -> u64 {
    u64::from(context) << 32 | u64::from(symbol)
}

/// The first slot that a pair is looked for in: the upper bits of a product, which depend on all bits below.
fn start(pair: u64, slots: usize) -> usize {
    let mixed = (pair ^ pair >> 29).wrapping_mul(SPREAD);
    (mixed >> (u64::BITS - slots.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_their_numbers() {
        let pairs: Vec<(u32, u32)> = (0..5000).map(|i: u32| (i % 71, i.wrapping_mul(2_654_435_761) >> 20)).collect();
        let mut table = Table::new();
        let mut met: Vec<(u32, u32)> = Vec::new();
        for &(context, symbol) in &pairs {
            let known = met.iter().position(|&pair| pair == (context, symbol));
            assert_eq!(table.find(context, symbol), known.map(|at| at as u32));
            assert_eq!(table.number(context, symbol), (known.unwrap_or(met.len()) as u32, known.is_none()));
            if known.is_none() {
                met.push((context, symbol));
            }
        }
        assert!(met.len() > 1000);
        assert_eq!(table.find(72, 0), None);
    }
}
