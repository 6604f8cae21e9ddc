//! The weights of a node, direction by direction, in the order of this library's gates.

use gatewise::format::{GateOrder, reorder_gates};
use gatewise_kernels::{Cell, Dims, Weights};

use super::form::Form;
use crate::import::error::{Fault, fault};
use crate::import::tensor::Operand;

/// Weights of one direction.
#[derive(Clone, Debug)]
pub(crate) struct Direction {
    /// Input features I.
    pub(crate) input: usize,
    /// Hidden units H.
    pub(crate) hidden: usize,
    /// (G·H, I).
    pub(crate) w_ih: Vec<f32>,
    /// (G·H, H).
    pub(crate) w_hh: Vec<f32>,
    /// (G·H).
    pub(crate) b_ih: Vec<f32>,
    /// (G·H).
    pub(crate) b_hh: Vec<f32>,
}

impl Direction {
    pub(crate) fn dims(&self, cell: Cell) -> Dims {
        Dims { cell, input: self.input, hidden: self.hidden }
    }

    pub(crate) fn weights(&self) -> Weights<'_, f32> {
        Weights { w_ih: &self.w_ih, w_hh: &self.w_hh, b_ih: &self.b_ih, b_hh: &self.b_hh }
    }
}

/// Of W (D, G·H, I), R (D, G·H, H) and B (D, 2·G·H) or none.
///
/// # Errors
/// Shapes that do not agree.
pub(crate) fn read(form: &Form, w: Operand<'_>, r: Operand<'_>, b: Option<Operand<'_>>) -> Result<Vec<Direction>, Fault> {
    let (cell, directions) = (form.cell(), form.directions.len());
    let (&[_, _, input], &[_, _, hidden]) = (w.shape.axes(), r.shape.axes()) else {
        return fault(format!("its weights have shapes {} and {}; they must have three axes", w.shape, r.shape));
    };
    if form.hidden.is_some_and(|expected| expected != hidden) {
        return fault(format!("its attribute hidden_size is {}, and R has shape {}", form.hidden.unwrap_or(0), r.shape));
    }
    if hidden == 0 || input == 0 {
        return fault(format!("its weights have shapes {} and {}: a layer without features or units", w.shape, r.shape));
    }
    let rows = cell.gates().saturating_mul(hidden);
    if *w.shape.axes() != [directions, rows, input] || *r.shape.axes() != [directions, rows, hidden] {
        let wanted = format!("W ({directions}, {rows}, I) and R ({directions}, {rows}, {hidden}) are wanted");
        return fault(format!("its weights have shapes {} and {}; {wanted}", w.shape, r.shape));
    }
    if let Some(b) = b.filter(|b| *b.shape.axes() != [directions, 2 * rows]) {
        return fault(format!("its bias has shape {}; B ({directions}, {}) is wanted", b.shape, 2 * rows));
    }
    let (w, r, b) = (w.float()?, r.float()?, b.map(|b| b.float()).transpose()?);
    let ours = |values: &[f32]| reorder_gates(values, cell, GateOrder::Onnx, GateOrder::PyTorch);
    let direction = |d: usize| {
        let bias = |part: usize| match b {
            Some(b) => ours(&b[(2 * d + part) * rows..][..rows]),
            None => vec![0.0; rows],
        };
        Direction {
            input,
            hidden,
            w_ih: ours(&w[d * rows * input..][..rows * input]),
            w_hh: ours(&r[d * rows * hidden..][..rows * hidden]),
            b_ih: bias(0),
            b_hh: bias(1),
        }
    };
    Ok((0..directions).map(direction).collect())
}
