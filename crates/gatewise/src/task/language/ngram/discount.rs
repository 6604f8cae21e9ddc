//! What is taken off a count, for what was never seen.

/// Counts of counts: how many pairs were counted once, twice, three and four times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally([u64; 4]);

impl Tally {
    /// A pair that had been counted `count` times is counted once more.
    pub(super) fn raise(&mut self, count: u32) {
        let count = count as usize;
        if let Some(held) = count.checked_sub(1).and_then(|at| self.0.get_mut(at)) {
            *held -= 1;
        }
        if let Some(held) = self.0.get_mut(count) {
            *held += 1;
        }
    }

    /// The discounts of modified Kneser-Ney smoothing for counts of one, two, and three or more (Chen and Goodman 1998, equation 26).
    ///
    /// With n₁ … n₄ the counts of counts and Y = n₁ / (n₁ + 2 n₂), that of a count of j is D_j = j − (j + 1) Y n_{j+1} / n_j. Where a count of
    /// counts it needs is zero, as in a text of a few lines, or where it comes out at zero or below, half the count is taken.
    pub(super) fn discounts(&self) -> [f64; 3] {
        let [n1, n2, ..] = self.0.map(|n| n as f64);
        let share = n1 / (n1 + 2.0 * n2);
        std::array::from_fn(|at| {
            let count = (at + 1) as f64;
            let (held, next) = (self.0[at] as f64, self.0[at + 1] as f64);
            let discount = count - (count + 1.0) * share * next / held;
            if held > 0.0 && next > 0.0 && n1 > 0.0 && discount > 0.0 { discount } else { FALLBACK * count }
        })
    }
}

/// Share of a count that is taken off where counts of counts do not say.
const FALLBACK: f64 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_counts_follow_the_counts() {
        let mut tally = Tally::default();
        let mut counts = [0_u32; 9];
        for at in [0, 1, 2, 3, 0, 1, 0, 0, 0, 4, 5, 6, 6, 7] {
            tally.raise(counts[at]);
            counts[at] += 1;
            let expected = [1, 2, 3, 4].map(|n| counts.iter().filter(|&&count| count == n).count() as u64);
            assert_eq!(tally.0, expected);
        }
    }

    #[test]
    fn discounts_are_those_of_the_paper_or_half_the_count() {
        for (tally, expected) in [
            // Y = 100 / 160; 1 − 2 Y 30 / 100, 2 − 3 Y 15 / 30, 3 − 4 Y 9 / 15.
            ([100, 30, 15, 9], [0.625, 1.0625, 1.5]),
            ([0, 0, 0, 0], [0.5, 1.0, 1.5]),
            ([0, 10, 10, 10], [0.5, 1.0, 1.5]),
            // Without pairs of a count of two all of a count of one would go.
            ([9, 0, 0, 0], [0.5, 1.0, 1.5]),
            // 2 − 3 Y 90 / 10 is below zero.
            ([80, 10, 90, 1], [0.8, 1.0, 3.0 - 4.0 * 0.8 / 90.0]),
        ] {
            let found = Tally(tally).discounts();
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{tally:?}: {found:?}");
            assert!(found.iter().zip([1.0, 2.0, 3.0]).all(|(&d, most)| d > 0.0 && d < most));
        }
    }
}
