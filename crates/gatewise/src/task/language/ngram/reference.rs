//! Plain forms of the models that count, straight from their formulas, which the fast ones are held against.

use std::collections::BTreeMap;

use super::kneser_ney::{GramHistory, KneserNey};
use super::ppm::Ppm;

/// A text of `symbols` symbols some of which often follow each other.
pub(super) fn text(length: usize, symbols: u32) -> Vec<u32> {
    let mut state = 12_345_u32;
    let mut last = 0;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let drawn = state >> 16;
        last = match drawn % 4 {
            0 => drawn / 4 % symbols,
            1 => (last * 3 + 1) % symbols,
            _ => (last + 1) % symbols.min(7),
        };
        last
    };
    (0..length).map(next).collect()
}

type Counts = BTreeMap<Vec<u32>, f64>;

/// Chen and Goodman's formulas over all n-grams of `text` of 1 to `order` symbols.
struct Plain {
    symbols: usize,
    /// c of the longest n-grams, N₁₊(• g) of the shorter ones, by length.
    counts: Vec<Counts>,
}

impl Plain {
    fn new(text: &[u32], symbols: usize, order: usize) -> Self {
        let mut counts = vec![Counts::new(); order + 1];
        text.windows(order).for_each(|gram| *counts[order].entry(gram.to_vec()).or_default() += 1.0);
        for (length, counts) in counts.iter_mut().enumerate().take(order).skip(1) {
            let longer: std::collections::BTreeSet<&[u32]> = text.windows(length + 1).collect();
            longer.into_iter().for_each(|gram| *counts.entry(gram[1..].to_vec()).or_default() += 1.0);
        }
        Self { symbols, counts }
    }

    fn probability(&self, context: &[u32], symbol: u32) -> f64 {
        let length = context.len() + 1;
        let lower = if length == 1 { 1.0 / self.symbols as f64 } else { self.probability(&context[1..], symbol) };
        let counts = &self.counts[length];
        let n: Vec<f64> = (1..=4).map(|r| counts.values().filter(|&&c| c == f64::from(r)).count() as f64).collect();
        let y = n[0] / (n[0] + 2.0 * n[1]);
        let discount = |count: f64| {
            let r = count.min(3.0) as usize;
            if r == 0 {
                return 0.0;
            }
            let d = r as f64 - (r + 1) as f64 * y * n[r] / n[r - 1];
            if n[0] * n[r] * n[r - 1] > 0.0 && d > 0.0 { d } else { r as f64 / 2.0 }
        };
        let behind: Vec<f64> = counts.iter().filter(|(gram, _)| gram.starts_with(context)).map(|(_, &count)| count).collect();
        let total: f64 = behind.iter().sum();
        if total == 0.0 {
            return lower;
        }
        let count = counts.get(&[context, &[symbol]].concat()).copied().unwrap_or(0.0);
        let freed: f64 = behind.iter().map(|&count| discount(count)).sum();
        (count - discount(count) + freed * lower) / total
    }
}

#[test]
fn kneser_ney_is_what_its_formulas_say() {
    for (length, symbols, order) in [(3000, 12, 3), (400, 30, 4), (25, 5, 8), (3, 4, 2), (600, 3, 5)] {
        let text = text(length + 40, symbols);
        let (train, held) = text.split_at(length);
        let plain = Plain::new(train, symbols as usize, order);
        let mut model = KneserNey::new(symbols as usize, order, usize::MAX);
        let mut history = GramHistory::default();
        train.iter().for_each(|&symbol| model.learn(&mut history, symbol));
        let mut history = GramHistory::default();
        for (at, &symbol) in held.iter().enumerate() {
            let expected = plain.probability(&held[at.saturating_sub(order - 1)..at], symbol);
            let found = model.foresee(&mut history, symbol);
            assert!((found - expected).abs() < 1e-12, "{length} symbols, order {order}, at {at}: {found} and {expected}");
        }
    }
}

#[test]
fn kneser_ney_sums_to_one_whatever_it_learned() {
    for (length, symbols, order, room) in [
        (0, 9, 5, usize::MAX),
        (1, 9, 5, usize::MAX),
        (2, 9, 1, usize::MAX),
        (500, 9, 4, usize::MAX),
        (2000, 40, 8, usize::MAX),
        (2000, 40, 8, 900),
    ] {
        let text = text(length + 60, symbols);
        let mut model = KneserNey::new(symbols as usize, order, room);
        let (mut history, mut learned) = (GramHistory::default(), GramHistory::default());
        text[..length].iter().for_each(|&symbol| model.learn(&mut learned, symbol));
        assert!(model.grams() <= room);
        for &symbol in text[length..].iter().chain(&text[..length.min(60)]) {
            let sum: f64 = (0..symbols).map(|symbol| model.foresee(&mut { history }, symbol)).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{length} symbols, order {order}: {sum}");
            // It goes on learning, behind what it foresees.
            model.foresee(&mut { history }, symbol);
            model.learn(&mut history, symbol);
        }
    }
}

/// Prediction by partial matching over the whole history, with every context as a list.
struct PlainPpm {
    order: usize,
    symbols: u32,
    counts: BTreeMap<Vec<u32>, BTreeMap<u32, u64>>,
    read: Vec<u32>,
}

impl PlainPpm {
    /// The last symbols that make up each context, the longest first.
    fn contexts(&self) -> Vec<Vec<u32>> {
        (0..=self.order.min(self.read.len())).rev().map(|length| self.read[self.read.len() - length..].to_vec()).collect()
    }

    fn probability(&self, symbol: u32) -> f64 {
        let mut excluded = std::collections::BTreeSet::new();
        let mut probability = 1.0;
        for context in self.contexts() {
            let open = self.counts.get(&context).into_iter().flatten().filter(|(symbol, _)| !excluded.contains(*symbol));
            let open: BTreeMap<u32, f64> = open.map(|(&symbol, &count)| (symbol, count as f64)).collect();
            if open.is_empty() {
                continue;
            }
            let kinds = open.len() as f64;
            let escape = if open.len() + excluded.len() == self.symbols as usize { 0.0 } else { kinds };
            let all = 2.0 * open.values().sum::<f64>() - kinds + escape;
            if let Some(count) = open.get(&symbol) {
                return probability * (2.0 * count - 1.0) / all;
            }
            probability *= escape / all;
            excluded.extend(open.into_keys());
        }
        probability / (self.symbols as usize - excluded.len()) as f64
    }

    fn learn(&mut self, symbol: u32) {
        for context in self.contexts() {
            let count = self.counts.entry(context).or_default().entry(symbol).or_default();
            *count += 1;
            if *count > 1 {
                break;
            }
        }
        self.read.push(symbol);
    }
}

#[test]
fn ppm_is_what_its_rules_say_and_sums_to_one() {
    for (length, symbols, order) in [(700, 6, 3), (300, 30, 5), (200, 2, 4), (100, 8, 0)] {
        let mut plain = PlainPpm { order, symbols, counts: BTreeMap::new(), read: Vec::new() };
        let mut model = Ppm::new(symbols as usize, order, usize::MAX);
        for (at, &symbol) in text(length, symbols).iter().enumerate() {
            let expected = plain.probability(symbol);
            let found = model.foresee(symbol);
            assert!((found - expected).abs() < 1e-12, "order {order}, at {at}: {found} and {expected}");
            let sum: f64 = (0..symbols).map(|symbol| model.foresee(symbol)).sum();
            assert!((sum - 1.0).abs() < 1e-9, "order {order}, at {at}: {sum}");
            plain.learn(symbol);
            model.learn(symbol);
        }
    }
}

#[test]
fn a_ppm_without_room_still_sums_to_one_and_counts() {
    let text = text(900, 25);
    let nats = |room: usize| {
        let mut model = Ppm::new(25, 4, room);
        let mut sum = 0.0;
        for &symbol in &text {
            let all: f64 = (0..25).map(|symbol| model.foresee(symbol)).sum();
            assert!((all - 1.0).abs() < 1e-9, "{all}");
            sum -= model.foresee(symbol).ln();
            model.learn(symbol);
        }
        assert!(model.contexts() <= room, "{} contexts", model.contexts());
        sum / text.len() as f64
    };
    let (none, few, all) = (nats(1), nats(700), nats(usize::MAX));
    assert!(all < few && few < none && (none - 25.0_f64.ln()).abs() < 1e-9, "{none} {few} {all}");
}
