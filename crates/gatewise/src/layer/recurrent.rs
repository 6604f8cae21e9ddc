//! A stack of recurrent layers, in one or both directions, with layer norm behind and dropout between the layers.
//!
//! Layer l reads the outputs of layer l − 1. With two directions the output of a step is \[forward, reverse\], and the
//! reverse direction starts at each sequence's own end. Names and shapes are those of PyTorch's `nn.LSTM`.

mod record;

use gatewise_kernels::{Cpu, Dims, Isa, Layout, Precision, Real, Recurrent, Streaming, WeightGrads, Weights};

pub use record::StackRecord;

use super::config::StackConfig;
use crate::layer::dropout::Dropout;
use crate::layer::norm::LayerNorm;
use crate::layer::streaming::StreamingStack;
use crate::layer::weight_drop::WeightDrop;
use crate::layer::zoneout::Zoneout;
use crate::params::{Params, View};
use crate::rng::Rng;

/// State of a stack: what it carries from one step, or one call, to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State<F> {
    /// (L·D, B, H), layer by layer, forward before reverse.
    pub h: Vec<F>,
    /// The LSTM's cell state, of the same shape; empty for other cells.
    pub c: Vec<F>,
}

impl<F: Real> State<F> {
    /// The zero state of `batch` sequences.
    pub fn zeros(config: impl Into<StackConfig>, batch: usize) -> Self {
        let mut state = Self::default();
        state.reset(config, batch);
        state
    }

    /// Becomes the zero state of `batch` sequences, in the storage it has.
    pub fn reset(&mut self, config: impl Into<StackConfig>, batch: usize) {
        let config = config.into();
        let blocks = config.layers * config.directions() * batch;
        self.h.clear();
        self.h.resize(blocks * config.hidden, F::ZERO);
        self.c.clear();
        self.c.resize(blocks * config.dims(0).memory(), F::ZERO);
    }

    /// h and c of block `index` of `blocks`: (B, H) each.
    fn block(&mut self, index: usize, blocks: usize) -> (&mut [F], &mut [F]) {
        let (h, c) = (self.h.len() / blocks, self.c.len() / blocks);
        (&mut self.h[index * h..][..h], &mut self.c[index * c..][..c])
    }
}

#[derive(Clone, Debug)]
struct Direction<F> {
    /// weight_ih, weight_hh, bias_ih, bias_hh.
    views: [View; 4],
    cell: Recurrent<F>,
    reverse: bool,
    weight_drop: WeightDrop<F>,
    zoneout: Option<Zoneout<F>>,
}

#[derive(Clone, Debug)]
struct Level<F> {
    directions: Vec<Direction<F>>,
    /// Outputs of both directions side by side, (N, 2·H); unused with one direction.
    joined: Vec<F>,
    norm: Option<LayerNorm<F>>,
    dropout: Dropout<F>,
}

impl<F: Real> Level<F> {
    /// What the cells gave: (N, D·H).
    fn raw(&self) -> &[F] {
        if let [only] = &self.directions[..] { only.cell.output() } else { &self.joined }
    }

    fn normed(&self) -> &[F] {
        self.norm.as_ref().map_or_else(|| self.raw(), |norm| norm.output())
    }
}

/// Buffers of backward, shared by the layers.
#[derive(Clone, Debug, Default)]
struct Gradients<F> {
    /// Gradient of the output of a layer below the last, (N, D·H), and of the values behind norm and dropout.
    dy: Vec<F>,
    behind: Vec<F>,
    /// One direction's part of it, (N, H).
    part: Vec<F>,
    /// Gradient of a layer's input by the second direction.
    dx: Vec<F>,
}

/// Stacked recurrent layers.
#[derive(Clone, Debug)]
pub struct Stack<F> {
    levels: Vec<Level<F>>,
    hidden: usize,
    /// Whether training drops outputs between layers, and whether the last forward did.
    drops: bool,
    dropped: bool,
    /// Whether the packed weights are dropped ones.
    weights_dropped: bool,
    /// One mask a sequence, or one a step.
    locked: bool,
    buffers: Gradients<F>,
}

impl<F: Real> Stack<F> {
    /// Adds the stack's tensors to `params`, as `{prefix}.weight_ih_l0`, `{prefix}.weight_hh_l0_reverse`, `{prefix}.norm_l0.weight` ….
    pub fn new(params: &mut Params<F>, prefix: &str, config: StackConfig) -> Self {
        let levels = (0..config.layers)
            .map(|layer| {
                let dims = config.dims(layer);
                let directions = [("", false), ("_reverse", true)][..config.directions()]
                    .iter()
                    .map(|(suffix, reverse)| Direction {
                        views: add_direction(params, prefix, &format!("_l{layer}{suffix}"), dims),
                        cell: Recurrent::new(dims, *reverse),
                        reverse: *reverse,
                        weight_drop: WeightDrop::new(config.weight_drop),
                        zoneout: (config.zoneout > 0.0).then(|| Zoneout::new(config.zoneout)),
                    })
                    .collect();
                let norm = config.layer_norm.then(|| LayerNorm::new(params, &format!("{prefix}.norm_l{layer}"), config.width()));
                Level { directions, joined: Vec::new(), norm, dropout: Dropout::new(config.dropout) }
            })
            .collect();
        Self {
            levels,
            hidden: config.hidden,
            drops: config.dropout > 0.0,
            dropped: false,
            weights_dropped: false,
            locked: config.variational,
            buffers: Gradients::default(),
        }
    }

    /// Sizes of every cell with its tensors weight_ih, weight_hh, bias_ih, bias_hh, layer by layer; those from the state are empty where
    /// gates see the input alone.
    pub fn cells(&self) -> impl Iterator<Item = (Dims, [View; 4])> {
        self.levels.iter().flat_map(|level| &level.directions).map(|d| (d.cell.dims(), d.views))
    }

    /// One layer and direction, with its tape: for probes.
    pub fn cell(&self, layer: usize, reverse: bool) -> Option<&Recurrent<F>> {
        self.levels.get(layer)?.directions.get(usize::from(reverse)).map(|d| &d.cell)
    }

    /// How the next [`pack`](Self::pack) holds the weights; see [`Recurrent::set_precision`].
    pub fn set_precision(&mut self, precision: Precision) {
        self.levels.iter_mut().flat_map(|level| &mut level.directions).for_each(|d| d.cell.set_precision(precision));
    }

    /// Takes over the weights; before the first forward and after every change of `values`.
    pub fn pack(&mut self, cpu: &Cpu, values: &[F]) {
        self.pack_dropped(cpu, values, None);
    }

    /// As [`pack`](Self::pack), with some of the weights from the state dropped by masks drawn from `drop`.
    pub fn pack_dropped(&mut self, cpu: &Cpu, values: &[F], mut drop: Option<&mut Rng>) {
        self.weights_dropped = drop.is_some();
        for direction in self.levels.iter_mut().flat_map(|level| &mut level.directions) {
            let [w_ih, mut w_hh, b_ih, b_hh] = direction.views.map(|view| view.of(values));
            if let Some(rng) = drop.as_deref_mut() {
                direction.weight_drop.drop(cpu, w_hh, rng);
                w_hh = direction.weight_drop.weights();
            }
            direction.cell.pack(cpu, Weights { w_ih, w_hh, b_ih, b_hh });
        }
    }

    /// Runs over `x`: (N, I). `state` is the first state in and the last one out. `keep` records what backward needs; what dropout and
    /// zoneout hide is drawn from `noise`, and nothing is hidden without it.
    #[allow(clippy::too_many_arguments, reason = "one slice for each block")]
    pub fn forward(
        &mut self,
        cpu: &Cpu,
        values: &[F],
        layout: &Layout,
        x: &[F],
        state: &mut State<F>,
        keep: bool,
        mut noise: Option<&mut Rng>,
    ) {
        let directions = self.levels.first().map_or(1, |level| level.directions.len());
        let blocks = self.levels.len() * directions;
        self.dropped = self.drops && noise.is_some();
        let layers = self.levels.len();
        for l in 0..layers {
            let (below, level) = self.levels.split_at_mut(l);
            let level = &mut level[0];
            let x = below.last().map_or(x, |below| if self.dropped { below.dropout.output() } else { below.normed() });
            for (d, direction) in level.directions.iter_mut().enumerate() {
                let (h, c) = state.block(l * directions + d, blocks);
                let Direction { cell, reverse, zoneout, .. } = direction;
                match zoneout {
                    Some(zoneout) => zoneout.forward(cpu, cell, *reverse, layout, x, h, c, keep, noise.as_deref_mut()),
                    None => cell.forward(cpu, layout, x, h, c, keep),
                }
            }
            if let [forward, reverse] = &level.directions[..] {
                level.joined.resize(layout.rows() * 2 * self.hidden, F::ZERO);
                join(forward.cell.output(), reverse.cell.output(), self.hidden, &mut level.joined);
            }
            let Level { directions, joined, norm, dropout: mask } = level;
            let raw = if let [only] = &directions[..] { only.cell.output() } else { joined };
            if let Some(norm) = norm {
                norm.forward(cpu, values, raw);
            }
            if let Some(rng) = noise.as_deref_mut()
                && self.drops
                && l + 1 < layers
            {
                let y = norm.as_ref().map_or(raw, |norm| norm.output());
                if self.locked { mask.forward_locked(cpu, layout, y, rng) } else { mask.forward(cpu, y, rng) }
            }
        }
    }

    /// Outputs of the last layer: (N, D·H).
    pub fn output(&self) -> &[F] {
        self.levels.last().map_or(&[], Level::normed)
    }

    /// Outputs of a layer as the next one reads them: (N, D·H).
    pub(crate) fn level_output(&self, layer: usize) -> &[F] {
        self.levels.get(layer).map_or(&[], Level::normed)
    }

    /// Backward of the last forward. `dy`: (N, D·H). `d_state` is the gradient of the last state in and of the first state out.
    /// Gradients of the weights are added to `grads`; `dx`: (N, I) is written.
    #[allow(clippy::too_many_arguments, reason = "one slice for each block")]
    pub fn backward(
        &mut self,
        cpu: &Cpu,
        values: &[F],
        grads: &mut [F],
        layout: &Layout,
        x: &[F],
        dy: &[F],
        d_state: &mut State<F>,
        mut dx: Option<&mut [F]>,
    ) {
        let Gradients { dy: d, behind, part, dx: second } = &mut self.buffers;
        let directions = self.levels.first().map_or(1, |level| level.directions.len());
        let blocks = self.levels.len() * directions;
        let layers = self.levels.len();
        for l in (0..layers).rev() {
            let (below, level) = self.levels.split_at_mut(l);
            let level = &mut level[0];
            let last = l + 1 == layers;
            if self.dropped && !last {
                behind.resize(d.len(), F::ZERO);
                level.dropout.backward(cpu, d, behind);
                std::mem::swap(d, behind);
            }
            let Level { directions: cells, joined, norm, .. } = level;
            if let Some(norm) = norm {
                behind.resize(dy.len(), F::ZERO);
                let raw = if let [only] = &cells[..] { only.cell.output() } else { joined };
                norm.backward(cpu, values, grads, raw, if last { dy } else { d }, Some(behind));
                std::mem::swap(d, behind);
            }
            let d_level = if last && norm.is_none() { dy } else { &d[..] };
            let input = cells[0].cell.dims().input;
            let x = below.last().map_or(x, |below| if self.dropped { below.dropout.output() } else { below.normed() });
            let mut d_input = if l > 0 {
                behind.resize(layout.rows() * input, F::ZERO);
                Some(&mut behind[..])
            } else {
                dx.as_deref_mut()
            };
            for (k, direction) in cells.iter_mut().enumerate() {
                let (dh, dc) = d_state.block(l * directions + k, blocks);
                let dy = if directions == 1 {
                    d_level
                } else {
                    part.resize(layout.rows() * self.hidden, F::ZERO);
                    take(d_level, self.hidden, k, part);
                    &part[..]
                };
                let [w_ih, w_hh, b_ih, b_hh] = View::split_mut(direction.views, grads);
                let Direction { cell, reverse, weight_drop, zoneout, .. } = direction;
                let by_weights = if self.weights_dropped { weight_drop.grad(cpu) } else { &mut *w_hh };
                let weight_grads = WeightGrads { w_ih, w_hh: by_weights, b_ih, b_hh };
                // The second direction's part is added to that of the first.
                if let (Some(d_input), 1..) = (&d_input, k) {
                    second.resize(d_input.len(), F::ZERO);
                }
                let own = match &mut d_input {
                    Some(_) if k > 0 => Some(&mut second[..]),
                    d_input => d_input.as_deref_mut(),
                };
                match zoneout {
                    Some(zoneout) => zoneout.backward(cpu, cell, *reverse, layout, x, dy, dh, dc, weight_grads, own),
                    None => cell.backward(cpu, layout, x, dy, dh, dc, weight_grads, own),
                }
                if let (Some(d_input), 1..) = (&mut d_input, k) {
                    d_input.iter_mut().zip(second.iter()).for_each(|(sum, &more)| *sum += more);
                }
                if self.weights_dropped {
                    weight_drop.add(cpu, w_hh);
                }
            }
            if l > 0 {
                std::mem::swap(d, behind);
            }
        }
    }
}

impl Stack<f32> {
    /// The stack for one sequence that comes row by row, with the weights of `values`. `None` where a layer reads both directions, is
    /// normed, mixes states (zoneout), or has no streaming kernel; there [`forward`](Self::forward) over single steps serves.
    pub fn streaming(&self, isa: Isa, values: &[f32]) -> Option<StreamingStack> {
        let layers = self.levels.iter().map(|level| match (&level.directions[..], &level.norm) {
            ([only], None) if only.zoneout.is_none() => {
                let [w_ih, w_hh, b_ih, b_hh] = only.views.map(|view| view.of(values));
                Streaming::new(isa, only.cell.dims(), Weights { w_ih, w_hh, b_ih, b_hh }, only.cell.precision())
            }
            _ => None,
        });
        StreamingStack::new(layers.collect::<Option<Vec<_>>>()?)
    }
}

fn add_direction<F: Real>(params: &mut Params<F>, prefix: &str, suffix: &str, dims: Dims) -> [View; 4] {
    let mut add = |name: &str, shape: &[usize]| match shape[0] {
        // Gates that see the input alone have no weights from the state.
        0 => params.absent(),
        _ => params.add(format!("{prefix}.{name}{suffix}"), shape),
    };
    let (rows, recurrent) = (dims.gate_rows(), dims.recurrent_rows());
    [
        add("weight_ih", &[rows, dims.input]),
        add("weight_hh", &[recurrent, dims.hidden]),
        add("bias_ih", &[rows]),
        add("bias_hh", &[recurrent]),
    ]
}

/// Two (N, H) side by side: (N, 2·H).
fn join<F: Real>(forward: &[F], reverse: &[F], hidden: usize, out: &mut [F]) {
    for ((out, forward), reverse) in out.chunks_exact_mut(2 * hidden).zip(forward.chunks_exact(hidden)).zip(reverse.chunks_exact(hidden)) {
        out[..hidden].copy_from_slice(forward);
        out[hidden..].copy_from_slice(reverse);
    }
}

/// Part `k` of (N, 2·H): (N, H).
fn take<F: Real>(joined: &[F], hidden: usize, k: usize, out: &mut [F]) {
    for (out, row) in out.chunks_exact_mut(hidden).zip(joined.chunks_exact(2 * hidden)) {
        out.copy_from_slice(&row[k * hidden..][..hidden]);
    }
}
