//! Products of bf16 on tiles: Intel's Advanced Matrix Extensions (AMX-TILE, AMX-BF16).
//!
//! A tile register holds up to 16 rows of 64 bytes. One instruction adds the product of a tile of A (16 rows of 16 pairs of bf16 along k)
//! and a tile of B (16 pairs along k, 16 columns) to a tile of C. Rows of pairs and packed panels are such tiles as they lie. The pairs of
//! a tile are summed first and added to C then, so all rows take this path, however few they are: a row's bits do not depend on others.
//!
//! Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18, and volume 2, TDPBF16PS.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::sync::OnceLock;

use super::Tiles;

/// Rows of a tile, slots in a row of A, columns of a tile of C.
pub(crate) const SIDE: usize = 16;
/// Most tiles of C side by side.
pub(crate) const MAX_WIDTH: usize = 4;
/// Bytes of a row of a tile.
const ROW_BYTES: usize = SIDE * size_of::<f32>();
/// Registers behind those of C: A, B, and the two of what is left of k.
const A: usize = MAX_WIDTH;
const B: usize = A + 1;
const A_REST: usize = B + 1;
const B_REST: usize = A_REST + 1;

/// Whether processor and system have them. Asks the system for the registers' state at the first call, as Linux wants it.
pub(crate) fn available() -> bool {
    /// Leaf 7 of CPUID, in EDX.
    const AMX_BF16: u32 = 1 << 22;
    const AMX_TILE: u32 = 1 << 24;
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        // SAFETY: every processor with 64 bits has the instruction. Rust asks for `unsafe` up to 1.93.
        #[allow(unused_unsafe, reason = "safe from Rust 1.94 on")]
        let features = unsafe { __cpuid_count(7, 0) }.edx;
        features & AMX_BF16 != 0 && features & AMX_TILE != 0 && permitted()
    })
}

/// Asks Linux for the state of the tile registers, for all threads of the process.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    /// `arch_prctl`, what is asked of it, and the state of the tile registers.
    const CALL: u64 = 158;
    const REQUEST: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let mut result = CALL;
    // SAFETY: a system call that touches no memory; it overwrites rcx and r11.
    unsafe {
        asm!("syscall", inout("rax") result, in("rdi") REQUEST, in("rsi") TILE_DATA, out("rcx") _, out("r11") _, options(nostack));
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}

/// The shapes of the tile registers, as the processor reads them.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Shapes {
    /// For `rows` rows of A and C, and `rest` slots of k behind whole tiles.
    #[inline(always)]
    fn new(rows: usize, rest: usize) -> Self {
        let mut shapes = Self { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        let mut set = |register: usize, rows: usize, slots: usize| {
            shapes.rows[register] = rows as u8;
            shapes.row_bytes[register] = (slots * size_of::<f32>()) as u16;
        };
        (0..MAX_WIDTH).for_each(|c| set(c, rows, SIDE));
        set(A, rows, SIDE);
        set(B, SIDE, SIDE);
        if rest > 0 {
            set(A_REST, rows, rest);
            set(B_REST, rest, SIDE);
        }
        shapes
    }
}

/// The instructions that add the product of a tile of A and its tiles of B.
macro_rules! add {
    ($a:literal, $b:literal, $($register:literal $at:literal),+) => {
        concat!(
            "tileloadd tmm", $a, ", [{a} + {a_stride}]",
            $(
                "\ntileloadd tmm", $b, ", [{b} + {b_stride} + ", $at, "]",
                "\ntdpbf16ps tmm", $register, ", tmm", $a, ", tmm", $b,
            )+
        )
    };
}

/// The instructions of a product that is as many tiles wide as registers are named, each with the bytes to its columns.
macro_rules! product {
    ($t:ident, $($register:literal $at:literal),+) => {{
        let (blocks, rest) = ($t.k / SIDE, $t.k % SIDE);
        let shapes = Shapes::new($t.rows, rest);
        let bytes = |floats: usize| floats * size_of::<f32>();
        asm!(
            // Loading the shapes empties all registers.
            "ldtilecfg [{shapes}]",
            "test {accumulate:e}, {accumulate:e}",
            "jz 2f",
            $(concat!("tileloadd tmm", $register, ", [{c} + {c_stride} + ", $at, "]"),)+
            "2:",
            "test {blocks}, {blocks}",
            "jz 4f",
            "3:",
            add!(4, 5, $($register $at),+),
            "add {a}, {row_bytes}",
            "add {b}, {b_step}",
            "dec {blocks}",
            "jnz 3b",
            "4:",
            "test {rest:e}, {rest:e}",
            "jz 5f",
            add!(6, 7, $($register $at),+),
            "5:",
            $(concat!("tilestored [{c} + {c_stride} + ", $at, "], tmm", $register),)+
            "tilerelease",
            shapes = in(reg) &raw const shapes,
            accumulate = in(reg) u64::from($t.accumulate),
            c = in(reg) $t.c,
            c_stride = in(reg) bytes($t.c_stride),
            a = inout(reg) $t.a => _,
            a_stride = in(reg) bytes($t.a_stride),
            b = inout(reg) $t.b => _,
            b_stride = in(reg) bytes($t.b_stride),
            b_step = in(reg) SIDE * bytes($t.b_stride),
            blocks = inout(reg) blocks => _,
            rest = in(reg) rest,
            row_bytes = const ROW_BYTES,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _, out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }};
}

/// C = A·B or C += A·B, C `width` tiles wide, at most [`MAX_WIDTH`].
///
/// # Safety
/// [`available`], and the pointers are valid for the rows, columns and slots named.
pub(crate) unsafe fn product(t: Tiles, width: usize) {
    assert!((1..=SIDE).contains(&t.rows) && (1..=MAX_WIDTH).contains(&width), "{} rows, {width} tiles", t.rows);
    // SAFETY: the caller's; the instructions touch nothing else, and leave the registers as they were found: empty.
    unsafe {
        match width {
            1 => product!(t, 0 0),
            2 => product!(t, 0 0, 1 64),
            3 => product!(t, 0 0, 1 64, 2 128),
            _ => product!(t, 0 0, 1 64, 2 128, 3 192),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::{Bf16, Product};

    #[test]
    fn shapes_are_laid_out_as_the_processor_reads_them() {
        assert_eq!(size_of::<Shapes>(), 64);
        assert_eq!((std::mem::offset_of!(Shapes, row_bytes), std::mem::offset_of!(Shapes, rows)), (16, 48));
        let shapes = Shapes::new(5, 3);
        assert_eq!(shapes.rows[..8], [5, 5, 5, 5, 5, 16, 5, 3]);
        assert_eq!(shapes.row_bytes[..8], [64, 64, 64, 64, 64, 64, 12, 64]);
    }

    #[test]
    #[cfg(not(miri))]
    fn every_shape_of_a_product() {
        if !available() {
            crate::common::skipped("AMX");
            return;
        }
        let value = |i: usize| f32::from((i * 37 % 101) as u8) / 32.0 - 1.5;
        let pair = |i: usize| Bf16::slot(value(2 * i), value(2 * i + 1));
        for (rows, width) in (1..=SIDE).flat_map(|rows| (1..=MAX_WIDTH).map(move |width| (rows, width))) {
            for k in [1, 7, 16, 17, 32, 45] {
                for accumulate in [false, true] {
                    let (a_stride, b_stride, c_stride) = (k + 3, width * SIDE + 16, width * SIDE + 5);
                    let a: Vec<f32> = (0..rows * a_stride).map(pair).collect();
                    let b: Vec<f32> = (0..k * b_stride).map(|i| pair(i + 9)).collect();
                    let mut c: Vec<f32> = (0..rows * c_stride).map(value).collect();
                    let mut expected = c.clone();
                    let tiles = |c: &mut [f32]| Tiles {
                        a: a.as_ptr(),
                        a_stride,
                        b: b.as_ptr(),
                        b_stride,
                        c: c.as_mut_ptr(),
                        c_stride,
                        rows,
                        k,
                        accumulate,
                    };
                    // SAFETY: available, and the buffers hold all rows.
                    unsafe {
                        product(tiles(&mut c), width);
                        tiles(&mut expected).in_plain_loops(width);
                    }
                    for (at, (got, expected)) in c.iter().zip(&expected).enumerate() {
                        let (row, column) = (at / c_stride, at % c_stride);
                        assert!((got - expected).abs() < 1e-3, "{rows} rows, {width} wide, {k} slots: ({row}, {column}) {got}, {expected}");
                    }
                }
            }
        }
    }
}
