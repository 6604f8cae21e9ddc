//! The packed and fused kernels, written once over [`crate::simd::Simd`].
//!
//! One step of a layer, for a tile of rows and one panel of units:
//!
//! ```text
//!                        panel: U vectors of hidden units, all gates of them side by side
//!                        ┌───────── gate 1 ─────────┬──── gate 2 ────┬─ … ─┐
//!   Tile.x  rows × I ──▶ │ w_x: a row an input k    │                │     │
//!   Tile.h  rows × H ──▶ │ w_h: a row a state k     │                │     │
//!                        └────────────┬─────────────┴────────────────┴─────┘
//!            k by k, one multiply-add a register, from Tile.bias (or Tile.pre)
//!                                     ▼
//!   accumulators in registers: rows × (gates × U) vectors        tile.rs
//!                                     │  the cell's equations    cells.rs, input_gated.rs
//!                                     ▼
//!   Tile.y (h of this step)   Tile.c (c in and out)   Tile.gates, tape_c, tape_tanh_c (for backward)
//! ```
//!
//! Every pointer of a [`panel::Tile`] stands at the tile's first row; those of weights, `c`, `y` and the tape at the panel's first unit, those of
//! `x`, `h` and `last` at the row's start. `fused.rs` runs the loop in registers, `amx.rs` on tiles of 16 rows; `forward_call.rs` makes a tile of
//! panel and rows, `forward.rs` has them follow each other through time.
//!
//! Every sum runs over k in one chain of fused multiply-adds that starts from the bias or from zero. How rows and
//! columns are cut into tiles therefore changes no bit: a row's result depends neither on its tile nor on its
//! neighbours, nor on the number of threads.

use crate::cpu::Cpu;

mod amx;
mod backward;
mod by_cell;
mod cell_grads;
mod cells;
mod exp;
mod forward;
mod forward_call;
mod fused;
mod gemm;
mod gemm_tile;
mod input_gated;
pub(crate) mod int8;
mod operands;
mod pack;
mod panel;
mod product;
mod run_tile;
mod slots;
pub(crate) mod stream;
mod stream_product;
mod tile;
mod weight_grad;

pub(crate) use backward::backward;
pub(crate) use exp::exp_below;
pub use forward::SPLIT_FROM;
pub(crate) use forward::forward;
pub(crate) use gemm::{matmul, matmul_packed, pack_right};
pub(crate) use int8::Panels;
pub(crate) use pack::{FastWeights, pack};
pub(crate) use product::{Bf16, F32, Product};
pub(crate) use stream_product::Int8;

/// A pointer that threads share; each touches its own rows.
#[derive(Clone, Copy, Debug)]
struct Shared<T>(*mut T);

// SAFETY: the kernels deal out disjoint rows, and the caller waits for all threads.
unsafe impl<T> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// The pointer; a method, so that closures capture the wrapper.
    #[inline(always)]
    fn get(&self) -> *mut T {
        self.0
    }
}

/// Multiplications below which one thread does all: some tens of microseconds, beside which waking a second thread is slow,
/// and on a busy machine far slower.
const WORTH_A_TEAM: usize = 1 << 21;

/// Threads for a piece of work of that many multiplications: all or one. The bits do not depend on it.
fn threads_for(cpu: &Cpu, multiplications: usize) -> usize {
    if multiplications < WORTH_A_TEAM { 1 } else { cpu.threads() }
}

/// Calls `job(i)` for every i below `threads`, which is 1 or the team's size.
fn on_threads(cpu: &Cpu, threads: usize, job: impl Fn(usize) + Sync) {
    if threads == 1 { job(0) } else { cpu.team().run(job) }
}

/// The rows `lo..hi` of thread `index`, so that every thread gets about the same number of steps.
fn deal_rows(layout: &crate::Layout, threads: usize, index: usize) -> (usize, usize) {
    let (batch, total) = (layout.batch(), layout.rows());
    let bound = |part: usize| {
        if layout.active(layout.time().saturating_sub(1)) == batch {
            return batch * part / threads;
        }
        let (mut sum, mut b) = (0, 0);
        while b < batch && sum * threads < total * part {
            sum += layout.length(b);
            b += 1;
        }
        b
    };
    (bound(index), if index + 1 == threads { batch } else { bound(index + 1) })
}
