//! Products of bf16: the fast kernels against plain loops in f64 whose factors are rounded alike.

mod common;

use common::{Case, layouts};
use gatewise_kernels::{Cell, Cpu, Dims, Isa, Layout, Precision};

type Results = Vec<(&'static str, Vec<f64>)>;

const SIZES: [(usize, usize); 8] = [(1, 1), (3, 5), (1, 16), (7, 17), (33, 31), (5, 50), (20, 64), (2, 97)];

fn fast() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|&isa| isa.available() && isa != Isa::Scalar)
}

/// The largest error and the root of the mean square of all, each result measured by its largest value, or by 1.
fn errors(got: &Results, expected: &Results) -> (f64, f64) {
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

#[test]
fn every_cell_over_odd_shapes() {
    /// A value near the middle between two bf16 goes up in one and down in the other, which then differ by 2⁻⁸ of it.
    const LARGEST: f64 = 8e-3;
    /// Few values are so near.
    const MEAN: f64 = 4e-4;
    let one = Cpu::with_isa(Isa::Scalar, 1);
    for cell in Cell::ALL {
        for (input, hidden) in SIZES {
            for layout in layouts() {
                for reverse in [false, true] {
                    let dims = Dims { cell, input, hidden };
                    let case = Case::new(dims, reverse, layout.clone(), 7);
                    let expected = case.run::<f64>(&one, Precision::Bf16);
                    for isa in fast() {
                        let (largest, mean) = errors(&case.run::<f32>(&Cpu::with_isa(isa, 1), Precision::Bf16), &expected);
                        assert!(largest < LARGEST && mean < MEAN, "{isa} {dims:?} reverse {reverse} {layout:?}: {largest}, mean {mean}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_rounded_once_is_rounded_alike() {
    // A single step multiplies nothing but what it was given, so only the sums differ; the reset-before GRU multiplies r·h too.
    let one = Cpu::with_isa(Isa::Scalar, 1);
    for cell in Cell::ALL.into_iter().filter(|&cell| cell != Cell::GruResetBefore) {
        for (input, hidden) in SIZES.into_iter().skip(1) {
            let case = Case::new(Dims { cell, input, hidden }, false, Layout::full(7, 1), 3);
            let forward = |results: Results| results.into_iter().take(3).collect::<Results>();
            let expected = forward(case.run::<f64>(&one, Precision::Bf16));
            let exact = forward(case.run::<f64>(&one, Precision::F32));
            for isa in fast() {
                let got = forward(case.run::<f32>(&Cpu::with_isa(isa, 1), Precision::Bf16));
                let (largest, _) = errors(&got, &expected);
                assert!(largest < 2e-6, "{isa} {cell:?} {input} {hidden}: {largest}");
                let (rounding, _) = errors(&got, &exact);
                assert!(rounding > 1e-5, "{isa} {cell:?} {input} {hidden}: the factors are rounded, not as exact as {rounding}");
            }
        }
    }
}

#[test]
fn rounding_costs_little() {
    /// A factor is off by 2⁻⁹ at most, and errors of a sum cancel.
    const MEAN: f64 = 4e-3;
    let one = Cpu::with_isa(Isa::Scalar, 1);
    for cell in Cell::ALL {
        let case = Case::new(Dims { cell, input: 24, hidden: 64 }, false, Layout::full(5, 12), 9);
        let (largest, mean) = errors(&case.run::<f64>(&one, Precision::Bf16), &case.run::<f64>(&one, Precision::F32));
        assert!(mean > 1e-5 && mean < MEAN, "{cell:?}: {largest}, mean {mean}");
    }
}

#[test]
fn a_value_that_is_no_number_stays_visible() {
    for isa in fast() {
        for cell in Cell::ALL {
            let mut case = Case::new(Dims { cell, input: 5, hidden: 20 }, false, Layout::full(3, 4), 1);
            case.x[2] = f64::NAN;
            let results = case.run::<f32>(&Cpu::with_isa(isa, 1), Precision::Bf16);
            let bad = |name: &str| results.iter().find(|(n, _)| *n == name).is_some_and(|(_, v)| v.iter().any(|x| x.is_nan()));
            let rectified = cell == Cell::RnnRelu;
            assert!(bad("dw_ih") && (bad("y") || rectified), "{isa} {cell:?}");
        }
    }
}
