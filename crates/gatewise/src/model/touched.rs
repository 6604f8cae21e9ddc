//! Parts of the parameters that a step gives gradients to: all, or of large tables the rows that it met.

use std::ops::Range;

use gatewise_kernels::{Cpu, GRAIN, Real, deal};

use super::Model;
use crate::optim::each_part;

/// Parts of the flat buffer, ascending and apart.
#[derive(Debug, Default)]
pub(super) struct Touched {
    parts: Vec<Range<usize>>,
    rows: Vec<u32>,
    /// Whether gradients may be other than zero elsewhere too.
    beyond: bool,
}

impl<F: Real> Model<F> {
    /// Parts of the flat buffer that the last [`loss_and_grad`](Self::loss_and_grad) gave gradients to, ascending; those of the others are zero. All of
    /// it, unless a step computes a sample of the outputs: of the tables of vectors and outputs then the rows of its symbols.
    pub fn touched(&self) -> &[Range<usize>] {
        &self.touched.parts
    }

    /// Notes that gradients were added by other ways.
    pub(super) fn touch_all(&mut self) {
        self.touched.beyond = true;
    }

    /// Sets the gradients to zero that may be others.
    pub(super) fn clear_touched(&mut self, cpu: &Cpu) {
        let grads = &mut self.params.grads[..];
        if self.sampled.is_none() || std::mem::replace(&mut self.touched.beyond, false) || self.touched.parts.is_empty() {
            deal(cpu, grads, GRAIN, |_, grads| grads.fill(F::ZERO));
        } else {
            each_part(cpu, &self.touched.parts, grads, |grads| grads.fill(F::ZERO));
        }
    }

    /// Notes what a step over `symbols` gives gradients to.
    pub(super) fn note_touched(&mut self, symbols: &[u32]) {
        let Touched { parts, rows, .. } = &mut self.touched;
        let all = self.params.values.len();
        parts.clear();
        let (Some(sampled), Some(embedding)) = (&self.sampled, &self.embedding) else {
            parts.push(0..all);
            return;
        };
        rows.clear();
        rows.extend(symbols.iter().chain(sampled.classes()));
        rows.sort_unstable();
        rows.dedup();
        let [head, _] = self.head.views();
        let tables = [embedding.weight().range(), head.range()];
        let tables = if self.config.tied { &tables[..1] } else { &tables[..] };
        let mut push = |part: Range<usize>| match parts.last_mut() {
            Some(last) if last.end == part.start => last.end = part.end,
            _ if part.is_empty() => {}
            _ => parts.push(part),
        };
        let mut at = 0;
        for table in tables {
            push(at..table.start);
            let width = table.len() / self.config.outputs;
            rows.iter().map(|&row| table.start + row as usize * width).for_each(|start| push(start..start + width));
            at = table.end;
        }
        push(at..all);
    }
}
