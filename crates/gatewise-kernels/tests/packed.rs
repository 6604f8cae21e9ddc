//! A right-hand matrix that was packed before gives the bits of a product that packs it.

mod common;

use common::every_isa;
use gatewise_kernels::{Cpu, Mat, PackedRight, Scratch, matmul, matmul_packed};

#[test]
fn a_packed_product_has_the_bits_of_a_plain_one() {
    let value = |i: usize| (i as f32 * 0.37).sin();
    for isa in every_isa() {
        let cpu = Cpu::with_isa(isa, 2);
        for (m, k, n) in [(1, 1, 1), (1, 33, 70), (2, 7, 17), (13, 600, 5), (50, 40, 100)] {
            let (a, b): (Vec<f32>, Vec<f32>) = ((0..m * k).map(value).collect(), (0..k * n).map(|i| value(i + 9)).collect());
            let start: Vec<f32> = (0..m * n).map(|i| value(i + 5)).collect();
            for right in [Mat::new(&b, k, n), Mat::transposed(&b, k, n)] {
                for accumulate in [false, true] {
                    let (mut expected, mut got) = (start.clone(), start.clone());
                    matmul(&cpu, Mat::new(&a, m, k), right, accumulate, &mut expected, &mut Scratch::default());
                    let mut packed = PackedRight::default();
                    packed.pack(&cpu, right);
                    matmul_packed(&cpu, Mat::new(&a, m, k), &packed, accumulate, &mut got);
                    assert!(got == expected, "{isa} {m} × {k} × {n}");
                }
            }
        }
    }
}
