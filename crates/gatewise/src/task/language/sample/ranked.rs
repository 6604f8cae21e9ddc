//! Symbols from the likeliest down, sorted as far as they are looked at.

/// Symbols that are sorted first; each further look sorts several times as many.
const FIRST: usize = 64;

/// How many times as many symbols are sorted, where those so far do not do.
const GROWTH: usize = 4;

/// Sums side by side, so that no addition waits for the one before.
const LANES: usize = 8;

/// The bit of a float that is set below zero.
const SIGN: u32 = 1 << 31;

/// A symbol with what it counts for.
pub(in crate::task::language) type Candidate = (f32, u32);

/// Candidates in falling order, the lower symbol first of equal ones, so that every machine draws the same. Of thousands of symbols a few are
/// looked at: only those are sorted.
#[derive(Clone, Debug, Default)]
pub(in crate::task::language) struct Ranked {
    /// Each as a whole number, which a processor compares without a branch.
    keys: Vec<u64>,
    /// The first ones, which are in their order.
    sorted: usize,
}

/// A number that is smaller for a candidate of a lower rank: the bits of a float, in the order of the floats and turned round, before the symbol.
fn key((value, symbol): Candidate) -> u64 {
    let bits = value.to_bits();
    let rising = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    (u64::from(!rising) << u32::BITS) | u64::from(symbol)
}

/// What [`key`] was made of.
fn candidate(key: u64) -> Candidate {
    let rising = !((key >> u32::BITS) as u32);
    let bits = if rising & SIGN == 0 { !rising } else { rising & !SIGN };
    (f32::from_bits(bits), key as u32)
}

/// The sum of what candidates count for, in sums side by side.
fn total(keys: &[u64]) -> f64 {
    let (chunks, rest) = keys.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, key)| *lane += f64::from(candidate(*key).0));
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|key| f64::from(candidate(*key).0)).sum::<f64>()
}

impl Ranked {
    /// Takes other candidates in place of those it has.
    pub(in crate::task::language) fn fill(&mut self, candidates: impl Iterator<Item = Candidate>) {
        self.keys.clear();
        self.keys.extend(candidates.map(key));
        self.sorted = 0;
    }

    /// The candidate of this rank, 0 for the first.
    pub(in crate::task::language) fn get(&mut self, rank: usize) -> Option<Candidate> {
        if rank >= self.sorted {
            self.sort_to((GROWTH * self.sorted).max(FIRST).max(rank + 1));
        }
        self.keys.get(rank).copied().map(candidate)
    }

    /// Leaves the first `most`, in no order.
    pub(super) fn select(&mut self, most: usize) {
        if most < self.keys.len() {
            self.keys.select_nth_unstable(most);
            self.keys.truncate(most);
            self.sorted = 0;
        }
    }

    /// Leaves those that count for `least` or more.
    pub(super) fn cut(&mut self, least: f64) {
        self.keys.retain(|key| f64::from(candidate(*key).0) >= least);
    }

    /// The sum of what they count for.
    pub(super) fn total(&self) -> f64 {
        total(&self.keys)
    }

    /// The rank at which `reached` is true of the sum of what the candidates up to it count for, the last one where it never is; none without a
    /// candidate. `reached` stays true once it is. Halves are told apart without sorting them.
    pub(super) fn reach(&mut self, reached: impl Fn(f64) -> bool) -> Option<usize> {
        let (mut start, mut end, mut before) = (0, self.keys.len(), 0.0);
        self.sorted = 0;
        while end - start > 1 {
            let half = (end - start) / 2;
            self.keys[start..end].select_nth_unstable(half);
            let sum = before + total(&self.keys[start..start + half]);
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
        self.keys.truncate(most);
    }

    /// What stands at this place, which is its rank after [`reach`](Self::reach) has found it.
    pub(super) fn at(&self, place: usize) -> Candidate {
        candidate(self.keys[place])
    }

    fn sort_to(&mut self, end: usize) {
        let (end, start) = (end.min(self.keys.len()), self.sorted);
        if end <= start {
            return;
        }
        let rest = &mut self.keys[start..];
        if end - start < rest.len() {
            rest.select_nth_unstable(end - start - 1);
        }
        rest[..end - start].sort_unstable();
        self.sorted = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
    }

    #[test]
    fn keys_have_the_order_of_their_floats() {
        let values = [f32::INFINITY, 3.5, 1.0, f32::MIN_POSITIVE, 1e-45, 0.0, -0.0, -1e-45, -0.25, -7.0, f32::NEG_INFINITY];
        let all: Vec<Candidate> = values.into_iter().flat_map(|value| [0, 1, u32::MAX].map(|symbol| (value, symbol))).collect();
        assert!(all.is_sorted_by(|a, b| key(*a) < key(*b)));
        assert!(all.iter().all(|c| candidate(key(*c)).0.to_bits() == c.0.to_bits() && candidate(key(*c)).1 == c.1));
    }

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
