//! One sequence that comes row by row.

use gatewise::layer::streaming::StreamingStack;
use numpy::{PyArray1, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arrays::{flat, flat_mut, read, write, wrong};

/// One sequence, a row at a time: `layer.stream()` makes it. It keeps the weights of that moment.
#[pyclass(module = "gatewise")]
pub struct Stream {
    stack: StreamingStack,
    input: usize,
    row: Vec<f32>,
}

impl Stream {
    /// Of layers that read so many features.
    pub fn new(stack: StreamingStack, input: usize) -> Self {
        Self { stack, input, row: vec![0.0; input] }
    }
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
