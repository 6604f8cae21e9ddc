//! Gradient checks in f64 of the dense layers, dropout and every loss, and the layers against PyTorch's.

#[path = "setup/isas.rs"]
mod isas;
mod support;

use gatewise::layer::dense::Dense;
use gatewise::layer::dropout::Dropout;
use gatewise::layer::embedding::Embedding;
use gatewise::layer::norm::LayerNorm;
use gatewise::loss::Loss;
use gatewise::params::Params;
use gatewise::rng::Rng;
use gatewise::{Cpu, Isa};
use support::{Golden, check_gradient, close, narrow, widen};

/// Unlike any vector width.
const ROWS: usize = 7;

fn cpu() -> Cpu {
    Cpu::with_isa(gatewise::Isa::Scalar, 1)
}

fn draws(seed: u64, n: usize) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.normal()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn dense() {
    let (cpu, inputs, outputs) = (Cpu::with_isa(Isa::Scalar, 1), 5, 3);
    let mut params = Params::<f64>::new();
    params.add("before", &[4]);
    let mut layer = Dense::new(&mut params, "head", inputs, outputs);
    params.values = draws(1, params.values.len());
    let (mut x, wy) = (draws(2, ROWS * inputs), draws(3, ROWS * outputs));
    let Params { values, grads, .. } = &mut params;

    layer.pack(&cpu, values);
    layer.forward(&cpu, values, &x);
    let expected: f64 = values[4 + 5..][..5].iter().zip(&x[10..]).map(|(w, x)| w * x).sum::<f64>() + values[4 + 15 + 1];
    close("row 2, output 1", &[layer.output()[2 * outputs + 1]], &[expected], 1e-14);

    let mut dx = vec![f64::NAN; x.len()];
    layer.backward(&cpu, values, grads, &x, &wy, Some(&mut dx));
    assert_eq!(grads[..4], [0.0; 4], "other tensors are left alone");
    let once = grads.clone();
    check_gradient("weight and bias", &mut values[4..], &once[4..], |part| {
        let whole = [&[0.0; 4], part].concat();
        layer.pack(&cpu, &whole);
        layer.forward(&cpu, &whole, &x);
        dot(layer.output(), &wy)
    });
    let kept = values.clone();
    check_gradient("x", &mut x, &dx, |x| {
        layer.forward(&cpu, &kept, x);
        dot(layer.output(), &wy)
    });
    layer.backward(&cpu, values, grads, &x, &wy, None);
    close("gradients add up", grads, &once.iter().map(|g| 2.0 * g).collect::<Vec<_>>(), 1e-13);
}

#[test]
fn layer_norm() {
    let (cpu, width) = (Cpu::with_isa(Isa::Scalar, 1), 11);
    let mut params = Params::<f64>::new();
    let mut layer = LayerNorm::new(&mut params, "norm", width);
    assert!(params.values[..width].iter().all(|gain| *gain == 1.0) && params.values[width..].iter().all(|bias| *bias == 0.0));
    params.values = draws(1, params.values.len());
    let (mut x, wy) = (draws(2, ROWS * width), draws(3, ROWS * width));
    let Params { values, grads, .. } = &mut params;
    layer.forward(&cpu, values, &x);
    let mut dx = vec![f64::NAN; x.len()];
    layer.backward(&cpu, values, grads, &x, &wy, Some(&mut dx));
    check_gradient("gain and bias", values, grads, |values| {
        layer.forward(&cpu, values, &x);
        dot(layer.output(), &wy)
    });
    let kept = values.clone();
    check_gradient("x", &mut x, &dx, |x| {
        layer.forward(&cpu, &kept, x);
        dot(layer.output(), &wy)
    });
}

#[test]
fn embedding() {
    let (cpu, width) = (Cpu::with_isa(Isa::Scalar, 1), 4);
    // Symbols repeat, one does not occur.
    let symbols = [3, 0, 3, 2, 0, 3, 2];
    let mut params = Params::<f64>::new();
    let mut layer = Embedding::new(&mut params, "embedding", 4, width);
    params.values = draws(1, params.values.len());
    let wy = draws(3, symbols.len() * width);
    let Params { values, grads, .. } = &mut params;
    layer.forward(&cpu, values, &symbols);
    layer.backward(&cpu, grads, &symbols, &wy);
    check_gradient("table", values, grads, |values| {
        layer.forward(&cpu, values, &symbols);
        dot(layer.output(), &wy)
    });
}

#[test]
fn dropout_with_a_fixed_mask() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let mut layer = Dropout::<f64>::new(0.4);
    let rng = Rng::new(9, 1);
    let (mut x, wy) = (draws(2, 150), draws(3, 150));
    layer.forward(&cpu, &x, &mut rng.clone());
    let mut dx = vec![f64::NAN; x.len()];
    layer.backward(&cpu, &wy, &mut dx);
    assert!(dx.contains(&0.0));
    check_gradient("x", &mut x, &dx, |x| {
        layer.forward(&cpu, x, &mut rng.clone());
        dot(layer.output(), &wy)
    });
}

/// Every loss, with and without weights. Targets keep away from the outputs, where absolute errors have a kink.
#[test]
fn losses() {
    let levels = vec![0.1, 0.5, 0.9];
    let class_weights = vec![0.5, 1.5, 1.0, 2.0];
    for loss in [
        Loss::Mse,
        Loss::Mae,
        Loss::Huber { delta: 0.7 },
        Loss::Quantile { levels },
        Loss::Gaussian,
        Loss::StudentT,
        Loss::CrossEntropy { classes: 4, weights: vec![], label_smoothing: 0.0 },
        Loss::CrossEntropy { classes: 4, weights: class_weights, label_smoothing: 0.1 },
    ] {
        let (rows, per_row) = (6, 2);
        let mut raw = draws(4, rows * per_row * loss.width());
        let target: Vec<f64> = match loss {
            Loss::CrossEntropy { .. } => (0..rows * per_row).map(|i| (i % 4) as f64).collect(),
            _ => raw.chunks_exact(loss.width()).enumerate().map(|(i, raw)| raw[0] + [0.35, -0.45, 1.9, -2.3][i % 4]).collect(),
        };
        let weight: Vec<f64> = (0..rows).map(|r| [1.0, 0.0, 0.25][r % 3]).collect();
        for weight in [None, Some(&weight[..])] {
            let mut grad = vec![f64::NAN; raw.len()];
            loss.loss(&cpu(), &raw, &target, weight, &mut grad);
            let mut unused = vec![0.0; raw.len()];
            check_gradient(&format!("{loss:?}, weights {weight:?}"), &mut raw, &grad, |raw| {
                loss.loss(&cpu(), raw, &target, weight, &mut unused)
            });
        }
    }
}

#[test]
fn layers_equal_pytorch() {
    let golden = Golden::open("layers");
    for isa in isas::every_isa() {
        let cpu = Cpu::with_isa(isa, 1);
        let mut params = Params::<f32>::new();
        let mut norm = LayerNorm::new(&mut params, "norm", 19);
        params.values = narrow(&[golden.floats("layer_norm.weight"), golden.floats("layer_norm.bias")].concat());
        let (x, wy) = (narrow(&golden.floats("layer_norm.x")), narrow(&golden.floats("layer_norm.wy")));
        let mut dx = vec![f32::NAN; x.len()];
        norm.forward(&cpu, &params.values, &x);
        close("layer norm", &widen(norm.output()), &golden.floats("layer_norm.y"), 1e-6);
        norm.backward(&cpu, &params.values, &mut params.grads, &x, &wy, Some(&mut dx));
        close("dx", &widen(&dx), &golden.floats("layer_norm.grad.x"), 1e-5);
        let expected = [golden.floats("layer_norm.grad.weight"), golden.floats("layer_norm.grad.bias")].concat();
        close("gradients", &widen(&params.grads), &expected, 1e-5);

        let mut params = Params::<f32>::new();
        let mut embedding = Embedding::new(&mut params, "embedding", 11, 7);
        params.values = narrow(&golden.floats("embedding.weight"));
        let symbols: Vec<u32> = golden.integers("embedding.ids").iter().map(|&id| id as u32).collect();
        embedding.forward(&cpu, &params.values, &symbols);
        close("embedding", &widen(embedding.output()), &golden.floats("embedding.y"), 0.0);
        embedding.backward(&cpu, &mut params.grads, &symbols, &narrow(&golden.floats("embedding.wy")));
        close("gradient", &widen(&params.grads), &golden.floats("embedding.grad.weight"), 1e-6);
    }
}
