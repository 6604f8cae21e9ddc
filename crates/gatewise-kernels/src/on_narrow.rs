//! The portable kernels in registers of 128 bits, on processors that have wider ones.

use crate::common::{Case, layouts, share, skipped};

use crate::simd::NARROW;
use crate::{Cell, Cpu, Dims, Isa, Precision};

#[test]
fn the_width_of_the_registers_changes_no_bit() {
    let cpu = Cpu::with_isa(Isa::Portable, 1);
    if !is_x86_feature_detected!("avx") {
        skipped("AVX");
        return;
    }
    for cell in Cell::ALL {
        for (input, hidden) in share([(1, 1), (7, 17), (20, 64), (5, 37)]) {
            for layout in layouts() {
                let case = Case::new(Dims { cell, input, hidden }, false, layout.clone(), 7);
                let wide = case.run::<f32>(&cpu, Precision::F32);
                NARROW.set(true);
                let narrow = case.run::<f32>(&cpu, Precision::F32);
                NARROW.set(false);
                assert!(wide == narrow, "{cell:?} {input} {hidden} {layout:?}");
            }
        }
    }
}
