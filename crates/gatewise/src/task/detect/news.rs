//! Whether evidence beside the network's is news: what goes on is told once.

use serde::{Deserialize, Serialize};

/// What is asked of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Share of ordinary rows that may raise an alarm.
    pub rate: f64,
    /// Evidence from which a row is an anomaly: −log₁₀ of that share.
    pub threshold: f64,
    /// Rows for which something told of is no news.
    pub hold: u64,
    /// Whether the row joins the past.
    pub learn: bool,
    /// Whether the past holds the row already, which is then left out of what it is held against.
    pub review: bool,
    /// Columns of the kind: one of many is odd more often than a given one (Bonferroni).
    pub columns: usize,
}

impl Terms {
    /// Of a rate and the rows for which what was told of is no news.
    pub fn new(rate: f64, hold: u64) -> Self {
        Self { rate, threshold: -rate.log10(), hold, learn: true, review: false, columns: 1 }
    }

    /// Evidence of something that is expected `times` in `rows` rows.
    pub fn evidence(&self, times: f64, rows: u64) -> f64 {
        let probability = times * self.columns as f64 / (rows as f64 + 1.0);
        (-probability.log10()).max(0.0)
    }

    /// Odd things that are left out of the past: what was odd once is no less odd the next time, and a row is no excuse for itself.
    pub fn left_out(&self) -> usize {
        1 + usize::from(self.review)
    }
}

/// What becomes of a row's evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// −log₁₀ of a probability.
    pub evidence: f64,
    /// As much of it as is news.
    pub news: f64,
    pub alarm: bool,
    pub anomaly: bool,
}

/// What was told of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct News {
    highest: f64,
    quiet: u64,
}

/// What a row that is no news counts for, as evidence.
const NO_NEWS: f64 = 1.0;

impl News {
    /// Takes a row's evidence in.
    pub fn push(&mut self, evidence: f64, terms: &Terms) -> Told {
        self.quiet = self.quiet.saturating_add(1);
        if self.quiet > terms.hold {
            self.highest = 0.0;
        }
        if evidence <= 0.0 {
            return Told::default();
        }
        let anomaly = evidence > terms.threshold;
        let alarm = anomaly && evidence > self.highest;
        let news = if evidence > self.highest { evidence } else { evidence.min(NO_NEWS) };
        if anomaly {
            *self = Self { highest: self.highest.max(evidence), quiet: 0 };
        }
        Told { evidence, news, alarm, anomaly }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_told_once_for_as_long_as_its_cause_lasts_and_a_while_after() {
        let terms = Terms::new(1e-4, 5);
        let mut news = News::default();
        let rows = [0.0, 4.5, 4.5, 4.5, 0.0, 0.0, 4.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.5];
        let told: Vec<Told> = rows.iter().map(|e| news.push(*e, &terms)).collect();
        let places = |of: fn(&Told) -> bool| (0..rows.len()).filter(|&i| of(&told[i])).collect::<Vec<_>>();
        assert_eq!(places(|t| t.anomaly), [1, 2, 3, 6, 13]);
        assert_eq!(places(|t| t.alarm), [1, 13]);
        assert_eq!(told[2].news, NO_NEWS);
    }

    #[test]
    fn evidence_follows_from_the_count_and_is_shared_among_columns() {
        let terms = Terms::new(1e-4, 5);
        assert!((terms.evidence(1.0, 9999) - 4.0).abs() < 1e-12 && terms.evidence(5.0, 3) == 0.0);
        assert!((Terms { columns: 10, ..terms }.evidence(1.0, 9999) - 3.0).abs() < 1e-12);
    }
}
