//! What stands between hostile files and the process: a limit on memory for each of the files read at once, and panics of decoders that stay quiet.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread::available_parallelism;

use gatewise_memory::{Budget, text};

/// Files that are read at once, at most: one a core.
fn at_once() -> u64 {
    available_parallelism().map_or(1, |cores| cores.get() as u64)
}

/// Bytes that one of the files read at once may take.
pub(crate) fn share() -> u64 {
    Budget::current().limit() / at_once()
}

/// Refuses what one file needs beyond its [`share`], before it is allocated; `what` begins the reason.
pub(crate) fn hold_share(what: &str, bytes: u128) -> Result<(), String> {
    let share = share();
    if bytes <= u128::from(share) {
        return Ok(());
    }
    let files = match at_once() {
        1 => String::new(),
        count => format!(" to each of {count} files read at once"),
    };
    Err(format!("{what} needs {}, and memory_limit leaves {}{files}", text(bytes), text(u128::from(share))))
}

thread_local! {
    /// Whether a panic of this thread is caught and told as an error.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder over bytes of unknown origin: what it gives, or none where it panicked. Such a panic is not printed; all others are, as before.
pub(crate) fn caught<T>(decode: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |about| {
            if !CAUGHT.get() {
                loud(about);
            }
        }));
    });
    let outer = CAUGHT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    CAUGHT.set(outer);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_none_and_others_stay_panics() {
        assert_eq!(caught(|| 3), Some(3));
        assert_eq!(caught(|| -> u8 { panic!("hidden") }), None);
        assert_eq!(caught(|| caught(|| -> u8 { panic!("hidden") })), Some(None));
        assert!(!CAUGHT.get() && catch_unwind(|| panic!("shown")).is_err());
    }

    #[test]
    fn a_file_has_its_share() {
        assert!(hold_share("a picture", 1000).is_ok());
        let refused = hold_share("a picture of 1 × 1", u128::MAX).unwrap_err();
        assert!(refused.starts_with("a picture of 1 × 1 needs") && refused.contains("memory_limit leaves"), "{refused}");
    }
}
