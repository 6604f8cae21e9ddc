//! Making a network: its tensors, their starting values, and copies in another number type.

use gatewise_kernels::Real;
use gatewise_memory::Budget;

use super::touched::Touched;
use super::{INIT_STREAM, InputInit, Model, ModelConfig, RecurrentInit, Work};
use crate::batch::Batch;
use crate::error::ModelError;
use crate::init;
use crate::layer::branch::Branch;
use crate::layer::dense::Dense;
use crate::layer::dropout::Dropout;
use crate::layer::embedding::Embedding;
use crate::layer::encoder::Encoder;
use crate::layer::readout::Pooling;
use crate::layer::recurrent::Stack;
use crate::layer::sampled::SampledHead;
use crate::layer::skip::LinearSkip;
use crate::params::{Params, View};
use crate::rng::Rng;

impl<F: Real> Model<F> {
    /// A network with starting weights drawn from `seed`; the linear path starts at zero, see [`Model::set`].
    ///
    /// Tensors are `encoder.conv0.weight` …, `encoder.dense.weight`, `embedding.weight`, `recurrent.weight_ih_l0` …, `attention.weight`,
    /// `head.weight`, `head.bias`, `skip.weight`, `skip.bias`, `branch.conv0.weight`
    /// …; those of parts that the network has not are absent.
    ///
    /// # Errors
    /// As [`ModelConfig::check`], and [`ModelError::Memory`] where the limit on memory does not allow its training.
    pub fn new(config: &ModelConfig, seed: u64) -> Result<Self, ModelError> {
        config.check()?;
        config.hold::<F>(Budget::current())?;
        let mut model = Self::empty(config)?;
        let rng = &mut Rng::new(seed, INIT_STREAM);
        let values = &mut model.params.values;
        if let Some(encoder) = &model.encoder {
            encoder.start(rng, values);
        }
        if let Some(embedding) = &model.embedding {
            // A table that is the head's weights too starts so that outputs are small.
            let spread = if config.tied { 1.0 / (config.width() as f64).sqrt() } else { 1.0 };
            init::normal(rng, embedding.weight().of_mut(values), spread);
        }
        for (dims, views) in model.stack.cells() {
            let [w_ih, w_hh, b_ih, b_hh] = View::split_mut(views, values);
            match config.init.input {
                InputInit::Xavier => init::input_xavier(rng, w_ih, dims),
                InputInit::Uniform => init::recurrent_uniform(rng, w_ih, dims.hidden),
            }
            match config.init.recurrent {
                RecurrentInit::Orthogonal => init::recurrent_orthogonal(rng, w_hh, dims),
                RecurrentInit::Uniform => init::recurrent_uniform(rng, w_hh, dims.hidden),
            }
            init::recurrent_uniform(rng, b_ih, dims.hidden);
            init::recurrent_uniform(rng, b_hh, dims.hidden);
            if let Some(steps) = config.init.chrono {
                init::chrono(rng, dims.cell, dims.hidden, b_ih, b_hh, steps);
            } else if config.init.forget_bias != 0.0 {
                init::forget_bias(dims.cell, dims.hidden, b_ih, b_hh, config.init.forget_bias);
            }
        }
        if !config.tied {
            let [weight, bias] = View::split_mut(model.head.views(), values);
            init::dense(rng, weight, bias, config.read_width());
        }
        if let Some(branch) = &model.branch {
            branch.start(rng, values);
        }
        Ok(model)
    }

    /// A network whose weights are zero, to be filled from a file.
    pub(crate) fn empty(config: &ModelConfig) -> Result<Self, ModelError> {
        config.check()?;
        let mut params = Params::new();
        let encoder = config.encoder.as_ref().map(|e| Encoder::new(&mut params, "encoder", e));
        let embedding =
            config.embedding.map(|e| Embedding::new(&mut params, "embedding", e.symbols, e.width).with_dropout(config.embedding_dropout));
        let stack = Stack::new(&mut params, "recurrent", config.stack());
        let pool = Pooling::new(&mut params, config.readout, config.directions(), config.width());
        let head = match &embedding {
            Some(embedding) if config.tied => Dense::tied(&mut params, "head", embedding.weight(), config.read_width(), config.outputs),
            _ => Dense::new(&mut params, "head", config.read_width(), config.outputs),
        };
        let skip = config.skip.map(|skip| LinearSkip::new(&mut params, skip));
        let branch = config.branch.as_ref().map(|b| Branch::new(&mut params, "branch", b, config.input));
        Ok(Self {
            config: config.clone(),
            params,
            encoder,
            embedding,
            input_dropout: Dropout::new(config.input_dropout),
            stack,
            pool,
            dropout: Dropout::new(config.output_dropout()),
            sampled: config.sampled.map(|sampled| SampledHead::new(sampled, head.views(), config.read_width(), config.outputs)),
            head,
            skip,
            branch,
            packed: None,
            head_packed: None,
            noise: Rng::new(0, 0),
            touched: Touched::default(),
            penalty: 0.0,
            dropped: false,
            input_dropped: false,
            work: Work::default(),
        })
    }

    /// The network with its weights in another number type.
    pub fn cast<G: Real>(&self) -> Model<G> {
        let mut model = Model::<G>::empty(&self.config).expect("a configuration that was built once can be built again");
        for (to, from) in model.params.values.iter_mut().zip(&self.params.values) {
            *to = G::from_f64(from.to_f64());
        }
        model
    }

    /// Sets a tensor, as the starting weights of the linear path.
    ///
    /// # Errors
    /// A name that is no tensor's, or another number of values.
    pub fn set(&mut self, name: &str, values: &[F]) -> Result<(), ModelError> {
        let spec = self.params.specs().iter().find(|s| s.name == name).ok_or_else(|| ModelError::NoTensor { name: name.to_owned() })?;
        let range = spec.range.clone();
        if range.len() != values.len() {
            return Err(ModelError::TensorLength { name: name.to_owned(), found: values.len(), expected: range.len() });
        }
        self.params_mut().values[range].copy_from_slice(values);
        Ok(())
    }

    /// The values of a tensor.
    pub fn get(&self, name: &str) -> Option<&[F]> {
        self.params.specs().iter().find(|s| s.name == name).map(|s| &self.params.values[s.range.clone()])
    }

    /// Bytes of the weights with their gradients and packed copies, and of everything that a training step over `batch` keeps.
    pub fn memory_bytes(&self, batch: &Batch<F>) -> u64 {
        /// Values, gradients, packed for forward and packed for backward.
        const COPIES: usize = 4;
        /// Rows (N, D·H) beside the tapes: output and gradient of a layer.
        const ROWS: usize = 2;
        let rows = batch.layout.rows();
        let tapes: usize = self.stack.cells().map(|(dims, _)| dims.tape_width() + 2 * dims.memory() + dims.hidden).sum();
        let layers = self.config.layers * self.config.width() * ROWS;
        let read = self.pool.count(&batch.layout);
        let heads = read * (self.config.read_width() + ROWS * self.config.computed_outputs(read as u128) as usize);
        let encoder = self.config.encoder.as_ref().map_or(0, |e| rows * e.kept());
        let blocks = encoder + batch.x.len() + batch.skip.len() + batch.target.len();
        let numbers = COPIES * self.params.values.len() + rows * (tapes + layers) + heads + blocks;
        (numbers * size_of::<F>()) as u64
    }
}
