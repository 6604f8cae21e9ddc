//! A dense layer over very many classes of which a step of training computes a part: the head of a large vocabulary.
//!
//! The softmax needs Z = Σ e^{z_k} over all classes. Computed are the most frequent classes, those that the step predicts, and some drawn
//! evenly, without repeats, from the R others; each of the K drawn ones stands for R / K, so Z ≈ Σ_computed e^{z_k} + (R / K) Σ_drawn e^{z_k} has the
//! right mean (importance sampling: Bengio and Senécal 2003; a sample shared by a step: Jean et al. 2015). What is most of the sum is exact.

use gatewise_kernels::{Aligned, Cpu, Mat, PackedRight, Real, Scratch, matmul, matmul_packed};

use super::config::SampledConfig;
use crate::loss::Loss;
use crate::params::View;
use crate::rng::Rng;

/// Place of a class that is not computed.
const NOWHERE: u32 = u32::MAX;

/// The part of a head that a step computes, with its buffers.
#[derive(Debug)]
pub struct SampledHead<F> {
    config: SampledConfig,
    weight: View,
    bias: View,
    inputs: usize,
    outputs: usize,
    /// Classes computed: C of them.
    classes: Vec<u32>,
    /// Their places: (V), [`NOWHERE`] for the others.
    places: Vec<u32>,
    /// Added to each output for what it stands for: (C).
    corrections: Vec<F>,
    rows: Aligned<F>,
    packed: PackedRight<F>,
    y: Aligned<F>,
    d_y: Aligned<F>,
    d_rows: Aligned<F>,
    target: Vec<F>,
    scratch: Scratch<F>,
}

impl<F: Real> SampledHead<F> {
    /// A part of the head with `weight` (V, I) and `bias` (V).
    pub fn new(config: SampledConfig, [weight, bias]: [View; 2], inputs: usize, outputs: usize) -> Self {
        Self {
            config,
            weight,
            bias,
            inputs,
            outputs,
            classes: Vec::new(),
            places: vec![NOWHERE; outputs],
            corrections: Vec::new(),
            rows: Aligned::default(),
            packed: PackedRight::default(),
            y: Aligned::default(),
            d_y: Aligned::default(),
            d_rows: Aligned::default(),
            target: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Chooses the classes of a step that predicts `target`: (R).
    fn choose(&mut self, target: &[F], rng: &mut Rng) {
        self.classes.iter().for_each(|&class| self.places[class as usize] = NOWHERE);
        self.classes.clear();
        let frequent = self.config.frequent.min(self.outputs);
        let targets = target.iter().filter(|y| **y >= F::ZERO).map(|y| y.to_f64() as usize);
        for class in (0..frequent).chain(targets) {
            assert!(class < self.outputs, "class {class} of {}", self.outputs);
            self.add(class);
        }
        let exact = self.classes.len();
        let left = self.outputs - exact;
        let drawn = self.config.drawn.min(left);
        if 2 * drawn > left {
            // Most of the rest: those that are left out are fewer to draw, and all is simpler still.
            (0..self.outputs).for_each(|class| self.add(class));
        } else {
            while self.classes.len() < exact + drawn {
                self.add(rng.below(self.outputs));
            }
        }
        let drawn = self.classes.len() - exact;
        self.corrections.clear();
        self.corrections.resize(exact, F::ZERO);
        self.corrections.resize(exact + drawn, F::from_f64((left as f64 / drawn.max(1) as f64).ln()));
    }

    /// Adds a class that is not among the computed ones yet.
    fn add(&mut self, class: usize) {
        if self.places[class] == NOWHERE {
            self.places[class] = self.classes.len() as u32;
            self.classes.push(class as u32);
        }
    }

    /// The loss of `x`: (R, I) against `target`: (R), each with a weight where `weight` is given, about that over all classes. Adds the gradients of weight and bias to `grads`; `dx`: (R, I) is written.
    ///
    /// # Panics
    /// If a slice has a wrong length, or a class is not below the number of classes.
    #[allow(clippy::too_many_arguments, reason = "one slice for each block")]
    pub fn loss_and_grad(
        &mut self,
        cpu: &Cpu,
        values: &[F],
        grads: &mut [F],
        x: &[F],
        target: &[F],
        weight: Option<&[F]>,
        dx: &mut [F],
        rng: &mut Rng,
    ) -> f64 {
        self.choose(target, rng);
        let (rows, inputs, classes) = (target.len(), self.inputs, self.classes.len());
        let (table, bias) = (self.weight.of(values), self.bias.of(values));
        self.rows.resize(classes * inputs);
        for (row, &class) in self.rows.chunks_exact_mut(inputs).zip(&self.classes) {
            row.copy_from_slice(&table[class as usize * inputs..][..inputs]);
        }
        self.packed.pack(cpu, Mat::transposed(&self.rows, inputs, classes));
        self.y.resize(rows * classes);
        let (first, others) = self.y.split_at_mut(classes.min(rows * classes));
        for ((y, &class), &correction) in first.iter_mut().zip(&self.classes).zip(&self.corrections) {
            *y = bias[class as usize] + correction;
        }
        others.chunks_exact_mut(classes).for_each(|y| y.copy_from_slice(first));
        matmul_packed(cpu, Mat::new(x, rows, inputs), &self.packed, true, &mut self.y);
        self.target.clear();
        let place = |&y: &F| if y >= F::ZERO { F::from_f64(f64::from(self.places[y.to_f64() as usize])) } else { y };
        self.target.extend(target.iter().map(place));
        self.d_y.resize(rows * classes);
        let loss = Loss::CrossEntropy { classes, weights: Vec::new(), label_smoothing: 0.0 };
        let value = loss.loss(cpu, &self.y, &self.target, weight, &mut self.d_y);
        self.d_rows.resize(classes * inputs);
        matmul(cpu, Mat::transposed(&self.d_y, classes, rows), Mat::new(x, rows, inputs), false, &mut self.d_rows, &mut self.scratch);
        matmul(cpu, Mat::new(&self.d_y, rows, classes), Mat::new(&self.rows, classes, inputs), false, dx, &mut self.scratch);
        let d_table = self.weight.of_mut(grads);
        for (d, &class) in self.d_rows.chunks_exact(inputs).zip(&self.classes) {
            d_table[class as usize * inputs..][..inputs].iter_mut().zip(d).for_each(|(sum, &d)| *sum += d);
        }
        // The sum over rows, read as they lie.
        let d_bias = &mut self.d_rows[..classes.min(classes * inputs)];
        d_bias.fill(F::ZERO);
        for d in self.d_y.chunks_exact(classes) {
            d_bias.iter_mut().zip(d).for_each(|(sum, &d)| *sum += d);
        }
        let bias_grads = self.bias.of_mut(grads);
        for (&d, &class) in d_bias.iter().zip(&self.classes) {
            bias_grads[class as usize] += d;
        }
        value
    }

    /// Classes that the last step computed.
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }
}
