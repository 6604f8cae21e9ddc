//! What the words of a label column mean.

use super::sample::Sample;

/// Names under which a column says which rows are anomalies.
const NAMES: [&str; 8] = ["is_anomaly", "anomaly", "label", "is_outlier", "outlier", "is_anomalous", "anomalous", "ground_truth"];
/// Words of an anomaly, and of an ordinary row; of numbers 1 and 0.
const ODD: [&str; 22] = [
    "1",
    "true",
    "yes",
    "y",
    "t",
    "anomaly",
    "anomalous",
    "abnormal",
    "outlier",
    "fault",
    "faulty",
    "attack",
    "bad",
    "fail",
    "failed",
    "failure",
    "alarm",
    "positive",
    "malicious",
    "intrusion",
    "broken",
    "error",
];
const ORDINARY: [&str; 18] = [
    "0", "false", "no", "n", "f", "normal", "ok", "okay", "good", "inlier", "benign", "regular", "nominal", "healthy", "negative",
    "ordinary", "none", "pass",
];
/// Words of a label column, at most.
pub(super) const MOST_WORDS: usize = 64;

/// A word as it is compared: numbers by value, letters without case.
pub(super) fn same(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => (number + 0.0).to_string(),
        _ => cell.to_lowercase(),
    }
}

/// Whether a word means an ordinary row to everybody.
pub(super) fn is_ordinary(word: &str) -> bool {
    ORDINARY.contains(&same(word).as_str())
}

fn is_odd(word: &str) -> bool {
    ODD.contains(&same(word).as_str())
}

/// A column that is called a label and holds two words, or several of which one means an ordinary row.
pub(super) fn guess(sample: &Sample<'_>, taken: &[usize]) -> Option<usize> {
    sample.known(&NAMES).filter(|c| !taken.contains(c)).find(|&c| {
        let mut words: Vec<String> = sample.words(c, MOST_WORDS).unwrap_or_default().into_iter().map(same).collect();
        words.sort_unstable();
        words.dedup();
        match words.len() {
            0 => false,
            1 => is_ordinary(&words[0]) || is_odd(&words[0]) || words[0] == "-1",
            2 => true,
            _ => words.iter().any(|word| is_ordinary(word)),
        }
    })
}

/// Which words of a label column mean an anomaly, from how many rows each has: `words` in any order.
///
/// Words that everybody knows (true, anomaly, 1; false, normal, 0) mean what they say. Of two others the rarer is the anomaly, as −1 is to
/// scikit-learn and 1 to other collections; −1 where they are as many. Of several words one must mean an ordinary row, and the others are anomalies.
pub fn anomalous_words(words: &[(String, u64)]) -> Vec<bool> {
    match words {
        [] => Vec::new(),
        [(word, _)] => vec![is_odd(word)],
        [a, b] => {
            let first = match ((is_odd(&a.0), is_ordinary(&a.0)), (is_odd(&b.0), is_ordinary(&b.0))) {
                // 1 beside −1 is no word that everybody knows.
                _ if same(&a.0) == "-1" || same(&b.0) == "-1" => rarer(a, b),
                ((true, _), (false, _)) | ((false, false), (_, true)) => true,
                ((false, _), (true, _)) | ((_, true), (false, false)) => false,
                _ => rarer(a, b),
            };
            vec![first, !first]
        }
        _ => words.iter().map(|(word, _)| !is_ordinary(word)).collect(),
    }
}

/// Whether the first of two words is the rarer one.
fn rarer(a: &(String, u64), b: &(String, u64)) -> bool {
    a.1 < b.1 || (a.1 == b.1 && same(&a.0) == "-1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_mean_what_they_say_and_of_others_the_rarer_is_odd() {
        let case = |words: &[(&str, u64)]| {
            let words: Vec<(String, u64)> = words.iter().map(|(word, count)| (word.to_string(), *count)).collect();
            let odd = anomalous_words(&words);
            words.into_iter().zip(odd).filter(|(_, odd)| *odd).map(|((word, _), _)| word).collect::<Vec<_>>()
        };
        for (words, expected) in [
            (&[("0", 9), ("1", 5)][..], &["1"][..]),
            (&[("0", 5), ("1", 9)], &["1"]),
            (&[("0.0", 9), ("1.0", 5)], &["1.0"]),
            (&[("1", 998), ("-1", 2)], &["-1"]),
            (&[("1", 2), ("-1", 998)], &["1"]),
            (&[("1", 5), ("-1", 5)], &["-1"]),
            (&[("False", 2), ("True", 98)], &["True"]),
            (&[("yes", 7), ("no", 2)], &["yes"]),
            (&[("anomaly", 70), ("fine", 2)], &["anomaly"]),
            (&[("normal", 2), ("odd", 98)], &["odd"]),
            (&[("a", 90), ("b", 10)], &["b"]),
            (&[("0", 9), ("3", 1)], &["3"]),
            (&[("2", 9), ("4", 1)], &["4"]),
            (&[("normal", 9), ("dos", 20), ("probe", 1)], &["dos", "probe"]),
            (&[("1", 9)], &["1"]),
            (&[("OK", 9)], &[]),
            (&[("a", 9)], &[]),
        ] {
            assert_eq!(case(words), expected, "{words:?}");
        }
    }
}
