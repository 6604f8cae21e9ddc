//! A setting that was found out in reading data.

use serde::{Deserialize, Serialize};

/// A setting that was found out, and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What was guessed, such as "frequency".
    pub what: String,
    /// What it was taken to be, such as "monthly".
    pub value: String,
    /// The setting that decides it, or a setting with its value: its name stands within marks, see [`write_settings`](crate::write_settings).
    pub flag: String,
}
