//! The fast kernels against the plain loops in f64, over shapes that are not multiples of anything.

use gatewise_kernels::{Cell, Cpu, Dims, Isa, Layout, Mat, Real, Recurrent, Scratch, WeightGrads, Weights, matmul};

/// A small generator (SplitMix64), so that cases need no crate; values in ±1.
struct Values(u64);

impl Values {
    fn take(&mut self, n: usize) -> Vec<f64> {
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

/// Everything a layer reads.
struct Case {
    dims: Dims,
    reverse: bool,
    layout: Layout,
    weights: [Vec<f64>; 4],
    x: Vec<f64>,
    h0: Vec<f64>,
    c0: Vec<f64>,
    dy: Vec<f64>,
    dh: Vec<f64>,
    dc: Vec<f64>,
}

impl Case {
    fn new(dims: Dims, reverse: bool, layout: Layout, seed: u64) -> Self {
        let mut v = Values(seed);
        let scale = 1.0 / (dims.hidden as f64).sqrt();
        let mut weight = |n: usize| v.take(n).into_iter().map(|w| f64::from((w * scale) as f32)).collect::<Vec<_>>();
        let rows = dims.gate_rows();
        let weights = [weight(rows * dims.input), weight(rows * dims.hidden), weight(rows), weight(rows)];
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

    /// Every result, named.
    fn run<F: Real>(&self, cpu: &Cpu) -> Vec<(&'static str, Vec<f64>)> {
        let real = |v: &[f64]| v.iter().map(|&x| F::from_f64(x)).collect::<Vec<F>>();
        let [w_ih, w_hh, b_ih, b_hh] = [0, 1, 2, 3].map(|i| real(&self.weights[i]));
        let mut layer = Recurrent::<F>::new(self.dims, self.reverse);
        layer.pack(cpu, Weights { w_ih: &w_ih, w_hh: &w_hh, b_ih: &b_ih, b_hh: &b_hh });
        let (x, dy) = (real(&self.x), real(&self.dy));
        let (mut h, mut c) = (real(&self.h0), real(&self.c0));
        layer.forward(cpu, &self.layout, &x, &mut h, &mut c, false);
        let inferred = layer.output().to_vec();
        let (mut h, mut c) = (real(&self.h0), real(&self.c0));
        layer.forward(cpu, &self.layout, &x, &mut h, &mut c, true);
        let y = layer.output().to_vec();
        assert!(inferred == y, "a tape changes no bit");
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

fn fast() -> impl Iterator<Item = Isa> {
    Isa::ALL.into_iter().filter(|isa| isa.available())
}

fn assert_close(what: &str, got: &[(&'static str, Vec<f64>)], expected: &[(&'static str, Vec<f64>)], tolerance: f64) {
    for ((name, got), (_, expected)) in got.iter().zip(expected) {
        assert_eq!(got.len(), expected.len());
        let scale = expected.iter().fold(1.0f64, |a, &b| a.max(b.abs()));
        for (i, (&g, &e)) in got.iter().zip(expected).enumerate() {
            assert!((g - e).abs() <= tolerance * scale, "{what}: {name}[{i}] = {g}, expected {e}");
        }
    }
}

fn layouts() -> Vec<Layout> {
    let mut layouts: Vec<_> = [(1, 1), (1, 9), (2, 5), (5, 4), (7, 3), (8, 3), (13, 6), (33, 2)].map(|(b, t)| Layout::full(b, t)).into();
    layouts.extend([&[6, 4, 4, 1][..], &[9, 9, 8, 7, 6, 5, 4, 3, 3, 2, 1, 1, 1], &[3], &[5, 1]].map(Layout::ragged));
    layouts
}

#[test]
fn every_cell_over_odd_shapes() {
    let sizes = [(1, 1), (3, 5), (1, 16), (7, 17), (33, 31), (5, 50), (20, 64), (2, 97)];
    let one = Cpu::with_isa(Isa::Scalar, 1);
    let cpus: Vec<_> = fast().map(|isa| Cpu::with_isa(isa, 1)).collect();
    for cell in Cell::ALL {
        for (input, hidden) in sizes {
            for layout in layouts() {
                for reverse in [false, true] {
                    let dims = Dims { cell, input, hidden };
                    let case = Case::new(dims, reverse, layout.clone(), 7);
                    let expected = case.run::<f64>(&one);
                    for cpu in &cpus {
                        let what = format!("{} {dims:?} reverse {reverse} {layout:?}", cpu.isa());
                        assert_close(&what, &case.run::<f32>(cpu), &expected, 2e-5);
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
        let expected = case.run::<f64>(&one);
        for isa in fast() {
            assert_close(&format!("{isa} {cell:?}"), &case.run::<f32>(&Cpu::with_isa(isa, 2)), &expected, 2e-5);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    for isa in fast() {
        let cpus = [1, 2, 3].map(|threads| Cpu::with_isa(isa, threads));
        for cell in Cell::ALL {
            // One row with many hidden units is shared by the threads, unit by unit.
            let layouts = [
                (Layout::full(11, 40), 97),
                (Layout::full(3, 7), 37),
                (Layout::full(1, 6), 300),
                (Layout::ragged(&[60, 47, 40, 33, 22, 22, 9, 4, 1, 1]), 97),
            ];
            for (layout, hidden) in layouts {
                let case = Case::new(Dims { cell, input: 6, hidden }, false, layout, 3);
                let one = case.run::<f32>(&cpus[0]);
                for cpu in &cpus[1..] {
                    assert!(case.run::<f32>(cpu) == one, "{isa} {cell:?} with {} threads", cpu.threads());
                }
            }
        }
    }
}

#[test]
fn a_row_depends_neither_on_its_tile_nor_on_its_neighbours() {
    let (time, hidden) = (4, 21);
    for isa in fast() {
        let cpu = Cpu::with_isa(isa, 1);
        for cell in Cell::ALL {
            let dims = Dims { cell, input: 3, hidden };
            let whole = Case::new(dims, false, Layout::full(19, time), 5);
            let all = whole.run::<f32>(&cpu);
            for b in [0, 7, 18] {
                let pick = |v: &[f64], width: usize, rows: usize| -> Vec<f64> {
                    (0..rows).flat_map(|t| v[(t * 19 + b) * width..][..width].to_vec()).collect()
                };
                let alone = Case {
                    dims,
                    reverse: false,
                    layout: Layout::full(1, time),
                    weights: whole.weights.clone(),
                    x: pick(&whole.x, 3, time),
                    h0: pick(&whole.h0, hidden, 1),
                    c0: pick(&whole.c0, dims.memory(), 1),
                    dy: pick(&whole.dy, hidden, time),
                    dh: pick(&whole.dh, hidden, 1),
                    dc: pick(&whole.dc, dims.memory(), 1),
                };
                let one = alone.run::<f32>(&cpu);
                let widths = [hidden, hidden, dims.memory(), hidden, dims.memory(), 3];
                let rows = [time, 1, 1, 1, 1, time];
                for (i, (&width, &rows)) in widths.iter().zip(&rows).enumerate() {
                    assert!(one[i].1 == pick(&all[i].1, width, rows), "{isa} {cell:?} row {b}: {}", one[i].0);
                }
            }
        }
    }
}

#[test]
fn a_streaming_step_equals_the_whole_sequence() {
    for isa in fast() {
        let cpu = Cpu::with_isa(isa, 1);
        for cell in Cell::ALL {
            let case = Case::new(Dims { cell, input: 2, hidden: 33 }, false, Layout::full(2, 6), 11);
            let f = |v: &[f64]| v.iter().map(|&x| x as f32).collect::<Vec<_>>();
            let w = [0, 1, 2, 3].map(|i| f(&case.weights[i]));
            let mut layer = Recurrent::<f32>::new(case.dims, false);
            layer.pack(&cpu, Weights { w_ih: &w[0], w_hh: &w[1], b_ih: &w[2], b_hh: &w[3] });
            let (mut h, mut c) = (f(&case.h0), f(&case.c0));
            layer.forward(&cpu, &case.layout, &f(&case.x), &mut h, &mut c, false);
            let (mut hs, mut cs) = (f(&case.h0), f(&case.c0));
            for x in f(&case.x).chunks(2 * 2) {
                layer.step(&cpu, x, &mut hs, &mut cs);
            }
            assert!(h == hs && c == cs, "{isa} {cell:?}");
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
                for isa in fast() {
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
