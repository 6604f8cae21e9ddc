//! Products of bf16: the fast kernels against plain loops in f64 whose factors are rounded alike.

mod common;

use common::{BF16_LARGEST, BF16_MEAN, Case, Results, errors, layouts, long, packed_isas, share};
use gatewise_kernels::{Cell, Cpu, Dims, Isa, Layout, Precision};

const SIZES: [(usize, usize); 8] = [(1, 1), (3, 5), (1, 16), (7, 17), (33, 31), (5, 50), (20, 64), (2, 97)];

#[test]
fn every_cell_over_odd_shapes() {
    let one = Cpu::with_isa(Isa::Scalar, 1);
    for cell in Cell::ALL {
        for (input, hidden) in share(SIZES) {
            for layout in layouts() {
                for reverse in [false, true] {
                    let dims = Dims { cell, input, hidden };
                    let case = Case::new(dims, reverse, layout.clone(), 7);
                    let expected = case.run::<f64>(&one, Precision::Bf16);
                    for isa in packed_isas() {
                        let (largest, mean) = errors(&case.run::<f32>(&Cpu::with_isa(isa, 1), Precision::Bf16), &expected);
                        assert!(
                            largest < BF16_LARGEST && mean < BF16_MEAN,
                            "{isa} {dims:?} reverse {reverse} {layout:?}: {largest}, mean {mean}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn blocks_of_rows_follow_each_other() {
    // A rectifier that closes in one and stays open in the other takes long sequences apart.
    for cell in Cell::ALL.into_iter().filter(|&cell| cell != Cell::RnnRelu) {
        let case = Case::new(Dims { cell, input: 7, hidden: 17 }, false, long(), 3);
        let expected = case.run::<f64>(&Cpu::with_isa(Isa::Scalar, 1), Precision::Bf16);
        for isa in packed_isas() {
            let (largest, mean) = errors(&case.run::<f32>(&Cpu::with_isa(isa, 2), Precision::Bf16), &expected);
            assert!(largest < BF16_LARGEST && mean < BF16_MEAN, "{isa} {cell:?}: {largest}, mean {mean}");
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
            for isa in packed_isas() {
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
    /// A factor is off by 2⁻⁹ at most, and errors of a sum cancel; a candidate that rounding moves over a kink has another slope.
    const MEAN: f64 = 5e-3;
    let one = Cpu::with_isa(Isa::Scalar, 1);
    for cell in Cell::ALL {
        let case = Case::new(Dims { cell, input: 24, hidden: 64 }, false, Layout::full(5, 12), 9);
        let (largest, mean) = errors(&case.run::<f64>(&one, Precision::Bf16), &case.run::<f64>(&one, Precision::F32));
        assert!(mean > 1e-5 && mean < MEAN, "{cell:?}: {largest}, mean {mean}");
    }
}

#[test]
fn a_value_that_is_no_number_stays_visible() {
    for isa in packed_isas() {
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
