//! Sizes that no memory holds, given to every public constructor and call: a panic with words or a result, never memory that is not the caller's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use gatewise_kernels::{
    Aligned, Cell, Cpu, Dims, Layout, Mat, PackedRight, Recurrent, Scratch, WeightGrads, Weights, matmul, matmul_packed,
};

/// Sizes whose products wrap around, and small ones beside them. None in between: what memory could hold, it would be asked for.
const SIZES: [usize; 9] = [0, 1, 2, 3, 1 << 42, 1 << 61, 1 << 62, 1 << 63, usize::MAX];

/// Whether the call came to an end without a panic.
fn ends<R>(call: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}

fn quiet() {
    std::panic::set_hook(Box::new(|_| {}));
}

#[test]
fn layouts() {
    quiet();
    for batch in SIZES {
        for time in SIZES {
            if let Some(layout) = ends(|| Layout::full(batch, time)) {
                let rows = batch.checked_mul(time).expect("rows that cannot be counted are refused");
                assert_eq!((layout.rows(), layout.time()), (rows, time));
            }
        }
        assert!(ends(|| Layout::ragged(&[batch, 0])).is_none());
    }
    assert_eq!(ends(|| Layout::ragged(&[3, 1])).map(|l| l.rows()), Some(4));
    assert!(ends(|| Layout::ragged(&[usize::MAX, 1])).is_none());
    assert!(ends(|| Layout::full(1 << 63, 2)).is_none());
}

#[test]
fn matrices_and_their_products() {
    quiet();
    let cpu = Cpu::new(1).unwrap();
    let data = [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0];
    let mats = |rows: usize, cols: usize, stride: usize| {
        let made = [
            ends(|| Mat::new(&data, rows, cols)),
            ends(|| Mat::transposed(&data, rows, cols)),
            ends(|| Mat::with_stride(&data, rows, cols, stride, false)),
            ends(|| Mat::with_stride(&data, rows, cols, stride, true)),
        ];
        made.into_iter().flatten()
    };
    let mut tried = 0;
    for rows in SIZES {
        for inner in SIZES {
            for cols in SIZES {
                for a in mats(rows, inner, 2) {
                    for b in mats(inner, cols, usize::MAX) {
                        tried += 1;
                        let mut c = [0.0_f32; 9];
                        let len = rows.saturating_mul(cols).min(9);
                        let result = ends(|| matmul(&cpu, a, b, false, &mut c[..len], &mut Scratch::default()));
                        assert!(result.is_none() || rows * cols == len, "{rows} × {inner} × {cols}");
                        ends(|| {
                            let mut packed = PackedRight::default();
                            packed.pack(&cpu, b);
                            matmul_packed(&cpu, a, &packed, true, &mut c[..len]);
                        });
                    }
                }
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert!(ends(|| Mat::new(&data[..0], 1 << 63, 2)).is_none());
    // Fields are public: what was sound when it was made need not be so when it is used.
    let mut a = Mat::new(&data, 2, 3);
    a.rows = 1 << 62;
    assert!(ends(|| matmul(&cpu, a, Mat::new(&data, 3, 2), false, &mut [], &mut Scratch::default())).is_none());
}

#[test]
fn layers() {
    quiet();
    let cpu = Cpu::new(1).unwrap();
    let numbers = [0.5_f32; 64];
    for cell in Cell::ALL {
        for input in SIZES {
            for hidden in SIZES {
                let dims = Dims { cell, input, hidden };
                let Some(mut layer) = ends(|| Recurrent::<f32>::new(dims, false)) else { continue };
                let part = |len: Option<usize>| &numbers[..len.unwrap_or(0).min(64)];
                let rows = hidden.checked_mul(cell.gates());
                let recurrent = if cell.spec().recurrent { rows } else { Some(0) };
                let weights = Weights {
                    w_ih: part(rows.and_then(|r| r.checked_mul(input))),
                    w_hh: part(recurrent.and_then(|r| r.checked_mul(hidden))),
                    b_ih: part(rows),
                    b_hh: part(recurrent),
                };
                if ends(|| layer.pack(&cpu, weights)).is_none() {
                    continue;
                }
                assert!(hidden == 0 || hidden <= 3 && input <= 64, "weights of {dims:?} were taken from {} numbers", weights.w_ih.len());
                for (batch, time) in [(1, 1), (2, 2), (1 << 42, 1), (1 << 62, 2), (1 << 63, 1), (0, 3)] {
                    let Some(layout) = ends(|| Layout::full(batch, time)) else { continue };
                    let len = |width: usize, rows: usize| rows.wrapping_mul(width).min(64);
                    let x = &numbers[..len(input, layout.rows())];
                    let (mut h, mut c) = (vec![0.0; len(hidden, batch)], vec![0.0; if cell.has_memory() { len(hidden, batch) } else { 0 }]);
                    let done = ends(|| layer.forward(&cpu, &layout, x, &mut h, &mut c, true));
                    assert!(done.is_none() || hidden == 0 || batch <= 2, "{dims:?} {batch} {time}");
                    let (dy, mut dx) = (vec![0.0; len(hidden, layout.rows())], vec![0.0; x.len()]);
                    let mut grads = [weights.w_ih.len(), weights.w_hh.len(), weights.b_ih.len(), weights.b_hh.len()].map(|n| vec![0.0; n]);
                    let [w_ih, w_hh, b_ih, b_hh] = &mut grads;
                    let grads = WeightGrads { w_ih, w_hh, b_ih, b_hh };
                    ends(|| layer.backward(&cpu, &layout, x, &dy, &mut h, &mut c, grads, Some(&mut dx)));
                }
            }
        }
    }
}

#[test]
fn buffers() {
    quiet();
    for len in SIZES {
        let mut buffer = Aligned::<f64>::default();
        let done = ends(|| buffer.resize(len));
        assert!(done.is_some() == (len <= 3), "{len}");
        assert_eq!(buffer.len(), if len <= 3 { len } else { 0 });
    }
}
