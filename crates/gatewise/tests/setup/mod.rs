//! What tests of the network run on: processors, a small job, a stream that is watched.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod streams;
pub mod waves;

use gatewise::{Cpu, Isa};

/// Every instruction set that this processor has, with one thread.
pub fn cpus() -> impl Iterator<Item = Cpu> {
    Isa::ALL.into_iter().filter(|isa| isa.available()).map(|isa| Cpu::with_isa(isa, 1))
}
