//! After warm-up a forward, a backward, a step and a product allocate nothing, on any number of threads.
//!
//! Runs without the test harness, whose own threads allocate.

mod common;

use common::packed_isas;
use gatewise_kernels::{
    Cell, CountingAllocator, Cpu, Dims, Layout, Mat, Precision, Recurrent, Scratch, Streaming, WeightGrads, Weights, matmul,
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() {
    for isa in packed_isas() {
        for threads in [1, 2] {
            let cpu = Cpu::with_isa(isa, threads);
            for (cell, precision) in Cell::ALL.into_iter().flat_map(|cell| [Precision::F32, Precision::Bf16].map(|p| (cell, p))) {
                for layout in [Layout::full(9, 6), Layout::full(1, 20), Layout::ragged(&[7, 5, 5, 2, 1])] {
                    let dims = Dims { cell, input: 5, hidden: 37 };
                    let (rows, batch) = (layout.rows(), layout.batch());
                    let (gates, recurrent) = (dims.gate_rows(), dims.recurrent_rows());
                    let w = [gates * 5, recurrent * 37, gates, recurrent].map(|n| vec![0.01f32; n]);
                    let mut g = w.clone();
                    let (x, dy, mut dx) = (vec![0.5; rows * 5], vec![0.1; rows * 37], vec![0.0; rows * 5]);
                    let (mut h, mut c) = (vec![0.0; batch * 37], vec![0.0; batch * dims.memory()]);
                    let mut product = vec![0.0; rows * 37];
                    let mut layer = Recurrent::<f32>::new(dims, false);
                    layer.set_precision(precision);
                    let mut scratch = Scratch::default();
                    let mut round = || {
                        layer.pack(&cpu, Weights { w_ih: &w[0], w_hh: &w[1], b_ih: &w[2], b_hh: &w[3] });
                        layer.forward(&cpu, &layout, &x, &mut h, &mut c, true);
                        let [a, b, d, e] = &mut g;
                        let grads = WeightGrads { w_ih: a, w_hh: b, b_ih: d, b_hh: e };
                        layer.backward(&cpu, &layout, &x, &dy, &mut h, &mut c, grads, Some(&mut dx));
                        layer.step(&cpu, &x[..batch * 5], &mut h, &mut c);
                        matmul(&cpu, Mat::new(&x, rows, 5), Mat::new(&w[0][..5 * 37], 5, 37), false, &mut product, &mut scratch);
                    };
                    (0..2).for_each(|_| round());
                    let before = CountingAllocator::count();
                    round();
                    let made = CountingAllocator::count() - before;
                    assert_eq!(made, 0, "{isa}, {threads} threads, {cell:?}, {precision:?}, {layout:?}");
                }
            }
        }
    }
    let kinds = || {
        [Cell::Lstm, Cell::Gru, Cell::RnnTanh]
            .into_iter()
            .flat_map(|cell| [Precision::F32, Precision::Bf16, Precision::Int8].map(|p| (cell, p)))
    };
    for (isa, (cell, precision)) in packed_isas().flat_map(|isa| kinds().map(move |kind| (isa, kind))) {
        let dims = Dims { cell, input: 5, hidden: 37 };
        let w = [dims.gate_rows() * 5, dims.gate_rows() * 37, dims.gate_rows()].map(|n| vec![0.01f32; n]);
        let weights = Weights { w_ih: &w[0], w_hh: &w[1], b_ih: &w[2], b_hh: &w[2] };
        let mut layer = Streaming::new(isa, dims, weights, precision).expect("the cell streams");
        let (x, mut y) = ([0.5; 3 * 5], [0.0; 3 * 37]);
        let before = CountingAllocator::count();
        layer.step(&x[..5]);
        layer.step_many(&x, &mut y);
        layer.reset();
        assert_eq!(CountingAllocator::count() - before, 0, "{isa}, {cell:?}, {precision:?}: a stream allocates nothing, not even at first");
    }
    println!("a warm call allocates nothing: ok");
}
