//! The threads that all layers of a process compute on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gatewise::Cpu;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The team at hand, made by the first call that computes.
static CPU: Mutex<Option<Arc<Cpu>>> = Mutex::new(None);

fn slot() -> MutexGuard<'static, Option<Arc<Cpu>>> {
    CPU.lock().unwrap_or_else(PoisonError::into_inner)
}

fn usual_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The processor with the threads that were asked for, else as many as there are cores.
pub fn cpu() -> PyResult<Arc<Cpu>> {
    let mut slot = slot();
    if let Some(cpu) = &*slot {
        return Ok(cpu.clone());
    }
    let cpu = Arc::new(Cpu::new(usual_threads()).map_err(PyValueError::new_err)?);
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
    let cpu = Arc::new(Cpu::new(threads).map_err(PyValueError::new_err)?);
    *slot() = Some(cpu);
    Ok(())
}

/// Forgets the threads of the parent process, which a fork does not copy; the next call starts its own.
#[pyfunction]
pub fn after_fork() {
    // The team's threads are not here: nothing may wait for them, not even its end.
    if let Some(cpu) = slot().take() {
        std::mem::forget(cpu);
    }
}
