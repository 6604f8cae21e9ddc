//! What the threads of a forward share, and its tiles.

use std::marker::PhantomData;

use crate::cell::{Cell, Dims};
use crate::simd::{Simd, math};

use super::Shared;
use super::amx::PanelOnTiles;
use super::cells::FastCell;
use super::fused::{PairKernel, TileKernel};
use super::gemm::Gemm;
use super::pack::FastWeights;
use super::panel::Tile;
use super::product::Product;
use super::slots::Slots;
use super::tile::{LINE, WIDTH, with_rows};

/// All of a forward call, shared by the threads.
pub(super) struct ForwardCall<'a, C, P> {
    pub(super) dims: Dims,
    /// Slots of the last state in a step's product, width of a tape row, and whether there is a second state: asked of the cell once.
    pub(super) states: usize,
    pub(super) tape_width: usize,
    pub(super) memory: bool,
    pub(super) reverse: bool,
    pub(super) layout: &'a crate::Layout,
    pub(super) weights: &'a FastWeights,
    pub(super) vectors: usize,
    pub(super) panels: usize,
    /// Floats in a panel's input row, recurrent row and bias.
    pub(super) widths: (usize, usize, usize),
    pub(super) x: &'a [f32],
    pub(super) slots: Slots,
    /// Where the slots lie.
    pub(super) space: Shared<f32>,
    pub(super) h: Shared<f32>,
    pub(super) c: Shared<f32>,
    pub(super) y: Shared<f32>,
    pub(super) gates: Shared<f32>,
    pub(super) tape_c: Shared<f32>,
    pub(super) tape_tanh_c: Shared<f32>,
    pub(super) pre: Shared<f32>,
    pub(super) pre_stride: usize,
    pub(super) step_gates: Shared<f32>,
    pub(super) cell: PhantomData<(C, P)>,
}

// SAFETY: a marker type and shared pointers whose rows are dealt out disjoint.
unsafe impl<C, P> Sync for ForwardCall<'_, C, P> {}

impl<C: FastCell, P: Product> ForwardCall<'_, C, P> {
    /// The tile of a panel in step `step` of the loop, its rows starting at stored row `row`, batch row `b`; `last` is the first row of
    /// the last states.
    ///
    /// # Safety
    /// Panel, row and batch row exist in the call; what they point to is read and written by this thread alone.
    #[inline(always)]
    pub(super) unsafe fn tile<S: Simd>(&self, panel: usize, step: usize, row: usize, b: usize, last: *const f32) -> Tile {
        let Dims { input, hidden, .. } = self.dims;
        let unit = panel * self.vectors * S::LANES;
        let width = self.tape_width;
        // SAFETY: row and panel exist; null pointers stay null.
        unsafe {
            let offset = |p: *mut f32, by: usize| if p.is_null() { p } else { p.add(by) };
            let gates = if self.step_gates.0.is_null() {
                offset(self.gates.0, row * width + unit)
            } else {
                self.step_gates.0.add(b * width + unit)
            };
            let memory = self.memory;
            let (inputs, states) = (P::slots(input), self.states);
            Tile {
                x: if P::TERMS > 1 { self.input_slots(row) } else { self.x.as_ptr().add(row * input) },
                inputs,
                h: if P::TERMS > 1 { self.state_slots(step, b) } else { last },
                states,
                last,
                hidden,
                w_x: self.weights.x.as_ptr().add(panel * inputs * self.widths.0),
                w_h: self.weights.h.as_ptr().add(panel * states * self.widths.1),
                ahead: std::ptr::null(),
                bias: self.weights.bias.as_ptr().add(panel * self.widths.2),
                pre: offset(self.pre.0, row * self.pre_stride + panel * self.widths.0),
                pre_stride: self.pre_stride,
                vectors: self.vectors,
                units: (hidden - unit).min(self.vectors * S::LANES),
                unit,
                relu: self.dims.cell == Cell::RnnRelu,
                c: if memory { self.c.0.add(b * hidden + unit) } else { std::ptr::null_mut() },
                y: self.y.0.add(row * hidden + unit),
                gates,
                gates_stride: width,
                tape_c: offset(self.tape_c.0, if memory { row * hidden + unit } else { 0 }),
                tape_tanh_c: offset(self.tape_tanh_c.0, if memory { row * hidden + unit } else { 0 }),
            }
        }
    }

    /// Runs one tile of `rows` rows.
    ///
    /// # Safety
    /// The processor has the instruction set; the tile is valid for `rows` rows, at most those of [`tile_rows`](Self::tile_rows).
    #[inline(always)]
    pub(super) unsafe fn run_tile<S: Simd, const PART: u8>(&self, tile: &Tile, rows: usize) {
        const { assert!(!S::TILES || P::TERMS == 2, "tiles multiply pairs") };
        // SAFETY: the tile is valid for `rows` rows.
        unsafe {
            if S::TILES {
                S::run(PanelOnTiles::<C, PART>(tile, rows, PhantomData));
            } else if C::GATED {
                with_rows!(rows, up to 6, R => S::run(TileKernel::<C, P, R, 1, PART>(tile, PhantomData)))
            } else {
                with_rows!(rows, up to 8, R => match self.vectors {
                    1 => S::run(TileKernel::<C, P, R, 1, PART>(tile, PhantomData)),
                    2 => S::run(TileKernel::<C, P, R, 2, PART>(tile, PhantomData)),
                    _ => S::run(TileKernel::<C, P, R, 3, PART>(tile, PhantomData)),
                })
            }
        }
    }

    /// Runs one row of two panels, `tile` the first.
    ///
    /// # Safety
    /// The processor has the instruction set; the tile is valid for one row, and a panel of the same row follows it.
    #[inline(always)]
    pub(super) unsafe fn run_pair<S: Simd, const PART: u8>(&self, tile: &Tile) {
        // SAFETY: the tile is valid for a row, and a panel follows.
        unsafe {
            if C::GATED {
                S::run(PairKernel::<C, P, 1, PART>(tile, PhantomData));
            } else {
                match self.vectors {
                    1 => S::run(PairKernel::<C, P, 1, PART>(tile, PhantomData)),
                    2 => S::run(PairKernel::<C, P, 2, PART>(tile, PhantomData)),
                    _ => S::run(PairKernel::<C, P, 3, PART>(tile, PhantomData)),
                }
            }
        }
    }

    /// Where the recurrent weights of `panel` lie, in parts of a line a slot: what each of the tiles before it asks for, as long as there are any.
    #[inline(always)]
    pub(super) fn ahead(&self, panel: usize) -> impl Iterator<Item = *const f32> + use<C, P> {
        let (first, parts) = (self.weights.h.as_ptr().wrapping_add(panel * self.states * self.widths.1), self.widths.1 / LINE);
        let slots = self.states;
        (0..parts).map(move |part| first.wrapping_add(part * slots * LINE))
    }

    /// Rows of a tile.
    #[inline(always)]
    pub(super) fn tile_rows<S: Simd>(&self) -> usize {
        S::ROWS[if C::GATED { WIDTH } else { self.vectors } - 1]
    }

    /// The second half of a reset-before GRU step for batch rows from..to: n = tanh(a_n + W_hn (r·h)), h' = n + z·(h − n).
    ///
    /// # Safety
    /// The processor has the instruction set; the rows exist at step `t`, their gates hold the first half, `h` their last states, and nobody else writes them.
    #[inline(always)]
    pub(super) unsafe fn candidate<S: Simd>(&self, t: usize, from: usize, to: usize, h: *const f32) {
        let (hidden, width) = (self.dims.hidden, self.tape_width);
        let row = self.layout.offset(t) + from;
        // SAFETY: the rows' gates were written by the first half; y is (N, H).
        unsafe {
            let gates = if self.step_gates.0.is_null() { self.gates.0.add(row * width) } else { self.step_gates.0.add(from * width) };
            let gemm = Gemm::<P> {
                product: PhantomData,
                a: gates.add(3 * hidden),
                a_stride: width,
                rows: to - from,
                k: hidden,
                panels: self.weights.n_forward.as_ptr(),
                n: hidden,
                c: gates,
                c_stride: width,
                accumulate: true,
            };
            S::run(gemm.of_numbers(self.reset_slots(from)));
            for b in 0..to - from {
                let gates = gates.add(b * width);
                let mut j = 0;
                while j < hidden {
                    let mask = S::mask((hidden - j).min(S::LANES));
                    let n = math::tanh::<S>(S::load_masked(gates.add(j), mask));
                    let z = S::load_masked(gates.add(2 * hidden + j), mask);
                    let previous = S::load_masked(h.add(b * hidden + j), mask);
                    S::store_masked(gates.add(j), mask, n);
                    S::store_masked(self.y.get().add((row + b) * hidden + j), mask, S::fma(z, S::sub(previous, n), n));
                    j += S::LANES;
                }
            }
        }
    }
}
