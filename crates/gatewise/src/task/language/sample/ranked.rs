//! Symbols from the likeliest down, sorted as far as they are looked at.

/// Symbols that are sorted first; each further look sorts several times as many.
const FIRST: usize = 64;

/// How many times as many symbols are sorted, where those so far do not do.
const GROWTH: usize = 4;

/// Sums side by side, so that no addition waits for the one before.
const LANES: usize = 8;

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

/// The sum of what candidates count for, in sums side by side.
fn total(candidates: &[Candidate]) -> f64 {
    let (chunks, rest) = candidates.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, (p, _))| *lane += f64::from(*p));
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|(p, _)| f64::from(*p)).sum::<f64>()
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

    /// The candidate of this rank, 0 for the first.
    pub(in crate::task::language) fn get(&mut self, rank: usize) -> Option<Candidate> {
        if rank >= self.sorted {
            self.sort_to((GROWTH * self.sorted).max(FIRST).max(rank + 1));
        }
        self.candidates.get(rank).copied()
    }

    /// Leaves the first `most`, in no order.
    pub(super) fn select(&mut self, most: usize) {
        if most < self.candidates.len() {
            self.candidates.select_nth_unstable_by(most, order);
            self.candidates.truncate(most);
            self.sorted = 0;
        }
    }

    /// Leaves those that count for `least` or more.
    pub(super) fn cut(&mut self, least: f64) {
        self.candidates.retain(|(p, _)| f64::from(*p) >= least);
    }

    /// The sum of what they count for.
    pub(super) fn total(&self) -> f64 {
        total(&self.candidates)
    }

    /// The rank at which `reached` is true of the sum of what the candidates up to it count for, the last one where it never is; none without a
    /// candidate. `reached` stays true once it is. Halves are told apart without sorting them.
    pub(super) fn reach(&mut self, reached: impl Fn(f64) -> bool) -> Option<usize> {
        let (mut start, mut end, mut before) = (0, self.candidates.len(), 0.0);
        self.sorted = 0;
        while end - start > 1 {
            let half = (end - start) / 2;
            self.candidates[start..end].select_nth_unstable_by(half, order);
            let sum = before + total(&self.candidates[start..start + half]);
            if reached(sum) {
                end = start + half;
            } else {
                (start, before) = (start + half, sum);
            }
        }
        (end > start).then_some(start)
    }

    /// Leaves the first `most`, up to the rank that [`reach`](Self::reach) has found.
    pub(super) fn truncate(&mut self, most: usize) {
        self.candidates.truncate(most);
    }

    /// What stands at this place, which is its rank after [`reach`](Self::reach) has found it.
    pub(super) fn at(&self, place: usize) -> Candidate {
        self.candidates[place]
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
            ranked.select(most);
            assert_eq!(ranked.get(0), Some(sorted[0]), "{most}");
            let got: Vec<Candidate> = (0..).map_while(|rank| ranked.get(rank)).collect();
            assert_eq!(got, &sorted[..most.min(1000)], "{most}");
        }
        ranked.fill(std::iter::empty());
        assert_eq!((ranked.get(0), ranked.reach(|_| true)), (None, None));
    }

    #[test]
    fn sums_are_reached_where_a_whole_sort_reaches_them() {
        let mut values: Vec<Candidate> = (0..501_u32).map(|k| ((k * 7919 % 97) as f32 * 0.25, k)).collect();
        let mut ranked = Ranked::default();
        ranked.fill(values.iter().copied());
        values.sort_by(order);
        let total = ranked.total();
        for eighths in 0..=9 {
            let wanted = f64::from(eighths) * total / 8.0;
            let mut sum = 0.0;
            let plain = values.iter().position(|(p, _)| {
                sum += f64::from(*p);
                sum >= wanted
            });
            let rank = ranked.reach(|sum| sum >= wanted).unwrap();
            assert_eq!((rank, ranked.at(rank)), (plain.unwrap_or(500), values[rank]), "{eighths}");
        }
    }
}
