//! The class that Python's layers are made of.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewise::layer::StackConfig;
use gatewise::{Cell, Cpu, Real};
use numpy::{Element, PyArray1, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;

use crate::arrays::{flat, flat_mut, maybe, read, write, wrong};
use crate::layers::{Batch, Gradients, Kept, Layers, Lengths};
use crate::stream::Stream;
use crate::tape::{AnyKept, Spares, Tape};
use crate::threads::cpu;

/// Layers in the precision that they were made for.
enum Engine {
    F32(Box<Layers<f32>>),
    F64(Box<Layers<f64>>),
}

/// Recurrent layers under PyTorch's names. What Python's classes are made of: it checks sizes, not types of users' arguments.
#[pyclass(frozen, module = "gatewise._gatewise")]
pub struct RecurrentStack {
    engine: Mutex<Engine>,
    spares: Spares,
    /// Outside of the lock: asking must not wait for another thread's call while it holds up Python.
    double: bool,
    specs: Vec<(String, Vec<usize>)>,
}

/// A precision that layers may have.
trait Single: Real + Element {
    /// The layers, where they are of this precision.
    fn layers(engine: &mut Engine) -> Option<&mut Layers<Self>>;
    /// Layers of this precision.
    fn engine(layers: Layers<Self>) -> Engine;
    /// A record, where it is of this precision.
    fn kept(any: AnyKept) -> Option<Kept<Self>>;
    /// A record of this precision.
    fn any(kept: Kept<Self>) -> AnyKept;
}

impl Single for f32 {
    fn layers(engine: &mut Engine) -> Option<&mut Layers<Self>> {
        if let Engine::F32(layers) = engine { Some(layers) } else { None }
    }

    fn kept(any: AnyKept) -> Option<Kept<Self>> {
        if let AnyKept::F32(kept) = any { Some(kept) } else { None }
    }

    fn any(kept: Kept<Self>) -> AnyKept {
        AnyKept::F32(kept)
    }

    fn engine(layers: Layers<Self>) -> Engine {
        Engine::F32(Box::new(layers))
    }
}

impl Single for f64 {
    fn layers(engine: &mut Engine) -> Option<&mut Layers<Self>> {
        if let Engine::F64(layers) = engine { Some(layers) } else { None }
    }

    fn kept(any: AnyKept) -> Option<Kept<Self>> {
        if let AnyKept::F64(kept) = any { Some(kept) } else { None }
    }

    fn any(kept: Kept<Self>) -> AnyKept {
        AnyKept::F64(kept)
    }

    fn engine(layers: Layers<Self>) -> Engine {
        Engine::F64(Box::new(layers))
    }
}

/// Runs code with the layers' precision under a name.
macro_rules! in_precision {
    ($double:expr, $float:ident => $body:expr) => {
        if $double {
            type $float = f64;
            $body
        } else {
            type $float = f32;
            $body
        }
    };
}

impl RecurrentStack {
    /// Computes while other threads of Python run.
    fn compute<F: Single, T: Send>(&self, py: Python<'_>, work: impl FnOnce(&Cpu, &mut Layers<F>) -> PyResult<T> + Send) -> PyResult<T> {
        let cpu = cpu()?;
        self.with_layers(py, |layers| work(&cpu, layers))
    }

    /// Waits for the layers, and works on them, while other threads of Python run.
    fn with_layers<F: Single, T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut Layers<F>) -> PyResult<T> + Send) -> PyResult<T> {
        py.detach(|| {
            let mut engine = self.engine();
            work(F::layers(&mut engine).ok_or_else(another_dtype)?)
        })
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn another_dtype() -> PyErr {
    PyTypeError::new_err("the layers have another dtype")
}

fn cell_of(name: &str) -> PyResult<Cell> {
    match name {
        "lstm" => Ok(Cell::Lstm),
        "gru" => Ok(Cell::Gru),
        "gru_reset_before" => Ok(Cell::GruResetBefore),
        "rnn_tanh" => Ok(Cell::RnnTanh),
        "rnn_relu" => Ok(Cell::RnnRelu),
        other => Err(wrong(format!("cell: {other:?} is none of lstm, gru, gru_reset_before, rnn_tanh, rnn_relu"))),
    }
}

/// Parameters that a stack may have.
const MOST_PARAMETERS: u128 = 1 << 32;

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
        let name = |name: &str| name.trim_start_matches("rnn.").to_owned();
        let (engine, specs) = in_precision!(double, F => {
            let layers = Layers::<F>::new(config);
            let specs = layers.params.specs().iter().map(|spec| (name(&spec.name), spec.shape.clone())).collect();
            (F::engine(layers), specs)
        });
        Ok(Self { engine: Mutex::new(engine), spares: Spares::default(), double, specs })
    }

    /// Names and shapes of the tensors, in their order.
    fn specs(&self) -> Vec<(String, Vec<usize>)> {
        self.specs.clone()
    }

    /// Takes over tensors, in the order of `specs`; None leaves one as it is.
    fn set(&self, py: Python<'_>, tensors: Vec<Option<Bound<'_, PyAny>>>) -> PyResult<()> {
        if tensors.len() != self.specs.len() {
            return Err(wrong(format!("{} tensors were given; there are {}", tensors.len(), self.specs.len())));
        }
        in_precision!(self.double, F => {
            let mut arrays = Vec::new();
            for ((name, shape), tensor) in self.specs.iter().zip(&tensors) {
                let array = tensor.as_ref().map(|tensor| read::<F>(name, tensor)).transpose()?;
                if let Some(array) = &array
                    && array.shape() != &shape[..]
                {
                    return Err(wrong(format!("{name} has the shape {:?}; it must be {shape:?}", array.shape())));
                }
                arrays.push(array);
            }
            let slices = self.specs.iter().zip(&arrays).map(|((name, _), array)| array.as_ref().map(|array| flat(name, array)).transpose());
            let slices = slices.collect::<PyResult<Vec<Option<&[F]>>>>()?;
            self.with_layers::<F, ()>(py, |layers| {
                layers.take_over(&slices);
                Ok(())
            })
        })
    }

    /// Every value, tensor after tensor: a copy.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        in_precision!(self.double, F => {
            let values = self.with_layers::<F, _>(py, |layers| Ok(layers.params.values.clone()))?;
            Ok(PyArray1::from_vec(py, values).into_any())
        })
    }

    /// Whether the weights are those of the forward that a tape was kept of, and it was not used up.
    fn holds(&self, py: Python<'_>, tape: &Tape) -> PyResult<bool> {
        let Some(weights) = tape.weights() else { return Ok(false) };
        in_precision!(self.double, F => self.with_layers::<F, _>(py, |layers| Ok(layers.weights() == weights)))
    }

    /// Rows (N, I) of sequences in time order, those of a step side by side: forward. h and c, (L·D, B, H), are the first state and become
    /// the last one; outputs go to y, (N, D·H). `sizes`: sequences at each step, or [B, T]. Gives what backward needs where it is to be kept.
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
    ) -> PyResult<Option<Tape>> {
        let lengths = match (full, &sizes[..]) {
            (true, [batch, time]) => Lengths::Full(*batch, *time),
            (true, _) => return Err(wrong("sizes: [B, T] of full sequences")),
            (false, _) => Lengths::Packed(sizes),
        };
        in_precision!(self.double, F => {
            let (x, mut h, mut c, mut y) = (read::<F>("x", x)?, write::<F>("h", h)?, maybe::<F>("c", c)?, write::<F>("y", y)?);
            let (x, h, y) = (flat("x", &x)?, flat_mut("h", &mut h)?, flat_mut("y", &mut y)?);
            let c = c.as_mut().map_or(Ok(&mut [][..]), |c| flat_mut("c", c))?;
            let spare = if keep { self.spares.take().and_then(F::kept) } else { None };
            let kept = self.compute::<F, _>(py, |cpu, layers| {
                layers.prepare(&lengths, x, h, c)?;
                if y.len() != layers.layout.rows() * layers.config.width() {
                    return Err(wrong("y is (N, D·H)"));
                }
                let mut kept = keep.then(|| spare.unwrap_or_else(|| layers.record()));
                layers.forward(cpu, x, [h, c], Some(y), kept.as_mut(), seed);
                Ok(kept)
            })?;
            Ok(kept.map(|kept| Tape::new(F::any(kept), self.spares.clone())))
        })
    }

    /// Back through the forward that a tape was kept of, once and with the weights at hand: dh and dc go from the last state to the first one, dx is
    /// written, the gradients of all tensors, one after the other, are written to `grads`.
    #[pyo3(signature = (tape, x, dy, dh, dc, dx, grads))]
    #[allow(clippy::too_many_arguments, reason = "one array for each block")]
    fn backward(
        &self,
        py: Python<'_>,
        tape: &Tape,
        x: &Bound<'_, PyAny>,
        dy: &Bound<'_, PyAny>,
        dh: &Bound<'_, PyAny>,
        dc: Option<&Bound<'_, PyAny>>,
        dx: Option<&Bound<'_, PyAny>>,
        grads: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        in_precision!(self.double, F => {
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
            let used = || PyRuntimeError::new_err("backward follows a forward that kept its tape, once");
            let mut kept = F::kept(tape.take().ok_or_else(used)?).ok_or_else(another_dtype)?;
            let done = self.compute::<F, ()>(py, |cpu, layers| layers.backward(cpu, &mut kept, Gradients { x, dy, dh, dc, dx }, grads));
            tape.give_back(F::any(kept));
            done
        })
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
        in_precision!(self.double, F => {
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
            self.compute::<F, ()>(py, |cpu, layers| {
                layers.check_batch([batch, time, input], [h.len(), c.len()], y.as_ref().map(|y| y.len()))?;
                layers.infer(cpu, Batch { x, time, lengths: &lengths, order: &order }, h, c, y);
                Ok(())
            })
        })
    }

    /// The layers for one sequence that comes row by row, from the zero state on; None where a direction reads from the end.
    fn stream(&self, py: Python<'_>) -> PyResult<Option<Stream>> {
        if self.double {
            return Ok(None);
        }
        self.compute::<f32, _>(py, |cpu, layers| {
            layers.pack(cpu);
            let input = layers.config.input;
            Ok(layers.stack.streaming(cpu.isa(), &layers.params.values).map(|stack| Stream::new(stack, input)))
        })
    }
}
