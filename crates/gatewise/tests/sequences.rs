//! What a sequence gives does not depend on how it is cut or on who stands beside it.

mod setup;
mod support;

use gatewise::batch::Batch;
use gatewise::error::ModelError;
use gatewise::layer::recurrent::{Stack, State};
use gatewise::loss::Loss;
use gatewise::model::{EmbeddingConfig, LinearSkipConfig, Model, ModelConfig, Readout};
use gatewise::params::Params;
use gatewise::rng::Rng;
use gatewise::{Cell, Cpu, Isa, Layout, Precision};
use setup::cpus;
use support::{close, widen};

const INPUT: usize = 3;
/// No multiple of any vector width.
const HIDDEN: usize = 21;

fn draws(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = Rng::new(seed, 0);
    (0..count).map(|_| rng.normal() as f32).collect()
}

/// Sequences of the given lengths, the features of item i drawn from seed i.
fn batch_of(items: &[usize], lengths: &[usize]) -> Batch<f32> {
    let mut batch = Batch::default();
    batch.set_ragged(&items.iter().map(|&i| lengths[i]).collect::<Vec<_>>(), INPUT);
    for (item, &number) in items.iter().enumerate() {
        batch.set_sequence(item, &draws(number as u64, lengths[number] * INPUT));
    }
    batch
}

#[test]
fn neighbours_do_not_change_a_bit() {
    // More sequences than any tile has rows; the largest is a multiple of none.
    let lengths: Vec<usize> = (0..37).map(|i| 1 + (i * 7) % 12).collect();
    let all: Vec<usize> = (0..lengths.len()).collect();
    for cpu in cpus() {
        for cell in Cell::ALL {
            let config = ModelConfig { layers: 2, bidirectional: true, layer_norm: true, ..ModelConfig::new(cell, INPUT, HIDDEN, 2) };
            let mut model = Model::<f32>::new(&config, 3).unwrap();
            let batch = batch_of(&all, &lengths);
            let mut together = vec![0.0; all.len() * 2];
            batch.unsort(model.forward(&cpu, &batch, false, None), &mut together);
            for few in [&[5][..], &[36, 0], &[1, 2, 3, 4, 5, 6, 7], &all[10..33]] {
                let batch = batch_of(few, &lengths);
                let mut alone = vec![0.0; few.len() * 2];
                batch.unsort(model.forward(&cpu, &batch, false, None), &mut alone);
                for (row, &item) in alone.chunks(2).zip(few) {
                    let (got, expected) = (row, &together[item * 2..][..2]);
                    let same = got.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits());
                    assert!(same, "{cell:?} {}: item {item} among {}: got {got:?}, expected {expected:?}", cpu.isa(), few.len());
                }
            }
        }
    }
}

#[test]
fn steps_and_carried_states_give_the_whole() {
    const TIME: usize = 9;
    for cpu in cpus() {
        for cell in Cell::ALL {
            let config = ModelConfig { layers: 2, readout: Readout::EachStep, ..ModelConfig::new(cell, INPUT, HIDDEN, 2) };
            let mut model = Model::<f32>::new(&config, 3).unwrap();
            for sequences in [1, 4] {
                let mut whole = Batch::default();
                whole.set_full(sequences, TIME, INPUT);
                whole.x = draws(1, whole.x.len());
                let mut last = State::zeros(&config, sequences);
                let expected = model.forward(&cpu, &whole, false, Some(&mut last)).to_vec();

                let mut state = State::zeros(&config, sequences);
                let mut got = Vec::new();
                for x in whole.x.chunks(sequences * INPUT) {
                    got.extend_from_slice(model.step(&cpu, x, &[], &mut state).unwrap());
                }
                let label = format!("{cell:?} {} B{sequences}", cpu.isa());
                close(&format!("{label} steps"), &widen(&got), &widen(&expected), 1e-6);
                close(&format!("{label} last state"), &widen(&state.h), &widen(&last.h), 1e-6);

                let (mut state, mut got) = (State::zeros(&config, sequences), Vec::new());
                for x in whole.x.chunks(5 * sequences * INPUT) {
                    let mut part = Batch::default();
                    part.set_full(sequences, x.len() / (sequences * INPUT), INPUT);
                    part.x.copy_from_slice(x);
                    part.target = vec![0.0; x.len() / INPUT * 2];
                    model.loss_and_grad_from(&cpu, &part, &Loss::Mse, Some(&mut state));
                    got.extend_from_slice(model.output());
                }
                close(&format!("{label} carried"), &widen(&got), &widen(&expected), 1e-6);
                close(&format!("{label} carried state"), &widen(&state.c), &widen(&last.c), 1e-6);
            }
        }
    }
}

#[test]
fn a_streaming_stack_gives_what_a_forward_gives() {
    const TIME: usize = 7;
    for (cell, layers) in [Cell::Lstm, Cell::Gru, Cell::RnnTanh].into_iter().flat_map(|cell| [1, 2, 3].map(|layers| (cell, layers))) {
        for cpu in cpus().filter(|cpu| cpu.isa() != Isa::Scalar) {
            let config = ModelConfig { layers, ..ModelConfig::new(cell, INPUT, HIDDEN, 1) };
            let (mut params, layout) = (Params::<f32>::new(), Layout::full(1, TIME));
            let mut stack = Stack::new(&mut params, "recurrent", config.stack());
            params.values = draws(4, params.values.len()).into_iter().map(|w| 0.2 * w).collect();
            stack.pack(&cpu, &params.values);
            let x = draws(5, TIME * INPUT);
            let mut state = State::zeros(&config, 1);
            stack.forward(&cpu, &params.values, &layout, &x, &mut state, false, None);

            let mut stream = stack.streaming(cpu.isa(), &params.values).expect("a plain stack streams");
            let steps: Vec<f32> = x.chunks(INPUT).flat_map(|x| stream.step(x).to_vec()).collect();
            let label = format!("{cell:?} {} {layers} layers", cpu.isa());
            close(&label, &widen(&steps), &widen(stack.output()), 1e-5);
            stream.reset();
            let mut block = vec![0.0; TIME * HIDDEN];
            stream.step_many(&x, &mut block);
            assert_eq!(block, steps, "{label}");
        }
    }
}

#[test]
fn stacks_with_more_than_cells_do_not_stream() {
    let base = ModelConfig { layers: 2, ..ModelConfig::new(Cell::Lstm, INPUT, HIDDEN, 1) };
    let streams = |config: &ModelConfig, precision| {
        let mut params = Params::<f32>::new();
        let mut stack = Stack::new(&mut params, "recurrent", config.stack());
        stack.set_precision(precision);
        stack.streaming(Isa::best(), &params.values).is_some()
    };
    assert!(streams(&base, Precision::F32) && streams(&base, Precision::Bf16));
    assert!(streams(&base, Precision::Int8));
    for config in [
        ModelConfig { bidirectional: true, ..base.clone() },
        ModelConfig { layer_norm: true, ..base.clone() },
        ModelConfig { zoneout: 0.1, ..base.clone() },
        ModelConfig { cell: Cell::MinGru, ..base.clone() },
    ] {
        assert!(!streams(&config, Precision::F32), "{config:?}");
    }
}

#[test]
fn a_free_run_reads_its_own_outputs() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let embedding = Some(EmbeddingConfig { symbols: 5, width: 4 });
    let config = ModelConfig { embedding, ..ModelConfig::new(Cell::Gru, 1, 8, 1) };
    let mut model = Model::<f32>::new(&config, 3).unwrap();
    let (mut state, mut x, mut symbols, mut outputs) = (State::zeros(&config, 2), [0.3, -0.4], [1, 2], Vec::new());
    model
        .free_run(&cpu, 4, &mut x, &mut symbols, &mut state, &mut |step, output, x, symbols| {
            outputs.extend_from_slice(output);
            x.copy_from_slice(output);
            symbols.iter_mut().for_each(|s| *s = step as u32);
        })
        .unwrap();

    // The same inputs, read at once.
    let mut batch = Batch::default();
    batch.set_full(2, 4, 1);
    batch.x.copy_from_slice(&[&[0.3, -0.4], &outputs[..6]].concat());
    batch.symbols = vec![1, 2, 0, 0, 1, 1, 2, 2];
    close("output of step 4", &widen(model.forward(&cpu, &batch, false, None)), &widen(&outputs[6..]), 1e-6);
}

#[test]
fn networks_that_need_the_whole_sequence_refuse_steps() {
    let base = ModelConfig::new(Cell::Lstm, 1, 4, 2);
    let skip = LinearSkipConfig { lookback: 2, horizon: 2, targets: 1, width: 1, all: true };
    let cases = [
        ModelConfig { bidirectional: true, ..base.clone() },
        ModelConfig { readout: Readout::Mean, ..base.clone() },
        ModelConfig { skip: Some(skip), ..base },
    ];
    for config in cases {
        let mut model = Model::<f32>::new(&config, 3).unwrap();
        let error = model.step(&Cpu::with_isa(Isa::Scalar, 1), &[1.0], &[], &mut State::zeros(&config, 1)).unwrap_err();
        assert!(matches!(error, ModelError::NoStreaming { .. }), "{config:?}");
    }
}

#[test]
fn a_cast_keeps_the_function() {
    let config = ModelConfig { layers: 2, bidirectional: true, ..ModelConfig::new(Cell::Lstm, INPUT, HIDDEN, 2) };
    let mut model = Model::<f32>::new(&config, 3).unwrap();
    let batch = batch_of(&[0, 1], &[6, 6]);
    let mut wide = Batch::<f64>::default();
    wide.set_full(2, 6, INPUT);
    wide.x = widen(&batch.x);
    let expected = model.cast::<f64>().forward(&Cpu::with_isa(Isa::Scalar, 1), &wide, false, None).to_vec();
    close("f32", &widen(model.forward(&Cpu::with_isa(Isa::best(), 1), &batch, false, None)), &expected, 1e-6);
    assert_eq!(model.cast::<f64>().cast::<f32>().params().values, model.params().values);
}
