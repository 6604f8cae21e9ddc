//! Recurrent layers on arrays that lie where Python has them.

use std::sync::{Mutex, PoisonError};

use gatewise::layer::StackConfig;
use gatewise::layer::recurrent::{Stack, State};
use gatewise::layer::streaming::StreamingStack;
use gatewise::params::{Params, Spec};
use gatewise::rng::Rng;
use gatewise::{Cell, Cpu, Layout, Real};
use numpy::{Element, PyArray1, PyArrayMethods, PyReadonlyArrayDyn, PyReadwriteArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::threads::cpu;

/// Numbers of a block of rows that inference copies at once, so that a long input needs no copy of itself.
const BLOCK: usize = 1 << 20;

fn wrong(text: impl Into<String>) -> PyErr {
    PyValueError::new_err(text.into())
}

/// A stack of recurrent layers in one precision.
struct Layers<F> {
    config: StackConfig,
    stack: Stack<F>,
    params: Params<F>,
    packed: bool,
    layout: Layout,
    /// Sequences of the last forward, of which a layout without steps knows nothing.
    batch: usize,
    /// Rows that inference copies: a block of them, (N, I).
    rows: Vec<F>,
    taped: bool,
}

/// How the sequences of a call lie.
#[derive(Clone)]
enum Lengths {
    /// All as long: B, T.
    Full(usize, usize),
    /// Sequences at each step, as PyTorch packs them.
    Packed(Vec<usize>),
}

impl Lengths {
    fn batch(&self) -> usize {
        match self {
            Self::Full(batch, _) => *batch,
            Self::Packed(sizes) => sizes.first().copied().unwrap_or(0),
        }
    }

    fn set(&self, layout: &mut Layout) -> PyResult<()> {
        match self {
            Self::Full(batch, time) => layout.set_full(*batch, *time),
            Self::Packed(sizes) => {
                if sizes.windows(2).any(|pair| pair[0] < pair[1]) || sizes.contains(&0) {
                    return Err(wrong("batch_sizes: sequences at each step never grow in number, and every step has one"));
                }
                let batch = sizes.first().copied().unwrap_or(0);
                let lengths: Vec<usize> = (0..batch).map(|b| sizes.partition_point(|&size| size > b)).collect();
                layout.set_ragged(&lengths);
            }
        }
        Ok(())
    }
}

impl<F: Real> Layers<F> {
    fn new(config: StackConfig) -> Self {
        let mut params = Params::new();
        let stack = Stack::new(&mut params, "rnn", config);
        Self { config, stack, params, packed: false, layout: Layout::default(), batch: 0, rows: Vec::new(), taped: false }
    }

    fn blocks(&self) -> usize {
        self.config.layers * self.config.directions()
    }

    fn has_memory(&self) -> bool {
        self.config.dims(0).memory() > 0
    }

    fn pack(&mut self, cpu: &Cpu) {
        if !self.packed {
            self.stack.pack(cpu, &self.params.values);
            self.packed = true;
        }
    }

    /// Checks the sizes of a call, and makes its layout.
    fn prepare(&mut self, lengths: &Lengths, x: &[F], h: &[F], c: &[F]) -> PyResult<()> {
        // A record of another layout would be read as this one's.
        self.taped = false;
        lengths.set(&mut self.layout)?;
        self.batch = lengths.batch();
        let (rows, batch) = (self.layout.rows(), self.batch);
        let StackConfig { input, hidden, .. } = self.config;
        if rows.checked_mul(input) != Some(x.len()) {
            return Err(wrong(format!("x has {} values; {rows} rows of {input} features are {}", x.len(), rows.saturating_mul(input))));
        }
        let state = self.blocks() * batch * hidden;
        if h.len() != state || c.len() != if self.has_memory() { state } else { 0 } {
            return Err(wrong(format!("the state has {} values; ({}, {batch}, {hidden}) are {state}", h.len(), self.blocks())));
        }
        Ok(())
    }

    /// Checks the sizes of whole sequences (B, T, I), of the state's parts and of outputs.
    fn check_batch(&self, [batch, time, input]: [usize; 3], [h, c]: [usize; 2], y: Option<usize>) -> PyResult<()> {
        let state = self.blocks() * batch * self.config.hidden;
        if input != self.config.input {
            return Err(wrong(format!("x has {input} features; the layers read {}", self.config.input)));
        }
        if h != state || c != if self.has_memory() { state } else { 0 } {
            return Err(wrong(format!("the state is ({}, {batch}, {})", self.blocks(), self.config.hidden)));
        }
        if y.is_some_and(|y| y != batch * time * self.config.width()) {
            return Err(wrong("y is (B, T, D·H)"));
        }
        Ok(())
    }

    /// Takes over a tensor; one that is as it was stays packed.
    fn take_over(&mut self, spec: &Spec, name: &str, shape: &[usize], tensor: &[F]) -> PyResult<()> {
        if *shape != spec.shape[..] {
            return Err(wrong(format!("{name} has the shape {shape:?}; it must be {:?}", spec.shape)));
        }
        let own = &mut self.params.values[spec.range.clone()];
        if *own != *tensor {
            own.copy_from_slice(tensor);
            self.packed = false;
        }
        Ok(())
    }

    /// A forward over rows as the layout has them; the state goes on from h and c, which become the last one. Outputs are the stack's.
    fn forward(&mut self, cpu: &Cpu, x: &[F], h: &mut [F], c: &mut [F], keep: bool, seed: Option<u64>) {
        self.pack(cpu);
        let mut state = State { h: h.to_vec(), c: c.to_vec() };
        let mut noise = seed.map(|seed| Rng::new(seed, 0));
        self.taped = false;
        if self.layout.rows() == 0 {
            self.taped = keep;
            return;
        }
        self.stack.forward(cpu, &self.params.values, &self.layout, x, &mut state, keep, noise.as_mut());
        self.taped = keep;
        h.copy_from_slice(&state.h);
        c.copy_from_slice(&state.c);
    }

    /// Back through the last forward. dh and dc go from the last state to the first; gradients of the weights are in `params.grads`.
    fn backward(&mut self, cpu: &Cpu, x: &[F], dy: &[F], dh: &mut [F], dc: &mut [F], dx: Option<&mut [F]>) -> PyResult<()> {
        if !std::mem::take(&mut self.taped) {
            return Err(PyRuntimeError::new_err("backward follows a forward that kept its tape, once"));
        }
        let rows = self.layout.rows();
        if x.len() != rows * self.config.input || dy.len() != rows * self.config.width() {
            return Err(wrong("backward: x and dy are those of the last forward"));
        }
        let state = self.blocks() * self.batch * self.config.hidden;
        if dh.len() != state || dc.len() != if self.has_memory() { state } else { 0 } {
            return Err(wrong("backward: dh and dc have the shape of the state"));
        }
        self.params.zero_grads();
        if rows == 0 {
            return Ok(());
        }
        let mut d_state = State { h: dh.to_vec(), c: dc.to_vec() };
        self.stack.backward(cpu, &self.params.values, &mut self.params.grads, &self.layout, x, dy, &mut d_state, dx);
        dh.copy_from_slice(&d_state.h);
        dc.copy_from_slice(&d_state.c);
        Ok(())
    }

    /// Sequences (B, T, I), the last states to h and c, outputs (B, T, D·H) to `y`, without a tape. Rows are copied block by block alone.
    /// `order` has the sequences, longest first; `lengths` theirs.
    fn infer(&mut self, cpu: &Cpu, batch: Batch<'_, F>, h: &mut [F], c: &mut [F], mut y: Option<&mut [F]>) {
        let StackConfig { input, hidden, bidirectional, .. } = self.config;
        let (width, all, blocks) = (self.config.width(), batch.order.len(), self.blocks());
        let wide = input.max(width).max(1);
        // Sequences side by side, and steps at once: a direction from the end wants whole sequences.
        let longest = batch.lengths.iter().copied().max().unwrap_or(0);
        let steps = if bidirectional { longest.max(1) } else { (BLOCK / wide / all.clamp(1, 64)).max(1) };
        let abreast = (BLOCK / wide / steps.min(longest.max(1))).clamp(1, all.max(1));
        let mut rows = std::mem::take(&mut self.rows);
        let (mut state_h, mut state_c) = (Vec::new(), Vec::new());
        for first in (0..all).step_by(abreast) {
            let order = &batch.order[first..all.min(first + abreast)];
            for from in (0..longest).step_by(steps) {
                let alive = order.iter().take_while(|&&b| batch.lengths[b] > from).count();
                if alive == 0 {
                    break;
                }
                let order = &order[..alive];
                let lengths: Vec<usize> = order.iter().map(|&b| (batch.lengths[b] - from).min(steps)).collect();
                self.layout.set_ragged(&lengths);
                // A single sequence lies as the kernels read it.
                let whole;
                if let [only] = order {
                    whole = &batch.x[(only * batch.time + from) * input..][..lengths[0] * input];
                } else {
                    rows.resize(self.layout.rows() * input, F::ZERO);
                    for (k, (&b, &length)) in order.iter().zip(&lengths).enumerate() {
                        for t in 0..length {
                            let row = &batch.x[(b * batch.time + from + t) * input..][..input];
                            rows[(self.layout.offset(t) + k) * input..][..input].copy_from_slice(row);
                        }
                    }
                    whole = &rows[..];
                }
                for (state, kept) in [(&mut state_h, &*h), (&mut state_c, &*c)] {
                    let part = if kept.is_empty() { 0 } else { hidden };
                    state.clear();
                    for block in 0..blocks {
                        order.iter().for_each(|b| state.extend_from_slice(&kept[(block * all + b) * part..][..part]));
                    }
                }
                self.forward(cpu, whole, &mut state_h, &mut state_c, false, None);
                for (state, kept) in [(&state_h, &mut *h), (&state_c, &mut *c)] {
                    let part = if kept.is_empty() { 0 } else { hidden };
                    for block in 0..blocks {
                        for (k, b) in order.iter().enumerate() {
                            kept[(block * all + b) * part..][..part].copy_from_slice(&state[(block * alive + k) * part..][..part]);
                        }
                    }
                }
                if let Some(y) = y.as_deref_mut() {
                    scatter(self.stack.output(), &self.layout, order, &lengths, (batch.time, from), width, y);
                }
            }
        }
        self.rows = rows;
    }
}

/// Sequences of a call to [`Layers::infer`].
#[derive(Clone, Copy)]
struct Batch<'a, F> {
    /// (B, T, I).
    x: &'a [F],
    time: usize,
    /// Of each sequence.
    lengths: &'a [usize],
    /// Sequences, longest first.
    order: &'a [usize],
}

/// Rows of a layout to their sequences' places from step `from` on: (B, T, width).
fn scatter<F: Real>(
    rows: &[F],
    layout: &Layout,
    order: &[usize],
    lengths: &[usize],
    (time, from): (usize, usize),
    width: usize,
    y: &mut [F],
) {
    for (k, (&b, &length)) in order.iter().zip(lengths).enumerate() {
        for t in 0..length {
            let row = &rows[(layout.offset(t) + k) * width..][..width];
            y[(b * time + from + t) * width..][..width].copy_from_slice(row);
        }
    }
}

/// Layers in the precision that they were made for.
enum Engine {
    F32(Box<Layers<f32>>),
    F64(Box<Layers<f64>>),
}

/// Runs code over the layers of whichever precision.
macro_rules! with_layers {
    ($engine:expr, $layers:ident => $body:expr) => {
        match $engine {
            Engine::F32($layers) => $body,
            Engine::F64($layers) => $body,
        }
    };
}

/// Recurrent layers under PyTorch's names. What Python's classes are made of: it checks sizes, not types of users' arguments.
#[pyclass(frozen, module = "gatewise._gatewise")]
pub struct RecurrentStack {
    engine: Mutex<Engine>,
    /// Outside of the lock: asking must not wait for another thread's call while it holds up Python.
    double: bool,
}

impl RecurrentStack {
    fn engine(&self) -> std::sync::MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cell_of(name: &str) -> PyResult<Cell> {
    match name {
        "lstm" => Ok(Cell::Lstm),
        "gru" => Ok(Cell::Gru),
        "rnn_tanh" => Ok(Cell::RnnTanh),
        "rnn_relu" => Ok(Cell::RnnRelu),
        other => Err(wrong(format!("cell: {other:?} is none of lstm, gru, rnn_tanh, rnn_relu"))),
    }
}

/// Parameters that a stack may have.
const MOST_PARAMETERS: u128 = 1 << 32;

type Read<'py, F> = PyReadonlyArrayDyn<'py, F>;
type Write<'py, F> = PyReadwriteArrayDyn<'py, F>;

fn read<'py, F: Element>(what: &str, array: &Bound<'py, PyAny>) -> PyResult<Read<'py, F>> {
    array.extract().map_err(|_| PyTypeError::new_err(format!("{what}: an array of the layers' own dtype is wanted")))
}

fn write<'py, F: Element>(what: &str, array: &Bound<'py, PyAny>) -> PyResult<Write<'py, F>> {
    let array = array
        .cast::<numpy::PyArrayDyn<F>>()
        .map_err(|_| PyTypeError::new_err(format!("{what}: an array of the layers' own dtype is wanted")))?;
    array.try_readwrite().map_err(|problem| wrong(format!("{what}: {problem}")))
}

fn flat<'a, F: Element>(what: &str, array: &'a Read<'_, F>) -> PyResult<&'a [F]> {
    array.as_slice().map_err(|_| wrong(format!("{what}: the array is not contiguous")))
}

fn flat_mut<'a, F: Element>(what: &str, array: &'a mut Write<'_, F>) -> PyResult<&'a mut [F]> {
    array.as_slice_mut().map_err(|_| wrong(format!("{what}: the array is not contiguous")))
}

/// An array or nothing, as a slice.
fn maybe<'py, F: Element>(what: &str, array: Option<&Bound<'py, PyAny>>) -> PyResult<Option<Write<'py, F>>> {
    array.map(|array| write(what, array)).transpose()
}

#[pymethods]
impl RecurrentStack {
    #[new]
    #[pyo3(signature = (cell, input_size, hidden_size, num_layers, bidirectional, dropout, double))]
    fn new(
        cell: &str,
        input_size: usize,
        hidden_size: usize,
        num_layers: usize,
        bidirectional: bool,
        dropout: f64,
        double: bool,
    ) -> PyResult<Self> {
        let config = StackConfig {
            cell: cell_of(cell)?,
            input: input_size,
            hidden: hidden_size,
            layers: num_layers,
            bidirectional,
            dropout,
            variational: false,
            weight_drop: 0.0,
            zoneout: 0.0,
            layer_norm: false,
        };
        if hidden_size == 0 || num_layers == 0 {
            return Err(wrong("hidden_size and num_layers are at least 1"));
        }
        if !(0.0..=1.0).contains(&dropout) {
            return Err(wrong(format!("dropout is {dropout}; it must be from 0 to 1")));
        }
        let sizes = |input: usize| 4 * (hidden_size as u128) * (input as u128 + hidden_size as u128 + 2);
        let parameters = (sizes(input_size) + sizes(2 * hidden_size) * (num_layers as u128 - 1)) * 2;
        if parameters > MOST_PARAMETERS {
            return Err(wrong(format!(
                "layers of these sizes have up to {parameters} parameters, more than the {MOST_PARAMETERS} supported"
            )));
        }
        let engine = if double { Engine::F64(Box::new(Layers::new(config))) } else { Engine::F32(Box::new(Layers::new(config))) };
        Ok(Self { engine: Mutex::new(engine), double })
    }

    /// Names and shapes of the tensors, in their order.
    fn specs(&self) -> Vec<(String, Vec<usize>)> {
        with_layers!(&*self.engine(), layers => {
            let name = |name: &str| name.trim_start_matches("rnn.").to_owned();
            layers.params.specs().iter().map(|spec| (name(&spec.name), spec.shape.clone())).collect()
        })
    }

    /// Takes over tensors, in the order of `specs`; None leaves one as it is.
    fn set(&self, tensors: Vec<Option<Bound<'_, PyAny>>>) -> PyResult<()> {
        fn set<F: Real + Element>(layers: &mut Layers<F>, tensors: &[Option<Bound<'_, PyAny>>]) -> PyResult<()> {
            let specs = layers.params.specs().to_vec();
            if tensors.len() != specs.len() {
                return Err(wrong(format!("{} tensors were given; there are {}", tensors.len(), specs.len())));
            }
            for (spec, tensor) in specs.iter().zip(tensors) {
                let Some(tensor) = tensor else { continue };
                let name = spec.name.trim_start_matches("rnn.");
                let tensor = read::<F>(name, tensor)?;
                layers.take_over(spec, name, tensor.shape(), flat(name, &tensor)?)?;
            }
            Ok(())
        }
        with_layers!(&mut *self.engine(), layers => set(layers, &tensors))
    }

    /// Every value, tensor after tensor: a copy.
    fn values<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        with_layers!(&*self.engine(), layers => PyArray1::from_slice(py, &layers.params.values).into_any())
    }

    /// Rows (N, I) of sequences in time order, those of a step side by side: forward. h and c, (L·D, B, H), are the first state and become
    /// the last one; outputs go to y, (N, D·H). `sizes`: sequences at each step, or [B, T].
    #[pyo3(signature = (x, sizes, full, h, c, y, keep, seed))]
    #[allow(clippy::too_many_arguments, reason = "one array for each block")]
    fn forward(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        sizes: Vec<usize>,
        full: bool,
        h: &Bound<'_, PyAny>,
        c: Option<&Bound<'_, PyAny>>,
        y: &Bound<'_, PyAny>,
        keep: bool,
        seed: Option<u64>,
    ) -> PyResult<()> {
        #[allow(clippy::too_many_arguments, reason = "as above")]
        fn run<F: Real + Element>(
            py: Python<'_>,
            stack: &RecurrentStack,
            of: fn(&mut Engine) -> Option<&mut Layers<F>>,
            x: &Bound<'_, PyAny>,
            lengths: &Lengths,
            h: &Bound<'_, PyAny>,
            c: Option<&Bound<'_, PyAny>>,
            y: &Bound<'_, PyAny>,
            (keep, seed): (bool, Option<u64>),
        ) -> PyResult<()> {
            let (x, mut h, mut c, mut y) = (read::<F>("x", x)?, write::<F>("h", h)?, maybe::<F>("c", c)?, write::<F>("y", y)?);
            let (x, h, y) = (flat("x", &x)?, flat_mut("h", &mut h)?, flat_mut("y", &mut y)?);
            let c = c.as_mut().map_or(Ok(&mut [][..]), |c| flat_mut("c", c))?;
            let cpu = cpu()?;
            py.detach(|| {
                let mut engine = stack.engine();
                let Some(layers) = of(&mut engine) else { return Err(PyTypeError::new_err("the layers have another dtype")) };
                layers.prepare(lengths, x, h, c)?;
                if y.len() != layers.layout.rows() * layers.config.width() {
                    return Err(wrong("y is (N, D·H)"));
                }
                layers.forward(&cpu, x, h, c, keep, seed);
                if !y.is_empty() {
                    y.copy_from_slice(layers.stack.output());
                }
                Ok(())
            })
        }
        let lengths = match (full, &sizes[..]) {
            (true, [batch, time]) => Lengths::Full(*batch, *time),
            (true, _) => return Err(wrong("sizes: [B, T] of full sequences")),
            (false, _) => Lengths::Packed(sizes),
        };
        if self.double {
            run::<f64>(py, self, double_of, x, &lengths, h, c, y, (keep, seed))
        } else {
            run::<f32>(py, self, single_of, x, &lengths, h, c, y, (keep, seed))
        }
    }

    /// Back through the last forward that kept its tape: dh and dc go from the last state to the first one, dx is written, the gradients of
    /// all tensors, one after the other, are written to `grads`.
    #[pyo3(signature = (x, dy, dh, dc, dx, grads))]
    #[allow(clippy::too_many_arguments, reason = "one array for each block")]
    fn backward(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        dy: &Bound<'_, PyAny>,
        dh: &Bound<'_, PyAny>,
        dc: Option<&Bound<'_, PyAny>>,
        dx: Option<&Bound<'_, PyAny>>,
        grads: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        #[allow(clippy::too_many_arguments, reason = "as above")]
        fn run<F: Real + Element>(
            py: Python<'_>,
            stack: &RecurrentStack,
            of: fn(&mut Engine) -> Option<&mut Layers<F>>,
            x: &Bound<'_, PyAny>,
            dy: &Bound<'_, PyAny>,
            dh: &Bound<'_, PyAny>,
            dc: Option<&Bound<'_, PyAny>>,
            dx: Option<&Bound<'_, PyAny>>,
            grads: &Bound<'_, PyAny>,
        ) -> PyResult<()> {
            let (x, dy) = (read::<F>("x", x)?, read::<F>("dy", dy)?);
            let (mut dh, mut dc, mut dx) = (write::<F>("dh", dh)?, maybe::<F>("dc", dc)?, maybe::<F>("dx", dx)?);
            let mut grads = write::<F>("grads", grads)?;
            let (x, dy, dh) = (flat("x", &x)?, flat("dy", &dy)?, flat_mut("dh", &mut dh)?);
            let dc = dc.as_mut().map_or(Ok(&mut [][..]), |dc| flat_mut("dc", dc))?;
            let dx = dx.as_mut().map(|dx| flat_mut("dx", dx)).transpose()?;
            let grads = flat_mut("grads", &mut grads)?;
            if dx.as_ref().is_some_and(|dx| dx.len() != x.len()) {
                return Err(wrong("dx has the shape of x"));
            }
            let cpu = cpu()?;
            py.detach(|| {
                let mut engine = stack.engine();
                let Some(layers) = of(&mut engine) else { return Err(PyTypeError::new_err("the layers have another dtype")) };
                if grads.len() != layers.params.grads.len() {
                    return Err(wrong("grads have a value for each parameter"));
                }
                layers.backward(&cpu, x, dy, dh, dc, dx)?;
                grads.copy_from_slice(&layers.params.grads);
                Ok(())
            })
        }
        if self.double {
            run::<f64>(py, self, double_of, x, dy, dh, dc, dx, grads)
        } else {
            run::<f32>(py, self, single_of, x, dy, dh, dc, dx, grads)
        }
    }

    /// Sequences (B, T, I) without a tape, in blocks, so that no copy of x is made. h and c, (L·D, B, H), become the last states; outputs go to
    /// y, (B, T, D·H), where there is one.
    #[pyo3(signature = (x, lengths, h, c, y))]
    fn infer(
        &self,
        py: Python<'_>,
        x: &Bound<'_, PyAny>,
        lengths: Option<Vec<usize>>,
        h: &Bound<'_, PyAny>,
        c: Option<&Bound<'_, PyAny>>,
        y: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        #[allow(clippy::too_many_arguments, reason = "one array for each block")]
        fn run<F: Real + Element>(
            py: Python<'_>,
            stack: &RecurrentStack,
            of: fn(&mut Engine) -> Option<&mut Layers<F>>,
            x: &Bound<'_, PyAny>,
            lengths: Option<Vec<usize>>,
            h: &Bound<'_, PyAny>,
            c: Option<&Bound<'_, PyAny>>,
            y: Option<&Bound<'_, PyAny>>,
        ) -> PyResult<()> {
            let (x, mut h, mut c, mut y) = (read::<F>("x", x)?, write::<F>("h", h)?, maybe::<F>("c", c)?, maybe::<F>("y", y)?);
            let &[batch, time, input] = x.shape() else { return Err(wrong("x is (B, T, I)")) };
            let fits = |lengths: &Vec<usize>| lengths.len() == batch && lengths.iter().all(|length| (1..=time).contains(length));
            if lengths.as_ref().is_some_and(|lengths| !fits(lengths)) {
                return Err(wrong(format!("lengths: {batch} of them, from 1 to {time}")));
            }
            let lengths = lengths.unwrap_or_else(|| vec![time; batch]);
            let (x, h) = (flat("x", &x)?, flat_mut("h", &mut h)?);
            let c = c.as_mut().map_or(Ok(&mut [][..]), |c| flat_mut("c", c))?;
            let y = y.as_mut().map(|y| flat_mut("y", y)).transpose()?;
            let mut order: Vec<usize> = (0..batch).collect();
            order.sort_by_key(|&b| std::cmp::Reverse(lengths[b]));
            let cpu = cpu()?;
            py.detach(|| {
                let mut engine = stack.engine();
                let Some(layers) = of(&mut engine) else { return Err(PyTypeError::new_err("the layers have another dtype")) };
                layers.check_batch([batch, time, input], [h.len(), c.len()], y.as_ref().map(|y| y.len()))?;
                layers.taped = false;
                layers.infer(&cpu, Batch { x, time, lengths: &lengths, order: &order }, h, c, y);
                Ok(())
            })
        }
        if self.double {
            run::<f64>(py, self, double_of, x, lengths, h, c, y)
        } else {
            run::<f32>(py, self, single_of, x, lengths, h, c, y)
        }
    }

    /// The layers for one sequence that comes row by row, from the zero state on; None where a direction reads from the end.
    fn stream(&self) -> PyResult<Option<Stream>> {
        let cpu = cpu()?;
        Ok(match &mut *self.engine() {
            Engine::F32(layers) => {
                layers.pack(&cpu);
                let input = layers.config.input;
                layers.stack.streaming(cpu.isa(), &layers.params.values).map(|stack| Stream { stack, input, row: vec![0.0; input] })
            }
            Engine::F64(_) => None,
        })
    }
}

fn single_of(engine: &mut Engine) -> Option<&mut Layers<f32>> {
    if let Engine::F32(layers) = engine { Some(layers) } else { None }
}

fn double_of(engine: &mut Engine) -> Option<&mut Layers<f64>> {
    if let Engine::F64(layers) = engine { Some(layers) } else { None }
}

/// One sequence, a row at a time: `layer.stream()` makes it. It keeps the weights of that moment.
#[pyclass(module = "gatewise")]
pub struct Stream {
    stack: StreamingStack,
    input: usize,
    row: Vec<f32>,
}

#[pymethods]
impl Stream {
    /// One step.
    ///
    /// x: a number where there is one feature, else an array of shape (input_size,).
    ///
    /// Returns the output of the last layer, float32 of shape (hidden_size,).
    fn step<'py>(&mut self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let y = if let Ok(array) = x.cast::<PyArray1<f32>>() {
            let array = array.try_readonly().map_err(|problem| wrong(format!("x: {problem}")))?;
            let row = array.as_slice().map_err(|_| wrong("x: the array is not contiguous"))?;
            if row.len() != self.input {
                return Err(wrong(format!("x has {} features; the layers read {}", row.len(), self.input)));
            }
            self.stack.step(row)
        } else {
            match (self.input, x.extract::<f32>()) {
                (1, Ok(value)) => self.row[0] = value,
                _ => {
                    let row: Vec<f32> = x.extract().map_err(|_| PyTypeError::new_err("x: a number or a row of numbers is wanted"))?;
                    if row.len() != self.input {
                        return Err(wrong(format!("x has {} features; the layers read {}", row.len(), self.input)));
                    }
                    self.row.copy_from_slice(&row);
                }
            }
            self.stack.step(&self.row)
        };
        Ok(PyArray1::from_slice(py, y))
    }

    /// A block of steps.
    ///
    /// x: float32, (T, input_size), contiguous. y: float32, (T, hidden_size), written; the same bits as T calls of `step`.
    fn step_many(&mut self, x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<()> {
        let (x, mut y) = (read::<f32>("x", x)?, write::<f32>("y", y)?);
        let width = self.stack.layers().last().map_or(0, |layer| layer.dims().hidden);
        match (x.shape(), y.shape()) {
            (&[steps, input], &[rows, out]) if steps == rows && input == self.input && out == width => {}
            (x, y) => return Err(wrong(format!("x is {x:?} and y {y:?}; they are (T, {}) and (T, {width})", self.input))),
        }
        self.stack.step_many(flat("x", &x)?, flat_mut("y", &mut y)?);
        Ok(())
    }

    /// Back to the zero state.
    fn reset(&mut self) {
        self.stack.reset();
    }

    /// The state: h and c, float32 of shape (num_layers, hidden_size); c is None but for an LSTM.
    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
        let (mut h, mut c) = (Vec::new(), Vec::new());
        for layer in self.stack.layers() {
            let (layer_h, layer_c) = layer.state();
            h.extend_from_slice(layer_h);
            c.extend_from_slice(layer_c);
        }
        let layers = self.stack.layers().count();
        let shape = [layers, h.len() / layers.max(1)];
        let c = if c.is_empty() { None } else { Some(PyArray1::from_vec(py, c).reshape(shape)?.into_any()) };
        Ok((PyArray1::from_vec(py, h).reshape(shape)?.into_any(), c))
    }

    /// Goes on from a state of that shape.
    fn set_state(&mut self, h: &Bound<'_, PyAny>, c: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let h = read::<f32>("h", h)?;
        let c = c.map(|c| read::<f32>("c", c)).transpose()?;
        let (h, c) = (flat("h", &h)?, c.as_ref().map_or(Ok(&[][..]), |c| flat("c", c))?);
        let (all_h, all_c) = self.stack.layers().fold((0, 0), |(h, c), layer| (h + layer.state().0.len(), c + layer.state().1.len()));
        if (h.len(), c.len()) != (all_h, all_c) {
            return Err(wrong(format!("the state has {all_h} values of h and {all_c} of c")));
        }
        let (mut h, mut c) = (h, c);
        for layer in self.stack.layers_mut() {
            let (len_h, len_c) = (layer.state().0.len(), layer.state().1.len());
            let ((own_h, rest_h), (own_c, rest_c)) = (h.split_at(len_h), c.split_at(len_c));
            layer.set_state(own_h, own_c);
            (h, c) = (rest_h, rest_c);
        }
        Ok(())
    }
}
