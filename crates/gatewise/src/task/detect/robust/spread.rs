//! How rare a magnitude is for a robust scale and a tail read from quantiles, with few rows too.
//!
//! Magnitudes are read as σ · z · exp(h z² / 2), z the magnitude of a normal variable: Tukey's h distribution, σ and h by letter values (Hoaglin 1985).
//! Quantiles of which eight or more magnitudes lie above are used, so that some odd rows move neither. A prior on h stands in for rows that were
//! not seen, and Student's t for the uncertainty of σ.

use std::f64::consts::LN_10;

use serde::{Deserialize, Serialize};

/// Most evidence, −log₁₀ of a probability: beyond it all is equally impossible.
pub(in crate::task::detect) const MOST: f64 = 16.0;
/// Shares of magnitudes below each letter value, the normal magnitudes there, and the variance of its logarithm times the number of rows.
const LETTERS: [(f64, f64, f64); 9] = [
    (0.5, 0.674_490, 1.36),
    (0.75, 1.150_349, 0.95),
    (0.9, 1.644_854, 0.78),
    (0.95, 1.959_964, 0.9),
    (0.98, 2.326_348, 1.28),
    (0.99, 2.575_829, 1.79),
    (0.995, 2.807_034, 2.7),
    (0.998, 3.090_232, 5.0),
    (0.999, 3.290_527, 7.3),
];
/// Magnitudes above the highest letter value used.
const ABOVE: f64 = 8.0;
/// Rows that are left aside together.
const BLOCK: usize = 16;
/// The middle magnitude of a block that is odd as a whole, over that of all.
const WIDE: f64 = 2.0;
/// The body of magnitudes: letter values up to this level, and evidence by it that rules a magnitude out.
const BODY: f64 = 0.9;
const RULED_OUT: f64 = 6.0;
/// How many stretches may be left aside, and one more for every so many rows; the share of all rows that they are at most, as one in so many.
const FEW: usize = 5;
const OFTEN: usize = 1000;
const MOST_LEFT: usize = 5;
/// Letter values from here on suffice where there are enough of them: a tail is told by its own.
const TAIL_LETTER: usize = 2;
const ENOUGH_LETTERS: usize = 4;
/// Mean and deviation of h before any row was seen, and the deviation of a letter value from the model's.
const PRIOR_BEND: f64 = 0.01;
const PRIOR_DEVIATION: f64 = 0.08;
const MODEL_DEVIATION: f64 = 0.02;
/// Most and least h: beyond the first there is no mean, and nothing is thinner than a normal tail.
const MAX_BEND: f64 = 1.0;
/// Degrees of freedom of σ for each independent row.
const FREEDOM: f64 = 0.5;

/// Scale and tail of magnitudes around zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spread {
    /// σ: the scale that magnitudes are divided by.
    pub scale: f64,
    /// h: 0 for a normal tail, more for a heavier one.
    pub bend: f64,
    /// Degrees of freedom.
    pub freedom: f64,
}

impl Spread {
    /// From magnitudes in order of time. `independent`: how many rows they are worth. `None` where too few differ from zero.
    ///
    /// Stretches where all is large, and then those that the body of the others rules out, are left aside, as the generalised extreme Studentised
    /// deviate test does (Rosner 1983): so no anomaly makes the next one usual. Where they come often they are ordinary, and stay.
    pub fn fit(magnitudes: impl Iterator<Item = f64>, independent: f64) -> Option<Self> {
        let all: Vec<f64> = magnitudes.collect();
        let mut sorted = all.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let wide = WIDE * quantile(&sorted, 0.5);
        let usual = without(&all, |block| wide > 0.0 && middle(block) > wide).unwrap_or(all);
        sorted.clone_from(&usual);
        sorted.sort_unstable_by(f64::total_cmp);
        let body = Self::by_letters(&sorted, independent, BODY)?;
        if let Some(rest) = without(&usual, |block| block.iter().any(|m| body.evidence(*m) > RULED_OUT)) {
            sorted = rest;
            sorted.sort_unstable_by(f64::total_cmp);
        }
        Self::by_letters(&sorted, independent, 1.0)
    }

    /// From sorted magnitudes, by their letter values up to a level.
    fn by_letters(magnitudes: &[f64], independent: f64, highest: f64) -> Option<Self> {
        let count = magnitudes.len() as f64;
        let above = ABOVE.min(count / 3.0);
        let mut letters: Vec<(f64, f64, f64)> = Vec::with_capacity(LETTERS.len());
        for (level, z, variance) in LETTERS {
            let value = quantile(magnitudes, level);
            if level <= highest && (1.0 - level) * count >= above && value > 0.0 {
                letters.push((0.5 * z * z, (value / z).ln(), variance / independent + MODEL_DEVIATION * MODEL_DEVIATION));
            }
        }
        if letters.len() >= TAIL_LETTER + ENOUGH_LETTERS {
            letters.drain(..TAIL_LETTER);
        }
        let weight: f64 = letters.iter().map(|(_, _, v)| v.recip()).sum();
        if letters.is_empty() || !weight.is_finite() {
            return None;
        }
        let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| letters.iter().map(|l| of(l) / l.2).sum::<f64>() / weight;
        let (t, y) = (mean(&|l| l.0), mean(&|l| l.1));
        let moment = |of: &dyn Fn(&(f64, f64, f64)) -> f64| letters.iter().map(|l| of(l) / l.2).sum::<f64>();
        let (tt, ty) = (moment(&|l| (l.0 - t).powi(2)), moment(&|l| (l.0 - t) * (l.1 - y)));
        let prior = PRIOR_DEVIATION.powi(-2);
        let bend = ((ty + prior * PRIOR_BEND) / (tt + prior)).clamp(0.0, MAX_BEND);
        let scale = (y - bend * t).exp();
        let freedom = FREEDOM * independent;
        (scale.is_normal() && freedom >= 1.0).then_some(Self { scale, bend, freedom })
    }

    /// A normal one of a known scale.
    pub fn normal(scale: f64, independent: f64) -> Option<Self> {
        let freedom = FREEDOM * independent;
        (scale.is_normal() && freedom >= 1.0).then_some(Self { scale, bend: PRIOR_BEND, freedom })
    }

    /// This one, no narrower than a normal one of scale 1 and as certain as `independent` rows make it.
    pub fn at_least_normal(self, independent: f64) -> Self {
        Self { scale: self.scale.max(1.0), freedom: (FREEDOM * independent).max(1.0), ..self }
    }

    /// −log₁₀ of the probability of a magnitude at least this large, at most [`MOST`]; 0 for those below twice the scale, which are no news.
    pub fn evidence(&self, magnitude: f64) -> f64 {
        let x = magnitude / self.scale;
        if x.is_nan() || x < 2.0 {
            return 0.0;
        }
        let t = self.unbent(x);
        // Student's t as a normal variable (Wallace 1959).
        let z = (self.freedom * (t * t / self.freedom).ln_1p()).sqrt() * (8.0 * self.freedom + 1.0) / (8.0 * self.freedom + 3.0);
        rarity(z)
    }

    /// The normal magnitude z with z · exp(h z² / 2) = x, by Newton's method on its logarithm.
    fn unbent(&self, x: f64) -> f64 {
        if self.bend <= 0.0 {
            return x;
        }
        let log = x.ln();
        let mut z = x.min((2.0 * log / self.bend).sqrt().max(1.0));
        for _ in 0..STEPS {
            let error = z.ln() + 0.5 * self.bend * z * z - log;
            z = (z - error / (1.0 / z + self.bend * z)).max(0.1);
        }
        z
    }

    /// Whether a saved one can be used.
    pub fn is_sound(&self) -> bool {
        self.scale.is_normal()
            && self.scale > 0.0
            && (0.0..=MAX_BEND).contains(&self.bend)
            && self.freedom >= 1.0
            && self.freedom.is_finite()
    }
}

/// Steps of Newton's method, which is at the precision of use after three.
const STEPS: usize = 6;

/// −log₁₀ of the probability that a normal variable lies at least z from zero, by a continued fraction of Mills' ratio.
pub(super) fn rarity(z: f64) -> f64 {
    let z = z.clamp(0.0, 40.0);
    if z < 1.5 {
        return 0.0;
    }
    let mills = z + 1.0 / (z + 2.0 / (z + 3.0 / (z + 4.0 / (z + 5.0 / (z + 6.0 / (z + 7.0 / (z + 2.0)))))));
    let log = 0.5 * z * z + mills.ln() + 0.5 * (std::f64::consts::TAU).ln() - std::f64::consts::LN_2;
    (log / LN_10).clamp(0.0, MOST)
}

/// The magnitudes without the blocks that are odd; `None` where there is none, or where they come so often that they are ordinary.
fn without(all: &[f64], odd: impl Fn(&[f64]) -> bool) -> Option<Vec<f64>> {
    let (mut kept, mut stretches, mut last) = (Vec::with_capacity(all.len()), 0, false);
    for block in all.chunks(BLOCK) {
        let is_odd = odd(block);
        stretches += usize::from(is_odd && !last);
        last = is_odd;
        if !is_odd {
            kept.extend_from_slice(block);
        }
    }
    let left = all.len() - kept.len();
    let rare = stretches <= FEW + all.len() / OFTEN && left <= (all.len() / MOST_LEFT).max(2 * BLOCK);
    (left > 0 && rare).then_some(kept)
}

/// The middle of a block.
fn middle(block: &[f64]) -> f64 {
    let mut sorted = block.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

/// The value below which a share `level` of sorted numbers lies, between the two next to it.
pub(super) fn quantile(sorted: &[f64], level: f64) -> f64 {
    let at = level * (sorted.len().saturating_sub(1)) as f64;
    let (low, share) = (at.floor() as usize, at.fract());
    match (sorted.get(low), sorted.get(low + 1)) {
        (Some(a), Some(b)) => a + share * (b - a),
        (Some(a), None) => *a,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn fitted(count: usize, mut draw: impl FnMut() -> f64) -> Spread {
        let magnitudes: Vec<f64> = (0..count).map(|_| draw().abs()).collect();
        Spread::fit(magnitudes.iter().copied(), count as f64).unwrap()
    }

    #[test]
    fn normal_rarity_is_that_of_the_tables() {
        for (z, p) in [(1.959_964, 0.05_f64), (3.290_527, 1e-3), (3.890_592, 1e-4), (5.0, 5.733e-7)] {
            let (got, expected) = (rarity(z), -p.log10());
            assert!((got - expected).abs() < 2e-3, "{z}: got {got}, expected {expected}");
        }
    }

    #[test]
    fn normal_magnitudes_are_as_rare_as_they_are_and_few_rows_say_less() {
        for seed in 0..5 {
            let mut rng = Rng::new(seed, 0);
            let many = fitted(8000, || rng.normal());
            let four = many.evidence(4.0);
            assert!((3.6..4.6).contains(&four), "seed {seed}: {four}, {many:?}");
            let few = fitted(100, || rng.normal());
            assert!(few.evidence(10.0) > 5.0, "seed {seed}: {few:?} {}", few.evidence(10.0));
            assert!(few.evidence(3.0) < 4.0, "seed {seed}: {few:?}");
        }
    }

    #[test]
    fn a_heavy_tail_is_followed() {
        // Student's t with three degrees of freedom: one in 10,000 lies beyond 22.2.
        let mut rng = Rng::new(3, 0);
        let mut draw = || rng.normal() / (((0..3).map(|_| rng.normal().powi(2)).sum::<f64>()) / 3.0).sqrt();
        let heavy = fitted(8000, &mut draw);
        let got = heavy.evidence(22.2);
        assert!((3.0..5.0).contains(&got), "{got} {heavy:?}");
    }

    #[test]
    fn odd_rows_move_neither_scale_nor_tail() {
        let mut rng = Rng::new(4, 0);
        let clean: Vec<f64> = (0..300).map(|_| rng.normal().abs()).collect();
        let mut odd = clean.clone();
        odd[100..130].fill(1e6);
        let [a, b] = [clean, odd].map(|all| Spread::fit(all.iter().copied(), 300.0).unwrap());
        assert!((a.evidence(6.0) - b.evidence(6.0)).abs() < 1.0, "{a:?} {b:?}");
        assert!(b.evidence(1e6) > 8.0);
    }

    #[test]
    fn what_never_varies_has_no_spread() {
        assert_eq!(Spread::fit(std::iter::repeat_n(0.0, 500), 500.0), None);
        assert_eq!(Spread::fit(std::iter::empty(), 0.0), None);
    }
}
