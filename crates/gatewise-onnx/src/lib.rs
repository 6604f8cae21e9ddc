//! ONNX (Open Neural Network Exchange): the models of Gatewise as graphs, and graphs of recurrent networks of others run on its kernels.

pub mod export;
pub mod import;
pub mod proto;
