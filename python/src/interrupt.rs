//! Ctrl-C while texts are read, which tells of no events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gatewise::data::Interrupt;
use gatewise::{Error, Kind};
use pyo3::prelude::*;

use crate::errors::raised;

/// Between two looks for Ctrl-C.
pub const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What Ctrl-C ends: whoever holds a lock may ask for it, and so every lock that such work holds is waited for without Python.
#[derive(Clone, Default)]
pub struct Keyboard(Arc<State>);

struct State {
    ended: AtomicBool,
    failure: Mutex<Option<PyErr>>,
    looked: Mutex<Instant>,
}

impl Default for State {
    fn default() -> Self {
        Self { ended: AtomicBool::new(false), failure: Mutex::new(None), looked: Mutex::new(Instant::now()) }
    }
}

impl Keyboard {
    /// What reads texts asks whether it is to end.
    pub fn interrupt(&self) -> Interrupt {
        let keyboard = self.clone();
        Interrupt::new(move || keyboard.is_pressed())
    }

    /// Whether Ctrl-C came, also before.
    pub fn is_pressed(&self) -> bool {
        if self.0.ended.load(Ordering::Relaxed) {
            return true;
        }
        {
            let mut looked = self.0.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if looked.elapsed() < LOOK_EVERY {
                return false;
            }
            *looked = Instant::now();
        }
        self.look()
    }

    fn look(&self) -> bool {
        if let Err(failure) = Python::attach(|py| py.check_signals()) {
            *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            self.0.ended.store(true, Ordering::Relaxed);
        }
        self.0.ended.load(Ordering::Relaxed)
    }

    /// What work has come to, or what Ctrl-C has raised.
    pub fn settle<T>(&self, result: PyResult<T>) -> PyResult<T> {
        match self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(failure) => Err(failure),
            None => result,
        }
    }

    /// Does work on a thread of its own, for what cannot be asked to end: where Ctrl-C comes it is left alone, and ends by itself.
    pub fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> PyResult<T> {
        let (tell, told) = channel();
        let own = thread::Builder::new().name("gatewise".to_owned()).spawn(move || {
            // Nobody listens where Ctrl-C came.
            let _ = tell.send(work());
        });
        let own = own.map_err(|e| raised(Error::new(Kind::Io, format!("no thread can be started: {e}"))))?;
        loop {
            match told.recv_timeout(LOOK_EVERY) {
                Ok(value) => return Ok(value),
                Err(RecvTimeoutError::Timeout) => {
                    if self.look() {
                        return self.settle(Err(raised(Error::new(Kind::Io, "interrupted"))));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => match own.join() {
                    Err(panic) => std::panic::resume_unwind(panic),
                    Ok(()) => return Err(raised(Error::new(Kind::Io, "a thread ended without a word"))),
                },
            }
        }
    }
}
