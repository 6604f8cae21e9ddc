//! Losses and their gradients against PyTorch's, and what a head's raw output means.

mod support;

use gatewise::loss::{Loss, LossError};
use gatewise::{Cpu, Isa};
use support::{Golden, close, narrow, widen};

/// The processor's own instruction set: `f32` then takes the fast path.
fn cpu() -> Cpu {
    Cpu::with_isa(Isa::best(), 1)
}

/// A loss with the golden's inputs: raw output (V, width), target (V), value, gradient.
struct Case {
    loss: Loss,
    name: &'static str,
    inputs: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    let case = |loss, name, inputs| Case { loss, name, inputs };
    vec![
        case(Loss::Mse, "mse", &["prediction"]),
        case(Loss::Mae, "l1", &["prediction"]),
        case(Loss::Huber { delta: 1.0 }, "huber", &["prediction"]),
        case(Loss::Quantile { levels: vec![0.1, 0.5, 0.9] }, "pinball", &["prediction"]),
        case(Loss::Gaussian, "gaussian", &["mean", "raw_scale"]),
        case(Loss::StudentT, "student_t", &["mean", "raw_scale", "raw_df"]),
        case(Loss::CrossEntropy { classes: 6, weights: vec![], label_smoothing: 0.0 }, "cross_entropy_plain", &["logits"]),
    ]
}

impl Case {
    /// The named tensors side by side, innermost.
    fn interleaved(&self, golden: &Golden, prefix: &str) -> Vec<f64> {
        let parts: Vec<Vec<f64>> = self.inputs.iter().map(|input| golden.floats(&format!("{}.{prefix}{input}", self.name))).collect();
        (0..parts[0].len()).flat_map(|i| parts.iter().map(move |part| part[i])).collect()
    }

    fn target(&self, golden: &Golden) -> Vec<f64> {
        let name = format!("{}.target", self.name);
        match self.loss {
            Loss::CrossEntropy { .. } => golden.integers(&name).iter().map(|&class| class as f64).collect(),
            _ => golden.floats(&name),
        }
    }
}

#[test]
fn values_and_gradients_equal_pytorch() {
    let golden = Golden::open("losses");
    for case in cases() {
        let (output, target) = (case.interleaved(&golden, ""), case.target(&golden));
        let (value, grad) = (golden.floats(&format!("{}.value", case.name)), case.interleaved(&golden, "grad."));
        assert_eq!(case.loss.validate(), Ok(()), "{}", case.name);

        let mut got = vec![0.0; output.len()];
        close(case.name, &[case.loss.loss(&cpu(), &output, &target, None, &mut got)], &value, 6e-8);
        close(&format!("gradient of {}", case.name), &got, &grad, 6e-8);

        let mut got = vec![0.0; output.len()];
        close(case.name, &[case.loss.loss(&cpu(), &narrow(&output), &narrow(&target), None, &mut got)], &value, 1e-6);
        close(&format!("gradient of {} in f32", case.name), &widen(&got), &grad, 1e-6);
    }
}

/// A weight of 2 is the row twice, a weight of 0 is no row, whatever stands in it.
#[test]
fn weights_are_repetitions() {
    let golden = Golden::open("losses");
    for case in cases() {
        let (output, mut target) = (case.interleaved(&golden, ""), case.target(&golden));
        let rows = if matches!(case.loss, Loss::CrossEntropy { .. }) { 9 } else { 5 };
        let (values, raws) = (target.len() / rows, output.len() / rows);
        let weight: Vec<f64> = (0..rows).map(|r| [1.0, 2.0, 0.0][r % 3]).collect();
        let pick = |from: &[f64], width: usize| -> Vec<f64> {
            (0..rows).flat_map(|r| (0..weight[r] as usize).flat_map(move |_| from[r * width..][..width].to_vec())).collect()
        };
        let (repeated, repeated_target) = (pick(&output, raws), pick(&target, values));
        let mut repeated_grad = vec![0.0; repeated.len()];
        let expected = case.loss.loss(&cpu(), &repeated, &repeated_target, None, &mut repeated_grad);

        target[2 * values..3 * values].fill(f64::NAN);
        let mut grad = vec![7.0; output.len()];
        let got = case.loss.loss(&cpu(), &output, &target, Some(&weight), &mut grad);
        close(case.name, &[got], &[expected], 1e-12);
        let mut at = 0;
        for r in 0..rows {
            let sum: Vec<f64> = (0..raws).map(|i| (0..weight[r] as usize).map(|k| repeated_grad[at + k * raws + i]).sum()).collect();
            at += weight[r] as usize * raws;
            close(&format!("{}, row {r}", case.name), &grad[r * raws..][..raws], &sum, 1e-12);
        }

        // One weight a value, all of a row alike, is the weight of the row.
        let each: Vec<f64> = weight.iter().flat_map(|&w| vec![w; values]).collect();
        let mut grad_each = vec![0.0; output.len()];
        close(case.name, &[case.loss.loss(&cpu(), &output, &target, Some(&each), &mut grad_each)], &[got], 1e-12);
        close(case.name, &grad_each, &grad, 1e-12);

        let none = case.loss.loss(&cpu(), &output, &target, Some(&vec![0.0; rows]), &mut grad);
        assert!(none == 0.0 && grad.iter().all(|g| *g == 0.0), "{}: nothing to learn from", case.name);
    }
}

#[test]
fn what_is_not_finite_shows_in_the_loss() {
    let golden = Golden::open("losses");
    for case in cases() {
        for at in 0..case.loss.width() {
            for poison in [f32::NAN, f32::INFINITY] {
                let (mut output, target) = (narrow(&case.interleaved(&golden, "")), narrow(&case.target(&golden)));
                output[at] = poison;
                let value = case.loss.loss(&cpu(), &output, &target, None, &mut vec![0.0; output.len()]);
                assert!(!value.is_finite(), "{}: {value} with {poison} at {at}", case.name);
            }
        }
    }
}

#[test]
fn a_rare_class_gains_nothing_from_the_rows_of_a_frequent_one() {
    let golden = Golden::open("losses");
    let (logits, weights) = (golden.floats("cross_entropy.logits"), golden.floats("cross_entropy.weight"));
    let target: Vec<f64> = golden.integers("cross_entropy.target").iter().map(|&class| class as f64).collect();
    let loss = Loss::CrossEntropy { classes: 6, weights: weights.clone(), label_smoothing: 0.1 };
    let value = loss.loss(&cpu(), &logits, &target, None, &mut vec![0.0; logits.len()]);
    // Σ rows w_y ((1 − ε) (−ln p_y) + ε/K Σ_k (−ln p_k)) / Σ rows w_y, plainly.
    let (mut sum, mut total) = (0.0, 0.0);
    for (row, &y) in logits.chunks_exact(6).zip(&target) {
        let log_total = row.iter().map(|x| x.exp()).sum::<f64>().ln();
        let nats: Vec<f64> = row.iter().map(|x| log_total - x).collect();
        let weight = weights[y as usize];
        sum += weight * (0.9 * nats[y as usize] + 0.1 / 6.0 * nats.iter().sum::<f64>());
        total += weight;
    }
    close("value", &[value], &[sum / total], 1e-12);
    // The row of a class has its least loss at that class, however rare the other is: the optimum is ε/K from its own label.
    for rare in [50.0, 200.0] {
        let weights = vec![(rare + 1.0) / (2.0 * rare), (rare + 1.0) / 2.0];
        let loss = Loss::CrossEntropy { classes: 2, weights, label_smoothing: 0.05 };
        let own = (0.975_f64 / 0.025).ln();
        for (class, sign) in [(0.0, 1.0), (1.0, -1.0)] {
            let mut grad = [7.0; 2];
            loss.loss(&cpu(), &[sign * own, 0.0], &[class], None, &mut grad);
            close("gradient", &grad, &[0.0; 2], 1e-12);
        }
    }
}

#[test]
fn a_negative_class_is_left_out() {
    let loss = Loss::CrossEntropy { classes: 3, weights: vec![1.0, 2.0, 3.0], label_smoothing: 0.1 };
    let logits = [0.1, 0.5, -0.3, 2.0, -1.0, 0.4, 1.0, 1.0, 1.0];
    let (mut all, mut two) = ([7.0; 9], [7.0; 6]);
    let with = loss.loss(&cpu(), &logits, &[2.0, 0.0, -100.0], None, &mut all);
    let without = loss.loss(&cpu(), &logits[..6], &[2.0, 0.0], None, &mut two);
    assert_eq!((with, &all[..6], &all[6..]), (without, &two[..], &[0.0; 3][..]));
}

#[test]
fn quantiles_never_cross_and_points_are_medians() {
    let loss = Loss::Quantile { levels: vec![0.1, 0.5, 0.9] };
    // The second prediction crosses.
    let raw = [1.0, 2.0, 4.0, 3.0, 1.0, 2.0];
    let mut point = [0.0; 2];
    loss.point(&raw, &mut point);
    assert_eq!(point, [2.0, 2.0]);
    let mut out = [0.0; 6];
    loss.quantiles(&raw, &[0.1, 0.3, 0.9], &mut out).expect("levels within the trained ones");
    close("quantiles", &out, &[1.0, 1.5, 4.0, 1.0, 1.5, 3.0], 1e-12);
    let outside = loss.quantiles(&raw, &[0.05], &mut [0.0; 2]);
    assert_eq!(outside, Err(LossError::LevelOutside { level: 0.05, lowest: 0.1, highest: 0.9 }));

    let high = Loss::Quantile { levels: vec![0.75, 0.9] };
    let mut point = [0.0];
    high.point(&[5.0, 6.0], &mut point);
    assert_eq!(point, [5.0], "without a median, the level nearest to it");
    assert_eq!(Loss::Mse.quantiles(&[0.0], &[0.5], &mut [0.0]), Err(LossError::NoQuantiles("mse")));
}

#[test]
fn quantiles_of_distributions_hold_their_probability() {
    let levels = [0.025, 0.1, 0.5, 0.9, 0.975];
    // softplus(0) = ln 2.
    let sigma = std::f64::consts::LN_2 + 1e-4;
    let mut out = [0.0; 5];
    Loss::Gaussian.quantiles(&[3.0, 0.0], &levels, &mut out).unwrap();
    let normal = [-1.959963984540054, -1.2815515655446004, 0.0, 1.2815515655446004, 1.959963984540054];
    close("gaussian", &out, &normal.map(|z| 3.0 + sigma * z), 1e-9);

    // Raw degrees of freedom ln(e² − 1) give softplus 2, with the floor 4; closed form of Shaw (2006).
    let raw_df = (2.0_f64.exp() - 1.0).ln();
    Loss::StudentT.quantiles(&[3.0, 0.0, raw_df], &levels, &mut out).unwrap();
    let four = [-2.7764451051977987, -1.5332062740589438, 0.0, 1.5332062740589438, 2.7764451051977987];
    close("student t", &out, &four.map(|t| 3.0 + sigma * t), 1e-9);

    let mut point = [0.0];
    Loss::StudentT.point(&[3.0, 0.0, raw_df], &mut point);
    assert_eq!(point, [3.0]);
    Loss::StudentT.quantiles(&[f64::NAN; 3], &levels, &mut out).unwrap();
    assert!(out.iter().all(|q| q.is_nan()), "what is not a number stays none, and ends");
}

#[test]
fn probabilities_sum_to_one_and_the_point_is_the_class() {
    let loss = Loss::CrossEntropy { classes: 3, weights: vec![], label_smoothing: 0.0 };
    let raw = [1.0_f32, 3.0, 2.0, 900.0, -900.0, 0.0];
    let (mut point, mut probabilities) = ([0.0; 2], [0.0; 6]);
    loss.point(&raw, &mut point);
    assert_eq!(point, [1.0, 0.0]);
    loss.probabilities(&raw, &mut probabilities);
    let e = [(-2.0_f64).exp(), 1.0, (-1.0_f64).exp()];
    let sum: f64 = e.iter().sum();
    close("softmax", &widen(&probabilities), &[e[0] / sum, e[1] / sum, e[2] / sum, 1.0, 0.0, 0.0], 1e-6);
}

#[test]
fn settings_read_with_defaults_and_refuse_what_they_do_not_know() {
    let read = |text: &str| serde_json::from_str::<Loss>(text);
    assert_eq!(read(r#"{"name":"mae"}"#).unwrap(), Loss::Mae);
    assert_eq!(read(r#"{"name":"huber"}"#).unwrap(), Loss::Huber { delta: 1.0 });
    assert!(read(r#"{"name":"huber","detla":2}"#).unwrap_err().to_string().contains("detla"));
    for loss in [
        Loss::Huber { delta: 0.0 },
        Loss::Quantile { levels: vec![] },
        Loss::Quantile { levels: vec![0.5, 0.1] },
        Loss::Quantile { levels: vec![0.0, 0.5] },
        Loss::Quantile { levels: vec![f64::NAN] },
        Loss::CrossEntropy { classes: 1, weights: vec![], label_smoothing: 0.0 },
        Loss::CrossEntropy { classes: 3, weights: vec![1.0; 2], label_smoothing: 0.0 },
        Loss::CrossEntropy { classes: 3, weights: vec![1.0, -1.0, 1.0], label_smoothing: 0.0 },
        Loss::CrossEntropy { classes: 3, weights: vec![], label_smoothing: 1.0 },
    ] {
        assert!(loss.validate().is_err(), "{loss:?}");
        let again: Loss = serde_json::from_str(&serde_json::to_string(&loss).unwrap().replace("null", "0.5")).unwrap();
        assert_eq!(again.name(), loss.name());
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (rows, classes) = (1003, 37);
    let raw: Vec<f32> = (0..rows * classes).map(|i| ((i * 37 % 101) as f32 - 50.0) * 0.1).collect();
    let target: Vec<f32> = (0..rows).map(|r| if r % 11 == 0 { -1.0 } else { (r * 7 % classes) as f32 }).collect();
    let weights: Vec<f64> = (0..classes).map(|k| 0.5 + 0.1 * k as f64).collect();
    for (weights, label_smoothing) in [(vec![], 0.0), (weights, 0.1)] {
        let loss = Loss::CrossEntropy { classes, weights, label_smoothing };
        let run = |threads: usize| {
            let mut grad = vec![f32::NAN; raw.len()];
            let value = loss.loss(&Cpu::with_isa(Isa::best(), threads), &raw, &target, None, &mut grad);
            (value.to_bits(), grad.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
        };
        let one = run(1);
        assert!(f64::from_bits(one.0).is_finite());
        assert!(one == run(2) && one == run(3), "{loss:?}");
    }
}
