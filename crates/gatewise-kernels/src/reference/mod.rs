//! Every kernel as plain loops, generic over `f32` and `f64`, readable as the equations.
//!
//! The fast kernels are held against these; `GATEWISE_ISA=scalar` runs them.

mod backward;
mod forward;
pub mod input_gated;
pub(crate) mod int8;
mod matmul;

pub use backward::backward;
pub use forward::forward;
pub use matmul::matmul;
