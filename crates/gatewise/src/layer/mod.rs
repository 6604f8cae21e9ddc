//! Layers: each keeps its views into the flat parameters and its own buffers, so that a warm call allocates nothing.

pub mod activation;
pub mod branch;
mod branch_config;
mod config;
pub mod conv;
pub mod dense;
pub mod dropout;
pub mod embedding;
pub mod encoder;
mod encoder_config;
pub mod norm;
pub mod readout;
pub mod recurrent;
pub mod rms_norm;
pub mod sampled;
pub mod skip;
pub mod streaming;
pub mod temporal;
pub mod weight_drop;
pub mod zoneout;

pub use branch_config::{BranchBlock, BranchConfig};
pub(crate) use config::MAX_SIZE;
pub use config::{EmbeddingConfig, LinearSkipConfig, Readout, SampledConfig, StackConfig};
pub use encoder_config::{EncoderConfig, EncoderPool};
