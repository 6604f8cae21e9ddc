//! Weights of eight bits: the fast kernels against plain loops with the same whole numbers, and both against f32.

mod common;

use common::{every_isa, packed_isas};
use gatewise_kernels::{Cell, Cpu, Dims, Isa, Layout, Precision, Real, Recurrent, Weights};

/// The cells that have such kernels.
fn cells() -> impl Iterator<Item = Cell> {
    Cell::ALL.into_iter().filter(|cell| cell.spec().int8)
}

/// Values in ±1 (an xorshift generator).
fn values(seed: u32, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// Outputs and last states of a layer.
fn run<F: Real>(cpu: &Cpu, dims: Dims, reverse: bool, layout: &Layout, precision: Precision, x: &[f32]) -> Vec<f64> {
    let real = |v: Vec<f32>| v.into_iter().map(|x| F::from_f64(f64::from(x))).collect::<Vec<F>>();
    let (g, seen, b) = (dims.gate_rows(), dims.recurrent_rows(), layout.batch());
    let scale = 1.0 / (dims.hidden as f32).sqrt();
    let weight = |seed, n| real(values(seed, n).into_iter().map(|w| w * scale).collect());
    let (w_ih, w_hh) = (weight(1, g * dims.input), weight(2, seen * dims.hidden));
    let (b_ih, b_hh) = (weight(3, g), weight(4, seen));
    let mut layer = Recurrent::<F>::new(dims, reverse);
    layer.set_precision(precision);
    layer.pack(cpu, Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &b_ih, b_hh: &b_hh });
    let (mut h, mut c) = (real(values(5, b * dims.hidden)), real(values(6, b * dims.memory())));
    layer.forward(cpu, layout, &real(x.to_vec()), &mut h, &mut c, false);
    layer.output().iter().chain(&h).chain(&c).map(|v| v.to_f64()).collect()
}

fn worst(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_fast_kernels_agree_with_plain_loops() {
    // The whole numbers are the same; what differs is rounding in f32, which a step near a half can turn into a neighbour.
    const TOLERANCE: f64 = 2e-3;
    for isa in packed_isas() {
        let (cpu, plain) = (Cpu::with_isa(isa, 1), Cpu::with_isa(Isa::Scalar, 1));
        for cell in cells() {
            for (input, hidden) in [(1, 1), (3, 7), (17, 33), (40, 64)] {
                let dims = Dims { cell, input, hidden };
                for layout in [Layout::full(1, 4), Layout::ragged(&[6, 5, 5, 2, 1])] {
                    for reverse in [false, true] {
                        let x = values(9, layout.rows() * input);
                        let got = run::<f32>(&cpu, dims, reverse, &layout, Precision::Int8, &x);
                        let expected = run::<f32>(&plain, dims, reverse, &layout, Precision::Int8, &x);
                        let error = worst(&got, &expected);
                        assert!(error <= TOLERANCE, "{isa} {dims:?} reverse {reverse}: {error}, at most {TOLERANCE}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_plain_loops_are_near_to_f32() {
    /// 127 steps to a weight, averaged over a sum.
    const TOLERANCE: f64 = 0.03;
    let cpu = Cpu::with_isa(Isa::best(), 1);
    for cell in cells() {
        let (dims, layout) = (Dims { cell, input: 24, hidden: 64 }, Layout::full(3, 5));
        let x = values(9, layout.rows() * dims.input);
        let exact = run::<f64>(&cpu, dims, false, &layout, Precision::F32, &x);
        let rounded = run::<f64>(&cpu, dims, false, &layout, Precision::Int8, &x);
        let error = worst(&exact, &rounded);
        assert!(error > 0.0 && error <= TOLERANCE, "{cell:?}: {error}, at most {TOLERANCE}");
    }
}

#[test]
fn neither_threads_nor_neighbours_change_a_bit() {
    for isa in packed_isas() {
        for cell in cells() {
            // Large enough for two threads to share one sequence.
            let dims = Dims { cell, input: 96, hidden: 512 };
            let one = Layout::full(1, 3);
            let x = values(9, one.rows() * dims.input);
            let alone = run::<f32>(&Cpu::with_isa(isa, 1), dims, false, &one, Precision::Int8, &x);
            for threads in [2, 3] {
                let got = run::<f32>(&Cpu::with_isa(isa, threads), dims, false, &one, Precision::Int8, &x);
                assert!(got == alone, "{isa} {cell:?} with {threads} threads");
            }
            let two = Layout::full(2, 3);
            let rows: Vec<f32> = x.chunks(dims.input).flat_map(|row| row.iter().chain(row)).copied().collect();
            let both = run::<f32>(&Cpu::with_isa(isa, 2), dims, false, &two, Precision::Int8, &rows);
            let first: Vec<f64> = (0..3).flat_map(|t| both[2 * t * dims.hidden..][..dims.hidden].to_vec()).collect();
            assert!(first == alone[..3 * dims.hidden], "{isa} {cell:?} with a neighbour");
        }
    }
}

#[test]
fn what_is_not_finite_comes_through() {
    for isa in every_isa() {
        let (dims, layout) = (Dims { cell: Cell::Lstm, input: 3, hidden: 20 }, Layout::full(1, 2));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let x = [0.5, 0.25, -1.0, 0.1, bad, 0.2];
            let got = run::<f32>(&Cpu::with_isa(isa, 1), dims, false, &layout, Precision::Int8, &x);
            assert!(got[..20].iter().all(|v| v.is_finite()) && got[20..40].iter().all(|v| v.is_nan()), "{isa} {bad}: {got:?}");
        }
        for tiny in [0.0, 1e-36, -1e-44] {
            let got = run::<f32>(&Cpu::with_isa(isa, 1), dims, false, &layout, Precision::Int8, &[tiny; 6]);
            assert!(got.iter().all(|v| v.is_finite()), "{isa} {tiny}");
        }
    }
}

#[test]
fn a_cell_without_kernels_keeps_f32() {
    let mut layer = Recurrent::<f32>::new(Dims { cell: Cell::GruResetBefore, input: 2, hidden: 3 }, false);
    layer.set_precision(Precision::Int8);
    assert_eq!(layer.precision(), Precision::F32);
}
