//! Prediction by partial matching.

use super::table::Table;

/// The context without a symbol.
const ROOT: u32 = 0;

/// No node.
const NONE: u32 = u32::MAX;

/// Prediction by partial matching (Cleary and Witten 1984) with escapes of method D (Howard 1993) and exclusion, which learns as it reads.
///
/// A symbol counted c times behind the longest context that was met has (2 c − 1) / 2 n of the n counts there; the rest, a half for each
/// symbol met there, is for those that were not, and is divided in the same manner by the context without its first symbol, in which the symbols
/// that stood in a longer one are left out. Below all contexts every symbol that is left has the same share. The probabilities sum to one. A symbol
/// is counted in the contexts that are at least as long as the one it was found in.
#[derive(Clone, Debug)]
pub struct Ppm {
    order: usize,
    /// Contexts by the one before them and their last symbol; number 0 is the node 1.
    grams: Table,
    nodes: Vec<Node>,
    room: usize,
    excluded: Excluded,
    context: Context,
}

/// A context, and the last of its symbols behind the one before it.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Its last symbol, and how often that was counted.
    symbol: u32,
    count: u32,
    /// The context without its first symbol.
    shorter: u32,
    /// A symbol behind it, as the node that ends in it.
    child: u32,
    /// The next symbol behind the context before it.
    sibling: u32,
    /// Sum of the counts of the symbols behind it, and how many these are.
    total: u32,
    kinds: u32,
}

/// Bytes that a node takes, with its pair and slots.
pub const NODE_BYTES: u64 = 28 + 8 + 3 * 4;

/// The longest context known of the last symbols.
#[derive(Clone, Copy, Debug)]
struct Context {
    node: u32,
    length: usize,
}

impl Ppm {
    /// A model of contexts of up to `order` symbols out of `symbols`, which has learned nothing and takes in no more than `room` contexts.
    ///
    /// # Panics
    /// If there is no symbol.
    pub fn new(symbols: usize, order: usize, room: usize) -> Self {
        assert!(symbols > 0, "no symbols");
        Self {
            order,
            grams: Table::new(),
            nodes: vec![Node { symbol: 0, count: 0, shorter: ROOT, child: NONE, sibling: NONE, total: 0, kinds: 0 }],
            room,
            excluded: Excluded { marks: vec![0; symbols], prediction: 0, list: Vec::new() },
            context: Context { node: ROOT, length: 0 },
        }
    }

    /// Symbols of the longest contexts.
    pub fn order(&self) -> usize {
        self.order
    }

    /// Contexts taken in, the empty one too.
    pub fn contexts(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no further context is taken in; those that are there are still counted.
    pub fn is_full(&self) -> bool {
        self.nodes.len() + self.order >= self.room
    }

    /// Another text begins: what comes next stands behind nothing.
    pub fn forget_context(&mut self) {
        self.context = Context { node: ROOT, length: 0 };
    }

    /// The probability of `symbol` behind what was learned last.
    pub fn foresee(&mut self, symbol: u32) -> f64 {
        self.excluded.clear();
        let symbols = self.excluded.marks.len() as u64;
        let mut probability = 1.0;
        let (mut context, mut left) = (self.context.node, symbols);
        loop {
            let (total, kinds) = self.open(context);
            if kinds > 0 {
                // Behind a context that all symbols left were met in, none is new.
                let escape = if kinds == left { 0 } else { kinds };
                // In halves of a count.
                let all = (2 * total - kinds + escape) as f64;
                if let Some(found) = self.child(context, symbol) {
                    return probability * (2 * u64::from(self.nodes[found as usize].count) - 1) as f64 / all;
                }
                probability *= escape as f64 / all;
                left -= kinds;
            }
            if context == ROOT {
                return probability / left as f64;
            }
            if kinds > 0 {
                let mut child = self.nodes[context as usize].child;
                while child != NONE {
                    self.excluded.add(self.nodes[child as usize].symbol);
                    child = self.nodes[child as usize].sibling;
                }
            }
            context = self.nodes[context as usize].shorter;
        }
    }

    /// Counts behind a context and how many symbols have them, without the excluded symbols.
    fn open(&self, context: u32) -> (u64, u64) {
        let node = &self.nodes[context as usize];
        let all = (u64::from(node.total), u64::from(node.kinds));
        let count = |node: u32| u64::from(self.nodes[node as usize].count);
        // The shorter of two lists is gone through.
        if self.excluded.list.len() < node.kinds as usize {
            let shut = self.excluded.list.iter().filter_map(|&symbol| self.child(context, symbol));
            return shut.fold(all, |(total, kinds), child| (total - count(child), kinds - 1));
        }
        let (mut open, mut child) = ((0, 0), node.child);
        while child != NONE {
            let Node { symbol, sibling, .. } = self.nodes[child as usize];
            if !self.excluded.has(symbol) {
                open = (open.0 + count(child), open.1 + 1);
            }
            child = sibling;
        }
        open
    }

    fn child(&self, context: u32, symbol: u32) -> Option<u32> {
        self.grams.find(context, symbol).map(|number| number + 1)
    }

    /// Counts `symbol` behind what was learned last.
    pub fn learn(&mut self, symbol: u32) {
        let Context { mut node, mut length } = self.context;
        // All contexts of a symbol or none: each needs the one that is shorter.
        let room = !self.is_full();
        let mut next = None;
        // The node made last, which waits for the one of the shorter context.
        let mut waiting = None;
        loop {
            let found = self.child(node, symbol);
            let child = found.or_else(|| room.then(|| self.add(node, symbol)));
            if let Some(child) = child {
                if let Some(longer) = waiting.replace(child) {
                    self.nodes[longer as usize].shorter = child;
                }
                self.raise(node, child);
                if next.is_none() && length < self.order {
                    next = Some(Context { node: child, length: length + 1 });
                }
            }
            if let Some(found) = found {
                next = next.or(Some(Context { node: self.nodes[found as usize].shorter, length }));
                break;
            }
            if node == ROOT {
                break;
            }
            node = self.nodes[node as usize].shorter;
            length -= 1;
        }
        self.context = next.unwrap_or(Context { node: ROOT, length: 0 });
    }

    /// A node for `symbol` behind `context`.
    fn add(&mut self, context: u32, symbol: u32) -> u32 {
        let (number, _) = self.grams.number(context, symbol);
        let parent = &mut self.nodes[context as usize];
        let sibling = std::mem::replace(&mut parent.child, number + 1);
        parent.kinds += 1;
        self.nodes.push(Node { symbol, count: 0, shorter: ROOT, child: NONE, sibling, total: 0, kinds: 0 });
        number + 1
    }

    fn raise(&mut self, context: u32, child: u32) {
        let parent = &mut self.nodes[context as usize];
        // Counts that are full stay what they are, so that their sum stays theirs.
        if let Some(total) = parent.total.checked_add(1) {
            parent.total = total;
            self.nodes[child as usize].count += 1;
        }
    }
}

/// Symbols that stood in a longer context of a prediction.
#[derive(Clone, Debug)]
struct Excluded {
    /// The prediction that each symbol was last excluded from.
    marks: Vec<u32>,
    prediction: u32,
    list: Vec<u32>,
}

impl Excluded {
    fn clear(&mut self) {
        if self.prediction == u32::MAX {
            self.marks.fill(0);
            self.prediction = 0;
        }
        self.prediction += 1;
        self.list.clear();
    }

    fn has(&self, symbol: u32) -> bool {
        self.marks[symbol as usize] == self.prediction
    }

    fn add(&mut self, symbol: u32) {
        if !self.has(symbol) {
            self.marks[symbol as usize] = self.prediction;
            self.list.push(symbol);
        }
    }
}
