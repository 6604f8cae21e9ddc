//! What the kernels' tests share: a generator, a layer with all that it reads, and layouts of every kind.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::Write as _;
use std::sync::Once;

use gatewise_kernels::{Cpu, Dims, Isa, Layout, Precision, Real, Recurrent, WeightGrads, Weights};

/// What this processor has; what it lacks is named, once, past the harness that keeps the words of a test that passes.
pub fn every_isa() -> impl Iterator<Item = Isa> {
    static TELL: Once = Once::new();
    TELL.call_once(|| Isa::ALL.into_iter().filter(|isa| !isa.available()).for_each(|isa| skipped(&isa.to_string())));
    // The plain loops hold nothing unsafe, and are what takes longest in a slow place.
    Isa::ALL.into_iter().filter(|&isa| isa.available() && !(fewer() && isa == Isa::Scalar))
}

/// As [`every_isa`] without the plain loops.
pub fn packed_isas() -> impl Iterator<Item = Isa> {
    every_isa().filter(|&isa| isa != Isa::Scalar)
}

/// All cases; in a slow place (`GATEWISE_FEWER_CASES`: an emulated processor, Valgrind) each third.
pub fn share<T>(cases: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    cases.into_iter().step_by(if fewer() { 3 } else { 1 })
}

/// Whether a share of the cases has to do.
pub fn fewer() -> bool {
    std::env::var_os("GATEWISE_FEWER_CASES").is_some()
}

/// Says that a test could not run for want of something.
pub fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: no {what} on this processor");
}

/// A small generator (SplitMix64), so that cases need no crate; values in ±1.
pub struct Values(pub u64);

impl Values {
    pub fn take(&mut self, n: usize) -> Vec<f64> {
        let mut next = || {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            f64::from(((z ^ (z >> 31)) >> 40) as u32) / f64::from(1u32 << 23) - 1.0
        };
        // Rounded to f32, so that both precisions start from the same numbers.
        (0..n).map(|_| f64::from(next() as f32)).collect()
    }
}

/// Results by name.
pub type Results = Vec<(&'static str, Vec<f64>)>;

/// How far bf16 is from plain loops with factors rounded alike: a value near the middle between two bf16 goes up in one and down in the
/// other, which then differ by 2⁻⁸ of it.
pub const BF16_LARGEST: f64 = 8e-3;
/// Few values are so near.
pub const BF16_MEAN: f64 = 4e-4;

/// Everything a layer reads.
pub struct Case {
    pub dims: Dims,
    pub reverse: bool,
    pub layout: Layout,
    pub weights: [Vec<f64>; 4],
    pub x: Vec<f64>,
    pub h0: Vec<f64>,
    pub c0: Vec<f64>,
    pub dy: Vec<f64>,
    pub dh: Vec<f64>,
    pub dc: Vec<f64>,
}

impl Case {
    pub fn new(dims: Dims, reverse: bool, layout: Layout, seed: u64) -> Self {
        let mut v = Values(seed);
        let scale = 1.0 / (dims.hidden as f64).sqrt();
        let mut weight = |n: usize| v.take(n).into_iter().map(|w| f64::from((w * scale) as f32)).collect::<Vec<_>>();
        let (rows, recurrent) = (dims.gate_rows(), dims.recurrent_rows());
        let weights = [weight(rows * dims.input), weight(recurrent * dims.hidden), weight(rows), weight(recurrent)];
        let (n, b) = (layout.rows(), layout.batch());
        Self {
            x: v.take(n * dims.input),
            h0: v.take(b * dims.hidden),
            c0: v.take(b * dims.memory()),
            dy: v.take(n * dims.hidden),
            dh: v.take(b * dims.hidden),
            dc: v.take(b * dims.memory()),
            dims,
            reverse,
            layout,
            weights,
        }
    }

    /// Batch row `b` of a full layout alone.
    pub fn row(&self, b: usize) -> Self {
        let (time, Dims { input, hidden, .. }) = (self.layout.time(), self.dims);
        let pick = |v: &[f64], width: usize, rows: usize| rows_of(v, width, rows, self.layout.batch(), b);
        Self {
            dims: self.dims,
            reverse: self.reverse,
            layout: Layout::full(1, time),
            weights: self.weights.clone(),
            x: pick(&self.x, input, time),
            h0: pick(&self.h0, hidden, 1),
            c0: pick(&self.c0, self.dims.memory(), 1),
            dy: pick(&self.dy, hidden, time),
            dh: pick(&self.dh, hidden, 1),
            dc: pick(&self.dc, self.dims.memory(), 1),
        }
    }

    /// Every result, named.
    pub fn run<F: Real>(&self, cpu: &Cpu, precision: Precision) -> Results {
        let real = |v: &[f64]| v.iter().map(|&x| F::from_f64(x)).collect::<Vec<F>>();
        let [w_ih, w_hh, b_ih, b_hh] = [0, 1, 2, 3].map(|i| real(&self.weights[i]));
        let mut layer = Recurrent::<F>::new(self.dims, self.reverse);
        layer.set_precision(precision);
        layer.pack(cpu, Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &b_ih, b_hh: &b_hh });
        let (x, dy) = (real(&self.x), real(&self.dy));
        let (mut h, mut c) = (real(&self.h0), real(&self.c0));
        layer.forward(cpu, &self.layout, &x, &mut h, &mut c, false);
        let inferred = layer.output().to_vec();
        let (mut h, mut c) = (real(&self.h0), real(&self.c0));
        layer.forward(cpu, &self.layout, &x, &mut h, &mut c, true);
        let y = layer.output().to_vec();
        let bits = |v: &[F]| v.iter().map(|x| x.to_f64().to_bits()).collect::<Vec<_>>();
        assert!(bits(&inferred) == bits(&y), "a tape changes no bit");
        let (mut dh, mut dc) = (real(&self.dh), real(&self.dc));
        // Gradients are added: start from ones.
        let mut g = [&w_ih, &w_hh, &b_ih, &b_hh].map(|w| vec![F::ONE; w.len()]);
        let mut dx = vec![F::ONE; x.len()];
        let [g0, g1, g2, g3] = &mut g;
        let grads = WeightGrads { w_ih: g0, w_hh: g1, b_ih: g2, b_hh: g3 };
        layer.backward(cpu, &self.layout, &x, &dy, &mut dh, &mut dc, grads, Some(&mut dx));
        let [g0, g1, g2, g3] = g;
        let named = [
            ("y", y),
            ("h", h),
            ("c", c),
            ("dh0", dh),
            ("dc0", dc),
            ("dx", dx),
            ("dw_ih", g0),
            ("dw_hh", g1),
            ("db_ih", g2),
            ("db_hh", g3),
        ];
        named.map(|(name, v)| (name, v.iter().map(|x| x.to_f64()).collect())).to_vec()
    }
}

/// Full and ragged batches around the edges of tiles.
pub fn layouts() -> Vec<Layout> {
    let mut layouts: Vec<_> = [(1, 1), (1, 9), (2, 5), (5, 4), (7, 3), (8, 3), (13, 6), (33, 2)].map(|(b, t)| Layout::full(b, t)).into();
    layouts.extend([&[6, 4, 4, 1][..], &[9, 9, 8, 7, 6, 5, 4, 3, 3, 2, 1, 1, 1], &[3], &[5, 1]].map(Layout::ragged));
    share(layouts).collect()
}

/// More rows than a block of a weight gradient has.
pub fn long() -> Layout {
    Layout::full(35, 32)
}

/// The largest error and the root of the mean square of all, each result measured by its largest value, or by 1.
pub fn errors(got: &Results, expected: &Results) -> (f64, f64) {
    let (mut largest, mut squares, mut count) = (0.0f64, 0.0, 0);
    for ((name, got), (_, expected)) in got.iter().zip(expected) {
        assert_eq!(got.len(), expected.len(), "{name}");
        let scale = expected.iter().fold(1.0f64, |a, b| a.max(b.abs()));
        for (got, expected) in got.iter().zip(expected) {
            let error = (got - expected).abs() / scale;
            assert!(error.is_finite(), "{name}: {got} for {expected}");
            largest = largest.max(error);
            squares += error * error;
            count += 1;
        }
    }
    (largest, (squares / f64::from(count)).sqrt())
}

/// Row `b` of each of `rows` steps of `batch` rows.
fn rows_of(v: &[f64], width: usize, rows: usize, batch: usize, b: usize) -> Vec<f64> {
    (0..rows).flat_map(|t| v[(t * batch + b) * width..][..width].to_vec()).collect()
}

/// What [`Case::row`] of batch row `b` must give, out of result `index` of the whole: y, h, c, dh0, dc0 or dx.
pub fn pick_row(v: &[f64], whole: &Case, index: usize, b: usize) -> Vec<f64> {
    let (time, hidden, memory) = (whole.layout.time(), whole.dims.hidden, whole.dims.memory());
    let (width, rows) = [(hidden, time), (hidden, 1), (memory, 1), (hidden, 1), (memory, 1), (whole.dims.input, time)][index];
    rows_of(v, width, rows, whole.layout.batch(), b)
}
