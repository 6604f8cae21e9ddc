//! The threads that all layers of a process compute on.

#![allow(unsafe_code, reason = "an address from Python is a function's, and a forked process has a place of its own")]

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gatewise::Cpu;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::openmp::OpenMp;

/// The team at hand, made by the first call that computes.
type Slot = Mutex<Option<Arc<Cpu>>>;

/// That of a process which is not forked from one that had it.
static CPU: Slot = Mutex::new(None);

/// That of a forked process.
static FORKED: AtomicPtr<Slot> = AtomicPtr::new(null_mut());

/// How many threads were asked for, else 0.
static REQUESTED: AtomicUsize = AtomicUsize::new(0);

/// Where `GOMP_parallel` of the process is, else 0.
static PARALLEL: AtomicUsize = AtomicUsize::new(0);

/// A processor with so many threads: those of the process's OpenMP where they were shared, else our own.
fn with_threads(threads: usize) -> PyResult<Arc<Cpu>> {
    let cpu = match PARALLEL.load(Ordering::Relaxed) {
        0 => Cpu::new(threads),
        // SAFETY: what `share_openmp` was given.
        address => Cpu::borrowed(threads, Box::new(unsafe { OpenMp::at(address) })),
    };
    Ok(Arc::new(cpu.map_err(PyValueError::new_err)?))
}

/// Computes on the threads of an OpenMP library from now on: the address of its `GOMP_parallel`.
///
/// Safe only with that address, and a library that stays loaded.
#[pyfunction]
pub fn share_openmp(address: usize) {
    PARALLEL.store(address, Ordering::Relaxed);
    *slot() = None;
}

fn slot() -> MutexGuard<'static, Option<Arc<Cpu>>> {
    // SAFETY: none, or one that lives as long as the process.
    let slot = unsafe { FORKED.load(Ordering::Acquire).as_ref() }.unwrap_or(&CPU);
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn requested() -> usize {
    let usual = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match REQUESTED.load(Ordering::Relaxed) {
        0 => usual(),
        threads => threads,
    }
}

/// The processor with the threads that were asked for, else as many as there are cores.
pub fn cpu() -> PyResult<Arc<Cpu>> {
    let mut slot = slot();
    if let Some(cpu) = &*slot {
        return Ok(cpu.clone());
    }
    let cpu = with_threads(requested())?;
    *slot = Some(cpu.clone());
    Ok(cpu)
}

/// Threads that layers compute on, of this process.
///
/// Results do not depend on it.
#[pyfunction]
pub fn get_num_threads() -> PyResult<usize> {
    Ok(cpu()?.threads())
}

/// Sets how many threads layers compute on. The results stay the same to the last bit.
///
/// Raises ValueError where the number is 0 or the system does not start so many.
#[pyfunction]
pub fn set_num_threads(threads: usize) -> PyResult<()> {
    if threads == 0 {
        return Err(PyValueError::new_err("set_num_threads: at least one thread computes; give 1 or more"));
    }
    let cpu = with_threads(threads)?;
    REQUESTED.store(threads, Ordering::Relaxed);
    *slot() = Some(cpu);
    Ok(())
}

/// Forgets the threads of the parent process, which a fork does not copy; the next call starts its own.
#[pyfunction]
pub fn after_fork() {
    // OpenMP's are gone as well, and it does not know.
    PARALLEL.store(0, Ordering::Relaxed);
    // The parent's team stays where it is: nothing may wait for its threads, not even its end, nor for one that held its place in the fork.
    FORKED.store(Box::leak(Box::new(Slot::new(None))), Ordering::Release);
}
