//! Layers: each keeps its views into the flat parameters and its own buffers, so that a warm call allocates nothing.

pub mod branch;
pub mod conv;
pub mod dense;
pub mod dropout;
pub mod embedding;
pub mod encoder;
pub mod norm;
pub mod readout;
pub mod recurrent;
pub mod skip;
pub mod temporal;
pub mod weight_drop;
pub mod zoneout;
