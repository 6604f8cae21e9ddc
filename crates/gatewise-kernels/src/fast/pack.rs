//! Weights in the order in which the kernels read them.

use std::ops::Range;

use crate::buffer::Aligned;
use crate::cell::{Cell, Dims, Weights};
use crate::cpu::Cpu;
use crate::deal::{GRAIN, Lines, both, deal};
use crate::simd::{Simd, Split};
use crate::vectorize;

use super::product::{Product, row_to_slots, side_by_side, slots_of};

/// Slots that packing takes at a time: a cache line of the source, or two.
const PACK_BLOCK: usize = 16;

/// Packed weights of a layer, in slots of a [`Product`].
///
/// Forward panels cover [`unit_vectors`] vectors of hidden units. Row k of a panel holds, gate by gate, the weights
/// of input k (then of hidden unit k) for the panel's units. Gates of the input rows: LSTM i f g o, GRU n r z, RNN h;
/// of the recurrent rows: LSTM i f g o, GRU r z n, reset-before GRU r z, RNN h. Missing units are zeros.
#[derive(Clone, Debug, Default)]
pub(crate) struct FastWeights {
    /// Panel after panel, I rows each.
    pub(super) x: Aligned<f32>,
    /// Panel after panel, H rows each.
    pub(super) h: Aligned<f32>,
    /// Panel after panel: first values of the accumulators. GRU: n_x, r, z, n_h.
    pub(super) bias: Aligned<f32>,
    /// Product panels of W_hh (reset-before GRU: of its rows r and z) as (G·H, H).
    pub(super) back_h: Aligned<f32>,
    /// Reset-before GRU: product panels of W_hnᵀ, for forward.
    pub(super) n_forward: Aligned<f32>,
    /// Reset-before GRU: product panels of W_hn, for backward.
    pub(super) n_back: Aligned<f32>,
    /// Product panels of W_ih as (G·H, I), its rows in the order of the tape's gates.
    pub(super) back_x: Aligned<f32>,
}

/// Vectors of hidden units in a forward panel: one for the gated cells, whose gates fill the tile; for RNN as many as
/// share out the hidden units with the fewest zeros.
pub(super) fn unit_vectors<S: Simd>(dims: Dims) -> usize {
    match dims.cell {
        Cell::RnnTanh | Cell::RnnRelu => {
            let vectors = dims.hidden.div_ceil(S::LANES);
            vectors.div_ceil(vectors.div_ceil(S::PANEL))
        }
        _ => 1,
    }
}

/// Vectors in a panel's input row, its recurrent row, and its bias.
pub(super) fn panel_widths<S: Simd>(dims: Dims) -> (usize, usize, usize) {
    let (units, (input, recurrent)) = (unit_vectors::<S>(dims), gate_order(dims.cell));
    // The input part and the recurrent part of a GRU's n stand apart.
    let bias = input.len() + usize::from(dims.cell == Cell::Gru);
    (units * input.len(), units * recurrent.len(), units * bias)
}

/// PyTorch's gates in the order of a forward panel's input columns, which is the tape's, and of its recurrent columns.
pub(super) fn gate_order(cell: Cell) -> (&'static [usize], &'static [usize]) {
    let order = cell.spec().tape_order;
    let recurrent: &[usize] = match cell {
        Cell::Gru => &[0, 1, 2],
        Cell::GruResetBefore => &[0, 1],
        _ if !cell.spec().recurrent => &[],
        _ => order,
    };
    (order, recurrent)
}

/// Packs all of a layer.
pub(crate) fn pack<S: Simd, P: Product>(cpu: &Cpu, dims: Dims, w: Weights<'_, f32>, out: &mut FastWeights) {
    let Dims { cell, input, hidden } = dims;
    let (input_gates, recurrent_gates) = gate_order(cell);
    let units = unit_vectors::<S>(dims) * S::LANES;
    pack_gates::<S, P>(cpu, w.w_ih, input, hidden, input_gates, units, &mut out.x);
    pack_gates::<S, P>(cpu, w.w_hh, hidden, hidden, recurrent_gates, units, &mut out.h);
    pack_bias::<S>(dims, w, units, &mut out.bias);
    let FastWeights { back_h, n_forward, n_back, back_x, .. } = out;
    let rows = |gates: usize| (0..gates * hidden).map(|k| &w.w_hh[k * hidden..][..hidden]);
    let mut from_state = || match cell {
        Cell::GruResetBefore => {
            let w_hn = &w.w_hh[2 * hidden * hidden..];
            pack_panels::<S, P>(rows(2), 2 * hidden, hidden, back_h);
            pack_panels::<S, P>(w_hn.chunks_exact(hidden), hidden, hidden, n_back);
            pack_panels_transposed::<S, P>(w_hn, hidden, hidden, hidden, n_forward);
        }
        _ if !cell.spec().recurrent => {}
        _ => pack_panels::<S, P>(rows(cell.gates()), cell.gates() * hidden, hidden, back_h),
    };
    let mut from_input = || {
        let rows = cell.spec().tape_order.iter().flat_map(|&g| g * hidden..(g + 1) * hidden);
        pack_panels::<S, P>(rows.map(|k| &w.w_ih[k * input..][..input]), cell.gates() * hidden, input, back_x);
    };
    if w.w_ih.len() + w.w_hh.len() < GRAIN {
        // Waking a thread would take longer.
        from_state();
        from_input();
    } else {
        both(cpu, from_state, from_input);
    }
}

/// `w`: (G·H, K) into panels of `units` hidden units, K numbers in slots each, the named gates side by side, or one behind the other
/// where the kernels take them so.
fn pack_gates<S: Simd, P: Product>(cpu: &Cpu, w: &[f32], k: usize, hidden: usize, gates: &[usize], units: usize, out: &mut Aligned<f32>) {
    let whole = gates.len() * units * P::slots(k);
    out.resize(hidden.div_ceil(units) * whole);
    let width = whole.max(1);
    let panels = Lines { data: &mut out[..], width };
    deal(cpu, panels, GRAIN.div_ceil(width), |first, panels| {
        vectorize!({
            for (p, panel) in (first..).zip(panels.data.chunks_exact_mut(width)) {
                pack_panel::<S, P>(w, k, hidden, gates, p * units..hidden.min((p + 1) * units), units, panel);
            }
        });
    });
}

/// One panel: the weights of the hidden units `here`, zeros behind them up to `units`.
#[inline(always)]
fn pack_panel<S: Simd, P: Product>(
    w: &[f32],
    k: usize,
    hidden: usize,
    gates: &[usize],
    here: Range<usize>,
    units: usize,
    panel: &mut [f32],
) {
    let slots = P::slots(k);
    // Floats from one slot of k to the next, and from one gate to the next.
    let (row, gate_size) = if S::ABREAST { (gates.len() * units, units) } else { (units, units * slots) };
    if here.len() < units {
        panel.fill(0.0);
    }
    let mut block = [0.0; PACK_BLOCK];
    // Block by block of k: the block's rows of the panel stay in the first cache while 16 lines of w are read.
    for start in (0..slots).step_by(PACK_BLOCK) {
        let len = PACK_BLOCK.min(slots - start);
        for (at, gate) in gates.iter().enumerate() {
            for (j, unit) in here.clone().enumerate() {
                let source = &w[(gate * hidden + unit) * k..][start * P::TERMS..((start + len) * P::TERMS).min(k)];
                // Slots made in vectors, then spread.
                row_to_slots::<P>(source, &mut block[..len]);
                let targets = panel[start * row + at * gate_size + j..].iter_mut().step_by(row);
                targets.zip(&block[..len]).for_each(|(target, &slot)| *target = slot);
            }
        }
    }
}

/// First values of the accumulators of panels that are `units` hidden units wide.
pub(super) fn pack_bias<S: Simd>(dims: Dims, w: Weights<'_, f32>, units: usize, out: &mut Aligned<f32>) {
    let Dims { cell, hidden, .. } = dims;
    let width = panel_widths::<S>(dims).2 / unit_vectors::<S>(dims) * units;
    let panels = hidden.div_ceil(units);
    out.resize(panels * width);
    out.fill(0.0);
    for j in 0..hidden {
        let panel = &mut out[j / units * width..][..width];
        let at = j % units;
        let sum = |gate: usize| {
            let (input, state) = (w.b_ih[gate * hidden + j], w.b_hh.get(gate * hidden + j));
            state.map_or(input, |state| input + state)
        };
        // The place of a plain cell's unit may lie in a further vector of its panel.
        for (slot, &gate) in cell.spec().tape_order.iter().enumerate() {
            panel[slot * S::LANES + at] = sum(gate);
        }
        if cell == Cell::Gru {
            panel[at] = w.b_ih[2 * hidden + j];
            panel[3 * S::LANES + at] = w.b_hh[2 * hidden + j];
        }
    }
}

/// Floats that the product panels of a (k, n) matrix take.
pub(super) fn panels_len<S: Simd, P: Product>(k: usize, n: usize) -> usize {
    P::slots(k) * n.div_ceil(S::LANES) * S::LANES
}

/// Rows of length n into product panels: panel after panel of at most [`Simd::PANEL`] vectors, slot after slot of k.
pub(super) fn pack_panels<'a, S: Simd, P: Product>(rows: impl Iterator<Item = &'a [f32]>, k: usize, n: usize, out: &mut Aligned<f32>) {
    out.resize(panels_len::<S, P>(k, n));
    vectorize!(pack_panels_into::<S, P>(rows, k, n, out));
}

/// As [`pack_panels`], into a buffer of the right length.
#[inline(always)]
pub(super) fn pack_panels_into<'a, S: Simd, P: Product>(mut rows: impl Iterator<Item = &'a [f32]>, k: usize, n: usize, out: &mut [f32]) {
    let split = Split::new(n.div_ceil(S::LANES), S::PANEL);
    let slots = P::slots(k);
    for kk in 0..slots {
        let Some(row) = rows.next() else { break };
        let partner = if P::TERMS > 1 { rows.next() } else { None };
        for p in 0..split.parts {
            let (first, vectors) = split.part(p);
            let (start, width) = (first * S::LANES, vectors * S::LANES);
            let here = width.min(n - start);
            let target = &mut out[start * slots + kk * width..][..width];
            if P::TERMS > 1 {
                side_by_side::<P>(&row[start..], partner.map(|partner| &partner[start..]), &mut target[..here]);
            } else if here == S::LANES && width == S::LANES {
                // A copy of known length is a few moves, not a call.
                target[..S::LANES].copy_from_slice(&row[start..start + S::LANES]);
                continue;
            } else {
                target[..here].copy_from_slice(&row[start..start + here]);
            }
            target[here..].fill(0.0);
        }
    }
}

/// The transpose of `w`, whose n rows of k elements are `stride` apart, into product panels of a (k, n) matrix.
pub(super) fn pack_panels_transposed<S: Simd, P: Product>(w: &[f32], stride: usize, k: usize, n: usize, out: &mut Aligned<f32>) {
    out.resize(panels_len::<S, P>(k, n));
    if k == 0 {
        return;
    }
    out.fill(0.0);
    let slots = P::slots(k);
    let split = Split::new(n.div_ceil(S::LANES), S::PANEL);
    for p in 0..split.parts {
        let (first, vectors) = split.part(p);
        let (start, width) = (first * S::LANES, vectors * S::LANES);
        for j in 0..width.min(n - start) {
            let source = slots_of::<P>(&w[(start + j) * stride..][..k]);
            out[start * slots + j..].iter_mut().step_by(width).zip(source).for_each(|(target, slot)| *target = slot);
        }
    }
}
