//! The class that Python's layers are made of.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewise::layer::StackConfig;
use gatewise::{Cell, Cpu, Real};
use numpy::{Element, PyArray1, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arrays::{flat, flat_mut, maybe, read, write, wrong};
use crate::layers::{Batch, Layers, Lengths};
use crate::stream::Stream;
use crate::threads::cpu;

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

/// A precision that layers may have.
trait Single: Real + Element {
    /// The layers, where they are of this precision.
    fn layers(engine: &mut Engine) -> Option<&mut Layers<Self>>;
}

impl Single for f32 {
    fn layers(engine: &mut Engine) -> Option<&mut Layers<Self>> {
        if let Engine::F32(layers) = engine { Some(layers) } else { None }
    }
}

impl Single for f64 {
    fn layers(engine: &mut Engine) -> Option<&mut Layers<Self>> {
        if let Engine::F64(layers) = engine { Some(layers) } else { None }
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
    fn compute<F: Single>(&self, py: Python<'_>, work: impl FnOnce(&Cpu, &mut Layers<F>) -> PyResult<()> + Send) -> PyResult<()> {
        let cpu = cpu()?;
        py.detach(|| {
            let mut engine = self.engine();
            let layers = F::layers(&mut engine).ok_or_else(|| PyTypeError::new_err("the layers have another dtype"))?;
            work(&cpu, layers)
        })
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
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
        let lengths = match (full, &sizes[..]) {
            (true, [batch, time]) => Lengths::Full(*batch, *time),
            (true, _) => return Err(wrong("sizes: [B, T] of full sequences")),
            (false, _) => Lengths::Packed(sizes),
        };
        in_precision!(self.double, F => {
            let (x, mut h, mut c, mut y) = (read::<F>("x", x)?, write::<F>("h", h)?, maybe::<F>("c", c)?, write::<F>("y", y)?);
            let (x, h, y) = (flat("x", &x)?, flat_mut("h", &mut h)?, flat_mut("y", &mut y)?);
            let c = c.as_mut().map_or(Ok(&mut [][..]), |c| flat_mut("c", c))?;
            self.compute::<F>(py, |cpu, layers| {
                layers.prepare(&lengths, x, h, c)?;
                if y.len() != layers.layout.rows() * layers.config.width() {
                    return Err(wrong("y is (N, D·H)"));
                }
                layers.forward(cpu, x, h, c, keep, seed);
                if !y.is_empty() {
                    y.copy_from_slice(layers.stack.output());
                }
                Ok(())
            })
        })
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
            self.compute::<F>(py, |cpu, layers| {
                if grads.len() != layers.params.grads.len() {
                    return Err(wrong("grads have a value for each parameter"));
                }
                layers.backward(cpu, x, dy, dh, dc, dx)?;
                grads.copy_from_slice(&layers.params.grads);
                Ok(())
            })
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
            self.compute::<F>(py, |cpu, layers| {
                layers.check_batch([batch, time, input], [h.len(), c.len()], y.as_ref().map(|y| y.len()))?;
                layers.infer(cpu, Batch { x, time, lengths: &lengths, order: &order }, h, c, y);
                Ok(())
            })
        })
    }

    /// The layers for one sequence that comes row by row, from the zero state on; None where a direction reads from the end.
    fn stream(&self) -> PyResult<Option<Stream>> {
        let cpu = cpu()?;
        Ok(match &mut *self.engine() {
            Engine::F32(layers) => {
                layers.pack(&cpu);
                let input = layers.config.input;
                layers.stack.streaming(cpu.isa(), &layers.params.values).map(|stack| Stream::new(stack, input))
            }
            Engine::F64(_) => None,
        })
    }
}
