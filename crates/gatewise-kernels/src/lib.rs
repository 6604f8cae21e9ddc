//! The arithmetic of Gatewise: fused recurrent cells and the products around them.
//!
//! Shapes use one alphabet: B batch, T time, I input, H hidden, G gates, N = Σ B_t stored rows. A `d` in front of a
//! name is the gradient of the loss by that value. Sequences are stored time-major and without padding, see [`Layout`].
//!
//! Every kernel exists twice: as plain loops in [`reference`](mod@reference), generic over `f32` and `f64`, and packed
//! and fused for the processor at hand. [`Cpu`] chooses; `GATEWISE_ISA=scalar|portable|avx2|avx512` forces a choice.

#[cfg(test)]
extern crate self as gatewise_kernels;

mod allocations;
mod bf16;
mod buffer;
mod cell;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;
mod cpu;
mod deal;
mod dispatch;
mod exp;
mod fast;
mod int8;
mod layout;
mod matmul;
#[cfg(all(test, target_arch = "x86_64"))]
mod on_narrow;
#[cfg(all(test, target_arch = "x86_64"))]
mod on_tiles;
mod packed;
mod peak;
mod precision;
mod real;
mod recurrent;
pub mod reference;
mod simd;
mod streaming;
mod team;
mod vectorize;

pub use allocations::CountingAllocator;
pub use buffer::Aligned;
pub use cell::{Cell, CellSpec, Dims, WeightGrads, Weights};
pub use cpu::{Cpu, Isa};
pub use deal::{Cut, GRAIN, Lines, both, deal};
pub use exp::exp_below;
pub use fast::SPLIT_FROM;
pub use layout::Layout;
pub use matmul::{Mat, PackedRight, Scratch, matmul, matmul_packed};
pub use packed::Packed;
pub use peak::peak_gflops;
pub use precision::Precision;
pub use real::{Element, Real};
pub use recurrent::{BackwardArgs, ForwardArgs, Record, Recurrent, Tape};
pub use streaming::Streaming;
pub use team::{Lender, MAX_THREADS, STACK_BYTES, Team};
#[doc(hidden)]
pub use vectorize::Vectors;
