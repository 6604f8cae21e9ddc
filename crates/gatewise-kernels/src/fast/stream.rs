//! One row of one sequence at a time: all gates of up to [`Simd::STREAM_VECTORS`] vectors of units in registers, the weights read once.
//!
//! The sums run over k in one chain, or in several where there are too few units to keep the multipliers busy; which of it depends on the
//! cell, the instruction set and the number of units alone.

use std::marker::PhantomData;

use crate::buffer::Aligned;
use crate::cell::{Cell, Dims, Weights};
use crate::simd::{Kernel, Simd, Split, math};

use super::cells::{FastCell, Gru, Lstm, Rnn};
use super::pack::gate_order;
use super::stream_product::{Gates, StreamProduct, Sums};

/// Most vectors of units that stand side by side.
const MOST_GROUPS: usize = 4;

/// What makes a power of two of a sigmoid's sum, σ(a) = 1 / (1 + 2^(−a·log₂ e)): the weights are multiplied by it once, instead of every sum.
const EXPONENT: f32 = -std::f32::consts::LOG2_E;

/// What a state counts as zero below: one that fades ends there, instead of going on among denormal numbers, which some processors take long for.
const TINY: f32 = 1e-30;

/// Runs the rows of a call.
///
/// # Safety
/// The processor has the instruction set that the entry was chosen for, and the call's pointers are valid.
pub(crate) type Entry = unsafe fn(&Call);

/// What an [`Entry`] reads and writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Block after block, see [`pack`].
    pub(crate) weights: *const f32,
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    /// (T, I).
    pub(crate) x: *const f32,
    pub(crate) rows: usize,
    /// The state before the first row, and the place of the one behind it; they change places from row to row. Whole vectors each.
    pub(crate) h: [*mut f32; 2],
    /// Whole vectors; LSTM alone.
    pub(crate) c: *mut f32,
    /// (T, H), or null.
    pub(crate) y: *mut f32,
    /// Room for an input and a state in slots, see [`aside`]; where numbers of 32 bits are multiplied it is not touched.
    pub(crate) slots: *mut f32,
    pub(crate) relu: bool,
    pub(crate) blocks: Blocks,
    /// 1 where the first row is an odd one: see [`Blocks`].
    pub(crate) odd: usize,
}

/// The equations of a step in registers.
trait StreamCell: FastCell {
    /// The accumulators of sigmoids, which come as exponents: times [`EXPONENT`].
    const SIGMOIDS: &[usize];

    /// The next h and c of a vector of units, from their accumulators and the last ones.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn update<S: Simd>(acc: &[S::V; 4], h: S::V, c: S::V, relu: bool) -> (S::V, S::V);
}

/// As fractions, so that one division gives c and one gives h: with 1 / A for σ and P / Q for tanh, c = (c·A_i·Q + P·A_f) / (A_f·A_i·Q) and
/// h = P(c) / (Q(c)·A_o).
impl StreamCell for Lstm {
    const SIGMOIDS: &[usize] = &[0, 1, 3];

    #[inline(always)]
    unsafe fn update<S: Simd>(acc: &[S::V; 4], _: S::V, c: S::V, _: bool) -> (S::V, S::V) {
        // SAFETY: the caller's.
        unsafe {
            let one = S::splat(1.0);
            let i = S::add(one, math::power_of_two::<S>(acc[0]));
            let f = S::add(one, math::power_of_two::<S>(acc[1]));
            let o = S::add(one, math::power_of_two::<S>(acc[3]));
            let (upper, lower) = math::tanh_fraction::<S>(acc[2]);
            let i = S::mul(i, lower);
            let c = S::div(S::fma(c, i, S::mul(upper, f)), S::mul(f, i));
            let (upper, lower) = math::tanh_fraction::<S>(c);
            // What h is made of need not wait for the flush.
            (S::div(upper, S::mul(lower, o)), S::flush_below(c, S::splat(TINY)))
        }
    }
}

/// As fractions: n = P / Q of a_n + u_n / A_r and h = (P·(A_z − 1) + h·Q) / (Q·A_z).
impl StreamCell for Gru {
    const SIGMOIDS: &[usize] = &[1, 2];

    #[inline(always)]
    unsafe fn update<S: Simd>(acc: &[S::V; 4], h: S::V, c: S::V, _: bool) -> (S::V, S::V) {
        // SAFETY: the caller's.
        unsafe {
            let (one, tiny) = (S::splat(1.0), S::splat(TINY));
            let r = S::add(one, math::power_of_two::<S>(acc[1]));
            let z = math::power_of_two::<S>(acc[2]);
            let state = S::div(S::flush_below(acc[3], tiny), r);
            let (upper, lower) = math::tanh_fraction::<S>(S::add(acc[0], state));
            let h = S::mul(S::flush_below(h, tiny), lower);
            (S::div(S::fma(upper, z, h), S::mul(lower, S::add(one, z))), c)
        }
    }
}

impl StreamCell for Rnn {
    const SIGMOIDS: &[usize] = &[];

    #[inline(always)]
    unsafe fn update<S: Simd>(acc: &[S::V; 4], _: S::V, c: S::V, relu: bool) -> (S::V, S::V) {
        // SAFETY: the caller's.
        unsafe {
            let h = if relu { S::max(S::splat(0.0), acc[0]) } else { math::tanh::<S>(acc[0]) };
            (S::flush_below(h, S::splat(TINY)), c)
        }
    }
}

/// Bytes of a first cache, and those of a block that stays there beside the state and another block.
const FIRST_CACHE: usize = 32 << 10;
const STAYS: usize = 26 << 10;
/// Most bytes of the smallest block for which it is worth while to make blocks small.
const SMALL: usize = 40 << 10;
/// Bytes from which on weights no longer lie in a second cache, of a megabyte, as a whole.
const SECOND_CACHE: usize = 768 << 10;

/// The vectors of units in blocks, and the order of these.
///
/// Where the weights are more than a cache holds, a step that reads them in the order of the last one finds none of them there. So every
/// other step takes the blocks from the last one on, and where that can be the first cache, blocks are small enough that those read last are
/// still there. Narrow vectors wait for the first cache itself, and read h once more for each block: theirs stay large. The order of blocks
/// changes no bit: each has its own units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks {
    split: Split,
    /// Numbers of a unit's weights and first sums.
    whole: usize,
    turns: bool,
}

impl Blocks {
    fn new<S: Simd, C: StreamCell, P: StreamProduct>(dims: Dims) -> Self {
        const { assert!(S::STREAM_VECTORS <= MOST_GROUPS) };
        let Dims { input, hidden, .. } = dims;
        let whole = C::accumulators(1) + C::input(1).1 * P::numbers(input) + C::recurrent(1).1 * P::numbers(hidden);
        let vectors = hidden.div_ceil(S::LANES);
        let bytes = whole * S::LANES * size_of::<f32>();
        let small = S::LANES >= 16 && bytes * vectors > FIRST_CACHE && bytes <= SMALL;
        let most = if small { (STAYS / bytes).clamp(1, S::STREAM_VECTORS) } else { S::STREAM_VECTORS };
        Self { split: Split::new(vectors, most), whole, turns: small || bytes * vectors > SECOND_CACHE }
    }
}

/// Numbers that a state takes: whole vectors.
pub(crate) fn padded<S: Simd>(hidden: usize) -> usize {
    hidden.next_multiple_of(S::LANES)
}

/// Room that [`Call::slots`] needs.
pub(crate) fn aside<P: StreamProduct>(dims: Dims) -> usize {
    if P::ASIDE { P::slots(dims.input) + P::slots(dims.hidden) } else { 0 }
}

/// The function for a layer, its weights packed into `out`; none for a cell without streaming kernels.
pub(crate) fn entry<S: Simd, P: StreamProduct>(dims: Dims, weights: Weights<'_, f32>, out: &mut Aligned<f32>) -> Option<(Entry, Blocks)> {
    match dims.cell {
        Cell::Lstm => Some(entry_of::<S, Lstm, P>(dims, weights, out)),
        Cell::Gru => Some(entry_of::<S, Gru, P>(dims, weights, out)),
        Cell::RnnTanh | Cell::RnnRelu => Some(entry_of::<S, Rnn, P>(dims, weights, out)),
        Cell::GruResetBefore | Cell::MinGru | Cell::MinLstm => None,
    }
}

fn entry_of<S: Simd, C: StreamCell, P: StreamProduct>(dims: Dims, weights: Weights<'_, f32>, out: &mut Aligned<f32>) -> (Entry, Blocks) {
    let blocks = Blocks::new::<S, C, P>(dims);
    pack::<S, C, P>(dims, blocks, weights, out);
    let entry: Entry = match (blocks.split.parts, blocks.split.part(0).1) {
        (1, 1) => run::<S, C, P, 1>,
        (1, 2) => run::<S, C, P, 2>,
        (1, 3) => run::<S, C, P, 3>,
        (1, MOST_GROUPS) => run::<S, C, P, MOST_GROUPS>,
        _ => run::<S, C, P, 0>,
    };
    (entry, blocks)
}

/// Weights block after block of at most [`Simd::STREAM_VECTORS`] vectors of units: the first values of the accumulators, then what the product
/// of the inputs reads and that of the state. Missing units are zeros.
fn pack<S: Simd, C: StreamCell, P: StreamProduct>(dims: Dims, blocks: Blocks, w: Weights<'_, f32>, out: &mut Aligned<f32>) {
    let Dims { cell, input, hidden } = dims;
    let (of_input, of_state) = gate_order(cell);
    let accumulators = C::accumulators(1);
    out.resize(padded::<S>(hidden) * blocks.whole);
    out.fill(0.0);
    let factor = |place: usize| if P::SCALES && C::SIGMOIDS.contains(&place) { EXPONENT } else { 1.0 };
    let mut at = 0;
    for part in 0..blocks.split.parts {
        let (first, groups) = blocks.split.part(part);
        let block = Gates { first: first * S::LANES, vectors: groups, hidden };
        for place in 0..accumulators {
            // Both biases stand where the two products meet; a GRU's candidate keeps them apart.
            let of = |first: usize, gates: &[usize], bias: &[f32], unit: usize| {
                place.checked_sub(first).and_then(|gate| gates.get(gate)).map_or(0.0, |gate| bias[gate * hidden + unit])
            };
            block.each_unit::<S>(place, accumulators, |number, unit| {
                out[at + number] =
                    factor(place) * (of(C::input(1).0, of_input, w.b_ih, unit) + of(C::recurrent(1).0, of_state, w.b_hh, unit));
            });
        }
        at += groups * accumulators * S::LANES;
        for (first, gates, matrix, k) in [(C::input(1).0, of_input, w.w_ih, input), (C::recurrent(1).0, of_state, w.w_hh, hidden)] {
            let numbers = groups * gates.len() * S::LANES * P::numbers(k);
            P::pack::<S>(block, gates, matrix, k, |place| factor(first + place), &mut out[at..][..numbers]);
            at += numbers;
        }
    }
}

/// The [`Entry`] of a cell, its products and its vectors of units.
///
/// # Safety
/// As there.
unsafe fn run<S: Simd, C: StreamCell, P: StreamProduct, const M: usize>(call: &Call) {
    // SAFETY: the caller's.
    unsafe { S::run(Rows::<C, P, M>(call, PhantomData)) }
}

/// The rows of a call. `M`: vectors of units, where all of them fit the registers; else 0.
struct Rows<'c, C, P, const M: usize>(&'c Call, PhantomData<(C, P)>);

impl<C: StreamCell, P: StreamProduct, const M: usize> Kernel for Rows<'_, C, P, M> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let call = self.0;
        let Blocks { split, whole, turns } = call.blocks;
        let [mut last, mut next] = call.h;
        for row in 0..call.rows {
            // SAFETY: the row exists; blocks cover the vectors of units once.
            unsafe {
                let x = P::factors::<S>(call.x.add(row * call.inputs), call.inputs, call.slots);
                let h = P::factors::<S>(last, call.hidden, call.slots.wrapping_add(P::slots(call.inputs)));
                if M > 0 {
                    block::<S, C, P, M>(call, call.weights, (x, h), last, next, 0);
                } else {
                    for part in 0..split.parts {
                        let part = if turns && (call.odd + row) & 1 == 1 { split.parts - 1 - part } else { part };
                        let (first, groups) = split.part(part);
                        let at = first * S::LANES;
                        let weights = call.weights.add(at * whole);
                        match groups {
                            1 => block::<S, C, P, 1>(call, weights, (x, h), last, next, at),
                            2 => block::<S, C, P, 2>(call, weights, (x, h), last, next, at),
                            3 => block::<S, C, P, 3>(call, weights, (x, h), last, next, at),
                            _ => block::<S, C, P, MOST_GROUPS>(call, weights, (x, h), last, next, at),
                        }
                    }
                }
                if !call.y.is_null() {
                    put_out::<S>(next, call.y.add(row * call.hidden), call.hidden);
                }
            }
            (last, next) = (next, last);
        }
    }
}

/// A state of whole vectors to its row of the output.
///
/// # Safety
/// `to` is valid for `hidden` numbers, `from` for whole vectors of them.
#[inline(always)]
unsafe fn put_out<S: Simd>(from: *const f32, to: *mut f32, hidden: usize) {
    for at in (0..hidden).step_by(S::LANES) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let v = S::load(from.add(at));
            if at + S::LANES <= hidden { S::store(to.add(at), v) } else { S::store_masked(to.add(at), S::mask(hidden - at), v) }
        }
    }
}

/// `M` vectors of units from unit `at` on: their sums and the cell's equations.
///
/// # Safety
/// The call's pointers are valid for the units; `weights` stands at the block.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
unsafe fn block<S: Simd, C: StreamCell, P: StreamProduct, const M: usize>(
    call: &Call,
    weights: *const f32,
    (x, h): (P::Factors, P::Factors),
    last: *const f32,
    next: *mut f32,
    at: usize,
) {
    // SAFETY: the caller's.
    unsafe {
        let accumulators = C::accumulators(1);
        let mut acc: Sums<S::V, M> = [[S::splat(0.0); 4]; M];
        for m in 0..M {
            for v in 0..accumulators {
                acc[m][v] = S::load(weights.add((m * accumulators + v) * S::LANES));
            }
        }
        let mut weights = weights.add(M * accumulators * S::LANES);
        weights = P::add::<S, M>(&mut acc, C::input(1), x, call.inputs, weights);
        P::add::<S, M>(&mut acc, C::recurrent(1), h, call.hidden, weights);
        if !P::SCALES {
            for m in 0..M {
                for &v in C::SIGMOIDS {
                    acc[m][v] = S::mul(acc[m][v], S::splat(EXPONENT));
                }
            }
        }
        let memory = !call.c.is_null();
        for m in 0..M {
            let unit = at + m * S::LANES;
            let c = if memory { S::load(call.c.add(unit)) } else { S::splat(0.0) };
            let (h, c) = C::update::<S>(&acc[m], S::load(last.add(unit)), c, call.relu);
            S::store(next.add(unit), h);
            if memory {
                S::store(call.c.add(unit), c);
            }
        }
    }
}
