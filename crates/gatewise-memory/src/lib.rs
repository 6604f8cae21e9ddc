//! How much memory may be asked for: sizes are held against a limit before anything is allocated.
//!
//! A size that a setting, a model file or the header of a picture asks for is computed with [`product`], which cannot wrap, and
//! [held](Budget::hold) against the [`Budget`] of the process. What is over it becomes an error that names the setting; the allocator, which could
//! only abort, is never asked.
//!
//! ```
//! use gatewise_memory::{Budget, product};
//!
//! let budget = Budget::of(1 << 30);
//! assert!(budget.hold("a picture of 640 × 480", product(&[640, 480])).is_ok());
//! let error = budget.hold("a picture of 10⁶ × 10⁶", product(&[1_000_000, 1_000_000])).unwrap_err();
//! assert_eq!(error.to_string(), "a picture of 10⁶ × 10⁶ needs 931.3 GiB, and memory_limit is 1.0 GiB");
//! ```
#![forbid(unsafe_code)]

mod size;
mod system;

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

pub use size::{parse, text};

/// Of what the system allows, how much is asked for by default: the rest is for the system and what is too small to be counted.
const SHARE: (u64, u64) = (3, 4);

/// The limit that was set; 0 where none was.
static SET: AtomicU64 = AtomicU64::new(0);

/// A limit on memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    limit: u64,
}

impl Budget {
    /// A limit of so many bytes.
    pub const fn of(bytes: u64) -> Self {
        Self { limit: bytes }
    }

    /// The limit of this process: the one [set](Self::set), else three quarters of the least of the machine's memory, that of its control
    /// group (version 1 and 2) and the address space the process may have. None where the system does not say.
    pub fn current() -> Self {
        static USUAL: OnceLock<u64> = OnceLock::new();
        match SET.load(Ordering::Relaxed) {
            0 => {
                let usual = || system::memory().map_or(u64::MAX, |bytes| bytes / SHARE.1 * SHARE.0);
                Self::of(*USUAL.get_or_init(usual))
            }
            bytes => Self::of(bytes),
        }
    }

    /// Makes this the limit of the process.
    pub fn set(self) {
        SET.store(self.limit.max(1), Ordering::Relaxed);
    }

    /// Whether a limit was [set](Self::set).
    pub fn is_set() -> bool {
        SET.load(Ordering::Relaxed) != 0
    }

    /// The bytes.
    pub const fn limit(self) -> u64 {
        self.limit
    }

    /// Refuses what needs more bytes than the limit; `what` begins the message, as "hidden = 16000".
    ///
    /// # Errors
    /// [`OverBudget`].
    pub fn hold(self, what: impl fmt::Display, bytes: u128) -> Result<(), OverBudget> {
        if bytes <= u128::from(self.limit) {
            return Ok(());
        }
        Err(OverBudget { what: what.to_string(), needed: bytes, limit: self.limit })
    }
}

/// The product of sizes; the largest number there is where it would be beyond that.
pub fn product(sizes: &[usize]) -> u128 {
    sizes.iter().fold(1, |product: u128, &size| product.saturating_mul(size as u128))
}

/// Something needs more memory than the limit allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverBudget {
    /// What needs it, as "hidden = 16000".
    pub what: String,
    /// Bytes it needs.
    pub needed: u128,
    /// Bytes there may be.
    pub limit: u64,
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} needs {}, and memory_limit is {}", self.what, text(self.needed), text(u128::from(self.limit)))
    }
}

impl std::error::Error for OverBudget {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_limit_is_refused() {
        let budget = Budget::of(100);
        assert!(budget.hold("a", 100).is_ok());
        let error = budget.hold("a", 101).unwrap_err();
        assert_eq!(error, OverBudget { what: "a".to_owned(), needed: 101, limit: 100 });
        assert!(Budget::of(u64::MAX).hold("a", product(&[usize::MAX; 3])).is_err());
    }

    #[test]
    fn sizes_do_not_wrap() {
        assert_eq!(product(&[3, 4, 5]), 60);
        assert_eq!(product(&[usize::MAX, 2]), 2 * usize::MAX as u128);
        assert_eq!(product(&[usize::MAX; 9]), u128::MAX);
    }

    #[test]
    fn the_limit_of_the_process_is_the_one_set() {
        assert!(Budget::current().limit() > 0);
        Budget::of(1 << 40).set();
        assert_eq!(Budget::current(), Budget::of(1 << 40));
    }
}
