//! Classes of series of numbers without a network: MiniRocket's features and a ridge classifier.
//!
//! A [`Transform`] makes some 10,000 features of a series: the shares of its places where a fixed convolution of nine weights lies above a
//! bias (Dempster, Schmidt and Webb, MiniRocket, KDD 2021; several channels as in their multivariate version). Series may differ in length.
//! A [`Ridge`] regresses each class on them, its penalty chosen by leave-one-out errors, which also say how far its scores can be trusted.
//! Both depend on the draws that the caller hands in alone, and give the same bits whatever the number of threads.
#![forbid(unsafe_code)]

mod convolve;
mod plan;
mod ridge;
mod transform;

pub use plan::Plan;
pub use ridge::{ALPHAS, Ridge, RidgeFit};
pub use transform::Transform;
