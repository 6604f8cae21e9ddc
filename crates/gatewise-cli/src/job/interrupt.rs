//! Ctrl-C, a container's SIGTERM, a lost connection's SIGHUP: the first one ends the work after the step at hand, a second one ends the program.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::cli_error::{CliError, Status};
use crate::console::Console;
use crate::run_folder::RunFolder;

/// The signal that came, 0 before one does.
static CAME: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Listens from here on.
pub fn catch() -> Result<(), CliError> {
    let came = CAME.get_or_init(Arc::default);
    let again = Arc::new(AtomicBool::new(false));
    for signal in signals() {
        let status = i32::from(status_of(signal) as u8);
        // In this order: a signal looks for an earlier one before it leaves its own mark.
        flag::register_conditional_shutdown(signal, status, Arc::clone(&again))
            .and_then(|_| flag::register(signal, Arc::clone(&again)))
            .and_then(|_| flag::register_usize(signal, Arc::clone(came), signal as usize))
            .map_err(|e| CliError::io(format!("cannot listen for signals: {e}")))?;
    }
    Ok(())
}

fn signals() -> Vec<i32> {
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    if !ignores_hang_up() {
        signals.push(signal_hook::consts::SIGHUP);
    }
    signals
}

/// Whether whoever started the program wants it to outlive the connection, as `nohup` does.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 << (signal_hook::consts::SIGHUP - 1) != 0)
}

fn status_of(signal: i32) -> Status {
    match signal {
        SIGTERM => Status::Terminated,
        #[cfg(unix)]
        signal_hook::consts::SIGHUP => Status::HungUp,
        _ => Status::Interrupted,
    }
}

fn came() -> usize {
    CAME.get().map_or(0, |came| came.load(Ordering::Relaxed))
}

/// Whether the work is to end.
pub fn asked() -> bool {
    came() != 0
}

/// The exit status of work that was ended.
pub fn status() -> Status {
    status_of(i32::try_from(came()).unwrap_or(SIGINT))
}

/// Says how to go on with a training that was ended; `command` is what trains.
pub fn left(command: &str, folder: &RunFolder, console: Console) -> ExitCode {
    let resume = format!("gatewise {command} --resume {}", folder.path().display());
    console.event(&json!({"event": "interrupted", "resume": resume}));
    console.info(format!("interrupted; everything up to the last step is saved. Go on with:\n  {resume}"));
    status().into()
}
