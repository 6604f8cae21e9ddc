//! Recurrent sequence models (RNN, GRU, LSTM) for the CPU.

pub mod params;

pub use gatewise_kernels as kernels;
pub use gatewise_kernels::{Cell, Cpu, Isa, Layout, Real};
