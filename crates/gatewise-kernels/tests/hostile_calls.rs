//! Calls of every kind in any order, sizes at the ends of the range among small ones, slices a number too long or too short: each call
//! does its work or panics with words, one that follows on a panic likewise, and no number outside the caller's slices changes.

mod common;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gatewise_kernels::{
    Aligned, Cell, Cpu, Dims, Element, Layout, Mat, PackedRight, Precision, Record, Recurrent, Scratch, WeightGrads, Weights, exp_below,
    matmul, matmul_packed,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Sequences of calls.
fn cases() -> u32 {
    if common::fewer() { 1_000 } else { 4_000 }
}

/// Longest slice that a call is given.
const LONGEST: usize = 20_000;

/// Small sizes that work, those around vectors and tiles, and sizes whose products wrap around. None in between: what memory could hold,
/// it would be asked for.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 0usize..7,
        2 => select(vec![8usize, 15, 16, 17, 33]),
        1 => (47u32..64, 0usize..3).prop_map(|(bit, less)| (1usize << bit) - less),
        1 => (0usize..4).prop_map(|less| usize::MAX - less),
        // So many times as much is 0 or a little more, all told.
        1 => (2usize..65).prop_map(|times| usize::MAX / times + 1),
    ]
}

/// How long a slice is beside what a call asks for.
fn fit() -> impl Strategy<Value = isize> {
    prop_oneof![30 => Just(0), 1 => Just(1), 1 => Just(-1)]
}

fn cell() -> impl Strategy<Value = Cell> {
    select(Cell::ALL.to_vec())
}

fn precision() -> impl Strategy<Value = Precision> {
    select(vec![Precision::F32, Precision::Bf16, Precision::Int8])
}

/// A matrix as somebody describes it: the stride, whether transposed, and whether its public fields are set past the checks.
type View = (usize, bool, bool);

#[derive(Clone, Debug)]
enum Call {
    Full(usize, usize),
    Ragged(Vec<usize>),
    Ask(usize, usize, bool),
    Buffer(usize),
    Exp(usize, isize),
    Matmul { m: usize, k: usize, n: usize, a: View, b: View, accumulate: bool, fit: [isize; 3] },
    PackRight { k: usize, n: usize, b: View },
    MatmulPacked { m: usize, k: Option<usize>, accumulate: bool, fit: [isize; 2] },
    Layer { dims: Dims, reverse: bool, precision: Precision, packed: bool },
    Pack([isize; 4]),
    Forward { keep: bool, fit: [isize; 3] },
    Step { batch: usize, fit: [isize; 3] },
    Backward { dx: bool, fit: [isize; 5] },
    Exchange,
    Processor(usize),
}

fn call() -> impl Strategy<Value = Call> {
    let dims = || (cell(), size(), size()).prop_map(|(cell, input, hidden)| Dims { cell, input, hidden });
    let view = || (prop_oneof![3 => Just(None), 1 => size().prop_map(Some)], any::<bool>(), prop::bool::weighted(0.2));
    let strided =
        |view: (Option<usize>, bool, bool), rows: usize, cols: usize| (view.0.unwrap_or(if view.1 { rows } else { cols }), view.1, view.2);
    prop_oneof![
        2 => (size(), size()).prop_map(|(batch, time)| Call::Full(batch, time)),
        1 => prop::collection::vec(size(), 0..4).prop_map(Call::Ragged),
        1 => prop::collection::vec(1usize..6, 1..4).prop_map(|mut lengths| {
            lengths.sort_unstable_by(|a, b| b.cmp(a));
            Call::Ragged(lengths)
        }),
        1 => (size(), size(), any::<bool>()).prop_map(|(t, b, reverse)| Call::Ask(t, b, reverse)),
        1 => size().prop_map(Call::Buffer),
        1 => (0usize..40, fit()).prop_map(|(len, fit)| Call::Exp(len, fit)),
        3 => (size(), size(), size(), view(), view(), any::<bool>(), [fit(), fit(), fit()]).prop_map(move |(m, k, n, a, b, accumulate, fit)| {
            Call::Matmul { m, k, n, a: strided(a, m, k), b: strided(b, k, n), accumulate, fit }
        }),
        2 => (size(), size(), view()).prop_map(move |(k, n, b)| Call::PackRight { k, n, b: strided(b, k, n) }),
        2 => (size(), prop::option::weighted(0.3, size()), any::<bool>(), [fit(), fit()]).prop_map(|(m, k, accumulate, fit)| Call::MatmulPacked { m, k, accumulate, fit }),
        3 => (dims(), any::<bool>(), precision(), prop::bool::weighted(0.7))
            .prop_map(|(dims, reverse, precision, packed)| Call::Layer { dims, reverse, precision, packed }),
        4 => [fit(), fit(), fit(), fit()].prop_map(Call::Pack),
        4 => (any::<bool>(), [fit(), fit(), fit()]).prop_map(|(keep, fit)| Call::Forward { keep, fit }),
        2 => (size(), [fit(), fit(), fit()]).prop_map(|(batch, fit)| Call::Step { batch, fit }),
        4 => (any::<bool>(), [fit(), fit(), fit(), fit(), fit()]).prop_map(|(dx, fit)| Call::Backward { dx, fit }),
        1 => Just(Call::Exchange),
        1 => (0usize..64).prop_map(Call::Processor),
    ]
}

/// Numbers between others that nobody may touch.
struct Guarded {
    all: Vec<f32>,
    len: usize,
}

const GUARD: usize = 64;
const UNTOUCHED: f32 = 1234.5;

impl Guarded {
    fn new(len: usize) -> Self {
        let mut all = vec![UNTOUCHED; len + 2 * GUARD];
        all[GUARD..][..len].iter_mut().enumerate().for_each(|(i, x)| *x = (i % 7) as f32 * 0.1 - 0.3);
        Self { all, len }
    }

    fn numbers(&mut self) -> &mut [f32] {
        &mut self.all[GUARD..][..self.len]
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let (before, after) = (&self.all[..GUARD], &self.all[GUARD + self.len..]);
        if before.iter().chain(after).any(|&x| x != UNTOUCHED) {
            eprintln!("a call wrote beside its slices");
            std::process::abort();
        }
    }
}

/// A slice of as many numbers as the sizes make, where it can be had, and `fit` more or less.
fn slice(sizes: &[usize], fit: isize) -> Guarded {
    let exact = sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size)).filter(|&len| len <= LONGEST);
    Guarded::new(exact.unwrap_or(0).saturating_add_signed(fit))
}

/// A description of a matrix over some numbers.
fn view(data: &[f32], rows: usize, cols: usize, (stride, transposed, unchecked): View) -> Mat<'_, f32> {
    if unchecked { Mat { data, rows, cols, stride, transposed } } else { Mat::with_stride(data, rows, cols, stride, transposed) }
}

/// As many numbers as the description needs.
fn data(rows: usize, cols: usize, (stride, transposed, _): View, fit: isize) -> Guarded {
    let (lines, width) = if transposed { (cols, rows) } else { (rows, cols) };
    let exact = lines.saturating_sub(1).checked_mul(stride).and_then(|n| n.checked_add(width)).filter(|&n| n <= LONGEST);
    Guarded::new(if lines == 0 { 0 } else { exact.unwrap_or(0) }.saturating_add_signed(fit))
}

fn fill<F: Element>(len: usize) {
    let mut buffer = Aligned::<F>::default();
    buffer.resize(len);
    buffer.fill(F::default());
    assert_eq!(buffer.len(), len);
}

/// What the calls work on.
struct World<'c> {
    cpus: &'c [Cpu],
    cpu: &'c Cpu,
    layout: Layout,
    layer: Recurrent<f32>,
    right: PackedRight<f32>,
    right_size: (usize, usize),
    scratch: Scratch<f32>,
    record: Record<f32>,
}

impl World<'_> {
    fn call(&mut self, call: &Call) {
        let Dims { input, hidden, .. } = self.layer.dims();
        let (rows, batch, memory) = (self.layout.rows(), self.layout.batch(), self.layer.dims().memory());
        let dims = self.layer.dims();
        match *call {
            Call::Full(batch, time) => self.layout.set_full(batch, time),
            Call::Ragged(ref lengths) => self.layout.set_ragged(lengths),
            Call::Ask(t, b, reverse) => {
                let (active, length) = (self.layout.active(t), self.layout.length(b));
                assert!(active <= batch && length <= self.layout.time());
                let sizes = [dims.gate_rows(), dims.tape_width(), dims.memory(), dims.parameters()];
                assert!(hidden == 0 || sizes[0] >= hidden && sizes[1] >= hidden && sizes[3] > sizes[0].min(usize::MAX - 1));
                if b < active {
                    assert!(self.layout.previous(t, b, reverse).is_none_or(|row| row < rows));
                }
                if t < rows {
                    assert!(self.layout.step_of(t) < self.layout.time());
                }
            }
            Call::Buffer(len) => {
                fill::<f32>(len);
                fill::<f64>(len);
                fill::<i8>(len);
            }
            Call::Exp(len, fit) => exp_below(self.cpu.isa(), slice(&[len], 0).numbers(), 0.5, slice(&[len], fit).numbers()),
            Call::Matmul { m, k, n, a, b, accumulate, fit } => {
                let (mut left, mut right) = (data(m, k, a, fit[0]), data(k, n, b, fit[1]));
                let (a, b) = (view(left.numbers(), m, k, a), view(right.numbers(), k, n, b));
                matmul(self.cpu, a, b, accumulate, slice(&[m, n], fit[2]).numbers(), &mut self.scratch);
            }
            Call::PackRight { k, n, b } => {
                self.right_size = (k, n);
                self.right.pack(self.cpu, view(data(k, n, b, 0).numbers(), k, n, b));
            }
            Call::MatmulPacked { m, k, accumulate, fit } => {
                let (rows, columns) = self.right_size;
                let k = k.unwrap_or(rows);
                let as_is = (k, false, false);
                let mut left = data(m, k, as_is, fit[0]);
                let mut c = slice(&[m, columns], fit[1]);
                matmul_packed(self.cpu, view(left.numbers(), m, k, as_is), &self.right, accumulate, c.numbers());
            }
            Call::Layer { dims, reverse, precision, packed } => {
                self.layer = Recurrent::new(dims, reverse);
                self.layer.set_precision(precision);
                if packed {
                    self.call(&Call::Pack([0; 4]));
                }
            }
            Call::Pack(fit) => {
                let (gates, seen) = (dims.gate_rows(), dims.recurrent_rows());
                let mut parts =
                    [slice(&[gates, input], fit[0]), slice(&[seen, hidden], fit[1]), slice(&[gates], fit[2]), slice(&[seen], fit[3])];
                let [w_ih, w_hh, b_ih, b_hh] = parts.each_mut().map(|part| &*part.numbers());
                self.layer.pack(self.cpu, Weights { w_ih, w_hh, b_ih, b_hh });
            }
            Call::Forward { keep, fit } => {
                let (mut x, mut h, mut c) =
                    (slice(&[rows, input], fit[0]), slice(&[batch, hidden], fit[1]), slice(&[batch, memory], fit[2]));
                self.layer.forward(self.cpu, &self.layout, x.numbers(), h.numbers(), c.numbers(), keep);
                assert_eq!(self.layer.output().len(), rows * hidden);
            }
            Call::Step { batch, fit } => {
                let (mut x, mut h, mut c) =
                    (slice(&[batch, input], fit[0]), slice(&[batch, hidden], fit[1]), slice(&[batch, memory], fit[2]));
                self.layer.step(self.cpu, x.numbers(), h.numbers(), c.numbers());
            }
            Call::Backward { dx, fit } => {
                let (mut x, mut dy) = (slice(&[rows, input], fit[0]), slice(&[rows, hidden], fit[1]));
                let (mut dh, mut dc) = (slice(&[batch, hidden], fit[2]), slice(&[batch, memory], fit[3]));
                let (gates, seen) = (dims.gate_rows(), dims.recurrent_rows());
                let mut parts = [slice(&[gates, input], 0), slice(&[seen, hidden], 0), slice(&[gates], 0), slice(&[seen], 0)];
                let [w_ih, w_hh, b_ih, b_hh] = parts.each_mut().map(Guarded::numbers);
                let (grads, mut dx) = (WeightGrads { w_ih, w_hh, b_ih, b_hh }, dx.then(|| slice(&[rows, input], fit[4])));
                let dx = dx.as_mut().map(Guarded::numbers);
                self.layer.backward(self.cpu, &self.layout, x.numbers(), dy.numbers(), dh.numbers(), dc.numbers(), grads, dx);
            }
            Call::Exchange => self.layer.exchange(&mut self.record),
            Call::Processor(index) => self.cpu = &self.cpus[index % self.cpus.len()],
        }
    }
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default()
}

/// Words that the language says for want of a check: where sums are not checked, the call would have gone on.
const UNCHECKED: [&str; 4] = ["attempt to", "index out of bounds", "range end index", "range start index"];

#[test]
fn any_calls_in_any_order() {
    let cpus: Vec<Cpu> = common::every_isa().flat_map(|isa| [1, 2].map(|t| Cpu::with_isa(isa, t))).collect();
    std::panic::set_hook(Box::new(|_| {}));
    let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let counts = std::cell::RefCell::new(std::collections::BTreeMap::<&str, [usize; 2]>::new());
    let result = runner.run(&(0usize..64, prop::collection::vec(call(), 4..24)), |(first, calls)| {
        let mut world = World {
            cpu: &cpus[first % cpus.len()],
            cpus: &cpus,
            layout: Layout::full(2, 3),
            layer: Recurrent::new(Dims { cell: Cell::Lstm, input: 2, hidden: 3 }, false),
            right: PackedRight::default(),
            right_size: (0, 0),
            scratch: Scratch::default(),
            record: Record::default(),
        };
        for call in &calls {
            let outcome = catch_unwind(AssertUnwindSafe(|| world.call(call)));
            counts.borrow_mut().entry(kind(call)).or_default()[usize::from(outcome.is_err())] += 1;
            if let Err(panic) = outcome {
                let said = words(&*panic);
                prop_assert!(!said.is_empty() && !UNCHECKED.iter().any(|w| said.starts_with(w)), "{call:?} says only: {said}");
            }
        }
        Ok(())
    });
    let _ = std::panic::take_hook();
    if let Err(failure) = result {
        panic!("{failure}");
    }
    // Every kind of call went well now and then, and those that can be refused were.
    for (kind, [went_well, refused]) in counts.into_inner() {
        println!("{kind}: {went_well} went well, {refused} were refused");
        assert!(went_well > 0, "{kind}: none of {refused} went well");
    }
}

fn kind(call: &Call) -> &'static str {
    match call {
        Call::Full(..) => "full layout",
        Call::Ragged(..) => "ragged layout",
        Call::Ask(..) => "questions to a layout",
        Call::Buffer(..) => "buffer",
        Call::Exp(..) => "exponential",
        Call::Matmul { .. } => "product",
        Call::PackRight { .. } => "packed matrix",
        Call::MatmulPacked { .. } => "product with a packed matrix",
        Call::Layer { .. } => "layer",
        Call::Pack(..) => "weights",
        Call::Forward { .. } => "forward",
        Call::Step { .. } => "step",
        Call::Backward { .. } => "backward",
        Call::Exchange => "exchange",
        Call::Processor(..) => "processor",
    }
}
