//! Files: the model, written safely and read with suspicion, and the gate orders of other programs.
//!
//! A model file is safetensors: `f32` tensors (a prior's are `f16`) under PyTorch's names, and in the metadata one key, `gatewise`, with sorted JSON:
//! `format` (its version), `kind` (`model` or `checkpoint`), `model` (the network's configuration), `task` (what the task keeps),
//! and in a checkpoint `train`. The same content gives the same bytes.

mod file;
mod gates;
mod model;
mod opened;
mod output;
pub(crate) mod state;
mod tensors;

pub use file::write_atomic;
pub(crate) use file::{Contents, Tensor, decode, encode, encode_half, read};
pub use gates::{GateOrder, reorder_gates};
pub(crate) use model::{config_value, model_of, model_tensors};
pub use model::{load_model, model_bytes, save_model, task_of};
pub use opened::ModelFile;
pub use output::{OutputFile, clear_abandoned, is_unfinished, sync_folder, unfinished, unfinished_folder};
pub use tensors::{NamedTensor, Numbers, TensorFile, TensorsError, write_tensors};

/// Version of the format that is written, and the newest that is read.
pub const FORMAT: u64 = 1;
/// The one key of the metadata.
const KEY: &str = "gatewise";
