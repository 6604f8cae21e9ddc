//! The textbook effects, measured: what a network remembers, and what its gradients do on the way back.
//!
//! Networks of equal size learn one problem alike: the same steps, batches, optimiser and learning rates, each from its own textbook start.
//! Nothing is stored; every figure comes from a training that runs when it is asked for, from a seed.

mod adding;
mod course;
mod filler;
mod form;
mod memory;
mod network;
mod power;
mod radius;
mod recall;
mod run;
mod setup;
pub(crate) mod train;

pub use adding::Adding;
pub use course::Course;
pub use filler::{Filler, Language};
pub use form::{Form, FormError, Pair, Source};
pub use memory::Memory;
pub use network::Net;
pub use power::{Measured, Power, PowerEvent};
pub use radius::{Recurrence, SWEEP_STEPS, SweepPoint, USABLE, radii, sweep, sweep_networks, usable_band};
pub use recall::{Reading, Recall, bound, lets_go};
pub use run::{Demo, Event, Trained, run};
pub use train::{Problem, Score};
