//! A convolution of small pictures that halves their sides, y = max(0, w ∗ x + b): 3 × 3 taps, stride 2, a border of zeros.
//!
//! Pictures lie channels last, (N, h, w, C), so that the taps of a pixel are three runs of 3·C numbers: gathered into rows of
//! 9·C (Chellapilla 2006, "im2col"), the convolution is a product with the weights, and so are both gradients.

use gatewise_kernels::{Aligned, Cpu, Mat, Real, Scratch, matmul};

use crate::params::{Params, View};

/// Taps of a side.
const TAPS: usize = 3;
/// Pixels from one output to the next.
const STRIDE: usize = 2;
/// Zeros around a picture.
const BORDER: usize = 1;
/// Output pixels gathered at once, so that their taps stay in the second cache. Sums do not depend on it.
const CHUNK: usize = 2048;

/// Channels, height and width of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plane {
    /// Channels C.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
}

impl Plane {
    /// Pixels of a channel.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Numbers of a picture.
    pub fn len(&self) -> usize {
        self.channels * self.pixels()
    }

    /// Whether a picture has no number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a convolution with `filters` filters makes of it.
    pub fn convolved(&self, filters: usize) -> Self {
        let up_to_half = |side: usize| (side + 2 * BORDER - TAPS) / STRIDE + 1;
        Self { channels: filters, height: up_to_half(self.height), width: up_to_half(self.width) }
    }
}

/// Weights `{prefix}.weight` (O, C, 3, 3) and `{prefix}.bias` (O), with the buffers of the layer.
#[derive(Debug)]
pub struct Conv<F> {
    weight: View,
    bias: View,
    from: Plane,
    to: Plane,
    y: Aligned<F>,
    /// Weights, then their gradients, with the taps outside the channels: (O, 3, 3, C).
    taps: Vec<F>,
    /// Taps of a chunk of output pixels, (P, 3, 3, C), or their gradients.
    gathered: Aligned<F>,
    scratch: Scratch<F>,
}

impl<F: Real> Conv<F> {
    /// Adds the layer's tensors to `params`, all zero; [`crate::init::before_relu`] gives them a start.
    pub fn new(params: &mut Params<F>, prefix: &str, from: Plane, filters: usize) -> Self {
        let weight = params.add(format!("{prefix}.weight"), &[filters, from.channels, TAPS, TAPS]);
        let bias = params.add(format!("{prefix}.bias"), &[filters]);
        let to = from.convolved(filters);
        Self { weight, bias, from, to, y: Aligned::default(), taps: Vec::new(), gathered: Aligned::default(), scratch: Scratch::default() }
    }

    /// Weight and bias.
    pub fn views(&self) -> [View; 2] {
        [self.weight, self.bias]
    }

    /// Numbers that an output hangs on: 9·C.
    pub fn inputs(&self) -> usize {
        TAPS * TAPS * self.from.channels
    }

    /// Pictures out.
    pub fn to(&self) -> Plane {
        self.to
    }

    /// Frames that make up a chunk.
    fn chunk(&self) -> usize {
        (CHUNK / self.to.pixels()).max(1)
    }

    /// `x`: (N, h, w, C). The result, (N, h', w', O), is in [`output`](Self::output).
    ///
    /// # Panics
    /// If `x` is no whole number of pictures.
    pub fn forward(&mut self, cpu: &Cpu, values: &[F], x: &[F]) {
        let frames = self.frames(x);
        let (inputs, filters) = (self.inputs(), self.to.channels);
        self.y.resize(frames * self.to.len());
        for y in self.y.chunks_exact_mut(filters) {
            y.copy_from_slice(self.bias.of(values));
        }
        taps_outside(self.weight.of(values), self.from.channels, &mut self.taps);
        let chunk = self.chunk();
        for (x, y) in x.chunks(chunk * self.from.len()).zip(self.y.chunks_mut(chunk * self.to.len())) {
            let pixels = y.len() / filters;
            self.gathered.resize(pixels * inputs);
            gather(self.from, self.to, x, &mut self.gathered);
            let weight = Mat::transposed(&self.taps, inputs, filters);
            matmul(cpu, Mat::new(&self.gathered, pixels, inputs), weight, true, y, &mut self.scratch);
        }
        for y in self.y.iter_mut() {
            // A NaN comes through, so that training can name it.
            if *y < F::ZERO {
                *y = F::ZERO;
            }
        }
    }

    /// Outputs of the last forward: (N, h', w', O).
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// `x` as in the last forward; `dy`: (N, h', w', O), changed to the gradient before the maximum. Adds the gradients of weight and
    /// bias to `grads`; `dx`: (N, h, w, C) is written.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn backward(&mut self, cpu: &Cpu, values: &[F], grads: &mut [F], x: &[F], dy: &mut [F], mut dx: Option<&mut [F]>) {
        let (frames, inputs, filters) = (self.frames(x), self.inputs(), self.to.channels);
        assert_eq!(dy.len(), frames * self.to.len(), "dy is (N, h', w', O)");
        let d_bias = self.bias.of_mut(grads);
        for (dy, y) in dy.chunks_exact_mut(filters).zip(self.y.chunks_exact(filters)) {
            for ((d, &y), sum) in dy.iter_mut().zip(y).zip(d_bias.iter_mut()) {
                if y <= F::ZERO {
                    *d = F::ZERO;
                }
                *sum += *d;
            }
        }
        let chunk = self.chunk();
        self.taps.clear();
        self.taps.resize(filters * inputs, F::ZERO);
        for (x, dy) in x.chunks(chunk * self.from.len()).zip(dy.chunks(chunk * self.to.len())) {
            let pixels = dy.len() / filters;
            self.gathered.resize(pixels * inputs);
            gather(self.from, self.to, x, &mut self.gathered);
            let left = Mat::transposed(dy, filters, pixels);
            matmul(cpu, left, Mat::new(&self.gathered, pixels, inputs), true, &mut self.taps, &mut self.scratch);
        }
        add_taps_inside(&self.taps, self.from.channels, self.weight.of_mut(grads));
        let Some(dx) = dx.take() else { return };
        assert_eq!(dx.len(), x.len(), "dx is (N, h, w, C)");
        taps_outside(self.weight.of(values), self.from.channels, &mut self.taps);
        dx.fill(F::ZERO);
        for (dx, dy) in dx.chunks_mut(chunk * self.from.len()).zip(dy.chunks(chunk * self.to.len())) {
            let pixels = dy.len() / filters;
            self.gathered.resize(pixels * inputs);
            let weight = Mat::new(&self.taps, filters, inputs);
            matmul(cpu, Mat::new(dy, pixels, filters), weight, false, &mut self.gathered, &mut self.scratch);
            scatter(self.from, self.to, &self.gathered, dx);
        }
    }

    fn frames(&self, x: &[F]) -> usize {
        assert_eq!(x.len() % self.from.len(), 0, "x is (N, h, w, C)");
        x.len() / self.from.len()
    }
}

/// (O, C, 3, 3) becomes (O, 3, 3, C).
fn taps_outside<F: Real>(weight: &[F], channels: usize, taps: &mut Vec<F>) {
    const AREA: usize = TAPS * TAPS;
    taps.clear();
    for filter in weight.chunks_exact(channels * AREA) {
        for tap in 0..AREA {
            taps.extend((0..channels).map(|c| filter[c * AREA + tap]));
        }
    }
}

/// Adds (O, 3, 3, C) to (O, C, 3, 3).
fn add_taps_inside<F: Real>(taps: &[F], channels: usize, weight: &mut [F]) {
    const AREA: usize = TAPS * TAPS;
    for (taps, filter) in taps.chunks_exact(channels * AREA).zip(weight.chunks_exact_mut(channels * AREA)) {
        for (k, &d) in taps.iter().enumerate() {
            filter[k % channels * AREA + k / channels] += d;
        }
    }
}

/// For each output pixel and row of taps: where the run of its taps that lie inside the picture begins in the picture and in the
/// (3, 3, C) of the pixel, and its length; a row outside the picture has length 0.
fn runs(from: Plane, to: Plane) -> impl Iterator<Item = (usize, usize, usize)> {
    let Plane { channels, height, width } = from;
    (0..to.height).flat_map(move |y| {
        (0..to.width).flat_map(move |x| {
            (0..TAPS).map(move |row| {
                let Some(line) = (y * STRIDE + row).checked_sub(BORDER).filter(|&line| line < height) else {
                    return (0, row * TAPS * channels, 0);
                };
                let left = BORDER.saturating_sub(x * STRIDE);
                let start = x * STRIDE + left - BORDER;
                let count = (TAPS - left).min(width - start);
                ((line * width + start) * channels, (row * TAPS + left) * channels, count * channels)
            })
        })
    })
}

/// (n, h, w, C) becomes the taps of every output pixel, (n, h', w', 3, 3, C).
fn gather<F: Real>(from: Plane, to: Plane, x: &[F], gathered: &mut [F]) {
    let size = TAPS * TAPS * from.channels;
    gathered.fill(F::ZERO);
    for (x, gathered) in x.chunks_exact(from.len()).zip(gathered.chunks_exact_mut(to.pixels() * size)) {
        for (k, (at, tap, count)) in runs(from, to).enumerate() {
            gathered[k / TAPS * size + tap..][..count].copy_from_slice(&x[at..][..count]);
        }
    }
}

/// The transpose of [`gather`]: adds the gradients of the taps, (n, h', w', 3, 3, C), to their pixels, (n, h, w, C).
fn scatter<F: Real>(from: Plane, to: Plane, gathered: &[F], dx: &mut [F]) {
    let size = TAPS * TAPS * from.channels;
    for (dx, gathered) in dx.chunks_exact_mut(from.len()).zip(gathered.chunks_exact(to.pixels() * size)) {
        for (k, (at, tap, count)) in runs(from, to).enumerate() {
            let taps = &gathered[k / TAPS * size + tap..][..count];
            for (sum, &d) in dx[at..][..count].iter_mut().zip(taps) {
                *sum += d;
            }
        }
    }
}
