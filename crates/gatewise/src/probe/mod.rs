//! What a network remembers, and what becomes of its gradients on the way back through time.
//!
//! Every probe runs on a copy of the network in f64, whose gradients do not vanish below the smallest number of the fast kernels; the network itself is
//! read and never written.
//!
//! | module | measures |
//! |---|---|
//! | `flow` | ‖∂L/∂h‖ and ‖∂L/∂c‖ by lag behind the step that bears the loss |
//! | `jacobian` | the largest singular value of ∂(h, c)ₜ/∂(h, c)ₜ₋₁, and the largest Lyapunov exponent |
//! | `gates` | where the gates stand, and the time constants they amount to |
//! | `context` | the loss with the last k steps alone |
//! | `verdict` | what all that means, and what to do about it |

mod context;
mod flow;
mod gates;
pub(crate) mod jacobian;
mod spread;
pub(crate) mod step;
pub(crate) mod unroll;
mod verdict;

pub use context::{Context, LOSS_TOLERANCE, context_lengths, loss_by_context, worth_using};
pub use flow::{Flow, gradient_flow};
pub use gates::{GateStats, Gates, TimeConstants, gates};
pub use jacobian::{Jacobian, jacobian};
pub use spread::Spread;
pub use verdict::{Condition, Inspection, Verdict, inspect};
