//! Sequences of a call, as the kernels have them: longest first, step after step, without padding.

use gatewise_kernels::Layout;

use crate::import::error::{Fault, fault};

/// How the sequences of a call lie in its tensors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Steps T.
    pub(super) time: usize,
    /// Sequences B.
    pub(super) batch: usize,
    /// Whether sequences come before steps.
    pub(super) batch_major: bool,
}

impl Extent {
    /// Where step t of sequence b is, in rows.
    pub(super) fn row(self, t: usize, b: usize) -> usize {
        if self.batch_major { b * self.time + t } else { t * self.batch + b }
    }

    /// Whether rows lie as the kernels have them, where all sequences are as long.
    fn in_order(self) -> bool {
        !self.batch_major || self.batch == 1 || self.time == 1
    }
}

/// Sequences of a call, kept from one to the next.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pub(super) layout: Layout,
    /// Sequences that have a step, longest first; empty where all are as long.
    order: Vec<usize>,
    /// Lengths of those.
    lengths: Vec<usize>,
    /// Rows in the layout's order.
    rows: Vec<f32>,
}

impl Sequences {
    /// Takes up the lengths of a call.
    ///
    /// # Errors
    /// Lengths that are none of its sequences.
    pub(super) fn set(&mut self, extent: Extent, lengths: Option<&[i64]>) -> Result<(), Fault> {
        let Extent { time, batch, .. } = extent;
        self.order.clear();
        self.lengths.clear();
        let Some(lengths) = lengths.filter(|lengths| lengths.len() != batch || lengths.iter().any(|&length| length != time as i64)) else {
            if (self.layout.batch(), self.layout.time(), self.layout.rows()) != (batch, time, batch * time) {
                self.layout.set_full(batch, time);
            }
            return Ok(());
        };
        if lengths.len() != batch {
            return fault(format!("it has {} sequence lengths for {batch} sequences", lengths.len()));
        }
        if let Some(wrong) = lengths.iter().find(|length| !(0..=time as i64).contains(length)) {
            return fault(format!("a sequence length is {wrong}; there are {time} steps"));
        }
        self.order.extend((0..batch).filter(|&b| lengths[b] > 0));
        self.order.sort_by_key(|&b| std::cmp::Reverse(lengths[b]));
        self.lengths.extend(self.order.iter().map(|&b| lengths[b] as usize));
        self.layout.set_ragged(&self.lengths);
        Ok(())
    }

    /// Whether all sequences are as long.
    pub(super) fn is_full(&self) -> bool {
        self.order.is_empty() && self.layout.rows() > 0
    }

    /// Which sequence of the call the layout has at a place.
    pub(super) fn sequence(&self, place: usize) -> usize {
        self.order.get(place).copied().unwrap_or(place)
    }

    /// Whether rows of a call lie as the layout has them.
    pub(super) fn in_order(&self, extent: Extent) -> bool {
        self.is_full() && extent.in_order()
    }

    /// Brings the rows of a call, `width` numbers each, into the layout's order.
    pub(super) fn gather(&mut self, extent: Extent, x: &[f32], width: usize) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.resize(self.layout.rows() * width, 0.0);
        for t in 0..self.layout.time() {
            for place in 0..self.layout.active(t) {
                let from = extent.row(t, self.sequence(place)) * width;
                rows[self.layout.row(t, place) * width..][..width].copy_from_slice(&x[from..from + width]);
            }
        }
        self.rows = rows;
    }

    /// What [`gather`](Self::gather) brought together.
    pub(super) fn rows(&self) -> &[f32] {
        &self.rows
    }
}
