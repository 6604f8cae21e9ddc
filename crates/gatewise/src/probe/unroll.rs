//! A network run over a batch in f64, with every step kept.

use gatewise_kernels::{Cpu, Dims, Layout, Real};

use super::step::{Step, Work, add_transposed};
use crate::batch::Batch;
use crate::layer::norm::LayerNorm;
use crate::loss::Loss;
use crate::model::{Model, ModelConfig, Readout};
use crate::params::{Params, View};

/// Gets step t, sequence b, ∂L/∂h_t (H) and ∂L/∂c_t (H, or empty).
pub(crate) type Each<'a> = &'a mut dyn FnMut(usize, usize, &[f64], &[f64]);

/// A copy of a network in f64 that has run over a batch.
#[derive(Debug)]
pub(crate) struct Unrolled {
    pub(crate) config: ModelConfig,
    pub(crate) batch: Batch<f64>,
    model: Model<f64>,
    zeros: Vec<f64>,
}

impl Unrolled {
    /// Runs a copy of `model`, which hides nothing, over `batch` from the zero state.
    pub(crate) fn run<F: Real>(cpu: &Cpu, model: &Model<F>, batch: &Batch<F>) -> Self {
        let config = model.config().clone();
        let batch = widen(batch);
        let mut copy = Model::<f64>::empty(&config).expect("a configuration that was built once can be built again");
        for (to, from) in copy.params_mut().values.iter_mut().zip(&model.params().values) {
            *to = from.to_f64();
        }
        copy.trace(cpu, &batch);
        let zeros = vec![0.0; config.hidden];
        Self { config, batch, model: copy, zeros }
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.batch.layout
    }

    /// Sizes of the cells of a layer.
    pub(crate) fn dims(&self, layer: usize) -> Dims {
        self.config.dims(layer)
    }

    fn views(&self, layer: usize, reverse: bool) -> [View; 4] {
        let at = layer * self.config.directions() + usize::from(reverse);
        self.model.stack().cells().nth(at).expect("a layer of the network").1
    }

    /// What the head says: (R, outputs).
    pub(crate) fn answers(&self) -> &[f64] {
        self.model.output()
    }

    /// Weights of one layer and direction: weight_ih, weight_hh, bias_ih, bias_hh.
    pub(crate) fn weights(&self, layer: usize, reverse: bool) -> [&[f64]; 4] {
        self.views(layer, reverse).map(|view| view.of(&self.model.params().values))
    }

    /// What a layer reads: (N, I).
    pub(crate) fn input(&self, layer: usize) -> &[f64] {
        match layer.checked_sub(1) {
            Some(below) => self.model.stack().level_output(below),
            None => self.model.stack_input(&self.batch),
        }
    }

    /// Gradients of weight_ih and weight_hh, layer by layer and direction by direction, from that of the outputs of the head, (R, outputs).
    pub(crate) fn weight_grads(&mut self, cpu: &Cpu, d_output: &[f64]) -> Vec<[Vec<f64>; 2]> {
        self.model.params_mut().grads.fill(0.0);
        // The weights have not changed.
        self.model.pack(cpu);
        self.model.backward(cpu, &self.batch, d_output, None, None);
        let views: Vec<_> = self.model.stack().cells().map(|(_, views)| views).collect();
        let grads = &self.model.params().grads;
        views.iter().map(|[w_ih, w_hh, ..]| [w_ih, w_hh].map(|view| view.of(grads).to_vec())).collect()
    }

    /// The gradient at the outputs of the stack, (N, D·H), from that at the outputs of the head, (R, outputs).
    pub(crate) fn stack_gradient(&mut self, cpu: &Cpu, d_output: &[f64]) -> Vec<f64> {
        self.model.stack_gradient(cpu, &self.batch, d_output).to_vec()
    }

    /// Outputs of one layer and direction: (N, H).
    pub(crate) fn output(&self, layer: usize, reverse: bool) -> &[f64] {
        self.model.stack().cell(layer, reverse).expect("a layer of the network").output()
    }

    /// c of an LSTM after step t of sequence b, (H); empty of a cell without.
    pub(crate) fn memory(&self, layer: usize, reverse: bool, t: usize, b: usize) -> &[f64] {
        let memory = self.dims(layer).memory();
        let row = self.layout().row(t, b);
        let tape = self.model.stack().cell(layer, reverse).expect("a layer of the network").tape();
        &tape.c[row * memory..][..memory]
    }

    /// Step t of sequence b in one layer and direction.
    pub(crate) fn step(&self, layer: usize, reverse: bool, t: usize, b: usize) -> Step<'_> {
        let dims = self.dims(layer);
        let cell = self.model.stack().cell(layer, reverse).expect("a layer of the network");
        let (tape, hidden, width, memory) = (cell.tape(), dims.hidden, dims.tape_width(), dims.memory());
        let row = self.layout().row(t, b);
        let previous = self.layout().previous(t, b, reverse);
        Step {
            dims,
            stays: self.config.zoneout,
            w_hh: self.views(layer, reverse)[1].of(&self.model.params().values),
            gates: &tape.gates[row * width..][..width],
            tanh_c: &tape.tanh_c[row * memory..][..memory],
            h: previous.map_or(&self.zeros, |p| &cell.output()[p * hidden..][..hidden]),
            c: previous.map_or(&self.zeros[..memory], |p| &tape.c[p * memory..][..memory]),
        }
    }

    /// The gradient of each sequence's own loss at its last step, at the outputs of the last layer: (N, D·H).
    ///
    /// The head reads the last step alone, also where the network averages over steps, and each loss is that of one sequence and no mean over the batch.
    pub(crate) fn last_step_gradient(&self, cpu: &Cpu, loss: &Loss) -> Vec<f64> {
        let (layout, config, width) = (self.layout(), &self.config, self.config.width());
        // A tied head reads with the vectors of the symbols.
        let head = self.model.get("head.weight").or_else(|| self.model.get("embedding.weight")).expect("every network has a head");
        let outputs = config.outputs;
        let y = self.model.stack().output();
        let rows = self.model.output().len() / outputs;
        let targets = self.batch.target.len() / rows.max(1);
        let weights = self.batch.weight.len() / rows.max(1);
        let mut dy = vec![0.0; layout.rows() * width];
        let (mut output, mut d_output, mut d_read) = (vec![0.0; outputs], vec![0.0; outputs], vec![0.0; config.read_width()]);
        for b in 0..layout.batch() {
            let places = self.read_rows(b);
            let row = if config.readout == Readout::EachStep { places[0] } else { b };
            output.copy_from_slice(&self.model.output()[row * outputs..][..outputs]);
            // Of several parts the first is the last step's, and takes the whole change.
            let read = config.read_width();
            if !matches!(config.readout, Readout::Last | Readout::EachStep) {
                let pooled = &self.model.features()[row * read..][..width];
                let last = &y[places[0] * width..][..width];
                for (output, weights) in output.iter_mut().zip(head.chunks_exact(read)) {
                    *output += weights.iter().zip(last.iter().zip(pooled)).map(|(w, (last, pooled))| w * (last - pooled)).sum::<f64>();
                }
            }
            let weight = (weights > 0).then(|| &self.batch.weight[row * weights..][..weights]);
            loss.loss(cpu, &output, &self.batch.target[row * targets..][..targets], weight, &mut d_output);
            d_read.fill(0.0);
            add_transposed(head, &d_output, &mut d_read);
            for (direction, place) in places.into_iter().take(config.directions()).enumerate() {
                let part = direction * config.hidden..(direction + 1) * config.hidden;
                dy[place * width..][part.clone()].copy_from_slice(&d_read[part]);
            }
        }
        dy
    }

    /// Rows that the head reads for the loss of sequence b, forward and reverse.
    fn read_rows(&self, b: usize) -> [usize; 2] {
        let last = self.layout().row(self.layout().length(b) - 1, b);
        let reverse = if self.config.readout == Readout::Last { self.layout().row(0, b) } else { last };
        [last, reverse]
    }

    /// Takes the gradient of a layer's outputs, (N, D·H), back through its norm, where it has one.
    pub(crate) fn before_norm(&self, cpu: &Cpu, layer: usize, dy: Vec<f64>) -> Vec<f64> {
        let name = format!("recurrent.norm_l{layer}");
        let (Some(gain), Some(bias)) = (self.model.get(&format!("{name}.weight")), self.model.get(&format!("{name}.bias"))) else {
            return dy;
        };
        let mut params = Params::new();
        let mut norm = LayerNorm::new(&mut params, &name, self.config.width());
        for (view, values) in norm.views().into_iter().zip([gain, bias]) {
            view.of_mut(&mut params.values).copy_from_slice(values);
        }
        let raw = self.joined(layer);
        let mut dx = vec![0.0; dy.len()];
        norm.forward(cpu, &params.values, &raw);
        norm.backward(cpu, &params.values, &mut params.grads, &raw, &dy, Some(&mut dx));
        dx
    }

    /// What the cells of a layer gave: (N, D·H).
    fn joined(&self, layer: usize) -> Vec<f64> {
        let (hidden, width) = (self.config.hidden, self.config.width());
        let mut joined = vec![0.0; self.layout().rows() * width];
        for direction in 0..self.config.directions() {
            let rows = self.output(layer, direction == 1).chunks_exact(hidden);
            for (out, row) in joined.chunks_exact_mut(width).zip(rows) {
                out[direction * hidden..][..hidden].copy_from_slice(row);
            }
        }
        joined
    }

    /// Backpropagation through one layer and direction. `dy`: (N, D·H); adds the gradient of the layer's input to `dx`: (N, I).
    /// `each` gets every step and sequence with all that reaches h_t there, and for an LSTM c_t: ∂L/∂h_t (H), ∂L/∂c_t (H or empty).
    pub(crate) fn back(&self, layer: usize, reverse: bool, dy: &[f64], dx: &mut [f64], each: Each<'_>) {
        let (dims, layout, width) = (self.dims(layer), self.layout(), self.config.width());
        let state = dims.hidden + dims.memory();
        let w_ih = self.views(layer, reverse)[0].of(&self.model.params().values);
        let mut d_state = vec![0.0; layout.batch() * state];
        let (mut da, mut work, mut dc_total) = (vec![0.0; dims.gate_rows()], Work::default(), vec![0.0; dims.memory()]);
        for k in 0..layout.time() {
            let t = if reverse { k } else { layout.time() - 1 - k };
            for b in 0..layout.active(t) {
                let row = layout.row(t, b);
                let d = &mut d_state[b * state..][..state];
                let from_above = &dy[row * width + usize::from(reverse) * dims.hidden..][..dims.hidden];
                for (d, &dy) in d.iter_mut().zip(from_above) {
                    *d += dy;
                }
                let step = self.step(layer, reverse, t, b);
                if d.iter().all(|d| *d == 0.0) {
                    // Behind the step that bears the loss.
                    dc_total.fill(0.0);
                    each(t, b, &d[..dims.hidden], &dc_total);
                    continue;
                }
                for (j, total) in dc_total.iter_mut().enumerate() {
                    *total = step.cell_gradient(j, d[j], d[dims.hidden + j]);
                }
                each(t, b, &d[..dims.hidden], &dc_total);
                step.pull(d, &mut da, &mut work);
                add_transposed(w_ih, &da, &mut dx[row * dims.input..][..dims.input]);
            }
        }
    }
}

fn widen<F: Real>(batch: &Batch<F>) -> Batch<f64> {
    let values = |values: &[F]| values.iter().map(|v| v.to_f64()).collect::<Vec<f64>>();
    let lengths: Vec<usize> = (0..batch.layout.batch()).map(|b| batch.layout.length(b)).collect();
    let mut wide = Batch::default();
    wide.set_ragged(&lengths, 0);
    wide.order.copy_from_slice(&batch.order);
    wide.x = values(&batch.x);
    wide.symbols.extend_from_slice(&batch.symbols);
    wide.skip = values(&batch.skip);
    wide.target = values(&batch.target);
    wide.weight = values(&batch.weight);
    wide
}
