//! Graphs of recurrent networks read and run on the kernels of this library.
//!
//! A [`Session`] reads a file and runs it on the inputs of a call:
//!
//! ```no_run
//! use gatewise::Cpu;
//! use gatewise_onnx::import::{Session, TensorRef, Values};
//!
//! let cpu = Cpu::new(1)?;
//! let session = Session::open(&cpu, "model.onnx".as_ref())?;
//! let x = TensorRef { shape: &[4, 1, 2], values: Values::Float(&[0.5; 8]) };
//! let outputs = session.run(&cpu, &[("x", x)])?;
//! println!("{:?}", outputs[0].shape);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Numbers are in single precision, whole numbers of 64 bits; what a file has in half or double precision is converted. Recurrent nodes of the
//! usual form run on the kernels, with their weights packed once; those with peepholes, a clip or other activations in plain loops.

mod activation;
mod assemble;
mod buffers;
mod constant;
mod describe;
mod error;
mod external;
mod graph;
mod op;
mod operands;
mod plan;
mod port;
mod reader;
mod recurrent;
mod run;
mod scan;
mod session;
mod shape;
mod stack;
mod tensor;

pub use describe::RecurrentNode;
pub use error::{ImportError, Place};
pub use port::{Axis, Port};
pub use session::{About, OPSETS, Session};
pub use stack::Stack;
pub use tensor::{Data, Dtype, Tensor, TensorRef, Values, type_name};

/// Names of the operators that are read.
pub fn operators() -> impl Iterator<Item = &'static str> {
    op::names()
}
