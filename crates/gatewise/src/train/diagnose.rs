//! Where a number that is not finite comes from.

use crate::batch::Batch;
use crate::error::TrainError;
use crate::model::{Model, Readout};

/// Finds the first tensor, in the order in which a step computes them, that holds a number that is not finite.
/// `items` are the source's numbers of the batch's items; `place` stands before the tensor's name.
pub(super) fn not_finite(step: u64, place: &str, model: &Model<f32>, batch: &Batch<f32>, items: &[usize], in_loss: bool) -> TrainError {
    let (tensor, rows) = find(model, batch, in_loss);
    let tensor = format!("{place}{tensor}");
    let mut rows: Vec<usize> = rows.into_iter().map(|place| items[batch.order[place]]).collect();
    if rows.is_empty() {
        rows = items.to_vec();
    }
    rows.sort_unstable();
    TrainError::NotFinite { step, tensor, rows }
}

/// The tensor, and the batch's places that show it where they can be told apart.
fn find(model: &Model<f32>, batch: &Batch<f32>, in_loss: bool) -> (String, Vec<usize>) {
    let layout = &batch.layout;
    let mut in_x = Vec::new();
    if !batch.x.is_empty() {
        let width = batch.x.len() / layout.rows();
        for place in 0..layout.batch() {
            let row = |t| &batch.x[layout.row(t, place) * width..][..width];
            if (0..layout.length(place)).any(|t| !finite(row(t))) {
                in_x.push(place);
            }
        }
    }
    let steps = model.config().readout == Readout::EachStep;
    let window = by_place(&batch.skip, batch, false);
    let blocks = [("the input", in_x), ("the window of the linear path", window), ("the target", by_place(&batch.target, batch, steps))];
    if let Some((name, places)) = blocks.into_iter().find(|(_, places)| !places.is_empty()) {
        return (name.to_owned(), places);
    }
    let params = model.params();
    if let Some(at) = params.values.iter().position(|v| !v.is_finite()) {
        return (params.name_of(at).to_owned(), Vec::new());
    }
    if in_loss {
        let name = if finite(model.output()) { "the loss" } else { "the output" };
        return (name.to_owned(), by_place(model.output(), batch, steps));
    }
    match params.grads.iter().position(|g| !g.is_finite()) {
        Some(at) => (format!("the gradient of {}", params.name_of(at)), Vec::new()),
        None => ("the norm of the gradient".to_owned(), Vec::new()),
    }
}

fn finite(values: &[f32]) -> bool {
    values.iter().all(|v| v.is_finite())
}

/// Places of a block that hold a number that is not finite; it has one row a step (`steps`) or one a sequence.
fn by_place(values: &[f32], batch: &Batch<f32>, steps: bool) -> Vec<usize> {
    let layout = &batch.layout;
    let width = values.len() / if steps { layout.rows() } else { layout.batch() };
    let rows_of = |place: usize| if steps { layout.length(place) } else { 1 };
    let row = |t: usize, place: usize| if steps { layout.row(t, place) } else { place };
    let bad = |place: &usize| (0..rows_of(*place)).any(|t| !finite(&values[row(t, *place) * width..][..width]));
    (0..layout.batch()).filter(bad).collect()
}
