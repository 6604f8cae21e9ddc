//! Logistic regression on sparse rows.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tfidf::Entry;

/// Passes over the rows at most.
const PASSES: usize = 60;

/// Change of the dual variables, as a share of what they can be, below which a pass is the last.
const ENOUGH: f64 = 1e-4;

/// Newton steps for one variable.
const STEPS: usize = 60;

/// One regression for each class against the others; for two classes a single one.
///
/// Each minimises |w|² / 2 + C · Σ weight · ln(1 + exp(−y (w·x + b))), b counted to w, in its dual, one variable after the other (H.-F. Yu,
/// F.-L. Huang and C.-J. Lin, "Dual coordinate descent methods for logistic regression and maximum entropy models", 2011).
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    classes: usize,
    /// (R, F): R is the number of classes, 1 of two.
    weights: Vec<f32>,
    /// (R).
    intercepts: Vec<f32>,
}

/// Rows of one data set, what they are and how much each counts.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The entries of each row. (N)
    pub rows: &'a [Vec<Entry>],
    /// The class of each. (N)
    pub truth: &'a [usize],
    /// What a row of each class counts for, above 0. (K)
    pub weight: &'a [f64],
    /// Features F.
    pub features: usize,
}

impl Logistic {
    /// Puts both together: `weights` (R, F), `intercepts` (R) for `classes`; none where they do not fit.
    pub fn new(classes: usize, weights: Vec<f32>, intercepts: Vec<f32>) -> Option<Self> {
        let rows = regressions(classes);
        let sizes = classes > 1 && intercepts.len() == rows && weights.len().is_multiple_of(rows);
        (sizes && weights.iter().chain(&intercepts).all(|w| w.is_finite())).then_some(Self { classes, weights, intercepts })
    }

    /// Learns from `rows`, of at least two classes, with errors that count `c` times (C); the order in which rows are looked at is drawn by
    /// `draw`, a number in [0, 1). The regressions are learned side by side on `threads`.
    pub fn fit(rows: &Rows<'_>, c: f64, draw: &mut dyn FnMut() -> f64, threads: usize) -> Self {
        let classes = rows.weight.len();
        let count = regressions(classes);
        let mut order: Vec<usize> = (0..rows.rows.len()).collect();
        let mut shuffle = || {
            for k in (1..order.len()).rev() {
                order.swap(k, ((draw() * (k + 1) as f64) as usize).min(k));
            }
            order.clone()
        };
        let orders: Vec<Vec<usize>> = (0..ORDERS).map(|_| shuffle()).collect();
        let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                // Of two classes the second is held against the first.
                let class = if classes == 2 { 1 } else { number };
                let learned = descend(rows, class, c, &orders);
                found.lock().expect("no panic while held").push((number, learned));
            }
        };
        std::thread::scope(|scope| {
            (1..threads.clamp(1, count)).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let mut found = found.into_inner().expect("no panic while held");
        found.sort_by_key(|(number, _)| *number);
        let (mut weights, mut intercepts) = (Vec::with_capacity(count * rows.features), Vec::with_capacity(count));
        for (_, learned) in found {
            weights.extend(learned[..rows.features].iter().map(|w| *w as f32));
            intercepts.push(learned[rows.features] as f32);
        }
        Self { classes, weights, intercepts }
    }

    /// Classes K.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// (R, F): R is the number of classes, 1 of two.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// (R).
    pub fn intercepts(&self) -> &[f32] {
        &self.intercepts
    }

    /// The logarithm of the probability of each class against all others: (K). Of two classes these are their probabilities; of more, their
    /// exponentials sum to 1 only when divided by their sum.
    pub fn logs(&self, row: &[Entry]) -> Vec<f64> {
        let width = self.weights.len() / self.intercepts.len();
        let score = |number: usize| {
            let weights = &self.weights[number * width..][..width];
            let product: f64 = row.iter().map(|(at, value)| f64::from(weights[*at as usize]) * f64::from(*value)).sum();
            product + f64::from(self.intercepts[number])
        };
        if self.classes == 2 {
            let score = score(0);
            return vec![log_sigmoid(-score), log_sigmoid(score)];
        }
        (0..self.classes).map(|class| log_sigmoid(score(class))).collect()
    }
}

/// Orders of the rows that passes take in turn.
const ORDERS: usize = 4;

fn regressions(classes: usize) -> usize {
    if classes == 2 { 1 } else { classes }
}

/// ln(1 / (1 + exp(−x))).
fn log_sigmoid(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Weights and intercept of `class` against the others: (F + 1).
fn descend(all: &Rows<'_>, class: usize, c: f64, orders: &[Vec<usize>]) -> Vec<f64> {
    let mut weights = vec![0.0_f64; all.features + 1];
    let mut alpha = vec![0.0_f64; all.rows.len()];
    for pass in 0..PASSES {
        let mut change = 0.0_f64;
        for &k in &orders[pass % orders.len()] {
            let (row, sign) = (&all.rows[k], if all.truth[k] == class { 1.0 } else { -1.0 });
            let most = c * all.weight[all.truth[k]];
            let (mut margin, mut square) = (weights[all.features], 1.0);
            for &(at, value) in row {
                margin += weights[at as usize] * f64::from(value);
                square += f64::from(value) * f64::from(value);
            }
            let new = most * sigmoid(best(most, alpha[k], square, sign * margin));
            let step = new - alpha[k];
            alpha[k] = new;
            change = change.max(step.abs() / most);
            for &(at, value) in row {
                weights[at as usize] += sign * step * f64::from(value);
            }
            weights[all.features] += sign * step;
        }
        if change < ENOUGH {
            break;
        }
    }
    weights
}

/// ln(α / (most − α)) of the dual variable α in (0, `most`) that is best while all others stay: where that logarithm + margin + square · (α − old)
/// is 0.
///
/// With α = most · σ(u) the sum rises in u, by at least 1: Newton's steps, kept between what is known to lie below and above.
fn best(most: f64, old: f64, square: f64, margin: f64) -> f64 {
    let (mut low, mut high) = (square * (old - most) - margin, square * old - margin);
    let mut u = f64::midpoint(low, high);
    for _ in 0..STEPS {
        let share = sigmoid(u);
        let value = u + margin + square * (most * share - old);
        if value > 0.0 {
            high = u
        } else {
            low = u
        }
        let next = u - value / (1.0 + square * most * share * (1.0 - share));
        let next = if next >= low && next <= high { next } else { f64::midpoint(low, high) };
        if (next - u).abs() < 1e-9 {
            return next;
        }
        u = next;
    }
    u
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed() -> impl FnMut() -> f64 {
        let mut state = 7_u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 24)
        }
    }

    /// Rows of two features that overlap between classes.
    fn rows(count: usize, classes: usize) -> (Vec<Vec<Entry>>, Vec<usize>) {
        let mut draw = fixed();
        (0..count)
            .map(|k| {
                let class = k % classes;
                let at = class as f64 - (classes - 1) as f64 / 2.0;
                (vec![(0, (at + 2.0 * draw() - 1.0) as f32), (1, (at * at + draw()) as f32)], class)
            })
            .unzip()
    }

    #[test]
    fn the_gradient_is_nought_where_it_ends() {
        let (rows, truth) = rows(60, 2);
        let weight = [1.0, 2.0];
        let given = Rows { rows: &rows, truth: &truth, weight: &weight, features: 2 };
        let c = 3.0;
        let fit = Logistic::fit(&given, c, &mut fixed(), 1);
        let w = [fit.weights[0], fit.weights[1], fit.intercepts[0]].map(f64::from);
        let mut gradient = w;
        for (row, class) in rows.iter().zip(&truth) {
            let x = [f64::from(row[0].1), f64::from(row[1].1), 1.0];
            let sign = if *class == 1 { 1.0 } else { -1.0 };
            let margin: f64 = sign * w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>();
            for (g, x) in gradient.iter_mut().zip(&x) {
                *g -= c * weight[*class] * sign * x * sigmoid(-margin);
            }
        }
        assert!(gradient.iter().all(|g| g.abs() < 0.05), "{gradient:?} of {w:?}");
        let logs = fit.logs(&rows[0]);
        assert!((logs.iter().map(|l| l.exp()).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn several_classes_give_the_same_on_any_number_of_threads() {
        let (rows, truth) = rows(90, 3);
        let given = Rows { rows: &rows, truth: &truth, weight: &[1.0; 3], features: 2 };
        let fit = Logistic::fit(&given, 10.0, &mut fixed(), 1);
        assert_eq!(Logistic::fit(&given, 10.0, &mut fixed(), 3), fit);
        let right = rows.iter().zip(&truth).filter(|(row, class)| {
            let logs = fit.logs(row);
            logs.iter().all(|l| *l <= logs[**class])
        });
        assert!(right.count() > 60);
    }

    #[test]
    fn one_variable_is_solved_wherever_it_was() {
        for most in [0.1, 10.0, 1e4] {
            for old in [0.0, 0.3 * most, most] {
                for square in [1.0, 2.0, 50.0] {
                    for margin in [-30.0, -1.0, 0.0, 2.0, 40.0] {
                        let found = best(most, old, square, margin);
                        let value = |u: f64| u + margin + square * (most * sigmoid(u) - old);
                        let near = 1e-6 * found.abs().max(1.0);
                        assert!(value(found - near) < 0.0 && value(found + near) > 0.0, "{most} {old} {square} {margin}: {found}");
                    }
                }
            }
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(Logistic::new(2, vec![0.0; 5], vec![0.0]).is_some());
        assert!(Logistic::new(3, vec![0.0; 6], vec![0.0; 3]).is_some());
        assert!(Logistic::new(3, vec![0.0; 5], vec![0.0; 3]).is_none());
        assert!(Logistic::new(2, vec![0.0; 4], vec![0.0; 2]).is_none());
        assert!(Logistic::new(1, vec![0.0; 4], vec![0.0]).is_none());
        assert!(Logistic::new(2, vec![f32::NAN], vec![0.0]).is_none());
    }
}
