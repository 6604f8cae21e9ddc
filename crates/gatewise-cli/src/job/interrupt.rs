//! Ctrl-C: the first one ends training after the step at hand, a second one ends the program.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::failure::{Failure, Status};
use crate::run_folder::RunFolder;
use crate::talk::Talk;

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

/// Says how to go on with a training that Ctrl-C ended; `command` is what trains.
pub fn left(command: &str, folder: &RunFolder, talk: Talk) -> ExitCode {
    let resume = format!("gatewise {command} --resume {}", folder.path().display());
    talk.event(&json!({"event": "interrupted", "resume": resume}));
    talk.say(format!("interrupted; everything up to the last step is saved. Go on with:\n  {resume}"));
    Status::Interrupted.into()
}
