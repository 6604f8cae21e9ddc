//! How well answers fit the truth, beside an answer that needs no network.

use serde::Serialize;

/// Probabilities below this count as this in the loss: the least that single precision tells from zero.
const LEAST_PROBABILITY: f64 = 1e-7;

/// Answers about classes, one after the other.
#[derive(Clone, Debug)]
pub struct ConfusionMatrix {
    classes: usize,
    /// Rows are the truth, columns the answers: (K, K).
    confusion: Vec<u64>,
    loss: f64,
    /// Answers whose probability lies below the threshold of rejection, and how many of them are right.
    rejected: u64,
    rejected_right: u64,
    reject_below: f64,
    mistakes: Vec<Mistake>,
    /// The class that always answering the most frequent one names; none where that is not known.
    majority: Option<usize>,
}

/// A wrong answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mistake {
    /// What it was about.
    pub item: String,
    /// The true class.
    pub truth: usize,
    /// The answer.
    pub answer: usize,
    /// Its probability.
    pub probability: f64,
}

/// Figures over all answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Answers.
    pub count: u64,
    /// Share of right ones.
    pub accuracy: f64,
    /// Mean of the classes' F1, over classes that occur in truth or answers.
    pub f1_macro: f64,
    /// Mean of −ln p of the true class, in nats.
    pub loss: f64,
    /// Accuracy and macro F1 of always naming the class most frequent in training; where that is not known, the most frequent of these answers.
    pub majority: (f64, f64),
    /// Share that is rejected, and the accuracy of the rest; none without a threshold.
    pub rejection: Option<(f64, f64)>,
    /// Of each class.
    pub classes: Vec<ClassScore>,
    /// Rows are the truth, columns the answers: (K, K).
    pub confusion: Vec<u64>,
    /// Wrong answers, the most confident first.
    pub mistakes: Vec<Mistake>,
}

/// Figures of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassScore {
    /// Share of answers "this class" that are right; 0 without such an answer.
    pub precision: f64,
    /// Share of the class that is found; 0 where it does not occur.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// How often it occurs.
    pub support: u64,
}

impl ConfusionMatrix {
    /// None yet, over `classes`. Answers less probable than `reject_below` count as rejected beside the other figures.
    pub fn new(classes: usize, reject_below: f64) -> Self {
        let confusion = vec![0; classes * classes];
        Self { classes, confusion, loss: 0.0, rejected: 0, rejected_right: 0, reject_below, mistakes: Vec::new(), majority: None }
    }

    /// With the class that was most frequent in training, which the answers are held against: a baseline that chose it by the truth at hand
    /// would know what it is judged on.
    #[must_use]
    pub fn with_majority(self, class: Option<usize>) -> Self {
        Self { majority: class.filter(|class| *class < self.classes), ..self }
    }

    /// Takes an answer: the probabilities (K) and the true class.
    pub fn add(&mut self, item: &str, probabilities: &[f32], truth: usize) {
        let answer = best(probabilities);
        let probability = f64::from(probabilities[answer]);
        self.confusion[truth * self.classes + answer] += 1;
        self.loss -= f64::from(probabilities[truth]).max(LEAST_PROBABILITY).ln();
        if probability < self.reject_below {
            self.rejected += 1;
            self.rejected_right += u64::from(answer == truth);
        }
        if answer != truth {
            self.mistakes.push(Mistake { item: item.to_owned(), truth, answer, probability });
        }
    }

    /// The figures.
    pub fn finish(mut self) -> Metrics {
        let k = self.classes;
        let count: u64 = self.confusion.iter().sum();
        let right: u64 = (0..k).map(|c| self.confusion[c * k + c]).sum();
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let support = |c: usize| self.confusion[c * k..][..k].iter().sum::<u64>();
        let answered = |c: usize| (0..k).map(|t| self.confusion[t * k + c]).sum::<u64>();
        let classes: Vec<ClassScore> = (0..k)
            .map(|c| {
                let hit = self.confusion[c * k + c];
                let (precision, recall) = (share(hit, answered(c)), share(hit, support(c)));
                ClassScore { precision, recall, f1: share(2 * hit, answered(c) + support(c)), support: support(c) }
            })
            .collect();
        let occur: Vec<usize> = (0..k).filter(|&c| support(c) + answered(c) > 0).collect();
        let most = self.majority.map_or_else(|| (0..k).map(support).max().unwrap_or(0), support);
        // The classes that occur in truth or answer, as for the model's own figure.
        let named = self.majority.is_some_and(|c| support(c) == 0);
        let present = ((0..k).filter(|&c| support(c) > 0).count() + usize::from(named)).max(1);
        // Always the same class: its precision is its share, its recall 1.
        let majority_f1 = if count == 0 { 0.0 } else { 2.0 * most as f64 / (count + most) as f64 / present as f64 };
        let kept = count - self.rejected;
        let rejection = (self.reject_below > 0.0).then(|| (share(self.rejected, count), share(right - self.rejected_right, kept)));
        self.mistakes.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.item.cmp(&b.item)));
        Metrics {
            count,
            accuracy: share(right, count),
            f1_macro: occur.iter().map(|&c| classes[c].f1).sum::<f64>() / occur.len().max(1) as f64,
            loss: if count == 0 { 0.0 } else { self.loss / count as f64 },
            majority: (share(most, count), majority_f1),
            rejection,
            classes,
            confusion: self.confusion,
            mistakes: self.mistakes,
        }
    }
}

/// The most probable class; the first of equals.
pub(super) fn best(probabilities: &[f32]) -> usize {
    let mut best = 0;
    for (class, p) in probabilities.iter().enumerate() {
        if *p > probabilities[best] {
            best = class;
        }
    }
    best
}

/// Figures of predicted values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ValueMetrics {
    /// Values.
    pub count: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Share of the variance that is explained; none where the truth never changes.
    pub r2: Option<f64>,
    /// Errors of always saying the mean of the training part.
    pub mean_mae: f64,
    /// As `rmse`.
    pub mean_rmse: f64,
}

impl ValueMetrics {
    /// Over pairs of truth and answer; `mean` is the training part's.
    pub fn of(pairs: &[(f64, f64)], mean: f64) -> Self {
        let count = pairs.len().max(1) as f64;
        let average = |value: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(value).sum::<f64>() / count;
        let truth = average(&|p| p.0);
        let (mse, variance) = (average(&|p| (p.0 - p.1).powi(2)), average(&|p| (p.0 - truth).powi(2)));
        Self {
            count: pairs.len(),
            mae: average(&|p| (p.0 - p.1).abs()),
            rmse: mse.sqrt(),
            r2: (variance > 0.0).then(|| 1.0 - mse / variance),
            mean_mae: average(&|p| (p.0 - mean).abs()),
            mean_rmse: average(&|p| (p.0 - mean).powi(2)).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let mut verdicts = ConfusionMatrix::new(3, 0.6);
        // Truth 0 0 0 1 1, answers 0 0 1 1 0.
        let answers: [(&[f32], usize); 5] =
            [(&[0.9, 0.1, 0.0], 0), (&[0.5, 0.4, 0.1], 0), (&[0.2, 0.8, 0.0], 0), (&[0.3, 0.7, 0.0], 1), (&[0.9, 0.1, 0.0], 1)];
        for (i, (p, truth)) in answers.into_iter().enumerate() {
            verdicts.add(&format!("i{i}"), p, truth);
        }
        let metrics = verdicts.finish();
        assert_eq!((metrics.count, metrics.accuracy), (5, 0.6));
        assert_eq!(metrics.confusion, [2, 1, 0, 1, 1, 0, 0, 0, 0]);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-7, "{a} is not {b}");
        close(metrics.f1_macro, f64::midpoint(2.0 / 3.0, 0.5));
        close(metrics.classes[0].precision, 2.0 / 3.0);
        close(metrics.classes[1].recall, 0.5);
        close(metrics.majority.0, 0.6);
        close(metrics.majority.1, 0.75 / 2.0);
        let loss = -[0.9_f64, 0.5, 0.2, 0.7, 0.1].iter().map(|p| p.ln()).sum::<f64>() / 5.0;
        close(metrics.loss, loss);
        assert_eq!(metrics.rejection, Some((0.2, 0.5)));
        let order: Vec<&str> = metrics.mistakes.iter().map(|m| m.item.as_str()).collect();
        assert_eq!(order, ["i4", "i2"]);
    }

    #[test]
    fn the_baseline_names_the_class_most_frequent_in_training() {
        let mut verdicts = ConfusionMatrix::new(2, 0.0).with_majority(Some(0));
        for k in 0..12 {
            verdicts.add("i", &[0.4, 0.6], usize::from(k >= 2));
        }
        let metrics = verdicts.finish();
        assert_eq!(metrics.majority, (2.0 / 12.0, 2.0 * 2.0 / 14.0 / 2.0));
        let mut absent = ConfusionMatrix::new(3, 0.0).with_majority(Some(2));
        absent.add("i", &[1.0, 0.0, 0.0], 0);
        assert_eq!(absent.finish().majority, (0.0, 0.0));
    }

    #[test]
    fn values_by_hand() {
        let m = ValueMetrics::of(&[(1.0, 2.0), (3.0, 3.0), (5.0, 3.0)], 2.0);
        assert_eq!((m.count, m.mae, m.mean_mae), (3, 1.0, 5.0 / 3.0));
        assert!((m.rmse - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12 && (m.r2.unwrap() - (1.0 - 5.0 / 8.0)).abs() < 1e-12, "{m:?}");
    }
}
