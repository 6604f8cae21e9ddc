//! The textbook effects: networks of equal size beside each other, and powers of a radius.

mod compare;
mod page;
mod power;

pub use compare::{Comparison, told};
pub use power::{power_page, power_text};
