//! The encoder of pictures: against finite differences, against PyTorch, and inside a network.

#[path = "setup/isas.rs"]
mod isas;
mod support;

use gatewise::batch::Batch;
use gatewise::layer::conv::Plane;
use gatewise::layer::encoder::Encoder;
use gatewise::loss::Loss;
use gatewise::model::{EmbeddingConfig, EncoderConfig, EncoderPool, Model, ModelConfig};
use gatewise::params::Params;
use gatewise::rng::Rng;
use gatewise::{Cell, Cpu, Isa};
use support::{Golden, check_gradient, close, narrow, widen};

fn draws(seed: u64, n: usize) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.normal()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn config(pool: EncoderPool) -> EncoderConfig {
    EncoderConfig { channels: 2, height: 5, width: 7, filters: vec![3, 4], pool, outputs: 3 }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let (cpu, frames) = (Cpu::with_isa(Isa::Scalar, 1), 3);
    for pool in [EncoderPool::Flatten, EncoderPool::Mean, EncoderPool::MeanMax] {
        let config = config(pool);
        let mut params = Params::<f64>::new();
        params.add("before", &[4]);
        let mut encoder = Encoder::new(&mut params, "encoder", &config);
        encoder.start(&mut Rng::new(5, 0), &mut params.values);
        let (mut x, wy) = (draws(2, frames * config.plane().len()), draws(3, frames * config.outputs));
        let Params { values, grads, .. } = &mut params;
        encoder.pack(&cpu, values);
        encoder.forward(&cpu, values, &x);
        let mut dx = vec![f64::NAN; x.len()];
        encoder.backward(&cpu, values, grads, &wy, Some(&mut dx));
        assert_eq!(grads[..4], [0.0; 4], "other tensors are left alone");
        let once = grads.clone();
        check_gradient("weights and biases", &mut values[4..], &once[4..], |part| {
            let changed = [&[0.0; 4], part].concat();
            encoder.pack(&cpu, &changed);
            encoder.forward(&cpu, &changed, &x);
            dot(encoder.output(), &wy)
        });
        let kept = values.clone();
        encoder.pack(&cpu, &kept);
        check_gradient("x", &mut x, &dx, |x| {
            encoder.forward(&cpu, &kept, x);
            dot(encoder.output(), &wy)
        });
        encoder.forward(&cpu, values, &x);
        encoder.backward(&cpu, values, grads, &wy, None);
        close("gradients add up", grads, &once.iter().map(|g| 2.0 * g).collect::<Vec<_>>(), 1e-13);
    }
}

#[test]
fn outputs_and_gradients_are_those_of_pytorch() {
    let golden = Golden::open("encoder");
    for isa in isas::every_isa() {
        let cpu = Cpu::with_isa(isa, 1);
        for (name, pool) in [("flatten", EncoderPool::Flatten), ("mean", EncoderPool::Mean), ("mean_max", EncoderPool::MeanMax)] {
            let config = EncoderConfig { channels: 2, height: 9, width: 12, filters: vec![6, 10], pool, outputs: 7 };
            let mut params = Params::<f32>::new();
            let mut encoder = Encoder::new(&mut params, "encoder", &config);
            let tensors = params.specs().to_vec();
            for spec in &tensors {
                let tensor = format!("{name}.{}", spec.name.strip_prefix("encoder.").unwrap());
                assert_eq!(golden.shape(&tensor), spec.shape, "{tensor}");
                params.values[spec.range.clone()].copy_from_slice(&narrow(&golden.floats(&tensor)));
            }
            let (x, wy) = (narrow(&golden.floats(&format!("{name}.x"))), narrow(&golden.floats(&format!("{name}.wy"))));
            encoder.pack(&cpu, &params.values);
            encoder.forward(&cpu, &params.values, &x);
            close("y", &widen(encoder.output()), &golden.floats(&format!("{name}.y")), 1e-5);
            let mut dx = vec![f32::NAN; x.len()];
            encoder.backward(&cpu, &params.values, &mut params.grads, &wy, Some(&mut dx));
            close("dx", &widen(&dx), &golden.floats(&format!("{name}.grad.x")), 1e-5);
            for spec in &tensors {
                let tensor = format!("{name}.grad.{}", spec.name.strip_prefix("encoder.").unwrap());
                close(&tensor, &widen(&params.grads[spec.range.clone()]), &golden.floats(&tensor), 1e-5);
            }
        }
    }
}

/// A network that reads pictures and symbols, and ragged sequences of them.
fn network(embedding: Option<EmbeddingConfig>) -> (ModelConfig, Batch<f64>) {
    let encoder = config(EncoderPool::Flatten);
    let input = encoder.plane().len();
    let config = ModelConfig { encoder: Some(encoder), embedding, ..ModelConfig::new(Cell::Gru, input, 4, 2) };
    let mut batch = Batch::default();
    batch.set_ragged(&[2, 1], input);
    batch.x = draws(8, batch.x.len());
    batch.target = draws(9, 2 * 2);
    if embedding.is_some() {
        batch.symbols = vec![0, 2, 1];
    }
    (config, batch)
}

/// The seed is one with which no value comes near zero, where the maximum has its kink.
#[test]
fn a_network_learns_through_its_encoder() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    for embedding in [None, Some(EmbeddingConfig { symbols: 3, width: 2 })] {
        let (config, mut batch) = network(embedding);
        let mut model = Model::<f64>::new(&config, 5).unwrap();
        let parameters = model.params().values.len();
        assert_eq!(config.parameters(), parameters as u128);
        model.loss_and_grad(&cpu, &batch, &Loss::Mse);
        let grads = model.params().grads.clone();
        let mut values = model.params().values.clone();
        check_gradient("every parameter", &mut values, &grads, |values| {
            model.params_mut().values.copy_from_slice(values);
            model.loss(&cpu, &batch, &Loss::Mse)
        });
        model.params_mut().values.copy_from_slice(&values);
        let wy = draws(4, 4);
        model.forward(&cpu, &batch, true, None);
        let mut dx = vec![f64::NAN; batch.x.len()];
        model.backward(&cpu, &batch, &wy, None, Some(&mut dx));
        let mut x = batch.x.clone();
        check_gradient("the pictures", &mut x, &dx, |x| {
            batch.x.copy_from_slice(x);
            dot(model.forward(&cpu, &batch, false, None), &wy)
        });
    }
}

#[test]
fn a_picture_of_one_pixel_can_be_encoded() {
    let config = EncoderConfig { channels: 1, height: 1, width: 1, filters: vec![2, 2, 2], pool: EncoderPool::Flatten, outputs: 1 };
    assert_eq!(config.plane(), Plane { channels: 1, height: 1, width: 1 });
    let mut params = Params::<f64>::new();
    let mut encoder = Encoder::new(&mut params, "encoder", &config);
    encoder.start(&mut Rng::new(1, 0), &mut params.values);
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    encoder.pack(&cpu, &params.values);
    encoder.forward(&cpu, &params.values, &[1.0, 2.0]);
    assert_eq!(encoder.output().len(), 2);
}
