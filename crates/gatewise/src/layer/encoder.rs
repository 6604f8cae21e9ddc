//! From the picture of each step to what the recurrent stack reads: convolutions, a pool, a dense layer.

use gatewise_kernels::{Cpu, Real};

use super::conv::{Conv, Plane};
use super::dense::Dense;
use super::encoder_config::{EncoderConfig, EncoderPool};
use crate::init;
use crate::params::{Params, View};
use crate::rng::Rng;

/// Tensors `{prefix}.conv0.weight`, `{prefix}.conv0.bias` …, `{prefix}.dense.weight` and `{prefix}.dense.bias`, with the buffers.
#[derive(Debug)]
pub struct Encoder<F> {
    from: Plane,
    pool: EncoderPool,
    convs: Vec<Conv<F>>,
    dense: Dense<F>,
    /// The pictures, channels last: (N, h, w, C).
    pictures: Vec<F>,
    /// What the dense layer reads: (N, pooled).
    pooled: Vec<F>,
    /// Where in its picture the largest value of each filter is: (N, filters).
    largest: Vec<usize>,
    d_pooled: Vec<F>,
    /// Gradients on both sides of the convolution at hand.
    d_outer: Vec<F>,
    d_inner: Vec<F>,
}

impl<F: Real> Encoder<F> {
    /// Adds the tensors to `params`, all zero; [`start`](Self::start) gives them their start.
    pub fn new(params: &mut Params<F>, prefix: &str, config: &EncoderConfig) -> Self {
        let from = config.plane();
        let mut plane = from;
        let mut convs = Vec::with_capacity(config.filters.len());
        for (k, &filters) in config.filters.iter().enumerate() {
            convs.push(Conv::new(params, &format!("{prefix}.conv{k}"), plane, filters));
            plane = plane.convolved(filters);
        }
        Self {
            from,
            pool: config.pool,
            convs,
            dense: Dense::new(params, &format!("{prefix}.dense"), config.pooled(), config.outputs),
            pictures: Vec::new(),
            pooled: Vec::new(),
            largest: Vec::new(),
            d_pooled: Vec::new(),
            d_outer: Vec::new(),
            d_inner: Vec::new(),
        }
    }

    /// Draws starting weights.
    pub fn start(&self, rng: &mut Rng, values: &mut [F]) {
        for conv in &self.convs {
            init::before_relu(rng, conv.views()[0].of_mut(values), conv.inputs());
        }
        let inputs = self.dense.inputs();
        let [weight, bias] = View::split_mut(self.dense.views(), values);
        init::dense(rng, weight, bias, inputs);
    }

    /// The plane that the pool reads.
    fn last(&self) -> Plane {
        self.convs.last().map_or(self.from, Conv::to)
    }

    /// Takes over the weights; before the first forward and after every change of `values`.
    pub fn pack(&mut self, cpu: &Cpu, values: &[F]) {
        self.dense.pack(cpu, values);
    }

    /// `x`: (N, C·h·w), channel after channel. The result, (N, E), is in [`output`](Self::output).
    ///
    /// # Panics
    /// If `x` is no whole number of pictures, or the weights were not packed.
    pub fn forward(&mut self, cpu: &Cpu, values: &[F], x: &[F]) {
        assert_eq!(x.len() % self.from.len(), 0, "x is (N, C·h·w)");
        self.pictures.resize(x.len(), F::ZERO);
        for (x, picture) in x.chunks_exact(self.from.len()).zip(self.pictures.chunks_exact_mut(self.from.len())) {
            transpose(x, self.from.channels, picture);
        }
        let last = self.last();
        let mut below: &[F] = &self.pictures;
        for conv in &mut self.convs {
            conv.forward(cpu, values, below);
            below = conv.output();
        }
        let frames = below.len() / last.len();
        self.pooled.resize(frames * self.dense.inputs(), F::ZERO);
        self.largest.clear();
        for (y, pooled) in below.chunks_exact(last.len()).zip(self.pooled.chunks_exact_mut(self.dense.inputs())) {
            match self.pool {
                EncoderPool::Flatten => transpose(y, last.pixels(), pooled),
                EncoderPool::Mean => mean(y, pooled),
                EncoderPool::MeanMax => {
                    let (means, maxima) = pooled.split_at_mut(last.channels);
                    mean(y, means);
                    largest(y, maxima, &mut self.largest);
                }
            }
        }
        self.dense.forward(cpu, values, &self.pooled);
    }

    /// Outputs of the last forward: (N, E).
    pub fn output(&self) -> &[F] {
        self.dense.output()
    }

    /// Backward of the last forward: adds the gradients of the tensors to `grads`. `dy`: (N, E); `dx`: (N, C·h·w) is written.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn backward(&mut self, cpu: &Cpu, values: &[F], grads: &mut [F], dy: &[F], dx: Option<&mut [F]>) {
        self.d_pooled.resize(self.pooled.len(), F::ZERO);
        self.dense.backward(cpu, values, grads, &self.pooled, dy, Some(&mut self.d_pooled));
        let last = self.last();
        let frames = self.pictures.len() / self.from.len();
        // The two change places at every convolution, so each has room for the largest plane.
        let largest = self.convs.iter().map(|conv| conv.to().len()).fold(self.from.len(), usize::max);
        for d in [&mut self.d_outer, &mut self.d_inner] {
            d.clear();
            d.reserve(frames * largest);
        }
        self.d_outer.resize(frames * last.len(), F::ZERO);
        let inputs = self.dense.inputs();
        for (n, (d, outer)) in self.d_pooled.chunks_exact(inputs).zip(self.d_outer.chunks_exact_mut(last.len())).enumerate() {
            match self.pool {
                EncoderPool::Flatten => transpose(d, last.channels, outer),
                EncoderPool::Mean => spread(d, outer),
                EncoderPool::MeanMax => {
                    let (means, maxima) = d.split_at(last.channels);
                    spread(means, outer);
                    for (&d, &at) in maxima.iter().zip(&self.largest[n * last.channels..]) {
                        outer[at] += d;
                    }
                }
            }
        }
        for k in (0..self.convs.len()).rev() {
            let (below, conv) = self.convs.split_at_mut(k);
            let x = below.last().map_or(&self.pictures[..], |conv| conv.output());
            if k == 0 && dx.is_none() {
                return conv[0].backward(cpu, values, grads, x, &mut self.d_outer, None);
            }
            self.d_inner.resize(x.len(), F::ZERO);
            conv[0].backward(cpu, values, grads, x, &mut self.d_outer, Some(&mut self.d_inner));
            std::mem::swap(&mut self.d_outer, &mut self.d_inner);
        }
        if let Some(dx) = dx {
            assert_eq!(dx.len(), self.pictures.len(), "dx is (N, C·h·w)");
            for (d, dx) in self.d_outer.chunks_exact(self.from.len()).zip(dx.chunks_exact_mut(self.from.len())) {
                transpose(d, self.from.pixels(), dx);
            }
        }
    }
}

/// The mean of every channel of a picture (h, w, C): (C).
fn mean<F: Real>(y: &[F], means: &mut [F]) {
    let channels = means.len();
    let share = F::ONE / F::from_f64((y.len() / channels) as f64);
    means.fill(F::ZERO);
    for pixel in y.chunks_exact(channels) {
        for (sum, &y) in means.iter_mut().zip(pixel) {
            *sum += y;
        }
    }
    means.iter_mut().for_each(|sum| *sum *= share);
}

/// Backward of [`mean`]: `dy` (h, w, C) is written.
fn spread<F: Real>(d: &[F], dy: &mut [F]) {
    let share = F::ONE / F::from_f64((dy.len() / d.len()) as f64);
    for pixel in dy.chunks_exact_mut(d.len()) {
        for (dy, &d) in pixel.iter_mut().zip(d) {
            *dy = share * d;
        }
    }
}

/// The largest value of every channel of a picture (h, w, C): (C). Adds to `places` where each is, the first of equal ones.
fn largest<F: Real>(y: &[F], maxima: &mut [F], places: &mut Vec<usize>) {
    let channels = maxima.len();
    for (channel, largest) in maxima.iter_mut().enumerate() {
        let mut place = channel;
        for at in (channel..y.len()).step_by(channels) {
            // A NaN comes through, so that training can name it.
            if y[at] > y[place] || !y[at].is_finite() {
                place = at;
            }
        }
        *largest = y[place];
        places.push(place);
    }
}

/// (rows, ·) becomes (·, rows).
fn transpose<F: Real>(from: &[F], rows: usize, to: &mut [F]) {
    let cols = from.len() / rows;
    for (c, to) in to.chunks_exact_mut(rows).enumerate() {
        for (r, to) in to.iter_mut().enumerate() {
            *to = from[r * cols + c];
        }
    }
}
