//! The engine around a target.

/// What a process may hold at once, in bytes: the limit that the libraries keep to, and as much again for all they do not count.
#[global_allocator]
static MEMORY: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, 1 << 30);

/// Makes the entry of a target. Panics that a library catches at its boundary, as those of decoders, are no findings: the hook by which the
/// engine ends at every panic is replaced, and what is not caught ends it all the same.
macro_rules! throw_at {
    ($target:ident) => {
        libfuzzer_sys::fuzz_target!(
            init: {
                gatewise_fuzz::prepare();
                let _ = std::panic::take_hook();
                std::panic::set_hook(Box::new($crate::engine::remember));
            },
            |bytes: &[u8]| {
                if std::panic::catch_unwind(|| gatewise_fuzz::$target(bytes)).is_err() {
                    $crate::engine::tell();
                    std::process::abort();
                }
            }
        );
    };
}
pub(crate) use throw_at;

static LAST: std::sync::Mutex<String> = std::sync::Mutex::new(String::new());

/// Keeps the last panic with its trace: told only where nothing caught it.
pub fn remember(panic: &std::panic::PanicHookInfo<'_>) {
    if let Ok(mut last) = LAST.lock() {
        *last = format!("{panic}\n{}", std::backtrace::Backtrace::force_capture());
    }
}

/// Says what the last panic was.
pub fn tell() {
    if let Ok(last) = LAST.lock() {
        eprintln!("{last}");
    }
}
