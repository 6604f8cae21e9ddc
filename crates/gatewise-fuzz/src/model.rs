//! Model files and checkpoints.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, TensorView};

use crate::file::holding;
use crate::usage;

/// The bytes of a model file, a checkpoint or a saved state.
pub fn model(bytes: &[u8]) {
    usage::of(&holding("model.safetensors", bytes));
}

/// A model file as text, of which [`assemble`] makes one: the changes reach what the metadata say, and not the lengths around them.
pub fn network(bytes: &[u8]) {
    if let Some(file) = assemble(&String::from_utf8_lossy(bytes)) {
        usage::of(&holding("model.safetensors", &file));
    }
}

/// Most numbers of an assembled file.
const MOST: usize = 1 << 16;

/// A model file: the first line are its metadata, every other one a tensor, as its name, a space and its axes parted by `x`. Values are
/// small and made up. Behind a further space there may be a text, which becomes the values as the state of a series is kept.
pub fn assemble(text: &str) -> Option<Vec<u8>> {
    let mut lines = text.lines();
    let metadata = HashMap::from([("gatewise".to_owned(), lines.next()?.to_owned())]);
    // A name stands for one tensor.
    let mut tensors = BTreeMap::new();
    for line in lines.take(200) {
        let mut words = line.splitn(3, ' ');
        let (name, axes) = (words.next()?.to_owned(), words.next()?);
        let shape = axes.split('x').map(str::parse).collect::<Result<Vec<usize>, _>>().ok()?;
        let count = shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis)).filter(|n| *n <= MOST)?;
        let values = match words.next() {
            Some(text) => packed(text.as_bytes()),
            None => (0..count).map(|i| ((i * 29 + 7) % 17) as f32 * 0.02 - 0.15).collect(),
        };
        let shape = if values.len() == count { shape } else { vec![values.len()] };
        tensors.insert(name, (shape, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()));
    }
    let mut views = Vec::new();
    for (name, (shape, bytes)) in &tensors {
        views.push((name, TensorView::new(Dtype::F32, shape.clone(), bytes).ok()?));
    }
    safetensors::serialize(views, Some(metadata)).ok()
}

/// Bytes as numbers: how many there are behind the last whole three, then three bytes a number.
fn packed(bytes: &[u8]) -> Vec<f32> {
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |n, b| n << 8 | u32::from(*b)) as f32;
    std::iter::once((bytes.len() % 3) as f32).chain(bytes.chunks(3).map(number)).collect()
}
