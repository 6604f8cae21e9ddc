//! Threads as many as asked for, held against the limit on memory.

use gatewise_kernels::{Cpu, STACK_BYTES};
use gatewise_memory::{Budget, product};

/// What the kernels run on, with `threads` threads and the instruction set of [`gatewise_kernels::Isa::from_env`].
///
/// # Errors
/// More threads than there may be, than the limit on memory has stacks for, or than the system starts; an instruction set the processor lacks.
pub fn cpu(threads: usize) -> Result<Cpu, String> {
    let stacks = product(&[threads.min(gatewise_kernels::MAX_THREADS), STACK_BYTES]);
    let held = Budget::current().hold(format_args!("`threads` is {threads}: so many stacks"), stacks);
    held.map_err(|e| format!("{e}; take fewer threads, or raise memory_limit"))?;
    Cpu::new(threads)
}
