//! The choice of a kernel by number type and instruction set.

use crate::buffer::Aligned;
use crate::cell::{Dims, Weights};
use crate::cpu::{Cpu, Isa};
use crate::fast::stream::{Blocks, Entry};
use crate::fast::{self, Bf16, F32, Int8};
use crate::matmul::{Mat, Scratch};
use crate::packed::Packed;
use crate::precision::Precision;
use crate::real::Real;
use crate::recurrent::{BackwardArgs, ForwardArgs};
use crate::reference;
use crate::simd;

/// The kernels of a number type. Not for use outside this crate; call [`crate::Recurrent`] and [`crate::matmul()`].
#[doc(hidden)]
pub trait Kernels: Sized {
    fn pack(cpu: &Cpu, dims: Dims, weights: Weights<'_, Self>, packed: &mut Packed<Self>);
    fn forward(cpu: &Cpu, args: ForwardArgs<'_, Self>);
    fn backward(cpu: &Cpu, args: BackwardArgs<'_, Self>);
    fn matmul(cpu: &Cpu, a: Mat<'_, Self>, b: Mat<'_, Self>, accumulate: bool, c: &mut [Self], scratch: &mut Scratch<Self>);
    fn pack_right(isa: Isa, b: Mat<'_, Self>, panels: &mut Aligned<Self>);
    fn matmul_packed(cpu: &Cpu, a: Mat<'_, Self>, panels: &[Self], n: usize, accumulate: bool, c: &mut [Self]);
    fn exp_below(isa: Isa, x: &[Self], top: Self, out: &mut [Self]);
}

/// A matrix as it is, row after row.
fn plain_right<F: Real>(b: Mat<'_, F>, out: &mut Aligned<F>) {
    out.resize(b.rows * b.cols);
    for (r, row) in out.chunks_exact_mut(b.cols.max(1)).enumerate() {
        row.iter_mut().enumerate().for_each(|(c, value)| *value = b.at(r, c));
    }
}

fn plain_exp_below<F: Real>(x: &[F], top: F, out: &mut [F]) {
    x.iter().zip(out).for_each(|(&x, out)| *out = (x - top).exp());
}

impl Kernels for f64 {
    fn pack(_: &Cpu, dims: Dims, weights: Weights<'_, Self>, packed: &mut Packed<Self>) {
        packed.set_plain(dims, weights);
    }
    fn forward(_: &Cpu, args: ForwardArgs<'_, Self>) {
        match &args.packed.int8 {
            Some((weights, _)) => reference::int8::forward(args, weights),
            None => reference::forward(args),
        }
    }
    fn backward(_: &Cpu, args: BackwardArgs<'_, Self>) {
        reference::backward(args);
    }
    fn matmul(_: &Cpu, a: Mat<'_, Self>, b: Mat<'_, Self>, accumulate: bool, c: &mut [Self], _: &mut Scratch<Self>) {
        reference::matmul(a, b, accumulate, c, b.cols);
    }
    fn pack_right(_: Isa, b: Mat<'_, Self>, panels: &mut Aligned<Self>) {
        plain_right(b, panels);
    }
    fn matmul_packed(_: &Cpu, a: Mat<'_, Self>, panels: &[Self], n: usize, accumulate: bool, c: &mut [Self]) {
        reference::matmul(a, Mat::new(panels, a.cols, n), accumulate, c, n);
    }
    fn exp_below(_: Isa, x: &[Self], top: Self, out: &mut [Self]) {
        plain_exp_below(x, top, out);
    }
}

/// `$fast` with the vectors of `$isa`, or `$plain` where that is scalar. Portable arrays are compiled once: wider registers would change no bit.
macro_rules! by_isa_once {
    ($isa:expr, $s:ident => $fast:expr, $plain:expr) => {
        match $isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                type $s = crate::simd::Avx512;
                $fast
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => {
                type $s = crate::simd::Avx2;
                $fast
            }
            Isa::Portable => {
                type $s = crate::simd::Portable;
                $fast
            }
            _ => $plain,
        }
    };
}

/// As [`by_isa_once`], with the portable arrays in the widest registers that there are.
macro_rules! by_isa {
    ($isa:expr, $s:ident => $fast:expr, $plain:expr) => {
        match $isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Portable if crate::simd::portable_on_avx() => {
                type $s = crate::simd::PortableAvx;
                $fast
            }
            isa => by_isa_once!(isa, $s => $fast, $plain),
        }
    };
}

#[cfg(test)]
thread_local! {
    /// Whether products of bf16 under AVX2 run on tiles in plain loops.
    pub(crate) static ON_TILES: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// As [`by_isa`] for products of bf16: where the processor has none, the vectors of AVX2 stand in with two multiply-adds for each.
macro_rules! by_isa_bf16 {
    ($isa:expr, $s:ident => $fast:expr, $plain:expr) => {
        match $isa {
            #[cfg(all(test, target_arch = "x86_64"))]
            Isa::Avx2 if ON_TILES.get() => {
                type $s = crate::simd::PlainTiles;
                $fast
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 if $isa.has_tiles() => {
                type $s = crate::simd::Amx;
                $fast
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 if $isa.multiplies_bf16() => {
                type $s = crate::simd::Avx512Bf16;
                $fast
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 | Isa::Avx2 => {
                type $s = crate::simd::Avx2;
                $fast
            }
            Isa::Portable => {
                type $s = crate::simd::Portable;
                $fast
            }
            _ => $plain,
        }
    };
}

impl Kernels for f32 {
    fn pack(cpu: &Cpu, dims: Dims, weights: Weights<'_, Self>, packed: &mut Packed<Self>) {
        let isa = cpu.isa();
        match &mut packed.int8 {
            Some((quantized, panels)) => by_isa_once!(isa, S => panels.set::<S>(dims, quantized, weights), packed.set_plain(dims, weights)),
            None if packed.bf16 => {
                by_isa_bf16!(isa, S => fast::pack::<S, Bf16>(cpu, dims, weights, &mut packed.fast), packed.set_plain(dims, weights));
            }
            None => by_isa!(isa, S => fast::pack::<S, F32>(cpu, dims, weights, &mut packed.fast), packed.set_plain(dims, weights)),
        }
    }
    fn forward(cpu: &Cpu, args: ForwardArgs<'_, Self>) {
        match &args.packed.int8 {
            Some((weights, panels)) => {
                by_isa_once!(cpu.isa(), S => fast::int8::forward::<S>(cpu, args, panels), reference::int8::forward(args, weights))
            }
            None if args.packed.bf16 => by_isa_bf16!(cpu.isa(), S => fast::forward::<S, Bf16>(cpu, args), reference::forward(args)),
            None => by_isa!(cpu.isa(), S => fast::forward::<S, F32>(cpu, args), reference::forward(args)),
        }
    }
    fn backward(cpu: &Cpu, args: BackwardArgs<'_, Self>) {
        if args.packed.bf16 {
            by_isa_bf16!(cpu.isa(), S => fast::backward::<S, Bf16>(cpu, args), reference::backward(args));
        } else {
            by_isa!(cpu.isa(), S => fast::backward::<S, F32>(cpu, args), reference::backward(args));
        }
    }
    fn matmul(cpu: &Cpu, a: Mat<'_, Self>, b: Mat<'_, Self>, accumulate: bool, c: &mut [Self], scratch: &mut Scratch<Self>) {
        by_isa!(cpu.isa(), S => fast::matmul::<S>(cpu, a, b, accumulate, c, scratch), reference::matmul(a, b, accumulate, c, b.cols));
    }
    fn pack_right(isa: Isa, b: Mat<'_, Self>, panels: &mut Aligned<Self>) {
        by_isa!(isa, S => fast::pack_right::<S>(b, panels), plain_right(b, panels));
    }
    fn matmul_packed(cpu: &Cpu, a: Mat<'_, Self>, panels: &[Self], n: usize, accumulate: bool, c: &mut [Self]) {
        let plain = |c: &mut [Self]| reference::matmul(a, Mat::new(panels, a.cols, n), accumulate, c, n);
        by_isa!(cpu.isa(), S => fast::matmul_packed::<S>(cpu, a, panels, n, accumulate, c), plain(c));
    }
    fn exp_below(isa: Isa, x: &[Self], top: Self, out: &mut [Self]) {
        by_isa!(isa, S => fast::exp_below::<S>(x, top, out), plain_exp_below(x, top, out));
    }
}

/// Units up to which a streaming step takes the narrow vectors of AVX2 where it has those of AVX-512.
#[cfg(target_arch = "x86_64")]
const NARROW_UNITS: usize = 8;

/// How a layer streams.
pub(crate) struct StreamPlan {
    pub(crate) entry: Entry,
    pub(crate) blocks: Blocks,
    /// Numbers that a state takes: whole vectors.
    pub(crate) padded: usize,
    /// Numbers that the products take aside.
    pub(crate) aside: usize,
}

/// How a layer streams, its weights packed into `out`; none where the cell or the precision does not.
pub(crate) fn stream_plan(
    isa: Isa,
    dims: Dims,
    weights: Weights<'_, f32>,
    precision: Precision,
    out: &mut Aligned<f32>,
) -> Option<StreamPlan> {
    macro_rules! with {
        ($s:ty, $p:ty) => {{
            let (entry, blocks) = fast::stream::entry::<$s, $p>(dims, weights, out)?;
            Some(StreamPlan { entry, blocks, padded: fast::stream::padded::<$s>(dims.hidden), aside: fast::stream::aside::<$p>(dims) })
        }};
    }
    match (precision, isa) {
        #[cfg(target_arch = "x86_64")]
        (Precision::F32, Isa::Avx512) if dims.hidden > NARROW_UNITS => with!(simd::Avx512, F32),
        #[cfg(target_arch = "x86_64")]
        (Precision::F32, Isa::Avx512 | Isa::Avx2) => with!(simd::Avx2Single, F32),
        #[cfg(target_arch = "x86_64")]
        (Precision::F32, Isa::Portable) if simd::portable_on_avx() => with!(simd::PortableAvx, F32),
        (Precision::F32, Isa::Portable) => with!(simd::Portable, F32),
        #[cfg(target_arch = "x86_64")]
        (Precision::Bf16, Isa::Avx512) if isa.multiplies_bf16() => with!(simd::Avx512Bf16, Bf16),
        #[cfg(target_arch = "x86_64")]
        (Precision::Bf16, Isa::Avx512 | Isa::Avx2) => with!(simd::Avx2Single, Bf16),
        (Precision::Bf16, Isa::Portable) => with!(simd::Portable, Bf16),
        #[cfg(target_arch = "x86_64")]
        (Precision::Int8, Isa::Avx512) if isa.multiplies_bf16() => with!(simd::Avx512Bf16, Int8),
        #[cfg(target_arch = "x86_64")]
        (Precision::Int8, Isa::Avx512) => with!(simd::Avx512, Int8),
        #[cfg(target_arch = "x86_64")]
        (Precision::Int8, Isa::Avx2) => with!(simd::Avx2Single, Int8),
        (Precision::Int8, Isa::Portable) => with!(simd::Portable, Int8),
        #[cfg(not(target_arch = "x86_64"))]
        (_, Isa::Avx2 | Isa::Avx512) => None,
        (_, Isa::Scalar) => None,
    }
}

const _: fn() = || {
    fn is_real<F: Real>() {}
    is_real::<f32>();
    is_real::<f64>();
};
