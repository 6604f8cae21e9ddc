//! One layer that reads one sequence a step, or a block of steps, at a time.

use crate::buffer::Aligned;
use crate::cell::{Dims, Weights, area};
use crate::cpu::Isa;
use crate::dispatch::{StreamPlan, stream_plan};
use crate::fast::stream::{Blocks, Call, Entry};
use crate::precision::Precision;

/// A layer for one sequence that comes row by row, in `f32`: a sensor, sound, a control loop.
///
/// The function for the cell, the sizes and the processor is chosen when the layer is made, so a step is that function and nothing else: it
/// allocates nothing, takes no lock and makes no call to the system. States below 1e-30 count as zero, so that silence is not slow.
/// Results differ from those of [`crate::Recurrent`] by rounding, some 1e-6: sums are made in another order, σ and tanh as fractions, so that an
/// output may be beyond ±1 by its last bits.
///
/// ```
/// use gatewise_kernels::{Cell, Dims, Isa, Precision, Streaming, Weights};
///
/// let dims = Dims { cell: Cell::Lstm, input: 1, hidden: 3 };
/// // The tensors of PyTorch's nn.LSTM(1, 3): (4·H, I), (4·H, H) and two of (4·H).
/// let (w_ih, w_hh, bias) = (vec![0.5; 12], vec![0.1; 12 * 3], vec![0.0; 12]);
/// let weights = Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &bias, b_hh: &bias };
/// let mut lstm = Streaming::new(Isa::best(), dims, weights, Precision::F32).expect("an LSTM streams");
///
/// let first = lstm.step(&[1.0]).to_vec();
/// let mut rows = [0.0; 2 * 3];
/// lstm.step_many(&[0.5, -1.0], &mut rows);
/// assert!(first[0] < rows[0] && rows[3] < rows[0], "what came in went up, and down");
/// ```
#[derive(Clone, Debug)]
pub struct Streaming {
    dims: Dims,
    entry: Entry,
    blocks: Blocks,
    weights: Aligned<f32>,
    /// h twice, the current one at `current`, and c: whole vectors each. Behind them what the products take aside.
    state: Aligned<f32>,
    padded: usize,
    current: usize,
}

impl Streaming {
    /// A layer in the zero state. `None` where the cell has no streaming kernel ([`crate::Cell::GruResetBefore`], [`crate::Cell::MinGru`],
    /// [`crate::Cell::MinLstm`]), the layer has no units, or `isa` is [`Isa::Scalar`] or not of this processor: there
    /// [`crate::Recurrent::step`] serves. [`Precision::Bf16`] halves the weights that a step reads, [`Precision::Int8`] quarters them.
    ///
    /// # Panics
    /// Unless every slice has the length that the sizes ask for.
    pub fn new(isa: Isa, dims: Dims, weights: Weights<'_, f32>, precision: Precision) -> Option<Self> {
        weights.check(dims);
        if dims.hidden == 0 || !isa.available() {
            return None;
        }
        let mut packed = Aligned::default();
        let StreamPlan { entry, blocks, padded, aside } = stream_plan(isa, dims, weights, precision, &mut packed)?;
        let mut state = Aligned::default();
        state.resize(3 * padded + aside);
        Some(Self { dims, entry, blocks, weights: packed, state, padded, current: 0 })
    }

    /// The sizes.
    pub fn dims(&self) -> Dims {
        self.dims
    }

    /// Back to the zero state.
    pub fn reset(&mut self) {
        self.state.fill(0.0);
    }

    /// The state: h, and c of an LSTM, else nothing. (H) each.
    pub fn state(&self) -> (&[f32], &[f32]) {
        (&self.state[self.current * self.padded..][..self.dims.hidden], &self.state[2 * self.padded..][..self.dims.memory()])
    }

    /// Goes on from h, and for an LSTM c, else empty. (H) each.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn set_state(&mut self, h: &[f32], c: &[f32]) {
        self.state[self.current * self.padded..][..self.dims.hidden].copy_from_slice(h);
        self.state[2 * self.padded..][..self.dims.memory()].copy_from_slice(c);
    }

    /// One step: `x` (I), the output (H).
    ///
    /// # Panics
    /// If `x` has a wrong length.
    #[inline]
    pub fn step(&mut self, x: &[f32]) -> &[f32] {
        assert_eq!(x.len(), self.dims.input, "x is (I)");
        self.run(x.as_ptr(), 1, std::ptr::null_mut());
        &self.state[self.current * self.padded..][..self.dims.hidden]
    }

    /// T steps in one call: `x` (T, I), the outputs to `y` (T, H). As many calls of [`step`](Self::step) give the same bits.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn step_many(&mut self, x: &[f32], y: &mut [f32]) {
        let Dims { input, hidden, .. } = self.dims;
        let rows = y.len() / hidden;
        assert_eq!((x.len(), y.len()), (area(&[rows, input]), rows * hidden), "x is (T, I), y is (T, H)");
        self.run(x.as_ptr(), rows, y.as_mut_ptr());
    }

    #[inline]
    fn run(&mut self, x: *const f32, rows: usize, y: *mut f32) {
        let state = self.state.as_mut_ptr();
        // SAFETY: the state holds three vectors of `padded` numbers, and what the products take aside.
        let part = |index: usize| unsafe { state.add(index * self.padded) };
        let call = Call {
            weights: self.weights.as_ptr(),
            inputs: self.dims.input,
            hidden: self.dims.hidden,
            x,
            rows,
            h: [part(self.current), part(1 - self.current)],
            c: if self.dims.memory() > 0 { part(2) } else { std::ptr::null_mut() },
            y,
            slots: part(3),
            relu: self.dims.cell == crate::Cell::RnnRelu,
            blocks: self.blocks,
            odd: self.current,
        };
        // SAFETY: the entry was chosen for an instruction set that is there; the callers checked the slices.
        unsafe { (self.entry)(&call) };
        self.current ^= rows & 1;
    }
}
