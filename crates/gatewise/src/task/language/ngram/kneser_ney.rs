//! Interpolated modified Kneser-Ney smoothing.

use super::discount::Tally;
use super::table::Table;

/// Symbols of an n-gram at most.
pub const MOST_ORDER: usize = 8;

/// The context without a symbol.
const ROOT: u32 = 0;

/// A context that was never met.
const NONE: u32 = u32::MAX;

/// Bytes that an n-gram takes: its pair, a slot and a half of the table up to three when that has just grown, its count, and what follows it.
pub const GRAM_BYTES: u64 = 8 + 3 * 4 + 4 + 16;

/// An n-gram model with interpolated modified Kneser-Ney smoothing (Kneser and Ney 1995; Chen and Goodman 1998).
///
/// The probability of a symbol w behind a context h of k − 1 symbols is
///
/// p(w | h) = (c(h w) − D(c(h w)) + (D₁ N₁ + D₂ N₂ + D₃ N₃) p(w | h′)) / Σ c(h ·)
///
/// with h′ the context without its first symbol, N₁, N₂, N₃ the number of symbols counted once, twice and more often behind h, and D a discount for
/// counts of one, two, and three or more: D_j = j − (j + 1) Y n_{j+1} / n_j, Y = n₁ / (n₁ + 2 n₂), by the number n_j of n-grams of a length that are
/// counted j times; where these do not say, half the count. The longest n-grams are counted as they come; of shorter ones it is counted behind how many different symbols they
/// come. Below single symbols stands 1 / V. All V probabilities behind a context sum to one.
///
/// Every count is kept as symbols are learned, so that a model may [learn](Self::learn) what it has just [foreseen](Self::foresee).
#[derive(Clone, Debug)]
pub struct KneserNey {
    symbols: usize,
    /// Of n-grams of 0 to `order` symbols.
    levels: Vec<Level>,
    /// N-grams of all lengths, and how many there may be.
    grams: usize,
    room: usize,
}

/// The n-grams of one length.
#[derive(Clone, Debug)]
struct Level {
    /// The n-gram without its last symbol, by its number in the level below, and that symbol.
    grams: Table,
    counts: Vec<u32>,
    tally: Tally,
    /// What comes behind each; of the longest ones nothing is known.
    followers: Vec<Followers>,
}

/// The symbols behind a context.
#[derive(Clone, Copy, Debug, Default)]
struct Followers {
    /// Sum of their counts.
    total: u32,
    /// How many were counted once, twice, three times or more.
    kinds: [u32; 3],
}

/// The last symbols of a text, as the n-grams they are.
#[derive(Clone, Copy, Debug)]
pub struct GramHistory {
    /// Number of the n-gram of the last k symbols in level k.
    ids: [u32; MOST_ORDER],
    /// Contexts that are known: those of 0 to `known` − 1 symbols.
    known: usize,
}

impl Default for GramHistory {
    fn default() -> Self {
        Self { ids: [ROOT; MOST_ORDER], known: 1 }
    }
}

impl GramHistory {
    fn push(&mut self, id: u32) {
        if self.known < MOST_ORDER {
            self.ids[self.known] = id;
            self.known += 1;
        }
    }
}

impl KneserNey {
    /// A model of n-grams of up to `order` symbols out of `symbols`, which has learned nothing and takes in no more than `room` n-grams.
    ///
    /// # Panics
    /// If `order` is zero or above [`MOST_ORDER`], or there is no symbol.
    pub fn new(symbols: usize, order: usize, room: usize) -> Self {
        assert!((1..=MOST_ORDER).contains(&order) && symbols > 0, "n-grams of {order} out of {symbols} symbols");
        let level = || Level { grams: Table::new(), counts: Vec::new(), tally: Tally::default(), followers: Vec::new() };
        let mut levels: Vec<Level> = (0..=order).map(|_| level()).collect();
        levels[0].followers.push(Followers::default());
        Self { symbols, levels, grams: 0, room }
    }

    /// Symbols of the longest n-grams.
    pub fn order(&self) -> usize {
        self.levels.len() - 1
    }

    /// N-grams of all lengths.
    pub fn grams(&self) -> usize {
        self.grams
    }

    /// Whether no further n-gram is taken in; those that are there are still counted.
    pub fn is_full(&self) -> bool {
        self.grams >= self.room
    }

    /// The probability of `symbol` behind `history`, which it then ends.
    pub fn foresee(&self, history: &mut GramHistory, symbol: u32) -> f64 {
        let mut probability = 1.0 / self.symbols as f64;
        let mut next = GramHistory::default();
        // Where an n-gram was never met, no longer one was.
        let mut met = true;
        for (length, &context) in (1..self.levels.len()).zip(&history.ids[..history.known]) {
            let level = &self.levels[length];
            let id = if met { level.grams.find(context, symbol) } else { None };
            met = id.is_some();
            let Followers { total, kinds } = self.levels[length - 1].followers[context as usize];
            if total > 0 {
                let discounts = level.tally.discounts();
                let count = id.map_or(0, |id| level.counts[id as usize]);
                let kept = match count {
                    0 => 0.0,
                    _ => f64::from(count) - discounts[(count as usize).min(discounts.len()) - 1],
                };
                let freed: f64 = discounts.iter().zip(kinds).map(|(discount, kind)| discount * f64::from(kind)).sum();
                probability = (kept + freed * probability) / f64::from(total);
            }
            if let (Some(id), true) = (id, length < self.order()) {
                next.push(id);
            }
        }
        *history = next;
        probability
    }

    /// Counts `symbol` behind `history`, which it then ends.
    pub fn learn(&mut self, history: &mut GramHistory, symbol: u32) {
        self.take(history, symbol, true);
    }

    /// Ends `history` with a symbol that is learned another time: only n-grams are taken in that lack the whole context, of which it is counted
    /// what they come behind, not how often.
    pub(super) fn meet(&mut self, history: &mut GramHistory, symbol: u32) {
        self.take(history, symbol, false);
    }

    fn take(&mut self, history: &mut GramHistory, symbol: u32, longest: bool) {
        let order = self.order();
        let mut next = GramHistory::default();
        let mut last = NONE;
        for (length, &context) in (1..order + usize::from(longest)).zip(&history.ids[..history.known]) {
            let (id, new) = match self.is_full() {
                false => self.levels[length].add(context, symbol, length < order),
                true => match self.levels[length].grams.find(context, symbol) {
                    Some(id) => (id, false),
                    None => break,
                },
            };
            self.grams += usize::from(new);
            // The n-gram that is one symbol shorter at its front has come behind one more symbol.
            if new && length > 1 {
                self.raise(length - 1, last, history.ids[length - 2]);
            }
            if length == order {
                self.raise(length, id, context);
            } else {
                next.push(id);
            }
            last = id;
        }
        *history = next;
    }

    /// Counts an n-gram of `length` symbols, number `id`, once more behind its context.
    fn raise(&mut self, length: usize, id: u32, context: u32) {
        let (shorter, longer) = self.levels.split_at_mut(length);
        let (followers, level) = (&mut shorter[length - 1].followers[context as usize], &mut longer[0]);
        // Counts that are full stay what they are, so that their sum stays theirs.
        let Some(total) = followers.total.checked_add(1) else { return };
        followers.total = total;
        let count = &mut level.counts[id as usize];
        match *count {
            0 => followers.kinds[0] += 1,
            seen @ 1..=2 => {
                followers.kinds[seen as usize - 1] -= 1;
                followers.kinds[seen as usize] += 1;
            }
            _ => {}
        }
        level.tally.raise(*count);
        *count += 1;
    }
}

impl Level {
    /// The number of an n-gram, and whether it is a new one; what follows it is counted where longer ones are.
    fn add(&mut self, context: u32, symbol: u32, followed: bool) -> (u32, bool) {
        let (id, new) = self.grams.number(context, symbol);
        if new {
            self.counts.push(0);
            if followed {
                self.followers.push(Followers::default());
            }
        }
        (id, new)
    }
}
