//! The textbook effects: networks of equal size beside each other, and powers of a radius.

mod compare;
mod page;
mod power;
mod sentence;

pub use compare::{Comparison, told};
pub use power::{power_page, power_text};
pub use sentence::{form_event, form_text, recall_events};
