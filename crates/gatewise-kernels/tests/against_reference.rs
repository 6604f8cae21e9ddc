//! The fast kernels against the plain loops in f64, over shapes that are not multiples of anything.

mod common;

use common::{BF16_LARGEST, BF16_MEAN, Case, Values, errors, every_isa, layouts, packed_isas, pick_row, share};
use gatewise_kernels::{Cell, Cpu, Dims, Isa, Layout, Mat, Precision, Real, Recurrent, Scratch, Weights, matmul};

/// What a layer can be trained with.
const TRAINED: [Precision; 2] = [Precision::F32, Precision::Bf16];

fn assert_close(what: &str, got: &[(&'static str, Vec<f64>)], expected: &[(&'static str, Vec<f64>)], tolerance: f64) {
    for ((name, got), (_, expected)) in got.iter().zip(expected) {
        assert_eq!(got.len(), expected.len());
        let scale = expected.iter().fold(1.0f64, |a, &b| a.max(b.abs()));
        for (i, (&g, &e)) in got.iter().zip(expected).enumerate() {
            assert!((g - e).abs() <= tolerance * scale, "{what}: {name}[{i}] = {g}, expected {e}");
        }
    }
}

#[test]
fn every_cell_over_odd_shapes() {
    let sizes = [(1, 1), (3, 5), (1, 16), (7, 17), (33, 31), (5, 50), (20, 64), (2, 97)];
    let one = Cpu::with_isa(Isa::Scalar, 1);
    let cpus: Vec<_> = every_isa().map(|isa| Cpu::with_isa(isa, 1)).collect();
    for cell in Cell::ALL {
        for (input, hidden) in share(sizes) {
            for layout in layouts() {
                for reverse in [false, true] {
                    let dims = Dims { cell, input, hidden };
                    let case = Case::new(dims, reverse, layout.clone(), 7);
                    let expected = case.run::<f64>(&one, Precision::F32);
                    for cpu in &cpus {
                        let what = format!("{} {dims:?} reverse {reverse} {layout:?}", cpu.isa());
                        assert_close(&what, &case.run::<f32>(cpu, Precision::F32), &expected, 2e-5);
                    }
                }
            }
        }
    }
}

#[test]
fn wide_layers_take_one_right_hand_matrix_at_a_time() {
    // More columns than a packed block of both holds.
    let (input, hidden) = (530, 520);
    let one = Cpu::with_isa(Isa::Scalar, 1);
    for cell in Cell::ALL {
        let case = Case::new(Dims { cell, input, hidden }, false, Layout::ragged(&[3, 2]), 5);
        let expected = case.run::<f64>(&one, Precision::F32);
        let rounded = case.run::<f64>(&one, Precision::Bf16);
        for isa in every_isa() {
            let cpu = Cpu::with_isa(isa, 2);
            assert_close(&format!("{isa} {cell:?}"), &case.run::<f32>(&cpu, Precision::F32), &expected, 2e-5);
            let (largest, mean) = errors(&case.run::<f32>(&cpu, Precision::Bf16), &rounded);
            assert!(largest < BF16_LARGEST && mean < BF16_MEAN, "{isa} {cell:?} in bf16: {largest}, mean {mean}");
        }
    }
}

#[test]
fn threads_change_no_bit() {
    for isa in every_isa() {
        let cpus = [1, 2, 3].map(|threads| Cpu::with_isa(isa, threads));
        for cell in Cell::ALL {
            // One row with many hidden units is shared by the threads, unit by unit.
            let layouts = [
                (Layout::full(11, 40), 97),
                (Layout::full(3, 7), 37),
                (Layout::full(1, 6), 300),
                (Layout::full(1, 3), 400),
                (Layout::ragged(&[60, 47, 40, 33, 22, 22, 9, 4, 1, 1]), 97),
            ];
            for (layout, hidden) in share(layouts) {
                let case = Case::new(Dims { cell, input: 6, hidden }, false, layout, 3);
                for precision in TRAINED {
                    let one = case.run::<f32>(&cpus[0], precision);
                    for cpu in &cpus[1..] {
                        assert!(case.run::<f32>(cpu, precision) == one, "{isa} {cell:?} {precision:?} with {} threads", cpu.threads());
                    }
                }
            }
        }
    }
}

#[test]
fn threads_share_the_units_of_few_sequences_that_see_no_other_unit() {
    // So much work that it is worth a team.
    let (input, hidden) = (12, 101);
    for isa in packed_isas() {
        for cell in Cell::ALL.into_iter().filter(|cell| !cell.spec().recurrent) {
            for (layout, reverse) in [(Layout::full(1, 950), false), (Layout::ragged(&[940, 31]), true)] {
                let case = Case::new(Dims { cell, input, hidden }, reverse, layout, 9);
                for precision in TRAINED {
                    let [one, three] = [1, 3].map(|threads| case.run::<f32>(&Cpu::with_isa(isa, threads), precision));
                    assert!(one == three, "{isa} {cell:?} {precision:?} reverse {reverse}");
                }
            }
        }
    }
}

#[test]
fn a_row_depends_neither_on_its_tile_nor_on_its_neighbours() {
    for isa in every_isa() {
        let cpu = Cpu::with_isa(isa, 1);
        for (cell, precision) in Cell::ALL.into_iter().flat_map(|cell| TRAINED.map(|precision| (cell, precision))) {
            let whole = Case::new(Dims { cell, input: 3, hidden: 21 }, false, Layout::full(19, 4), 5);
            let all = whole.run::<f32>(&cpu, precision);
            for b in [0, 7, 18] {
                let one = whole.row(b).run::<f32>(&cpu, precision);
                for (i, (name, alone)) in one.iter().enumerate().take(6) {
                    assert!(*alone == pick_row(&all[i].1, &whole, i, b), "{isa} {cell:?} {precision:?} row {b}: {name}");
                }
            }
        }
    }
}

#[test]
fn a_streaming_step_equals_the_whole_sequence() {
    for isa in every_isa() {
        let cpu = Cpu::with_isa(isa, 1);
        for (cell, precision) in Cell::ALL.into_iter().flat_map(|cell| TRAINED.map(|precision| (cell, precision))) {
            let case = Case::new(Dims { cell, input: 2, hidden: 33 }, false, Layout::full(2, 6), 11);
            let f = |v: &[f64]| v.iter().map(|&x| x as f32).collect::<Vec<_>>();
            let w = [0, 1, 2, 3].map(|i| f(&case.weights[i]));
            let mut layer = Recurrent::<f32>::new(case.dims, false);
            layer.set_precision(precision);
            layer.pack(&cpu, Weights { w_ih: &w[0], w_hh: &w[1], b_ih: &w[2], b_hh: &w[3] });
            let (mut h, mut c) = (f(&case.h0), f(&case.c0));
            layer.forward(&cpu, &case.layout, &f(&case.x), &mut h, &mut c, false);
            let (mut hs, mut cs) = (f(&case.h0), f(&case.c0));
            for x in f(&case.x).chunks(2 * 2) {
                layer.step(&cpu, x, &mut hs, &mut cs);
            }
            assert!(h == hs && c == cs, "{isa} {cell:?} {precision:?}");
        }
    }
}

#[test]
fn products_of_every_kind() {
    let mut v = Values(1);
    for (m, k, n) in [(1, 1, 1), (3, 5, 2), (17, 33, 49), (64, 300, 7), (9, 600, 100), (130, 300, 70), (2, 0, 3)] {
        let (a, b, start) = (v.take(m * k), v.take(k * n), v.take(m * n));
        let f = |v: &[f64]| v.iter().map(|&x| x as f32).collect::<Vec<_>>();
        for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
            fn mat<F: Real>(v: &[F], rows: usize, cols: usize, transposed: bool) -> Mat<'_, F> {
                if transposed { Mat::transposed(v, rows, cols) } else { Mat::new(v, rows, cols) }
            }
            for accumulate in [false, true] {
                let mut expected = start.clone();
                let scalar = Cpu::with_isa(Isa::Scalar, 1);
                matmul(&scalar, mat(&a, m, k, ta), mat(&b, k, n, tb), accumulate, &mut expected, &mut Scratch::default());
                for isa in every_isa() {
                    let mut results = Vec::new();
                    for threads in [1, 2] {
                        let (fa, fb, mut c) = (f(&a), f(&b), f(&start));
                        let cpu = Cpu::with_isa(isa, threads);
                        matmul(&cpu, mat(&fa, m, k, ta), mat(&fb, k, n, tb), accumulate, &mut c, &mut Scratch::default());
                        for (i, (&g, &e)) in c.iter().zip(&expected).enumerate() {
                            assert!((f64::from(g) - e).abs() < 1e-4, "{isa} {m}×{k}×{n} {ta} {tb} {accumulate}: [{i}] = {g}, expected {e}");
                        }
                        results.push(c);
                    }
                    assert!(results[0] == results[1], "{isa}: two threads give the bits of one");
                }
            }
        }
    }
}
