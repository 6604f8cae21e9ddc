//! Charts as SVG.

pub mod charts;
mod path;
pub mod picture;
pub mod scale;
pub mod time;
