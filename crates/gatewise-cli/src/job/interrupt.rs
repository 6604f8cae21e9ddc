//! Ctrl-C: the first one ends training after the step at hand, a second one ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, Status};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens from here on.
pub fn catch() -> Result<(), Failure> {
    let heard = || {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(Status::Interrupted as i32);
        }
    };
    ctrlc::set_handler(heard).map_err(|e| Failure::io(format!("cannot listen for Ctrl-C: {e}")))
}

/// Whether Ctrl-C was pressed.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
