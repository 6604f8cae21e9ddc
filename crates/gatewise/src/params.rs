//! All parameters of a model in one flat buffer, with named views under PyTorch's names.

use std::ops::Range;

use gatewise_kernels::Real;

/// A named tensor inside the flat buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// PyTorch's name, as `recurrent.weight_ih_l0`.
    pub name: String,
    /// PyTorch's shape.
    pub shape: Vec<usize>,
    /// Where it lies in the buffer.
    pub range: Range<usize>,
}

/// Handle of a tensor: where it lies in the flat buffers of values and gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    start: usize,
    len: usize,
}

impl View {
    /// Where it lies.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// The tensor's part of a flat buffer.
    pub fn of<'a, F>(&self, flat: &'a [F]) -> &'a [F] {
        &flat[self.start..self.start + self.len]
    }

    /// The tensor's part of a flat buffer, to change.
    pub fn of_mut<'a, F>(&self, flat: &'a mut [F]) -> &'a mut [F] {
        &mut flat[self.start..self.start + self.len]
    }

    /// The views of tensors that were added one after the other, as disjoint parts of a flat buffer.
    ///
    /// # Panics
    /// If a view does not begin where the one before it ends.
    pub fn split_mut<F, const N: usize>(views: [View; N], flat: &mut [F]) -> [&mut [F]; N] {
        let start = views.first().map_or(0, |v| v.start);
        let mut rest = &mut flat[start..];
        let mut at = start;
        views.map(|view| {
            assert_eq!(view.start, at, "views lie one after the other");
            at += view.len;
            let (part, tail) = std::mem::take(&mut rest).split_at_mut(view.len);
            rest = tail;
            part
        })
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the tensor has no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// The parameters and, in a twin buffer, their gradients.
#[derive(Clone, Debug, Default)]
pub struct Params<F> {
    /// Every value, tensor after tensor in the order of [`Params::specs`].
    pub values: Vec<F>,
    /// The gradient of every value.
    pub grads: Vec<F>,
    specs: Vec<Spec>,
}

impl<F: Real> Params<F> {
    /// No tensor yet.
    pub fn new() -> Self {
        Self { values: Vec::new(), grads: Vec::new(), specs: Vec::new() }
    }

    /// Adds a tensor of zeros behind the others.
    pub fn add(&mut self, name: impl Into<String>, shape: &[usize]) -> View {
        let (start, len) = (self.values.len(), shape.iter().product());
        self.values.resize(start + len, F::ZERO);
        self.grads.resize(start + len, F::ZERO);
        self.specs.push(Spec { name: name.into(), shape: shape.to_vec(), range: start..start + len });
        View { start, len }
    }

    /// A place behind the others that holds no tensor.
    pub fn absent(&self) -> View {
        View { start: self.values.len(), len: 0 }
    }

    /// Every tensor, in the order of the buffer.
    pub fn specs(&self) -> &[Spec] {
        &self.specs
    }

    /// The tensor that element `index` of the flat buffer belongs to.
    pub fn name_of(&self, index: usize) -> &str {
        let at = self.specs.partition_point(|s| s.range.end <= index);
        self.specs.get(at).map_or("", |s| &s.name)
    }

    /// Sets every gradient to zero.
    pub fn zero_grads(&mut self) {
        self.grads.fill(F::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_disjoint_parts_in_order() {
        let mut params = Params::<f64>::new();
        let a = params.add("a", &[2, 3]);
        let b = params.add("b", &[4]);
        assert_eq!((a.len(), b.len(), params.values.len()), (6, 4, 10));
        let [ga, gb] = View::split_mut([a, b], &mut params.grads);
        ga[5] = 1.0;
        gb[0] = 2.0;
        assert_eq!(params.grads[5..7], [1.0, 2.0]);
        assert_eq!((params.name_of(5), params.name_of(6)), ("a", "b"));
    }
}
