//! One recurrent layer in one direction: packed weights, tape, forward, backward, streaming step.

use std::sync::Arc;

use crate::buffer::Aligned;
use crate::cell::{Dims, WeightGrads, Weights, area};
use crate::cpu::Cpu;
use crate::layout::Layout;
use crate::packed::Packed;
use crate::precision::Precision;
use crate::real::Real;

/// Space that kernels work in, kept so that a warm call allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Work<F> {
    pub(crate) space: Aligned<F>,
    pub(crate) sums: Aligned<F>,
}

/// What forward leaves for backward, row for row of the layout.
#[derive(Clone, Debug)]
pub struct Tape<F> {
    /// Activated gates, (N, gates·H) in the order of [`crate::Cell::tape_gates`]; backward turns them into their gradients.
    pub gates: Aligned<F>,
    /// LSTM: c_t, (N, H).
    pub c: Aligned<F>,
    /// LSTM: tanh(c_t), (N, H).
    pub tanh_c: Aligned<F>,
}

impl<F> Default for Tape<F> {
    fn default() -> Self {
        Self { gates: Aligned::default(), c: Aligned::default(), tanh_c: Aligned::default() }
    }
}

impl<F: Real> Tape<F> {
    fn reserve(&mut self, dims: Dims, rows: usize) {
        self.gates.resize(rows * dims.tape_width());
        self.c.resize(rows * dims.memory());
        self.tanh_c.resize(rows * dims.memory());
    }
}

/// All that a forward leaves in its layer, to be put aside while another one runs: see [`Recurrent::exchange`].
#[derive(Clone, Debug)]
pub struct Record<F> {
    /// Outputs, (N, H).
    pub y: Aligned<F>,
    /// What backward reads.
    pub tape: Tape<F>,
    taped: bool,
    h0: Aligned<F>,
    c0: Aligned<F>,
}

impl<F> Default for Record<F> {
    fn default() -> Self {
        Self { y: Aligned::default(), tape: Tape::default(), taped: false, h0: Aligned::default(), c0: Aligned::default() }
    }
}

/// What a forward kernel reads and writes.
#[derive(Debug)]
pub struct ForwardArgs<'a, F> {
    pub(crate) dims: Dims,
    pub(crate) reverse: bool,
    pub(crate) layout: &'a Layout,
    pub(crate) packed: &'a Packed<F>,
    /// (N, I).
    pub(crate) x: &'a [F],
    /// (B, H): first state in, last state out.
    pub(crate) h: &'a mut [F],
    /// (B, H) or empty: first cell state in, last out.
    pub(crate) c: &'a mut [F],
    /// (N, H).
    pub(crate) y: &'a mut [F],
    pub(crate) tape: Option<&'a mut Tape<F>>,
    pub(crate) work: &'a mut Work<F>,
}

/// What a backward kernel reads and writes.
#[derive(Debug)]
pub struct BackwardArgs<'a, F> {
    pub(crate) dims: Dims,
    pub(crate) reverse: bool,
    pub(crate) layout: &'a Layout,
    pub(crate) packed: &'a Packed<F>,
    /// (N, I).
    pub(crate) x: &'a [F],
    /// (B, H): the first state.
    pub(crate) h0: &'a [F],
    /// (B, H) or empty.
    pub(crate) c0: &'a [F],
    /// (N, H): what forward wrote.
    pub(crate) y: &'a [F],
    pub(crate) tape: &'a mut Tape<F>,
    /// (N, H).
    pub(crate) dy: &'a [F],
    /// (B, H): gradient of the last state in, of the first state out.
    pub(crate) dh: &'a mut [F],
    /// (B, H) or empty, likewise.
    pub(crate) dc: &'a mut [F],
    pub(crate) grads: WeightGrads<'a, F>,
    /// (N, I), overwritten.
    pub(crate) dx: Option<&'a mut [F]>,
    pub(crate) work: &'a mut Work<F>,
}

/// One recurrent layer in one direction, with everything it needs between calls.
///
/// Call order: [`pack`](Self::pack) whenever the weights changed, then [`forward`](Self::forward), then, after a
/// forward that kept its tape, at most one [`backward`](Self::backward). Once buffers have seen the largest batch, no call allocates.
/// Clones share the packed weights until one of them packs others.
///
/// ```
/// use gatewise_kernels::{Cell, Cpu, Dims, Layout, Recurrent, Weights};
///
/// let dims = Dims { cell: Cell::Gru, input: 2, hidden: 3 };
/// // The tensors of PyTorch's nn.GRU(2, 3): (3·H, I), (3·H, H) and two of (3·H).
/// let (w_ih, w_hh, bias) = (vec![0.1; 9 * 2], vec![0.2; 9 * 3], vec![0.0; 9]);
/// let cpu = Cpu::new(1)?;
/// let mut gru = Recurrent::<f32>::new(dims, false);
/// gru.pack(&cpu, Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &bias, b_hh: &bias });
///
/// // Two sequences of four steps side by side, step after step: (4 · 2, I).
/// let mut layout = Layout::default();
/// layout.set_full(2, 4);
/// let (x, mut h) = (vec![1.0; layout.rows() * dims.input], vec![0.0; 2 * dims.hidden]);
/// gru.forward(&cpu, &layout, &x, &mut h, &mut [], false);
/// assert_eq!(gru.output().len(), 8 * 3);
/// assert_eq!(gru.output()[6 * 3..], h[..], "the last outputs are the state");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recurrent<F> {
    dims: Dims,
    reverse: bool,
    packed: Arc<Packed<F>>,
    tape: Tape<F>,
    taped: bool,
    y: Aligned<F>,
    h0: Aligned<F>,
    c0: Aligned<F>,
    work: Work<F>,
    one_step: Layout,
    precision: Precision,
}

impl<F: Real> Recurrent<F> {
    /// A layer of the given sizes; `reverse` reads every sequence from its own end.
    ///
    /// # Panics
    /// If its weights are more than memory can hold.
    pub fn new(dims: Dims, reverse: bool) -> Self {
        dims.check();
        Self {
            dims,
            reverse,
            packed: Arc::default(),
            tape: Tape::default(),
            taped: false,
            y: Aligned::default(),
            h0: Aligned::default(),
            c0: Aligned::default(),
            work: Work { space: Aligned::default(), sums: Aligned::default() },
            one_step: Layout::default(),
            precision: Precision::F32,
        }
    }

    /// How the next [`pack`](Self::pack) holds the weights. A cell that has no kernels for [`Precision::Int8`] keeps
    /// [`Precision::F32`], see [`crate::CellSpec::int8`].
    pub fn set_precision(&mut self, precision: Precision) {
        self.precision = match precision {
            Precision::Int8 if !self.dims.cell.spec().int8 => Precision::F32,
            precision => precision,
        };
    }

    /// How weights are held.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The sizes.
    pub fn dims(&self) -> Dims {
        self.dims
    }

    /// Takes over the weights. Panics unless every slice has the length that the sizes ask for.
    pub fn pack(&mut self, cpu: &Cpu, weights: Weights<'_, F>) {
        weights.check(self.dims);
        // Those of a clone stay as they are.
        if Arc::get_mut(&mut self.packed).is_none() {
            self.packed = Arc::default();
        }
        let packed = Arc::make_mut(&mut self.packed);
        // What is packed in part serves no call.
        packed.isa = None;
        packed.bf16 = self.precision == Precision::Bf16;
        if self.precision == Precision::Int8 {
            let (quantized, _) = packed.int8.get_or_insert_with(Default::default);
            quantized.set(self.dims, weights);
        } else {
            packed.int8 = None;
        }
        // A layer without units runs no kernel.
        if self.dims.hidden > 0 {
            F::pack(cpu, self.dims, weights, packed);
        }
        packed.isa = Some(cpu.isa());
    }

    /// Runs over all rows of `x`: (N, I). `h`: (B, H) and, for LSTM, `c`: (B, H) are the first state in and the last state out.
    /// The outputs are then in [`output`](Self::output). `keep` records the tape that [`backward`](Self::backward) needs.
    ///
    /// # Panics
    /// If a slice has a wrong length, the weights were not packed for this `cpu`, or a tape is asked for with weights of eight bits.
    pub fn forward(&mut self, cpu: &Cpu, layout: &Layout, x: &[F], h: &mut [F], c: &mut [F], keep: bool) {
        let Dims { input, hidden, .. } = self.dims;
        assert_eq!(self.packed.isa, Some(cpu.isa()), "weights are packed for the instruction set that runs");
        self.check(layout);
        assert_eq!(x.len(), layout.rows() * input, "x is (N, I)");
        assert_eq!(h.len(), layout.batch() * hidden, "h is (B, H)");
        assert_eq!(c.len(), layout.batch() * self.dims.memory(), "c is (B, H) for LSTM, else empty");
        assert!(!keep || self.packed.int8.is_none(), "weights of eight bits are for inference");
        self.y.resize(layout.rows() * hidden);
        if hidden == 0 {
            return;
        }
        self.taped = keep;
        if keep {
            self.tape.reserve(self.dims, layout.rows());
            self.h0.resize(h.len());
            self.h0.copy_from_slice(h);
            self.c0.resize(c.len());
            self.c0.copy_from_slice(c);
        }
        let tape = keep.then_some(&mut self.tape);
        let (dims, reverse, packed, y, work) = (self.dims, self.reverse, &self.packed, &mut self.y[..], &mut self.work);
        F::forward(cpu, ForwardArgs { dims, reverse, layout, packed, x, h, c, y, tape, work });
    }

    /// Panics unless the sizes of a call can be counted, so that no slice passes for one of another length.
    fn check(&self, layout: &Layout) {
        let Dims { input, hidden, .. } = self.dims;
        area(&[layout.rows(), input.max(self.dims.tape_width()).max(self.dims.gate_rows()).max(hidden).max(1), size_of::<F>()]);
    }

    /// One streaming step for B sequences: `x` (B, I); `h` and `c` (B, H) go from one step to the next. The output is `h`.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn step(&mut self, cpu: &Cpu, x: &[F], h: &mut [F], c: &mut [F]) {
        let batch = h.len() / self.dims.hidden.max(1);
        let mut layout = std::mem::take(&mut self.one_step);
        if (layout.batch(), layout.time()) != (batch, 1) {
            layout.set_full(batch, 1);
        }
        self.forward(cpu, &layout, x, h, c, false);
        self.one_step = layout;
    }

    /// Puts the last forward aside in `record` and takes up the one that lay there, whose backward may follow. Nothing is copied.
    pub fn exchange(&mut self, record: &mut Record<F>) {
        std::mem::swap(&mut self.y, &mut record.y);
        std::mem::swap(&mut self.tape, &mut record.tape);
        std::mem::swap(&mut self.taped, &mut record.taped);
        std::mem::swap(&mut self.h0, &mut record.h0);
        std::mem::swap(&mut self.c0, &mut record.c0);
    }

    /// Outputs of the last forward: (N, H).
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// What the last forward recorded: activated gates, c and tanh(c). After a backward the gates hold their gradients.
    pub fn tape(&self) -> &Tape<F> {
        &self.tape
    }

    /// Back through time. `x` and `layout` are those of the last forward, `dy`: (N, H). `dh`, `dc`: (B, H) are the
    /// gradient of the last state in and that of the first state out. Weight gradients are added to `grads`, `dx`: (N, I) is written.
    ///
    /// # Panics
    /// If a slice has a wrong length, or the last forward kept no tape.
    #[allow(clippy::too_many_arguments, reason = "one slice for each gradient")]
    pub fn backward(
        &mut self,
        cpu: &Cpu,
        layout: &Layout,
        x: &[F],
        dy: &[F],
        dh: &mut [F],
        dc: &mut [F],
        grads: WeightGrads<'_, F>,
        dx: Option<&mut [F]>,
    ) {
        let Dims { input, hidden, .. } = self.dims;
        assert!(std::mem::take(&mut self.taped), "backward follows a forward that kept its tape");
        self.check(layout);
        assert_eq!(self.packed.isa, Some(cpu.isa()), "weights are packed for the instruction set that runs");
        assert!(self.packed.int8.is_none(), "weights of eight bits are for inference");
        assert_eq!(self.y.len(), layout.rows() * hidden, "the layout is that of the last forward");
        assert_eq!(self.tape.gates.len(), layout.rows() * self.dims.tape_width(), "the tape's gates are (N, gates·H)");
        assert_eq!(self.tape.c.len(), layout.rows() * self.dims.memory(), "the tape's c is (N, H) for LSTM, else empty");
        assert_eq!(self.tape.tanh_c.len(), self.tape.c.len(), "the tape's tanh(c) is (N, H) for LSTM, else empty");
        assert_eq!(self.h0.len(), layout.batch() * hidden, "the batch is that of the last forward");
        assert_eq!(x.len(), layout.rows() * input, "x is (N, I)");
        assert_eq!(dy.len(), layout.rows() * hidden, "dy is (N, H)");
        assert_eq!(dh.len(), layout.batch() * hidden, "dh is (B, H)");
        assert_eq!(dc.len(), layout.batch() * self.dims.memory(), "dc is (B, H) for LSTM, else empty");
        Weights { w_ih: grads.w_ih, w_hh: grads.w_hh, b_ih: grads.b_ih, b_hh: grads.b_hh }.check(self.dims);
        if let Some(dx) = &dx {
            assert_eq!(dx.len(), x.len(), "dx is (N, I)");
        }
        F::backward(
            cpu,
            BackwardArgs {
                dims: self.dims,
                reverse: self.reverse,
                layout,
                packed: &self.packed,
                x,
                h0: &self.h0,
                c0: &self.c0,
                y: &self.y,
                tape: &mut self.tape,
                dy,
                dh,
                dc,
                grads,
                dx,
                work: &mut self.work,
            },
        );
    }
}
