//! The bytes of a path.

use std::io::Read;
use std::path::Path;

use gatewise_memory::Budget;

use crate::error::DataError;

/// Name of standard input in messages.
const STDIN: &str = "<stdin>";

/// The path in messages.
pub(crate) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { STDIN.to_owned() } else { path.display().to_string() }
}

/// Reads the file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let io = |source| DataError::Io { path: name(path), source };
    let budget = Budget::current();
    let limited = |from: &mut dyn Read| {
        let mut bytes = Vec::new();
        from.take(budget.limit().saturating_add(1)).read_to_end(&mut bytes).map(|_| bytes)
    };
    let over = |bytes: u64| {
        let held = budget.hold(name(path), u128::from(bytes));
        held.map_err(|e| DataError::Usage { message: e.to_string(), help: "read a part of it, or raise ⦃memory-limit⦄".to_owned() })
    };
    if path.as_os_str() != "-" {
        let about = std::fs::metadata(path).map_err(io)?;
        over(about.len())?;
        if !about.is_file() && !about.is_dir() {
            // A pipe or a device has no length.
            let bytes = limited(&mut std::fs::File::open(path).map_err(io)?).map_err(io)?;
            return over(bytes.len() as u64).map(|()| bytes);
        }
        return std::fs::read(path).map_err(io);
    }
    let bytes = limited(&mut std::io::stdin().lock()).map_err(io)?;
    over(bytes.len() as u64)?;
    Ok(bytes)
}
