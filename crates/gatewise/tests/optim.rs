//! Optimisers and clipping against PyTorch's, step by step.

mod support;

use gatewise::optim::{OptimError, Optimizer, OptimizerConfig, clip_global_norm, clip_value};
use gatewise::{Cpu, Isa};
use support::{Golden, close, narrow, widen};

const LR: f64 = 1e-2;

fn cases() -> [(&'static str, OptimizerConfig); 4] {
    [
        ("adam", OptimizerConfig::adam()),
        ("adamw", OptimizerConfig::adamw(0.01)),
        ("sgd_momentum", OptimizerConfig::sgd(0.9, false)),
        ("sgd_nesterov", OptimizerConfig::sgd(0.9, true)),
    ]
}

fn cpu() -> Cpu {
    Cpu::with_isa(Isa::best(), 1)
}

#[test]
fn five_steps_equal_pytorch() {
    let golden = Golden::open("optim");
    let (initial, grads) = (golden.floats("initial"), golden.floats("grads"));
    let size = initial.len();
    for (name, config) in cases() {
        let expected = golden.floats(&format!("{name}.params"));
        let (mut wide, mut narrowed) = (initial.clone(), narrow(&initial));
        let mut in_f64 = Optimizer::<f64>::new(config.clone(), size);
        let mut in_f32 = Optimizer::<f32>::new(config, size);
        for (step, (grad, expected)) in grads.chunks_exact(size).zip(expected.chunks_exact(size)).enumerate() {
            in_f64.step(&cpu(), LR, &mut wide, grad);
            in_f32.step(&cpu(), LR, &mut narrowed, &narrow(grad));
            // The golden is rounded to f32: half a unit of its last place.
            close(&format!("{name}, step {step}, f64"), &wide, expected, 6e-8);
            close(&format!("{name}, step {step}, f32"), &widen(&narrowed), expected, 1e-6);
        }
    }
}

/// With plain formulas for one weight, what the goldens leave out: decay inside the gradient, no momentum, dampening.
#[test]
fn decay_and_dampening_follow_their_formulas() {
    let (w0, g) = (0.7_f64, [0.3, -0.2]);
    let run = |config| {
        let mut optimizer = Optimizer::<f64>::new(config, 1);
        let mut w = [w0];
        g.iter().for_each(|&g| optimizer.step(&cpu(), 0.1, &mut w, &[g]));
        w[0]
    };
    let plain = OptimizerConfig::Sgd { momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.5 };
    let expected = g.iter().fold(w0, |w, g| w - 0.1 * (g + 0.5 * w));
    close("sgd", &[run(plain)], &[expected], 1e-15);

    let damped = OptimizerConfig::Sgd { momentum: 0.9, dampening: 0.25, nesterov: false, weight_decay: 0.0 };
    let first = g[0];
    let second = 0.9 * first + 0.75 * g[1];
    close("sgd damped", &[run(damped)], &[w0 - 0.1 * first - 0.1 * second], 1e-15);

    let adam = OptimizerConfig::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.5 };
    let (mut w, mut m, mut v) = (w0, 0.0, 0.0);
    for (t, g) in (1..).zip(g) {
        let g: f64 = g + 0.5 * w;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        let (m_hat, v_hat): (f64, f64) = (m / (1.0 - 0.9_f64.powi(t)), v / (1.0 - 0.999_f64.powi(t)));
        w -= 0.1 * m_hat / (v_hat.sqrt() + 1e-8);
    }
    close("adam with decay", &[run(adam)], &[w], 1e-12);
}

#[test]
fn a_restored_optimizer_continues_to_the_bit() {
    let golden = Golden::open("optim");
    let (initial, grads) = (narrow(&golden.floats("initial")), narrow(&golden.floats("grads")));
    for (name, config) in cases() {
        let mut whole = Optimizer::<f32>::new(config.clone(), initial.len());
        let (mut values, mut steps) = (initial.clone(), grads.chunks_exact(initial.len()));
        steps.by_ref().take(2).for_each(|grad| whole.step(&cpu(), LR, &mut values, grad));

        let saved: Vec<(String, Vec<f32>)> = whole.state().into_iter().map(|(n, t)| (n.to_string(), t.to_vec())).collect();
        let find = |name: &str| saved.iter().find(|(n, _)| n == name).map(|(_, t)| &t[..]);
        let mut again = Optimizer::<f32>::new(config.clone(), initial.len());
        again.restore(whole.steps(), find).expect("its own state");
        let mut resumed = values.clone();
        for grad in steps {
            whole.step(&cpu(), LR, &mut values, grad);
            again.step(&cpu(), LR, &mut resumed, grad);
        }
        assert_eq!(values, resumed, "{name}");

        let mut other = Optimizer::<f32>::new(config, initial.len() + 1);
        assert!(matches!(other.restore(2, find), Err(OptimError::Length { found: 37, expected: 38, .. })), "{name}");
        assert!(matches!(other.restore(2, |_| None), Err(OptimError::Missing { .. })), "{name}");
    }
}

#[test]
fn clipping_equals_pytorch() {
    let golden = Golden::open("optim");
    let parts = [golden.floats("clip.grad.0"), golden.floats("clip.grad.1")];
    for case in ["cut", "kept"] {
        let max_norm = golden.floats(&format!("clip.{case}.max_norm"))[0];
        let mut grads = narrow(&parts.concat());
        let norm = clip_global_norm(&cpu(), &mut grads, max_norm);
        close("norm", &[norm], &golden.floats(&format!("clip.{case}.norm")), 1e-7);
        let expected = [golden.floats(&format!("clip.{case}.grad.0")), golden.floats(&format!("clip.{case}.grad.1"))].concat();
        close(case, &widen(&grads), &expected, 1e-7);
    }
    let mut grads = narrow(&parts[0]);
    clip_value(&mut grads, golden.floats("clip.value.bound")[0]);
    close("value", &widen(&grads), &golden.floats("clip.value.grad.0"), 0.0);
}

#[test]
fn settings_read_with_defaults_and_refuse_what_they_do_not_know() {
    let read = |text: &str| serde_json::from_str::<OptimizerConfig>(text);
    assert_eq!(read(r#"{"name":"adam"}"#).unwrap(), OptimizerConfig::adam());
    assert_eq!(read(r#"{"name":"adamw"}"#).unwrap(), OptimizerConfig::adamw(0.01));
    assert_eq!(read(r#"{"name":"sgd","momentum":0.9,"nesterov":true}"#).unwrap(), OptimizerConfig::sgd(0.9, true));
    for (text, word) in [(r#"{"name":"adam","beta":0.9}"#, "beta"), (r#"{"name":"adamax"}"#, "adamax")] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
    for (config, key) in [
        (OptimizerConfig::Adam { beta1: 1.0, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 }, "beta1"),
        (OptimizerConfig::adamw(-1.0), "weight_decay"),
        (OptimizerConfig::adamw(f64::NAN), "weight_decay"),
        (OptimizerConfig::sgd(0.0, true), "momentum"),
    ] {
        let message = config.validate().unwrap_err().to_string();
        assert!(message.contains(&format!("`{key}`")), "{message}");
    }
    cases().iter().for_each(|(name, config)| assert_eq!(config.validate(), Ok(()), "{name}"));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    const SIZE: usize = 50_001;
    let initial: Vec<f32> = (0..SIZE).map(|i| (i * 37 % 101) as f32 * 0.02 - 1.0).collect();
    let gradient: Vec<f32> = (0..SIZE).map(|i| (i * 53 % 103) as f32 * 0.03 - 1.5).collect();
    for (name, config) in cases() {
        let run = |threads: usize| {
            let cpu = Cpu::with_isa(Isa::best(), threads);
            let mut optimizer = Optimizer::<f32>::new(config.clone(), SIZE);
            let (mut values, mut grads) = (initial.clone(), gradient.clone());
            let norm = clip_global_norm(&cpu, &mut grads, 3.0);
            (0..3).for_each(|_| optimizer.step(&cpu, LR, &mut values, &grads));
            (norm.to_bits(), values.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
        };
        let one = run(1);
        assert!(one == run(2) && one == run(5), "{name}");
    }
}
