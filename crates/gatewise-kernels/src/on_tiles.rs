//! Products on tiles, see [`crate::simd::Simd::TILES`], on processors that have none: all but the tiles' own instructions.

use crate::common::{Case, Results, errors, layouts, long, pick_row, share, skipped};

use crate::dispatch::ON_TILES;
use crate::{Cell, Cpu, Dims, Isa, Layout, Precision};

/// The results of a case with AVX2's vectors, its products on tiles.
fn on_tiles(case: &Case, threads: usize) -> Results {
    ON_TILES.set(true);
    let results = case.run::<f32>(&Cpu::with_isa(Isa::Avx2, threads), Precision::Bf16);
    ON_TILES.set(false);
    results
}

#[test]
fn every_cell_over_odd_shapes() {
    let plain = Cpu::with_isa(Isa::Scalar, 1);
    if !Isa::Avx2.available() {
        skipped("AVX2");
        return;
    }
    for cell in Cell::ALL {
        for (input, hidden) in share([(1, 1), (3, 5), (7, 17), (33, 31), (20, 64), (2, 97)]) {
            for layout in layouts() {
                for reverse in [false, true] {
                    let dims = Dims { cell, input, hidden };
                    let case = Case::new(dims, reverse, layout.clone(), 7);
                    let (largest, mean) = errors(&on_tiles(&case, 1), &case.run::<f64>(&plain, Precision::Bf16));
                    assert!(
                        largest < crate::common::BF16_LARGEST && mean < crate::common::BF16_MEAN,
                        "{dims:?} reverse {reverse} {layout:?}: {largest}, mean {mean}"
                    );
                }
            }
        }
    }
}

#[test]
fn blocks_of_rows_follow_each_other() {
    if !Isa::Avx2.available() {
        skipped("AVX2");
        return;
    }
    // A rectifier that closes in one and stays open in the other takes long sequences apart.
    for cell in Cell::ALL.into_iter().filter(|&cell| cell != Cell::RnnRelu) {
        let case = Case::new(Dims { cell, input: 7, hidden: 17 }, false, long(), 3);
        let (largest, mean) = errors(&on_tiles(&case, 2), &case.run::<f64>(&Cpu::with_isa(Isa::Scalar, 1), Precision::Bf16));
        assert!(largest < crate::common::BF16_LARGEST && mean < crate::common::BF16_MEAN, "{cell:?}: {largest}, mean {mean}");
    }
}

#[test]
fn neither_threads_nor_neighbours_change_a_bit() {
    if !Isa::Avx2.available() {
        skipped("AVX2");
        return;
    }
    for cell in Cell::ALL {
        let dims = Dims { cell, input: 3, hidden: 21 };
        let whole = Case::new(dims, false, Layout::full(40, 30), 5);
        let all = on_tiles(&whole, 1);
        assert!(on_tiles(&whole, 3) == all, "{cell:?}: threads");
        let one = on_tiles(&whole.row(7), 1);
        for (i, (name, alone)) in one.iter().enumerate().take(6) {
            assert!(*alone == pick_row(&all[i].1, &whole, i, 7), "{cell:?}: {name}");
        }
    }
}
