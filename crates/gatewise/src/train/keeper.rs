//! Checkpoints written beside the training, so that no step waits for the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::error::FormatError;
use crate::format::{Contents, encode, write_atomic};

/// Takes the state of a training from time to time and has another thread write it.
pub(super) struct Keeper {
    path: Option<PathBuf>,
    /// Seconds between two checkpoints.
    every: f64,
    taken: Instant,
    last: Option<Arc<Contents>>,
    writing: Option<JoinHandle<Result<(), FormatError>>>,
}

impl Keeper {
    /// Starts from `state`, which needs no writing; keeps nothing where there is no path.
    pub(super) fn new(path: Option<&Path>, every: f64, state: impl FnOnce() -> Contents) -> Self {
        let last = path.map(|_| Arc::new(state()));
        Self { path: path.map(Path::to_owned), every, taken: Instant::now(), last, writing: None }
    }

    /// Takes a checkpoint if it is time and the one before is written.
    ///
    /// # Errors
    /// What the file system said to the one before.
    pub(super) fn keep(&mut self, state: impl FnOnce() -> Contents) -> Result<(), FormatError> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.taken.elapsed().as_secs_f64() < self.every || self.writing.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return Ok(());
        }
        let (path, state) = (path.clone(), Arc::new(state()));
        self.wait()?;
        self.last = Some(Arc::clone(&state));
        self.taken = Instant::now();
        let write = move || write_atomic(&path, &encode(&state));
        let again = write.clone();
        match std::thread::Builder::new().name("checkpoint".into()).spawn(write) {
            Ok(thread) => self.writing = Some(thread),
            // Where there is no thread to be had, the training waits.
            Err(_) => again()?,
        }
        Ok(())
    }

    /// Waits for the checkpoint under way.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn wait(&mut self) -> Result<(), FormatError> {
        let written = self.writing.take().map(JoinHandle::join);
        written.map_or(Ok(()), |written| written.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }

    /// The last state that was taken.
    pub(super) fn last(&self) -> Option<Arc<Contents>> {
        self.last.clone()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.writing.take().map(JoinHandle::join);
    }
}
