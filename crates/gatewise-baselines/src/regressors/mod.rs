//! What regressors add to series: linear regression with autocorrelated errors, shrunk, and shared by several series as far as they are alike.

mod pool;
mod whiten;

pub use pool::{Pooled, pool};
pub use whiten::{Evidence, evidence};
