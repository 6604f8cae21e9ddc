//! What a graph computes beside what the network computes.

use gatewise::batch::Batch;
use gatewise::layer::recurrent::State;
use gatewise::model::{Model, ModelConfig, Readout};
use gatewise::{Cell, Cpu};
use gatewise_onnx::export::{Exported, plain_network};
use gatewise_onnx::import::{Data, Session, TensorRef, Values, operators};

use super::networks::{around, built, recurrent};

/// Steps of each sequence of a batch.
const LENGTHS: [usize; 3] = [4, 1, 6];
const LONGEST: usize = 6;

/// What a network reads, padded to the longest sequence.
struct Inputs {
    features: Vec<f32>,
    symbols: Vec<i64>,
    window: Vec<f32>,
}

fn wave(count: usize, pace: f32) -> Vec<f32> {
    (0..count).map(|k| (k as f32 * pace).sin()).collect()
}

impl Inputs {
    fn new(config: &ModelConfig) -> Self {
        let steps = LENGTHS.len() * LONGEST;
        let symbols = config.embedding.map_or(0, |embedding| embedding.symbols);
        let window = config.skip.map_or(0, |skip| LENGTHS.len() * skip.lookback * skip.targets);
        Self {
            features: wave(steps * config.input, 0.37),
            symbols: (0..if symbols > 0 { steps } else { 0 }).map(|k| (k * k % symbols) as i64).collect(),
            window: wave(window, 0.61),
        }
    }

    /// The same as the library holds it: nothing is padded.
    fn batch(&self, config: &ModelConfig, lengths: &[usize]) -> Batch<f32> {
        let mut batch = Batch::default();
        batch.set_ragged(lengths, config.input);
        for (item, &length) in lengths.iter().enumerate() {
            batch.set_sequence(item, &self.features[item * LONGEST * config.input..][..length * config.input]);
            let place = batch.place(item);
            for t in 0..length {
                if let Some(symbol) = self.symbols.get(item * LONGEST + t) {
                    let row = batch.layout.row(t, place);
                    batch.symbols.resize(batch.layout.rows(), 0);
                    batch.symbols[row] = *symbol as u32;
                }
            }
            let wide = self.window.len() / LENGTHS.len();
            batch.skip.resize(self.window.len(), 0.0);
            batch.skip[place * wide..][..wide].copy_from_slice(&self.window[item * wide..][..wide]);
        }
        batch
    }

    /// Runs the graph; `lengths` none where all are as long as the longest.
    fn run(
        &self,
        cpu: &Cpu,
        session: &Session,
        config: &ModelConfig,
        lengths: Option<&[i64]>,
        states: &[(&str, Vec<f32>)],
    ) -> Vec<Vec<f32>> {
        let count = LENGTHS.len();
        let shapes = ([count, LONGEST, config.input], [count, LONGEST]);
        let window = config.skip.map_or([0; 3], |skip| [count, skip.lookback, skip.targets]);
        let state = [config.layers, count, config.hidden];
        let mut inputs = Vec::new();
        if config.input > 0 {
            inputs.push(("features", TensorRef { shape: &shapes.0, values: Values::Float(&self.features) }));
        }
        if config.embedding.is_some() {
            inputs.push(("symbols", TensorRef { shape: &shapes.1, values: Values::Int(&self.symbols) }));
        }
        if config.skip.is_some() {
            inputs.push(("window", TensorRef { shape: &window, values: Values::Float(&self.window) }));
        }
        let several = [count];
        if let Some(lengths) = lengths {
            inputs.push(("lengths", TensorRef { shape: &several, values: Values::Int(lengths) }));
        }
        for (name, values) in states {
            inputs.push((*name, TensorRef { shape: &state, values: Values::Float(values) }));
        }
        let outputs = session.run(cpu, &inputs).unwrap_or_else(|error| panic!("{config:?}: {error}"));
        let numbers = |data| match data {
            Data::Float(values) => values,
            other => panic!("{other:?}"),
        };
        outputs.into_iter().map(|tensor| numbers(tensor.data)).collect()
    }
}

/// The network's outputs by item, padded as those of the graph where each step has one.
fn expected(
    cpu: &Cpu,
    model: &mut Model<f32>,
    batch: &Batch<f32>,
    lengths: &[usize],
    state: Option<&mut State<f32>>,
) -> Vec<Vec<Option<f32>>> {
    let (width, each) = (model.config().outputs, model.config().readout == Readout::EachStep);
    let output = model.forward(cpu, batch, false, state);
    let row = |at: usize| output[at * width..][..width].iter().copied().map(Some);
    let item = |(item, &length): (usize, &usize)| {
        let place = batch.place(item);
        if !each {
            return row(place).collect();
        }
        let steps = (0..length).flat_map(|t| row(batch.layout.row(t, place)));
        steps.chain((length..LONGEST).flat_map(|_| vec![None; width])).collect()
    };
    lengths.iter().enumerate().map(item).collect()
}

#[track_caller]
fn near(what: &str, got: &[f32], expected: &[Option<f32>]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let size = expected.iter().flatten().fold(1.0_f32, |size, v| size.max(v.abs()));
    for (got, expected) in got.iter().zip(expected) {
        assert!(expected.is_none_or(|expected| (got - expected).abs() <= 1e-5 * size), "{what}: got {got}, expected {expected:?}");
    }
}

#[test]
fn a_graph_computes_what_its_network_does() {
    let cpu = Cpu::new(1).unwrap();
    let mut computed = 0;
    for config in recurrent().chain(around()) {
        let (mut model, inputs) = (built(&config), Inputs::new(&config));
        let exported = plain_network(&model).unwrap();
        if !can_run(&exported) {
            continue;
        }
        computed += 1;
        let session = Session::from_bytes(&cpu, &exported.to_bytes()).unwrap_or_else(|error| panic!("{config:?}: {error}"));
        for lengths in [LENGTHS, [LONGEST; 3]] {
            let batch = inputs.batch(&config, &lengths);
            let expected: Vec<_> = expected(&cpu, &mut model, &batch, &lengths, None).concat();
            let given = lengths.map(|length| length as i64);
            let given = (lengths == LENGTHS).then_some(&given[..]);
            near(&format!("{config:?} over {lengths:?}"), &inputs.run(&cpu, &session, &config, given, &[])[0], &expected);
        }
    }
    // The cells that ONNX has not are scans, which are not read.
    assert!(computed >= recurrent().filter(|config| config.cell.spec().recurrent).count(), "{computed} graphs were computed");
}

/// Whether the operators of a graph are among those that are read here too.
fn can_run(exported: &Exported) -> bool {
    let known: Vec<&str> = operators().collect();
    let nodes = &exported.model().graph.as_ref().unwrap().node;
    nodes.iter().all(|node| known.contains(&node.op_type.as_deref().unwrap()))
}

#[test]
fn a_graph_goes_on_from_the_states_it_gives() {
    let cpu = Cpu::new(1).unwrap();
    for cell in Cell::ALL.into_iter().filter(|cell| cell.spec().recurrent) {
        let config = ModelConfig { layers: 2, readout: Readout::EachStep, ..ModelConfig::new(cell, 3, 4, 2) };
        let (mut model, inputs) = (built(&config), Inputs::new(&config));
        let session = Session::from_bytes(&cpu, &plain_network(&model).unwrap().to_bytes()).unwrap();
        let lengths = [LONGEST; 3];
        let batch = inputs.batch(&config, &lengths);
        let (mut state, mut given) = (State::zeros(&config, 3), Vec::new());
        for call in 0..3 {
            let expected: Vec<_> = expected(&cpu, &mut model, &batch, &lengths, Some(&mut state)).concat();
            let mut outputs = inputs.run(&cpu, &session, &config, None, &given);
            near(&format!("{cell:?}, call {call}"), &outputs[0], &expected);
            let some = |values: &[f32]| values.iter().copied().map(Some).collect::<Vec<_>>();
            near(&format!("{cell:?}, h behind call {call}"), &outputs[1], &some(&state.h));
            if cell.has_memory() {
                near(&format!("{cell:?}, c behind call {call}"), &outputs[2], &some(&state.c));
            }
            given = ["h0", "c0"].into_iter().zip(outputs.drain(1..)).collect();
        }
    }
}
