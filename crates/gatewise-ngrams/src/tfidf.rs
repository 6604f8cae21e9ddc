//! Texts as sparse rows: how often each n-gram occurs, weighted by how rare it is.

use crate::grams::{BUCKETS, buckets};

/// One entry of a row: the number of a feature, and its value.
pub type Entry = (u32, f32);

/// Texts that an n-gram is found in, at least, to be a feature: one text says nothing of others.
const LEAST_TEXTS: u32 = 2;

/// The n-grams that are features, and how much each weighs.
///
/// The value of a feature is (1 + ln count) · idf, idf = 1 + ln((1 + N) / (1 + n)) of N texts of which n hold it (G. Salton and C. Buckley, "Term-
/// weighting approaches in automatic text retrieval", 1988, in scikit-learn's smooth form); rows are then divided by their length.
#[derive(Clone, Debug, PartialEq)]
pub struct Tfidf {
    /// The bucket of each feature, rising. (F)
    buckets: Vec<u32>,
    /// (F).
    idf: Vec<f32>,
}

impl Tfidf {
    /// Puts both together: `buckets` (F), rising and below [`BUCKETS`], `idf` (F), finite and above 0; none where they do not fit.
    pub fn new(buckets: Vec<u32>, idf: Vec<f32>) -> Option<Self> {
        let rising = buckets.windows(2).all(|pair| pair[0] < pair[1]) && buckets.last().is_none_or(|last| (*last as usize) < BUCKETS);
        (rising && buckets.len() == idf.len() && idf.iter().all(|w| w.is_finite() && *w > 0.0)).then_some(Self { buckets, idf })
    }

    /// The n-grams that occur in at least two of the texts; where these are more than `most`, those that occur in the most texts.
    pub fn fit<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> Self {
        let (mut count, mut found) = (vec![0_u32; BUCKETS], Vec::new());
        let mut all = 0_u32;
        for text in texts {
            buckets(text, &mut found);
            found.dedup();
            found.iter().for_each(|bucket| count[*bucket as usize] += 1);
            all += 1;
        }
        let mut kept: Vec<u32> = (0..BUCKETS as u32).filter(|bucket| count[*bucket as usize] >= LEAST_TEXTS).collect();
        if kept.len() > most {
            kept.sort_by_key(|bucket| std::cmp::Reverse(count[*bucket as usize]));
            kept.truncate(most);
            kept.sort_unstable();
        }
        let idf = |bucket: &u32| 1.0 + ((1.0 + f64::from(all)) / (1.0 + f64::from(count[*bucket as usize]))).ln();
        let idf = kept.iter().map(|bucket| idf(bucket) as f32).collect();
        Self { buckets: kept, idf }
    }

    /// The bucket of each feature, rising: (F).
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    /// What a count is multiplied by: (F).
    pub fn idf(&self) -> &[f32] {
        &self.idf
    }

    /// The row of a text, features rising; `room` is for reuse. Empty where no n-gram of it is known.
    pub fn row(&self, text: &str, room: &mut Vec<u32>) -> Vec<Entry> {
        buckets(text, room);
        let mut row: Vec<Entry> = Vec::new();
        let mut from = 0;
        for run in room.chunk_by(|a, b| a == b) {
            if let Ok(at) = self.buckets[from..].binary_search(&run[0]) {
                from += at;
                let value = (1.0 + (run.len() as f64).ln()) * f64::from(self.idf[from]);
                row.push((from as u32, value as f32));
            }
        }
        let length = row.iter().map(|(_, v)| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        row.iter_mut().for_each(|(_, value)| *value = (f64::from(*value) / length) as f32);
        row.shrink_to_fit();
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_occurs_again_is_a_feature_and_rare_ones_weigh_more() {
        let texts = ["ab", "ab", "ac"];
        let tfidf = Tfidf::fit(texts.into_iter(), 100);
        // " a" and "a" in all, " ab", " ab ", "ab", "ab ", "b", "b " in two.
        assert_eq!(tfidf.buckets().len(), 8);
        assert_eq!(tfidf.idf().iter().filter(|w| **w == 1.0).count(), 2);
        assert_eq!(tfidf.idf().iter().filter(|w| **w > 1.28 && **w < 1.29).count(), 6);
        let row = tfidf.row("ac", &mut Vec::new());
        assert_eq!(row.len(), 2);
        assert!(row.iter().all(|(_, v)| (v - 0.5_f32.sqrt()).abs() < 1e-6), "{row:?}");
        assert!(tfidf.row("zz", &mut Vec::new()).is_empty());
        assert!(tfidf.row("", &mut Vec::new()).is_empty());
        let few = Tfidf::fit(texts.into_iter(), 2);
        assert!(few.idf().iter().all(|w| *w == 1.0), "the most frequent: {few:?}");
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(Tfidf::new(vec![1, 5], vec![1.0, 2.0]).is_some());
        assert!(Tfidf::new(vec![5, 1], vec![1.0, 2.0]).is_none());
        assert!(Tfidf::new(vec![1, 1], vec![1.0, 2.0]).is_none());
        assert!(Tfidf::new(vec![1], vec![1.0, 2.0]).is_none());
        assert!(Tfidf::new(vec![BUCKETS as u32], vec![1.0]).is_none());
        assert!(Tfidf::new(vec![1], vec![f32::NAN]).is_none());
        assert!(Tfidf::new(vec![1], vec![0.0]).is_none());
    }
}
