//! The operands of a forward whose product takes pairs, brought to where [`super::slots`] keeps them.

use crate::cell::Dims;
use crate::simd::{Kernel, Simd};

use super::forward_call::ForwardCall;
use super::product::{Product, rows_to_slots};

impl<C, P: Product> ForwardCall<'_, C, P> {
    /// The inputs of a stored row. As all pointers here it leads nowhere for numbers of 32 bits.
    #[inline(always)]
    pub(super) fn input_slots(&self, row: usize) -> *mut f32 {
        self.space.get().wrapping_add(row * P::slots(self.dims.input))
    }

    /// The states of a batch row that step `step` of the loop reads. Steps take turns, so that threads that share a row may still read
    /// the last states while the next ones are written.
    #[inline(always)]
    pub(super) fn state_slots(&self, step: usize, b: usize) -> *mut f32 {
        self.space.get().wrapping_add(self.slots.inputs + step % 2 * self.slots.states + b * self.states)
    }

    /// The states after the reset gate of a batch row.
    #[inline(always)]
    pub(super) fn reset_slots(&self, b: usize) -> *mut f32 {
        self.space.get().wrapping_add(self.slots.inputs + 2 * self.slots.states + b * P::slots(self.dims.hidden))
    }

    /// Takes the outputs of time step `t` over for step `step` of the loop: batch rows and units from the first to before the second.
    ///
    /// # Safety
    /// They were computed, are this thread's alone, and the first unit is the first of a slot.
    #[inline(always)]
    pub(super) unsafe fn keep_states(&self, step: usize, t: usize, rows: (usize, usize), units: (usize, usize)) {
        let hidden = self.dims.hidden;
        for b in rows.0..rows.1 {
            // SAFETY: the caller's.
            unsafe {
                let from = self.y.get().add(self.layout.row(t, b) * hidden + units.0);
                let to = self.state_slots(step, b).add(units.0 / P::TERMS);
                rows_to_slots::<P>(from, hidden, 1, units.1 - units.0, to);
            }
        }
    }
}

/// Part `.1` of `.2` of the inputs and of the first states, these for both of two steps: a row may begin at either.
pub(super) struct FirstSlots<'l, 'a, C, P>(pub(super) &'l ForwardCall<'a, C, P>, pub(super) usize, pub(super) usize);

impl<C, P: Product> Kernel for FirstSlots<'_, '_, C, P> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self(layer, part, parts) = self;
        let Dims { input, hidden, .. } = layer.dims;
        let share = |n: usize| (n * part / parts, n * (part + 1) / parts);
        let ((row, end), (b, last)) = (share(layer.layout.rows()), share(layer.layout.batch()));
        // SAFETY: the rows exist and are this thread's alone.
        unsafe {
            rows_to_slots::<P>(layer.x.as_ptr().add(row * input), input, end - row, input, layer.input_slots(row));
            let steps = if layer.dims.cell.spec().recurrent { 2 } else { 0 };
            for step in 0..steps {
                let from = layer.h.get().add(b * hidden);
                rows_to_slots::<P>(from, hidden, last - b, hidden, layer.state_slots(step, b));
            }
        }
    }
}
