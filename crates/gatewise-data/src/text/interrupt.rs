//! An end to reading that someone asks for.

use std::io::{self, ErrorKind};
use std::sync::Arc;

/// Whether reading is to end before its time: asked at every part of a text, and by all that is made of its symbols.
#[derive(Clone, Default)]
pub struct Interrupt(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Interrupt {
    /// Ends what reads as soon as `ask` says so. It is asked often: every few milliseconds.
    pub fn new(ask: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ask)))
    }

    /// Whether reading is to go on.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] where it is not.
    pub fn check(&self) -> io::Result<()> {
        match &self.0 {
            Some(ask) if ask() => Err(ErrorKind::Interrupted.into()),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Interrupt(asked)" } else { "Interrupt(never)" })
    }
}
