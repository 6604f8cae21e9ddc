//! The instruction sets that tests run on.

use std::io::Write as _;
use std::sync::Once;

use gatewise::Isa;

/// Every one that this processor has; what it lacks is named, once, past the harness that keeps the words of a test that passes.
pub fn every_isa() -> impl Iterator<Item = Isa> {
    static TELL: Once = Once::new();
    TELL.call_once(|| {
        for isa in Isa::ALL.into_iter().filter(|isa| !isa.available()) {
            let _ = writeln!(std::io::stderr(), "skipped: no {isa} on this processor");
        }
    });
    Isa::ALL.into_iter().filter(|isa| isa.available())
}
