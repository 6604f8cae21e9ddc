//! The flag of the limit on memory.

use clap::Args;
use gatewise::memory::{Budget, parse};
use serde::{Deserialize, Serialize};

/// How much memory may be asked for.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitArgs {
    /// Most memory that any one thing may ask for, such as 4G or 512M: what needs more is refused before it is allocated [default: three quarters of what the
    /// machine, its control group and the limits of the process allow]
    #[arg(long, global = true, value_name = "SIZE", value_parser = size_text, help_heading = "Memory")]
    pub memory_limit: Option<String>,
}

/// Checks a size and keeps its text, which is what `config.toml` shows.
fn size_text(text: &str) -> Result<String, String> {
    parse(text).map(|_| text.trim().to_owned())
}

impl LimitArgs {
    /// Makes it the limit of this process, where it is given.
    pub fn apply(&self) {
        if let Some(bytes) = self.memory_limit.as_deref().and_then(|size| parse(size).ok()) {
            Budget::of(bytes).set();
        }
    }
}
