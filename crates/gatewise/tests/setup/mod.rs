//! What tests of the network run on: processors, a small job, a stream that is watched.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod isas;
pub mod streams;
pub mod waves;

use gatewise::Cpu;
use isas::every_isa;

/// As [`every_isa`], with one thread.
pub fn cpus() -> impl Iterator<Item = Cpu> {
    every_isa().map(|isa| Cpu::with_isa(isa, 1))
}
