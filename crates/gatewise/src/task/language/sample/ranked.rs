//! Symbols from the likeliest down, sorted as far as they are looked at.

/// Symbols that are sorted first; each further look sorts several times as many.
const FIRST: usize = 64;

/// How many times as many symbols are sorted, where those so far do not do.
const GROWTH: usize = 4;

/// A symbol with what it counts for.
pub(in crate::task::language) type Candidate = (f32, u32);

/// Candidates in falling order, the lower symbol first of equal ones, so that every machine draws the same. Of thousands of symbols a few are
/// looked at: only those are sorted.
#[derive(Clone, Debug, Default)]
pub(in crate::task::language) struct Ranked {
    candidates: Vec<Candidate>,
    /// The first ones, which are in their order.
    sorted: usize,
}

fn order(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

impl Ranked {
    /// Takes other candidates in place of those it has.
    pub(in crate::task::language) fn fill(&mut self, candidates: impl Iterator<Item = Candidate>) {
        self.candidates.clear();
        self.candidates.extend(candidates);
        self.sorted = 0;
    }

    /// Leaves the first `most`.
    pub(in crate::task::language) fn truncate(&mut self, most: usize) {
        if most < self.candidates.len() {
            self.sort_to(most);
            self.candidates.truncate(most);
        }
    }

    /// The candidate of this rank, 0 for the first.
    pub(in crate::task::language) fn get(&mut self, rank: usize) -> Option<Candidate> {
        if rank >= self.sorted {
            self.sort_to((GROWTH * self.sorted).max(FIRST).max(rank + 1));
        }
        self.candidates.get(rank).copied()
    }

    /// All of them in their order.
    pub(in crate::task::language) fn all(&mut self) -> &[Candidate] {
        self.sort_to(self.candidates.len());
        &self.candidates
    }

    /// As they stand, sorted or not.
    pub(in crate::task::language) fn unsorted(&self) -> &[Candidate] {
        &self.candidates
    }

    fn sort_to(&mut self, end: usize) {
        let (end, start) = (end.min(self.candidates.len()), self.sorted);
        if end <= start {
            return;
        }
        let rest = &mut self.candidates[start..];
        if end - start < rest.len() {
            rest.select_nth_unstable_by(end - start - 1, order);
        }
        rest[..end - start].sort_unstable_by(order);
        self.sorted = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_is_that_of_a_whole_sort() {
        // Values with many equal ones.
        let values: Vec<Candidate> = (0..1000_u32).map(|k| ((k * 7919 % 97) as f32 * 0.5 - 20.0, k)).collect();
        let mut sorted = values.clone();
        sorted.sort_by(order);
        let mut ranked = Ranked::default();
        for most in [1, 2, 63, 64, 65, 500, 1000, 2000] {
            ranked.fill(values.iter().copied());
            assert_eq!(ranked.get(1), Some(sorted[1]));
            ranked.truncate(most);
            let got: Vec<Candidate> = (0..).map_while(|rank| ranked.get(rank)).collect();
            assert_eq!(got, &sorted[..most.clamp(1, 1000)], "{most}");
            assert_eq!(ranked.all(), &sorted[..most.clamp(1, 1000)], "{most}");
        }
        ranked.fill(std::iter::empty());
        assert_eq!(ranked.get(0), None);
    }
}
