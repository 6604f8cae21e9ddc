//! What forwards leave in a stack, put aside so that many may wait for their backward on one set of packed weights.

use gatewise_kernels::{Real, Record};

use super::{Level, Stack};
use crate::layer::dropout::Dropout;
use crate::layer::norm::LayerNorm;
use crate::layer::zoneout::Zoneout;

/// All that a forward leaves in its stack, to be put aside while another one runs: see [`Stack::exchange`].
#[derive(Clone, Debug)]
pub struct StackRecord<F> {
    levels: Vec<LevelRecord<F>>,
    dropped: bool,
}

#[derive(Clone, Debug)]
struct LevelRecord<F> {
    directions: Vec<(Record<F>, Option<Zoneout<F>>)>,
    joined: Vec<F>,
    norm: Option<LayerNorm<F>>,
    dropout: Dropout<F>,
}

impl<F: Real> LevelRecord<F> {
    fn exchange(&mut self, level: &mut Level<F>) {
        for ((record, zoneout), direction) in self.directions.iter_mut().zip(&mut level.directions) {
            direction.cell.exchange(record);
            std::mem::swap(zoneout, &mut direction.zoneout);
        }
        std::mem::swap(&mut self.joined, &mut level.joined);
        std::mem::swap(&mut self.norm, &mut level.norm);
        std::mem::swap(&mut self.dropout, &mut level.dropout);
    }
}

impl<F: Real> Stack<F> {
    /// A record of no forward yet.
    pub fn record(&self) -> StackRecord<F> {
        let of_level = |level: &Level<F>| LevelRecord {
            directions: level.directions.iter().map(|direction| (Record::default(), direction.zoneout.clone())).collect(),
            joined: Vec::new(),
            norm: level.norm.clone(),
            dropout: level.dropout.clone(),
        };
        StackRecord { levels: self.levels.iter().map(of_level).collect(), dropped: false }
    }

    /// Puts the last forward aside in `record` and takes up the one that lay there, whose backward may follow while its weights are packed.
    /// Nothing is copied. `record` is one of this stack, or of one with the same configuration.
    pub fn exchange(&mut self, record: &mut StackRecord<F>) {
        record.levels.iter_mut().zip(&mut self.levels).for_each(|(record, level)| record.exchange(level));
        std::mem::swap(&mut record.dropped, &mut self.dropped);
    }
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::{Cell, Cpu, Isa, Layout};

    use super::super::State;
    use super::*;
    use crate::layer::config::StackConfig;
    use crate::params::Params;
    use crate::rng::Rng;

    /// Gradients of weights and input of one call after the other, or of all forwards before any backward.
    fn gradients(config: StackConfig, aside: bool) -> Vec<Vec<f64>> {
        let (cpu, mut params) = (Cpu::with_isa(Isa::Scalar, 1), Params::<f64>::new());
        let mut stack = Stack::new(&mut params, "rnn", config);
        let mut rng = Rng::new(1, 0);
        params.values.iter_mut().for_each(|value| *value = rng.unit() - 0.5);
        stack.pack(&cpu, &params.values);
        let calls = [(2, 3), (1, 1), (3, 2)].map(|(batch, time)| {
            let layout = Layout::full(batch, time);
            let x: Vec<f64> = (0..layout.rows() * config.input).map(|_| rng.unit() - 0.5).collect();
            (layout, x)
        });
        let mut records = calls.clone().map(|_| stack.record());
        let mut out = Vec::new();
        let forward = |stack: &mut Stack<f64>, params: &Params<f64>, k: usize| {
            let (layout, x) = &calls[k];
            let noise = &mut Rng::new(k as u64, 7);
            stack.forward(&cpu, &params.values, layout, x, &mut State::zeros(config, layout.batch()), true, Some(noise));
        };
        let mut backward = |stack: &mut Stack<f64>, params: &mut Params<f64>, k: usize| {
            let (layout, x) = &calls[k];
            let (mut dx, dy) = (vec![0.0; x.len()], vec![1.0; layout.rows() * config.width()]);
            params.zero_grads();
            let mut d_state = State::zeros(config, layout.batch());
            stack.backward(&cpu, &params.values, &mut params.grads, layout, x, &dy, &mut d_state, Some(&mut dx));
            out.extend([params.grads.clone(), dx, d_state.h]);
        };
        if aside {
            for (k, record) in records.iter_mut().enumerate() {
                forward(&mut stack, &params, k);
                stack.exchange(record);
            }
            for (k, record) in records.iter_mut().enumerate() {
                stack.exchange(record);
                backward(&mut stack, &mut params, k);
            }
        } else {
            for k in 0..records.len() {
                forward(&mut stack, &params, k);
                backward(&mut stack, &mut params, k);
            }
        }
        out
    }

    #[test]
    fn forwards_wait_for_their_backward_in_any_number() {
        for (bidirectional, zoneout, layer_norm) in [(false, 0.0, false), (true, 0.0, true), (true, 0.3, false)] {
            let config = StackConfig {
                cell: Cell::Lstm,
                input: 2,
                hidden: 3,
                layers: 2,
                bidirectional,
                dropout: 0.4,
                variational: false,
                weight_drop: 0.0,
                zoneout,
                layer_norm,
            };
            assert_eq!(gradients(config, true), gradients(config, false), "{config:?}");
        }
    }
}
