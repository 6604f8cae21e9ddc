//! A network: encoder and embedding → recurrent stack → readout → dense head, with convolutions beside the stack and a linear path beside all.

mod build;
mod config;
mod gather;
mod loss;
mod running;
mod size;
mod stream;
mod touched;

use gatewise_kernels::{Cpu, Isa, Layout, Precision, Real};

pub use config::{Init, InputInit, ModelConfig, RecurrentInit};
pub use running::Running;
pub use stream::Feed;

pub(crate) use crate::layer::MAX_SIZE;
pub use crate::layer::{
    BranchBlock, BranchConfig, EmbeddingConfig, EncoderConfig, EncoderPool, LinearSkipConfig, Readout, SampledConfig, StackConfig,
};

use crate::batch::Batch;
use crate::layer::branch::Branch;
use crate::layer::dense::Dense;
use crate::layer::dropout::Dropout;
use crate::layer::embedding::Embedding;
use crate::layer::encoder::Encoder;
use crate::layer::readout::Pooling;
use crate::layer::recurrent::{Stack, State};
use crate::layer::sampled::SampledHead;
use crate::layer::skip::LinearSkip;
use crate::params::Params;
use crate::rng::Rng;
use touched::Touched;

/// Stream of a seed that starting weights are drawn from.
const INIT_STREAM: u64 = 0;
/// First stream of the dropout masks; the stream of step s lies s behind it.
const DROPOUT_STREAM: u64 = 1 << 32;

/// A network with its parameters, their gradients, and every buffer that it needs: a warm forward or backward allocates nothing.
///
/// ```
/// use gatewise::batch::Batch;
/// use gatewise::model::{Model, ModelConfig};
/// use gatewise::{Cell, Cpu};
///
/// // Steps of two features into an LSTM of eight units; its last state becomes one value.
/// let mut model = Model::<f32>::new(&ModelConfig::new(Cell::Lstm, 2, 8, 1), 1)?;
/// assert_eq!(model.get("recurrent.weight_hh_l0").map(<[f32]>::len), Some(4 * 8 * 8));
///
/// // Sequences of three and of five steps; none is padded.
/// let mut batch = Batch::default();
/// batch.set_ragged(&[3, 5], 2);
/// batch.set_sequence(0, &[0.5; 3 * 2]);
/// batch.set_sequence(1, &[0.1; 5 * 2]);
/// let output = model.forward(&Cpu::new(1)?, &batch, false, None);
/// let of_the_first = output[batch.place(0)];
/// assert!(of_the_first.is_finite());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Model<F> {
    config: ModelConfig,
    params: Params<F>,
    encoder: Option<Encoder<F>>,
    embedding: Option<Embedding<F>>,
    input_dropout: Dropout<F>,
    stack: Stack<F>,
    pool: Pooling<F>,
    dropout: Dropout<F>,
    head: Dense<F>,
    sampled: Option<SampledHead<F>>,
    skip: Option<LinearSkip<F>>,
    branch: Option<Branch<F>>,
    /// The instruction set that the weights are packed for, and those of the head; none after a change.
    packed: Option<Isa>,
    head_packed: Option<Isa>,
    noise: Rng,
    touched: Touched,
    /// What the penalties added to the last loss with gradient.
    penalty: f64,
    /// Whether the last forward dropped values before the head, and before the stack.
    dropped: bool,
    input_dropped: bool,
    work: Work<F>,
}

/// Buffers between the layers.
#[derive(Debug, Default)]
struct Work<F> {
    /// Features, or what the encoder makes of them, with the embedding beside them.
    features: Vec<F>,
    state: State<F>,
    d_state: State<F>,
    /// What the readout and the branch say, side by side.
    read: Vec<F>,
    d_output: Vec<F>,
    d_read: Vec<F>,
    d_pool: Vec<F>,
    d_branch: Vec<F>,
    d_undropped: Vec<F>,
    d_features: Vec<F>,
    d_encoded: Vec<F>,
    d_embedding: Vec<F>,
    step: Batch<F>,
}

impl<F: Real> Model<F> {
    /// The sizes and options.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Parameters and gradients.
    pub fn params(&self) -> &Params<F> {
        &self.params
    }

    /// Parameters and gradients, to change; the next forward packs the weights anew.
    ///
    /// Gradients that are written here are cleared by the next [`loss_and_grad`](Self::loss_and_grad) where the last one has written too, or all of
    /// them after [`backward`](Self::backward).
    pub fn params_mut(&mut self) -> &mut Params<F> {
        (self.packed, self.head_packed) = (None, None);
        &mut self.params
    }

    /// How the recurrent weights are held from the next forward on: [`Precision::Int8`] is for inference alone, and the reset-before GRU
    /// keeps `f32`. The parameters stay as they are.
    pub fn set_precision(&mut self, precision: Precision) {
        self.stack.set_precision(precision);
        self.packed = None;
    }

    /// Puts the dropout masks of training step `step` in place, so that a step depends on its number and not on those before.
    pub fn set_noise(&mut self, seed: u64, step: u64) {
        self.noise = Rng::new(seed, DROPOUT_STREAM + step);
    }

    /// Runs over a batch; the output is (R, outputs) with R = B, or N for a readout at each step.
    ///
    /// `train` keeps what [`backward`](Self::backward) needs and drops values. `state` is the first state in and the last one out, in
    /// the batch's sorted order; without it sequences start at zero.
    ///
    /// # Panics
    /// If a block of the batch has not the length that configuration and layout ask for, or `train` is asked of weights that
    /// [`set_precision`](Self::set_precision) holds as [`Precision::Int8`], which are for inference.
    pub fn forward(&mut self, cpu: &Cpu, batch: &Batch<F>, train: bool, state: Option<&mut State<F>>) -> &[F] {
        self.run(cpu, batch, train, train, state)
    }

    /// Runs the recurrent layers without the head: what [`features`](Self::features) gives. `state` as in [`forward`](Self::forward).
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn encode(&mut self, cpu: &Cpu, batch: &Batch<F>, state: Option<&mut State<F>>) {
        self.read(cpu, batch, false, false, state);
    }

    /// A forward that keeps its tape and hides nothing: for probes.
    pub(crate) fn trace(&mut self, cpu: &Cpu, batch: &Batch<F>) {
        self.run(cpu, batch, true, false, None);
    }

    /// As [`trace`](Self::trace), from a first state that is carried on.
    pub(crate) fn trace_from(&mut self, cpu: &Cpu, batch: &Batch<F>, state: &mut State<F>) {
        self.run(cpu, batch, true, false, Some(state));
    }

    fn run(&mut self, cpu: &Cpu, batch: &Batch<F>, keep: bool, train: bool, state: Option<&mut State<F>>) -> &[F] {
        self.read(cpu, batch, keep, train, state);
        self.apply_head(cpu, batch);
        self.head.output()
    }

    /// Runs up to what the head reads.
    fn read(&mut self, cpu: &Cpu, batch: &Batch<F>, keep: bool, train: bool, state: Option<&mut State<F>>) {
        if train && self.config.weight_drop > 0.0 {
            self.stack.pack_dropped(cpu, &self.params.values, Some(&mut self.noise));
            self.pack_dense(cpu);
            // The next forward that drops nothing must not find these.
            self.packed = None;
        } else {
            self.pack(cpu);
        }
        let Work { features, state: zero, read: joined, .. } = &mut self.work;
        let (values, layout) = (&self.params.values, &batch.layout);
        let encoded = match &mut self.encoder {
            Some(encoder) => {
                encoder.forward(cpu, values, &batch.x);
                encoder.output()
            }
            None => &batch.x,
        };
        let x = match &mut self.embedding {
            Some(embedding) => {
                if train && self.config.embedding_dropout > 0.0 {
                    embedding.forward_dropped(cpu, values, &batch.symbols, &mut self.noise);
                } else {
                    embedding.forward(cpu, values, &batch.symbols);
                }
                self.input_dropped = train && self.config.input_dropout > 0.0;
                if self.input_dropped {
                    if self.config.variational {
                        self.input_dropout.forward_locked(cpu, layout, embedding.output(), &mut self.noise);
                    } else {
                        self.input_dropout.forward(cpu, embedding.output(), &mut self.noise);
                    }
                    self.input_dropout.output()
                } else if self.config.encoded() == 0 {
                    embedding.output()
                } else {
                    join(encoded, embedding.output(), layout.rows(), features);
                    features
                }
            }
            None => encoded,
        };
        let state = state.unwrap_or_else(|| {
            zero.reset(&self.config, layout.batch());
            zero
        });
        self.dropped = train && self.config.output_dropout() > 0.0;
        let noise = (train && (self.config.dropout > 0.0 || self.config.zoneout > 0.0)).then_some(&mut self.noise);
        self.stack.forward(cpu, values, layout, x, state, keep, noise);
        self.pool.forward(values, layout, self.stack.output());
        let y = match &mut self.branch {
            Some(branch) => {
                branch.forward(cpu, values, layout, &batch.x);
                join(self.pool.output(self.stack.output()), branch.output(), layout.batch(), joined);
                joined
            }
            None => self.pool.output(self.stack.output()),
        };
        if self.dropped {
            if self.config.variational && self.config.readout == Readout::EachStep {
                self.dropout.forward_locked(cpu, layout, y, &mut self.noise);
            } else {
                self.dropout.forward(cpu, y, &mut self.noise);
            }
        }
    }

    /// The outputs of what the head reads.
    fn apply_head(&mut self, cpu: &Cpu, batch: &Batch<F>) {
        self.pack_head(cpu);
        let values = &self.params.values;
        let joined = self.branch.is_some().then_some(&self.work.read[..]);
        let read = head_input(self.dropped.then_some(&self.dropout), joined, &self.pool, &self.stack);
        self.head.forward(cpu, values, read);
        if let Some(skip) = &mut self.skip {
            skip.forward(cpu, values, &batch.skip, self.head.output_mut());
        }
    }

    /// Packs the weights if they changed: what the next forward would begin with, unless it drops some of them.
    pub(crate) fn pack(&mut self, cpu: &Cpu) {
        if self.packed != Some(cpu.isa()) {
            self.stack.pack(cpu, &self.params.values);
            self.pack_dense(cpu);
            self.packed = Some(cpu.isa());
        }
    }

    /// Takes over the weights of the dense layers, unless training reads a sample of the head's.
    fn pack_dense(&mut self, cpu: &Cpu) {
        if self.sampled.is_none() {
            self.pack_head(cpu);
        }
        if let Some(encoder) = &mut self.encoder {
            encoder.pack(cpu, &self.params.values);
        }
    }

    /// Takes over the weights of the head if they changed.
    fn pack_head(&mut self, cpu: &Cpu) {
        if self.head_packed != Some(cpu.isa()) {
            self.head.pack(cpu, &self.params.values);
            self.head_packed = Some(cpu.isa());
        }
    }

    /// Output of the last forward: (R, outputs).
    pub fn output(&self) -> &[F] {
        self.head.output()
    }

    /// What the head read in the last forward: (R, P·D·H) with P parts of the readout, the features that the network extracts; with a
    /// branch, (R, P·D·H + O).
    pub fn features(&self) -> &[F] {
        head_input(None, self.branch.is_some().then_some(&self.work.read[..]), &self.pool, &self.stack)
    }

    /// What the first recurrent layer read in the last forward over `batch`: (N, I), the features as they came or encoded, and the vectors of the symbols
    /// beside them.
    pub(crate) fn stack_input<'a>(&'a self, batch: &'a Batch<F>) -> &'a [F] {
        match (&self.embedding, &self.encoder) {
            (Some(embedding), _) if self.config.encoded() == 0 => embedding.output(),
            (Some(_), _) => &self.work.features,
            (None, Some(encoder)) => encoder.output(),
            (None, None) => &batch.x,
        }
    }

    /// Takes the gradient of the outputs, (R, outputs), back through head and readout to the outputs of the stack, (N, D·H), after [`trace`](Self::trace).
    /// What goes beside the stack is left out.
    pub(crate) fn stack_gradient(&mut self, cpu: &Cpu, batch: &Batch<F>, d_output: &[F]) -> &[F] {
        self.head_backward(cpu, &batch.layout, d_output);
        self.read_backward(cpu, &batch.layout);
        let Params { values, grads, .. } = &mut self.params;
        self.pool.backward(values, grads, &batch.layout, self.stack.output(), &self.work.d_read)
    }

    /// Leaves the gradient of what the head read, (R, P·D·H), dropped or not, in `d_read`.
    fn head_backward(&mut self, cpu: &Cpu, layout: &Layout, d_output: &[F]) {
        self.work.d_read.resize(self.pool.count(layout) * self.config.read_width(), F::ZERO);
        let mut d_read = std::mem::take(&mut self.work.d_read);
        let joined = self.branch.is_some().then_some(&self.work.read[..]);
        let read = head_input(self.dropped.then_some(&self.dropout), joined, &self.pool, &self.stack);
        let Params { values, grads, .. } = &mut self.params;
        self.head.backward(cpu, values, grads, read, d_output, Some(&mut d_read));
        self.work.d_read = d_read;
    }

    /// Brings `d_read` back through dropout, and leaves the branch's part of it in `d_branch`.
    fn read_backward(&mut self, cpu: &Cpu, layout: &Layout) {
        let Work { d_read, d_pool, d_branch, d_undropped, .. } = &mut self.work;
        if self.dropped {
            d_undropped.resize(d_read.len(), F::ZERO);
            self.dropout.backward(cpu, d_read, d_undropped);
            std::mem::swap(d_read, d_undropped);
        }
        if let Some(branch) = &self.config.branch {
            split(d_read, layout.batch(), self.config.read_width() - branch.outputs(), d_pool, d_branch);
            std::mem::swap(d_read, d_pool);
        }
    }

    /// The recurrent stack, with its outputs (N, D·H) and tapes.
    pub fn stack(&self) -> &Stack<F> {
        &self.stack
    }

    /// Backward of the last forward with `train`. Adds to the gradients of the parameters.
    ///
    /// `d_output`: (R, outputs). `d_state` is the gradient of the last state in and of the first state out. `dx`: (N, input) is written.
    ///
    /// # Panics
    /// If a slice has a wrong length, or no forward with `train` went before.
    pub fn backward(&mut self, cpu: &Cpu, batch: &Batch<F>, d_output: &[F], d_state: Option<&mut State<F>>, dx: Option<&mut [F]>) {
        let layout = &batch.layout;
        self.touch_all();
        if let Some(skip) = &mut self.skip {
            skip.backward(cpu, &mut self.params.grads, &batch.skip, d_output);
        }
        self.head_backward(cpu, layout, d_output);
        self.read_backward(cpu, layout);
        self.stack_backward(cpu, batch, d_state, dx);
    }

    /// Backward from the gradient of what the readout gave, in `d_read`, to the parameters before it and to the inputs.
    fn stack_backward(&mut self, cpu: &Cpu, batch: &Batch<F>, d_state: Option<&mut State<F>>, dx: Option<&mut [F]>) {
        let layout = &batch.layout;
        let Work { features, d_read, d_branch, d_state: own, d_features, d_encoded, d_embedding, .. } = &mut self.work;
        let Params { values, grads, .. } = &mut self.params;
        let d_stack = self.pool.backward(values, grads, layout, self.stack.output(), d_read);
        let d_state = d_state.unwrap_or_else(|| {
            own.reset(&self.config, layout.batch());
            own
        });
        let x = match (&self.embedding, &self.encoder) {
            (Some(_), _) if self.input_dropped => self.input_dropout.output(),
            (Some(embedding), _) if self.config.encoded() == 0 => embedding.output(),
            (Some(_), _) => &features[..],
            (None, Some(encoder)) => encoder.output(),
            (None, None) => {
                let mut dx = dx;
                self.stack.backward(cpu, values, grads, layout, &batch.x, d_stack, d_state, dx.as_deref_mut());
                if let Some(branch) = &mut self.branch {
                    branch.backward(cpu, values, grads, layout, &batch.x, d_branch, dx);
                }
                return;
            }
        };
        d_features.resize(x.len(), F::ZERO);
        self.stack.backward(cpu, values, grads, layout, x, d_stack, d_state, Some(d_features));
        if self.input_dropped {
            d_embedding.resize(d_features.len(), F::ZERO);
            self.input_dropout.backward(cpu, d_features, d_embedding);
            std::mem::swap(d_features, d_embedding);
        }
        let encoded = self.config.encoded();
        let d_encoded = match &mut self.embedding {
            Some(embedding) if encoded == 0 => {
                embedding.backward(cpu, grads, &batch.symbols, d_features);
                d_encoded.clear();
                d_encoded
            }
            Some(embedding) => {
                split(d_features, layout.rows(), encoded, d_encoded, d_embedding);
                embedding.backward(cpu, grads, &batch.symbols, d_embedding);
                d_encoded
            }
            None => d_features,
        };
        match (&mut self.encoder, dx) {
            (Some(encoder), dx) => encoder.backward(cpu, values, grads, d_encoded, dx),
            (None, Some(dx)) => dx.copy_from_slice(d_encoded),
            (None, None) => {}
        }
    }
}

/// What the head reads: the dropped values, or what readout and branch gave side by side, or the readout alone.
fn head_input<'a, F: Real>(dropped: Option<&'a Dropout<F>>, joined: Option<&'a [F]>, pool: &'a Pooling<F>, stack: &'a Stack<F>) -> &'a [F] {
    dropped.map(Dropout::output).or(joined).unwrap_or_else(|| pool.output(stack.output()))
}

/// (N, I) and (N, E) side by side.
fn join<F: Real>(x: &[F], embedded: &[F], rows: usize, out: &mut Vec<F>) {
    let (input, width) = (x.len() / rows.max(1), embedded.len() / rows.max(1));
    out.clear();
    for row in 0..rows {
        out.extend_from_slice(&x[row * input..][..input]);
        out.extend_from_slice(&embedded[row * width..][..width]);
    }
}

/// The parts of (N, I + E).
fn split<F: Real>(joined: &[F], rows: usize, input: usize, x: &mut Vec<F>, embedded: &mut Vec<F>) {
    x.clear();
    embedded.clear();
    for joined in joined.chunks_exact(joined.len() / rows.max(1)) {
        x.extend_from_slice(&joined[..input]);
        embedded.extend_from_slice(&joined[input..]);
    }
}
