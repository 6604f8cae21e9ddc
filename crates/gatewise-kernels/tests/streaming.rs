//! Streaming steps against plain loops in f64, and against themselves in blocks.

mod common;

use common::{BF16_LARGEST, Case, packed_isas, share};
use gatewise_kernels::{Cell, Cpu, Dims, Isa, Layout, Precision, Recurrent, Streaming, Weights};

/// The cells that stream.
const CELLS: [Cell; 4] = [Cell::Lstm, Cell::Gru, Cell::RnnTanh, Cell::RnnRelu];

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Int8];

/// Around the edges of vectors, half vectors and blocks of them.
const HIDDEN: [usize; 22] = [1, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 24, 25, 32, 33, 40, 48, 64, 65, 96, 130, 256];

fn narrow(v: &[f64]) -> Vec<f32> {
    v.iter().map(|&x| x as f32).collect()
}

/// A layer with the weights of a case, in its first state.
fn streaming(isa: Isa, case: &Case, precision: Precision) -> Streaming {
    let [w_ih, w_hh, b_ih, b_hh] = [0, 1, 2, 3].map(|i| narrow(&case.weights[i]));
    let weights = Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &b_ih, b_hh: &b_hh };
    let mut layer = Streaming::new(isa, case.dims, weights, precision).expect("the cell streams");
    layer.set_state(&narrow(&case.h0), &narrow(&case.c0));
    layer
}

/// Outputs and last states of the plain loops in f64.
fn expected(case: &Case, precision: Precision) -> [Vec<f64>; 3] {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    let [w_ih, w_hh, b_ih, b_hh] = &case.weights;
    let mut layer = Recurrent::<f64>::new(case.dims, false);
    layer.set_precision(precision);
    layer.pack(&cpu, Weights { w_ih, w_hh, b_ih, b_hh });
    let (mut h, mut c) = (case.h0.clone(), case.c0.clone());
    layer.forward(&cpu, &case.layout, &case.x, &mut h, &mut c, false);
    [layer.output().to_vec(), h, c]
}

#[test]
fn steps_agree_with_plain_loops_and_blocks_of_steps_with_steps() {
    const TIME: usize = 7;
    let inputs = [0, 1, 2, 5, 8, 64];
    for (cell, precision) in CELLS.into_iter().flat_map(|cell| PRECISIONS.map(|p| (cell, p))) {
        for (input, hidden) in share(inputs.into_iter().flat_map(|input| HIDDEN.map(|hidden| (input, hidden)))) {
            let seed = (hidden * 100 + input) as u64;
            let case = Case::new(Dims { cell, input, hidden }, false, Layout::full(1, TIME), seed);
            let expected = expected(&case, precision);
            packed_isas().for_each(|isa| check(isa, &case, precision, &expected));
        }
    }
}

fn check(isa: Isa, case: &Case, precision: Precision, [y, h, c]: &[Vec<f64>; 3]) {
    let (Dims { cell, input, hidden }, time) = (case.dims, case.layout.time());
    let label = format!("{isa} {precision:?} {cell:?} I{input} H{hidden}");
    let x = narrow(&case.x);

    let mut layer = streaming(isa, case, precision);
    let steps: Vec<f32> = (0..time).flat_map(|t| layer.step(&x[t * input..][..input]).to_vec()).collect();
    let (last_h, last_c) = layer.state();
    let most = match precision {
        Precision::F32 => 3e-6,
        Precision::Bf16 => BF16_LARGEST,
        // A value between two whole numbers falls to one or the other by its last bit.
        Precision::Int8 => 1e-3,
    };
    for (what, got, expected) in [("y", &steps[..], y), ("h", last_h, h), ("c", last_c, c)] {
        assert_eq!(got.len(), expected.len(), "{label} {what}");
        let scale = expected.iter().fold(1.0f64, |a, b| a.max(b.abs()));
        let error = got.iter().zip(expected).map(|(&g, e)| (f64::from(g) - e).abs() / scale).fold(0.0, f64::max);
        assert!(error < most, "{label} {what}: {error:e}");
    }

    // Blocks of three, none and four steps, with a guard behind what they write.
    let mut blocks = streaming(isa, case, precision);
    let mut out = vec![9.0; time * hidden + 1];
    let mut at = 0;
    for rows in [3, 0, 4] {
        blocks.step_many(&x[at * input..][..rows * input], &mut out[at * hidden..][..rows * hidden]);
        at += rows;
    }
    let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&out[..time * hidden]), bits(&steps), "{label}");
    assert!(out[time * hidden] == 9.0, "{label}");
    assert_eq!(blocks.state(), layer.state(), "{label}");
}

#[test]
fn closed_and_open_gates_agree_with_plain_loops_and_keep_outputs_in_bounds() {
    const TIME: usize = 40;
    for cell in CELLS {
        let dims = Dims { cell, input: 2, hidden: 19 };
        for scale in [30.0, 300.0, 3e4] {
            let mut case = Case::new(dims, false, Layout::full(1, TIME), 11);
            case.weights.iter_mut().for_each(|w| w.iter_mut().for_each(|w| *w = f64::from((*w * scale) as f32)));
            // A chaotic state says nothing of rounding: the gates follow the input alone.
            case.weights[1].fill(0.0);
            case.c0.iter_mut().for_each(|c| *c *= 1e6);
            let [y, h, c] = expected(&case, Precision::F32);
            for isa in packed_isas() {
                let (mut layer, mut got) = (streaming(isa, &case, Precision::F32), vec![0.0; TIME * 19]);
                layer.step_many(&narrow(&case.x), &mut got);
                let label = format!("{isa} {cell:?} {scale}");
                let (last_h, last_c) = layer.state();
                for (got, expected) in [(&got[..], &y), (last_h, &h), (last_c, &c)] {
                    for (&got, &expected) in got.iter().zip(expected) {
                        let most = 2e-4 * expected.abs().max(1.0);
                        assert!((f64::from(got) - expected).abs() < most, "{label}: {got} for {expected}");
                    }
                }
                let bounded = cell != Cell::RnnRelu;
                assert!(!bounded || got.iter().all(|h| h.abs() <= 1.0 + 1e-6), "{label}: {got:?}");
            }
        }
    }
}

#[test]
fn a_stream_stays_beside_plain_loops_for_thousands_of_steps_and_moves_between_layers() {
    const TIME: usize = 5000;
    for cell in CELLS {
        let case = Case::new(Dims { cell, input: 1, hidden: 21 }, false, Layout::full(1, TIME), 12);
        let [y, ..] = expected(&case, Precision::F32);
        for isa in packed_isas() {
            let x = narrow(&case.x);
            let (mut first, mut whole) = (streaming(isa, &case, Precision::F32), vec![0.0; TIME * 21]);
            first.step_many(&x, &mut whole);
            let error = whole.iter().zip(&y).map(|(&got, y)| (f64::from(got) - y).abs()).fold(0.0, f64::max);
            assert!(error < 1e-5, "{isa} {cell:?}: {error:e}");

            // After an odd number of steps the state goes on in another layer.
            let (mut half, mut out) = (streaming(isa, &case, Precision::F32), vec![0.0; 2001 * 21]);
            half.step_many(&x[..2001], &mut out);
            let mut other = streaming(isa, &case, Precision::F32);
            other.step(&x[..1]);
            let (h, c) = half.state();
            other.set_state(h, c);
            assert_eq!(other.step(&x[2001..2002]), &whole[2001 * 21..][..21], "{isa} {cell:?}");
        }
    }
}

#[test]
fn silence_reaches_zero_and_a_reset_forgets() {
    for isa in packed_isas() {
        for cell in CELLS {
            let dims = Dims { cell, input: 1, hidden: 20 };
            let mut case = Case::new(dims, false, Layout::full(1, 1), 5);
            // Without biases nothing but the state keeps a state up.
            case.weights[1..].iter_mut().for_each(|w| w.iter_mut().for_each(|w| *w *= 0.1));
            case.weights[2..].iter_mut().for_each(|w| w.fill(0.0));
            let mut layer = streaming(isa, &case, Precision::F32);
            (0..20_000).for_each(|_| _ = layer.step(&[0.0]));
            assert!(
                layer.step(&[0.0]).iter().all(|h| *h == 0.0),
                "{isa} {cell:?}: a state that fades ends at zero, not at a denormal number"
            );

            let first = layer.step(&[0.7]).to_vec();
            (0..3).for_each(|_| _ = layer.step(&[-0.2]));
            layer.reset();
            assert_eq!(layer.step(&[0.7]), first, "{isa} {cell:?}");
        }
    }
}

#[test]
fn a_nan_stays_a_nan() {
    for isa in packed_isas() {
        for cell in CELLS {
            let case = Case::new(Dims { cell, input: 1, hidden: 9 }, false, Layout::full(1, 1), 6);
            for precision in PRECISIONS {
                let mut layer = streaming(isa, &case, precision);
                assert!(layer.step(&[f32::NAN]).iter().all(|h| h.is_nan()), "{isa} {cell:?} {precision:?}");
            }
        }
    }
}

#[test]
fn what_does_not_stream_is_none() {
    let case = |cell, hidden| Case::new(Dims { cell, input: 2, hidden }, false, Layout::full(1, 1), 7);
    let try_new = |isa, case: &Case, precision| {
        let [w_ih, w_hh, b_ih, b_hh] = [0, 1, 2, 3].map(|i| narrow(&case.weights[i]));
        Streaming::new(isa, case.dims, Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &b_ih, b_hh: &b_hh }, precision).is_some()
    };
    for cell in Cell::ALL {
        assert_eq!(try_new(Isa::best(), &case(cell, 3), Precision::F32), CELLS.contains(&cell), "{cell:?}");
    }
    for precision in PRECISIONS {
        assert!(!try_new(Isa::Scalar, &case(Cell::Lstm, 3), precision));
    }
    assert!(!try_new(Isa::best(), &case(Cell::Lstm, 0), Precision::F32));
}

#[test]
#[should_panic(expected = "x is (I)")]
fn a_row_of_a_wrong_length_is_refused() {
    let case = Case::new(Dims { cell: Cell::Lstm, input: 2, hidden: 3 }, false, Layout::full(1, 1), 8);
    streaming(Isa::best(), &case, Precision::F32).step(&[1.0]);
}
