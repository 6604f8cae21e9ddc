//! What a forward leaves for its backward: any number of them, all on one set of weights.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

use crate::layers::Kept;

/// Records that are kept for the next forwards, whose buffers are then there already.
const MOST_SPARE: usize = 2;

/// A record in the precision of its layers.
pub enum AnyKept {
    F32(Kept<f32>),
    F64(Kept<f64>),
}

impl AnyKept {
    fn weights(&self) -> u64 {
        match self {
            Self::F32(kept) => kept.weights(),
            Self::F64(kept) => kept.weights(),
        }
    }
}

/// Records that no forward needs any more.
#[derive(Clone, Default)]
pub struct Spares(Arc<Mutex<Vec<AnyKept>>>);

impl Spares {
    /// One of them.
    pub fn take(&self) -> Option<AnyKept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give(&self, kept: AnyKept) {
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spares.len() < MOST_SPARE {
            spares.push(kept);
        }
    }
}

/// The record of one forward, for one backward.
#[pyclass(frozen, module = "gatewise._gatewise")]
pub struct Tape {
    kept: Mutex<Option<AnyKept>>,
    spares: Spares,
}

impl Tape {
    /// Of a forward; given back to `spares` when it is done with.
    pub fn new(kept: AnyKept, spares: Spares) -> Self {
        Self { kept: Mutex::new(Some(kept)), spares }
    }

    /// The record, once.
    pub fn take(&self) -> Option<AnyKept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Takes back what [`take`](Self::take) gave.
    pub fn give_back(&self, kept: AnyKept) {
        self.spares.give(kept);
    }

    /// The number of the weights that the forward ran with; none once it is used up.
    pub fn weights(&self) -> Option<u64> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(AnyKept::weights)
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        if let Some(kept) = self.take() {
            self.spares.give(kept);
        }
    }
}
