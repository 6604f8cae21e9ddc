//! Recurrent sequence models (RNN, GRU, LSTM) for the CPU.

#![forbid(unsafe_code)]

pub mod batch;
pub mod choice;
pub mod demo;
pub mod error;
pub mod evaluation;
pub mod format;
pub mod init;
pub mod layer;
pub mod loss;
pub mod model;
mod model_file;
pub mod optim;
pub mod options;
pub mod params;
pub mod probe;
pub mod rng;
mod sum;
pub mod task;
pub mod threads;
pub mod train;

pub use error::{Error, Kind};
pub use evaluation::{Evaluation, Measure};
pub use gatewise_baselines as baselines;
pub use gatewise_data as data;
pub use gatewise_kernels as kernels;
pub use gatewise_kernels::{Cell, Cpu, Isa, Layout, Precision, Real};
pub use gatewise_memory as memory;
pub use model_file::{AnyModel, load};
pub use task::{classify, detect, forecast, language};
