//! The Python module `gatewise._gatewise`: what the package's own files are made of.

#![deny(unsafe_code)]

mod arrays;
mod attend;
mod classify;
mod detect;
mod errors;
mod export;
mod forecast;
mod language;
mod layers;
mod model;
mod onnx;
mod openmp;
mod settings;
mod stack;
mod stream;
mod tape;
mod tensors;
mod threads;
mod told;
mod watch;

use pyo3::prelude::*;

#[pymodule]
fn _gatewise(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add_class::<stack::RecurrentStack>()?;
    m.add_class::<stream::Stream>()?;
    m.add_class::<onnx::OnnxSession>()?;
    m.add_class::<tape::Tape>()?;
    m.add_function(wrap_pyfunction!(threads::get_num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(threads::set_num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(threads::after_fork, m)?)?;
    m.add_function(wrap_pyfunction!(threads::share_openmp, m)?)?;
    tensors::register(m)?;
    settings::register(m)?;
    forecast::register(m)?;
    detect::register(m)?;
    classify::register(m)?;
    export::register(m)?;
    language::register(m)?;
    Ok(())
}
