//! What a user asks for, built from layers, losses and the training loop.

pub mod classify;
pub mod detect;
pub mod forecast;
pub mod language;
pub mod subject;
