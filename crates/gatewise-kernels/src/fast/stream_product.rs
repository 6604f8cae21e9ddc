//! What the products of a streaming step read: weights and values of 32 bits, pairs of 16, or weights of eight bits.

use crate::int8;
use crate::simd::Simd;

use super::int8::whole_numbers;
use super::product::{Bf16, F32, Product, row_to_slots};

/// The accumulators of `M` vectors of units.
pub(crate) type Sums<V, const M: usize> = [[V; 4]; M];

/// The numbers of a streaming product.
pub(crate) trait StreamProduct: Copy + 'static {
    /// A row of values as it is multiplied.
    type Factors: Copy;
    /// Whether weights may be multiplied by a factor beforehand without rounding other than that of the product.
    const SCALES: bool;
    /// Whether values are brought to slots beside where they lie.
    const ASIDE: bool;

    /// Slots of 32 bits of k values.
    fn slots(k: usize) -> usize;

    /// Numbers of 32 bits that the k weights of a gate and unit take.
    fn numbers(k: usize) -> usize;

    /// The weights of a block of units: `matrix` (G·H, k), of it the gates `gates`, each times its factor.
    fn pack<S: Simd>(block: Gates, gates: &[usize], matrix: &[f32], k: usize, factor: impl Fn(usize) -> f32, out: &mut [f32]);

    /// What is multiplied of `k` values.
    ///
    /// # Safety
    /// The processor has the instruction set; `values` are `k`, and where [`ASIDE`](Self::ASIDE) `to` has room for their slots.
    unsafe fn factors<S: Simd>(values: *const f32, k: usize, to: *mut f32) -> Self::Factors;

    /// Adds `k` values times their weights to the `width` accumulators from `first` on. The weights behind them.
    ///
    /// # Safety
    /// The processor has the instruction set; the values are `k`, and `weights` was packed for `M` vectors of units.
    unsafe fn add<S: Simd, const M: usize>(
        sums: &mut Sums<S::V, M>,
        first_and_width: (usize, usize),
        values: Self::Factors,
        k: usize,
        weights: *const f32,
    ) -> *const f32;
}

/// Vectors of units side by side.
#[derive(Clone, Copy)]
pub(crate) struct Gates {
    /// First unit.
    pub(super) first: usize,
    pub(super) vectors: usize,
    /// Units of the layer.
    pub(super) hidden: usize,
}

impl Gates {
    /// Calls `put` with the place and the unit of each number of the gate `place` in a row of `width` gates, vector after vector.
    pub(super) fn each_unit<S: Simd>(self, place: usize, width: usize, mut put: impl FnMut(usize, usize)) {
        for vector in 0..self.vectors {
            let start = self.first + vector * S::LANES;
            for unit in start..self.hidden.min(start + S::LANES) {
                put((vector * width + place) * S::LANES + unit - start, unit);
            }
        }
    }
}

/// A row of weights for each slot of values; a row holds, vector after vector, the gates side by side.
macro_rules! in_slots {
    ($product:ty) => {
        impl StreamProduct for $product {
            type Factors = *const f32;
            // A slot of two numbers rounds them as they are.
            const SCALES: bool = <Self as Product>::TERMS == 1;
            const ASIDE: bool = <Self as Product>::TERMS > 1;

            #[inline(always)]
            fn slots(k: usize) -> usize {
                <Self as Product>::slots(k)
            }

            #[inline(always)]
            fn numbers(k: usize) -> usize {
                <Self as Product>::slots(k)
            }

            fn pack<S: Simd>(block: Gates, gates: &[usize], matrix: &[f32], k: usize, factor: impl Fn(usize) -> f32, out: &mut [f32]) {
                let row = block.vectors * gates.len() * S::LANES;
                for (slot, first) in (0..k).step_by(Self::TERMS).enumerate() {
                    for (place, &gate) in gates.iter().enumerate() {
                        block.each_unit::<S>(place, gates.len(), |number, unit| {
                            let weights = &matrix[(gate * block.hidden + unit) * k..][..k];
                            let weight = |k: usize| weights.get(k).map_or(0.0, |weight| factor(place) * weight);
                            out[slot * row + number] = Self::slot(weight(first), weight(first + 1));
                        });
                    }
                }
            }

            #[inline(always)]
            unsafe fn factors<S: Simd>(values: *const f32, k: usize, to: *mut f32) -> *const f32 {
                if !Self::ASIDE {
                    return values;
                }
                let slots = <Self as Product>::slots(k);
                // SAFETY: the caller's.
                unsafe { row_to_slots::<Self>(std::slice::from_raw_parts(values, k), std::slice::from_raw_parts_mut(to, slots)) };
                to
            }

            #[inline(always)]
            unsafe fn add<S: Simd, const M: usize>(
                sums: &mut Sums<S::V, M>,
                (first, width): (usize, usize),
                values: *const f32,
                k: usize,
                weights: *const f32,
            ) -> *const f32 {
                let slots = <Self as Product>::slots(k);
                // SAFETY: the caller's.
                unsafe {
                    // Eight multiply-adds under way keep a processor busy that begins two a cycle and ends each in four. Where one vector of
                    // units fills the registers there is no room for a second chain.
                    match M * width {
                        1 | 2 if S::STREAM_VECTORS > 1 => in_chains::<S, Self, M, 4>(sums, first, width, values, slots, weights),
                        3..=6 if S::STREAM_VECTORS > 1 => in_chains::<S, Self, M, 2>(sums, first, width, values, slots, weights),
                        _ => in_chains::<S, Self, M, 1>(sums, first, width, values, slots, weights),
                    }
                }
            }
        }
    };
}

in_slots!(F32);
in_slots!(Bf16);

/// As [`StreamProduct::add`], row k in chain k mod `CHAINS`.
///
/// # Safety
/// As there.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
unsafe fn in_chains<S: Simd, P: Product, const M: usize, const CHAINS: usize>(
    sums: &mut Sums<S::V, M>,
    first: usize,
    width: usize,
    values: *const f32,
    k: usize,
    weights: *const f32,
) -> *const f32 {
    // SAFETY: the caller's.
    unsafe {
        let row = M * width * S::LANES;
        let mut more: [Sums<S::V, M>; CHAINS] = [[[S::splat(0.0); 4]; M]; CHAINS];
        let (mut at, mut w) = (0, weights);
        while at + CHAINS <= k {
            for chain in 0..CHAINS {
                let value = S::splat(*values.add(at + chain));
                for m in 0..M {
                    for v in 0..width {
                        let weight = S::load(w.add(chain * row + (m * width + v) * S::LANES));
                        let sum = if chain == 0 { &mut sums[m][first + v] } else { &mut more[chain][m][first + v] };
                        *sum = P::add::<S>(weight, value, *sum);
                    }
                }
            }
            at += CHAINS;
            w = w.add(CHAINS * row);
        }
        while at < k {
            let value = S::splat(*values.add(at));
            for m in 0..M {
                for v in 0..width {
                    sums[m][first + v] = P::add::<S>(S::load(w.add((m * width + v) * S::LANES)), value, sums[m][first + v]);
                }
            }
            at += 1;
            w = w.add(row);
        }
        for chain in 1..CHAINS {
            for m in 0..M {
                for v in first..first + width {
                    sums[m][v] = S::add(sums[m][v], more[chain][m][v]);
                }
            }
        }
        w
    }
}

/// Weights as whole numbers of eight bits with a scale for each row, values as whole numbers of thirteen: see [`crate::int8`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Int8;

/// Pairs of whole numbers of 16 bits, and what one of them stands for.
#[derive(Clone, Copy)]
pub(crate) struct WholeNumbers {
    pairs: *const i32,
    scale: f32,
}

/// First the scales of the gates, vector after vector, then a row of weights for each pair of values; a row holds, vector after vector and gate
/// after gate, the two weights of a unit side by side. Pairs come in twos, so that a row is whole numbers of 32 bits.
impl StreamProduct for Int8 {
    type Factors = WholeNumbers;
    const SCALES: bool = true;
    const ASIDE: bool = true;

    #[inline(always)]
    fn slots(k: usize) -> usize {
        k.div_ceil(4) * 2
    }

    #[inline(always)]
    fn numbers(k: usize) -> usize {
        1 + Self::slots(k) / 2
    }

    fn pack<S: Simd>(block: Gates, gates: &[usize], matrix: &[f32], k: usize, factor: impl Fn(usize) -> f32, out: &mut [f32]) {
        let width = block.vectors * gates.len() * S::LANES;
        let (scales, rows) = out.split_at_mut(width);
        let mut values = vec![0; k];
        for (place, &gate) in gates.iter().enumerate() {
            block.each_unit::<S>(place, gates.len(), |number, unit| {
                scales[number] = factor(place) * int8::quantize(&matrix[(gate * block.hidden + unit) * k..][..k], &mut values);
                for (pair, weights) in values.chunks(2).enumerate() {
                    let word = &mut rows[pair * (width / 2) + number / 2];
                    let mut bytes = word.to_bits().to_ne_bytes();
                    for (byte, weight) in bytes[2 * (number % 2)..].iter_mut().zip(weights) {
                        *byte = weight.cast_unsigned();
                    }
                    *word = f32::from_bits(u32::from_ne_bytes(bytes));
                }
            });
        }
    }

    #[inline(always)]
    unsafe fn factors<S: Simd>(values: *const f32, k: usize, to: *mut f32) -> WholeNumbers {
        // SAFETY: the caller's; the slots are pairs of sixteen bits, an even number of them.
        unsafe {
            let slots = Self::slots(k);
            if slots > 0 {
                to.add(slots - 1).write(0.0);
            }
            WholeNumbers { scale: whole_numbers::<S>(values, k, to.cast()), pairs: to.cast_const().cast() }
        }
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
    unsafe fn add<S: Simd, const M: usize>(
        sums: &mut Sums<S::V, M>,
        (first, width): (usize, usize),
        values: WholeNumbers,
        k: usize,
        weights: *const f32,
    ) -> *const f32 {
        // SAFETY: the caller's.
        unsafe {
            let slots = Self::slots(k);
            let scales = weights;
            let weights = weights.add(M * width * S::LANES);
            let rows = weights.cast::<i8>();
            let row = 2 * M * width * S::LANES;
            let mut whole = [[S::zero_int(); 4]; M];
            for at in 0..slots {
                let pair = *values.pairs.add(at);
                for m in 0..M {
                    for v in 0..width {
                        whole[m][v] = S::dot_pair(whole[m][v], pair, rows.add(at * row + 2 * (m * width + v) * S::LANES));
                    }
                }
            }
            for m in 0..M {
                for v in 0..width {
                    let scale = S::mul(S::load(scales.add((m * width + v) * S::LANES)), S::splat(values.scale));
                    sums[m][first + v] = S::fma(S::to_float(whole[m][v]), scale, sums[m][first + v]);
                }
            }
            weights.add(M * width * S::LANES * (slots / 2))
        }
    }
}
