//! Passes over some parts of a flat buffer, shared by the threads.

use std::ops::Range;

use gatewise_kernels::{Cpu, Cut, GRAIN, deal};

/// Some parts of a buffer that begins at element `first` of the whole.
struct Chosen<'a, C> {
    parts: &'a [Range<usize>],
    first: usize,
    buffer: C,
}

impl<C: Cut> Cut for Chosen<'_, C> {
    fn size(&self) -> usize {
        self.parts.len()
    }
    fn cut(self, at: usize) -> (Self, Self) {
        let Self { parts, first, buffer } = self;
        let (before, behind) = parts.split_at(at);
        let start = behind.first().map_or(first + buffer.size(), |part| part.start);
        let (own, rest) = buffer.cut(start - first);
        (Self { parts: before, first, buffer: own }, Self { parts: behind, first: start, buffer: rest })
    }
}

/// Calls `job` with pieces of the `parts` of a buffer, ascending and apart: a long part is cut, and neighbours among the short ones are a piece of work
/// together. What the calls gave is added up in an order that does not depend on the threads.
///
/// # Panics
/// If a part lies outside.
pub(crate) fn sum_parts<C: Cut>(cpu: &Cpu, parts: &[Range<usize>], buffer: C, job: impl Fn(C) -> f64 + Sync) -> f64 {
    let (mut sum, mut first, mut rest) = (0.0, 0, buffer);
    let long = |part: &Range<usize>| part.len() >= GRAIN;
    for run in parts.chunk_by(|a, b| !long(a) && !long(b)) {
        let (start, end) = (run[0].start, run[run.len() - 1].end);
        let (own, behind) = rest.cut(start - first).1.cut(end - start);
        (first, rest) = (end, behind);
        let shares = if let [part] = run {
            debug_assert_eq!(part.len(), own.size());
            deal(cpu, own, GRAIN, |_, piece| job(piece))
        } else {
            let elements = run.iter().map(Range::len).sum::<usize>().max(1);
            let chosen = Chosen { parts: run, first: start, buffer: own };
            deal(cpu, chosen, (GRAIN * run.len()).div_ceil(elements), |_, Chosen { parts, mut first, buffer }| {
                let (mut sum, mut rest) = (0.0, Some(buffer));
                for part in parts {
                    let Some(left) = rest.take() else { break };
                    let (own, behind) = left.cut(part.start - first).1.cut(part.len());
                    (first, rest) = (part.end, Some(behind));
                    sum += job(own);
                }
                sum
            })
        };
        sum += shares.iter().sum::<f64>();
    }
    sum
}

/// As [`sum_parts`] with nothing to add up.
///
/// # Panics
/// As [`sum_parts`].
pub(crate) fn each_part<C: Cut>(cpu: &Cpu, parts: &[Range<usize>], buffer: C, job: impl Fn(C) + Sync) {
    sum_parts(cpu, parts, buffer, |piece| {
        job(piece);
        0.0
    });
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::Isa;

    use super::*;

    #[test]
    fn every_element_of_every_part_once() {
        let short = |from: usize, count: usize| (0..count).map(move |i| from + 700 * i..from + 700 * i + 512 - i % 3);
        let cases: [Vec<Range<usize>>; 4] = [
            vec![],
            std::iter::once(0..5 * GRAIN).collect(),
            short(100, 300).collect(),
            std::iter::once(3..2 * GRAIN)
                .chain(short(2 * GRAIN, 90))
                .chain([100_000..100_000, 100_001..150_000])
                .chain(short(150_000, 2))
                .collect(),
        ];
        for parts in cases {
            let sums = [1, 3].map(|threads| {
                let mut values = vec![0.0_f64; 400_000];
                let numbers: Vec<f64> = (0..values.len()).map(|i| (i as f64).sqrt()).collect();
                let sum = sum_parts(&Cpu::with_isa(Isa::Scalar, threads), &parts, (&mut values[..], &numbers[..]), |(values, numbers)| {
                    values.iter_mut().for_each(|value| *value += 1.0);
                    numbers.iter().sum()
                });
                assert!(values.iter().enumerate().all(|(i, &value)| value == f64::from(u8::from(parts.iter().any(|p| p.contains(&i))))));
                let plain = parts.iter().flat_map(|part| &numbers[part.clone()]).sum::<f64>();
                assert!((sum - plain).abs() <= 1e-9 * plain, "{sum} {plain}");
                sum.to_bits()
            });
            assert_eq!(sums[0], sums[1]);
        }
    }
}
