//! Where a forward whose product takes pairs keeps its operands: the inputs of all rows, the states of two steps, and for the
//! reset-before GRU the states that its second product takes.

use crate::cell::{Cell, Dims};

use super::product::Product;

/// Floats of each part, one behind the other; none for numbers of 32 bits, which are taken from where they lie.
#[derive(Clone, Copy)]
pub(super) struct Slots {
    pub(super) inputs: usize,
    /// Of one of the two steps.
    pub(super) states: usize,
    reset: usize,
}

impl Slots {
    pub(super) fn new<P: Product>(dims: Dims, layout: &crate::Layout) -> Self {
        if P::TERMS == 1 {
            return Self { inputs: 0, states: 0, reset: 0 };
        }
        let states = layout.batch() * P::slots(dims.seen_states());
        Self { inputs: layout.rows() * P::slots(dims.input), states, reset: if dims.cell == Cell::GruResetBefore { states } else { 0 } }
    }

    pub(super) fn len(self) -> usize {
        self.inputs + 2 * self.states + self.reset
    }
}
