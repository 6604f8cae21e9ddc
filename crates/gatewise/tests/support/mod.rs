//! What the tests of this crate share: golden tensors and comparisons that print where they fail.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;

use gatewise::model::Model;
use safetensors::{Dtype, SafeTensors};

/// A golden file; see `golden/README.md`.
pub struct Golden {
    bytes: Vec<u8>,
}

impl Golden {
    /// Reads `golden/{name}.safetensors`.
    pub fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.safetensors"));
        Self { bytes: std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())) }
    }

    /// An f32 tensor, widened.
    pub fn floats(&self, name: &str) -> Vec<f64> {
        let (dtype, data) = self.tensor(name);
        assert_eq!(dtype, Dtype::F32, "{name}");
        data.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
    }

    /// An i64 tensor.
    pub fn integers(&self, name: &str) -> Vec<i64> {
        let (dtype, data) = self.tensor(name);
        assert_eq!(dtype, Dtype::I64, "{name}");
        data.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()
    }

    /// A tensor's shape.
    pub fn shape(&self, name: &str) -> Vec<usize> {
        let file = SafeTensors::deserialize(&self.bytes).expect("a golden file is whole");
        file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).shape().to_vec()
    }

    fn tensor(&self, name: &str) -> (Dtype, Vec<u8>) {
        let file = SafeTensors::deserialize(&self.bytes).expect("a golden file is whole");
        let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        (view.dtype(), view.data().to_vec())
    }
}

/// Values rounded to f32.
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

/// Values widened to f64.
pub fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

/// Every element within `tolerance` of the expected one, relative to max(1, |expected|).
#[track_caller]
pub fn close(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}: number of elements");
    for (i, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let bound = tolerance * expected.abs().max(1.0);
        assert!((got - expected).abs() <= bound, "{what}[{i}]: got {got}, expected {expected}, may differ by {bound:e}");
    }
}

/// Makes the candidates of cells whose gates see the input alone lie on either side of their kink, by a distance that no difference quotient
/// steps over; other networks stay as they are.
pub fn push_from_kink_of_candidates(model: &mut Model<f64>) {
    const OFFSETS: [f64; 3] = [3.0, -3.0, 2.5];
    let (cell, hidden) = (model.config().cell, model.config().hidden);
    if cell.spec().recurrent {
        return;
    }
    let params = model.params_mut();
    for spec in params.specs().to_vec().iter().filter(|s| s.name.contains("recurrent.")) {
        let values = &mut params.values[spec.range.clone()];
        if spec.name.contains("bias_ih") {
            let candidates = (cell.gates() - 1) * hidden;
            values[candidates..].iter_mut().zip(OFFSETS.iter().cycle()).for_each(|(bias, offset)| *bias += offset);
        } else if spec.name.contains("weight_ih") {
            values.iter_mut().for_each(|w| *w *= 0.15);
        }
    }
}

/// Relative error that a gradient check allows.
const GRADIENT_TOLERANCE: f64 = 1e-6;

/// Holds the gradient `grad` of `loss` by `values` against fourth-order central differences, element by element.
///
/// An error is relative to the larger of the two, or, for elements that hardly matter, to 1e-3 of the largest gradient.
#[track_caller]
pub fn check_gradient(what: &str, values: &mut [f64], grad: &[f64], mut loss: impl FnMut(&[f64]) -> f64) {
    const STEP: f64 = 1e-3;
    assert_eq!(values.len(), grad.len(), "{what}: a gradient for every value");
    let floor = 1e-3 * grad.iter().fold(0.0_f64, |top, g| top.max(g.abs()));
    assert!(floor > 0.0, "{what}: a gradient of nothing but zeros shows nothing");
    for i in 0..values.len() {
        let kept = values[i];
        let mut at = |offset: f64| {
            values[i] = kept + offset * STEP;
            loss(values)
        };
        let difference = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP);
        values[i] = kept;
        let scale = grad[i].abs().max(difference.abs()).max(floor);
        let error = (grad[i] - difference).abs() / scale;
        assert!(error < GRADIENT_TOLERANCE, "{what}[{i}]: gradient {}, difference quotient {difference}, error {error:e}", grad[i]);
    }
}
