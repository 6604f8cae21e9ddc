//! The threads of an OpenMP that another library of the process has loaded, as PyTorch does.
//!
//! They spin for a while after each piece of work, and hold their cores against threads of our own. So ours is done on them.

#![allow(unsafe_code, reason = "a function of a C library is called")]

use std::any::Any;
use std::ffi::{c_uint, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use gatewise_kernels::Lender;

/// `GOMP_parallel` of libgomp, which LLVM's library has too: runs a function on a team of threads, the caller among them.
type Parallel = unsafe extern "C" fn(extern "C" fn(*mut c_void), *mut c_void, c_uint, c_uint);

/// The library's own threads.
pub struct OpenMp(Parallel);

impl OpenMp {
    /// # Safety
    /// `address` is that of `GOMP_parallel`, in a library that is never unloaded.
    pub unsafe fn at(address: usize) -> Self {
        // SAFETY: the caller's.
        Self(unsafe { std::mem::transmute::<usize, Parallel>(address) })
    }
}

/// A job with the number of its next part, which threads take one by one: OpenMP may give fewer of them than were asked for.
struct Work<'a> {
    job: &'a (dyn Fn(usize) + Sync),
    parts: usize,
    next: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

extern "C" fn take_parts(work: *mut c_void) {
    // SAFETY: what `run` hands over, which waits for every thread.
    let work = unsafe { &*work.cast::<Work<'_>>() };
    loop {
        let part = work.next.fetch_add(1, Ordering::Relaxed);
        if part >= work.parts {
            return;
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (work.job)(part))) {
            *work.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        }
    }
}

impl Lender for OpenMp {
    fn run(&self, parts: usize, job: &(dyn Fn(usize) + Sync)) {
        let mut work = Work { job, parts, next: AtomicUsize::new(0), panic: Mutex::new(None) };
        let threads = c_uint::try_from(parts).unwrap_or(c_uint::MAX);
        // SAFETY: the function is the library's; it returns when all threads have left `take_parts`, so `work` outlives them.
        unsafe { (self.0)(take_parts, (&raw mut work).cast(), threads, 0) };
        if let Some(panic) = work.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(panic);
        }
    }
}
