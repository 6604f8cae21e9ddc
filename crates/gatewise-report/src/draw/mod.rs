//! Charts as SVG.

pub mod charts;
pub mod legend;
mod path;
pub mod picture;
pub mod scale;
pub mod time;
