//! The cells, their sizes and the slices that hold their weights.

mod spec;

pub use spec::{Cell, CellSpec};

/// Sizes of one layer in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Which cell.
    pub cell: Cell,
    /// Input features I.
    pub input: usize,
    /// Hidden units H.
    pub hidden: usize,
}

impl Dims {
    /// Rows of the weight matrices, G·H; [`usize::MAX`] where they cannot be counted, as with the sizes below.
    #[inline(always)]
    pub const fn gate_rows(self) -> usize {
        self.cell.gates().saturating_mul(self.hidden)
    }

    /// Rows of `weight_hh` and `bias_hh`: G·H, or 0 where the gates see the input alone.
    #[inline(always)]
    pub const fn recurrent_rows(self) -> usize {
        if self.cell.spec().recurrent { self.gate_rows() } else { 0 }
    }

    /// Values of the last state that the gates see: H or 0.
    #[inline(always)]
    pub(crate) const fn seen_states(self) -> usize {
        if self.cell.spec().recurrent { self.hidden } else { 0 }
    }

    /// Panics unless every size that follows from these can be counted: slices of the lengths they ask for can then be told from others.
    pub(crate) fn check(self) {
        let hidden = area(&[self.cell.gates().max(self.cell.tape_gates()), self.hidden, SPARE]);
        area(&[hidden, self.input.max(1)]);
        area(&[hidden, self.hidden.max(1)]);
    }

    /// Width of a tape row.
    #[inline(always)]
    pub const fn tape_width(self) -> usize {
        self.cell.tape_gates().saturating_mul(self.hidden)
    }

    /// Length of what the state has beside h per row: H for each further vector, so H for LSTM and else 0.
    #[inline(always)]
    pub const fn memory(self) -> usize {
        (self.cell.spec().states - 1).saturating_mul(self.hidden)
    }

    /// Parameters of the layer, all biases counted.
    pub const fn parameters(self) -> usize {
        let input = self.gate_rows().saturating_mul(self.input.saturating_add(1));
        input.saturating_add(self.recurrent_rows().saturating_mul(self.hidden.saturating_add(1)))
    }
}

/// How many times the panels, tapes and working space of a layer may be as large as its weights or states.
const SPARE: usize = 64;

/// The product of some sizes.
///
/// # Panics
/// If it cannot be counted: wrapped around, it would pass for the length of a slice that it is not.
pub(crate) fn area(sizes: &[usize]) -> usize {
    let product = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    product.filter(|&product| isize::try_from(product).is_ok()).unwrap_or_else(|| panic!("sizes {sizes:?} are more than memory can hold"))
}

/// Borrowed weights of one layer and direction, in PyTorch's shapes and gate order. `weight_hh` and `bias_hh` are empty where the gates see
/// the input alone.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a, F> {
    /// `weight_ih`: (G·H, I).
    pub w_ih: &'a [F],
    /// `weight_hh`: (G·H, H).
    pub w_hh: &'a [F],
    /// `bias_ih`: (G·H).
    pub b_ih: &'a [F],
    /// `bias_hh`: (G·H).
    pub b_hh: &'a [F],
}

impl<F> Weights<'_, F> {
    /// Panics unless every slice has the length that `dims` asks for.
    pub fn check(&self, dims: Dims) {
        dims.check();
        let rows = dims.gate_rows();
        assert_eq!(self.w_ih.len(), rows * dims.input, "weight_ih is (G·H, I)");
        assert_eq!(self.w_hh.len(), dims.recurrent_rows() * dims.hidden, "weight_hh is (G·H, H)");
        assert_eq!(self.b_ih.len(), rows, "bias_ih is (G·H)");
        assert_eq!(self.b_hh.len(), dims.recurrent_rows(), "bias_hh is (G·H)");
    }
}

/// Gradients of the weights, added to, in the shapes of [`Weights`].
#[derive(Debug)]
pub struct WeightGrads<'a, F> {
    /// (G·H, I).
    pub w_ih: &'a mut [F],
    /// (G·H, H).
    pub w_hh: &'a mut [F],
    /// (G·H).
    pub b_ih: &'a mut [F],
    /// (G·H).
    pub b_hh: &'a mut [F],
}
